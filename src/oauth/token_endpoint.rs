//! `POST /oauth/tokens` (RFC 6749 sections 4.1.3 and 6, RFC 8628 section 3.4): exchanges a code or
//! a refresh token for an access token.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, PRAGMA};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use jiff::SignedDuration;
use serde::Serialize;

use super::client_request::ClientRequest;
use super::code::AuthorizationCode;
use super::pkce::check_verifier;
use super::resource::check_resource;
use super::tokens::{self, IssuedKind};
use super::{App, ErrorCode, Grant, Parameters, ProtocolError, device, dpop, refresh};
use crate::auth::{KeyThumbprint, ScopeSet, Token};
use crate::caller::Caller;
use crate::db::Tx;
use crate::dpop::{UnusedProof, add_nonce, has_proof};
use crate::ids::{CodeId, GrantId, PortalId};
use crate::request_log::{RefusedApp, Without};
use crate::server::WritingServer;

/// The supported grant types.
pub(super) const GRANT_TYPES: [&str; 3] =
    ["authorization_code", "refresh_token", device::GRANT_TYPE];

/// The response (RFC 6749 section 5.1). `portal_id` is our extension.
#[derive(Serialize)]
pub(super) struct TokenResponse {
    access_token: String,
    token_type: &'static str,
    expires_in: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    scope: String,
    portal_id: PortalId,
    /// The recommendations that the request didn't follow.
    #[serde(skip)]
    without: Without,
}

impl TokenResponse {
    pub(super) fn new(
        server: &WritingServer,
        access: &Token,
        key: Option<KeyThumbprint>,
        refresh: Option<&Token>,
        (portal_id, scopes): (PortalId, ScopeSet),
        without: Without,
    ) -> Self {
        Self {
            access_token: access.reveal().to_owned(),
            token_type: if key.is_some() { "DPoP" } else { "Bearer" },
            expires_in: server.config.access_token_seconds,
            refresh_token: refresh.map(|token| token.reveal().to_owned()),
            scope: scopes.to_string(),
            portal_id,
            without,
        }
    }
}

/// The endpoint.
pub(super) async fn token(
    State(server): State<WritingServer>,
    caller: Caller,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let mut response = match answer(&server, &caller, &headers, body).await {
        Ok(tokens) => {
            let mut response = Json(tokens).into_response();
            response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
            response.headers_mut().insert(PRAGMA, HeaderValue::from_static("no-cache"));
            response
        }
        Err(error) => error.into_response(),
    };
    if has_proof(&headers) {
        add_nonce((&server.dpop_nonces, &server.db), response.headers_mut(), server.clock.now())
            .await;
    }
    response
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
    let answer = match parameters.require("grant_type")? {
        "authorization_code" => exchange_code(server, &app, caller, proof, &parameters).await,
        "refresh_token" => refresh::refresh(server, &app, caller, proof, &parameters).await,
        device::GRANT_TYPE => device::exchange(server, &app, caller, proof, &parameters).await,
        _ => Err(ProtocolError::new(
            ErrorCode::UnsupportedGrantType,
            format!("grant_type must be one of {}", GRANT_TYPES.join(", ")),
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

/// Issues the first tokens of a grant, within the transaction that marks their code and the proof
/// as used.
pub(super) async fn issue_tokens(
    server: &WritingServer,
    tx: &mut Tx,
    app: &App,
    (grant, code): (&GrantId, &CodeId),
    scopes: ScopeSet,
    proof: Option<UnusedProof>,
) -> Result<TokenResponse, ProtocolError> {
    let key = redeem(server, tx, proof).await?;
    let access = issue_access_token(server, tx, app, (grant, code), scopes, key).await?;
    let lifetime = refresh::lifetime(&server.config, app);
    // A confidential app authenticates at each refresh; a public one only has its key (RFC 9449
    // section 5).
    let bound_to = key.filter(|_| app.is_public());
    let refresh = tokens::issue(
        tx,
        IssuedKind::Refresh,
        (grant, code),
        scopes,
        bound_to,
        lifetime,
        server.clock.now(),
    )
    .await?;
    let without = Without { dpop: key.is_none(), end: lifetime.is_none(), pkce: false };
    let portal = Grant::portal(tx, grant).await?;
    Ok(TokenResponse::new(server, &access, key, Some(&refresh), (portal, scopes), without))
}

/// The key of a request's proof, which is marked as used within the transaction.
pub(super) async fn redeem(
    server: &WritingServer,
    tx: &mut Tx,
    proof: Option<UnusedProof>,
) -> Result<Option<KeyThumbprint>, ProtocolError> {
    match proof {
        None => Ok(None),
        Some(proof) => Ok(Some(proof.redeem_in(tx, server.clock.now()).await?)),
    }
}

/// An access token, within the transaction of the exchange or refresh.
pub(super) async fn issue_access_token(
    server: &WritingServer,
    tx: &mut Tx,
    app: &App,
    under: (&GrantId, &CodeId),
    scopes: ScopeSet,
    key: Option<KeyThumbprint>,
) -> Result<Token, ProtocolError> {
    server.minting.count(&app.id, under.0)?;
    let lifetime = SignedDuration::from_secs(server.config.access_token_seconds.into());
    let lifetime = Some(lifetime);
    Ok(tokens::issue(tx, IssuedKind::Access, under, scopes, key, lifetime, server.clock.now())
        .await?)
}
