//! Deleting an account. The person is logged out everywhere and out of every portal at once; for a
//! week logging in, or a mailed link, restores it. Then [`crate::removal`] removes it.

use jiff::Timestamp;

use super::{Account, GRACE, LinkPurpose, Organisation, mail_link};
use crate::auth::Token;
use crate::db::{Db, Single, Tx, from_row, params};
use crate::error::{Error, Result};
use crate::ids::{AccountId, DeveloperId, PortalId};

/// A portal or developer that would be left without an owner who can log in.
#[derive(Debug, Clone)]
pub struct SoleOwned {
    /// Which.
    pub organisation: Organisation,
    /// Its name.
    pub name: String,
}

struct Owned<T> {
    id: T,
    name: String,
}

from_row!(Owned<PortalId> { id, name });
from_row!(Owned<DeveloperId> { id, name });

const PORTALS: &str =
    "SELECT o.id, o.name FROM portals o JOIN portal_members m ON m.portal_id = o.id
     WHERE m.account_id = ?1 AND m.role = 'owner' AND o.deleted_at IS NULL AND o.sandbox_of IS NULL
       AND NOT EXISTS (SELECT 1 FROM portal_members other JOIN accounts a ON a.id = other.account_id
                       WHERE other.portal_id = o.id AND other.role = 'owner' AND a.id <> ?1
                         AND a.disabled_at IS NULL AND a.deleted_at IS NULL)
     ORDER BY o.name, o.id";

const DEVELOPERS: &str = "SELECT o.id, o.name FROM developers o JOIN developer_members m ON m.developer_id = o.id
     WHERE m.account_id = ?1 AND m.role = 'owner' AND o.deleted_at IS NULL
       AND NOT EXISTS (SELECT 1 FROM developer_members other JOIN accounts a ON a.id = other.account_id
                       WHERE other.developer_id = o.id AND other.role = 'owner' AND a.id <> ?1
                         AND a.disabled_at IS NULL AND a.deleted_at IS NULL)
     ORDER BY o.name, o.id";

/// The portals and developers that were found.
fn together(portals: Vec<Owned<PortalId>>, developers: Vec<Owned<DeveloperId>>) -> Vec<SoleOwned> {
    let portals = portals
        .into_iter()
        .map(|Owned { id, name }| SoleOwned { organisation: Organisation::Portal(id), name });
    let developers = developers
        .into_iter()
        .map(|Owned { id, name }| SoleOwned { organisation: Organisation::Developer(id), name });
    portals.chain(developers).collect()
}

impl SoleOwned {
    /// The portals and developers that prevent the deletion of an account.
    pub async fn list(db: &Db, account: &AccountId) -> Result<Vec<Self>> {
        let portals = db.rows(PORTALS, params![account]).await?;
        Ok(together(portals, db.rows(DEVELOPERS, params![account]).await?))
    }
}

/// Locks every organisation that a person belongs to, and the developers' test portals, so that
/// nobody else changes their members. Developers come before portals, each ordered by id: all code
/// that locks both does so in this order, and cannot deadlock.
pub async fn hold_organisations_of(tx: &mut Tx, account: &AccountId) -> Result<()> {
    let ids = "SELECT developer_id AS value FROM developer_members WHERE account_id = ?1 ORDER BY developer_id";
    for Single(developer) in tx.rows::<Single<DeveloperId>>(ids, params![account]).await? {
        tx.execute("UPDATE developers SET name = name WHERE id = ?1", params![developer]).await?;
    }
    let ids = "SELECT p.id AS value FROM portals p WHERE p.id IN (
             SELECT portal_id FROM portal_members WHERE account_id = ?1)
         OR p.sandbox_of IN (SELECT developer_id FROM developer_members WHERE account_id = ?1) ORDER BY p.id";
    for Single(portal) in tx.rows::<Single<PortalId>>(ids, params![account]).await? {
        tx.execute("UPDATE portals SET name = name WHERE id = ?1", params![portal]).await?;
    }
    Ok(())
}

impl Account {
    /// Deletes an account within a transaction: its sessions and unfinished log-ins, mailed links
    /// and open invitations end. Returns the secret for the link that restores it; or what prevents
    /// the deletion, without changing anything.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no account with that id, or it is deleted.
    pub async fn delete(
        tx: &mut Tx,
        id: &AccountId,
        now: Timestamp,
    ) -> Result<Result<Token, Vec<SoleOwned>>> {
        let delete = "UPDATE accounts SET deleted_at = ?2 WHERE id = ?1 AND deleted_at IS NULL";
        if tx.execute(delete, params![id, now]).await? == 0 {
            return Err(Error::NotFound);
        }
        // Of two owners who delete their accounts concurrently, one sees the other's deletion.
        hold_organisations_of(tx, id).await?;
        let portals = tx.rows(PORTALS, params![id]).await?;
        let in_the_way = together(portals, tx.rows(DEVELOPERS, params![id]).await?);
        if !in_the_way.is_empty() {
            tx.execute("UPDATE accounts SET deleted_at = NULL WHERE id = ?1", params![id]).await?;
            return Ok(Err(in_the_way));
        }
        Self::end_all_sessions(tx, id).await?;
        for end in [
            "DELETE FROM mail_links WHERE account_id = ?1",
            "DELETE FROM pending_emails WHERE account_id = ?1",
            "DELETE FROM invitations WHERE invited_by = ?1",
        ] {
            tx.execute(end, params![id]).await?;
        }
        Ok(Ok(mail_link(tx, id, LinkPurpose::RestoreAccount, now).await?))
    }

    /// Restores an account within a transaction; returns its e-mail address.
    ///
    /// # Errors
    /// [`Error::NotFound`] when it isn't deleted, or was deleted too long ago.
    pub async fn restore(tx: &mut Tx, id: &AccountId, now: Timestamp) -> Result<String> {
        let restore = "UPDATE accounts SET deleted_at = NULL WHERE id = ?1 AND deleted_at > ?2 RETURNING email AS value";
        let email: Option<Single<String>> = tx.row(restore, params![id, now - GRACE]).await?;
        let Single(email) = email.ok_or(Error::NotFound)?;
        tx.execute("DELETE FROM mail_links WHERE account_id = ?1", params![id]).await?;
        Ok(email)
    }

    /// When a deleted account can no longer be restored.
    pub fn removed_from(&self) -> Option<Timestamp> {
        self.deleted_at.map(|at| at + GRACE)
    }
}
