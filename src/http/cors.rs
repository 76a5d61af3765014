//! Cross-origin calls (Fetch standard, "CORS protocol"). Browser clients of any origin may call the
//! API and the endpoints for apps: they look at no cookie, only at tokens and credentials.

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

/// Around endpoints outside the API that scripts of any origin may call: public apps run in
/// browsers.
pub async fn any_origin(request: Request, next: Next) -> Response {
    if is_preflight(request.method(), request.headers()) {
        return preflight(request.headers());
    }
    let from_browser = request.headers().contains_key(ORIGIN);
    let mut response = next.run(request).await;
    // A cache must not give a browser the answer to somebody who said no origin.
    response.headers_mut().append(VARY, HeaderValue::from_static("origin"));
    if from_browser {
        expose(response.headers_mut());
    }
    response
}

/// Whether a browser asks if a page may call.
pub(super) fn is_preflight(method: &Method, headers: &HeaderMap) -> bool {
    method == Method::OPTIONS
        && (headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD) || headers.contains_key(ORIGIN))
}

/// What a browser is told then. Every header that it asks for is allowed: libraries send their own
/// (`X-Client-Version`, `traceparent`), and as no cookie counts here none of them does harm.
pub(super) fn preflight(headers: &HeaderMap) -> Response {
    const USUAL: HeaderValue =
        HeaderValue::from_static("authentication,authorization,content-type,dpop");
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

/// What an answer to a browser carries, so that the page's script may read it.
pub(super) fn expose(headers: &mut HeaderMap) {
    const EXPOSED: HeaderValue = HeaderValue::from_static(
        "x-ratelimit-limit,x-ratelimit-remaining,x-ratelimit-reset,retry-after,www-authenticate,x-request-id,x-ignored-fields,dpop-nonce",
    );
    let (name, value) = ANY_ORIGIN;
    headers.insert(name, value);
    headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
}
