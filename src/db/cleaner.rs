//! Deletes expired rows while others write. SQLite has one writer, and on PostgreSQL a long
//! statement keeps its locks, so rows are deleted in small batches, with a pause after each for
//! waiting writers.

use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use super::contains;
use super::{DbError, Param, ToParam, WritingDb};

/// The number of rows in the first batch; later ones are sized by how long it took.
const FIRST: u32 = 25;
/// The minimum number of rows in a batch.
const FEWEST: u32 = 10;
/// The maximum number of rows in a batch.
const MOST: u32 = 2000;
/// How long a batch should delay other writers.
const TARGET: Duration = Duration::from_millis(10);
/// The minimum pause.
const SHORTEST_PAUSE: Duration = Duration::from_millis(1);

/// A statement that deletes at most `?1` rows. Created by `delete_batch!`.
#[derive(Debug, Clone, Copy)]
pub struct DeleteBatch {
    sql: &'static str,
    /// Asks SQLite for its query plan.
    #[cfg_attr(not(debug_assertions), allow(dead_code))]
    explain: &'static str,
}

impl DeleteBatch {
    /// Takes a statement that has a limit; without one, a constant statement doesn't compile.
    ///
    /// # Panics
    /// When the statement lacks `LIMIT ?1`.
    pub const fn new(sql: &'static str, explain: &'static str) -> Self {
        assert!(
            contains(sql, "DELETE FROM") && contains(sql, "LIMIT ?1"),
            "a batch must say DELETE FROM and LIMIT ?1"
        );
        Self { sql, explain }
    }
}

/// A [`DeleteBatch`] of a table's rows that meet a condition, whose parameters start at `?2`; the
/// key is one or more columns. The condition is checked twice, because a row can change between
/// being selected and deleted. Alternatively a complete statement of another form, whose subqueries
/// have names ending in `_rows`.
///
/// An index must lead to the rows: in debug builds a batch that would read a whole table panics on
/// SQLite.
macro_rules! delete_batch {
    ($table:literal, $key:literal, $condition:literal) => {
        delete_batch!(concat!(
            "DELETE FROM ",
            $table,
            " WHERE ",
            $condition,
            " AND (",
            $key,
            ") IN (SELECT ",
            $key,
            " FROM ",
            $table,
            " WHERE ",
            $condition,
            " LIMIT ?1)"
        ))
    };
    ($sql:expr) => {
        const { $crate::db::DeleteBatch::new($sql, concat!("EXPLAIN QUERY PLAN ", $sql)) }
    };
}
pub(crate) use delete_batch;

/// Deletes in batches until nothing is left or it is told to stop.
#[derive(Clone)]
pub struct Cleaner {
    db: WritingDb,
    stop: CancellationToken,
}

impl Cleaner {
    /// A cleaner that runs until `stop` is cancelled.
    pub const fn new(db: WritingDb, stop: CancellationToken) -> Self {
        Self { db, stop }
    }

    /// The database, for queries before a deletion.
    pub const fn db(&self) -> &WritingDb {
        &self.db
    }

    /// Whether it was told to stop.
    pub fn is_stopped(&self) -> bool {
        self.stop.is_cancelled()
    }

    /// Deletes batch after batch, each in its own transaction; returns the number of deleted rows.
    ///
    /// # Errors
    /// As [`WritingDb::execute`]. Earlier batches aren't rolled back.
    pub async fn delete(&self, batch: DeleteBatch, params: &[Param<'_>]) -> Result<u64, DbError> {
        let (mut size, mut deleted) = (FIRST, 0);
        #[cfg(debug_assertions)]
        self.must_use_indexes(batch, params).await?;
        while !self.is_stopped() {
            let mut all = vec![size.to_param()];
            all.extend_from_slice(params);
            let mut tx = self.db.begin().await?;
            let begun = Instant::now();
            let count = tx.execute(batch.sql, &all).await?;
            tx.commit().await?;
            let taken = begun.elapsed();
            deleted += count;
            if count < u64::from(size) {
                break;
            }
            size = next_size(size, taken);
            self.pause(taken).await;
        }
        Ok(deleted)
    }

    #[cfg(debug_assertions)]
    async fn must_use_indexes(
        &self,
        batch: DeleteBatch,
        params: &[Param<'_>],
    ) -> Result<(), DbError> {
        if let super::Db::Sqlite(_) = *self.db {
            let mut all = vec![FIRST.to_param()];
            all.extend_from_slice(params);
            for PlanStep { detail } in self.db.rows(batch.explain, &all).await? {
                let table = detail.strip_prefix("SCAN ").and_then(|rest| rest.split(' ').next());
                assert!(
                    table.is_none_or(|name| name.starts_with('(') || name.ends_with("_rows")),
                    "a batch of the clean-up reads a whole table: {detail}: {}",
                    batch.sql
                );
            }
        }
        Ok(())
    }

    /// Runs batches that need more than one statement, until one reports that nothing is left. Each
    /// batch should be small and one transaction.
    ///
    /// # Errors
    /// Those of the batch.
    pub async fn repeat<E, F>(&self, batch: impl Fn(WritingDb) -> F) -> Result<(), E>
    where
        F: Future<Output = Result<bool, E>>,
    {
        while !self.is_stopped() {
            let begun = Instant::now();
            if !batch(self.db.clone()).await? {
                break;
            }
            self.pause(begun.elapsed()).await;
        }
        Ok(())
    }

    /// Lets others write for as long as they were delayed.
    async fn pause(&self, taken: Duration) {
        tokio::select! {
            () = self.stop.cancelled() => {}
            () = tokio::time::sleep(taken.max(SHORTEST_PAUSE)) => {}
        }
    }
}

/// A step of SQLite's plan for a statement.
#[cfg(debug_assertions)]
struct PlanStep {
    detail: String,
}

#[cfg(debug_assertions)]
impl super::FromRow for PlanStep {
    fn from_row(row: &mut super::Row<'_>) -> Result<Self, DbError> {
        for number in ["id", "parent", "notused"] {
            let _: i64 = row.read(number)?;
        }
        Ok(Self { detail: row.read("detail")? })
    }
}

/// The size of the next batch, given the size and duration of this one.
fn next_size(size: u32, taken: Duration) -> u32 {
    let size = if taken > TARGET * 2 {
        size / 2
    } else if taken < TARGET / 2 {
        size * 2
    } else {
        size
    };
    size.clamp(FEWEST, MOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(debug_assertions)]
    #[tokio::test(flavor = "multi_thread")]
    async fn a_batch_that_would_read_a_whole_table_is_refused() {
        use crate::db::{DatabaseUrl, Settings, params};

        let (dir, url) = (tempfile::tempdir().unwrap(), DatabaseUrl::Sqlite("a.db".into()));
        let (data_dir, wait) = (dir.path(), Duration::from_secs(10));
        let settings = Settings { url: &url, data_dir, connections: 1, wait };
        let db = WritingDb::open(&settings).await.unwrap();
        let cleaner = Cleaner::new(db, CancellationToken::new());
        let indexed = delete_batch!("sessions", "token_hash", "expires_at <= ?2");
        cleaner.delete(indexed, params![1_i64]).await.unwrap();
        let whole = delete_batch!("sessions", "token_hash", "user_agent = ?2");
        let refused =
            tokio::spawn(async move { cleaner.delete(whole, params!["x"]).await.map(drop) });
        assert!(refused.await.unwrap_err().is_panic());
    }

    #[test]
    fn batches_shrink_when_they_are_slow_and_grow_when_they_are_fast() {
        let millis = Duration::from_millis;
        assert_eq!(next_size(100, millis(25)), 50);
        assert_eq!(next_size(100, millis(10)), 100);
        assert_eq!(next_size(100, millis(1)), 200);
        assert_eq!((next_size(FEWEST, millis(99)), next_size(MOST, millis(0))), (FEWEST, MOST));
    }
}
