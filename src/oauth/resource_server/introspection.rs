//! `POST /oauth/introspect` (RFC 7662): a resource server asks what a token or an API key may do.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::ResourceServer;
use crate::auth::{Principal, Subject};
use crate::error::Result;
use crate::http::read_body;
use crate::ids::{AppId, PortalId};
use crate::oauth::ProtocolError;
use crate::oauth::client_authentication::Credentials;
use crate::oauth::token_endpoint::{LARGEST_BODY, read_parameters};
use crate::server::Server;

/// The answer (RFC 7662 section 2.2). Of what does not concern the one who asks it tells nothing but that.
#[derive(Serialize)]
struct Introspection<'a> {
    active: bool,
    #[serde(flatten)]
    token: Option<ActiveToken<'a>>,
}

/// What a resource server sees of a token.
#[derive(Serialize)]
struct ActiveToken<'a> {
    /// Those of the token's scopes that are also the resource server's.
    scope: String,
    /// The portal.
    sub: &'a PortalId,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<&'a AppId>,
    token_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    exp: Option<i64>,
    iat: i64,
    iss: &'a str,
    /// Whether an app or the portal's own key speaks.
    principal: &'static str,
}

/// The endpoint.
pub(in crate::oauth) async fn introspect(State(server): State<Server>, headers: HeaderMap, body: Body) -> Response {
    answer(&server, &headers, body).await.unwrap_or_else(ProtocolError::into_response)
}

async fn answer(server: &Server, headers: &HeaderMap, body: Body) -> Result<Response, ProtocolError> {
    let body = read_body(body, LARGEST_BODY).await?;
    let parameters = read_parameters(headers, &body)?;
    let credentials = Credentials::read(headers, &parameters)?;
    let resource_server = authenticate(server, &credentials).await?;
    // The API knows everything about a token that counts here; it is asked anew each time, so revoked means inactive.
    let principal = server.verifier.verify(parameters.require("token")?, server.clock.now()).await?.ok();
    let token = principal.as_deref().and_then(|principal| ActiveToken::seen_by(&resource_server, principal, server.sites.issuer()));
    let introspection = Introspection { active: token.is_some(), token };
    Ok(([(CACHE_CONTROL, "no-store")], Json(introspection)).into_response())
}

async fn authenticate(server: &Server, credentials: &Credentials) -> Result<ResourceServer, ProtocolError> {
    let refused = || credentials.refused("the resource server's id is unknown or its secret is wrong");
    let secret = credentials.secret.as_deref().ok_or_else(refused)?;
    ResourceServer::authenticate(&server.db, &credentials.id, secret, server.clock.now()).await?.ok_or_else(refused)
}

impl<'a> ActiveToken<'a> {
    /// What the resource server sees of the principal's token; nothing when they have no scope in common.
    fn seen_by(resource_server: &ResourceServer, principal: &'a Principal, issuer: &'a str) -> Option<Self> {
        let scopes = principal.scopes.intersection(resource_server.scopes);
        if scopes.is_empty() {
            return None;
        }
        Some(Self {
            scope: scopes.to_string(),
            sub: &principal.portal,
            client_id: match &principal.subject {
                Subject::App { app, .. } => Some(app),
                Subject::ApiKey(_) => None,
            },
            token_type: "Bearer",
            exp: principal.expires_at.map(|at| at.as_second()),
            iat: principal.issued_at.as_second(),
            iss: issuer,
            principal: principal.subject.kind(),
        })
    }
}
