//! The contents of stored files, of which none gets out that a scanner has not released.

use std::io;
use std::ops::Deref;
use std::path::Path;

use super::joins::Joins;
use super::key::ObjectKey;
use super::object::Object;
use super::s3::SettingsFault;
use super::scan::{expect_released, find_scan, forget};
use super::settings::{ObjectSettings, Place};
use super::store::ObjectStore;
use super::stored::Stored;
use crate::db::{Db, WritingDb};
use crate::error::{Error, Result};

/// The contents of all stored files. Clones share them.
#[derive(Debug, Clone)]
pub struct Objects {
    store: ObjectStore,
    is_scanned: bool,
    pub(super) joins: Joins,
}

impl Deref for Objects {
    type Target = ObjectStore;

    fn deref(&self) -> &ObjectStore {
        &self.store
    }
}

impl Objects {
    /// Those where the settings say.
    ///
    /// # Errors
    /// When a setting of the S3 server is missing.
    pub fn from_settings(
        settings: &ObjectSettings,
        data_dir: &Path,
    ) -> Result<Self, SettingsFault> {
        Self::at(&settings.files_store, settings, data_dir)
    }

    /// Those at a place.
    ///
    /// # Errors
    /// As [`Objects::from_settings`].
    pub fn at(
        place: &Place,
        settings: &ObjectSettings,
        data_dir: &Path,
    ) -> Result<Self, SettingsFault> {
        let store = ObjectStore::at(place, settings, data_dir)?;
        Ok(Self { store, is_scanned: settings.scanner.is_some(), joins: Joins::default() })
    }

    /// Stores a content, all of it or nothing: it is there, also after a power failure, once this
    /// returns. It is removed again unless it is [kept](Stored::keep).
    ///
    /// # Errors
    /// When it can't be read or written.
    pub async fn put(&self, key: ObjectKey, content: Object) -> io::Result<Stored> {
        let scanned = self.is_scanned.then(|| key.clone());
        self.write(key, content, scanned).await
    }

    /// The same, of a part of a content: it isn't scanned, because people never get it. What it is
    /// [joined](Objects::join) to is.
    ///
    /// # Errors
    /// As [`Objects::put`].
    pub async fn put_part(&self, key: ObjectKey, content: Object) -> io::Result<Stored> {
        self.write(key, content, None).await
    }

    async fn write(
        &self,
        key: ObjectKey,
        content: Object,
        scanned: Option<ObjectKey>,
    ) -> io::Result<Stored> {
        self.store.write(&key, content).await?;
        let store = self.store.clone();
        Ok(Stored::new(scanned, move || store.remove_soon(key)))
    }

    /// A content, to read; none if it isn't there.
    ///
    /// # Errors
    /// [`Error::Held`] when it is being scanned for viruses, or blocked; [`Error::Unavailable`] when the
    /// store is away.
    pub async fn open(&self, db: &Db, key: &ObjectKey) -> Result<Option<Object>> {
        expect_released(db, key).await?;
        self.store.open_unscanned(key).await.map_err(Error::of_store)
    }

    /// Removes a content, if it is there, and then what a scanner thinks of it: a content that is still
    /// there is never without its scan.
    ///
    /// # Errors
    /// When the store or the database fails.
    pub async fn remove_for_good(&self, db: &WritingDb, key: &ObjectKey) -> Result<()> {
        self.store.remove(key).await.map_err(Error::of_store)?;
        if find_scan(&**db, key).await?.is_some() {
            forget(db, key).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::super::disk::Disk;
    use super::*;
    use crate::floors::files;
    use crate::ids::{FileId, PortalId};

    #[tokio::test]
    async fn only_what_is_kept_stays() {
        let folder = tempfile::tempdir().unwrap();
        let store = ObjectStore::Disk(Disk::within(folder.path()));
        let objects = Objects { store, is_scanned: false, joins: Joins::default() };
        let key = ObjectKey { portal: PortalId::random(), file: FileId::random() };
        drop(objects.put(key.clone(), Object::of_bytes("een")).await.unwrap());
        assert_eq!(objects.size(&key).await.unwrap(), None);
        objects.put(key.clone(), Object::of_bytes("een")).await.unwrap().keep_copy();
        assert_eq!(objects.size(&key).await.unwrap(), Some(3));
    }

    /// Whoever shows contents to people opens them by [`Objects::open`].
    #[test]
    fn only_the_scanner_and_copies_read_what_is_not_scanned() {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let reads =
            |path: &PathBuf| std::fs::read_to_string(path).unwrap().contains("open_unscanned");
        let mut readers: Vec<String> = files(&source, "rs")
            .into_iter()
            .filter(reads)
            .map(|path| path.strip_prefix(&source).unwrap().display().to_string())
            .collect();
        readers.sort();
        // `objects/store.rs` defines it.
        let expected = [
            "maintenance/copying.rs",
            "objects/contents.rs",
            "objects/join.rs",
            "objects/scan_job.rs",
            "objects/store.rs",
        ];
        assert_eq!(readers, expected);
    }
}
