//! Forms that a script of a page sends, which reads the answer as JSON.

use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::error::{Error, Message};
use crate::http::Json;
use crate::i18n::Lang;

const JSON: &[u8] = b"application/json";

/// What a script shows of an error.
#[derive(Serialize)]
struct Told {
    message: String,
}

/// Whether a script sends the request, and reads the answer as JSON.
pub fn reads_json(headers: &HeaderMap) -> bool {
    is(headers, ACCEPT)
}

pub(super) fn is_json(response: &Response) -> bool {
    is(response.headers(), CONTENT_TYPE)
}

fn is(headers: &HeaderMap, name: HeaderName) -> bool {
    headers.get(name).map(HeaderValue::as_bytes) == Some(JSON)
}

/// An error as JSON: what is wrong with the first field, or with the whole.
pub(super) fn error_answer(lang: Lang, error: &Error) -> Response {
    let message = match error {
        Error::Invalid(errors) => errors.list(lang).into_iter().next().map(|(_, text)| text),
        Error::TooManyRequests { retry_after } => Some(Message::wait(*retry_after).text(lang)),
        _ => None,
    };
    Json(Told { message: message.unwrap_or_else(|| error.message(lang)) }).into_response()
}
