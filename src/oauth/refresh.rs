//! The grant type `refresh_token` (RFC 6749 section 6): a new access token, without asking the
//! owner.

use jiff::Timestamp;

use super::issuance::{TokenResponse, issue_access_token, redeem};
use super::refresh_token::RefreshToken;
use super::{ErrorCode, Parameters, ProtocolError, dpop, refresh_lifetime, reuse_mail};
use crate::audit::{Action, Actor, Event};
use crate::auth::{ScopeSet, Token, TokenKind};
use crate::caller::Caller;
use crate::clients::App;
use crate::config::Config;
use crate::db::Cleaner;
use crate::dpop::UnusedProof;
use crate::error::Result;
use crate::request_log::Without;
use crate::server::WritingServer;

pub(super) async fn refresh(
    server: &WritingServer,
    app: &App,
    caller: &Caller,
    proof: Option<UnusedProof>,
    parameters: &Parameters,
) -> Result<TokenResponse, ProtocolError> {
    let dead = || {
        ProtocolError::invalid_grant("the refresh token is unknown, replaced, revoked or expired")
    };
    let presented = Token::parse_as(TokenKind::RefreshToken, parameters.require("refresh_token")?)
        .map_err(|_| dead())?;
    let now = server.clock.now();
    let mut tx = server.db.begin().await?;
    // Another app's token is treated as unknown.
    let token = RefreshToken::hold(
        &mut tx,
        &presented,
        refresh_lifetime::idle_since(&server.config, now),
        now,
    )
    .await?;
    let token = token.filter(|token| token.app_id == app.id).ok_or_else(dead)?;
    if token.is_reused(now) {
        // Release the lock on the token first, so that two reused tokens don't deadlock.
        drop(tx);
        end_family(server, app, caller, &token, now).await?;
        return Err(dead());
    }
    dpop::check_same_key(token.dpop_jkt, proof.as_ref())?;
    let scopes = narrowed(parameters.get("scope"), token.scopes)?;
    let key = redeem(server, &mut tx, proof).await?;
    let replaced = app.rotates_refresh_tokens() || token.rotated_at.is_some();
    let successor =
        if replaced { Some(token.successor(&mut tx, &presented, now).await?) } else { None };
    let under = (&token.grant_id, &token.code_id);
    let access = issue_access_token(server, &mut tx, app, under, scopes, key).await?;
    tx.commit().await?;
    let without = Without { dpop: key.is_none(), end: token.expires_at.is_none(), pkce: false };
    let granted = (token.portal_id, scopes);
    Ok(TokenResponse::new(server, &access, key, successor.as_ref(), granted, without))
}

/// Deletes refresh tokens that expired long ago because they weren't used.
pub async fn forget_idle_tokens(cleaner: &Cleaner, config: &Config, now: Timestamp) -> Result<()> {
    RefreshToken::forget_idle(cleaner, refresh_lifetime::idle_since(config, now)).await
}

/// Handles the reuse of a refresh token, which means that somebody has a copy. Nobody can tell
/// whether the app or a thief used it first, so all tokens of the family are revoked (RFC 9700
/// section 4.14.2), and the portal's owners are notified.
async fn end_family(
    server: &WritingServer,
    app: &App,
    caller: &Caller,
    token: &RefreshToken,
    now: Timestamp,
) -> Result<()> {
    let mut tx = server.db.begin().await?;
    if !token.revoke_family(&mut tx, now).await? {
        return Ok(());
    }
    let event = Event {
        action: Action::RefreshTokenReused,
        actor: Actor::App(&app.name),
        subject: &app.name,
        portal: Some(&token.portal_id),
        developer: Some(&app.developer_id),
        caller: Some(caller),
    };
    event.record(&mut tx, now).await?;
    reuse_mail::post(server, &mut tx, app, (&token.portal_id, &token.grant_id), now).await?;
    tx.commit().await?;
    tracing::warn!(grant = %token.grant_id, app = %app.id, "a replaced refresh token was used again; its family is revoked");
    Ok(())
}

/// A refresh can ask for fewer scopes than were granted, never more (RFC 6749 section 6).
fn narrowed(asked: Option<&str>, granted: ScopeSet) -> Result<ScopeSet, ProtocolError> {
    let Some(asked) = asked else { return Ok(granted) };
    let scopes: ScopeSet = asked.parse().map_err(|error: crate::auth::UnknownScope| {
        ProtocolError::new(ErrorCode::InvalidScope, error.to_string())
    })?;
    if scopes.is_empty() || !scopes.is_subset_of(granted) {
        return Err(ProtocolError::new(
            ErrorCode::InvalidScope,
            format!("only these scopes were granted: {granted}"),
        ));
    }
    Ok(scopes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refresh_narrows_and_never_widens() {
        let granted: ScopeSet = "customers.read customers.write".parse().unwrap();
        assert_eq!(narrowed(None, granted).unwrap(), granted);
        assert_eq!(
            narrowed(Some("customers.read"), granted).unwrap().to_string(),
            "customers.read"
        );
        for wider in ["customers.read files.read", "nonsense", " "] {
            assert_eq!(
                narrowed(Some(wider), granted).unwrap_err().code,
                ErrorCode::InvalidScope,
                "{wider}"
            );
        }
    }
}
