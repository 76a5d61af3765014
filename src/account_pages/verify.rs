//! Verifying an e-mail address. The link shows a form, because mail scanners that open links must
//! not use them up. It also asks for the password, unless the browser is the one that registered:
//! the reader of the mail isn't always the person who registered, and must not let that person in.

use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use serde::Deserialize;

use super::check_mail::{Sent, to_check_mail};
use super::mails;
use crate::accounts::{
    Account, Guesser, LinkPurpose, is_link_of_visitor, open_link, peek_link, record_for,
};
use crate::audit::{Action, Actor};
use crate::auth::{Line, Password};
use crate::caller::Caller;
use crate::error::{Error, Message, Result};
use crate::fields::Fields;
use crate::i18n::tr;
use crate::server::{Server, WritingServer};
use crate::ui::{self, ButtonStyle, Field};
use crate::web::next::{Next, to_log_in};
use crate::web::{Form, Visit, page_again, plain_chrome};

/// The secret in the link.
#[derive(Deserialize)]
pub(super) struct Link {
    #[serde(default)]
    pub(super) token: String,
}

/// The account that waits for verification.
async fn waiting(server: &Server, token: &str) -> Result<Option<Account>> {
    let Some(id) = peek_link(&server.db, token, LinkPurpose::Verify, server.clock.now()).await?
    else {
        return Ok(None);
    };
    Account::by_id(&server.db, &id).await.map(Some)
}

pub(super) async fn show(
    visit: Visit,
    State(server): State<Server>,
    Query(Link { token }): Query<Link>,
) -> Result<Response> {
    let Some(account) = waiting(&server, &token).await? else {
        return Ok(dead_link(&visit).into_response());
    };
    if is_link_of_visitor(&server.db, &token, &visit.mark.csrf).await? {
        return Ok(button_page(&visit, &account, &token).into_response());
    }
    Ok(page(&visit, &account, &visit.fields(Vec::new).with("token", token)).into_response())
}

/// The form for the browser that registered.
fn button_page(visit: &Visit, account: &Account, token: &str) -> Markup {
    let (lang, title) = (visit.lang, tr!(visit.lang, "account.verify.title"));
    let body = html! {
        (ui::header(&title, Some(&tr!(lang, "account.verify.here", email = account.email)), html! {}))
        (ui::form(&format!("{}/verify", visit.site.path()), &visit.mark, html! {
            (ui::hidden("token", token))
            (ui::actions(ui::submit(&tr!(lang, "account.verify.submit"), ButtonStyle::Primary)))
        }))
    };
    plain_chrome(visit).narrow(&title, body)
}

/// For every other browser.
fn page(visit: &Visit, account: &Account, fields: &Fields) -> Markup {
    let (lang, base, title) =
        (visit.lang, visit.site.path(), tr!(visit.lang, "account.verify.title"));
    let errors = fields.errors().list(lang);
    let body = html! {
        (ui::header(&title, Some(&tr!(lang, "account.verify.text", email = account.email)), html! {}))
        (ui::form(&format!("{base}/verify"), &visit.mark, html! {
            (ui::hidden("token", fields.sent("token")))
            (ui::hidden_username(&account.email))
            (Field::text(lang, "password", tr!(lang, "account.password")).kind("password").errors_from(&errors).required(true)
                .autocomplete("current-password").autofocus())
            (ui::actions(ui::submit(&tr!(lang, "account.verify.submit"), ButtonStyle::Primary)))
        }))
        p { (tr!(lang, "account.verify.not_mine")) " " a href={ (base) "/forgot-password" } { (tr!(lang, "account.reset.title")) } }
    };
    plain_chrome(visit).narrow(&title, body)
}

pub(super) async fn submit(
    visit: Visit,
    State(server): State<WritingServer>,
    caller: Caller,
    headers: HeaderMap,
    Form(fields): Form,
) -> Result<Response> {
    let (token, now) = (fields.sent("token").to_owned(), server.clock.now());
    let Some(account) = waiting(&server, &token).await? else {
        return Ok(page_again(&visit));
    };
    let mut tx = if is_link_of_visitor(&server.db, &token, &visit.mark.csrf).await? {
        server.db.begin().await?
    } else {
        let guess = server
            .guesses
            .attempt(Guesser::with_link(&token), caller.address)
            .map_err(|retry_after| Error::TooManyRequests { retry_after })?;
        let is_own = Password::typed(fields.sent("password").to_owned())
            .matches(Some(&account.password_hash), Line::Known)
            .await?;
        let mut tx = server.db.begin().await?;
        if !is_own || !account.hold_password(&mut tx).await? {
            record_for(
                &mut tx,
                &account.id,
                Actor::Stranger(&account.email),
                Action::LogInFailed,
                &caller,
                now,
            )
            .await?;
            tx.commit().await?;
            let message = Message::new("account.verify.wrong_password");
            return Err(Error::invalid("password", message));
        }
        server.guesses.was_right(guess);
        tx
    };
    if open_link(&mut tx, &token, LinkPurpose::Verify, now).await?.is_none() {
        return Ok(page_again(&visit));
    }
    Account::verify_email(&mut tx, &account.id, now).await?;
    record_for(
        &mut tx,
        &account.id,
        Actor::Person(&account.id, &account.email),
        Action::EmailVerified,
        &caller,
        now,
    )
    .await?;
    tx.commit().await?;
    Ok(to_log_in(&headers, &server, &visit, "flash.verified"))
}

fn dead_link(visit: &Visit) -> Markup {
    let (lang, title) = (visit.lang, tr!(visit.lang, "account.link.dead_title"));
    let body = html! {
        (ui::header(&title, Some(&tr!(lang, "account.link.dead")), html! {}))
        (ui::actions(ui::link_button(&tr!(lang, "account.verify.again"), &format!("{}/verify/again", visit.site.path()), ButtonStyle::Primary)))
    };
    plain_chrome(visit).narrow(&title, body)
}

pub(super) async fn show_again(visit: Visit, Query(Next { next }): Query<Next>) -> Markup {
    again_page(&visit, &visit.fields(|| vec![("next".into(), next)]))
}

fn again_page(visit: &Visit, fields: &Fields) -> Markup {
    let (lang, title) = (visit.lang, tr!(visit.lang, "account.verify.again_title"));
    let body = html! {
        (ui::header(&title, Some(&tr!(lang, "account.verify.again_text")), html! {}))
        (ui::form(&format!("{}/verify/again", visit.site.path()), &visit.mark, html! {
            @if !fields.sent("next").is_empty() { (ui::hidden("next", fields.sent("next"))) }
            (Field::text(lang, "email", tr!(lang, "account.email")).kind("email").value(fields.sent("email")).required(true).autocomplete("username"))
            (ui::actions(ui::submit(&tr!(lang, "account.verify.again"), ButtonStyle::Primary)))
        }))
    };
    plain_chrome(visit).narrow(&title, body)
}

pub(super) async fn send_again(
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
    mails::send_verification_again(&server, &visit, &caller, email);
    Ok(to_check_mail(&server, &visit, &fields, Sent::Verification))
}
