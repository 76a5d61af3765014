//! The clients that send requests, in memory until token data changes: so a disabled app or a revoked
//! secret is refused on the next request (see [`Remembered`]).

use std::sync::Arc;

use jiff::Timestamp;

use super::{App, ResourceServer};
use crate::auth::{Token, TokenHash, TokenKind};
use crate::db::{Db, DbError, FromRow, Remembered, Row, from_row, params};
use crate::error::Result;
use crate::ids::{AppId, ResourceServerId};

/// The maximum number of apps, of secrets, and of resource servers to remember.
const REMEMBERED: usize = 10_000;

/// Apps, their secrets, and resource servers.
pub struct KnownClients {
    apps: Remembered<AppId, Arc<App>>,
    secrets: Remembered<TokenHash, Arc<SecretRow>>,
    resource_servers: Remembered<(ResourceServerId, TokenHash), Arc<ResourceServerRow>>,
}

/// An App Secret, which works until it expires.
struct SecretRow {
    app_id: AppId,
    expires_at: Option<Timestamp>,
}

from_row!(SecretRow { app_id, expires_at });

/// A resource server, and the end of the secret that it was found by.
struct ResourceServerRow {
    resource_server: ResourceServer,
    expires_at: Option<Timestamp>,
}

impl FromRow for ResourceServerRow {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        let resource_server = ResourceServer::from_row(row)?;
        Ok(Self { resource_server, expires_at: row.read("expires_at")? })
    }
}

impl KnownClients {
    /// Nothing is known yet.
    pub fn new(db: &Db) -> Self {
        Self {
            apps: Remembered::new(db.clone(), REMEMBERED),
            secrets: Remembered::new(db.clone(), REMEMBERED),
            resource_servers: Remembered::new(db.clone(), REMEMBERED),
        }
    }

    /// The app with a `client_id`, if it exists, even if it is disabled.
    ///
    /// # Errors
    /// As [`Db::row`].
    pub async fn app(&self, id: &AppId) -> Result<Option<Arc<App>>> {
        Ok(self.apps.row(id.clone(), App::BY_ID, params![id], Arc::new).await?)
    }

    /// Whether `text` is a secret of the app that works at `now`. The look-up compares the hash of 256
    /// random bits, so its timing reveals nothing about the secret.
    ///
    /// # Errors
    /// As [`Db::row`].
    pub async fn has_secret(&self, app: &AppId, text: &str, now: Timestamp) -> Result<bool> {
        let Ok(secret) = Token::parse_as(TokenKind::AppSecret, text) else { return Ok(false) };
        let (sql, hash) =
            ("SELECT app_id, expires_at FROM app_secrets WHERE secret_hash = ?1", secret.hash());
        let found = self.secrets.row(hash, sql, params![hash], Arc::new).await?;
        Ok(found.is_some_and(|found| found.app_id == *app && works(found.expires_at, now)))
    }

    /// The resource server with this id, if the secret works at `now`; the look-up is as in
    /// [`KnownClients::has_secret`].
    ///
    /// # Errors
    /// As [`Db::row`].
    pub async fn resource_server(
        &self,
        id: &str,
        secret: &str,
        now: Timestamp,
    ) -> Result<Option<ResourceServer>> {
        let Ok(id) = id.parse::<ResourceServerId>() else { return Ok(None) };
        let Ok(secret) = Token::parse_as(TokenKind::ResourceServerSecret, secret) else {
            return Ok(None);
        };
        let (sql, hash) = (
            "SELECT id, name, scopes, secret_start, created_at,
                 CASE WHEN secret_hash = ?2 THEN NULL ELSE previous_expires_at END AS expires_at
             FROM resource_servers WHERE id = ?1 AND (secret_hash = ?2 OR previous_hash = ?2)",
            secret.hash(),
        );
        let key = (id.clone(), hash);
        let found = self.resource_servers.row(key, sql, params![id, hash], Arc::new).await?;
        let found = found.filter(|found| works(found.expires_at, now));
        Ok(found.map(|found| found.resource_server.clone()))
    }
}

fn works(expires_at: Option<Timestamp>, now: Timestamp) -> bool {
    expires_at.is_none_or(|expires_at| expires_at > now)
}
