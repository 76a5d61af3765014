//! Entering rows that were there before the index, or before the way of folding changed.

use std::time::Duration;

use jiff::Timestamp;

use super::Searched;
use crate::db::{WritingDb, WritingStore, from_row, params};
use crate::error::{Error, Result};
use crate::ids::PortalId;

/// The way of folding and of making grams. Whoever changes either counts on, and every row is
/// entered anew at the next start.
const VERSION: i64 = 2;

/// Rows that are entered in one transaction: others that write wait no longer than this takes.
const BATCH: i64 = 100;

/// For others that write, between two batches.
const PAUSE: Duration = Duration::from_millis(2);

/// How far it came with the rows of a kind: to the row (`portal_id`, `created_at`, `row_id`).
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
    /// Enters all rows of this kind that the index lacks or holds otherwise. It may be stopped at
    /// any time and goes on where it was; while it runs, a search does not find the rows that are
    /// still to come.
    ///
    /// # Errors
    /// When the database fails; it goes on at the next start then.
    pub async fn catch_up(&self, db: &WritingDb) -> Result<()> {
        let mut place = self.place(db).await?;
        if place.done {
            return Ok(());
        }
        let mut count = 0_usize;
        loop {
            let (portal, after, row) = (&place.portal_id, place.created_at, &place.row_id);
            let rows: Vec<Row> = db.rows(self.batch, params![portal, after, row, BATCH]).await?;
            let Some(last) = rows.last() else { break };
            (place.portal_id, place.created_at, place.row_id) = (
                last.portal_id.as_str().to_owned(),
                last.created_at.as_millisecond(),
                last.id.clone(),
            );
            count += rows.len();
            // A transaction is of one portal.
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
        Ok(())
    }

    async fn enter_all(&self, db: &WritingDb, rows: &[Row]) -> Result<()> {
        let store = WritingStore::open(db.clone(), rows[0].portal_id.clone());
        let mut tx = store.begin().await?;
        for row in rows {
            // The row may have been deleted since it was read, but while this goes on no other is.
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
