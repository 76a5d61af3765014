//! A content that was just stored.

use std::fmt;

/// A content that was stored for a row that isn't there yet. Dropping it removes the content.
#[must_use = "it is removed again unless it is kept"]
pub struct Stored(Option<Box<dyn FnOnce() + Send>>);

impl Stored {
    /// One that `remove` removes.
    pub(super) fn new(remove: impl FnOnce() + Send + 'static) -> Self {
        Self(Some(Box::new(remove)))
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
        if let Some(remove) = self.0.take() {
            remove();
        }
    }
}

impl fmt::Debug for Stored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stored").finish_non_exhaustive()
    }
}
