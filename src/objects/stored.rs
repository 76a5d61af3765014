//! A content that was just stored.

use std::fmt;

use jiff::Timestamp;

use super::key::ObjectKey;
use super::scan::{self, ScanState};
use super::scan_job::ScanContent;
use crate::db::{DbError, Tx};
use crate::jobs::Job;

/// A content that was stored for a row that isn't there yet. Dropping it removes the content.
#[must_use = "it is removed again unless it is kept"]
pub struct Stored {
    scanned: Option<ObjectKey>,
    remove: Option<Box<dyn FnOnce() + Send>>,
}

impl Stored {
    /// One that `remove` removes; with a key if it is to be scanned.
    pub(super) fn new(scanned: Option<ObjectKey>, remove: impl FnOnce() + Send + 'static) -> Self {
        Self { scanned, remove: Some(Box::new(remove)) }
    }

    /// How far its scan is, once it is kept; none without a scanner.
    pub fn scan(&self) -> Option<ScanState> {
        self.scanned.is_some().then_some(ScanState::Scanning)
    }

    /// Keeps the content, in the transaction that writes its row: if it is unknown whether the commit
    /// succeeded, the content must stay. The periodic clean-up removes what has no row. If there is a
    /// scanner, nobody gets the content until it is scanned.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn keep(mut self, tx: &mut Tx, now: Timestamp) -> Result<(), DbError> {
        if let Some(key) = self.scanned.take() {
            scan::begin(tx, &key, now).await?;
            ScanContent(key).enqueue(tx, now).await?;
        }
        self.remove = None;
        Ok(())
    }

    /// Keeps a copy of a content whose row is there already, with what a scanner thinks of it.
    pub fn keep_copy(mut self) {
        self.remove = None;
    }
}

impl Drop for Stored {
    fn drop(&mut self) {
        if let Some(remove) = self.remove.take() {
            remove();
        }
    }
}

impl fmt::Debug for Stored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stored").finish_non_exhaustive()
    }
}
