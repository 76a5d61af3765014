//! The one resource that tokens are for: the API. Its name in requests (RFC 8707), and what it says
//! of itself at `/.well-known/oauth-protected-resource` (RFC 9728).

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use super::{Algorithm, ErrorCode, Parameters, ProtocolError};
use crate::auth::ScopeSet;
use crate::http::Surface;
use crate::server::Server;

/// Where the API begins on its origin.
const BASE: &str = "/v1";

/// Makes sure that a request which names a `resource` names the API, by its base URL or its origin.
///
/// # Errors
/// `invalid_target` when it names anything else (RFC 8707 section 2).
pub(super) fn check_resource(
    server: &Server,
    parameters: &Parameters,
) -> Result<(), ProtocolError> {
    let Some(asked) = parameters.get("resource") else { return Ok(()) };
    let (base, origin) = (server.sites.api(BASE), server.sites.api(""));
    let named = asked.strip_suffix('/').unwrap_or(asked);
    if named == base || named == origin {
        return Ok(());
    }
    Err(ProtocolError::new(ErrorCode::InvalidTarget, format!("resource must be {base}")))
}

/// The metadata of the API by its origin.
pub(super) async fn metadata_of_origin(State(server): State<Server>) -> Json<Value> {
    metadata(&server, "")
}

/// The metadata of the API by its base URL, whose path stands after the well-known one (RFC 9728
/// section 3.1).
pub(super) async fn metadata_of_base(State(server): State<Server>) -> Json<Value> {
    metadata(&server, BASE)
}

fn metadata(server: &Server, path: &str) -> Json<Value> {
    Json(json!({
        "resource": server.sites.api(path),
        "authorization_servers": [server.sites.issuer()],
        "scopes_supported": ScopeSet::all().names(),
        "bearer_methods_supported": ["header"],
        "dpop_signing_alg_values_supported": Algorithm::NAMES,
        "resource_name": "Klantportaal API",
        "resource_documentation": server.sites.url(Surface::Docs, "/docs"),
    }))
}
