//! The challenge when a token is refused: `WWW-Authenticate` (RFC 6750 section 3, RFC 9728 section
//! 5.1).

use axum::http::header::WWW_AUTHENTICATE;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;

use crate::auth::{ScopeSet, TokenFault};
use crate::error::Error;
use crate::jose::Algorithm;
use crate::server::Server;

/// The challenge for an error of a token; no error code when no token was sent.
pub(crate) fn bearer(error: &Error) -> HeaderValue {
    match error {
        Error::MissingScope(scope) => HeaderValue::try_from(format!(
            r#"Bearer realm="api", error="insufficient_scope", scope="{scope}""#
        ))
        .unwrap_or(HeaderValue::from_static("Bearer")),
        // A request without a supported scheme gets no error code (RFC 6750 section 3.1).
        Error::Unauthenticated(TokenFault::Missing | TokenFault::Scheme) => {
            HeaderValue::from_static(r#"Bearer realm="api""#)
        }
        _ => HeaderValue::from_static(r#"Bearer realm="api", error="invalid_token""#),
    }
}

/// Adds the scopes that the request needs to the response's challenge, if any.
pub(crate) fn name_scopes(scopes: ScopeSet, headers: &mut HeaderMap) {
    if !scopes.is_empty() {
        add(headers, "scope", &scopes.to_string());
    }
}

/// Adds the address of the API's metadata, which names its authorization server, to the response's
/// challenge, if any.
pub(crate) fn name_metadata(server: &Server, headers: &mut HeaderMap) {
    add(
        headers,
        "resource_metadata",
        &server.public_urls.api("/.well-known/oauth-protected-resource/v1"),
    );
}

/// Adds a DPoP challenge beside the one for Bearer (RFC 9449 section 7.1).
pub(crate) fn offer_dpop(response: &mut Response) {
    let is_bearer = |challenge: &HeaderValue| challenge.as_bytes().starts_with(b"Bearer");
    if response.status() == StatusCode::UNAUTHORIZED
        && response.headers().get(WWW_AUTHENTICATE).is_some_and(is_bearer)
        && let Ok(offer) =
            HeaderValue::try_from(format!(r#"DPoP algs="{}""#, Algorithm::NAMES.join(" ")))
    {
        response.headers_mut().append(WWW_AUTHENTICATE, offer);
    }
}

fn add(headers: &mut HeaderMap, name: &str, value: &str) {
    let Some(challenge) = headers.get_mut(WWW_AUTHENTICATE) else { return };
    let more = challenge.to_str().map(|text| format!(r#"{text}, {name}="{value}""#));
    if let Some(more) = more.ok().and_then(|text| HeaderValue::try_from(text).ok()) {
        *challenge = more;
    }
}
