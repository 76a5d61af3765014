//! A place with contents, whatever kind of place it is.

use std::io;
use std::path::Path;
use std::time::SystemTime;

use super::disk::Disk;
use super::key::ObjectKey;
use super::object::Object;
use super::s3::{S3, S3Fault, SettingsFault};
use super::settings::{ObjectSettings, Place};
use crate::ids::{FileId, PortalId};

/// The contents of files at a place. Clones share it.
#[derive(Debug, Clone)]
pub enum ObjectStore {
    /// In the data folder.
    Disk(Disk),
    /// In a bucket.
    S3(S3),
}

impl ObjectStore {
    /// Those at a place.
    ///
    /// # Errors
    /// When a setting of the S3 server is missing.
    pub fn at(
        place: &Place,
        settings: &ObjectSettings,
        data_dir: &Path,
    ) -> Result<Self, SettingsFault> {
        Ok(match place {
            Place::Disk => Self::Disk(Disk::within(data_dir)),
            Place::S3(bucket) => Self::S3(S3::new(bucket, settings)?),
        })
    }

    /// Asks the S3 server whether the settings are right; the disk needs none.
    ///
    /// # Errors
    /// What is wrong.
    pub async fn check(&self) -> Result<(), S3Fault> {
        match self {
            Self::Disk(_) => Ok(()),
            Self::S3(s3) => s3.check().await,
        }
    }

    /// Whether it is a bucket, which can have contents of others.
    pub const fn is_bucket(&self) -> bool {
        matches!(self, Self::S3(_))
    }

    /// Writes a content.
    pub(super) async fn write(&self, key: &ObjectKey, content: Object) -> io::Result<()> {
        match self {
            Self::Disk(disk) => disk.put(key, content).await,
            Self::S3(s3) => s3.put(key, content).await,
        }
    }

    /// A content, whatever a scanner thinks of it: to scan or to copy it, never to show it to anybody. None
    /// if it isn't there.
    ///
    /// # Errors
    /// When it can't be read.
    pub async fn open_unscanned(&self, key: &ObjectKey) -> io::Result<Option<Object>> {
        match self {
            Self::Disk(disk) => disk.open(key).await,
            Self::S3(s3) => s3.open(key).await,
        }
    }

    /// The size of a content in bytes; none if it isn't there.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn size(&self, key: &ObjectKey) -> io::Result<Option<u64>> {
        match self {
            Self::Disk(disk) => disk.size(key).await,
            Self::S3(s3) => s3.size(key).await,
        }
    }

    /// Removes a content, if it is there.
    ///
    /// # Errors
    /// When it can't be removed.
    pub async fn remove(&self, key: &ObjectKey) -> io::Result<()> {
        match self {
            Self::Disk(disk) => disk.remove(key).await,
            Self::S3(s3) => s3.remove(key).await,
        }
    }

    /// The portals that have contents.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn portals(&self) -> io::Result<Vec<PortalId>> {
        match self {
            Self::Disk(disk) => disk.portals().await,
            Self::S3(s3) => s3.portals().await,
        }
    }

    /// The files of a portal whose contents were stored before a time.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn stored_before(
        &self,
        portal: &PortalId,
        time: SystemTime,
    ) -> io::Result<Vec<FileId>> {
        match self {
            Self::Disk(disk) => disk.stored_before(portal, time).await,
            Self::S3(s3) => s3.stored_before(portal, time).await,
        }
    }

    /// Removes what a process that ended in the middle of writing left, if it began, or last wrote,
    /// before a time. Returns how many there were.
    ///
    /// # Errors
    /// When the store can't be read or written.
    pub async fn remove_unfinished(&self, time: SystemTime) -> io::Result<usize> {
        match self {
            Self::Disk(disk) => disk.remove_unfinished(time).await,
            Self::S3(s3) => s3.remove_unfinished(time).await,
        }
    }

    /// Removes the folder of a portal, if nothing is in it. A bucket has no folders.
    pub async fn remove_folder(&self, portal: &PortalId) {
        if let Self::Disk(disk) = self {
            disk.remove_folder(portal).await;
        }
    }

    /// Removes a content that nobody waits for. If that fails, the clean-up finds it.
    pub(super) fn remove_soon(self, key: ObjectKey) {
        let told = |result: io::Result<()>| {
            if let Err(error) = result {
                tracing::warn!(%error, "the content of a refused file is left to the clean-up");
            }
        };
        match self {
            Self::Disk(disk) => told(disk.remove_now(&key)),
            Self::S3(s3) => {
                if let Ok(runtime) = tokio::runtime::Handle::try_current() {
                    runtime.spawn(async move { told(s3.remove(&key).await) });
                }
            }
        }
    }
}
