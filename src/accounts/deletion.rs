//! Renaming and deleting a portal or a developer. A deleted one disappears for everybody at once.
//! Its owners can restore it for a week; then [`crate::removal`] removes its data.

use jiff::{SignedDuration, Timestamp};

use super::organisation::sql;
use super::{Organisation, Site};
use crate::auth::{Token, TokenKind};
use crate::db::{Db, DbError, FromRow, Row, Single, Tx, params};
use crate::error::{Error, Message, Result};
use crate::ids::{AccountId, DeveloperId, PortalId};
use crate::values::Name;

/// How long a deleted portal, developer or account can be restored.
pub const GRACE: SignedDuration = SignedDuration::from_hours(7 * 24);

/// A deleted portal or developer that can be restored.
#[derive(Debug, Clone)]
pub struct DeletedOrganisation {
    /// Which.
    pub organisation: Organisation,
    /// Its name.
    pub name: String,
    /// When it was deleted.
    pub deleted_at: Timestamp,
}

impl DeletedOrganisation {
    /// When it can no longer be restored.
    pub fn removed_from(&self) -> Timestamp {
        self.deleted_at + GRACE
    }
}

impl FromRow for DeletedOrganisation {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        let portal: Option<PortalId> = row.read("portal_id")?;
        let developer: Option<DeveloperId> = row.read("developer_id")?;
        let organisation = match (portal, developer) {
            (Some(id), None) => Organisation::Portal(id),
            (None, Some(id)) => Organisation::Developer(id),
            _ => return Err(DbError::Column { column: "portal_id" }),
        };
        Ok(Self { organisation, name: row.read("name")?, deleted_at: row.read("deleted_at")? })
    }
}

impl Organisation {
    /// Renames it within a transaction; returns the previous name.
    ///
    /// # Errors
    /// [`Error::NotFound`] when it does not exist or is deleted.
    pub async fn rename(&self, tx: &mut Tx, name: &Name) -> Result<String> {
        let before = self.hold_by_name(tx).await?;
        tx.execute(sql!(self, "UPDATE " "s SET name = ?2 WHERE id = ?1"), params![self, name])
            .await?;
        Ok(before)
    }

    /// As [`Organisation::hold`]; returns its name.
    async fn hold_by_name(&self, tx: &mut Tx) -> Result<String> {
        self.hold(tx).await?;
        let sql = sql!(self, "SELECT name AS value FROM " "s WHERE id = ?1");
        let name: Option<Single<String>> = tx.row(sql, params![self]).await?;
        name.map(|Single(name)| name).ok_or(Error::NotFound)
    }

    /// Deletes it within a transaction, a developer with its test portals. Returns its name and the
    /// secret for the link that restores it.
    ///
    /// # Errors
    /// [`Error::NotFound`] when it does not exist or is deleted; [`Error::Conflict`] for a test
    /// portal, which is deleted in the developer portal.
    pub async fn delete(&self, tx: &mut Tx, now: Timestamp) -> Result<(String, Token)> {
        let name = self.hold_by_name(tx).await?;
        match self {
            Self::Portal(id) => {
                let is_sandbox = "SELECT COUNT(*) AS value FROM portals WHERE id = ?1 AND sandbox_of IS NOT NULL";
                let count: Option<Single<i64>> = tx.row(is_sandbox, params![id]).await?;
                if count.is_some_and(|Single(count)| count > 0) {
                    return Err(Error::Conflict(Message::new("organisation.delete.sandbox")));
                }
            }
            Self::Developer(id) => {
                let sandboxes = "UPDATE portals SET deleted_at = ?2 WHERE sandbox_of = ?1 AND deleted_at IS NULL";
                tx.execute(sandboxes, params![id, now]).await?;
            }
        }
        let token = Token::random(TokenKind::MailLink);
        let delete = sql!(self, "UPDATE " "s SET deleted_at = ?2, restore_hash = ?3 WHERE id = ?1");
        tx.execute(delete, params![self, now, token.hash()]).await?;
        Ok((name, token))
    }

    /// Restores it within a transaction, a developer with the test portals that were deleted with
    /// it. Returns its name.
    ///
    /// # Errors
    /// [`Error::NotFound`] when it isn't deleted, or was deleted too long ago.
    pub async fn restore(&self, tx: &mut Tx, now: Timestamp) -> Result<String> {
        if let Self::Developer(id) = self {
            let sandboxes =
                "UPDATE portals SET deleted_at = NULL WHERE sandbox_of = ?1 AND deleted_at > ?2
                 AND deleted_at = (SELECT deleted_at FROM developers WHERE id = ?1)";
            tx.execute(sandboxes, params![id, now - GRACE]).await?;
        }
        let restore = sql!(self, "UPDATE " "s SET deleted_at = NULL, restore_hash = NULL
             WHERE id = ?1 AND deleted_at > ?2 AND removed_at IS NULL RETURNING name AS value");
        let name: Option<Single<String>> = tx.row(restore, params![self, now - GRACE]).await?;
        name.map(|Single(name)| name).ok_or(Error::NotFound)
    }
}

impl DeletedOrganisation {
    /// The portal or developer that a mailed link on this site restores.
    pub async fn by_link(db: &Db, site: Site, text: &str, now: Timestamp) -> Result<Option<Self>> {
        let Ok(token) = Token::parse_as(TokenKind::MailLink, text) else { return Ok(None) };
        let sql = match site {
            Site::Manage => {
                "SELECT id AS portal_id, NULL AS developer_id, name, deleted_at FROM portals
                 WHERE restore_hash = ?1 AND deleted_at > ?2"
            }
            Site::Developers => {
                "SELECT NULL AS portal_id, id AS developer_id, name, deleted_at FROM developers
                 WHERE restore_hash = ?1 AND deleted_at > ?2"
            }
        };
        Ok(db.row(sql, params![token.hash(), now - GRACE]).await?)
    }

    /// The portals or developers on this site that a person owns and can restore, most recent
    /// first. Test portals are restored with their developer.
    pub async fn list(db: &Db, site: Site, owner: &AccountId, now: Timestamp) -> Result<Vec<Self>> {
        let sql = match site {
            Site::Manage => {
                "SELECT o.id AS portal_id, NULL AS developer_id, o.name, o.deleted_at
                 FROM portals o JOIN portal_members m ON m.portal_id = o.id
                 WHERE m.account_id = ?1 AND m.role = 'owner' AND o.deleted_at > ?2 AND o.sandbox_of IS NULL
                 ORDER BY o.deleted_at DESC, o.id"
            }
            Site::Developers => {
                "SELECT NULL AS portal_id, o.id AS developer_id, o.name, o.deleted_at
                 FROM developers o JOIN developer_members m ON m.developer_id = o.id
                 WHERE m.account_id = ?1 AND m.role = 'owner' AND o.deleted_at > ?2
                 ORDER BY o.deleted_at DESC, o.id"
            }
        };
        Ok(db.rows(sql, params![owner, now - GRACE]).await?)
    }
}
