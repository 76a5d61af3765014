//! The rows whose contents are objects: files, attachments of tickets, and parts of uploads. Whoever adds a table with
//! contents names it here; otherwise the clean-up takes its contents for those of nobody.

use std::collections::HashSet;

use super::key::ObjectKey;
use crate::db::{Db, DbError, Single, Tx, from_row, params};
use crate::ids::{FileId, PortalId};

/// How many rows are read at once.
const BATCH: i64 = 1000;

const NEXT: &str = "SELECT * FROM (
         SELECT portal_id, id, name, size, sha256 FROM files
         WHERE (portal_id, id) > (?1, ?2) AND id LIKE 'fsf_%' ORDER BY portal_id, id LIMIT ?3
     ) f UNION ALL SELECT * FROM (
         SELECT portal_id, file_id AS id, name, size, sha256 FROM ticket_attachments
         WHERE (portal_id, file_id) > (?1, ?2) ORDER BY portal_id, file_id LIMIT ?3
     ) a UNION ALL SELECT * FROM (
         SELECT portal_id, file_id AS id, upload_id AS name, size, sha256 FROM file_upload_parts
         WHERE (portal_id, file_id) > (?1, ?2) ORDER BY portal_id, file_id LIMIT ?3
     ) p ORDER BY portal_id, id LIMIT ?3";

const COUNT: &str = "SELECT (SELECT count(*) FROM files WHERE id LIKE 'fsf_%')
     + (SELECT count(*) FROM ticket_attachments) + (SELECT count(*) FROM file_upload_parts) AS value";

const EXISTS: &str = "SELECT count(*) AS value FROM (
         SELECT id FROM files WHERE portal_id = ?1 AND id = ?2
         UNION ALL SELECT file_id FROM ticket_attachments WHERE portal_id = ?1 AND file_id = ?2
         UNION ALL SELECT file_id FROM file_upload_parts WHERE portal_id = ?1 AND file_id = ?2
     ) found";

const NAME: &str = "SELECT name AS value FROM files WHERE portal_id = ?1 AND id = ?2
     UNION ALL SELECT name AS value FROM ticket_attachments WHERE portal_id = ?1 AND file_id = ?2";

const KEYS: &str = "SELECT portal_id AS portal, id AS file FROM files WHERE id = ?1
     UNION ALL SELECT portal_id AS portal, file_id AS file FROM ticket_attachments WHERE file_id = ?1";

/// What a row says of its content.
#[derive(Debug)]
pub struct ContentRow {
    portal_id: PortalId,
    id: FileId,
    /// The name of the file; of a part, the id of its upload.
    pub name: String,
    size: i64,
    /// The SHA-256 in hexadecimal digits, if it was noted.
    pub sha256: Option<String>,
}
from_row!(ContentRow { portal_id, id, name, size, sha256 });

impl ContentRow {
    /// Where the content is.
    pub fn key(&self) -> ObjectKey {
        ObjectKey::of(&self.portal_id, &self.id)
    }

    /// The number of its bytes.
    pub fn bytes(&self) -> u64 {
        u64::try_from(self.size).unwrap_or_default()
    }
}

/// A place in the rows of all portals, or of one.
#[derive(Debug, Default)]
pub struct RowsRead {
    portal: String,
    last: String,
}

impl RowsRead {
    /// The next rows; none at the end.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn next(&mut self, db: &Db) -> Result<Vec<ContentRow>, DbError> {
        let rows: Vec<ContentRow> = db.rows(NEXT, params![self.portal, self.last, BATCH]).await?;
        if let Some(end) = rows.last() {
            (self.portal, self.last) = (end.portal_id.to_string(), end.id.to_string());
        }
        Ok(rows)
    }
}

/// The ids of a portal's contents.
///
/// # Errors
/// When the database fails.
pub async fn ids_of(db: &Db, portal: &PortalId) -> Result<HashSet<FileId>, DbError> {
    let mut ids = HashSet::new();
    let mut read = RowsRead { portal: portal.to_string(), last: String::new() };
    loop {
        let rows = read.next(db).await?;
        let is_end = rows.last().is_none_or(|row| row.portal_id != *portal);
        ids.extend(rows.into_iter().filter(|row| row.portal_id == *portal).map(|row| row.id));
        if is_end {
            return Ok(ids);
        }
    }
}

/// The number of rows.
///
/// # Errors
/// When the database fails.
pub async fn count_rows(db: &Db) -> Result<u64, DbError> {
    let count: Option<Single<i64>> = db.row(COUNT, params![]).await?;
    Ok(count.map_or(0, |Single(count)| u64::try_from(count).unwrap_or_default()))
}

/// Whether a content has a row.
///
/// # Errors
/// When the database fails.
pub async fn has_row(db: &Db, key: &ObjectKey) -> Result<bool, DbError> {
    let rows: Option<Single<i64>> = db.row(EXISTS, params![key.portal, key.file]).await?;
    Ok(rows.is_some_and(|Single(count)| count > 0))
}

/// The contents with an id that a scanner may look at, of which there is one at most.
pub(super) async fn keys_of(tx: &mut Tx, file: &FileId) -> Result<Vec<ObjectKey>, DbError> {
    tx.rows(KEYS, params![file]).await
}

/// The name of the file with a content; none if it was deleted.
pub(super) async fn name_of(tx: &mut Tx, key: &ObjectKey) -> Result<Option<String>, DbError> {
    let name: Option<Single<String>> = tx.row(NAME, params![key.portal, key.file]).await?;
    Ok(name.map(|Single(name)| name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_table_with_contents_is_named() {
        let schema = include_str!("../../docs/schema/sqlite.sql");
        let tables = schema.split("CREATE TABLE ").skip(1);
        let with_contents =
            tables.filter(|table| table.split(");").next().unwrap().contains(" sha256 "));
        let names: Vec<&str> =
            with_contents.map(|table| table.split(' ').next().unwrap()).collect();
        assert!(names.contains(&"files"), "{names:?}");
        for name in names {
            for sql in [NEXT, COUNT, EXISTS] {
                assert!(sql.contains(&format!("FROM {name}")), "{name}");
            }
            // Of parts only the whole is scanned.
            for sql in [NAME, KEYS] {
                assert_eq!(sql.contains(&format!("FROM {name}")), name != "file_upload_parts");
            }
        }
    }
}
