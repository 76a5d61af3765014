//! Keys that names are sorted by: both engines compare them byte by byte, and so alike, in an order
//! that people expect.

use std::time::Duration;

use crate::db::{WritingDb, from_row, params};
use crate::error::Result;
use crate::ids::PortalId;
use crate::tenant::{TenantSql, WritingStore};
use crate::unicode::fold;

/// The maximum length of a key, in characters: far less than an index of PostgreSQL can hold. Names
/// that are the same up to there are ordered by their ids.
const LONGEST: usize = 80;

/// The number of rows that a transaction gives keys to.
const BATCH: i64 = 100;
/// The pause between two, for others that wait for SQLite's writer.
const PAUSE: Duration = Duration::from_millis(10);

/// The key of a name: folded, so that `Élan` is between `elan` and `elf`, and shortened.
pub fn sort_key(name: &str) -> String {
    // Sorts after every key; see `Part::start`.
    fold(name).chars().filter(|c| *c != char::MAX).take(LONGEST).collect()
}

/// Rows of a table that are sorted by name, in its column `name_key`. Created by `sort_keys`.
#[derive(Debug, Clone, Copy)]
pub struct SortKeys {
    /// The rows without a key after (`?1`, `?2`), at most [`BATCH`].
    pub(crate) missing: &'static str,
    /// Gives the row `?2` the key `?3`, if its name still is `?4`.
    pub(crate) set: TenantSql,
}

/// Declares the table and its column with the name.
macro_rules! sort_keys {
    ($table:literal, $name:literal) => {
        $crate::lists::SortKeys {
            missing: concat!(
                "SELECT portal_id, id, ",
                $name,
                " AS name FROM ",
                $table,
                " WHERE (portal_id, id) > (?1, ?2) AND name_key IS NULL
                 ORDER BY portal_id, id LIMIT ?3"
            ),
            set: $crate::tenant::TenantSql::new(concat!(
                "UPDATE ",
                $table,
                " SET name_key = ?3
                 WHERE portal_id = ?1 AND id = ?2 AND ",
                $name,
                " = ?4 AND name_key IS NULL"
            )),
        }
    };
}
pub(crate) use sort_keys;

struct Named {
    portal_id: PortalId,
    id: String,
    name: String,
}
from_row!(Named { portal_id, id, name });

impl SortKeys {
    /// Gives keys to rows of a version without them, in batches. It can be interrupted at any time,
    /// and run by several instances at once. Returns how many rows had none.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn complete(&self, db: &WritingDb) -> Result<u64> {
        let (mut count, mut portal, mut id) = (0, String::new(), String::new());
        loop {
            let rows: Vec<Named> = db.rows(self.missing, params![portal, id, BATCH]).await?;
            let Some(last) = rows.last() else { return Ok(count) };
            (portal, id) = (last.portal_id.as_str().to_owned(), last.id.clone());
            count += rows.len() as u64;
            for of_portal in rows.chunk_by(|one, other| one.portal_id == other.portal_id) {
                let owner = of_portal[0].portal_id.clone();
                let mut tx = WritingStore::open(db.clone(), owner).begin().await?;
                for Named { id, name, .. } in of_portal {
                    tx.execute(self.set, params![id, sort_key(name), name]).await?;
                }
                tx.commit().await?;
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_in_the_order_that_people_expect() {
        let mut names =
            ["Zwaan", "élan", "Elf", "'t Hoekje", "Elan BV", "Ångström", "andijk", "ÉLAN Advies"];
        names.sort_by_key(|name| sort_key(name));
        let expected =
            ["'t Hoekje", "andijk", "Ångström", "élan", "ÉLAN Advies", "Elan BV", "Elf", "Zwaan"];
        assert_eq!(names, expected);
    }

    #[test]
    fn a_key_is_short_and_below_the_end() {
        // One letter that folds to eighteen.
        let key = sort_key(&"\u{fdfa}".repeat(200));
        assert_eq!(key.chars().count(), LONGEST);
        assert_eq!(sort_key("a\u{10ffff}b"), "ab");
        assert!(sort_key("\u{10fffe}").as_str() < "\u{10ffff}");
    }
}
