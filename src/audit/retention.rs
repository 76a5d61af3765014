//! How long events are kept.

use jiff::{SignedDuration, Timestamp};

use crate::db::{Db, params};
use crate::error::Result;

/// Deletes events that are older than `days`; with 0 none.
pub async fn clean_up(db: &Db, days: u32, now: Timestamp) -> Result<()> {
    if days == 0 {
        return Ok(());
    }
    let kept_from = now - SignedDuration::from_hours(24 * i64::from(days));
    let mut tx = db.begin().await?;
    // The tables' triggers refuse to delete what is younger than this.
    tx.execute(
        "UPDATE audit_retention SET kept_from = ?1 WHERE kept_from < ?1",
        params![kept_from],
    )
    .await?;
    tx.execute("DELETE FROM audit_events WHERE created_at < ?1", params![kept_from]).await?;
    Ok(tx.commit().await?)
}
