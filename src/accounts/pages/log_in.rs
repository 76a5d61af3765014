//! Logging in and out.

use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use serde::Deserialize;

use super::{passkey, plain_chrome, second_factor};
use crate::accounts::factors::Factors;
use crate::accounts::{Account, Session, portals_of};
use crate::auth::Password;
use crate::db::Tx;
use crate::error::{Error, Message, Result};
use crate::http::site::{Form, Visit, forget_session, see_other, set_session};
use crate::http::{Caller, Fields, Sites};
use crate::i18n::tr;
use crate::server::Server;
use crate::ui::{self, ButtonStyle, Field};

/// Where to go on after logging in.
#[derive(Deserialize)]
pub(super) struct Next {
    #[serde(default)]
    pub(super) next: String,
}

pub(super) async fn show(State(server): State<Server>, visit: Visit, Query(Next { next }): Query<Next>) -> Response {
    if visit.session.is_some() {
        return see_other(own_path(&visit, &next), None);
    }
    page(&server, &visit, &next, "", None)
}

pub(super) async fn submit(State(server): State<Server>, visit: Visit, caller: Caller, Form(mut fields): Form) -> Result<Response> {
    let (email, next) = (fields.sent("email").trim().to_owned(), fields.sent("next").to_owned());
    let password = Password::typed(fields.sent("password").to_owned());
    let Some(account) = Account::by_password(&server.db, &email, &password).await? else {
        return Ok(wrong(&server, &visit, &mut fields, &next, &email));
    };
    if !account.is_verified() {
        return Ok(see_other(&format!("{}/verify/again", visit.site.path()), Some("flash.note.verify_first")));
    }
    if let Some(old) = &visit.session {
        old.end(&server.db).await?;
    }
    let factors = Factors::of(&server.db, &account.id).await?;
    let mut tx = server.db.begin().await?;
    if !account.hold_password(&mut tx).await? {
        return Ok(wrong(&server, &visit, &mut fields, &next, &email));
    }
    if factors.any() {
        return second_factor::ask(&server, &visit, tx, &account, &next).await;
    }
    enter(&server, &visit, &caller, tx, &account, &next).await
}

/// Begins the session of somebody who proved enough, and goes on to `next`.
pub(super) async fn enter(server: &Server, visit: &Visit, caller: &Caller, mut tx: Tx, account: &Account, next: &str) -> Result<Response> {
    let portal = portals_of(&server.db, &account.id).await?.into_iter().next().map(|portal| portal.id);
    let token = Session::begin(&mut tx, visit.site, &account.id, portal.as_ref(), caller, server.clock.now()).await?;
    tx.commit().await?;
    let mut response = see_other(own_path(visit, next), None);
    set_session(response.headers_mut(), server, visit.site, &token);
    Ok(response)
}

/// The form again: which of the two is wrong is not told.
fn wrong(server: &Server, visit: &Visit, fields: &mut Fields, next: &str, email: &str) -> Response {
    fields.fault("email", Message::new("account.login.wrong"));
    page(server, visit, next, email, fields.errors().first("email", visit.lang))
}

pub(super) async fn log_out(State(server): State<Server>, visit: Visit, _: Form) -> Result<Response, Error> {
    if let Some(session) = &visit.session {
        session.end(&server.db).await?;
    }
    let mut response = see_other(&format!("{}/login", visit.site.path()), Some("flash.logged_out"));
    forget_session(response.headers_mut(), &server, visit.site);
    Ok(response)
}

/// Only paths of our own are followed.
pub(super) fn own_path<'a>(visit: &Visit, next: &'a str) -> &'a str {
    if Sites::is_own_path(next) { next } else { visit.site.path() }
}

fn page(server: &Server, visit: &Visit, next: &str, email: &str, error: Option<String>) -> Response {
    let (lang, base) = (visit.lang, visit.site.path());
    let title = tr!(lang, if base == "/manage" { "account.login.title" } else { "account.login.title_developers" });
    let for_app = next.starts_with("/oauth/authorize") || next.starts_with("/manage/device");
    let body = html! {
        (ui::header(&title, for_app.then(|| tr!(lang, "account.login.for_app")).as_deref(), html! {}))
        @if let Some(error) = &error { (ui::notice(ui::FlashKind::Error, None, html! { (error) })) }
        (ui::form(&format!("{base}/login"), &visit.csrf, form(visit, next, email)))
        (passkey::use_form(server, visit, "login/passkey", next, (&tr!(lang, "account.passkeys.log_in"), ButtonStyle::Secondary)))
        p { a href={ (base) "/forgot-password" } { (tr!(lang, "account.login.forgot")) } }
        p { (tr!(lang, "account.login.no_account")) " " a href={ (base) "/register" } { (tr!(lang, "account.login.register")) } }
    };
    plain_chrome(visit).narrow(&title, body).into_response()
}

fn form(visit: &Visit, next: &str, email: &str) -> Markup {
    let lang = visit.lang;
    let email_field = Field::text(lang, "email", tr!(lang, "account.email")).kind("email").value(email).required(true).autocomplete("username");
    let password_field =
        Field::text(lang, "password", tr!(lang, "account.password")).kind("password").required(true).autocomplete("current-password");
    html! {
        @if !next.is_empty() { (ui::hidden("next", next)) }
        @if email.is_empty() { (email_field.autofocus()) (password_field) } @else { (email_field) (password_field.autofocus()) }
        (ui::actions(ui::submit(&tr!(lang, "account.login.submit"), ButtonStyle::Primary)))
    }
}
