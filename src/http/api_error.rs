//! Errors of the API as JSON.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, ORIGIN, WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::credentials::Scheme;
use super::request_id::{self, RequestId};
use super::{challenge, cors, dpop};
use crate::auth::TokenFault;
use crate::error::Error;
use crate::i18n::Lang;

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

/// An error as JSON, for a program that called a path outside the API.
pub(crate) fn program_error(error: Error, headers: &HeaderMap) -> Response {
    let id = RequestId::random();
    let mut response = error_as_json(error.into_response(), id, Scheme::Bearer);
    let answer = response.headers_mut();
    answer.insert(request_id::HEADER, id.to_header());
    answer.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if headers.contains_key(ORIGIN) {
        cors::expose(answer);
    }
    response
}

/// Gives an error its JSON body, including errors that a library produced.
pub(super) fn error_as_json(response: Response, id: RequestId, scheme: Scheme) -> Response {
    let (mut parts, _) = response.into_parts();
    let error =
        parts.extensions.remove::<Error>().unwrap_or_else(|| Error::from_status(parts.status));
    if matches!(error, Error::Internal(_)) {
        tracing::error!(request_id = %id, "answered with an internal error");
    }
    if scheme == Scheme::Dpop || matches!(error, Error::Unauthenticated(TokenFault::Bound)) {
        parts
            .headers
            .extend(dpop::challenge(&error).map(|challenge| (WWW_AUTHENTICATE, challenge)));
    } else if matches!(error, Error::Unauthenticated(_) | Error::MissingScope(_)) {
        parts.headers.insert(WWW_AUTHENTICATE, challenge::bearer(&error));
    }
    let (message, errors) = match &error {
        Error::Invalid(fields) => {
            (Lang::En.text("error.invalid_input").into_owned(), Some(fields.to_json()))
        }
        error => (error.message(Lang::En), None),
    };
    let body = ErrorBody { code: parts.status.as_u16(), message, errors, request_id: id.as_str() };
    parts.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    parts.headers.remove(CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(serde_json::to_vec(&body).unwrap_or_default()))
}
