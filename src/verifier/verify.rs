//! From a presented token to its principal.
//!
//! The result is remembered until any process changes token data ([`Remembered`]). A revocation does,
//! so the next request looks it up again.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{Principal, Subject, UsageRegistry};
use crate::auth::{AddressList, KeyThumbprint, ScopeSet, Token, TokenFault, TokenHash, TokenKind};
use crate::db::{Db, DbError, Remembered, from_row, params};
use crate::ids::{ApiKeyId, AppId, GrantId, PortalId, TokenId};
use crate::request_log::{Refusal, RequestNote};

const REMEMBERED: usize = 50_000;

/// Verifies tokens of the API.
pub struct Verifier {
    db: Db,
    usage: UsageRegistry,
    /// Requests per minute for keys without their own limit; 0 for no limit.
    rate_limit: u32,
    remembered: Remembered<TokenHash, Arc<Principal>>,
}

struct ApiKeyRow {
    id: ApiKeyId,
    portal_id: PortalId,
    scopes: ScopeSet,
    rate_limit: Option<u32>,
    allowed_addresses: AddressList,
    created_at: Timestamp,
    expires_at: Option<Timestamp>,
    time_zone: String,
    is_test_portal: bool,
}
from_row!(ApiKeyRow {
    id,
    portal_id,
    scopes,
    rate_limit,
    allowed_addresses,
    created_at,
    expires_at,
    time_zone,
    is_test_portal
});

struct AccessTokenRow {
    id: TokenId,
    grant_id: GrantId,
    app_id: AppId,
    portal_id: PortalId,
    scopes: ScopeSet,
    created_at: Timestamp,
    expires_at: Option<Timestamp>,
    dpop_jkt: Option<KeyThumbprint>,
    time_zone: String,
    is_test_portal: bool,
}
from_row!(AccessTokenRow {
    id,
    grant_id,
    app_id,
    portal_id,
    scopes,
    created_at,
    expires_at,
    dpop_jkt,
    time_zone,
    is_test_portal
});

struct RefusedKey {
    id: ApiKeyId,
    is_revoked: bool,
}
from_row!(RefusedKey { id, is_revoked });

struct RefusedAccessToken {
    id: TokenId,
    grant_id: GrantId,
    app_id: AppId,
    is_revoked: bool,
}
from_row!(RefusedAccessToken { id, grant_id, app_id, is_revoked });

impl Verifier {
    /// A verifier with an empty cache.
    pub fn new(db: Db, usage: UsageRegistry, rate_limit: u32) -> Self {
        let remembered = Remembered::new(db.clone(), REMEMBERED);
        Self { db, usage, rate_limit, remembered }
    }

    /// The principal of the bearer token `text` at `now`. A token that is bound to a key isn't
    /// accepted.
    ///
    /// # Errors
    /// The token's fault, or a database error.
    pub async fn verify(
        &self,
        text: &str,
        now: Timestamp,
    ) -> Result<Result<Arc<Principal>, TokenFault>, DbError> {
        let found = self.parse_and_find(text, now).await?;
        Ok(found.and_then(|principal| {
            if principal.bound_to.is_none() { Ok(principal) } else { Err(TokenFault::Bound) }
        }))
    }

    /// The principal of a token that is bound to a key. The caller must check the proof.
    ///
    /// # Errors
    /// The token's fault, or a database error.
    pub async fn verify_bound(
        &self,
        text: &str,
        now: Timestamp,
    ) -> Result<Result<(Arc<Principal>, KeyThumbprint), TokenFault>, DbError> {
        let found = self.parse_and_find(text, now).await?;
        Ok(found.and_then(|principal| {
            principal.bound_to.ok_or(TokenFault::NotBound).map(|key| (principal, key))
        }))
    }

    /// The principal of any token, for introspection. For a bound token it includes the key.
    ///
    /// # Errors
    /// The token's fault, or a database error.
    pub async fn describe(
        &self,
        token: &Token,
        now: Timestamp,
    ) -> Result<Result<(Arc<Principal>, Option<KeyThumbprint>), TokenFault>, DbError> {
        Ok(self
            .find(token, now)
            .await?
            .map(|principal| (Arc::clone(&principal), principal.bound_to)))
    }

    async fn parse_and_find(
        &self,
        text: &str,
        now: Timestamp,
    ) -> Result<Result<Arc<Principal>, TokenFault>, DbError> {
        match Token::parse(text) {
            Ok(token) => self.find(&token, now).await,
            Err(fault) => Ok(Err(fault)),
        }
    }

    async fn find(
        &self,
        token: &Token,
        now: Timestamp,
    ) -> Result<Result<Arc<Principal>, TokenFault>, DbError> {
        if !matches!(token.kind(), TokenKind::ApiKey | TokenKind::AccessToken) {
            return Ok(Err(TokenFault::WrongKind));
        }
        let Some(principal) = self.look_up(token.kind(), token.hash()).await? else {
            return Ok(Err(TokenFault::Unknown));
        };
        if principal.expires_at.is_some_and(|expires_at| expires_at <= now) {
            return Ok(Err(TokenFault::Expired));
        }
        Ok(Ok(principal))
    }

    async fn look_up(
        &self,
        kind: TokenKind,
        hash: TokenHash,
    ) -> Result<Option<Arc<Principal>>, DbError> {
        if kind == TokenKind::ApiKey {
            let sql = "SELECT k.id, k.portal_id, k.scopes, k.rate_limit, k.allowed_addresses, k.created_at,
                    CASE WHEN k.token_hash = ?1 THEN k.expires_at ELSE k.previous_expires_at END AS expires_at, p.time_zone, (p.sandbox_of IS NOT NULL) AS is_test_portal
                 FROM api_keys k JOIN portals p ON p.id = k.portal_id
                 WHERE (k.token_hash = ?1 OR k.previous_hash = ?1) AND k.revoked_at IS NULL AND p.deleted_at IS NULL";
            return self.remembered.row(hash, sql, params![hash], |row| self.of_key(row)).await;
        }
        let sql = "SELECT t.id, t.grant_id, g.app_id, g.portal_id, t.scopes, t.created_at, t.expires_at, t.dpop_jkt, p.time_zone, (p.sandbox_of IS NOT NULL) AS is_test_portal
             FROM oauth_tokens t JOIN live_grants g ON g.id = t.grant_id JOIN portals p ON p.id = g.portal_id
             WHERE t.token_hash = ?1 AND t.kind = 'access' AND t.revoked_at IS NULL";
        self.remembered.row(hash, sql, params![hash], |row| self.of_access_token(row)).await
    }

    fn of_key(&self, row: ApiKeyRow) -> Arc<Principal> {
        let rate_limit = row.rate_limit.unwrap_or(self.rate_limit);
        let lifetime = (row.created_at, row.expires_at);
        let principal = self.principal(
            row.portal_id,
            row.scopes,
            Subject::ApiKey(row.id),
            lifetime,
            rate_limit,
            &row.time_zone,
        );
        let (is_test_portal, allowed_addresses) = (row.is_test_portal, row.allowed_addresses);
        Arc::new(Principal { is_test_portal, allowed_addresses, ..principal })
    }

    fn of_access_token(&self, row: AccessTokenRow) -> Arc<Principal> {
        let subject = Subject::App { app: row.app_id, grant: row.grant_id, token: row.id };
        let lifetime = (row.created_at, row.expires_at);
        let principal = self.principal(
            row.portal_id,
            row.scopes,
            subject,
            lifetime,
            self.rate_limit,
            &row.time_zone,
        );
        Arc::new(Principal {
            is_test_portal: row.is_test_portal,
            bound_to: row.dpop_jkt,
            ..principal
        })
    }

    fn principal(
        &self,
        portal: PortalId,
        scopes: ScopeSet,
        subject: Subject,
        (issued_at, expires_at): (Timestamp, Option<Timestamp>),
        rate_limit: u32,
        time_zone: &str,
    ) -> Principal {
        let usage = self.usage.of(&subject);
        let time_zone = TimeZone::get(time_zone).unwrap_or(TimeZone::UTC);
        let (rate_limit, allowed_addresses) =
            ((rate_limit > 0).then_some(rate_limit), AddressList::default());
        Principal {
            portal,
            is_test_portal: false,
            scopes,
            subject,
            time_zone,
            allowed_addresses,
            issued_at,
            expires_at,
            bound_to: None,
            rate_limit,
            usage,
        }
    }

    /// Notes a refused request if its token can be attributed: the token is no longer valid, or it
    /// is but its proof isn't. An access token can be attributed until 24 hours after it expires.
    /// Call this on the failing path only: it costs a statement.
    pub async fn note_refused(&self, text: &str, request: &RequestNote<'_>) -> Result<(), DbError> {
        let Ok(token) = Token::parse(text) else { return Ok(()) };
        let found = match token.kind() {
            TokenKind::ApiKey => {
                let sql = "SELECT k.id, (k.revoked_at IS NOT NULL OR p.deleted_at IS NOT NULL) AS is_revoked
                     FROM api_keys k JOIN portals p ON p.id = k.portal_id WHERE k.token_hash = ?1 OR k.previous_hash = ?1";
                let row: Option<RefusedKey> = self.db.row(sql, params![token.hash()]).await?;
                row.map(|row| (Subject::ApiKey(row.id), row.is_revoked))
            }
            TokenKind::AccessToken => {
                let sql = "SELECT t.id, t.grant_id, g.app_id, (t.revoked_at IS NOT NULL OR l.id IS NULL) AS is_revoked
                     FROM oauth_tokens t JOIN grants g ON g.id = t.grant_id LEFT JOIN live_grants l ON l.id = g.id WHERE t.token_hash = ?1 AND t.kind = 'access'";
                let row: Option<RefusedAccessToken> =
                    self.db.row(sql, params![token.hash()]).await?;
                row.map(|row| {
                    (
                        Subject::App { app: row.app_id, grant: row.grant_id, token: row.id },
                        row.is_revoked,
                    )
                })
            }
            _ => None,
        };
        if let Some((subject, is_revoked)) = found {
            let dead = if is_revoked { Refusal::Revoked } else { Refusal::Expired };
            let refusal = Some(request.refusal.unwrap_or(dead));
            self.usage.of(&subject).note(&RequestNote { refusal, ..*request });
        }
        Ok(())
    }
}
