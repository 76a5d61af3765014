//! The response to the proxy.

use std::fmt::Write;

use axum::body::{Body, to_bytes};
use axum::http::{HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};

use crate::auth::ScopeSet;
use crate::error::Error;
use crate::verifier::{Principal, Subject};

const PORTAL: HeaderName = HeaderName::from_static("x-klantportaal-portal");
const PRINCIPAL: HeaderName = HeaderName::from_static("x-klantportaal-principal");
const KEY: HeaderName = HeaderName::from_static("x-klantportaal-key");
const APP: HeaderName = HeaderName::from_static("x-klantportaal-app");
const SCOPES: HeaderName = HeaderName::from_static("x-klantportaal-scopes");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-klantportaal-request-id");
const ERROR: HeaderName = HeaderName::from_static("x-klantportaal-error");

/// The maximum length of an error in a header, in bytes: proxies allow a few thousand for all
/// headers.
const LONGEST_ERROR: usize = 1000;

/// The response for a valid token. Every header is always present, empty if it doesn't apply: a
/// missing one would let the client's own value through.
pub(super) fn passed(needed: ScopeSet, principal: &Principal, request_id: HeaderValue) -> Response {
    let missing = needed.without(principal.scopes);
    if !missing.is_empty() {
        return Error::MissingScope(missing).into_response();
    }
    let (key, app) = match &principal.subject {
        Subject::ApiKey(id) => (id.as_str(), ""),
        Subject::App { app, .. } => ("", app.as_str()),
    };
    let mut response = Response::new(Body::empty());
    let headers = response.headers_mut();
    for (name, value) in [
        (PORTAL, principal.portal.as_str()),
        (PRINCIPAL, principal.subject.kind()),
        (KEY, key),
        (APP, app),
        (SCOPES, &principal.scopes.to_string()),
    ] {
        match HeaderValue::try_from(value) {
            Ok(value) => drop(headers.insert(name, value)),
            Err(error) => return Error::internal(error).into_response(),
        }
    }
    headers.insert(REQUEST_ID, request_id);
    response
}

/// The response with its error, if any, also in a header, because nginx discards the body of such a
/// response.
pub(super) async fn with_error_in_header(response: Response) -> Response {
    if response.status().is_success() {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
    if let Some(error) =
        std::str::from_utf8(&body).ok().map(ascii_json).filter(|error| error.len() <= LONGEST_ERROR)
        && let Ok(error) = HeaderValue::try_from(error)
    {
        parts.headers.insert(ERROR, error);
    }
    Response::from_parts(parts, Body::from(body))
}

/// The same JSON in ASCII only, as a header requires.
fn ascii_json(json: &str) -> String {
    let mut ascii = String::with_capacity(json.len());
    for letter in json.chars() {
        if letter.is_ascii() {
            ascii.push(letter);
        } else {
            for unit in letter.encode_utf16(&mut [0; 2]) {
                let _ = write!(ascii, "\\u{unit:04x}");
            }
        }
    }
    ascii
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    proptest! {
        #[test]
        fn any_text_is_the_same_in_ascii(text in any::<String>()) {
            let value = json!({ "message": text });
            let ascii = ascii_json(&value.to_string());
            prop_assert!(ascii.is_ascii());
            prop_assert_eq!(serde_json::from_str::<Value>(&ascii).unwrap(), value);
        }
    }
}
