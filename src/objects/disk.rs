//! Where contents are: the folder `files` in the data folder, with a folder for each portal.

use std::fs::{File, OpenOptions};
use std::io::{self, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use futures_util::StreamExt;
use rand::distr::{Alphanumeric, SampleString};

use super::disk_work::{found, is_older, names_in, on_disk};
use super::key::ObjectKey;
use super::object::{Content, Object};
use crate::ids::{FileId, PortalId};
use crate::private_folder;

/// The folder in the data folder.
const FOLDER: &str = "files";

/// The folder in it with what is being written.
const INCOMING: &str = "incoming";

/// The contents on disk. Clones share them.
#[derive(Debug, Clone)]
pub struct Disk(Arc<Path>);

impl Disk {
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

    /// Stores a content, all of it or nothing.
    pub(super) async fn put(&self, key: &ObjectKey, content: Object) -> io::Result<()> {
        let (incoming, path) = (self.0.join(INCOMING), self.path(key));
        let folder = self.folder_of(&key.portal);
        let unfinished = on_disk(move || {
            private_folder::create(&incoming)?;
            private_folder::create(&folder)?;
            Unfinished::create(incoming.join(Alphanumeric.sample_string(&mut rand::rng(), 24)))
        })
        .await?;
        let unfinished = unfinished.write(content).await?;
        let folder = self.folder_of(&key.portal);
        on_disk(move || {
            unfinished.file.sync_all()?;
            std::fs::rename(&unfinished.path, &path)?;
            File::open(&folder)?.sync_all()
        })
        .await
    }

    pub(super) async fn open(&self, key: &ObjectKey) -> io::Result<Option<Object>> {
        let path = self.path(key);
        on_disk(move || found(File::open(path).and_then(Object::of_file))).await
    }

    pub(super) async fn size(&self, key: &ObjectKey) -> io::Result<Option<u64>> {
        let path = self.path(key);
        on_disk(move || found(std::fs::metadata(path).map(|found| found.len()))).await
    }

    pub(super) async fn remove(&self, key: &ObjectKey) -> io::Result<()> {
        let path = self.path(key);
        on_disk(move || found(std::fs::remove_file(path)).map(drop)).await
    }

    /// Removes a content at once, if it is there.
    pub(super) fn remove_now(&self, key: &ObjectKey) -> io::Result<()> {
        found(std::fs::remove_file(self.path(key))).map(drop)
    }

    pub(super) async fn portals(&self) -> io::Result<Vec<PortalId>> {
        let folder = self.0.clone();
        on_disk(move || Ok(names_in(&folder)?.filter_map(|(name, _)| name.parse().ok()).collect()))
            .await
    }

    pub(super) async fn stored_before(
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

    pub(super) async fn remove_unfinished(&self, time: SystemTime) -> io::Result<usize> {
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

    pub(super) async fn remove_folder(&self, portal: &PortalId) {
        let folder = self.folder_of(portal);
        // What is in use stays.
        drop(on_disk(move || std::fs::remove_dir(folder)).await);
    }
}

/// What is being written. It goes when it isn't moved to its place.
struct Unfinished {
    path: PathBuf,
    file: File,
}

impl Unfinished {
    fn create(path: PathBuf) -> io::Result<Self> {
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
        Ok(Self { path, file })
    }

    /// Writes a content, and returns itself.
    async fn write(mut self, content: Object) -> io::Result<Self> {
        match content.content {
            Content::File(mut source) => {
                on_disk(move || {
                    source.rewind()?;
                    io::copy(&mut source, &mut self.file)?;
                    Ok(self)
                })
                .await
            }
            Content::Elsewhere(read) => {
                let mut pieces = read(0..content.size);
                while let Some(piece) = pieces.next().await {
                    let piece = piece?;
                    self = on_disk(move || {
                        self.file.write_all(&piece)?;
                        Ok(self)
                    })
                    .await?;
                }
                Ok(self)
            }
        }
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // After moving it there is nothing to remove.
        drop(std::fs::remove_file(&self.path));
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use futures_util::{TryStreamExt, stream};

    use super::*;

    fn key() -> ObjectKey {
        ObjectKey { portal: PortalId::random(), file: FileId::random() }
    }

    async fn read(disk: &Disk, key: &ObjectKey) -> Option<String> {
        let object = disk.open(key).await.unwrap()?;
        let pieces: Vec<Bytes> = object.all().try_collect().await.unwrap();
        Some(String::from_utf8(pieces.concat()).unwrap())
    }

    #[tokio::test]
    async fn a_content_is_there_until_it_is_removed_and_private() {
        let folder = tempfile::tempdir().unwrap();
        let (disk, key) = (Disk::within(folder.path()), key());
        assert_eq!(disk.size(&key).await.unwrap(), None);
        disk.put(&key, Object::of_bytes("een")).await.unwrap();
        assert_eq!(read(&disk, &key).await.as_deref(), Some("een"));
        assert_eq!(disk.size(&key).await.unwrap(), Some(3));
        assert!(!private_folder::is_open_to_others(&disk.path(&key)));
        assert_eq!(disk.portals().await.unwrap(), std::slice::from_ref(&key.portal));
        disk.remove(&key).await.unwrap();
        disk.remove(&key).await.unwrap();
        assert_eq!(read(&disk, &key).await, None);
        disk.remove_folder(&key.portal).await;
        assert!(disk.portals().await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn a_file_is_stored_from_its_start() {
        let folder = tempfile::tempdir().unwrap();
        let (disk, key) = (Disk::within(folder.path()), key());
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"een").unwrap();
        let content = Object::of_file(file).unwrap();
        disk.put(&key, content).await.unwrap();
        assert_eq!(read(&disk, &key).await.as_deref(), Some("een"));
    }

    #[tokio::test]
    async fn what_breaks_off_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let (disk, key) = (Disk::within(folder.path()), key());
        let pieces = [Ok(Bytes::from_static(b"een")), Err(io::Error::other("it broke off"))];
        let content = Object::elsewhere(9, |_| stream::iter(pieces).boxed());
        assert!(disk.put(&key, content).await.is_err());
        assert_eq!(disk.size(&key).await.unwrap(), None);
        assert_eq!(names_in(&disk.0.join(INCOMING)).unwrap().count(), 0);
    }

    #[tokio::test]
    async fn what_a_killed_process_left_goes_when_it_is_old() {
        let folder = tempfile::tempdir().unwrap();
        let disk = Disk::within(folder.path());
        private_folder::create(&disk.0.join(INCOMING)).unwrap();
        std::fs::write(disk.0.join(INCOMING).join("half"), "ee").unwrap();
        let hour = std::time::Duration::from_secs(3600);
        assert_eq!(disk.remove_unfinished(SystemTime::now() - hour).await.unwrap(), 0);
        assert_eq!(disk.remove_unfinished(SystemTime::now() + hour).await.unwrap(), 1);
    }
}
