//! Giving the password again before something that a thief of a session should not be able to do.

use axum::Router;
use axum::extract::{FromRequestParts, Query, State};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use jiff::SignedDuration;
use maud::html;
use url::form_urlencoded;

use super::account::Person;
use super::log_in::{Next, own_path};
use super::{passkey, plain_chrome, throttled};
use crate::accounts::{Account, Guesser};
use crate::audit::Action;
use crate::auth::Password;
use crate::error::{Message, Result};
use crate::http::site::{Form, see_other};
use crate::http::{Caller, Fields};
use crate::i18n::tr;
use crate::server::Server;
use crate::ui::{self, ButtonStyle, Field};

/// How long ago the password may have been given when a page is opened.
const TO_OPEN: SignedDuration = SignedDuration::from_mins(10);

/// The same when a form is sent: whoever was let in to fill it in has this much longer.
const TO_SEND: SignedDuration = SignedDuration::from_mins(20);

/// Who visits gave the password, or a passkey, a short while ago. Handlers of sensitive actions
/// take it, both the one that shows the form and the one that receives it: others are sent to give
/// it again, and come back.
pub struct RecentlyAuthenticated(());

impl FromRequestParts<Server> for RecentlyAuthenticated {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, server: &Server) -> Result<Self, Response> {
        let Person { visit, session } = Person::from_request_parts(parts, server).await?;
        let is_safe = parts.method.is_safe();
        let longest = if is_safe { TO_OPEN } else { TO_SEND };
        if server.clock.now().duration_since(session.authenticated_at) <= longest {
            return Ok(Self(()));
        }
        let back: String = form_urlencoded::byte_serialize(visit.path.as_bytes()).collect();
        let note = (!is_safe).then_some("flash.note.reauthenticate");
        Err(see_other(&format!("{}/reauthenticate?next={back}", visit.site.path()), note))
    }
}

pub(super) fn routes() -> Router<Server> {
    Router::new().route("/reauthenticate", get(show).post(submit))
}

async fn show(
    State(server): State<Server>,
    person: Person,
    Query(Next { next }): Query<Next>,
) -> Response {
    page(&server, &person, &next, &Fields::pairs(Vec::new()), None)
}

async fn submit(
    State(server): State<Server>,
    person: Person,
    caller: Caller,
    Form(mut fields): Form,
) -> Result<Response> {
    let now = server.clock.now();
    let next = fields.sent("next").to_owned();
    let account = Account::by_id(&server.db, &person.session.account_id).await?;
    let guess =
        match server.guesses.attempt(Guesser::Session(person.session.token_hash), caller.address) {
            Ok(guess) => guess,
            Err(wait) => {
                return Ok(throttled::answer(
                    page(&server, &person, &next, &fields, Some(wait)),
                    Some(wait),
                ));
            }
        };
    let password = Password::typed(fields.sent("password").to_owned());
    if !password.matches(Some(&account.password_hash)).await {
        let mut tx = person.begin(&server).await?;
        person.record(&mut tx, &caller, Action::ReauthenticationFailed, "", now).await?;
        tx.commit().await?;
        fields.fault("password", Message::new("account.profile.wrong_password"));
        return Ok(page(&server, &person, &next, &fields, None));
    }
    server.guesses.was_right(guess);
    let mut tx = person.begin(&server).await?;
    person.session.reauthenticated(&mut tx, now).await?;
    tx.commit().await?;
    Ok(see_other(own_path(&person.visit, &next), None))
}

fn page(
    server: &Server,
    person: &Person,
    next: &str,
    fields: &Fields,
    wait: Option<u32>,
) -> Response {
    let Person { visit, session } = person;
    let (lang, title) = (visit.lang, tr!(visit.lang, "account.reauthenticate.title"));
    let errors = fields.errors().list(lang);
    let body = html! {
        (ui::header(&title, Some(&tr!(lang, "account.reauthenticate.text")), html! {}))
        (throttled::notice(lang, wait))
        (ui::form(&person.path("reauthenticate"), &visit.csrf, html! {
            (ui::hidden("next", next))
            (ui::hidden_username(&session.email))
            (Field::text(lang, "password", tr!(lang, "account.password")).kind("password").errors_from(&errors).required(true)
                .autocomplete("current-password").autofocus())
            (ui::actions(html! {
                (ui::submit(&tr!(lang, "account.reauthenticate.submit"), ButtonStyle::Primary))
                (ui::link_button(&tr!(lang, "ui.cancel"), visit.site.path(), ButtonStyle::Secondary))
            }))
        }))
        (passkey::use_form(server, visit, "reauthenticate/passkey", next, (&tr!(lang, "account.passkeys.use"), ButtonStyle::Secondary)))
        p.muted { (tr!(lang, "oauth.consent.logged_in_as", email = session.email)) }
    };
    plain_chrome(visit).narrow(&title, body).into_response()
}
