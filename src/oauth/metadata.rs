//! `/.well-known/oauth-authorization-server`: what a client library needs to know (RFC 8414).

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use super::Algorithm;
use super::token_endpoint::GRANT_TYPES;
use crate::auth::ScopeSet;
use crate::http::Surface;
use crate::server::Server;

/// The endpoint.
pub(super) async fn metadata(State(server): State<Server>) -> Json<Value> {
    let at = |path: &str| server.sites.url(Surface::Manage, path);
    Json(json!({
        "issuer": server.sites.issuer(),
        "authorization_endpoint": at("/oauth/authorize"),
        "token_endpoint": at("/oauth/tokens"),
        "pushed_authorization_request_endpoint": at("/oauth/par"),
        "require_pushed_authorization_requests": false,
        "request_parameter_supported": false,
        // Of others than those that were pushed (RFC 9126 section 5).
        "request_uri_parameter_supported": false,
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": GRANT_TYPES,
        "revocation_endpoint": at("/oauth/revoke"),
        "introspection_endpoint": at("/oauth/introspect"),
        "device_authorization_endpoint": at("/oauth/device"),
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "private_key_jwt", "none"],
        "token_endpoint_auth_signing_alg_values_supported": Algorithm::NAMES,
        "revocation_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "private_key_jwt", "none"],
        "revocation_endpoint_auth_signing_alg_values_supported": Algorithm::NAMES,
        "introspection_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "private_key_jwt"],
        "introspection_endpoint_auth_signing_alg_values_supported": Algorithm::NAMES,
        "code_challenge_methods_supported": ["S256"],
        "dpop_signing_alg_values_supported": Algorithm::NAMES,
        "protected_resources": [server.sites.api("/v1")],
        "scopes_supported": ScopeSet::all().names(),
        "authorization_response_iss_parameter_supported": true,
        "service_documentation": server.sites.url(Surface::Docs, "/docs/authentication"),
        "ui_locales_supported": ["nl", "en"],
    }))
}
