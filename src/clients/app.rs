//! Apps: the OAuth clients of third-party developers. Only existing apps are read here; for deleted
//! ones see [`super::deleted_app`].

use jiff::Timestamp;

use super::{ClientType, RedirectUris};
use crate::auth::ScopeSet;
use crate::db::{Db, Queryable, Tx, WritingDb, from_row, params};
use crate::error::{Error, Result};
use crate::ids::{AppId, DeveloperId};
use crate::values::Logo;

/// An app.
#[derive(Debug, Clone)]
pub struct App {
    /// Its id: the `client_id`.
    pub id: AppId,
    /// Whose it is.
    pub developer_id: DeveloperId,
    /// Its developer's name.
    pub developer_name: String,
    /// Its name, as portal owners see it.
    pub name: String,
    /// What it does, for portal owners.
    pub description: String,
    /// Its website.
    pub website: Option<String>,
    /// Whether it has a logo.
    pub has_logo: bool,
    /// Its redirect URIs.
    pub redirect_uris: RedirectUris,
    /// The scopes it can ask for.
    pub scopes: ScopeSet,
    /// The scopes that an owner can leave out.
    pub optional_scopes: ScopeSet,
    /// Whether it has a secret.
    pub client_type: ClientType,
    /// Whether it authenticates with its own keys, and with its secret only until that expires.
    pub has_keys: bool,
    /// Whether it can use the device flow (RFC 8628).
    pub device_flow: bool,
    /// Whether its developer turned on refresh token rotation; see [`App::rotates_refresh_tokens`].
    pub rotate_refresh_tokens: bool,
    /// Whether its developer requires PKCE; see [`App::requires_pkce`].
    pub require_pkce: bool,
    /// Whether it only gets tokens bound to a key (RFC 9449 section 5.2).
    pub require_dpop: bool,
    /// Whether its refresh tokens expire a year after the consent, even if they are used.
    pub end_refresh_tokens: bool,
    /// Whether the operator disabled it, or its developer, or that developer was deleted.
    pub is_disabled: bool,
    /// When it was created.
    pub created_at: Timestamp,
}

from_row!(App {
    id,
    developer_id,
    developer_name,
    name,
    description,
    website,
    has_logo,
    redirect_uris,
    scopes,
    optional_scopes,
    client_type,
    has_keys,
    device_flow,
    rotate_refresh_tokens,
    require_pkce,
    require_dpop,
    end_refresh_tokens,
    is_disabled,
    created_at
});

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT a.id, a.developer_id, d.name AS developer_name, a.name, a.description, a.website,
                    (a.logo IS NOT NULL) AS has_logo, a.redirect_uris, a.scopes, a.optional_scopes, a.client_type,
                    (a.jwks IS NOT NULL) AS has_keys, a.device_flow, a.rotate_refresh_tokens, a.require_pkce,
                    a.require_dpop, a.end_refresh_tokens,
                    (a.disabled_at IS NOT NULL OR d.disabled_at IS NOT NULL OR d.deleted_at IS NOT NULL) AS is_disabled, a.created_at
             FROM apps a JOIN developers d ON d.id = a.developer_id WHERE a.deleted_at IS NULL ",
            $rest
        )
    };
}

struct Count {
    portals: i64,
}

from_row!(Count { portals });

impl App {
    /// Whether it has no secret.
    pub fn is_public(&self) -> bool {
        self.client_type == ClientType::Public
    }

    /// Whether each refresh replaces its refresh token (RFC 9700 section 2.2.2: always for a public
    /// app).
    pub fn rotates_refresh_tokens(&self) -> bool {
        self.is_public() || self.rotate_refresh_tokens
    }

    /// Whether it must use PKCE (RFC 9700 section 2.1.1: a public app must).
    pub fn requires_pkce(&self) -> bool {
        self.is_public() || self.require_pkce
    }

    /// The scopes among these that an owner can leave out.
    pub fn optional_of(&self, asked: ScopeSet) -> ScopeSet {
        asked.intersection(self.optional_scopes)
    }

    /// The scopes among these that an owner allows or declines as a whole.
    pub fn required_of(&self, asked: ScopeSet) -> ScopeSet {
        asked.without(self.optional_scopes)
    }

    /// The statement of [`App::by_id`].
    pub(super) const BY_ID: &str = select!("AND a.id = ?1");

    /// The app with a `client_id`, if it exists, even if it is disabled.
    pub async fn by_id(db: impl Queryable, id: &AppId) -> Result<Option<Self>> {
        Ok(db.row(Self::BY_ID, params![id]).await?)
    }

    /// The app with a `client_id`, if it exists and is not disabled.
    pub async fn enabled(db: &Db, id: &AppId) -> Result<Option<Self>> {
        Ok(Self::by_id(db, id).await?.filter(|app| !app.is_disabled))
    }

    /// Disables an app, within a transaction: its tokens stop working on the next request, and it
    /// gets no new ones. Returns the app, and whether this changed anything.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no app with that id.
    pub async fn disable(tx: &mut Tx, id: &AppId, now: Timestamp) -> Result<(Self, bool)> {
        let disable = "UPDATE apps SET disabled_at = ?2 WHERE id = ?1 AND disabled_at IS NULL AND deleted_at IS NULL";
        let changed = tx.execute(disable, params![id, now]).await? == 1;
        Ok((Self::in_tx(tx, id).await?, changed))
    }

    /// Enables an app again, within a transaction; as [`App::disable`].
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no app with that id.
    pub async fn enable(tx: &mut Tx, id: &AppId) -> Result<(Self, bool)> {
        let enable = "UPDATE apps SET disabled_at = NULL WHERE id = ?1 AND disabled_at IS NOT NULL AND deleted_at IS NULL";
        let changed = tx.execute(enable, params![id]).await? == 1;
        Ok((Self::in_tx(tx, id).await?, changed))
    }

    async fn in_tx(tx: &mut Tx, id: &AppId) -> Result<Self> {
        tx.row(select!("AND a.id = ?1"), params![id]).await?.ok_or(Error::NotFound)
    }

    /// Locks an app until the transaction ends, so that a concurrent deletion waits and then finds
    /// what was issued to it.
    ///
    /// # Errors
    /// [`Error::NotFound`] when it is deleted or disabled.
    pub async fn hold(tx: &mut Tx, id: &AppId) -> Result<()> {
        match tx
            .execute(
                "UPDATE apps SET deleted_at = NULL WHERE id = ?1 AND deleted_at IS NULL AND disabled_at IS NULL",
                params![id],
            )
            .await?
        {
            0 => Err(Error::NotFound),
            _ => Ok(()),
        }
    }

    /// A developer's app.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the developer has none with that id.
    pub async fn of_developer(
        db: impl Queryable,
        developer: &DeveloperId,
        id: &AppId,
    ) -> Result<Self> {
        db.row(select!("AND a.id = ?1 AND a.developer_id = ?2"), params![id, developer])
            .await?
            .ok_or(Error::NotFound)
    }

    /// A developer's apps, newest first.
    pub async fn list(db: &Db, developer: &DeveloperId) -> Result<Vec<Self>> {
        Ok(db
            .rows(
                select!("AND a.developer_id = ?1 ORDER BY a.created_at DESC, a.id DESC"),
                params![developer],
            )
            .await?)
    }

    /// The number of portals that gave the app access.
    pub async fn connected_portals(db: &Db, id: &AppId) -> Result<i64> {
        let count: Option<Count> = db
            .row(
                "SELECT COUNT(*) AS portals FROM grants g JOIN portals p ON p.id = g.portal_id
                 WHERE g.app_id = ?1 AND g.revoked_at IS NULL AND p.deleted_at IS NULL",
                params![id],
            )
            .await?;
        Ok(count.map_or(0, |count| count.portals))
    }

    /// The app's logo.
    ///
    /// # Errors
    /// [`Error::NotFound`] when it has none.
    pub async fn logo(db: &Db, id: &AppId) -> Result<Logo> {
        let sql = "SELECT logo, logo_type FROM apps WHERE id = ?1 AND logo IS NOT NULL AND deleted_at IS NULL";
        db.row(sql, params![id]).await?.ok_or(Error::NotFound)
    }

    /// Sets or removes the logo of a developer's app.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the developer has none with that id.
    pub async fn set_logo(
        db: &WritingDb,
        developer: &DeveloperId,
        id: &AppId,
        logo: Option<&Logo>,
    ) -> Result<()> {
        let mut tx = db.begin().await?;
        Self::set_logo_in(&mut tx, developer, id, logo).await?;
        Ok(tx.commit().await?)
    }

    /// Sets the redirect URIs of a developer's app, within a transaction.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the developer has none with that id.
    pub async fn set_redirect_uris_in(
        tx: &mut Tx,
        developer: &DeveloperId,
        id: &AppId,
        uris: &RedirectUris,
    ) -> Result<()> {
        let sql = "UPDATE apps SET redirect_uris = ?3 WHERE id = ?1 AND developer_id = ?2 AND deleted_at IS NULL";
        match tx.execute(sql, params![id, developer, uris]).await? {
            0 => Err(Error::NotFound),
            _ => Ok(()),
        }
    }

    /// As [`App::set_logo`], within a transaction.
    ///
    /// # Errors
    /// As [`App::set_logo`].
    pub async fn set_logo_in(
        tx: &mut Tx,
        developer: &DeveloperId,
        id: &AppId,
        logo: Option<&Logo>,
    ) -> Result<()> {
        let (bytes, kind) = (logo.map(|logo| &logo.logo), logo.map(|logo| &logo.logo_type));
        let sql = "UPDATE apps SET logo = ?3, logo_type = ?4 WHERE id = ?1 AND developer_id = ?2 AND deleted_at IS NULL";
        match tx.execute(sql, params![id, developer, bytes, kind]).await? {
            0 => Err(Error::NotFound),
            _ => Ok(()),
        }
    }
}

/// All apps, oldest first, for the operator.
pub async fn list_all_apps(db: &Db) -> Result<Vec<App>> {
    Ok(db.rows(select!("ORDER BY a.created_at, a.id"), params![]).await?)
}
