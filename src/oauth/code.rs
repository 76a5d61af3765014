//! Authorization codes (RFC 6749 section 4.1.2): 60 seconds, one use.

use jiff::{SignedDuration, Timestamp};

use super::pkce::CodeChallenge;
use super::tokens;
use crate::audit::{Action, Actor, Event};
use crate::auth::{ScopeSet, Token, TokenKind};
use crate::caller::Caller;
use crate::clients::App;
use crate::db::{Cleaner, Single, Tx, delete_batch, from_row, params};
use crate::error::{Error, Result};
use crate::ids::{AppId, CodeId, GrantId, PortalId};

const LIFETIME: SignedDuration = SignedDuration::from_secs(60);

/// How long a used code is stored, so that a second use can revoke the tokens of the first.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(30 * 24);

const USE_UP: &str =
    "UPDATE authorization_codes SET used_at = ?2 WHERE id = ?1 AND used_at IS NULL AND scopes = ?3";

/// A code, as stored.
pub struct AuthorizationCode {
    /// Its id.
    pub id: CodeId,
    /// The consent.
    pub grant_id: GrantId,
    /// The app that it was issued to.
    pub app_id: AppId,
    /// The redirect URI of the request.
    pub redirect_uri: String,
    /// The scopes that were allowed.
    pub scopes: ScopeSet,
    /// The challenge of the request.
    pub code_challenge: Option<CodeChallenge>,
    /// When it expires.
    pub expires_at: Timestamp,
    /// When it was used.
    pub used_at: Option<Timestamp>,
}

from_row!(AuthorizationCode {
    id,
    grant_id,
    app_id,
    redirect_uri,
    scopes,
    code_challenge,
    expires_at,
    used_at
});

impl AuthorizationCode {
    /// Issues a code under a grant, within the transaction of the consent.
    pub async fn issue(
        tx: &mut Tx,
        grant: &GrantId,
        redirect_uri: &str,
        scopes: ScopeSet,
        challenge: Option<&CodeChallenge>,
        now: Timestamp,
    ) -> Result<Token> {
        let code = Token::random(TokenKind::AuthorizationCode);
        tx.execute(
            "INSERT INTO authorization_codes (id, code_hash, grant_id, redirect_uri, scopes, code_challenge, expires_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![CodeId::random(), code.hash(), grant, redirect_uri, scopes, challenge, now + LIFETIME],
        )
        .await?;
        Ok(code)
    }

    /// Finds a code, used or not, as long as its grant isn't revoked.
    pub async fn find(tx: &mut Tx, text: &str) -> Result<Option<Self>> {
        let Ok(code) = Token::parse_as(TokenKind::AuthorizationCode, text) else { return Ok(None) };
        Ok(tx
            .row(
                "SELECT c.id, c.grant_id, g.app_id, c.redirect_uri, c.scopes, c.code_challenge, c.expires_at, c.used_at
             FROM authorization_codes c JOIN live_grants g ON g.id = c.grant_id
             WHERE c.code_hash = ?1",
                params![code.hash()],
            )
            .await?)
    }

    /// Marks the code as used; false if another request was faster, or the owner withdrew a scope
    /// in the meantime.
    pub async fn use_up(&self, tx: &mut Tx, now: Timestamp) -> Result<bool> {
        Ok(tx.execute(USE_UP, params![self.id, now, self.scopes]).await? == 1)
    }

    /// Handles a second use: revokes every token of the first (RFC 6749 section 4.1.2) and records
    /// it in the audit logs.
    pub async fn replayed(
        &self,
        tx: &mut Tx,
        app: &App,
        caller: &Caller,
        now: Timestamp,
    ) -> Result<()> {
        tracing::warn!(grant = %self.grant_id, app = %self.app_id, "an authorization code was used twice; its tokens are revoked");
        revoke_replayed(tx, app, caller, &self.id, now).await
    }

    /// Deletes codes that expired long ago.
    pub async fn clean_up(cleaner: &Cleaner, now: Timestamp) -> Result<()> {
        let over = delete_batch!("authorization_codes", "id", "expires_at <= ?2");
        cleaner.delete(over, params![now - REMEMBERED]).await?;
        Ok(())
    }
}

/// Revokes every token issued from a code that was used again, and records it in the audit logs of
/// portal and developer.
pub async fn revoke_replayed(
    tx: &mut Tx,
    app: &App,
    caller: &Caller,
    code: &CodeId,
    now: Timestamp,
) -> Result<()> {
    if tokens::revoke_of_code(tx, code, now).await? == 0 {
        return Ok(());
    }
    let of_code = "SELECT g.portal_id AS value FROM grants g JOIN oauth_tokens t ON t.grant_id = g.id WHERE t.code_id = ?1 LIMIT 1";
    let Single(portal) =
        tx.row::<Single<PortalId>>(of_code, params![code]).await?.ok_or(Error::NotFound)?;
    let (actor, portal, developer) =
        (Actor::App(&app.name), Some(&portal), Some(&app.developer_id));
    Event {
        action: Action::CodeReplayed,
        actor,
        subject: &app.name,
        portal,
        developer,
        caller: Some(caller),
    }
    .record(tx, now)
    .await
}
