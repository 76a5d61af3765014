//! The host that a request names.

use axum::extract::Request;
use axum::http::header::HOST;

use crate::server::Server;

/// Whether a request was sent to a configured public address other than the one that the server
/// listens on.
pub(crate) fn is_to_public_address(server: &Server, request: &Request) -> bool {
    let (sites, host) = (&server.sites, host_of(request).unwrap_or_default());
    sites.is_strict() && sites.knows(host) && !sites.is_listening_address(host)
}

/// The host of a request: that of an absolute URL, or else its `Host` header (RFC 9112 section
/// 3.2).
pub(crate) fn host_of(request: &Request) -> Option<&str> {
    if let Some(authority) = request.uri().authority() {
        return Some(authority.as_str());
    }
    request.headers().get(HOST)?.to_str().ok()
}
