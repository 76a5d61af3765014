//! A forgotten password.

use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use super::check_mail::{Sent, to_check_mail};
use super::mails;
use super::register::chosen_password;
use super::verify::Link;
use crate::accounts::{Account, Guesser, LinkPurpose, open_link, peek_link, record_for};
use crate::audit::{Action, Actor};
use crate::auth::Line;
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::fields::Fields;
use crate::i18n::tr;
use crate::server::{Server, WritingServer};
use crate::ui::{self, ButtonStyle, Field};
use crate::web::next::{Next, to_log_in, with_next};
use crate::web::{
    Form, Visit, forget_session, known_browser, page_again, plain_chrome, set_known_browser,
};

pub(super) async fn show_forgot(visit: Visit, Query(Next { next }): Query<Next>) -> Markup {
    forgot_page(&visit, &visit.fields(|| vec![("next".into(), next)]))
}

fn forgot_page(visit: &Visit, fields: &Fields) -> Markup {
    let (lang, title) = (visit.lang, tr!(visit.lang, "account.forgot.title"));
    let next = fields.sent("next");
    let body = html! {
        (ui::header(&title, Some(&tr!(lang, "account.forgot.text")), html! {}))
        (ui::form(&format!("{}/forgot-password", visit.site.path()), &visit.mark, html! {
            @if !next.is_empty() { (ui::hidden("next", next)) }
            (Field::text(lang, "email", tr!(lang, "account.email")).kind("email").value(fields.sent("email")).required(true).autocomplete("username").autofocus())
            (ui::actions(ui::submit(&tr!(lang, "account.forgot.submit"), ButtonStyle::Primary)))
        }))
        p { a href=(with_next(&format!("{}/login", visit.site.path()), next)) { (tr!(lang, "account.forgot.back")) } }
    };
    plain_chrome(visit).narrow(&title, body)
}

pub(super) async fn submit_forgot(
    visit: Visit,
    State(server): State<WritingServer>,
    caller: Caller,
    Form(fields): Form,
) -> Result<Response> {
    let email = fields.sent("email").trim();
    server
        .mail_limits
        .request(caller.address)
        .map_err(|retry_after| Error::TooManyRequests { retry_after })?;
    mails::send_reset(&server, &visit, &caller, email);
    Ok(to_check_mail(&server, &visit, &fields, Sent::Reset))
}

pub(super) async fn show_reset(
    visit: Visit,
    State(server): State<Server>,
    Query(Link { token }): Query<Link>,
) -> Result<Response> {
    if peek_link(&server.db, &token, LinkPurpose::Reset, server.clock.now()).await?.is_none() {
        return Ok(dead_link(&visit));
    }
    Ok(reset_page(&visit, &visit.fields(Vec::new).with("token", token)))
}

pub(super) async fn submit_reset(
    visit: Visit,
    State(server): State<WritingServer>,
    caller: Caller,
    headers: HeaderMap,
    Form(mut fields): Form,
) -> Result<Response> {
    let now = server.clock.now();
    let Some(account) =
        peek_link(&server.db, fields.sent("token"), LinkPurpose::Reset, now).await?
    else {
        return Ok(page_again(&visit));
    };
    let guess = server
        .guesses
        .attempt(Guesser::with_link(fields.sent("token")), caller.address)
        .map_err(|retry_after| Error::TooManyRequests { retry_after })?;
    let account = Account::by_id(&server.db, &account).await?;
    let password =
        chosen_password(&mut fields, &[&account.name, &account.email], Line::Known).await?;
    fields.expect_none_wrong()?;
    server.guesses.was_right(guess);
    let hash = password.hash(Line::Known).await?;
    let mut tx = server.db.begin().await?;
    if open_link(&mut tx, fields.sent("token"), LinkPurpose::Reset, now).await?.is_none() {
        return Ok(page_again(&visit));
    }
    Account::set_password(&mut tx, &account.id, &hash).await?;
    // Whoever can read the mail owns the address, and isn't a stranger.
    Account::verify_email(&mut tx, &account.id, now).await?;
    let known =
        known_browser(&headers, &server, visit.site).remember(&mut tx, &account.id, now).await?;
    record_for(
        &mut tx,
        &account.id,
        Actor::Person(&account.id, &account.email),
        Action::PasswordReset,
        &caller,
        now,
    )
    .await?;
    tx.commit().await?;
    mails::send_password_changed(&server, &visit, &account);
    let mut response = to_log_in(&headers, &server, &visit, "flash.password_changed");
    forget_session(response.headers_mut(), &server, visit.site);
    set_known_browser(response.headers_mut(), &server, visit.site, &known);
    Ok(response)
}

fn reset_page(visit: &Visit, fields: &Fields) -> Response {
    let (lang, title) = (visit.lang, tr!(visit.lang, "account.reset.title"));
    let errors = fields.errors().list(lang);
    let body = html! {
        (ui::header(&title, Some(&tr!(lang, "account.reset.text")), html! {}))
        (ui::form(&format!("{}/reset-password", visit.site.path()), &visit.mark, html! {
            (ui::hidden("token", fields.sent("token")))
            (Field::text(lang, "password", tr!(lang, "account.new_password")).kind("password").errors_from(&errors).required(true)
                .hint(tr!(lang, "account.password_hint")).autocomplete("new-password").autofocus())
            (ui::actions(ui::submit(&tr!(lang, "account.reset.submit"), ButtonStyle::Primary)))
        }))
    };
    plain_chrome(visit).narrow(&title, body).into_response()
}

fn dead_link(visit: &Visit) -> Response {
    let (lang, title) = (visit.lang, tr!(visit.lang, "account.link.dead_title"));
    let body = html! {
        (ui::header(&title, Some(&tr!(lang, "account.link.dead")), html! {}))
        (ui::actions(ui::link_button(&tr!(lang, "account.forgot.title"), &format!("{}/forgot-password", visit.site.path()), ButtonStyle::Primary)))
    };
    plain_chrome(visit).narrow(&title, body).into_response()
}
