//! Indexing rows from before the index, or before folding changed.

use std::time::Duration;

use jiff::Timestamp;

use super::Searched;
use crate::db::{WritingDb, from_row, params};
use crate::error::{Error, Result};
use crate::ids::PortalId;
use crate::tenant::WritingStore;

/// The version of folding and grams. Increment it when either changes, and every row is reindexed
/// at the next start.
pub(crate) const VERSION: i64 = 2;

/// Rows indexed per transaction: other writers wait no longer than this takes.
const BATCH: i64 = 100;

/// The pause for other writers, between two batches.
const PAUSE: Duration = Duration::from_millis(2);

/// The progress for the rows of a kind: up to the row (`portal_id`, `created_at`, `row_id`).
struct Place {
    version: i64,
    done: bool,
    portal_id: String,
    created_at: i64,
    row_id: String,
}
from_row!(Place { version, done, portal_id, created_at, row_id });

struct Row {
    portal_id: PortalId,
    created_at: Timestamp,
    id: String,
}
from_row!(Row { portal_id, created_at, id });

impl Searched {
    /// Indexes all rows of this kind that are missing or outdated in the index. It can be stopped
    /// at any time and continues where it was; while it runs, searches don't find the remaining
    /// rows.
    ///
    /// # Errors
    /// When the database fails; it then continues at the next start.
    pub async fn catch_up(&self, db: &WritingDb) -> Result<u64> {
        let mut place = self.place(db).await?;
        if place.done {
            return Ok(0);
        }
        let mut count = 0;
        loop {
            let (portal, after, row) = (&place.portal_id, place.created_at, &place.row_id);
            let rows: Vec<Row> = db.rows(self.batch, params![portal, after, row, BATCH]).await?;
            let Some(last) = rows.last() else { break };
            (place.portal_id, place.created_at, place.row_id) = (
                last.portal_id.as_str().to_owned(),
                last.created_at.as_millisecond(),
                last.id.clone(),
            );
            count += rows.len() as u64;
            // A transaction covers one portal.
            for rows in rows.chunk_by(|one, other| one.portal_id == other.portal_id) {
                self.enter_all(db, rows).await?;
            }
            self.note(db, &place).await?;
            tokio::time::sleep(PAUSE).await;
        }
        place.done = true;
        self.note(db, &place).await?;
        if count > 0 {
            tracing::info!(kind = self.kind, rows = count, "the search index is complete");
        }
        Ok(count)
    }

    async fn enter_all(&self, db: &WritingDb, rows: &[Row]) -> Result<()> {
        let store = WritingStore::open(db.clone(), rows[0].portal_id.clone());
        let mut tx = store.begin().await?;
        for row in rows {
            // The row may have been deleted since it was read, but not any more during this
            // transaction.
            match self.enter(&mut tx, &row.id, true).await {
                Ok(()) => {}
                Err(Error::NotFound) => {
                    drop(tx);
                    return self.enter_one_by_one(&store, rows).await;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(tx.commit().await?)
    }

    /// The same for rows of which some are gone.
    async fn enter_one_by_one(&self, store: &WritingStore, rows: &[Row]) -> Result<()> {
        for row in rows {
            let mut tx = store.begin().await?;
            match self.enter(&mut tx, &row.id, true).await {
                Ok(()) => tx.commit().await?,
                Err(Error::NotFound) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    async fn place(&self, db: &WritingDb) -> Result<Place> {
        let find = "SELECT version, done, portal_id, created_at, row_id FROM search_progress WHERE kind = ?1";
        let known: Option<Place> = db.row(find, params![self.kind]).await?;
        Ok(known.filter(|place| place.version == VERSION).unwrap_or_else(|| Place {
            version: VERSION,
            done: false,
            portal_id: String::new(),
            created_at: i64::MIN,
            row_id: String::new(),
        }))
    }

    async fn note(&self, db: &WritingDb, place: &Place) -> Result<()> {
        let note = "INSERT INTO search_progress (kind, version, done, portal_id, created_at, row_id)
                    VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                    ON CONFLICT (kind) DO UPDATE SET version = excluded.version, done = excluded.done,
                        portal_id = excluded.portal_id, created_at = excluded.created_at, row_id = excluded.row_id";
        let Place { version, done, portal_id, created_at, row_id } = place;
        db.execute(note, params![self.kind, version, done, portal_id, created_at, row_id]).await?;
        Ok(())
    }
}
