//! Permanently removes portals, developers and accounts a week after deletion. It uses small
//! transactions, so that nobody waits long for it, and can be interrupted and resumed.
//!
//! The row and the audit log of a portal or developer remain for as long as events are kept, so
//! that its history stays available after deletion.

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
        // A deleted app is kept for a while; see `oauth::deleted_app`.
        let developers = "DELETE FROM developers WHERE removed_at < ?1
             AND NOT EXISTS (SELECT 1 FROM apps a WHERE a.developer_id = developers.id)";
        db.execute(developers, params![kept_from]).await?;
    }
    Ok(())
}
