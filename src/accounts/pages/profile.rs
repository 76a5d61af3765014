//! One's own account: who one is here, and another password.

use axum::extract::State;
use axum::http::Method;
use axum::response::{IntoResponse, Response};
use maud::html;

use super::register::chosen_password;
use super::{logged_in, mails, plain_chrome};
use crate::accounts::{Account, Session};
use crate::auth::Password;
use crate::error::{Message, Result};
use crate::http::Fields;
use crate::http::site::{Form, Visit, see_other, set_session};
use crate::i18n::tr;
use crate::server::Server;
use crate::ui::{self, ButtonStyle, Field};

pub(super) async fn show(visit: Visit, method: Method) -> Result<Response, Response> {
    let session = logged_in(&visit, &method)?;
    Ok(page(&visit, &session, &Fields::pairs(Vec::new())))
}

pub(super) async fn change_password(
    State(server): State<Server>,
    visit: Visit,
    method: Method,
    Form(mut fields): Form,
) -> Result<Response, Response> {
    let session = logged_in(&visit, &method)?;
    let password = chosen_password(&mut fields);
    change(&server, &visit, &session, &mut fields, &password).await.map_err(IntoResponse::into_response)
}

async fn change(server: &Server, visit: &Visit, session: &Session, fields: &mut Fields, password: &Password) -> Result<Response> {
    let account = Account::by_id(&server.db, &session.account_id).await?;
    let current = Password::typed(fields.sent("current_password").to_owned());
    if !current.matches(Some(&account.password_hash)).await {
        fields.fault("current_password", Message::new("account.profile.wrong_password"));
    }
    if !fields.errors().is_empty() {
        return Ok(page(visit, session, fields));
    }
    let hash = password.hash().await;
    let mut tx = server.db.begin().await?;
    Account::set_password(&mut tx, &account.id, &hash).await?;
    // Every session has ended; this browser gets a new one.
    let token = Session::begin(&mut tx, visit.site, &account.id, session.portal_id.as_ref(), server.clock.now()).await?;
    tx.commit().await?;
    mails::send_password_changed(server, visit, &account);
    let mut response = see_other(&format!("{}/account", visit.site.path()), Some("flash.own_password_changed"));
    set_session(response.headers_mut(), server, visit.site, &token);
    Ok(response)
}

fn page(visit: &Visit, session: &Session, fields: &Fields) -> Response {
    let (lang, base, title) = (visit.lang, visit.site.path(), tr!(visit.lang, "ui.my_account"));
    let errors = fields.errors().list(lang);
    let body = html! {
        (ui::header(&title, None, html! {}))
        (ui::definition_list(vec![
            (&*tr!(lang, "account.name"), html! { (session.name) }),
            (&*tr!(lang, "account.email"), html! { (session.email) }),
        ]))
        h2 { (tr!(lang, "account.profile.password")) }
        p.muted { (tr!(lang, "account.profile.password_text")) }
        (ui::error_summary(lang, &errors))
        (ui::form(&format!("{base}/account"), &visit.csrf, html! {
            (Field::text(lang, "current_password", tr!(lang, "account.profile.current_password")).kind("password").errors_from(&errors)
                .required(true).autocomplete("current-password"))
            (Field::text(lang, "password", tr!(lang, "account.new_password")).kind("password").errors_from(&errors).required(true)
                .hint(tr!(lang, "account.password_hint")).autocomplete("new-password"))
            (ui::actions(html! {
                (ui::submit(&tr!(lang, "account.reset.submit"), ButtonStyle::Primary))
                (ui::link_button(&tr!(lang, "account.profile.back"), base, ButtonStyle::Quiet))
            }))
        }))
    };
    plain_chrome(visit).narrow(&title, body).into_response()
}
