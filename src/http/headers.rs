//! Security headers.

use axum::http::HeaderValue;

/// Two years, as the preload lists ask.
pub(super) const HSTS: HeaderValue = HeaderValue::from_static("max-age=63072000; includeSubDomains");
