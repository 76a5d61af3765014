//! The only resource that tokens are for: the API. Its name in requests (RFC 8707), and its
//! metadata at `/.well-known/oauth-protected-resource` (RFC 9728).

use axum::extract::State;
use axum::response::Response;
use serde_json::{Value, json};

use super::metadata::public_document;
use super::{ErrorCode, Parameters, ProtocolError};
use crate::auth::ScopeSet;
use crate::jose::Algorithm;
use crate::public_urls::Surface;
use crate::server::Server;

/// The path of the API on its origin.
const BASE: &str = "/v1";

/// Checks that a request names no resource other than the API, by its base URL or its origin.
///
/// # Errors
/// `invalid_target` when it names another resource (RFC 8707 section 2).
pub(super) fn check_resource(
    server: &Server,
    parameters: &Parameters,
) -> Result<(), ProtocolError> {
    let (base, origin) = (server.public_urls.api(BASE), server.public_urls.api(""));
    let is_api = |asked: &String| {
        let named = asked.strip_suffix('/').unwrap_or(asked);
        named == base || named == origin
    };
    if parameters.resources().iter().all(is_api) {
        return Ok(());
    }
    Err(ProtocolError::new(ErrorCode::InvalidTarget, format!("resource must be {base}")))
}

/// The metadata of the API by its origin.
pub(super) async fn metadata_of_origin(State(server): State<Server>) -> Response {
    public_document(metadata(&server, ""))
}

/// The metadata of the API by its base URL, whose path follows the well-known one (RFC 9728 section
/// 3.1).
pub(super) async fn metadata_of_base(State(server): State<Server>) -> Response {
    public_document(metadata(&server, BASE))
}

fn metadata(server: &Server, path: &str) -> Value {
    json!({
        "resource": server.public_urls.api(path),
        "authorization_servers": [server.public_urls.issuer()],
        "scopes_supported": ScopeSet::all().names(),
        "bearer_methods_supported": ["header"],
        "dpop_signing_alg_values_supported": Algorithm::NAMES,
        "resource_name": "Klantportaal API",
        "resource_documentation": server.public_urls.url(Surface::Docs, "/docs"),
    })
}
