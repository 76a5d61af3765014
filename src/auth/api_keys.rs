//! A portal's API keys.

use jiff::Timestamp;

use super::{ScopeSet, Token, TokenKind};
use crate::db::{Db, Store, TenantSql, from_row, params};
use crate::error::{Error, Result};
use crate::ids::ApiKeyId;

/// An API key, without its secret.
#[derive(Debug, Clone)]
pub struct ApiKey {
    /// Its id.
    pub id: ApiKeyId,
    /// The name that its owner gave it.
    pub name: String,
    /// How the secret begins.
    pub token_start: String,
    /// What it may do.
    pub scopes: ScopeSet,
    /// Requests a minute, if it has a limit of its own; 0 for none.
    pub rate_limit: Option<u32>,
    /// Since when it exists.
    pub created_at: Timestamp,
    /// When it ends, if it does.
    pub expires_at: Option<Timestamp>,
    /// When it was last used.
    pub last_used_at: Option<Timestamp>,
}

from_row!(ApiKey { id, name, token_start, scopes, rate_limit, created_at, expires_at, last_used_at });

/// What a new key is made of.
#[derive(Debug, Clone)]
pub struct NewApiKey {
    /// A name for its owner.
    pub name: String,
    /// What it may do.
    pub scopes: ScopeSet,
    /// When it ends, if it does.
    pub expires_at: Option<Timestamp>,
    /// Requests a minute, if it has a limit of its own; 0 for none.
    pub rate_limit: Option<u32>,
}

const INSERT: TenantSql = TenantSql::new(
    "INSERT INTO api_keys (portal_id, id, name, token_hash, token_start, scopes, rate_limit, created_at, expires_at)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
);
const LIST: TenantSql = TenantSql::new(
    "SELECT id, name, token_start, scopes, rate_limit, created_at, expires_at, last_used_at
     FROM api_keys WHERE portal_id = ?1 AND revoked_at IS NULL ORDER BY created_at DESC, id DESC",
);
const FIND: TenantSql = TenantSql::new(
    "SELECT id, name, token_start, scopes, rate_limit, created_at, expires_at, last_used_at
     FROM api_keys WHERE portal_id = ?1 AND id = ?2 AND revoked_at IS NULL",
);
const REVOKE: TenantSql = TenantSql::new("UPDATE api_keys SET revoked_at = ?3 WHERE portal_id = ?1 AND id = ?2 AND revoked_at IS NULL");

impl NewApiKey {
    /// Makes the key; its secret is to be shown this once.
    ///
    /// # Errors
    /// The database's.
    pub async fn create(&self, store: &Store, now: Timestamp) -> Result<(ApiKeyId, Token)> {
        let (id, token) = (ApiKeyId::random(), Token::random(TokenKind::ApiKey));
        let Self { name, scopes, expires_at, rate_limit } = self;
        store.execute(INSERT, params![id, name, token.hash(), token.start(), scopes, rate_limit, now, expires_at]).await?;
        Ok((id, token))
    }
}

impl ApiKey {
    /// The portal's keys that are not revoked, the newest first.
    ///
    /// # Errors
    /// The database's.
    pub async fn list(store: &Store) -> Result<Vec<Self>> {
        Ok(store.rows(LIST, params![]).await?)
    }

    /// One of the portal's keys.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the portal has none of that id, or it is revoked.
    pub async fn find(store: &Store, id: &ApiKeyId) -> Result<Self> {
        store.row(FIND, params![id]).await?.ok_or(Error::NotFound)
    }

    /// Revokes a key: it is dead on the next request.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the portal has none of that id, or it is revoked.
    pub async fn revoke(store: &Store, id: &ApiKeyId, now: Timestamp) -> Result<()> {
        match store.execute(REVOKE, params![id, now]).await? {
            0 => Err(Error::NotFound),
            _ => Ok(()),
        }
    }

    /// Revokes a key of whichever portal, for the operator.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is none of that id, or it is revoked.
    pub async fn revoke_as_operator(db: &Db, id: &ApiKeyId, now: Timestamp) -> Result<()> {
        match db.execute("UPDATE api_keys SET revoked_at = ?2 WHERE id = ?1 AND revoked_at IS NULL", params![id, now]).await? {
            0 => Err(Error::NotFound),
            _ => Ok(()),
        }
    }
}
