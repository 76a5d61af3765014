//! The pages after a form that sends a mail. They say the same whether the address has an account or
//! not.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use maud::{Markup, html};

use crate::fields::Fields;
use crate::i18n::tr;
use crate::mailbox;
use crate::server::{Server, WritingServer};
use crate::ui::{self, ButtonStyle};
use crate::web::next::{keep_next, kept_next, with_next};
use crate::web::{Pages, Visit, plain_chrome, shown_at};

/// The field with the address, in the forms that send a mail.
const EMAIL: &str = "email";

/// The kind of mail that was requested.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sent {
    /// To verify a new account's address.
    Verification,
    /// To choose a new password.
    Reset,
}

impl Sent {
    const fn path(self) -> &'static str {
        match self {
            Self::Verification => "register/sent",
            Self::Reset => "forgot-password/sent",
        }
    }

    const fn text(self) -> &'static str {
        match self {
            Self::Verification => "account.register.check_mail",
            Self::Reset => "account.forgot.check_mail",
        }
    }
}

pub(super) fn pages() -> Pages<WritingServer> {
    Pages::new().get("/register/sent", show_verification).get("/forgot-password/sent", show_reset)
}

async fn show_verification(
    visit: Visit,
    State(server): State<Server>,
    headers: HeaderMap,
) -> Markup {
    page(&server, &visit, &headers, Sent::Verification)
}

async fn show_reset(visit: Visit, State(server): State<Server>, headers: HeaderMap) -> Markup {
    page(&server, &visit, &headers, Sent::Reset)
}

/// Redirects to the page that says that a mail was sent to the form's address. The browser keeps the
/// form's next page.
pub(super) fn to_check_mail(server: &Server, visit: &Visit, form: &Fields, sent: Sent) -> Response {
    let mut response = shown_at(&format!("{}/{}", visit.site.path(), sent.path()), &[EMAIL]);
    keep_next(&mut response, server, visit.site, form.sent("next"));
    response
}

fn page(server: &Server, visit: &Visit, headers: &HeaderMap, sent: Sent) -> Markup {
    let (lang, title) = (visit.lang, tr!(visit.lang, "account.register.check_mail_title"));
    let form = visit.typed();
    let typed = form.as_ref().map_or("", |form| form.sent(EMAIL).trim());
    let email = if typed.is_empty() { tr!(lang, "account.typed_address") } else { typed.into() };
    let next = kept_next(headers, server, visit.site);
    let log_in = with_next(&format!("{}/login", visit.site.path()), &next);
    let body = html! {
        (ui::header(&title, None, html! {}))
        p { (tr!(lang, sent.text(), email = email)) }
        @if let Some(mailbox) = mailbox::path(server) {
            (ui::actions(ui::link_button(&tr!(lang, "mailbox.open"), mailbox, ButtonStyle::Primary)))
        }
        p { a href=(log_in) { (tr!(lang, "account.forgot.back")) } }
    };
    plain_chrome(visit).narrow(&title, body)
}
