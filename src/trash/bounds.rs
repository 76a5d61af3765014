//! How long and how much is kept.

use jiff::{SignedDuration, Timestamp};

use crate::db::{Cleaner, delete_batch, from_row, params};
use crate::error::Result;
use crate::tenant::{StoreTx, TenantSql};

/// How long deleted rows are kept.
pub(super) const KEPT_FOR: SignedDuration = SignedDuration::from_hours(30 * 24);

/// How many deleted rows of a portal are kept, at most.
const MOST: i64 = 10_000;

/// The maximum size of what they hold, in bytes.
const MOST_BYTES: i64 = 32 * 1024 * 1024;

struct Total {
    rows: i64,
    bytes: i64,
}
from_row!(Total { rows, bytes });

const TOTAL: TenantSql = TenantSql::new(
    "SELECT count(*) AS rows, CAST(COALESCE(SUM(size), 0) AS BIGINT) AS bytes FROM trash WHERE portal_id = ?1",
);
const DROP_OLDEST: TenantSql = TenantSql::new(
    "DELETE FROM trash WHERE portal_id = ?1 AND (kind, id) IN (
         SELECT kind, id FROM trash WHERE portal_id = ?1 ORDER BY deleted_at, id LIMIT ?2)",
);

/// Drops the oldest rows of a portal until the others are within the limits. The transaction locks
/// the portal.
pub(super) async fn make_room(tx: &mut StoreTx) -> Result<()> {
    loop {
        let total = tx.row(TOTAL, params![]).await?;
        let Some(Total { rows, bytes }) = total else { return Ok(()) };
        if rows <= MOST && bytes <= MOST_BYTES {
            return Ok(());
        }
        // A hundredth at once, so that a full bin isn't counted for every single row.
        tx.execute(DROP_OLDEST, params![rows / 100 + 1]).await?;
    }
}

/// Deletes for good what is older than 30 days.
pub async fn clean_up(cleaner: &Cleaner, now: Timestamp) -> Result<()> {
    let expired = delete_batch!("trash", "portal_id, kind, id", "expires_at <= ?2");
    cleaner.delete(expired, params![now]).await?;
    Ok(())
}
