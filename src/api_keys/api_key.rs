//! A portal's API keys.

use jiff::{SignedDuration, Timestamp};

use super::expiring_key::warnings_over;
use crate::audit::{Action, Actor, Event};
use crate::auth::{AddressList, ScopeSet, Token, TokenKind};
use crate::db::{WritingDb, from_row, params};
use crate::error::{Error, Result};
use crate::ids::{ApiKeyId, PortalId};
use crate::quotas::at_most;
use crate::request_log;
use crate::tenant::{Store, StoreTx, TenantSql};
use crate::values::Name;

/// An API key, without its secret.
#[derive(Debug, Clone)]
pub struct ApiKey {
    /// Its id.
    pub id: ApiKeyId,
    /// The name that its owner gave it.
    pub name: String,
    /// The first characters of the secret.
    pub token_start: String,
    /// Its scopes.
    pub scopes: ScopeSet,
    /// Requests per minute, if it has its own limit; 0 for no limit.
    pub rate_limit: Option<u32>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it expires, if it does.
    pub expires_at: Option<Timestamp>,
    /// When it was last used.
    pub last_used_at: Option<Timestamp>,
    /// The address it was last used from.
    pub last_used_address: Option<String>,
    /// The user agent that last used it; empty if none was sent.
    pub last_used_agent: Option<String>,
    /// The addresses it can be used from.
    pub allowed_addresses: AddressList,
    /// The first characters of the previous secret, if the key was rotated.
    pub previous_start: Option<String>,
    /// Until when the previous secret works.
    pub previous_expires_at: Option<Timestamp>,
    /// When it was revoked, if it was.
    pub revoked_at: Option<Timestamp>,
}

/// When and why a key stopped working.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Somebody revoked it.
    Revoked(Timestamp),
    /// It expired.
    Expired(Timestamp),
}

from_row!(ApiKey {
    id,
    name,
    token_start,
    scopes,
    rate_limit,
    created_at,
    expires_at,
    last_used_at,
    last_used_address,
    last_used_agent,
    allowed_addresses,
    previous_start,
    previous_expires_at,
    revoked_at,
});

/// A key's name and portal.
struct KeyOfPortal {
    portal_id: PortalId,
    name: String,
}

from_row!(KeyOfPortal { portal_id, name });

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, name, token_start, scopes, rate_limit, created_at, expires_at, last_used_at, last_used_address, last_used_agent,
                    allowed_addresses, previous_start, previous_expires_at, revoked_at
             FROM api_keys WHERE portal_id = ?1 ",
            $rest
        )
    };
}

/// Changes the key `?2` if it is still active at `?3`.
macro_rules! change {
    ($change:literal) => {
        concat!(
            "UPDATE api_keys SET ",
            $change,
            " WHERE portal_id = ?1 AND id = ?2 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?3)"
        )
    };
}

/// The details of a new key.
#[derive(Debug, Clone)]
pub struct NewApiKey {
    /// Its name, for the portal's owners.
    pub name: Name,
    /// Its scopes.
    pub scopes: ScopeSet,
    /// When it expires, if it does.
    pub expires_at: Option<Timestamp>,
    /// Requests per minute, if it has its own limit; 0 for no limit.
    pub rate_limit: Option<u32>,
    /// The addresses it can be used from.
    pub allowed_addresses: AddressList,
}

const INSERT: TenantSql = TenantSql::new(
    "INSERT INTO api_keys (portal_id, id, name, token_hash, token_start, scopes, rate_limit, allowed_addresses, created_at, expires_at,
         expiry_warned)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
);
const LIST: TenantSql = TenantSql::new(select!(
    "AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?2) ORDER BY created_at DESC, id DESC"
));
const LIST_ENDED: TenantSql = TenantSql::new(select!(
    "AND (revoked_at > ?3 OR (revoked_at IS NULL AND expires_at <= ?2 AND expires_at > ?3)) ORDER BY COALESCE(revoked_at, expires_at) DESC, id DESC"
));
const FIND: TenantSql = TenantSql::new(select!("AND id = ?2"));
const REVOKE: TenantSql = TenantSql::new(change!("revoked_at = ?3"));
const ALLOW: TenantSql = TenantSql::new(change!("allowed_addresses = ?4"));
const ROTATE: TenantSql = TenantSql::new(change!(
    "previous_hash = token_hash, previous_start = token_start,
     previous_expires_at = CASE WHEN expires_at < ?6 THEN expires_at ELSE ?6 END,
     token_hash = ?4, token_start = ?5, expires_at = ?7, expiry_warned = ?8"
));

impl NewApiKey {
    /// Creates the key, within a transaction; its secret is shown only this once.
    pub async fn create(&self, tx: &mut StoreTx, now: Timestamp) -> Result<(ApiKeyId, Token)> {
        let (id, token) = (ApiKeyId::random(), Token::random(TokenKind::ApiKey));
        let Self { name, scopes, expires_at, rate_limit, allowed_addresses } = self;
        let (hash, start) = (token.hash(), token.start());
        let warned = warnings_over(*expires_at, now);
        tx.execute(
            INSERT,
            params![
                id,
                name,
                hash,
                start,
                scopes,
                rate_limit,
                allowed_addresses,
                now,
                expires_at,
                warned
            ],
        )
        .await?;
        Ok((id, token))
    }
}

/// How many keys a portal has.
struct KeyCounts {
    working: i64,
    kept: i64,
}

from_row!(KeyCounts { working, kept });

const COUNT: TenantSql = TenantSql::new(
    "SELECT COUNT(CASE WHEN revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?2) THEN 1 END) AS working,
         COUNT(*) AS kept FROM api_keys WHERE portal_id = ?1",
);

/// As many times the keys that may work are kept with those that ended.
const KEPT_FOR_EACH: u32 = 10;

impl ApiKey {
    /// Checks that the portal has no more keys than may work at a time, and of all that are kept ten
    /// times as many, after one was made in a transaction that holds the portal.
    ///
    /// # Errors
    /// [`Error::Conflict`], which names the bound.
    pub async fn check_number(tx: &mut StoreTx, most: u32, now: Timestamp) -> Result<()> {
        let counts: Option<KeyCounts> = tx.row(COUNT, params![now]).await?;
        let Some(KeyCounts { working, kept }) = counts else { return Ok(()) };
        let setting = "max-api-keys-per-portal";
        at_most(working, most, "error.quota.api_keys", setting)?;
        at_most(kept, most.saturating_mul(KEPT_FOR_EACH), "error.quota.ended_api_keys", setting)
    }

    /// When and why the key stopped working, if it did.
    pub fn ended(&self, now: Timestamp) -> Option<Ended> {
        let expired =
            self.expires_at.filter(|at| *at <= self.revoked_at.unwrap_or(now)).map(Ended::Expired);
        expired.or(self.revoked_at.map(Ended::Revoked))
    }

    /// The portal's active keys, newest first.
    pub async fn list(store: &Store, now: Timestamp) -> Result<Vec<Self>> {
        Ok(store.rows(LIST, params![now]).await?)
    }

    /// Ended keys whose requests are still in the request log, most recent first.
    pub async fn list_ended(store: &Store, now: Timestamp) -> Result<Vec<Self>> {
        Ok(store.rows(LIST_ENDED, params![now, now - request_log::KEPT]).await?)
    }

    /// One of the portal's active keys.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the portal has none with that id, or it has ended.
    pub async fn find(store: &Store, id: &ApiKeyId, now: Timestamp) -> Result<Self> {
        let found = Self::find_also_ended(store, id).await?;
        if found.ended(now).is_none() { Ok(found) } else { Err(Error::NotFound) }
    }

    /// As [`ApiKey::find`], within a transaction.
    ///
    /// # Errors
    /// As [`ApiKey::find`].
    pub async fn find_in(tx: &mut StoreTx, id: &ApiKeyId, now: Timestamp) -> Result<Self> {
        let found: Option<Self> = tx.row(FIND, params![id]).await?;
        found.filter(|key| key.ended(now).is_none()).ok_or(Error::NotFound)
    }

    /// Like [`ApiKey::find`], but also finds ended keys, to show their requests.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the portal has none with that id.
    pub async fn find_also_ended(store: &Store, id: &ApiKeyId) -> Result<Self> {
        store.row(FIND, params![id]).await?.ok_or(Error::NotFound)
    }

    /// Revokes a key, within a transaction: it stops working on the next request.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the portal has none with that id, or it has ended.
    pub async fn revoke(tx: &mut StoreTx, id: &ApiKeyId, now: Timestamp) -> Result<()> {
        changed(tx.execute(REVOKE, params![id, now]).await?)
    }

    /// Sets the addresses that a key can be used from, within a transaction; it applies from the
    /// next request on.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the portal has none with that id, or it has ended.
    pub async fn allow_addresses(
        tx: &mut StoreTx,
        id: &ApiKeyId,
        addresses: &AddressList,
        now: Timestamp,
    ) -> Result<()> {
        changed(tx.execute(ALLOW, params![id, now, addresses]).await?)
    }

    /// Gives a key a new secret, within a transaction. The previous secret keeps working for
    /// `overlap`, but not beyond the key's previous expiry; any earlier ones stop working. The key
    /// now expires at `expires_at`.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the portal has none with that id, or it has ended.
    pub async fn rotate(
        tx: &mut StoreTx,
        id: &ApiKeyId,
        overlap: SignedDuration,
        expires_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<Token> {
        let token = Token::random(TokenKind::ApiKey);
        let (hash, start) = (token.hash(), token.start());
        let old_end = expires_at.map_or(now + overlap, |end| end.min(now + overlap));
        changed(
            tx.execute(
                ROTATE,
                params![id, now, hash, start, old_end, expires_at, warnings_over(expires_at, now)],
            )
            .await?,
        )?;
        Ok(token)
    }

    /// Revokes a key of any portal, for the operator; recorded in the portal's audit log.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is none with that id, or it is revoked.
    pub async fn revoke_as_operator(db: &WritingDb, id: &ApiKeyId, now: Timestamp) -> Result<()> {
        let mut tx = db.begin().await?;
        let sql = "UPDATE api_keys SET revoked_at = ?2 WHERE id = ?1 AND revoked_at IS NULL RETURNING portal_id, name";
        let key: KeyOfPortal = tx.row(sql, params![id, now]).await?.ok_or(Error::NotFound)?;
        let event = Event {
            action: Action::ApiKeyRevoked,
            actor: Actor::Operator,
            subject: &key.name,
            portal: Some(&key.portal_id),
            developer: None,
            caller: None,
        };
        event.record(&mut tx, now).await?;
        Ok(tx.commit().await?)
    }
}

/// Checks that a statement found the key.
const fn changed(rows: u64) -> Result<()> {
    if rows == 0 { Err(Error::NotFound) } else { Ok(()) }
}
