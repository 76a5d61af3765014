//! The page for an authenticated person whose account the operator disabled.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::html;

use crate::i18n::tr;
use crate::ui::{self, ButtonStyle};
use crate::web::{Visit, plain_chrome};

/// The response instead of a session.
pub(super) fn page(visit: &Visit) -> Response {
    let title = tr!(visit.lang, "account.disabled.title");
    let log_in = format!("{}/login", visit.site.path());
    let body = html! {
        (ui::header(&title, None, html! {}))
        p { (tr!(visit.lang, "account.disabled.text")) }
        (ui::actions(ui::link_button(&tr!(visit.lang, "account.forgot.back"), &log_in, ButtonStyle::Secondary)))
    };
    (StatusCode::FORBIDDEN, plain_chrome(visit).narrow(&title, body)).into_response()
}
