//! Removes for good what was deleted a week ago: portals, developers and accounts. It goes in small
//! transactions, so that nobody waits long for it, and can be broken off and begun again.
//!
//! Of a portal or developer its row stays, and its audit log, for as long as events are kept: what
//! was done there can still be seen after somebody deleted it.

mod account;
mod developer;
mod portal;

use jiff::{SignedDuration, Timestamp};

use crate::db::{Cleaner, params};
use crate::error::Result;

/// Removes whatever is due at `now`; events are kept for `audit_days` (0: forever).
pub async fn remove_deleted(cleaner: &Cleaner, audit_days: u32, now: Timestamp) -> Result<()> {
    let db = cleaner.db();
    portal::remove_due(cleaner, now).await?;
    developer::remove_due(db, now).await?;
    account::remove_due(db, now).await?;
    if audit_days > 0 {
        let kept_from = now - SignedDuration::from_hours(24 * i64::from(audit_days));
        db.execute("DELETE FROM portals WHERE removed_at < ?1", params![kept_from]).await?;
        // An app that was deleted is kept for a while by itself; see `oauth::deleted_app`.
        let developers = "DELETE FROM developers WHERE removed_at < ?1
             AND NOT EXISTS (SELECT 1 FROM apps a WHERE a.developer_id = developers.id)";
        db.execute(developers, params![kept_from]).await?;
    }
    Ok(())
}
