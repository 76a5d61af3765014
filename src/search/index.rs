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
    /// The text of the row `?2`, as `value`.
    pub(crate) text: TenantSql,
    /// The portal of the first row after the row (`?1`, `?2`, `?3`), in the order of portals and
    /// of age.
    pub(crate) next_portal: &'static str,
    /// The portal's rows after (`?2`, `?3`) with their texts, in the order of age; at most `?4`.
    /// They cannot be changed by others until the transaction ends.
    pub(crate) texts: TenantSql,
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
            next_portal: concat!(
                "SELECT portal_id AS value FROM ",
                $table,
                " WHERE (portal_id, created_at, id) > (?1, ?2, ?3)
                 ORDER BY portal_id, created_at, id LIMIT 1"
            ),
            texts: $crate::tenant::TenantSql::per_engine(
                $crate::search::searched!(@texts $table, $text, ""),
                $crate::search::searched!(@texts $table, $text, " FOR SHARE"),
            ),
        }
    };
    (@texts $table:literal, $text:literal, $lock:literal) => {
        concat!(
            "SELECT id, created_at, ",
            $text,
            " AS text FROM ",
            $table,
            " WHERE portal_id = ?1 AND (created_at, id) > (?2, ?3)
             ORDER BY created_at, id LIMIT ?4",
            $lock
        )
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
/// FTS5 keeps what is added at once in a segment of its own, and merges segments. Left to itself, it
/// merges many at once every now and then, which holds up all writers for seconds; so each commit
/// does as much of it as it causes. On SQLite only. A page has about a kilobyte, and a row needs two
/// to three of them over time; more for a single row, which is merged more often.
const MERGE: TenantSql = TenantSql::new(
    "INSERT INTO search_grams (search_grams, rank)
     SELECT 'merge', 12 + 4 * ?2 FROM search_entries WHERE portal_id = ?1 LIMIT 1",
);

/// A concurrent transaction waits here, and then sees the committed row.
const HOLD: TenantSql = TenantSql::new(
    "INSERT INTO search_entries (portal_id, kind, row_id, text) VALUES (?1, ?2, ?3, '')
     ON CONFLICT (portal_id, kind, row_id) DO UPDATE SET text = search_entries.text
     RETURNING number, text",
);
const CHANGE: TenantSql =
    TenantSql::new("UPDATE search_entries SET text = ?3 WHERE portal_id = ?1 AND number = ?2");
// The entry and each token identify the portal of the grams. A row that was added and deleted before the
// commit can have left its number to another.
const ADD_GRAMS: TenantSql = TenantSql::new(
    "INSERT INTO search_grams (rowid, grams)
     SELECT number, CAST(?3 AS TEXT) FROM search_entries
     WHERE portal_id = ?1 AND number = ?2 AND row_id = ?4",
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
            tx.execute_at_commit(ADD_GRAMS, params![number, grams, id]).await?;
            merge(tx, 1).await?;
        }
        Ok(())
    }

    /// Updates the index for a row that was changed in this transaction.
    pub async fn change(&self, tx: &mut StoreTx, id: &str) -> Result<()> {
        let Some(entry) = tx.row::<Entry>(HOLD, params![self.kind, id]).await? else {
            return Ok(());
        };
        // If the row was deleted in the meantime, its new entry is empty and is undone.
        let text = self.folded_text(tx, id).await?.ok_or(Error::NotFound)?;
        if entry.text != text {
            let grams = grams::of_text(tx.portal(), self.kind, &text);
            tx.execute(CHANGE, params![entry.number, text]).await?;
            tx.execute_at_commit(DROP_GRAMS, params![entry.number]).await?;
            tx.execute_at_commit(ADD_GRAMS, params![entry.number, grams, id]).await?;
            merge(tx, 1).await?;
        }
        Ok(())
    }

    async fn folded_text(&self, tx: &mut StoreTx, id: &str) -> Result<Option<String>> {
        let text: Option<Single<String>> = tx.row(self.text, params![id]).await?;
        Ok(text.map(|Single(text)| fold(&text)))
    }
}

/// Merges as much as this number of added rows causes.
pub(super) async fn merge(tx: &mut StoreTx, rows: usize) -> Result<()> {
    if !tx.is_postgres() {
        let rows = i64::try_from(rows).unwrap_or(i64::MAX);
        tx.execute_once_at_commit(MERGE, rows).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::time::Duration;

    use super::*;
    use crate::db::{Settings, WritingDb};
    use crate::ids::PortalId;
    use crate::tenant::WritingStore;

    const NAMED: Searched = searched!("customer", "customers", "company_name");

    /// The pages in the write-ahead log, which is emptied.
    fn pages_written(path: &Path) -> u64 {
        let connection = rusqlite::Connection::open(path).unwrap();
        let size = std::fs::metadata(path.with_extension("db-wal")).unwrap().len();
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
        size / 8192
    }

    #[tokio::test(flavor = "multi_thread")]
    #[ignore = "thousands of commits take from ten seconds to minutes, by the disk"]
    async fn no_transaction_merges_what_many_have_added() {
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings {
            url: &"sqlite:klantportaal.db".parse().unwrap(),
            data_dir: folder.path(),
            connections: 1,
            wait: Duration::from_secs(10),
        };
        let path = folder.path().join("klantportaal.db");
        let db = WritingDb::open(&settings).await.unwrap();
        let portal: PortalId = "prt_a".parse().unwrap();
        let new_portal = "INSERT INTO portals (id, name, created_at) VALUES (?1, 'A', 1)";
        db.execute(new_portal, params![portal]).await.unwrap();
        let add = TenantSql::new(
            "INSERT INTO customers (portal_id, id, company_name, address, zip_code, city, country_code,
                 primary_email, created_at)
             VALUES (?1, ?2, ?3, '', '', '', 'NL', '', 1)",
        );
        pages_written(&path);
        let store = WritingStore::open(db, portal);
        let mut most = 0;
        // By itself, FTS5 merges 16 segments at once, then 16 of those, and so on: 16³ are 4,096.
        for number in 0_u32..4200 {
            let id = format!("cst_{number:06}");
            // Of many different letters, in an order that looks random.
            let letters = (0..60_u32).map(|place| {
                let drawn = (number * 60 + place).wrapping_mul(2_654_435_761) >> 16;
                char::from(b'a' + u8::try_from(drawn % 26).unwrap())
            });
            let name: String = letters.collect();
            let mut tx = store.begin().await.unwrap();
            tx.execute(add, params![id, name]).await.unwrap();
            NAMED.add(&mut tx, &id).await.unwrap();
            tx.commit().await.unwrap();
            most = most.max(pages_written(&path));
        }
        assert!(most < 64, "one transaction wrote {most} pages");
    }
}
