//! Indexing rows from before the index, or before folding changed: in batches, each a transaction
//! with a handful of statements, while others read and write.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde_json::{Value, json};

use super::index::merge;
use super::{Searched, grams};
use crate::db::{Db, Single, WritingDb, from_row, params};
use crate::error::Result;
use crate::ids::PortalId;
use crate::tenant::{StoreTx, TenantSql, WritingStore};
use crate::unicode::fold;

/// The version of folding and grams. Increment it when either changes, and every row is reindexed
/// at the next start.
pub(crate) const VERSION: i64 = 2;

/// The number of rows in the first batch; later ones are sized by how long it took.
const FIRST: u32 = 25;
/// The minimum number of rows in a batch.
const FEWEST: u32 = 10;
/// The maximum number of rows in a batch; their tokens take a few megabytes.
const MOST: u32 = 1000;

/// How long a batch should hold SQLite's write lock.
const TARGET_ON_SQLITE: Duration = Duration::from_millis(15);
/// How long a batch should hold its rows on PostgreSQL. Other rows can be written meanwhile.
const TARGET_ON_POSTGRES: Duration = Duration::from_millis(60);

/// The minimum pause between two batches, for other processes that wait for SQLite's write lock.
const SHORTEST_PAUSE: Duration = Duration::from_millis(2);

/// How often a batch is tried that fails, for example because the database is busy.
const TRIES: u32 = 10;
/// The pause before a batch is tried again.
const BEFORE_RETRY: Duration = Duration::from_secs(5);

/// The progress for the rows of a kind: up to the row (`portal_id`, `created_at`, `row_id`).
struct Place {
    done: bool,
    portal_id: String,
    created_at: i64,
    row_id: String,
}
from_row!(Place { done, portal_id, created_at, row_id });

/// A row with its text, which is not yet folded.
struct Row {
    id: String,
    created_at: Timestamp,
    text: String,
}
from_row!(Row { id, created_at, text });

/// A row's entry.
struct Entry {
    number: i64,
    row_id: String,
}
from_row!(Entry { number, row_id });

/// Takes pairs of a row's id and text.
const ENTER: TenantSql = TenantSql::per_engine(
    "INSERT INTO search_entries (portal_id, kind, row_id, text)
     SELECT ?1, ?2, value ->> 0, value ->> 1 FROM json_each(?3) WHERE TRUE ORDER BY key
     ON CONFLICT (portal_id, kind, row_id) DO UPDATE SET text = excluded.text
     RETURNING number, row_id",
    "INSERT INTO search_entries (portal_id, kind, row_id, text)
     SELECT CAST(?1 AS TEXT), CAST(?2 AS TEXT), value ->> 0, value ->> 1
     FROM json_array_elements(CAST(CAST(?3 AS TEXT) AS json)) WITH ORDINALITY AS pairs (value, place)
     ORDER BY place
     ON CONFLICT (portal_id, kind, row_id) DO UPDATE SET text = excluded.text
     RETURNING number, row_id",
);
/// Takes the numbers of entries.
const DROP_GRAMS: TenantSql = TenantSql::per_engine(
    "DELETE FROM search_grams WHERE rowid IN (
         SELECT e.number FROM json_each(?2) AS known
         CROSS JOIN search_entries e ON e.portal_id = ?1 AND e.number = known.value)",
    "DELETE FROM search_grams WHERE rowid IN (
         SELECT e.number FROM json_array_elements_text(CAST(CAST(?2 AS TEXT) AS json)) AS known
         JOIN search_entries e ON e.portal_id = ?1 AND e.number = CAST(known AS BIGINT))",
);
/// Takes pairs of an entry's number and tokens.
const ADD_GRAMS: TenantSql = TenantSql::per_engine(
    "INSERT INTO search_grams (rowid, grams)
     SELECT e.number, pair.value ->> 1 FROM json_each(?2) AS pair
     CROSS JOIN search_entries e ON e.portal_id = ?1 AND e.number = pair.value ->> 0",
    "INSERT INTO search_grams (rowid, grams)
     SELECT e.number, pair ->> 1 FROM json_array_elements(CAST(CAST(?2 AS TEXT) AS json)) AS pair
     JOIN search_entries e ON e.portal_id = ?1 AND e.number = CAST(pair ->> 0 AS BIGINT)",
);

/// Starts anew when the index is of another version.
const BEGIN: &str =
    "INSERT INTO search_progress (kind, version, done, portal_id, created_at, row_id)
     VALUES (?1, ?2, FALSE, '', ?3, '')
     ON CONFLICT (kind) DO UPDATE SET version = excluded.version, done = excluded.done,
         portal_id = excluded.portal_id, created_at = excluded.created_at, row_id = excluded.row_id
     WHERE search_progress.version <> excluded.version";
/// Moves on, unless another instance did.
const MOVE: TenantSql = TenantSql::new(
    "UPDATE search_progress SET portal_id = ?1, created_at = ?7, row_id = ?8
     WHERE kind = ?2 AND version = ?3 AND portal_id = ?4 AND created_at = ?5 AND row_id = ?6",
);

impl Searched {
    /// Indexes all rows of this kind that are missing or outdated in the index. It can be stopped
    /// at any time and continues where it was; while it runs, searches don't find the remaining
    /// rows. Returns how many were indexed.
    ///
    /// # Errors
    /// When the database fails again and again; it then continues at the next start.
    pub async fn catch_up(&self, db: &WritingDb) -> Result<u64> {
        let (mut count, mut size, mut failed) = (0, FIRST, 0);
        let begun = Instant::now();
        loop {
            match self.batch(db, size).await {
                Ok(None) => break,
                Ok(Some((rows, taken))) => {
                    (count, failed) = (count + rows as u64, 0);
                    size = next_size(size, taken, target(db));
                    tokio::time::sleep((taken / 2).max(SHORTEST_PAUSE)).await;
                }
                Err(error) => {
                    (size, failed) = (FEWEST, failed + 1);
                    if failed == TRIES {
                        return Err(error);
                    }
                    tracing::warn!(%error, kind = self.kind, "indexing for searches is delayed");
                    tokio::time::sleep(BEFORE_RETRY).await;
                }
            }
        }
        if count > 0 {
            let seconds = begun.elapsed().as_secs();
            tracing::info!(kind = self.kind, rows = count, seconds, "the search index is complete");
        }
        Ok(count)
    }

    /// Indexes the next rows of a portal; returns their number and how long that held up others,
    /// or `None` when there are no more rows.
    async fn batch(&self, db: &WritingDb, size: u32) -> Result<Option<(usize, Duration)>> {
        let Some(place) = self.place(db).await? else { return Ok(None) };
        let after = params![place.portal_id, place.created_at, place.row_id];
        let Some(Single(portal)) = db.row::<Single<PortalId>>(self.next_portal, after).await?
        else {
            let done = "UPDATE search_progress SET done = TRUE WHERE kind = ?1 AND version = ?2";
            db.execute(done, params![self.kind, VERSION]).await?;
            return Ok(None);
        };
        let (at, id) = if portal.as_str() == place.portal_id {
            (place.created_at, place.row_id.as_str())
        } else {
            (i64::MIN, "")
        };
        let mut tx = WritingStore::open(db.clone(), portal).begin().await?;
        let begun = Instant::now();
        let rows: Vec<Row> = tx.rows(self.texts, params![at, id, size]).await?;
        let Some(last) = rows.last() else { return Ok(Some((0, begun.elapsed()))) };
        let (from, to) = (&place, last);
        let moved = params![
            self.kind,
            VERSION,
            from.portal_id,
            from.created_at,
            from.row_id,
            to.created_at,
            to.id
        ];
        if tx.execute(MOVE, moved).await? == 0 {
            return Ok(Some((0, begun.elapsed())));
        }
        self.enter_all(&mut tx, &rows).await?;
        tx.commit().await?;
        Ok(Some((rows.len(), begun.elapsed())))
    }

    async fn enter_all(&self, tx: &mut StoreTx, rows: &[Row]) -> Result<()> {
        let texts: HashMap<&str, String> =
            rows.iter().map(|row| (row.id.as_str(), fold(&row.text))).collect();
        let pairs = rows.iter().map(|row| json!([row.id, texts[row.id.as_str()]]));
        let pairs = Value::from_iter(pairs).to_string();
        let entries: Vec<Entry> = tx.rows(ENTER, params![self.kind, pairs]).await?;
        let numbers = Value::from_iter(entries.iter().map(|entry| entry.number)).to_string();
        let tokens = |entry: &Entry| {
            let text = texts.get(entry.row_id.as_str()).map_or("", String::as_str);
            json!([entry.number, grams::of_text(tx.portal(), self.kind, text)])
        };
        let pairs = Value::from_iter(entries.iter().map(tokens)).to_string();
        tx.execute(DROP_GRAMS, params![numbers]).await?;
        tx.execute(ADD_GRAMS, params![pairs]).await?;
        merge(tx, entries.len()).await
    }

    /// `None` when everything is done.
    async fn place(&self, db: &WritingDb) -> Result<Option<Place>> {
        let find = "SELECT done, portal_id, created_at, row_id FROM search_progress WHERE kind = ?1 AND version = ?2";
        let mut known: Option<Place> = db.row(find, params![self.kind, VERSION]).await?;
        if known.is_none() {
            db.execute(BEGIN, params![self.kind, VERSION, i64::MIN]).await?;
            known = db.row(find, params![self.kind, VERSION]).await?;
        }
        Ok(known.filter(|place| !place.done))
    }
}

const fn target(db: &Db) -> Duration {
    match db {
        Db::Sqlite(_) => TARGET_ON_SQLITE,
        Db::Postgres(_) => TARGET_ON_POSTGRES,
    }
}

/// The size of the next batch, given the size and duration of this one.
fn next_size(size: u32, taken: Duration, target: Duration) -> u32 {
    let size = if taken > target * 3 / 2 {
        size / 2
    } else if taken < target / 2 {
        size * 2
    } else {
        size
    };
    size.clamp(FEWEST, MOST)
}
