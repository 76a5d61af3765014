//! What entitles somebody to write.

use crate::db::Tx;
use crate::error::Result;

/// What entitles somebody to write. It is checked in the transaction that writes and held until
/// that ends: whoever takes it away meanwhile waits, and then comes after what was done with it.
///
/// Rows are held in one order, so that no two transactions wait for each other: the account, its
/// session, the organisation, and then what is written.
pub trait Authority: Sync {
    /// Checks it and holds it.
    ///
    /// # Errors
    /// [`crate::error::Error::LoggedOut`] or [`crate::error::Error::Forbidden`] when it was taken
    /// away.
    fn hold(&self, tx: &mut Tx) -> impl Future<Output = Result<()>> + Send;
}
