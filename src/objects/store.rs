//! Where contents are: the folder `files` in the data folder, with a folder for each portal.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use rand::distr::{Alphanumeric, SampleString};

use super::disk::{found, is_older, names_in, on_disk};
use super::key::ObjectKey;
use super::object::Object;
use super::stored::Stored;
use crate::ids::{FileId, PortalId};
use crate::private_folder;

/// The folder in the data folder.
const FOLDER: &str = "files";

/// The folder in it with what is being written.
const INCOMING: &str = "incoming";

/// The contents of all stored files. Clones share them.
#[derive(Debug, Clone)]
pub struct Objects(Arc<Path>);

impl Objects {
    /// Those in this data folder.
    pub fn within(data_dir: &Path) -> Self {
        Self(data_dir.join(FOLDER).into())
    }

    fn folder_of(&self, portal: &PortalId) -> PathBuf {
        self.0.join(portal.as_str())
    }

    fn path(&self, key: &ObjectKey) -> PathBuf {
        self.folder_of(&key.portal).join(key.file.as_str())
    }

    /// Stores a content, all of it or nothing: it is there, also after a power failure, once this
    /// returns. It is removed again unless it is [kept](Stored::keep).
    ///
    /// # Errors
    /// When it can't be read or written.
    pub async fn put(
        &self,
        key: ObjectKey,
        content: impl Read + Send + 'static,
    ) -> io::Result<Stored> {
        let (incoming, path) = (self.0.join(INCOMING), self.path(&key));
        let folder = self.folder_of(&key.portal);
        on_disk(move || {
            private_folder::create(&incoming)?;
            private_folder::create(&folder)?;
            let unfinished =
                Unfinished(incoming.join(Alphanumeric.sample_string(&mut rand::rng(), 24)));
            unfinished.write(content)?;
            std::fs::rename(&unfinished.0, &path)?;
            let stored = Stored::new(path);
            File::open(&folder)?.sync_all()?;
            Ok(stored)
        })
        .await
    }

    /// A content, to read; none if it isn't there.
    ///
    /// # Errors
    /// When it can't be read.
    pub async fn open(&self, key: &ObjectKey) -> io::Result<Option<Object>> {
        let path = self.path(key);
        on_disk(move || found(File::open(path).and_then(Object::of))).await
    }

    /// The size of a content in bytes; none if it isn't there.
    ///
    /// # Errors
    /// When the disk can't be read.
    pub async fn size(&self, key: &ObjectKey) -> io::Result<Option<u64>> {
        let path = self.path(key);
        on_disk(move || found(std::fs::metadata(path).map(|found| found.len()))).await
    }

    /// Removes a content, if it is there.
    ///
    /// # Errors
    /// When it can't be removed.
    pub async fn remove(&self, key: &ObjectKey) -> io::Result<()> {
        let path = self.path(key);
        on_disk(move || found(std::fs::remove_file(path)).map(drop)).await
    }

    /// The portals that have contents.
    ///
    /// # Errors
    /// When the disk can't be read.
    pub async fn portals(&self) -> io::Result<Vec<PortalId>> {
        let folder = self.0.clone();
        on_disk(move || Ok(names_in(&folder)?.filter_map(|(name, _)| name.parse().ok()).collect()))
            .await
    }

    /// The files of a portal whose contents were stored before a time.
    ///
    /// # Errors
    /// When the disk can't be read.
    pub async fn stored_before(
        &self,
        portal: &PortalId,
        time: SystemTime,
    ) -> io::Result<Vec<FileId>> {
        let folder = self.folder_of(portal);
        on_disk(move || {
            let names = names_in(&folder)?.filter(|(_, path)| is_older(path, time));
            Ok(names.filter_map(|(name, _)| name.parse().ok()).collect())
        })
        .await
    }

    /// Removes what a process that ended in the middle of writing left, if nothing was written to it
    /// since a time. Returns how many there were.
    ///
    /// # Errors
    /// When the disk can't be read or written.
    pub async fn remove_unfinished(&self, time: SystemTime) -> io::Result<usize> {
        let folder = self.0.join(INCOMING);
        on_disk(move || {
            let mut count = 0;
            for (_, path) in names_in(&folder)?.filter(|(_, path)| is_older(path, time)) {
                count += usize::from(found(std::fs::remove_file(path))?.is_some());
            }
            Ok(count)
        })
        .await
    }

    /// Removes the folder of a portal, if nothing is in it.
    pub async fn remove_folder(&self, portal: &PortalId) {
        let folder = self.folder_of(portal);
        // What is in use stays.
        drop(on_disk(move || std::fs::remove_dir(folder)).await);
    }
}

/// What is being written. It goes when it isn't moved to its place.
struct Unfinished(PathBuf);

impl Unfinished {
    fn write(&self, mut content: impl Read) -> io::Result<()> {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&self.0)?;
        io::copy(&mut content, &mut file)?;
        file.sync_all()
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // After moving it there is nothing to remove.
        drop(std::fs::remove_file(&self.0));
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn key() -> ObjectKey {
        ObjectKey { portal: PortalId::random(), file: FileId::random() }
    }

    async fn read(objects: &Objects, key: &ObjectKey) -> Option<String> {
        let object = objects.open(key).await.unwrap()?;
        let mut text = String::new();
        object.into_file().read_to_string(&mut text).unwrap();
        Some(text)
    }

    #[tokio::test]
    async fn a_content_is_there_once_it_is_kept_and_private() {
        let folder = tempfile::tempdir().unwrap();
        let (objects, key) = (Objects::within(folder.path()), key());
        assert_eq!(objects.size(&key).await.unwrap(), None);
        objects.put(key.clone(), Cursor::new("een")).await.unwrap().keep();
        assert_eq!(read(&objects, &key).await.as_deref(), Some("een"));
        assert_eq!(objects.size(&key).await.unwrap(), Some(3));
        assert!(!private_folder::is_open_to_others(&objects.path(&key)));
        assert_eq!(objects.portals().await.unwrap(), std::slice::from_ref(&key.portal));
        objects.remove(&key).await.unwrap();
        objects.remove(&key).await.unwrap();
        assert_eq!(read(&objects, &key).await, None);
        objects.remove_folder(&key.portal).await;
        assert!(objects.portals().await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn what_is_not_kept_or_breaks_off_leaves_nothing() {
        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other("it broke off"))
            }
        }
        let folder = tempfile::tempdir().unwrap();
        let (objects, key) = (Objects::within(folder.path()), key());
        drop(objects.put(key.clone(), Cursor::new("een")).await.unwrap());
        assert_eq!(objects.size(&key).await.unwrap(), None);
        let content = Cursor::new("een").chain(Broken);
        assert!(objects.put(key.clone(), content).await.is_err());
        assert_eq!(objects.size(&key).await.unwrap(), None);
        assert_eq!(names_in(&objects.0.join(INCOMING)).unwrap().count(), 0);
    }

    #[tokio::test]
    async fn what_a_killed_process_left_goes_when_it_is_old() {
        let folder = tempfile::tempdir().unwrap();
        let objects = Objects::within(folder.path());
        private_folder::create(&objects.0.join(INCOMING)).unwrap();
        std::fs::write(objects.0.join(INCOMING).join("half"), "ee").unwrap();
        let hour = std::time::Duration::from_secs(3600);
        assert_eq!(objects.remove_unfinished(SystemTime::now() - hour).await.unwrap(), 0);
        assert_eq!(objects.remove_unfinished(SystemTime::now() + hour).await.unwrap(), 1);
    }
}
