//! What a program is told whose token was refused: `WWW-Authenticate` (RFC 6750 section 3, RFC 9728
//! section 5.1).

use axum::http::header::WWW_AUTHENTICATE;
use axum::http::{HeaderMap, HeaderValue};

use crate::auth::{ScopeSet, TokenFault};
use crate::error::Error;
use crate::server::Server;

/// The challenge for an error of a token; no error code when no token was sent.
pub(super) fn bearer(error: &Error) -> HeaderValue {
    match error {
        Error::MissingScope(scope) => HeaderValue::try_from(format!(
            r#"Bearer realm="api", error="insufficient_scope", scope="{scope}""#
        ))
        .unwrap_or(HeaderValue::from_static("Bearer")),
        Error::Unauthenticated(TokenFault::Missing) => {
            HeaderValue::from_static(r#"Bearer realm="api""#)
        }
        _ => HeaderValue::from_static(r#"Bearer realm="api", error="invalid_token""#),
    }
}

/// Adds to an answer's challenge, if it has one, the scopes that the request needs.
pub(super) fn name_scopes(scopes: ScopeSet, headers: &mut HeaderMap) {
    if !scopes.is_empty() {
        add(headers, "scope", &scopes.to_string());
    }
}

/// Adds to an answer's challenge, if it has one, where the API says which authorization server
/// gives tokens.
pub(super) fn name_metadata(server: &Server, headers: &mut HeaderMap) {
    add(
        headers,
        "resource_metadata",
        &server.sites.api("/.well-known/oauth-protected-resource/v1"),
    );
}

fn add(headers: &mut HeaderMap, name: &str, value: &str) {
    let Some(challenge) =
        headers.get(WWW_AUTHENTICATE).and_then(|challenge| challenge.to_str().ok())
    else {
        return;
    };
    if let Ok(challenge) = HeaderValue::try_from(format!(r#"{challenge}, {name}="{value}""#)) {
        headers.insert(WWW_AUTHENTICATE, challenge);
    }
}
