//! `POST /leaks`: reports a leaked secret. It is revoked and its owners get a mail; the reporter
//! learns nothing, not even whether it existed.

mod mails;
mod pending;
mod report;

pub use pending::act_on_what_is_left;

use axum::body::Body;
use axum::extract::State;
use axum::http::header::{ACCEPT_ENCODING, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use serde_json::json;

use crate::auth::{Token, TokenKind};
use crate::caller::Caller;
use crate::error::{Error, Message, Result};
use crate::fields::Fields;
use crate::http::{Endpoints, media_type, read_body};
use crate::i18n::Lang;
use crate::server::{Server, WritingServer};

/// The maximum size of a report, in bytes.
const LARGEST_BODY: usize = 4096;

/// The endpoint; it belongs to no site.
pub fn endpoints() -> Endpoints<WritingServer> {
    Endpoints::new().post("/leaks", report, async || refusal(&Error::MethodNotAllowed))
}

/// Its route.
pub fn routes(server: &WritingServer) -> Router<Server> {
    endpoints().into_router().with_state(server.clone())
}

/// Gives the same response for every well-formed secret, before looking anything up, once the
/// report is stored.
async fn report(
    State(server): State<WritingServer>,
    caller: Caller,
    headers: HeaderMap,
    body: Body,
) -> Response {
    if let Err(retry_after) = server.leak_reports.attempt(caller.address.into()) {
        return refusal(&Error::TooManyRequests { retry_after });
    }
    let token = match read(&headers, body).await {
        Ok(token) => token,
        Err(error) => return refusal(&error),
    };
    if let Err(error) = pending::write(&server.db, &token, &caller, server.clock.now()).await {
        return refusal(&error);
    }
    // In the background, so that the duration reveals nothing.
    server.clone().beside.spawn(async move {
        if let Err(error) = pending::act_on_all(&server).await {
            tracing::error!(%error, "a reported secret could not be revoked yet");
        }
    });
    (StatusCode::ACCEPTED, Json(json!({ "message": "Thank you. If this is one of our active secrets, it stops working now." }))).into_response()
}

/// The secret of a report. Its check characters show whether it is malformed, so an error reveals
/// nothing that the sender doesn't know.
async fn read(headers: &HeaderMap, body: Body) -> Result<Token> {
    let body = read_body(headers, body, LARGEST_BODY).await?;
    let mut fields =
        match media_type(headers).unwrap_or("application/json").to_ascii_lowercase().as_str() {
            "application/x-www-form-urlencoded" => Fields::form(&body),
            "application/json" => Fields::json(&body)?,
            _ => return Err(Error::UnsupportedMediaType(Message::new("error.media_type"))),
        };
    let text = fields.text("token", 200);
    match Token::parse(&text) {
        Ok(token) if is_reportable(token.kind()) => Ok(token),
        _ => Err(Error::BadRequest(Message::new("error.leak.malformed"))),
    }
}

/// The kinds of secrets that programs store, and so can leak.
const fn is_reportable(kind: TokenKind) -> bool {
    matches!(
        kind,
        TokenKind::ApiKey
            | TokenKind::AccessToken
            | TokenKind::RefreshToken
            | TokenKind::AppSecret
            | TokenKind::ResourceServerSecret
    )
}

fn refusal(error: &Error) -> Response {
    let status = error.status();
    let mut response =
        (status, Json(json!({ "code": status.as_u16(), "message": error.message(Lang::En) })))
            .into_response();
    if matches!(error, Error::UnsupportedEncoding) {
        response.headers_mut().insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    }
    response.headers_mut().extend(error.retry_after().map(|after| (RETRY_AFTER, after.into())));
    response
}
