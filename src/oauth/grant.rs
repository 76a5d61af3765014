//! Grants: a portal's consent to an app. Revoking a grant revokes its codes and tokens.

use jiff::Timestamp;

use super::consent::NewConsent;
use super::tokens;
use crate::audit::{Action, Actor, Event};
use crate::auth::ScopeSet;
use crate::db::{Db, Single, Tx, WritingDb, from_row, params};
use crate::error::{Error, Result};
use crate::ids::{AppId, DeveloperId, GrantId, PortalId};
use crate::request_log;
use crate::tenant::{Store, StoreTx, TenantSql};

/// A portal's consent to an app.
#[derive(Debug, Clone)]
pub struct Grant {
    /// Its id.
    pub id: GrantId,
    /// The scopes that the app can get without asking the owner again.
    pub scopes: ScopeSet,
}

from_row!(Grant { id, scopes });

/// A connected app, as its portal's owner sees it.
#[derive(Debug, Clone)]
pub struct ConnectedApp {
    /// The grant's id.
    pub id: GrantId,
    /// The app.
    pub app_id: AppId,
    /// The app's name.
    pub app_name: String,
    /// The app's website.
    pub website: Option<String>,
    /// Whether the app has a logo.
    pub has_logo: bool,
    /// The app's developer.
    pub developer_id: DeveloperId,
    /// The developer's name.
    pub developer_name: String,
    /// The scopes that were allowed.
    pub scopes: ScopeSet,
    /// When access was given.
    pub created_at: Timestamp,
    /// When a token of it was last used.
    pub last_used_at: Option<Timestamp>,
    /// When it ended, if it did.
    pub revoked_at: Option<Timestamp>,
    /// Whether it ended because the developer deleted the app.
    pub is_app_deleted: bool,
}

from_row!(ConnectedApp {
    id,
    app_id,
    app_name,
    website,
    has_logo,
    developer_id,
    developer_name,
    scopes,
    created_at,
    last_used_at,
    revoked_at,
    is_app_deleted
});

/// A portal that gave an app access, as the app's developer sees it.
#[derive(Debug, Clone)]
pub struct ConnectedPortal {
    /// The portal.
    pub portal_id: PortalId,
    /// The portal's name, which giving access reveals.
    pub portal_name: String,
    /// When access was given.
    pub created_at: Timestamp,
    /// When a token of it was last used.
    pub last_used_at: Option<Timestamp>,
}

from_row!(ConnectedPortal { portal_id, portal_name, created_at, last_used_at });

impl ConnectedPortal {
    /// The newest portals that gave the app access, at most `most`.
    pub async fn list(db: &Db, app: &AppId, most: i64) -> Result<Vec<Self>> {
        Ok(db
            .rows(
                "SELECT g.portal_id, p.name AS portal_name, g.created_at, g.last_used_at FROM grants g JOIN portals p ON p.id = g.portal_id
                 WHERE g.app_id = ?1 AND g.revoked_at IS NULL AND p.deleted_at IS NULL ORDER BY g.created_at DESC, g.id LIMIT ?2",
                params![app, most],
            )
            .await?)
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT g.id, g.app_id, a.name AS app_name, a.website, (a.logo IS NOT NULL AND a.deleted_at IS NULL) AS has_logo,
                    a.developer_id, d.name AS developer_name, g.scopes, g.created_at, g.last_used_at, g.revoked_at,
                    (a.deleted_at IS NOT NULL AND a.deleted_at = g.revoked_at) AS is_app_deleted
             FROM grants g JOIN apps a ON a.id = g.app_id JOIN developers d ON d.id = a.developer_id ",
            $rest
        )
    };
}

const LIST: TenantSql = TenantSql::new(select!(
    "WHERE g.portal_id = ?1 AND g.revoked_at IS NULL ORDER BY g.created_at DESC, g.id"
));
const LIST_ENDED: TenantSql = TenantSql::new(select!(
    "WHERE g.portal_id = ?1 AND g.revoked_at > ?2 ORDER BY g.revoked_at DESC, g.id"
));
const FIND: TenantSql = TenantSql::new(select!("WHERE g.portal_id = ?1 AND g.id = ?2"));
const REVOKE: TenantSql = TenantSql::new(
    "UPDATE grants SET revoked_at = ?3 WHERE portal_id = ?1 AND id = ?2 AND revoked_at IS NULL",
);

/// The app of a grant, with its developer and portal.
struct Parties {
    portal_id: PortalId,
    developer_id: DeveloperId,
    name: String,
}

from_row!(Parties { portal_id, developer_id, name });

impl ConnectedApp {
    /// The apps that the portal is connected to, newest first.
    pub async fn list(store: &Store) -> Result<Vec<Self>> {
        Ok(store.rows(LIST, params![]).await?)
    }

    /// Ended connections whose requests are still in the request log, most recent first.
    pub async fn list_ended(store: &Store, now: Timestamp) -> Result<Vec<Self>> {
        Ok(store.rows(LIST_ENDED, params![now - request_log::KEPT]).await?)
    }

    /// One of the portal's connected apps.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the portal has no such grant, or it is revoked.
    pub async fn find(store: &Store, id: &GrantId) -> Result<Self> {
        let found = Self::find_also_ended(store, id).await?;
        if found.revoked_at.is_none() { Ok(found) } else { Err(Error::NotFound) }
    }

    /// The same, including ended connections, to show their requests.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the portal has no such grant.
    pub async fn find_also_ended(store: &Store, id: &GrantId) -> Result<Self> {
        store.row(FIND, params![id]).await?.ok_or(Error::NotFound)
    }
}

impl Grant {
    /// The portal that gave it.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such grant.
    pub(super) async fn portal(tx: &mut Tx, id: &GrantId) -> Result<PortalId> {
        let find = "SELECT portal_id AS value FROM grants WHERE id = ?1";
        tx.row(find, params![id]).await?.map(|Single(portal)| portal).ok_or(Error::NotFound)
    }

    /// The portal's current grant to an app, if any.
    pub async fn current(db: &Db, portal: &PortalId, app: &AppId) -> Result<Option<Self>> {
        Ok(db.row("SELECT id, scopes FROM grants WHERE portal_id = ?1 AND app_id = ?2 AND revoked_at IS NULL", params![portal, app]).await?)
    }

    /// The same, locked until the transaction ends.
    pub async fn hold(tx: &mut Tx, portal: &PortalId, app: &AppId) -> Result<Option<Self>> {
        let hold = "UPDATE grants SET revoked_at = NULL WHERE portal_id = ?1 AND app_id = ?2 AND revoked_at IS NULL RETURNING id, scopes";
        Ok(tx.row(hold, params![portal, app]).await?)
    }

    /// Records a portal's consent, within a transaction that locks the app: creates a grant or
    /// changes the current one. Allowed scopes are added; scopes that were left out are removed
    /// from the grant and from every code and token issued under it.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the app is deleted.
    pub async fn consent(
        tx: &mut Tx,
        app: &AppId,
        consent: &NewConsent<'_>,
        now: Timestamp,
    ) -> Result<GrantId> {
        let NewConsent { portal, account, asked, allowed, .. } = *consent;
        tx.execute(
            "INSERT INTO grants (id, portal_id, app_id, account_id, scopes, created_at)
             SELECT ?1, ?2, a.id, ?4, ?5, ?6 FROM apps a WHERE a.id = ?3 AND a.deleted_at IS NULL
             ON CONFLICT (portal_id, app_id) WHERE revoked_at IS NULL DO NOTHING",
            params![GrantId::random(), portal, app, account, allowed, now],
        )
        .await?;
        // Locked, so that concurrent consents don't lose each other's scopes.
        let grant = Self::hold(tx, portal, app).await?.ok_or(Error::NotFound)?;
        let left_out = asked.without(allowed);
        tx.execute(
            "UPDATE grants SET scopes = ?2 WHERE id = ?1",
            params![grant.id, grant.scopes.union(allowed).without(left_out)],
        )
        .await?;
        if !left_out.is_empty() {
            tokens::take_scopes(tx, &grant.id, left_out, now).await?;
        }
        consent.record(tx, &grant.id, now).await?;
        Ok(grant.id)
    }

    /// Revokes a portal's grant, within a transaction: its tokens stop working on the next request.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the portal has no such grant, or it is revoked.
    pub async fn revoke(tx: &mut StoreTx, id: &GrantId, now: Timestamp) -> Result<()> {
        match tx.execute(REVOKE, params![id, now]).await? {
            0 => Err(Error::NotFound),
            _ => Ok(()),
        }
    }

    /// Revokes a grant of any portal, for the operator; recorded in the audit logs of portal and
    /// developer.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is none with that id, or it is revoked.
    pub async fn revoke_as_operator(db: &WritingDb, id: &GrantId, now: Timestamp) -> Result<()> {
        let mut tx = db.begin().await?;
        if tx
            .execute(
                "UPDATE grants SET revoked_at = ?2 WHERE id = ?1 AND revoked_at IS NULL",
                params![id, now],
            )
            .await?
            == 0
        {
            return Err(Error::NotFound);
        }
        let find = "SELECT g.portal_id, a.developer_id, a.name FROM grants g JOIN apps a ON a.id = g.app_id WHERE g.id = ?1";
        let Parties { portal_id, developer_id, name } =
            tx.row(find, params![id]).await?.ok_or(Error::NotFound)?;
        let (portal, developer) = (Some(&portal_id), Some(&developer_id));
        let event = Event {
            action: Action::GrantRevoked,
            actor: Actor::Operator,
            subject: &name,
            portal,
            developer,
            caller: None,
        };
        event.record(&mut tx, now).await?;
        Ok(tx.commit().await?)
    }
}
