//! `POST /oauth/tokens` (RFC 6749 sections 4.1.3 and 6, RFC 8628 section 3.4): exchanges a code or
//! a refresh token for an access token.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, PRAGMA};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};

use super::client_request::ClientRequest;
use super::code::AuthorizationCode;
use super::grant_type::GrantType;
use super::issuance::{TokenResponse, issue_tokens};
use super::pkce::check_verifier;
use super::resource::check_resource;
use super::{ErrorCode, Parameters, ProtocolError, device, dpop, refresh};
use crate::caller::Caller;
use crate::clients::App;
use crate::dpop::UnusedProof;
use crate::request_log::RefusedApp;
use crate::server::WritingServer;

/// The endpoint.
pub(super) async fn token(
    State(server): State<WritingServer>,
    caller: Caller,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let response = match answer(&server, &caller, &headers, body).await {
        Ok(tokens) => {
            let mut response = Json(tokens).into_response();
            response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
            response.headers_mut().insert(PRAGMA, HeaderValue::from_static("no-cache"));
            response
        }
        Err(error) => error.into_response(),
    };
    dpop::offer_nonce(&server, &headers, response).await
}

async fn answer(
    server: &WritingServer,
    caller: &Caller,
    headers: &HeaderMap,
    body: Body,
) -> Result<TokenResponse, ProtocolError> {
    let ClientRequest { app, parameters } =
        ClientRequest::read(server, caller, headers, body).await?;
    check_resource(server, &parameters)?;
    let proof = dpop::proof_for_tokens(server, headers, &app.id, "/oauth/tokens").await?;
    let answer = match GrantType::named(parameters.require("grant_type")?) {
        Some(GrantType::AuthorizationCode) => {
            exchange_code(server, &app, caller, proof, &parameters).await
        }
        Some(GrantType::RefreshToken) => {
            refresh::refresh(server, &app, caller, proof, &parameters).await
        }
        Some(GrantType::DeviceCode) => {
            device::exchange(server, &app, caller, proof, &parameters).await
        }
        None => Err(ProtocolError::new(
            ErrorCode::UnsupportedGrantType,
            format!("grant_type must be one of {}", GrantType::ALL.map(GrantType::name).join(", ")),
        )),
    };
    match &answer {
        Ok(response) => server.usage.count_without(&app.id, response.without),
        Err(error) if error.code == ErrorCode::InvalidGrant => {
            server.usage.count_refused(&app.id, RefusedApp::Grant);
        }
        Err(_) => {}
    }
    answer
}

async fn exchange_code(
    server: &WritingServer,
    app: &App,
    caller: &Caller,
    proof: Option<UnusedProof>,
    parameters: &Parameters,
) -> Result<TokenResponse, ProtocolError> {
    let (text, redirect_uri) = (parameters.require("code")?, parameters.require("redirect_uri")?);
    let now = server.clock.now();
    let unknown = || ProtocolError::invalid_grant("the code is unknown, already used or expired");
    let mut tx = server.db.begin().await?;
    // Another app's code is treated as unknown.
    let code = AuthorizationCode::find(&mut tx, text)
        .await?
        .filter(|code| code.app_id == app.id)
        .ok_or_else(unknown)?;
    let fits = check_request(app, &code, redirect_uri, parameters.get("code_verifier"));
    if code.used_at.is_none() {
        if code.expires_at <= now {
            return Err(unknown());
        }
        fits?;
        dpop::check_same_key(dpop::key_of_code(&mut tx, &code.id).await?, proof.as_ref())?;
    } else if code.code_challenge.is_some() && fits.is_err() {
        // Somebody who merely saw the code isn't its recipient, and must not be able to revoke the
        // tokens issued from it.
        return Err(unknown());
    }
    if !code.use_up(&mut tx, now).await? {
        code.replayed(&mut tx, app, caller, now).await?;
        tx.commit().await?;
        return Err(unknown());
    }
    let mut response =
        issue_tokens(server, &mut tx, app, (&code.grant_id, &code.id), code.scopes, proof).await?;
    response.without.pkce = code.code_challenge.is_none();
    tx.commit().await?;
    Ok(response)
}

/// Checks that the request comes from the client that requested the code (RFC 6749 section 4.1.3,
/// RFC 7636 section 4.6).
fn check_request(
    app: &App,
    code: &AuthorizationCode,
    redirect_uri: &str,
    verifier: Option<&str>,
) -> Result<(), ProtocolError> {
    if code.redirect_uri != redirect_uri {
        return Err(ProtocolError::invalid_grant(
            "redirect_uri differs from the one in the authorization request",
        ));
    }
    if app.requires_pkce() && code.code_challenge.is_none() {
        return Err(ProtocolError::invalid_grant(
            "the authorization request had no code_challenge, which this app requires",
        ));
    }
    check_verifier(code.code_challenge.as_ref(), verifier)
}
