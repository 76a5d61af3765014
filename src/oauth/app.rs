//! Apps: the OAuth clients of third-party developers, and their secrets. What is read here are the apps that there are;
//! of deleted ones see [`super::deleted_app`].

use jiff::{SignedDuration, Timestamp};

use super::{ClientKeys, ClientType, RedirectUris};
use crate::auth::{ScopeSet, Token, TokenKind};
use crate::db::{Db, Tx, from_row, params};
use crate::error::{Error, Result};
use crate::ids::{AppId, AppSecretId, DeveloperId};

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
    /// Where it may be sent back to.
    pub redirect_uris: RedirectUris,
    /// What it may ask.
    pub scopes: ScopeSet,
    /// Those of its scopes that an owner may leave out.
    pub optional_scopes: ScopeSet,
    /// Whether it has a secret.
    pub client_type: ClientType,
    /// Whether it authenticates by keys of its own, and its secret only until that is over.
    pub has_keys: bool,
    /// Whether it may ask by device code (RFC 8628).
    pub device_flow: bool,
    /// Whether it chose that each refresh replaces its refresh token; see [`App::rotates_refresh_tokens`].
    pub rotate_refresh_tokens: bool,
    /// Whether it chose that PKCE is required; see [`App::requires_pkce`].
    pub require_pkce: bool,
    /// Since when it exists.
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
    created_at
});

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT a.id, a.developer_id, d.name AS developer_name, a.name, a.description, a.website,
                    (a.logo IS NOT NULL) AS has_logo, a.redirect_uris, a.scopes, a.optional_scopes, a.client_type,
                    (a.jwks IS NOT NULL) AS has_keys, a.device_flow, a.rotate_refresh_tokens, a.require_pkce, a.created_at
             FROM apps a JOIN developers d ON d.id = a.developer_id WHERE a.deleted_at IS NULL ",
            $rest
        )
    };
}

/// What a developer says about an app.
#[derive(Debug, Clone)]
pub struct AppDetails {
    /// Its name.
    pub name: String,
    /// What it does.
    pub description: String,
    /// Its website.
    pub website: Option<String>,
    /// Where it may be sent back to.
    pub redirect_uris: RedirectUris,
    /// What it may ask.
    pub scopes: ScopeSet,
    /// Those of its scopes that an owner may leave out.
    pub optional_scopes: ScopeSet,
    /// Whether it may ask by device code.
    pub device_flow: bool,
}

/// A logo.
pub struct Logo {
    /// The picture's bytes.
    pub logo: Vec<u8>,
    /// Its media type.
    pub logo_type: String,
}

from_row!(Logo { logo, logo_type });

struct Count {
    portals: i64,
}

from_row!(Count { portals });

impl AppDetails {
    /// Adds a confidential app with its first secret; the secret is to be shown this once.
    ///
    /// # Errors
    /// The database's; among them that the developer does not exist.
    pub async fn create(&self, db: &Db, developer: &DeveloperId, now: Timestamp) -> Result<(AppId, Token)> {
        let mut tx = db.begin().await?;
        let made = self.create_in(&mut tx, developer, now).await?;
        tx.commit().await?;
        Ok(made)
    }

    /// As [`AppDetails::create`], within a transaction.
    ///
    /// # Errors
    /// As [`AppDetails::create`].
    pub async fn create_in(&self, tx: &mut Tx, developer: &DeveloperId, now: Timestamp) -> Result<(AppId, Token)> {
        let id = self.insert(tx, developer, ClientType::Confidential, now).await?;
        let secret = AppSecret::add(tx, &id, now).await?;
        Ok((id, secret))
    }

    /// Adds a confidential app that authenticates by its keys and never had a secret.
    ///
    /// # Errors
    /// The database's; among them that the developer does not exist.
    pub async fn create_with_keys(&self, db: &Db, developer: &DeveloperId, keys: &ClientKeys, now: Timestamp) -> Result<AppId> {
        let mut tx = db.begin().await?;
        let id = self.create_with_keys_in(&mut tx, developer, keys, now).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// As [`AppDetails::create_with_keys`], within a transaction.
    ///
    /// # Errors
    /// As [`AppDetails::create_with_keys`].
    pub async fn create_with_keys_in(&self, tx: &mut Tx, developer: &DeveloperId, keys: &ClientKeys, now: Timestamp) -> Result<AppId> {
        let id = self.insert(tx, developer, ClientType::Confidential, now).await?;
        keys.register(tx, developer, &id, SignedDuration::ZERO, now).await?;
        Ok(id)
    }

    /// Adds a public app, which has no secret.
    ///
    /// # Errors
    /// The database's; among them that the developer does not exist.
    pub async fn create_public(&self, db: &Db, developer: &DeveloperId, now: Timestamp) -> Result<AppId> {
        let mut tx = db.begin().await?;
        let id = self.create_public_in(&mut tx, developer, now).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// As [`AppDetails::create_public`], within a transaction.
    ///
    /// # Errors
    /// As [`AppDetails::create_public`].
    pub async fn create_public_in(&self, tx: &mut Tx, developer: &DeveloperId, now: Timestamp) -> Result<AppId> {
        self.insert(tx, developer, ClientType::Public, now).await
    }

    /// Whether an app differs from this.
    pub fn differs_from(&self, app: &App) -> bool {
        let Self { name, description, website, redirect_uris, scopes, optional_scopes, device_flow } = self;
        (name, description, website, redirect_uris) != (&app.name, &app.description, &app.website, &app.redirect_uris)
            || (*scopes, *optional_scopes, *device_flow) != (app.scopes, app.optional_scopes, app.device_flow)
    }

    async fn insert(&self, tx: &mut Tx, developer: &DeveloperId, client_type: ClientType, now: Timestamp) -> Result<AppId> {
        let id = AppId::random();
        let Self { name, description, website, redirect_uris, scopes, optional_scopes, device_flow } = self;
        tx.execute(
            "INSERT INTO apps (id, developer_id, name, description, website, redirect_uris, scopes, optional_scopes, device_flow, client_type,
             created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
            params![id, developer, name, description, website, redirect_uris, scopes, optional_scopes, device_flow, client_type, now],
        )
        .await?;
        Ok(id)
    }

    /// Changes a developer's app, within a transaction.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the developer has none of that id.
    pub async fn update(&self, tx: &mut Tx, developer: &DeveloperId, id: &AppId) -> Result<()> {
        let Self { name, description, website, redirect_uris, scopes, optional_scopes, device_flow } = self;
        let changed = tx
            .execute(
                "UPDATE apps SET name = ?3, description = ?4, website = ?5, redirect_uris = ?6, scopes = ?7, optional_scopes = ?8, device_flow = ?9
                 WHERE id = ?1 AND developer_id = ?2 AND deleted_at IS NULL",
                params![id, developer, name, description, website, redirect_uris, scopes, optional_scopes, device_flow],
            )
            .await?;
        if changed == 0 { Err(Error::NotFound) } else { Ok(()) }
    }
}

impl App {
    /// Whether it has no secret.
    pub fn is_public(&self) -> bool {
        self.client_type == ClientType::Public
    }

    /// Whether each refresh replaces its refresh token (RFC 9700 section 2.2.2: always for a public app).
    pub fn rotates_refresh_tokens(&self) -> bool {
        self.is_public() || self.rotate_refresh_tokens
    }

    /// Whether it must use PKCE (RFC 9700 section 2.1.1: a public app must).
    pub fn requires_pkce(&self) -> bool {
        self.is_public() || self.require_pkce
    }

    /// What of these scopes an owner may leave out.
    pub fn optional_of(&self, asked: ScopeSet) -> ScopeSet {
        asked.intersection(self.optional_scopes)
    }

    /// What of these scopes an owner allows or declines as a whole.
    pub fn required_of(&self, asked: ScopeSet) -> ScopeSet {
        asked.without(self.optional_scopes)
    }

    /// The app of a `client_id`, if there is one.
    ///
    /// # Errors
    /// The database's.
    pub async fn by_id(db: &Db, id: &AppId) -> Result<Option<Self>> {
        Ok(db.row(select!("AND a.id = ?1"), params![id]).await?)
    }

    /// Holds an app until the transaction ends: whoever deletes it meanwhile waits, and then finds what was given to it.
    ///
    /// # Errors
    /// [`Error::NotFound`] when it is deleted.
    pub async fn hold(tx: &mut Tx, id: &AppId) -> Result<()> {
        match tx.execute("UPDATE apps SET deleted_at = NULL WHERE id = ?1 AND deleted_at IS NULL", params![id]).await? {
            0 => Err(Error::NotFound),
            _ => Ok(()),
        }
    }

    /// A developer's app.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the developer has none of that id.
    pub async fn of_developer(db: &Db, developer: &DeveloperId, id: &AppId) -> Result<Self> {
        db.row(select!("AND a.id = ?1 AND a.developer_id = ?2"), params![id, developer]).await?.ok_or(Error::NotFound)
    }

    /// A developer's apps, the newest first.
    ///
    /// # Errors
    /// The database's.
    pub async fn list(db: &Db, developer: &DeveloperId) -> Result<Vec<Self>> {
        Ok(db.rows(select!("AND a.developer_id = ?1 ORDER BY a.created_at DESC, a.id DESC"), params![developer]).await?)
    }

    /// How many portals gave the app access.
    ///
    /// # Errors
    /// The database's.
    pub async fn connected_portals(db: &Db, id: &AppId) -> Result<i64> {
        let count: Option<Count> = db.row("SELECT COUNT(*) AS portals FROM grants WHERE app_id = ?1 AND revoked_at IS NULL", params![id]).await?;
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
    /// [`Error::NotFound`] when the developer has none of that id.
    pub async fn set_logo(db: &Db, developer: &DeveloperId, id: &AppId, logo: Option<&Logo>) -> Result<()> {
        let mut tx = db.begin().await?;
        Self::set_logo_in(&mut tx, developer, id, logo).await?;
        Ok(tx.commit().await?)
    }

    /// As [`App::set_logo`], within a transaction.
    ///
    /// # Errors
    /// As [`App::set_logo`].
    pub async fn set_logo_in(tx: &mut Tx, developer: &DeveloperId, id: &AppId, logo: Option<&Logo>) -> Result<()> {
        let (bytes, kind) = (logo.map(|logo| &logo.logo), logo.map(|logo| &logo.logo_type));
        let sql = "UPDATE apps SET logo = ?3, logo_type = ?4 WHERE id = ?1 AND developer_id = ?2 AND deleted_at IS NULL";
        match tx.execute(sql, params![id, developer, bytes, kind]).await? {
            0 => Err(Error::NotFound),
            _ => Ok(()),
        }
    }
}

/// All apps, the oldest first, for the operator.
///
/// # Errors
/// The database's.
pub async fn list_all_apps(db: &Db) -> Result<Vec<App>> {
    Ok(db.rows(select!("ORDER BY a.created_at, a.id"), params![]).await?)
}

/// One of an app's secrets, without the secret itself.
#[derive(Debug, Clone)]
pub struct AppSecret {
    /// Its id.
    pub id: AppSecretId,
    /// How the secret begins.
    pub secret_start: String,
    /// Since when it exists.
    pub created_at: Timestamp,
    /// When it stops working, if it was rotated out.
    pub expires_at: Option<Timestamp>,
}

from_row!(AppSecret { id, secret_start, created_at, expires_at });

impl AppSecret {
    async fn add(tx: &mut Tx, app: &AppId, now: Timestamp) -> Result<Token> {
        let secret = Token::random(TokenKind::AppSecret);
        tx.execute(
            "INSERT INTO app_secrets (id, app_id, secret_hash, secret_start, created_at) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![AppSecretId::random(), app, secret.hash(), secret.start(), now],
        )
        .await?;
        Ok(secret)
    }

    /// The app's secrets that still work, the newest first.
    ///
    /// # Errors
    /// The database's.
    pub async fn list(db: &Db, app: &AppId, now: Timestamp) -> Result<Vec<Self>> {
        Ok(db
            .rows(
                "SELECT id, secret_start, created_at, expires_at FROM app_secrets
             WHERE app_id = ?1 AND (expires_at IS NULL OR expires_at > ?2) ORDER BY created_at DESC, id",
                params![app, now],
            )
            .await?)
    }

    /// Makes a new secret. Those before it work for `overlap` more, then no longer.
    ///
    /// # Errors
    /// The database's.
    pub async fn rotate(db: &Db, app: &AppId, overlap: SignedDuration, now: Timestamp) -> Result<Token> {
        let mut tx = db.begin().await?;
        let secret = Self::rotate_in(&mut tx, app, overlap, now).await?;
        tx.commit().await?;
        Ok(secret)
    }

    /// As [`AppSecret::rotate`], within a transaction.
    ///
    /// # Errors
    /// As [`AppSecret::rotate`].
    pub async fn rotate_in(tx: &mut Tx, app: &AppId, overlap: SignedDuration, now: Timestamp) -> Result<Token> {
        Self::end(tx, app, overlap, now).await?;
        Self::add(tx, app, now).await
    }

    /// Lets the app's secrets work for `overlap` more, then no longer.
    pub(super) async fn end(tx: &mut Tx, app: &AppId, overlap: SignedDuration, now: Timestamp) -> Result<()> {
        tx.execute("DELETE FROM app_secrets WHERE app_id = ?1 AND expires_at <= ?2", params![app, now]).await?;
        tx.execute(
            "UPDATE app_secrets SET expires_at = ?2 WHERE app_id = ?1 AND (expires_at IS NULL OR expires_at > ?2)",
            params![app, now + overlap],
        )
        .await?;
        Ok(())
    }

    /// Whether `text` is a secret of the app that works at `now`. The comparison is a look-up of the
    /// hash of 256 random bits, whose timing tells nothing about the secret.
    ///
    /// # Errors
    /// The database's.
    pub async fn verify(db: &Db, app: &AppId, text: &str, now: Timestamp) -> Result<bool> {
        let Ok(secret) = Token::parse_as(TokenKind::AppSecret, text) else { return Ok(false) };
        let row: Option<Self> = db
            .row(
                "SELECT id, secret_start, created_at, expires_at FROM app_secrets
             WHERE secret_hash = ?1 AND app_id = ?2 AND (expires_at IS NULL OR expires_at > ?3)",
                params![secret.hash(), app, now],
            )
            .await?;
        Ok(row.is_some())
    }
}
