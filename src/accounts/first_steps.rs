//! Whether a person still sees the first steps in a portal.

use jiff::Timestamp;

use crate::db::{Single, params};
use crate::error::Result;
use crate::ids::AccountId;
use crate::tenant::{Store, StoreTx, TenantSql};

const HIDDEN_AT: TenantSql = TenantSql::new(
    "SELECT first_steps_hidden_at AS value FROM portal_members WHERE portal_id = ?1 AND account_id = ?2",
);
const HIDE: TenantSql = TenantSql::new(
    "UPDATE portal_members SET first_steps_hidden_at = ?3 WHERE portal_id = ?1 AND account_id = ?2",
);

/// Whether the person hid them.
pub async fn are_first_steps_hidden(store: &Store, account: &AccountId) -> Result<bool> {
    let hidden: Option<Single<Option<Timestamp>>> = store.row(HIDDEN_AT, params![account]).await?;
    Ok(hidden.is_some_and(|Single(hidden)| hidden.is_some()))
}

/// Hides them.
pub async fn hide_first_steps(tx: &mut StoreTx, account: &AccountId, now: Timestamp) -> Result<()> {
    tx.execute(HIDE, params![account, now]).await?;
    Ok(())
}
