//! What all of `/v1` has around its routes: the token, the rate limit, errors as JSON, CORS.

use std::collections::BTreeMap;

use axum::Router;
use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{
    self, AUTHORIZATION, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, ORIGIN, RETRY_AFTER, WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::Serialize;

use super::cors;
use super::request_id::{self, RequestId};
use super::routes::API;
use crate::auth::{RateStatus, TokenFault};
use crate::error::{Error, Message, Result};
use crate::i18n::Lang;
use crate::resources;
use crate::server::Server;

/// This product's own name for the header that carries the token.
const AUTHENTICATION: HeaderName = HeaderName::from_static("authentication");
const RATE_LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const RATE_REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
const RATE_RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");

/// All routes of `/v1`.
pub fn api_router(server: &Server) -> Router<Server> {
    // One layer, because each costs every request an allocation or two.
    let gate = middleware::from_fn_with_state(server.clone(), gate);
    let unknown = Router::new().fallback(async || Error::NotFound).layer(gate.clone());
    let routes = resources::routes().into_router().route_layer(gate);
    // A nested router does not take its own prefix with a slash at the end.
    routes.nest(API, unknown.clone()).route_service(&format!("{API}/"), unknown.with_state(server.clone()))
}

async fn gate(State(server): State<Server>, mut request: Request, next: Next) -> Response {
    if request.method() == Method::OPTIONS {
        return cors::preflight();
    }
    let from_browser = request.headers().contains_key(ORIGIN);
    let id = RequestId::random();
    let now = server.clock.now();
    let (mut response, rate) = match admit(&server, &mut request, now).await {
        Ok(rate) if rate.is_some_and(|rate| rate.retry_after.is_some()) => {
            let retry_after = rate.and_then(|rate| rate.retry_after).unwrap_or_default();
            (Error::TooManyRequests { retry_after }.into_response(), rate)
        }
        Ok(rate) => (next.run(request).await, rate),
        // An unknown path is told as such to everybody: the paths are no secret.
        Err(Error::Unauthenticated(_)) if request.extensions().get::<MatchedPath>().is_none() => (Error::NotFound.into_response(), None),
        Err(error) => (error.into_response(), None),
    };
    if response.status().is_client_error() || response.status().is_server_error() {
        response = error_as_json(response, id);
    }
    let headers = response.headers_mut();
    headers.insert(request_id::HEADER, id.to_header());
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Some(rate) = rate {
        write_rate(headers, rate, now);
    }
    if from_browser {
        cors::expose(headers);
    }
    if server.sites.are_https() {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, super::headers::HSTS);
    }
    response
}

/// The answer of the API where nothing of it is.
pub(super) fn not_found() -> Response {
    error_as_json(Error::NotFound.into_response(), RequestId::random())
}

/// Verifies the token, counts the request, and puts the principal where [`super::Access`] finds it.
async fn admit(server: &Server, request: &mut Request, now: Timestamp) -> Result<Option<RateStatus>> {
    let token = bearer_token(request.headers())?;
    let principal = server.verifier.verify(token, now).await?.map_err(Error::Unauthenticated)?;
    let rate = principal.count_request(now);
    request.extensions_mut().insert(principal);
    Ok(rate)
}

/// The token of `Authentication: Bearer …` or `Authorization: Bearer …` (RFC 6750 section 2.1).
fn bearer_token(headers: &HeaderMap) -> Result<&str> {
    let mut found = None;
    for value in headers.get_all(AUTHENTICATION).iter().chain(headers.get_all(AUTHORIZATION)) {
        let token = value.to_str().ok().and_then(bearer_value).ok_or(Error::Unauthenticated(TokenFault::Malformed))?;
        if found.replace(token).is_some_and(|other| other != token) {
            return Err(Error::BadRequest(Message::new("error.token.two_headers")));
        }
    }
    found.ok_or(Error::Unauthenticated(TokenFault::Missing))
}

fn bearer_value(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn write_rate(headers: &mut HeaderMap, rate: RateStatus, now: Timestamp) {
    headers.insert(RATE_LIMIT, rate.limit.into());
    headers.insert(RATE_REMAINING, rate.remaining.into());
    if let Some(retry_after) = rate.retry_after {
        headers.insert(RETRY_AFTER, retry_after.into());
        headers.insert(RATE_RESET, (now.as_second() + i64::from(retry_after)).into());
    }
}

/// The body of every error.
#[derive(Serialize)]
struct ErrorBody<'a> {
    code: u16,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    errors: Option<BTreeMap<&'a str, Vec<String>>>,
    #[serde(rename = "requestId")]
    request_id: &'a str,
}

/// Gives an error its JSON body; also those errors that a library answered.
fn error_as_json(response: Response, id: RequestId) -> Response {
    let (mut parts, _) = response.into_parts();
    let error = parts.extensions.remove::<Error>().unwrap_or_else(|| Error::from_status(parts.status));
    if matches!(error, Error::Internal(_)) {
        tracing::error!(request_id = %id, "answered with an internal error");
    }
    if matches!(error, Error::Unauthenticated(_) | Error::MissingScope(_)) {
        parts.headers.insert(WWW_AUTHENTICATE, challenge(&error));
    }
    let errors = match &error {
        Error::Invalid(fields) => Some(fields.to_json()),
        _ => None,
    };
    let body = ErrorBody { code: parts.status.as_u16(), message: error.message(Lang::En), errors, request_id: id.as_str() };
    parts.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    parts.headers.remove(CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(serde_json::to_vec(&body).unwrap_or_default()))
}

/// RFC 6750 section 3: no error code when no token was sent.
fn challenge(error: &Error) -> HeaderValue {
    match error {
        Error::MissingScope(scope) => HeaderValue::try_from(format!(r#"Bearer realm="api", error="insufficient_scope", scope="{scope}""#))
            .unwrap_or(HeaderValue::from_static("Bearer")),
        Error::Unauthenticated(TokenFault::Missing) => HeaderValue::from_static(r#"Bearer realm="api""#),
        _ => HeaderValue::from_static(r#"Bearer realm="api", error="invalid_token""#),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token_of(pairs: &[(&'static str, &str)]) -> Result<String> {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, HeaderValue::try_from(*value).unwrap());
        }
        bearer_token(&headers).map(str::to_owned)
    }

    #[test]
    fn either_header_carries_the_token() {
        assert_eq!(token_of(&[("authentication", "Bearer a")]).unwrap(), "a");
        assert_eq!(token_of(&[("authorization", "bearer a")]).unwrap(), "a");
        assert_eq!(token_of(&[("authentication", "Bearer a"), ("authorization", "Bearer a")]).unwrap(), "a");
    }

    #[test]
    fn two_different_tokens_are_refused_wherever_they_stand() {
        for names in [["authentication", "authorization"], ["authentication", "authentication"], ["authorization", "authorization"]] {
            let error = token_of(&[(names[0], "Bearer a"), (names[1], "Bearer b")]).unwrap_err();
            assert!(matches!(error, Error::BadRequest(_)), "{names:?}");
        }
    }

    #[test]
    fn other_schemes_are_malformed_and_none_is_missing() {
        assert!(matches!(token_of(&[("authorization", "Basic abc")]), Err(Error::Unauthenticated(TokenFault::Malformed))));
        assert!(matches!(token_of(&[("authorization", "Bearer")]), Err(Error::Unauthenticated(TokenFault::Malformed))));
        assert!(matches!(token_of(&[]), Err(Error::Unauthenticated(TokenFault::Missing))));
    }
}
