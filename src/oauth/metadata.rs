//! `/.well-known/oauth-authorization-server`: the metadata for client libraries (RFC 8414). The
//! same document is at `/.well-known/openid-configuration` for libraries that only look there,
//! although this isn't an OpenID provider: see `docs/decisions/0025-foreign-clients.md`.

use axum::Json;
use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::grant_type::GrantType;
use crate::auth::ScopeSet;
use crate::jose::Algorithm;
use crate::public_urls::Surface;
use crate::server::Server;

/// A document that is the same for everybody and only changes with the settings.
pub(super) fn public_document(document: Value) -> Response {
    ([(CACHE_CONTROL, "public, max-age=3600")], Json(document)).into_response()
}

/// The server's signing keys: none, because it signs nothing. Its tokens are opaque (RFC 7517
/// section 5).
pub(super) async fn keys() -> Response {
    public_document(json!({ "keys": [] }))
}

/// The endpoint.
pub(super) async fn metadata(State(server): State<Server>) -> Response {
    let at = |path: &str| server.public_urls.url(Surface::Manage, path);
    public_document(json!({
        "issuer": server.public_urls.issuer(),
        "authorization_endpoint": at("/oauth/authorize"),
        "token_endpoint": at("/oauth/tokens"),
        "pushed_authorization_request_endpoint": at("/oauth/par"),
        "require_pushed_authorization_requests": false,
        "request_parameter_supported": false,
        // For request URIs that weren't pushed (RFC 9126 section 5).
        "request_uri_parameter_supported": false,
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": GrantType::ALL.map(GrantType::name),
        "revocation_endpoint": at("/oauth/revoke"),
        "introspection_endpoint": at("/oauth/introspect"),
        "device_authorization_endpoint": at("/oauth/device"),
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "private_key_jwt", "none"],
        "token_endpoint_auth_signing_alg_values_supported": Algorithm::NAMES,
        "revocation_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "private_key_jwt", "none"],
        "revocation_endpoint_auth_signing_alg_values_supported": Algorithm::NAMES,
        "introspection_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "private_key_jwt"],
        "introspection_endpoint_auth_signing_alg_values_supported": Algorithm::NAMES,
        "jwks_uri": at("/oauth/jwks"),
        // What OpenID Connect Discovery section 3 also requires, although there are no ID tokens.
        // The sub of an introspected token is the portal, the same for every app.
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": [],
        "claims_parameter_supported": false,
        "code_challenge_methods_supported": ["S256"],
        "dpop_signing_alg_values_supported": Algorithm::NAMES,
        "protected_resources": [server.public_urls.api("/v1")],
        "scopes_supported": ScopeSet::all().names(),
        "authorization_response_iss_parameter_supported": true,
        "service_documentation": server.public_urls.url(Surface::Docs, "/docs/authentication"),
        "ui_locales_supported": ["nl", "en"],
    }))
}
