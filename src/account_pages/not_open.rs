//! The page for people who want to register or create a portal or developer where that isn't open
//! to everybody.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use crate::accounts::{Registration, Site};
use crate::i18n::tr;
use crate::server::Server;
use crate::ui::{self, ButtonStyle};
use crate::web::next::with_next;
use crate::web::{Visit, plain_chrome};

/// The page (403), which says whom to ask.
pub(super) fn page(visit: &Visit, registration: Registration) -> Response {
    let (lang, base) = (visit.lang, visit.site.path());
    let (title, text) = match (&visit.session, visit.site) {
        (Some(_), Site::Manage) => {
            ("account.not_open.title_own_manage", "account.not_open.text_own_manage")
        }
        (Some(_), Site::Developers) => {
            ("account.not_open.title_own_developers", "account.not_open.text_own_developers")
        }
        (None, _) if registration.is_closed() => {
            ("account.not_open.title", "account.not_open.text_closed")
        }
        (None, Site::Manage) => ("account.not_open.title", "account.not_open.text_manage"),
        (None, Site::Developers) => ("account.not_open.title", "account.not_open.text_developers"),
    };
    let title = tr!(lang, title);
    let (label, path) = match visit.session {
        Some(_) => ("account.nav.profile", format!("{base}/account")),
        None => ("account.login.submit", format!("{base}/login")),
    };
    let body = html! {
        (ui::header(&title, None, html! {}))
        p { (tr!(lang, text)) }
        (ui::actions(ui::link_button(&tr!(lang, label), &path, ButtonStyle::Primary)))
    };
    (StatusCode::FORBIDDEN, plain_chrome(visit).narrow(&title, body)).into_response()
}

/// Refuses unless everybody can register on this site.
///
/// # Errors
/// The page.
pub fn registration_is_open(server: &Server, visit: &Visit) -> Result<(), Response> {
    let registration = Registration::of(&server.config.accounts, visit.site);
    if registration.is_open() { Ok(()) } else { Err(page(visit, registration)) }
}

/// The line below the log-in form: where to register, or whom to ask.
pub(super) fn hint(server: &Server, visit: &Visit, next: &str) -> Markup {
    let (lang, registration) = (visit.lang, Registration::of(&server.config.accounts, visit.site));
    html! {
        @if registration.is_open() {
            p { (tr!(lang, "account.login.no_account")) " " a href=(with_next(&format!("{}/register", visit.site.path()), next)) { (tr!(lang, "account.login.register")) } }
        } @else if registration.is_closed() {
            p.muted { (tr!(lang, "account.not_open.hint_closed")) }
        } @else {
            p.muted { (tr!(lang, "account.not_open.hint")) }
        }
    }
}
