//! A person's permission to write.

use crate::db::Tx;
use crate::error::Result;

/// A person's permission to write. It is checked and locked within the transaction that writes, so
/// that a transaction that revokes it waits until this one has ended.
///
/// Rows are locked in a fixed order, so that no two transactions deadlock: the account, its
/// session, the organisation, and then the rows to write.
pub trait Authority: Sync {
    /// Checks and locks it.
    ///
    /// # Errors
    /// [`crate::error::Error::LoggedOut`] or [`crate::error::Error::Forbidden`] when it was
    /// revoked.
    fn hold(&self, tx: &mut Tx) -> impl Future<Output = Result<()>> + Send;
}
