//! Segments: the requests of a few seconds by one key or under one grant, as one row.

use jiff::{SignedDuration, Timestamp};

use super::buffer::Packed;
use super::{AppDay, Buffer};
use crate::db::{Db, DbError, Param, ToParam, Tx, params};
use crate::error::Result;
use crate::ids::{ApiKeyId, GrantId, SegmentId};

/// How long requests are kept.
pub const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

/// The most requests that are kept of one key or grant, so that none fills the disk: about 60 MB.
const MOST: i64 = 1_000_000;

/// The most refused ones, which are counted by themselves.
const MOST_REFUSED: i64 = 100_000;

/// Whose requests a log holds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogSubject {
    /// A portal's own key.
    Key(ApiKeyId),
    /// An app, in one portal.
    Grant(GrantId),
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
    /// Writes the requests down as a segment, and those that were refused as another, unless the
    /// key or grant is gone meanwhile.
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

/// Deletes requests that are older than 30 days, and the oldest of keys and grants that have too
/// many.
pub async fn clean_up(db: &Db, now: Timestamp) -> Result<()> {
    let mut tx = db.begin().await?;
    tx.execute("DELETE FROM request_log_segments WHERE newest < ?1", params![now - KEPT]).await?;
    tx.execute(
        "DELETE FROM request_log_segments WHERE id IN (
             SELECT id FROM (
                 SELECT id, refused,
                     CAST(SUM(entries) OVER (PARTITION BY portal_id, subject, refused ORDER BY newest DESC, id DESC) AS BIGINT) AS so_far
                 FROM request_log_segments
             ) AS sums WHERE so_far > CASE WHEN refused THEN CAST(?2 AS BIGINT) ELSE CAST(?1 AS BIGINT) END
         )",
        params![MOST, MOST_REFUSED],
    )
    .await?;
    AppDay::clean_up(&mut tx, now).await?;
    Ok(tx.commit().await?)
}
