//! A content that was just stored.

use std::path::PathBuf;

/// A content that was stored for a row that isn't there yet. Dropping it removes the content.
#[derive(Debug)]
#[must_use = "it is removed again unless it is kept"]
pub struct Stored(Option<PathBuf>);

impl Stored {
    pub(super) const fn new(path: PathBuf) -> Self {
        Self(Some(path))
    }

    /// Keeps the content. Call it before the transaction with the row is committed: if it is unknown
    /// whether the commit succeeded, the content must stay. The periodic clean-up removes what has no
    /// row.
    pub fn keep(mut self) {
        self.0 = None;
    }
}

impl Drop for Stored {
    fn drop(&mut self) {
        if let Some(path) = self.0.take()
            && let Err(error) = std::fs::remove_file(&path)
        {
            tracing::warn!(%error, "the content of a refused file is left to the clean-up");
        }
    }
}
