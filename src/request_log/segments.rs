//! Segments: the requests of a few seconds by one key or under one grant, as one row.

use jiff::{SignedDuration, Timestamp};

use super::buffer::Packed;
use super::{AppDay, Buffer};
use crate::db::{
    Cleaner, DbError, DeleteBatch, Param, ToParam, Tx, delete_batch, from_row, params,
};
use crate::error::Result;
use crate::ids::{ApiKeyId, GrantId, PortalId, SegmentId};

/// How long requests are stored.
pub const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

/// The maximum number of requests stored per key or grant, so that none fills the disk: about 60
/// MB.
const MOST: i64 = 1_000_000;

/// The maximum number of refused ones, which are counted separately.
const MOST_REFUSED: i64 = 100_000;

/// The owner of logged requests. Owners are ordered by id, like in the clean-up on PostgreSQL, so
/// that the two don't deadlock.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogSubject {
    /// An app, in one portal.
    Grant(GrantId),
    /// A portal's own key.
    Key(ApiKeyId),
}

impl ToParam for LogSubject {
    fn to_param(&self) -> Param<'_> {
        match self {
            Self::Key(id) => id.to_param(),
            Self::Grant(id) => id.to_param(),
        }
    }
}

impl Buffer {
    /// Stores the requests as a segment, and refused ones as another, unless the key or grant was
    /// deleted in the meantime.
    pub async fn write(&self, tx: &mut Tx, subject: &LogSubject) -> Result<(), DbError> {
        self.answered.write(tx, subject, false).await?;
        self.refused.write(tx, subject, true).await
    }
}

impl<const MOST: u32> Packed<MOST> {
    async fn write(&self, tx: &mut Tx, subject: &LogSubject, refused: bool) -> Result<(), DbError> {
        if self.is_empty() {
            return Ok(());
        }
        let sql = match subject {
            LogSubject::Key(_) => {
                "INSERT INTO request_log_segments (id, portal_id, subject, refused, oldest, newest, entries, dropped, packed)
                 SELECT ?2, k.portal_id, k.id, ?3, ?4, ?5, ?6, ?7, ?8 FROM api_keys k WHERE k.id = ?1"
            }
            LogSubject::Grant(_) => {
                "INSERT INTO request_log_segments (id, portal_id, subject, app_id, refused, oldest, newest, entries, dropped, packed)
                 SELECT ?2, g.portal_id, g.id, g.app_id, ?3, ?4, ?5, ?6, ?7, ?8 FROM grants g WHERE g.id = ?1"
            }
        };
        let Self { bytes, entries, dropped, oldest, newest } = self;
        tx.execute(
            sql,
            params![subject, SegmentId::random(), refused, oldest, newest, entries, dropped, bytes],
        )
        .await?;
        Ok(())
    }
}

/// A key or grant with more than the maximum number of requests.
struct Overfull {
    portal_id: PortalId,
    subject: String,
    refused: bool,
}

from_row!(Overfull { portal_id, subject, refused });

/// The oldest segments of a key or grant, beyond `?5` requests.
const EXCESS: DeleteBatch = delete_batch!(
    "DELETE FROM request_log_segments WHERE id IN (
         SELECT id FROM (
             SELECT id, entries, CAST(SUM(entries) OVER (ORDER BY newest, id) AS BIGINT) AS so_far FROM (
                 SELECT id, entries, newest FROM request_log_segments
                 WHERE portal_id = ?2 AND subject = ?3 AND refused = ?4 ORDER BY newest, id LIMIT ?1
             ) AS oldest_rows
         ) AS summed_rows
         WHERE so_far - entries < (
             SELECT entries FROM request_log_totals WHERE portal_id = ?2 AND subject = ?3 AND refused = ?4
         ) - CAST(?5 AS BIGINT)
     )"
);

/// Deletes requests that are older than 30 days, and the oldest ones of keys and grants with too
/// many.
pub async fn clean_up(cleaner: &Cleaner, now: Timestamp) -> Result<()> {
    let old = delete_batch!("request_log_segments", "id", "newest < ?2");
    cleaner.delete(old, params![now - KEPT]).await?;
    let overfull: Vec<Overfull> = cleaner
        .db()
        .rows(
            "SELECT portal_id, subject, refused FROM request_log_totals
             WHERE entries > CASE WHEN refused THEN CAST(?2 AS BIGINT) ELSE CAST(?1 AS BIGINT) END",
            params![MOST, MOST_REFUSED],
        )
        .await?;
    for Overfull { portal_id, subject, refused } in overfull {
        let most = if refused { MOST_REFUSED } else { MOST };
        cleaner.delete(EXCESS, params![portal_id, subject, refused, most]).await?;
    }
    AppDay::clean_up(cleaner, now).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects_come_in_the_order_of_their_ids() {
        let ids = ["grt_a", "grt_b", "key_a", "key_b"];
        let mut subjects: Vec<LogSubject> = ids[2..]
            .iter()
            .map(|id| LogSubject::Key(id.parse().unwrap()))
            .chain(ids[..2].iter().map(|id| LogSubject::Grant(id.parse().unwrap())))
            .collect();
        subjects.sort();
        let sorted: Vec<String> = subjects
            .iter()
            .map(|subject| match subject {
                LogSubject::Grant(id) => id.to_string(),
                LogSubject::Key(id) => id.to_string(),
            })
            .collect();
        assert_eq!(sorted, ids);
    }
}
