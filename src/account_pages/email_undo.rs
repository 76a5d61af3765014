//! The link to an account's old address: it restores the address and sets a new password, which
//! locks out the person who changed it.

use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use maud::html;

use super::mails;
use super::register::chosen_password;
use super::verify::Link;
use crate::accounts::{Account, FormerEmail, Guesser, record_about};
use crate::audit::{Action, Actor};
use crate::auth::Line;
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::fields::Fields;
use crate::i18n::tr;
use crate::server::{Server, WritingServer};
use crate::ui::{self, ButtonStyle, Field};
use crate::web::{
    Form, Pages, Visit, forget_session, known_browser, page_again, plain_chrome, see_other,
    set_known_browser,
};

pub(super) const PAGE: &str = "undo-email-change";

pub(super) fn pages() -> Pages<WritingServer> {
    Pages::new().form("/undo-email-change", show, submit)
}

async fn show(
    visit: Visit,
    State(server): State<Server>,
    Query(Link { token }): Query<Link>,
) -> Result<Response> {
    let Some(former) = FormerEmail::peek(&server.db, &token, server.clock.now()).await? else {
        return Ok(dead_link(&visit));
    };
    Ok(page(&visit, &former, &visit.fields(Vec::new).with("token", token)))
}

async fn submit(
    visit: Visit,
    State(server): State<WritingServer>,
    caller: Caller,
    headers: HeaderMap,
    Form(mut fields): Form,
) -> Result<Response> {
    let (token, now) = (fields.sent("token").to_owned(), server.clock.now());
    let Some(former) = FormerEmail::peek(&server.db, &token, now).await? else {
        return Ok(page_again(&visit));
    };
    let guess = server
        .guesses
        .attempt(Guesser::with_link(&token), caller.address)
        .map_err(|retry_after| Error::TooManyRequests { retry_after })?;
    let account = Account::by_id(&server.db, &former.account_id).await?;
    let password =
        chosen_password(&mut fields, &[&account.name, &former.email], Line::Known).await?;
    fields.expect_none_wrong()?;
    server.guesses.was_right(guess);
    let hash = password.hash(Line::Known).await?;
    let mut tx = server.db.begin().await?;
    let Some(former) = FormerEmail::restore(&mut tx, &token, now).await? else {
        return Ok(page_again(&visit));
    };
    Account::set_password(&mut tx, &former.account_id, &hash).await?;
    let known = known_browser(&headers, &server, visit.site)
        .remember(&mut tx, &former.account_id, now)
        .await?;
    let actor = Actor::Person(&former.account_id, &former.email);
    let change = format!("{} → {}", account.email, former.email);
    let undone = (actor, Action::EmailChangeUndone, change.as_str());
    record_about(&mut tx, &former.account_id, undone, &caller, now).await?;
    tx.commit().await?;
    mails::send_password_changed(&server, &visit, &Account { email: former.email, ..account });
    let mut response =
        see_other(&format!("{}/login", visit.site.path()), Some("flash.email_change_undone"));
    forget_session(response.headers_mut(), &server, visit.site);
    set_known_browser(response.headers_mut(), &server, visit.site, &known);
    Ok(response)
}

fn page(visit: &Visit, former: &FormerEmail, fields: &Fields) -> Response {
    let (lang, title) = (visit.lang, tr!(visit.lang, "account.email_undo.title"));
    let errors = fields.errors().list(lang);
    let text = tr!(lang, "account.email_undo.text", email = former.email);
    let body = html! {
        (ui::header(&title, Some(&text), html! {}))
        (ui::form(&format!("{}/{PAGE}", visit.site.path()), &visit.mark, html! {
            (ui::hidden("token", fields.sent("token")))
            (ui::hidden_username(&former.email))
            (Field::text(lang, "password", tr!(lang, "account.new_password")).kind("password").errors_from(&errors).required(true)
                .hint(tr!(lang, "account.password_hint")).autocomplete("new-password"))
            (ui::actions(ui::submit(&tr!(lang, "account.email_undo.submit"), ButtonStyle::Primary)))
        }))
    };
    plain_chrome(visit).narrow(&title, body).into_response()
}

fn dead_link(visit: &Visit) -> Response {
    let (lang, title) = (visit.lang, tr!(visit.lang, "account.link.dead_title"));
    let body = html! {
        (ui::header(&title, Some(&tr!(lang, "account.email_undo.dead")), html! {}))
        (ui::actions(ui::link_button(&tr!(lang, "account.forgot.back"), &format!("{}/login", visit.site.path()), ButtonStyle::Primary)))
    };
    plain_chrome(visit).narrow(&title, body).into_response()
}
