//! Cross-origin calls (Fetch standard, "CORS protocol"). Browser clients from any origin can call
//! the API and the endpoints for apps, because these don't use cookies, only tokens and
//! credentials.

use axum::extract::Request;
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
    ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

const ANY_ORIGIN: (HeaderName, HeaderValue) =
    (ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));

/// The layer for endpoints outside the API that scripts from any origin can call, because public
/// apps run in browsers.
pub async fn any_origin(request: Request, next: Next) -> Response {
    if is_preflight(request.method(), request.headers()) {
        return preflight(request.headers());
    }
    let from_browser = request.headers().contains_key(ORIGIN);
    let mut response = next.run(request).await;
    // A cache must not give a browser the response to a request without an origin.
    response.headers_mut().append(VARY, HeaderValue::from_static("origin"));
    if from_browser {
        expose(response.headers_mut());
    }
    response
}

/// Whether it is a preflight request.
pub(crate) fn is_preflight(method: &Method, headers: &HeaderMap) -> bool {
    method == Method::OPTIONS
        && (headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD) || headers.contains_key(ORIGIN))
}

/// The response to a preflight request. Every requested header is allowed: libraries send their own
/// (`X-Client-Version`, `traceparent`), which is harmless because no cookies are used here.
pub(crate) fn preflight(headers: &HeaderMap) -> Response {
    const USUAL: HeaderValue =
        HeaderValue::from_static("authentication,authorization,content-type,dpop,idempotency-key");
    let asked = headers.get(ACCESS_CONTROL_REQUEST_HEADERS).cloned().unwrap_or(USUAL);
    let answer = [
        ANY_ORIGIN,
        (ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET,POST,PATCH,PUT,DELETE")),
        (ACCESS_CONTROL_ALLOW_HEADERS, asked),
        (ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("3600")),
        (VARY, HeaderValue::from_static("access-control-request-headers")),
    ];
    (StatusCode::NO_CONTENT, answer).into_response()
}

/// The headers that let a page's script read the response.
pub(crate) fn expose(headers: &mut HeaderMap) {
    const EXPOSED: HeaderValue = HeaderValue::from_static(
        "x-ratelimit-limit,x-ratelimit-remaining,x-ratelimit-reset,retry-after,www-authenticate,x-request-id,x-ignored-fields,dpop-nonce,etag,idempotent-replayed",
    );
    let (name, value) = ANY_ORIGIN;
    headers.insert(name, value);
    headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
}
