//! Security headers, and values of headers.

use axum::extract::{Request, State};
use axum::http::header::{
    CONTENT_SECURITY_POLICY, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;

use crate::server::Server;

/// Two years, as the preload lists require.
pub(crate) const HSTS: HeaderValue =
    HeaderValue::from_static("max-age=63072000; includeSubDomains");

/// For responses that aren't pages: load nothing, allow no framing. Pages have their own policy.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// Which features of the browser a page can use.
pub(crate) const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");

macro_rules! permissions {
    (camera = $camera:literal) => {
        HeaderValue::from_static(concat!(
            "browsing-topics=(), camera=",
            $camera,
            ", geolocation=(), microphone=(), payment=(), usb=()"
        ))
    };
}

/// None of them: for all pages that don't have a policy of their own.
const NO_PERMISSIONS: HeaderValue = permissions!(camera = "()");

/// The camera alone.
pub(crate) const CAMERA: HeaderValue = permissions!(camera = "(self)");

/// The value of a header's parameter in letters beyond ASCII (RFC 8187).
pub(crate) fn extended_value(text: &str) -> String {
    let mut value = String::from("UTF-8''");
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
            value.push(char::from(byte));
        } else {
            value.push_str(&format!("%{byte:02X}"));
        }
    }
    value
}

/// The layer around everything except the API, which sets its own headers.
pub(crate) async fn secure(State(server): State<Server>, request: Request, next: Next) -> Response {
    let is_https = server.public_urls.is_https_at(request.uri().path());
    secured(next.run(request).await, is_https)
}

/// Adds the missing security headers to a response; `is_https` says whether the site is reached
/// over TLS.
pub(crate) fn secured(mut response: Response, is_https: bool) -> Response {
    let headers = response.headers_mut();
    headers.entry(CONTENT_SECURITY_POLICY).or_insert(POLICY);
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.entry(X_FRAME_OPTIONS).or_insert(HeaderValue::from_static("DENY"));
    headers.entry(REFERRER_POLICY).or_insert(HeaderValue::from_static("same-origin"));
    headers.insert(
        HeaderName::from_static("cross-origin-opener-policy"),
        HeaderValue::from_static("same-origin"),
    );
    headers.insert(
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("same-origin"),
    );
    headers.entry(PERMISSIONS_POLICY).or_insert(NO_PERMISSIONS);
    if is_https {
        headers.insert(STRICT_TRANSPORT_SECURITY, HSTS);
    }
    response
}
