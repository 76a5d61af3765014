//! How long the history of deleted rows is kept.

use jiff::{SignedDuration, Timestamp};

use crate::db::{Cleaner, delete_batch, params};
use crate::error::Result;

/// How long the history of a row is kept after the row was deleted.
const KEPT_FOR: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Deletes the history of rows that were deleted more than 30 days ago.
pub async fn clean_up(cleaner: &Cleaner, now: Timestamp) -> Result<()> {
    let ended = delete_batch!(
        "history",
        "portal_id, kind, row_id, number",
        "ended_at IS NOT NULL AND ended_at < ?2"
    );
    cleaner.delete(ended, params![now - KEPT_FOR]).await?;
    Ok(())
}
