//! The profile page: name, and changing the password.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use maud::html;

use super::layout::Section;
use super::{activity, delete};
use crate::account_pages::person::Person;
use crate::account_pages::register::chosen_password;
use crate::account_pages::{RecentSecondFactor, mails};
use crate::accounts::{Account, Guesser, NewSession, Proof, Session};
use crate::audit::Action;
use crate::auth::{Line, Password};
use crate::caller::Caller;
use crate::error::{Error, Message, Result};
use crate::fields::Fields;
use crate::i18n::tr;
use crate::server::Server;
use crate::ui::{self, ButtonStyle, Field};
use crate::web::{Form, known_browser, see_other, set_known_browser, set_session};

pub(super) async fn show(person: Person, State(server): State<Server>) -> Result<Response> {
    page(&server, &person, &person.visit.fields(Vec::new)).await
}

pub(super) async fn change_password(
    person: Person,
    State(server): State<Server>,
    caller: Caller,
    headers: HeaderMap,
    _: RecentSecondFactor,
    Form(mut fields): Form,
) -> Result<Response> {
    let (Person { visit, session }, now) = (&person, server.clock.now());
    let guess = server
        .guesses
        .attempt(Guesser::Session(session.token_hash), caller.address)
        .map_err(|retry_after| Error::TooManyRequests { retry_after })?;
    let account = Account::by_id(&server.db, &session.account_id).await?;
    let current = Password::typed(fields.sent("current_password").to_owned());
    if !current.matches(Some(&account.password_hash), Line::Known).await? {
        let mut tx = person.begin(&server).await?;
        person.record(&mut tx, &caller, Action::ReauthenticationFailed, "", now).await?;
        tx.commit().await?;
        return Err(wrong_password());
    }
    server.guesses.was_right(guess);
    let password =
        chosen_password(&mut fields, &[&session.name, &session.email], Line::Known).await?;
    fields.expect_none_wrong()?;
    let hash = password.hash(Line::Known).await?;
    let mut tx = person.begin(&server).await?;
    // A password chosen at the same moment, for example with a mailed link, is kept.
    if !account.hold_password(&mut tx).await? {
        return Err(wrong_password());
    }
    Account::set_password(&mut tx, &account.id, &hash).await?;
    // All sessions have ended, and no browser is known any more; this one gets new cookies.
    let new = NewSession {
        site: visit.site,
        account: &account.id,
        portal: session.portal_id.as_ref(),
        developer: session.developer_id.as_ref(),
        proof: if session.has_second_factor { Proof::SecondFactor } else { Proof::Password },
        kept: session.kept,
    };
    let limits = server.config.sessions.limits();
    let token = Session::begin(&mut tx, &new, limits, &caller, now).await?;
    let known =
        known_browser(&headers, &server, visit.site).remember(&mut tx, &account.id, now).await?;
    person.record(&mut tx, &caller, Action::PasswordChanged, "", now).await?;
    tx.commit().await?;
    mails::send_password_changed(&server, visit, &account);
    let mut response =
        see_other(&format!("{}/account", visit.site.path()), Some("flash.own_password_changed"));
    set_session(response.headers_mut(), &server, visit.site, &token, session.kept);
    set_known_browser(response.headers_mut(), &server, visit.site, &known);
    Ok(response)
}

fn wrong_password() -> Error {
    Error::invalid("current_password", Message::new("account.profile.wrong_password"))
}

async fn page(server: &Server, person: &Person, fields: &Fields) -> Result<Response> {
    let Person { visit, session } = person;
    let (lang, base, title) =
        (visit.lang, visit.site.path(), tr!(visit.lang, Section::Profile.label()));
    let errors = fields.errors().list(lang);
    let labels = [
        ("current_password", tr!(lang, "account.profile.current_password")),
        ("password", tr!(lang, "account.new_password")),
    ];
    let body = html! {
        (ui::header(&title, None, html! {
            (ui::link_button(&tr!(lang, "account.profile.change_name"), &person.path("account/name"), ButtonStyle::Secondary))
            (ui::link_button(&tr!(lang, "account.profile.change_email"), &person.path("account/email"), ButtonStyle::Secondary))
        }))
        (ui::facts(vec![
            (&*tr!(lang, "account.name"), html! { (session.name) }),
            (&*tr!(lang, "account.email"), html! { (session.email) }),
        ]))
        (ui::section(&tr!(lang, "account.profile.password"), Some(&tr!(lang, "account.profile.password_text")), html! {}, html! {
            (ui::form(&format!("{base}/account"), &visit.mark, ui::card(None, html! {
                (Field::text(lang, "current_password", tr!(lang, "account.profile.current_password")).kind("password").errors_from(&errors)
                    .required(true).autocomplete("current-password"))
                (Field::text(lang, "password", tr!(lang, "account.new_password")).kind("password").errors_from(&errors).required(true)
                    .hint(tr!(lang, "account.password_hint")).autocomplete("new-password"))
                (ui::actions(ui::submit(&tr!(lang, "account.reset.submit"), ButtonStyle::Primary)))
            })))
        }))
        (activity::newest(server, person).await?)
        (delete::zone(person))
    };
    Ok(person.chrome(Section::Profile).with_labels(&labels).page(&title, body).into_response())
}
