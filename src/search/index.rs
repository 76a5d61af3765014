//! The index: an entry for each searchable row, updated in the row's own transaction.

use super::grams;
use crate::db::{Single, params};
use crate::error::{Error, Result};
use crate::tenant::{StoreTx, TenantSql};
use crate::unicode::fold;

/// Searchable rows. Created by `searched`.
#[derive(Debug, Clone, Copy)]
pub struct Searched {
    /// The kind of the rows in the index.
    pub(crate) kind: &'static str,
    /// The text of the row `?2`.
    pub(crate) text: TenantSql,
    /// Rows of all portals, ordered by age within a portal, after the row (`?1`, `?2`, `?3`); at
    /// most `?4`.
    pub(crate) batch: &'static str,
}

/// Declares the searchable text of a table's rows: an expression over the columns. The table has
/// the columns `portal_id`, `id` and `created_at`.
macro_rules! searched {
    ($kind:literal, $table:literal, $text:literal) => {
        $crate::search::Searched {
            kind: $kind,
            text: $crate::tenant::TenantSql::new(concat!(
                "SELECT ",
                $text,
                " AS value FROM ",
                $table,
                " WHERE portal_id = ?1 AND id = ?2"
            )),
            batch: concat!(
                "SELECT portal_id, created_at, id FROM ",
                $table,
                " WHERE (portal_id, created_at, id) > (?1, ?2, ?3)
                 ORDER BY portal_id, created_at, id LIMIT ?4"
            ),
        }
    };
}
pub(crate) use searched;

struct Entry {
    number: i64,
    text: String,
}
crate::db::from_row!(Entry { number, text });

const ADD: TenantSql = TenantSql::new(
    "INSERT INTO search_entries (portal_id, kind, row_id, text) VALUES (?1, ?2, ?3, ?4)
     RETURNING number AS value",
);
/// A concurrent transaction waits here, and then sees the committed row.
const HOLD: TenantSql = TenantSql::new(
    "INSERT INTO search_entries (portal_id, kind, row_id, text) VALUES (?1, ?2, ?3, '')
     ON CONFLICT (portal_id, kind, row_id) DO UPDATE SET text = search_entries.text
     RETURNING number, text",
);
const CHANGE: TenantSql =
    TenantSql::new("UPDATE search_entries SET text = ?3 WHERE portal_id = ?1 AND number = ?2");
// The entry and each token identify the portal of the grams.
const ADD_GRAMS: TenantSql = TenantSql::new(
    "INSERT INTO search_grams (rowid, grams)
     SELECT number, CAST(?3 AS TEXT) FROM search_entries WHERE portal_id = ?1 AND number = ?2",
);
const DROP_GRAMS: TenantSql = TenantSql::new(
    "DELETE FROM search_grams
     WHERE rowid = (SELECT number FROM search_entries WHERE portal_id = ?1 AND number = ?2)",
);

impl Searched {
    /// Indexes a row that was added in this transaction. Triggers handle deletions.
    pub async fn add(&self, tx: &mut StoreTx, id: &str) -> Result<()> {
        let Some(text) = self.folded_text(tx, id).await? else { return Ok(()) };
        let added = tx.row::<Single<i64>>(ADD, params![self.kind, id, text]).await?;
        if let Some(Single(number)) = added {
            let grams = grams::of_text(tx.portal(), self.kind, &text);
            tx.execute(ADD_GRAMS, params![number, grams]).await?;
        }
        Ok(())
    }

    /// Updates the index for a row that was changed in this transaction.
    pub async fn change(&self, tx: &mut StoreTx, id: &str) -> Result<()> {
        self.enter(tx, id, false).await
    }

    /// Indexes a row that may already have an entry; with `anew`, even if its text is unchanged.
    pub(super) async fn enter(&self, tx: &mut StoreTx, id: &str, anew: bool) -> Result<()> {
        let Some(entry) = tx.row::<Entry>(HOLD, params![self.kind, id]).await? else {
            return Ok(());
        };
        // If the row was deleted in the meantime, its new entry is empty and is undone.
        let text = self.folded_text(tx, id).await?.ok_or(Error::NotFound)?;
        if anew || entry.text != text {
            let grams = grams::of_text(tx.portal(), self.kind, &text);
            tx.execute(CHANGE, params![entry.number, text]).await?;
            tx.execute(DROP_GRAMS, params![entry.number]).await?;
            tx.execute(ADD_GRAMS, params![entry.number, grams]).await?;
        }
        Ok(())
    }

    async fn folded_text(&self, tx: &mut StoreTx, id: &str) -> Result<Option<String>> {
        let text: Option<Single<String>> = tx.row(self.text, params![id]).await?;
        Ok(text.map(|Single(text)| fold(&text)))
    }
}
