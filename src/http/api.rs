//! What all of `/v1` has around its routes: the token, the rate limit, errors as JSON, CORS.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

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

use super::request_id::{self, RequestId};
use super::routes::API;
use super::seen::Seen;
use super::{challenge, cors, dpop};
use crate::auth::{Principal, RateStatus, TokenFault};
use crate::error::{Error, Message, Result};
use crate::i18n::Lang;
use crate::server::Server;
use crate::{oauth, resources};

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
    let seen = Seen::of(&server, &request, id, now);
    let (identified, scheme) = identify(&server, request.headers(), request.method(), request.uri().path(), now).await;
    let (mut response, rate) = match identified {
        Ok(principal) => {
            let (rate, response) = match admit(&principal, seen.address(), now) {
                Ok(rate) => {
                    request.extensions_mut().insert(Arc::clone(&principal));
                    (rate, next.run(request).await)
                }
                Err((rate, error)) => (rate, error.into_response()),
            };
            principal.note_request(&seen.note(&response));
            (response, rate)
        }
        // An unknown path is told as such to everybody: the paths are no secret.
        Err(Error::Unauthenticated(_) | Error::Dpop(_)) if request.extensions().get::<MatchedPath>().is_none() => {
            (Error::NotFound.into_response(), None)
        }
        Err(error) => (refuse(&server, request.headers(), &seen, error).await, None),
    };
    if response.status().is_client_error() || response.status().is_server_error() {
        response = error_as_json(response, id, scheme);
        challenge::name_metadata(&server, response.headers_mut());
    }
    if scheme == Scheme::Dpop {
        oauth::add_nonce(&server, response.headers_mut()).await;
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
    error_as_json(Error::NotFound.into_response(), RequestId::random(), Scheme::Bearer)
}

/// How a request shows its token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scheme {
    /// The token is all there is (RFC 6750).
    Bearer,
    /// With a proof of the key that it is bound to (RFC 9449).
    Dpop,
}

/// Verifies the token. The scheme is also told of a request whose token does not count.
async fn identify(server: &Server, headers: &HeaderMap, method: &Method, path: &str, now: Timestamp) -> (Result<Arc<Principal>>, Scheme) {
    let (scheme, token) = match credentials(headers) {
        Ok(credentials) => credentials,
        Err(error) => return (Err(error), Scheme::Bearer),
    };
    let principal = match scheme {
        Scheme::Bearer => server.verifier.verify(token, now).await.map_err(Error::from).and_then(|found| found.map_err(Error::Unauthenticated)),
        Scheme::Dpop => dpop::verify(server, headers, method, path, token, now).await,
    };
    (principal, scheme)
}

/// Whether a token that counts may be used from here, and now. A request from elsewhere takes nothing from the limit.
fn admit(principal: &Principal, address: IpAddr, now: Timestamp) -> Result<Option<RateStatus>, (Option<RateStatus>, Error)> {
    if !principal.allowed_addresses.allows(address) {
        return Err((None, Error::ForeignAddress(address)));
    }
    let rate = principal.count_request(now);
    match rate.and_then(|rate| rate.retry_after) {
        Some(retry_after) => Err((rate, Error::TooManyRequests { retry_after })),
        None => Ok(rate),
    }
}

/// The answer to a request without a token that counts.
async fn refuse(server: &Server, headers: &HeaderMap, seen: &Seen, error: Error) -> Response {
    let is_dead = matches!(error, Error::Unauthenticated(TokenFault::Unknown | TokenFault::Expired));
    let response = error.into_response();
    if is_dead
        && let Ok((_, token)) = credentials(headers)
        && let Err(error) = server.verifier.note_dead(token, &seen.note(&response)).await
    {
        tracing::error!(%error, "a refused request could not be noted");
    }
    response
}

/// The token of `Authentication` or `Authorization`: `Bearer …` (RFC 6750 section 2.1) or `DPoP …` (RFC 9449 section 7.1).
fn credentials(headers: &HeaderMap) -> Result<(Scheme, &str)> {
    let mut found = None;
    for value in headers.get_all(AUTHENTICATION).iter().chain(headers.get_all(AUTHORIZATION)) {
        let token = value.to_str().ok().and_then(scheme_and_token).ok_or(Error::Unauthenticated(TokenFault::Malformed))?;
        if found.replace(token).is_some_and(|other| other != token) {
            return Err(Error::BadRequest(Message::new("error.token.two_headers")));
        }
    }
    found.ok_or(Error::Unauthenticated(TokenFault::Missing))
}

fn scheme_and_token(value: &str) -> Option<(Scheme, &str)> {
    let (scheme, token) = value.split_once(' ')?;
    let scheme = if scheme.eq_ignore_ascii_case("bearer") {
        Scheme::Bearer
    } else if scheme.eq_ignore_ascii_case("dpop") {
        Scheme::Dpop
    } else {
        return None;
    };
    Some((scheme, token.trim()))
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
fn error_as_json(response: Response, id: RequestId, scheme: Scheme) -> Response {
    let (mut parts, _) = response.into_parts();
    let error = parts.extensions.remove::<Error>().unwrap_or_else(|| Error::from_status(parts.status));
    if matches!(error, Error::Internal(_)) {
        tracing::error!(request_id = %id, "answered with an internal error");
    }
    if scheme == Scheme::Dpop || matches!(error, Error::Unauthenticated(TokenFault::Bound)) {
        parts.headers.extend(dpop::challenge(&error).map(|challenge| (WWW_AUTHENTICATE, challenge)));
    } else if matches!(error, Error::Unauthenticated(_) | Error::MissingScope(_)) {
        parts.headers.insert(WWW_AUTHENTICATE, challenge::bearer(&error));
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

#[cfg(test)]
mod tests {
    use super::*;

    fn token_of(pairs: &[(&'static str, &str)]) -> Result<String> {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, HeaderValue::try_from(*value).unwrap());
        }
        credentials(&headers).map(|(scheme, token)| {
            assert_eq!(scheme, Scheme::Bearer);
            token.to_owned()
        })
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
    fn a_scheme_is_told_and_two_are_refused() {
        let dpop = HeaderMap::from_iter([(AUTHENTICATION, HeaderValue::from_static("dpop a"))]);
        assert_eq!(credentials(&dpop).unwrap(), (Scheme::Dpop, "a"));
        assert!(matches!(token_of(&[("authentication", "DPoP a"), ("authorization", "Bearer a")]), Err(Error::BadRequest(_))));
    }

    #[test]
    fn other_schemes_are_malformed_and_none_is_missing() {
        assert!(matches!(token_of(&[("authorization", "Basic abc")]), Err(Error::Unauthenticated(TokenFault::Malformed))));
        assert!(matches!(token_of(&[("authorization", "Bearer")]), Err(Error::Unauthenticated(TokenFault::Malformed))));
        assert!(matches!(token_of(&[]), Err(Error::Unauthenticated(TokenFault::Missing))));
    }
}
