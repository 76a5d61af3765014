//! What a resource declares, and what happens to its deleted rows.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::bounds::{KEPT_FOR, make_room};
use super::kept_rows::KeptRows;
use crate::changes::Change;
use crate::db::{Single, from_row, params};
use crate::error::{Error, Message, Result};
use crate::ids::DeletionId;
use crate::quotas::PortalQuota;
use crate::tenant::{Store, StoreTx, TenantSql};

const KEEP: TenantSql = TenantSql::new(
    "INSERT INTO trash (portal_id, kind, id, name, deletion, deleted_at, deleted_by, expires_at, content, size)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
);
/// Of two who take the same row, the second waits for the first, and finds it gone.
const TAKE: TenantSql = TenantSql::new(
    "DELETE FROM trash WHERE portal_id = ?1 AND kind = ?2 AND id = ?3 AND expires_at > ?4
     RETURNING name, content",
);
const OF_DELETION: TenantSql = TenantSql::new(
    "SELECT id AS value FROM trash WHERE portal_id = ?1 AND kind = ?2 AND deletion = ?3 ORDER BY id",
);
const FIND: TenantSql = TenantSql::new(
    "SELECT id, name, deleted_at, deleted_by FROM trash
     WHERE portal_id = ?1 AND kind = ?2 AND id = ?3 AND expires_at > ?4",
);
const LIST: TenantSql = TenantSql::new(
    "SELECT id, name, deleted_at, deleted_by FROM trash
     WHERE portal_id = ?1 AND kind = ?2 AND expires_at > ?3 AND (deleted_at, id) < (?4, ?5)
     ORDER BY deleted_at DESC, id DESC LIMIT ?6",
);

/// What is kept of a resource's deleted rows.
#[derive(Debug)]
pub struct Trash {
    /// The kind of its rows.
    pub kind: &'static str,
    /// The table of the resource, and then those of what depends on its rows.
    pub rows: &'static [KeptRows],
    /// The limit on its rows in a portal.
    pub quota: PortalQuota,
}

/// A row in the bin.
#[derive(Debug, Clone)]
pub struct Deleted {
    /// Its id.
    pub id: String,
    /// What it was called.
    pub name: String,
    /// When it was deleted.
    pub deleted_at: Timestamp,
    /// The name of the person, key or app that deleted it.
    pub deleted_by: String,
}
from_row!(Deleted { id, name, deleted_at, deleted_by });

struct Taken {
    name: String,
    content: String,
}
from_row!(Taken { name, content });

impl Trash {
    /// Keeps a row, before this transaction deletes it. The transaction locks the portal. A row on which
    /// more than 10,000 others depend isn't kept.
    pub async fn keep(
        &self,
        tx: &mut StoreTx,
        change: &Change<'_>,
        deletion: &DeletionId,
        (id, name): (&str, &str),
    ) -> Result<()> {
        let mut content = Map::new();
        for rows in self.rows {
            let Some(kept) = rows.read(tx, id).await? else { return Ok(()) };
            content.insert(rows.table.to_owned(), kept);
        }
        let content = Value::Object(content).to_string();
        let size = i64::try_from(content.len()).unwrap_or(i64::MAX);
        let (author, now) = (change.author_name(tx).await?, change.now);
        let expires_at = now + KEPT_FOR;
        let params = params![self.kind, id, name, deletion, now, author, expires_at, content, size];
        tx.execute(KEEP, params).await?;
        make_room(tx).await
    }

    /// Restores a row with the same id and a new revision, and what depended on it as far as the rest
    /// of that still exists. False if it isn't in the bin. The transaction locks the portal.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the portal has the maximum number, or a row with this id.
    pub async fn restore(
        &self,
        tx: &mut StoreTx,
        id: &str,
        most: u32,
        now: Timestamp,
    ) -> Result<bool> {
        let taken: Option<Taken> = tx.row(TAKE, params![self.kind, id, now]).await?;
        let Some(Taken { name, content }) = taken else { return Ok(false) };
        let mut content: Map<String, Value> =
            serde_json::from_str(&content).map_err(Error::internal)?;
        for (place, rows) in self.rows.iter().enumerate() {
            let mut kept = match content.remove(rows.table) {
                Some(Value::Array(kept)) => kept,
                _ => Vec::new(),
            };
            if place == 0 {
                kept.iter_mut().for_each(|row| renew(row, now));
            }
            if rows.write(tx, &kept).await? == 0 && place == 0 {
                return Err(Error::Conflict(Message::with("error.not_restored", name)));
            }
        }
        self.quota.check(tx, most).await?;
        Ok(true)
    }

    /// Deletes a row for good, and returns its name; `None` if it isn't in the bin.
    pub async fn discard(
        &self,
        tx: &mut StoreTx,
        id: &str,
        now: Timestamp,
    ) -> Result<Option<String>> {
        let taken: Option<Taken> = tx.row(TAKE, params![self.kind, id, now]).await?;
        Ok(taken.map(|taken| taken.name))
    }

    /// The ids of the rows of this kind that were deleted together.
    pub async fn of_deletion(
        &self,
        tx: &mut StoreTx,
        deletion: &DeletionId,
    ) -> Result<Vec<String>> {
        let ids: Vec<Single<String>> = tx.rows(OF_DELETION, params![self.kind, deletion]).await?;
        Ok(ids.into_iter().map(|Single(id)| id).collect())
    }

    /// One row in the bin.
    ///
    /// # Errors
    /// [`Error::NotFound`] when it isn't there.
    pub async fn find(&self, store: &Store, id: &str, now: Timestamp) -> Result<Deleted> {
        store.row(FIND, params![self.kind, id, now]).await?.ok_or(Error::NotFound)
    }

    /// The rows in the bin that were deleted before one of them (or all), the latest first.
    pub async fn list(
        &self,
        store: &Store,
        before: Option<(Timestamp, &str)>,
        now: Timestamp,
        limit: i64,
    ) -> Result<Vec<Deleted>> {
        let (at, id) = before.map_or((i64::MAX, ""), |(at, id)| (at.as_millisecond(), id));
        Ok(store.rows(LIST, params![self.kind, now, at, id, limit]).await?)
    }
}

/// Makes a row one that has changed: nobody has seen its next revision.
fn renew(row: &mut Value, now: Timestamp) {
    if let Value::Object(row) = row {
        let revision = row.get("revision").and_then(Value::as_i64).unwrap_or_default();
        row.insert("revision".to_owned(), (revision + 1).into());
        row.insert("updated_at".to_owned(), now.as_millisecond().into());
    }
}
