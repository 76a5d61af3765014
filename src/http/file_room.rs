//! How much room a portal has left for files, so that an upload without room ends early.

use crate::error::Result;
use crate::quotas::{FILE_BYTES, MEGABYTE, Quotas};
use crate::tenant::Store;

/// The room that a portal had for files when an upload began. What counts in the end is the limit,
/// which is checked when the file is added.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FileRoom {
    /// Bytes.
    left: u64,
    /// The limit, in megabytes.
    most: u32,
}

impl FileRoom {
    /// The room that a portal has now.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn of(store: &Store, quotas: &Quotas) -> Result<Self> {
        let most = quotas.max_file_megabytes_per_portal;
        let used = u64::try_from(FILE_BYTES.count(store).await?).unwrap_or_default();
        Ok(Self { left: (u64::from(most) * MEGABYTE).saturating_sub(used), most })
    }

    /// Checks that so many bytes of files fit.
    ///
    /// # Errors
    /// [`Error::Conflict`](crate::error::Error::Conflict), which names the limit.
    pub(super) fn expect(self, bytes: u64) -> Result<()> {
        if bytes > self.left { Err(FILE_BYTES.exceeded(self.most)) } else { Ok(()) }
    }

    #[cfg(test)]
    pub(super) const fn for_tests(left: u64) -> Self {
        Self { left, most: 1 }
    }
}
