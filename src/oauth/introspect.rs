//! `POST /oauth/introspect` (RFC 7662): whether a token is active, and its properties.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::client_request::{LARGEST_BODY, read_parameters};
use super::confirmation::Confirmation;
use super::{ErrorCode, ProtocolError, client_authentication, refresh_lifetime, resource_server};
use crate::auth::{KeyThumbprint, ScopeSet, Token, TokenKind};
use crate::caller::Caller;
use crate::clients::App;
use crate::config::Config;
use crate::db::{from_row, params};
use crate::error::Result;
use crate::ids::{AppId, PortalId};
use crate::server::WritingServer;
use crate::verifier::Subject;

/// An active refresh token.
struct RefreshTokenRow {
    app_id: AppId,
    portal_id: PortalId,
    scopes: ScopeSet,
    created_at: Timestamp,
    expires_at: Option<Timestamp>,
    last_used_at: Option<Timestamp>,
    dpop_jkt: Option<KeyThumbprint>,
}

from_row!(RefreshTokenRow {
    app_id,
    portal_id,
    scopes,
    created_at,
    expires_at,
    last_used_at,
    dpop_jkt
});

impl RefreshTokenRow {
    /// When the token expires if it isn't used before then, if it expires at all.
    fn end(&self, config: &Config) -> Option<Timestamp> {
        let idle = (config.refresh_token_idle_days > 0).then(|| {
            self.last_used_at.unwrap_or(self.created_at)
                + SignedDuration::from_hours(24 * i64::from(config.refresh_token_idle_days))
        });
        [self.expires_at, idle].into_iter().flatten().min()
    }
}

/// The answer (RFC 7662 section 2.2).
#[derive(Serialize, Default)]
struct Introspection {
    active: bool,
    #[serde(flatten)]
    details: Option<Details>,
}

#[derive(Serialize)]
struct Details {
    scope: String,
    client_id: AppId,
    #[serde(skip_serializing_if = "Option::is_none")]
    token_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exp: Option<i64>,
    iat: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    cnf: Option<Confirmation>,
    sub: PortalId,
    iss: String,
}

/// The endpoint. Apps can introspect their own tokens, resource servers all tokens that have one of
/// their scopes.
pub(super) async fn introspect(
    State(server): State<WritingServer>,
    caller: Caller,
    headers: HeaderMap,
    body: Body,
) -> Response {
    match answer(&server, &caller, &headers, body).await {
        Ok(introspection) => ([(CACHE_CONTROL, "no-store")], introspection).into_response(),
        Err(error) => error.into_response(),
    }
}

async fn answer(
    server: &WritingServer,
    caller: &Caller,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, ProtocolError> {
    let parameters = read_parameters(LARGEST_BODY, headers, body).await?;
    if resource_server::asks(headers, &parameters) {
        return Ok(Json(resource_server::introspect(server, caller, headers, &parameters).await?)
            .into_response());
    }
    let app = client_authentication::authenticate(server, caller, headers, &parameters).await?;
    if app.is_public() {
        // Anybody can send a client_id (RFC 7662 section 2.1: the endpoint asks for authorization).
        return Err(ProtocolError::new(
            ErrorCode::InvalidClient,
            "a public app cannot introspect tokens, because it cannot authenticate",
        ));
    }
    Ok(Json(of_app(server, &app, parameters.require("token")?).await?).into_response())
}

/// The response to an app. Another app's token is treated as unknown (RFC 7662 section 4).
async fn of_app(server: &WritingServer, app: &App, text: &str) -> Result<Introspection> {
    let details = match Token::parse(text) {
        Ok(token) if token.kind() == TokenKind::AccessToken => {
            of_access_token(server, app, &token).await?
        }
        Ok(token) => of_refresh_token(server, app, &token).await?,
        Err(_) => None,
    };
    Ok(Introspection { active: details.is_some(), details })
}

/// An access token, as the API knows it.
async fn of_access_token(
    server: &WritingServer,
    app: &App,
    token: &Token,
) -> Result<Option<Details>> {
    let found = server.verifier.describe(token, server.clock.now()).await?;
    let Ok((principal, bound_to)) = found else { return Ok(None) };
    let is_own = matches!(&principal.subject, Subject::App { app: owner, .. } if *owner == app.id);
    Ok(is_own.then(|| Details {
        scope: principal.scopes.to_string(),
        client_id: app.id.clone(),
        token_type: Some(if bound_to.is_some() { "DPoP" } else { "Bearer" }),
        exp: principal.expires_at.map(Timestamp::as_second),
        iat: principal.issued_at.as_second(),
        cnf: bound_to.map(Confirmation::of),
        sub: principal.portal.clone(),
        iss: server.public_urls.issuer().to_owned(),
    }))
}

/// A refresh token. It has no type (RFC 6749 section 7.1), and is looked up each time, because its
/// use moves its end.
async fn of_refresh_token(
    server: &WritingServer,
    app: &App,
    token: &Token,
) -> Result<Option<Details>> {
    let now = server.clock.now();
    let find = "SELECT g.app_id, g.portal_id, t.scopes, t.created_at, t.expires_at, t.last_used_at, t.dpop_jkt
         FROM oauth_tokens t JOIN live_grants g ON g.id = t.grant_id
         WHERE t.token_hash = ?1 AND t.kind = 'refresh' AND t.revoked_at IS NULL AND t.rotated_at IS NULL
           AND (t.expires_at IS NULL OR t.expires_at > ?2) AND COALESCE(t.last_used_at, t.created_at) > ?3";
    let idle_since = refresh_lifetime::idle_since(&server.config, now);
    let found: Option<RefreshTokenRow> =
        server.db.row(find, params![token.hash(), now, idle_since]).await?;
    Ok(found.filter(|token| token.app_id == app.id).map(|token| Details {
        scope: token.scopes.to_string(),
        exp: token.end(&server.config).map(Timestamp::as_second),
        token_type: None,
        iat: token.created_at.as_second(),
        cnf: token.dpop_jkt.map(Confirmation::of),
        client_id: token.app_id,
        sub: token.portal_id,
        iss: server.public_urls.issuer().to_owned(),
    }))
}
