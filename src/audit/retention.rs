//! How long events are kept.

use jiff::{SignedDuration, Timestamp};

use crate::db::{Cleaner, delete_batch, params};
use crate::error::Result;

/// Deletes events that are older than `days`; 0 keeps all.
pub async fn clean_up(cleaner: &Cleaner, days: u32, now: Timestamp) -> Result<()> {
    if days == 0 {
        return Ok(());
    }
    let kept_from = now - SignedDuration::from_hours(24 * i64::from(days));
    // The tables' triggers refuse to delete events younger than this.
    let move_on = "UPDATE audit_retention SET kept_from = ?1 WHERE kept_from < ?1";
    cleaner.db().execute(move_on, params![kept_from]).await?;
    let old = delete_batch!("audit_events", "id", "created_at < ?2");
    cleaner.delete(old, params![kept_from]).await?;
    Ok(())
}
