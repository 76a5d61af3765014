//! Addresses that an earlier version stored as typed, with the domain in A-labels.

use crate::db::{DbError, Single, WritingDb, params};
use crate::error::Result;
use crate::values::EmailAddress;

/// The columns with comparable addresses: how to find those with an A-label, and to update one.
const KEPT: [(&str, &str); 4] = [
    (
        "SELECT DISTINCT email AS value FROM accounts WHERE email LIKE '%xn--%'",
        "UPDATE accounts SET email = ?2 WHERE email = ?1",
    ),
    (
        "SELECT DISTINCT email AS value FROM invitations WHERE email LIKE '%xn--%'",
        "UPDATE invitations SET email = ?2 WHERE email = ?1",
    ),
    (
        "SELECT DISTINCT email AS value FROM pending_emails WHERE email LIKE '%xn--%'",
        "UPDATE pending_emails SET email = ?2 WHERE email = ?1",
    ),
    (
        "SELECT DISTINCT email AS value FROM former_emails WHERE email LIKE '%xn--%'",
        "UPDATE former_emails SET email = ?2 WHERE email = ?1",
    ),
];

/// Converts them to the form of [`EmailAddress::comparable`]. One whose other notation was
/// registered in the meantime is left unchanged. Returns how many rows changed.
pub async fn unify_addresses(db: &WritingDb) -> Result<u64> {
    let mut changed = 0;
    for (find, write) in KEPT {
        let found: Vec<Single<String>> = db.rows(find, params![]).await?;
        for Single(email) in found {
            let comparable = EmailAddress::comparable(&email);
            if comparable == email {
                continue;
            }
            match db.execute(write, params![email, comparable]).await {
                Ok(count) => changed += count,
                Err(DbError::Duplicate) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
    Ok(changed)
}
