//! Test portals: where a developer can try an app without real customers.

use jiff::Timestamp;

use super::{GRACE, add_portal};
use crate::db::{Db, Single, Tx, from_row, params};
use crate::error::{Error, Message, Result};
use crate::ids::{AccountId, DeveloperId, PortalId};
use crate::values::Name;

/// The maximum number of test portals per developer.
pub const MOST_SANDBOXES: i64 = 3;

/// A developer's test portal.
#[derive(Debug, Clone)]
pub struct Sandbox {
    /// The portal.
    pub id: PortalId,
    /// Its name.
    pub name: String,
    /// When it was created.
    pub created_at: Timestamp,
}

from_row!(Sandbox { id, name, created_at });

impl Sandbox {
    /// Adds an empty test portal, owned by `owner`, within a transaction.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the developer already has the maximum number.
    pub async fn create(
        tx: &mut Tx,
        developer: &DeveloperId,
        owner: &AccountId,
        name: &Name,
        now: Timestamp,
    ) -> Result<PortalId> {
        // Locked, so that concurrent creations see each other.
        tx.execute("UPDATE developers SET name = name WHERE id = ?1", params![developer]).await?;
        let count: Option<Single<i64>> = tx
            .row("SELECT COUNT(*) AS value FROM portals WHERE sandbox_of = ?1 AND deleted_at IS NULL", params![developer])
            .await?;
        if count.is_some_and(|Single(count)| count >= MOST_SANDBOXES) {
            return Err(Error::Conflict(Message::with(
                "developers.sandboxes.too_many",
                MOST_SANDBOXES,
            )));
        }
        let id = add_portal(tx, name, owner, now).await?;
        tx.execute("UPDATE portals SET sandbox_of = ?2 WHERE id = ?1", params![id, developer])
            .await?;
        Ok(id)
    }

    /// A developer's test portals, newest first.
    pub async fn list(db: &Db, developer: &DeveloperId) -> Result<Vec<Self>> {
        Ok(db.rows("SELECT id, name, created_at FROM portals WHERE sandbox_of = ?1 AND deleted_at IS NULL ORDER BY created_at DESC, id DESC", params![developer]).await?)
    }

    /// One of them.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the developer has no test portal with that id.
    pub async fn find(db: &Db, developer: &DeveloperId, id: &PortalId) -> Result<Self> {
        let row = db
            .row(
                "SELECT id, name, created_at FROM portals WHERE sandbox_of = ?1 AND id = ?2 AND deleted_at IS NULL",
                params![developer, id],
            )
            .await?;
        row.ok_or(Error::NotFound)
    }

    /// Deletes a developer's test portal within a transaction, for good: as if the time in which it
    /// could be restored were over. What is in it goes in small batches with the next clean-up.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the developer has no test portal with that id.
    pub async fn delete(
        tx: &mut Tx,
        developer: &DeveloperId,
        id: &PortalId,
        now: Timestamp,
    ) -> Result<()> {
        let delete = "UPDATE portals SET deleted_at = ?3 WHERE sandbox_of = ?1 AND id = ?2 AND deleted_at IS NULL";
        match tx.execute(delete, params![developer, id, now - GRACE]).await? {
            0 => Err(Error::NotFound),
            _ => Ok(()),
        }
    }
}
