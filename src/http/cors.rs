//! Cross-origin calls (Fetch standard, "CORS protocol"). Browser clients of any origin may call the
//! API and the endpoints for apps: they look at no cookie, only at tokens and credentials.

use axum::extract::Request;
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ORIGIN, VARY,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

const ANY_ORIGIN: (HeaderName, HeaderValue) =
    (ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));

/// Around endpoints outside the API that scripts of any origin may call: public apps run in
/// browsers.
pub async fn any_origin(request: Request, next: Next) -> Response {
    if request.method() == Method::OPTIONS {
        return preflight();
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

/// What a browser is told that asks whether it may call.
pub(super) fn preflight() -> Response {
    const ANSWER: [(HeaderName, HeaderValue); 4] = [
        ANY_ORIGIN,
        (ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET,POST,PATCH,PUT,DELETE")),
        (
            ACCESS_CONTROL_ALLOW_HEADERS,
            HeaderValue::from_static("authentication,authorization,content-type,dpop"),
        ),
        (ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("3600")),
    ];
    ANSWER.into_response()
}

/// What an answer to a browser carries, so that the page's script may read it.
pub(super) fn expose(headers: &mut HeaderMap) {
    const EXPOSED: HeaderValue = HeaderValue::from_static(
        "x-ratelimit-limit,x-ratelimit-remaining,x-ratelimit-reset,retry-after,www-authenticate,x-request-id,dpop-nonce",
    );
    let (name, value) = ANY_ORIGIN;
    headers.insert(name, value);
    headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
}
