//! The same page with `429 Too Many Requests`, which says how long to wait and keeps the entered
//! values.

use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use crate::error::Message;
use crate::i18n::Lang;
use crate::ui::{self, FlashKind};

/// The notice that says to wait a number of seconds.
pub(super) fn notice(lang: Lang, wait: Option<u32>) -> Markup {
    html! {
        @if let Some(seconds) = wait {
            div role="alert" { (ui::notice(FlashKind::Error, None, html! { p { (Message::wait(seconds).text(lang)) } })) }
        }
    }
}

/// The response.
pub(super) fn answer(page: impl IntoResponse, wait: Option<u32>) -> Response {
    let mut response = page.into_response();
    if let Some(seconds) = wait {
        *response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
        response.headers_mut().insert(RETRY_AFTER, seconds.into());
    }
    response
}
