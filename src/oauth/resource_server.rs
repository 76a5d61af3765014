//! `POST /oauth/introspect` (RFC 7662): a resource server asks what a token or an API key can do.

use std::net::IpAddr;

use axum::http::HeaderMap;
use jiff::Timestamp;
use serde::Serialize;

use super::client_authentication::Credentials;
use super::confirmation::Confirmation;
use super::{ErrorCode, Parameters, ProtocolError};
use crate::auth::{KeyThumbprint, Token};
use crate::caller::Caller;
use crate::clients::ResourceServer;
use crate::error::Result;
use crate::ids::{AppId, PortalId, ResourceServerId};
use crate::network::parse_address;
use crate::server::Server;
use crate::verifier::{Principal, Subject};

/// The answer (RFC 7662 section 2.2). A token that doesn't concern the caller is simply inactive.
#[derive(Serialize)]
pub(super) struct Introspection {
    active: bool,
    #[serde(flatten)]
    token: Option<ActiveToken>,
}

/// A token, as shown to a resource server.
#[derive(Serialize)]
struct ActiveToken {
    /// The token's scopes that are also the resource server's.
    scope: String,
    /// The portal.
    sub: PortalId,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<AppId>,
    token_type: &'static str,
    /// The key that it is bound to. The resource server must check the proof.
    #[serde(skip_serializing_if = "Option::is_none")]
    cnf: Option<Confirmation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exp: Option<i64>,
    iat: i64,
    iss: String,
    /// Whether the principal is an app or the portal's own key.
    principal: &'static str,
}

/// Whether a request comes from a resource server instead of an app, judging by its id.
pub(super) fn asks(headers: &HeaderMap, parameters: &Parameters) -> bool {
    Credentials::read(headers, parameters)
        .is_ok_and(|credentials| credentials.id.parse::<ResourceServerId>().is_ok())
}

/// The response to a resource server. The token or key is looked up each time, so a revoked one is
/// inactive at once.
///
/// # Errors
/// `invalid_client` when the resource server is unknown or its secret is wrong; `invalid_request`
/// when there is no token.
pub(super) async fn introspect(
    server: &Server,
    caller: &Caller,
    headers: &HeaderMap,
    parameters: &Parameters,
) -> Result<Introspection, ProtocolError> {
    let now = server.clock.now();
    let resource_server =
        match authenticate(server, &Credentials::read(headers, parameters)?, now).await {
            Err(error) if error.code == ErrorCode::InvalidClient => {
                return Err(ProtocolError {
                    retry_after: server.client_throttle.count(None, caller.address, ""),
                    ..error
                });
            }
            other => other?,
        };
    let client_address = client_address(parameters)?;
    // Everything about a token that matters here is known to the API.
    let found = match Token::parse(parameters.require("token")?) {
        Ok(token) => server.verifier.describe(&token, now).await?.ok(),
        Err(_) => None,
    };
    let found = found.filter(|(principal, _)| may_come_from(principal, client_address));
    let token = found.and_then(|(principal, key)| {
        ActiveToken::seen_by(&resource_server, &principal, key, server.public_urls.issuer())
    });
    Ok(Introspection { active: token.is_some(), token })
}

/// The address that the token was sent to the resource server from, if given. RFC 7662 section 2.1
/// allows such a parameter.
fn client_address(parameters: &Parameters) -> Result<Option<IpAddr>, ProtocolError> {
    let refused =
        || ProtocolError::new(ErrorCode::InvalidRequest, "client_address must be an IP address");
    parameters.get("client_address").map(|text| parse_address(text).ok_or_else(refused)).transpose()
}

/// Whether the principal's address list allows the request. An unknown address is only allowed if
/// there is no list.
fn may_come_from(principal: &Principal, address: Option<IpAddr>) -> bool {
    match address {
        Some(address) => principal.allowed_addresses.allows(address),
        None => principal.allowed_addresses.is_empty(),
    }
}

async fn authenticate(
    server: &Server,
    credentials: &Credentials,
    now: Timestamp,
) -> Result<ResourceServer, ProtocolError> {
    let refused = || credentials.refused();
    let secret = credentials.secret.as_deref().ok_or_else(refused)?;
    server.clients.resource_server(&credentials.id, secret, now).await?.ok_or_else(refused)
}

impl ActiveToken {
    /// The principal's token, as shown to the resource server; nothing if they have no scope in
    /// common.
    fn seen_by(
        resource_server: &ResourceServer,
        principal: &Principal,
        bound_to: Option<KeyThumbprint>,
        issuer: &str,
    ) -> Option<Self> {
        let scopes = principal.scopes.intersection(resource_server.scopes);
        if scopes.is_empty() {
            return None;
        }
        Some(Self {
            scope: scopes.to_string(),
            sub: principal.portal.clone(),
            client_id: match &principal.subject {
                Subject::App { app, .. } => Some(app.clone()),
                Subject::ApiKey(_) => None,
            },
            token_type: if bound_to.is_some() { "DPoP" } else { "Bearer" },
            cnf: bound_to.map(Confirmation::of),
            exp: principal.expires_at.map(|at| at.as_second()),
            iat: principal.issued_at.as_second(),
            iss: issuer.to_owned(),
            principal: principal.subject.kind(),
        })
    }
}
