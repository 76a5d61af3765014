//! Saved views: a list's filters, search and order under a name, for one person or for everybody in the
//! portal.

use jiff::Timestamp;

use crate::db::{Single, from_row, params};
use crate::error::{Error, Message, Result};
use crate::ids::{AccountId, SavedViewId};
use crate::tenant::{Store, StoreTx, TenantSql};
use crate::values::Name;

/// The maximum number of views that a person saves of a list.
const MOST: i64 = 20;

/// The maximum number of views that a list shows, with those of others.
const MOST_SHOWN: i64 = 200;

/// The maximum length of a query, in bytes.
const LONGEST_QUERY: usize = 4000;

const LIST: TenantSql = TenantSql::new(
    "SELECT id, name, query, is_shared, (account_id = ?3) AS is_own FROM saved_views
     WHERE portal_id = ?1 AND list = ?2 AND (account_id = ?3 OR is_shared)
     ORDER BY created_at, id LIMIT ?4",
);
const REPLACE: TenantSql = TenantSql::new(
    "UPDATE saved_views SET query = ?5, is_shared = ?6
     WHERE portal_id = ?1 AND list = ?2 AND account_id = ?3 AND name = ?4",
);
const INSERT: TenantSql = TenantSql::new(
    "INSERT INTO saved_views (portal_id, list, account_id, name, query, is_shared, id, created_at)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
);
const COUNT: TenantSql = TenantSql::new(
    "SELECT count(*) AS value FROM saved_views WHERE portal_id = ?1 AND list = ?2 AND account_id = ?3",
);
const RENAME: TenantSql = TenantSql::new(
    "UPDATE saved_views SET name = ?5
     WHERE portal_id = ?1 AND list = ?2 AND id = ?4 AND (account_id = ?3 OR is_shared)",
);
const DELETE: TenantSql = TenantSql::new(
    "DELETE FROM saved_views
     WHERE portal_id = ?1 AND list = ?2 AND id = ?4 AND (account_id = ?3 OR is_shared)",
);

/// A saved view, as a person sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedView {
    /// Its id.
    pub id: SavedViewId,
    /// Its name.
    pub name: String,
    /// The query of the list's address.
    pub query: String,
    /// Whether everybody in the portal sees it, and can rename and delete it.
    pub is_shared: bool,
    /// Whether the person has saved it.
    pub is_own: bool,
}
from_row!(SavedView { id, name, query, is_shared, is_own });

/// A new view.
#[derive(Debug, Clone)]
pub struct NewView {
    /// Its name. The person's own view with this name is replaced.
    pub name: Name,
    /// The query of the list's address.
    pub query: String,
    /// Whether everybody in the portal sees it.
    pub is_shared: bool,
}

/// The views of a list (its kind) that a person sees.
#[derive(Debug, Clone, Copy)]
pub struct Views<'a> {
    /// The list.
    pub list: &'static str,
    /// The person.
    pub account: &'a AccountId,
}

impl Views<'_> {
    /// All of them, the oldest first.
    pub async fn all(&self, store: &Store) -> Result<Vec<SavedView>> {
        Ok(store.rows(LIST, params![self.list, self.account, MOST_SHOWN]).await?)
    }

    /// Saves a view. The transaction locks the account.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the person has the maximum number; [`Error::Invalid`] when the query is
    /// too long.
    pub async fn save(&self, tx: &mut StoreTx, new: NewView, now: Timestamp) -> Result<()> {
        let NewView { name, query, is_shared } = new;
        if query.len() > LONGEST_QUERY {
            return Err(Error::invalid("", Message::new("views.too_long")));
        }
        let (list, account) = (self.list, self.account);
        let replaced = tx.execute(REPLACE, params![list, account, name, query, is_shared]).await?;
        if replaced > 0 {
            return Ok(());
        }
        let id = SavedViewId::random();
        tx.execute(INSERT, params![list, account, name, query, is_shared, id, now]).await?;
        let count = tx.row(COUNT, params![list, account]).await?;
        if count.is_some_and(|Single(count): Single<i64>| count > MOST) {
            return Err(Error::Conflict(Message::with("views.too_many", MOST)));
        }
        Ok(())
    }

    /// Renames a view.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the person sees no such view.
    pub async fn rename(&self, tx: &mut StoreTx, id: &SavedViewId, name: &Name) -> Result<()> {
        match tx.execute(RENAME, params![self.list, self.account, id, name]).await? {
            0 => Err(Error::NotFound),
            _ => Ok(()),
        }
    }

    /// Deletes a view.
    ///
    /// # Errors
    /// As [`Views::rename`].
    pub async fn delete(&self, tx: &mut StoreTx, id: &SavedViewId) -> Result<()> {
        match tx.execute(DELETE, params![self.list, self.account, id]).await? {
            0 => Err(Error::NotFound),
            _ => Ok(()),
        }
    }
}
