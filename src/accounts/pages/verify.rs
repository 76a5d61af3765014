//! Proving that an e-mail address is one's own. The link shows a button: mail scanners that open links
//! must not use them up.

use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use serde::Deserialize;

use super::{check_mail_page, mails, plain_chrome, throttled};
use crate::accounts::{Account, LinkPurpose, open_link, peek_link, record_for};
use crate::audit::{Action, Actor};
use crate::error::Result;
use crate::http::Caller;
use crate::http::site::{Form, Visit, see_other};
use crate::i18n::tr;
use crate::server::Server;
use crate::ui::{self, ButtonStyle, Field};

/// The secret in the link.
#[derive(Deserialize)]
pub(super) struct Link {
    #[serde(default)]
    pub(super) token: String,
}

pub(super) async fn show(State(server): State<Server>, visit: Visit, Query(Link { token }): Query<Link>) -> Result<Response> {
    if peek_link(&server.db, &token, LinkPurpose::Verify, server.clock.now()).await?.is_none() {
        return Ok(dead_link(&visit).into_response());
    }
    let (lang, title) = (visit.lang, tr!(visit.lang, "account.verify.title"));
    let body = html! {
        (ui::header(&title, Some(&tr!(lang, "account.verify.text")), html! {}))
        (ui::form(&format!("{}/verify", visit.site.path()), &visit.csrf, html! {
            (ui::hidden("token", &token))
            (ui::actions(ui::submit(&tr!(lang, "account.verify.submit"), ButtonStyle::Primary)))
        }))
    };
    Ok(plain_chrome(&visit).narrow(&title, body).into_response())
}

pub(super) async fn submit(State(server): State<Server>, visit: Visit, caller: Caller, Form(fields): Form) -> Result<Response> {
    let now = server.clock.now();
    let mut tx = server.db.begin().await?;
    let Some(account) = open_link(&mut tx, fields.sent("token"), LinkPurpose::Verify, now).await? else {
        return Ok(dead_link(&visit).into_response());
    };
    Account::verify_email(&mut tx, &account, now).await?;
    let email = Account::email_of(&mut tx, &account).await?;
    record_for(&mut tx, &account, Actor::Person(&account, &email), Action::EmailVerified, &caller, now).await?;
    tx.commit().await?;
    Ok(see_other(&format!("{}/login", visit.site.path()), Some("flash.verified")))
}

fn dead_link(visit: &Visit) -> Markup {
    let (lang, title) = (visit.lang, tr!(visit.lang, "account.link.dead_title"));
    let body = html! {
        (ui::header(&title, Some(&tr!(lang, "account.link.dead")), html! {}))
        (ui::actions(ui::link_button(&tr!(lang, "account.verify.again"), &format!("{}/verify/again", visit.site.path()), ButtonStyle::Primary)))
    };
    plain_chrome(visit).narrow(&title, body)
}

pub(super) async fn show_again(visit: Visit) -> Markup {
    again_page(&visit, "", None)
}

fn again_page(visit: &Visit, email: &str, wait: Option<u32>) -> Markup {
    let (lang, title) = (visit.lang, tr!(visit.lang, "account.verify.again_title"));
    let body = html! {
        (ui::header(&title, Some(&tr!(lang, "account.verify.again_text")), html! {}))
        (throttled::notice(lang, wait))
        (ui::form(&format!("{}/verify/again", visit.site.path()), &visit.csrf, html! {
            (Field::text(lang, "email", tr!(lang, "account.email")).kind("email").value(email).required(true).autocomplete("username"))
            (ui::actions(ui::submit(&tr!(lang, "account.verify.again"), ButtonStyle::Primary)))
        }))
    };
    plain_chrome(visit).narrow(&title, body)
}

pub(super) async fn send_again(State(server): State<Server>, visit: Visit, caller: Caller, Form(fields): Form) -> Response {
    let email = fields.sent("email").trim();
    if let Err(wait) = server.mail_limits.request(caller.address, server.clock.now()) {
        return throttled::answer(again_page(&visit, email, Some(wait)), Some(wait));
    }
    mails::send_verification_again(&server, &visit, &caller, email);
    let text = tr!(visit.lang, "account.register.check_mail", email = email);
    check_mail_page(&server, &visit, &text).into_response()
}
