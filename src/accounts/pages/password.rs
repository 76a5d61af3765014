//! A forgotten password.

use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use super::register::chosen_password;
use super::verify::Link;
use super::{check_mail_page, mails, plain_chrome};
use crate::accounts::{Account, LinkPurpose, open_link, peek_link};
use crate::error::Result;
use crate::http::Fields;
use crate::http::site::{Form, Visit, forget_session, see_other};
use crate::i18n::tr;
use crate::server::Server;
use crate::ui::{self, ButtonStyle, Field};

pub(super) async fn show_forgot(visit: Visit) -> Markup {
    let (lang, title) = (visit.lang, tr!(visit.lang, "account.forgot.title"));
    let body = html! {
        (ui::header(&title, Some(&tr!(lang, "account.forgot.text")), html! {}))
        (ui::form(&format!("{}/forgot-password", visit.site.path()), &visit.csrf, html! {
            (Field::text(lang, "email", tr!(lang, "account.email")).kind("email").required(true).autocomplete("username").autofocus())
            (ui::actions(ui::submit(&tr!(lang, "account.forgot.submit"), ButtonStyle::Primary)))
        }))
        p { a href={ (visit.site.path()) "/login" } { (tr!(lang, "account.forgot.back")) } }
    };
    plain_chrome(&visit).narrow(&title, body)
}

pub(super) async fn submit_forgot(State(server): State<Server>, visit: Visit, Form(fields): Form) -> Result<Markup> {
    let email = fields.sent("email").trim();
    if let Some(account) = Account::by_email(&server.db, email).await? {
        mails::send_reset(&server, &visit, account);
    }
    let text = tr!(visit.lang, "account.forgot.check_mail", email = email);
    Ok(check_mail_page(&server, &visit, &text))
}

pub(super) async fn show_reset(State(server): State<Server>, visit: Visit, Query(Link { token }): Query<Link>) -> Result<Response> {
    if peek_link(&server.db, &token, LinkPurpose::Reset, server.clock.now()).await?.is_none() {
        return Ok(dead_link(&visit));
    }
    Ok(reset_page(&visit, &Fields::pairs(vec![("token".into(), token)])))
}

pub(super) async fn submit_reset(State(server): State<Server>, visit: Visit, Form(mut fields): Form) -> Result<Response> {
    let Some(account) = peek_link(&server.db, fields.sent("token"), LinkPurpose::Reset, server.clock.now()).await? else {
        return Ok(dead_link(&visit));
    };
    let account = Account::by_id(&server.db, &account).await?;
    let password = chosen_password(&mut fields, &[&account.name, &account.email]);
    if !fields.errors().is_empty() {
        return Ok(reset_page(&visit, &fields));
    }
    let (now, hash) = (server.clock.now(), password.hash().await);
    let mut tx = server.db.begin().await?;
    let Some(account) = open_link(&mut tx, fields.sent("token"), LinkPurpose::Reset, now).await? else { return Ok(dead_link(&visit)) };
    Account::set_password(&mut tx, &account, &hash).await?;
    // Who can read the mail owns the address.
    Account::verify_email(&mut tx, &account, now).await?;
    tx.commit().await?;
    mails::send_password_changed(&server, &visit, &Account::by_id(&server.db, &account).await?);
    let mut response = see_other(&format!("{}/login", visit.site.path()), Some("flash.password_changed"));
    forget_session(response.headers_mut(), &server, visit.site);
    Ok(response)
}

fn reset_page(visit: &Visit, fields: &Fields) -> Response {
    let (lang, title) = (visit.lang, tr!(visit.lang, "account.reset.title"));
    let errors = fields.errors().list(lang);
    let body = html! {
        (ui::header(&title, Some(&tr!(lang, "account.reset.text")), html! {}))
        (ui::error_summary(lang, &errors))
        (ui::form(&format!("{}/reset-password", visit.site.path()), &visit.csrf, html! {
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
