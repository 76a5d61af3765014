//! The grant type `urn:ietf:params:oauth:grant-type:device_code` (RFC 8628 sections 3.4 and 3.5):
//! the device polls until its owner has decided.

use super::device_code::{Decision, DeviceCode};
use crate::caller::Caller;
use crate::clients::App;
use crate::dpop::UnusedProof;
use crate::oauth::code::revoke_replayed;
use crate::oauth::issuance::{TokenResponse, issue_tokens};
use crate::oauth::{ErrorCode, Parameters, ProtocolError};
use crate::server::WritingServer;

/// Responds to a device's poll.
///
/// # Errors
/// `authorization_pending`, `slow_down`, `access_denied`, `expired_token`, or `invalid_grant`.
pub(in crate::oauth) async fn exchange(
    server: &WritingServer,
    app: &App,
    caller: &Caller,
    proof: Option<UnusedProof>,
    parameters: &Parameters,
) -> Result<TokenResponse, ProtocolError> {
    super::check_allowed(app)?;
    let text = parameters.require("device_code")?;
    let unknown = || {
        ProtocolError::invalid_grant(
            "the device code is unknown or already used, or its access was withdrawn",
        )
    };
    let now = server.clock.now();
    let mut tx = server.db.begin().await?;
    // Another app's code is treated as unknown.
    let code = DeviceCode::hold(&mut tx, text)
        .await?
        .filter(|code| code.app_id == app.id)
        .ok_or_else(unknown)?;
    if code.used_at.is_some() {
        // As with an authorization code (RFC 6749 section 4.1.2): if it is used twice, one of the
        // two is a thief.
        tracing::warn!(app = %app.id, "a device code was used twice; its tokens are revoked");
        revoke_replayed(&mut tx, app, caller, &code.id, now).await?;
        tx.commit().await?;
        return Err(unknown());
    }
    if code.expires_at <= now {
        return Err(ProtocolError::new(
            ErrorCode::ExpiredToken,
            "the device code has expired; request a new one",
        ));
    }
    let grant = match (code.decision, &code.grant_id) {
        (Some(Decision::Allowed), Some(grant)) if !code.scopes.is_empty() => grant,
        (Some(Decision::Denied), _) => {
            return Err(ProtocolError::new(ErrorCode::AccessDenied, "the owner declined"));
        }
        (Some(Decision::Allowed), _) => return Err(unknown()),
        (None, _) => {
            let in_time = code.polled(&mut tx, now).await?;
            tx.commit().await?;
            return Err(if in_time {
                ProtocolError::new(ErrorCode::AuthorizationPending, "the owner has not decided yet")
            } else {
                ProtocolError::new(
                    ErrorCode::SlowDown,
                    "poll too fast: wait five seconds longer between polls from now on",
                )
            });
        }
    };
    code.use_up(&mut tx, now).await?;
    let response =
        issue_tokens(server, &mut tx, app, (grant, &code.id), code.scopes, proof).await?;
    tx.commit().await?;
    Ok(response)
}
