//! Re-authentication before actions that must be impossible with a stolen session, even for a thief
//! who knows the password.

use std::marker::PhantomData;

use axum::extract::{FromRequestParts, Query, State};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use jiff::{SignedDuration, Timestamp};
use maud::{Markup, Render, html};
use url::form_urlencoded;

use super::factor_fields::{app_code_field, recovery_code_field, typed_factor, wrong_factor};
use super::passkey_form;
use super::person::Person;
use crate::accounts::factors::Factors;
use crate::accounts::{Account, Guesser, Proof, Session};
use crate::audit::Action;
use crate::auth::{Line, Password};
use crate::caller::Caller;
use crate::error::{Error, Message, Result};
use crate::fields::Fields;
use crate::i18n::{Lang, tr};
use crate::server::Server;
use crate::ui::{self, ButtonStyle, Field};
use crate::web::next::{Next, own_path};
use crate::web::{Form, Pages, plain_chrome, see_other};

/// The maximum age of the authentication when a page is opened.
const TO_OPEN: SignedDuration = SignedDuration::from_mins(10);

/// The same when a form is sent, which allows extra time to fill it in.
const TO_SEND: SignedDuration = SignedDuration::from_mins(20);

/// A visitor who authenticated recently. Handlers of sensitive actions take it, both to show the
/// form and to receive it; other visitors are redirected to authenticate again, and come back. `P`
/// says what is required.
pub struct Recent<P>(PhantomData<fn() -> P>);

/// The password, and the second factor if the person has one; or a passkey, which is both. All
/// sensitive actions require this.
pub type RecentlyAuthenticated = Recent<Everything>;

/// The second factor, if the person has one: for forms that ask for the password themselves.
pub type RecentSecondFactor = Recent<SecondFactor>;

/// What is required.
pub trait RequiredProof: Send + 'static {
    /// Whether a session proved it after a given time.
    fn is_given(session: &Session, since: Timestamp) -> bool;
}

/// See [`RecentlyAuthenticated`].
pub enum Everything {}

/// See [`RecentSecondFactor`].
pub enum SecondFactor {}

impl RequiredProof for Everything {
    fn is_given(session: &Session, since: Timestamp) -> bool {
        session.is_proven_since(since)
    }
}

impl RequiredProof for SecondFactor {
    fn is_given(session: &Session, since: Timestamp) -> bool {
        session.is_second_factor_given_since(since)
    }
}

impl<P: RequiredProof> FromRequestParts<Server> for Recent<P> {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, server: &Server) -> Result<Self, Response> {
        let Person { visit, session } = Person::from_request_parts(parts, server).await?;
        let is_safe = parts.method.is_safe();
        let longest = if is_safe { TO_OPEN } else { TO_SEND };
        if P::is_given(&session, server.clock.now() - longest) {
            return Ok(Self(PhantomData));
        }
        if !is_safe {
            return Err(Error::Unproven.into_response());
        }
        let back: String = form_urlencoded::byte_serialize(visit.address.as_bytes()).collect();
        Err(see_other(&format!("{}/reauthenticate?next={back}", visit.site.path()), None))
    }
}

/// Checks that the person authenticated recently, when a form is sent of which only some choices are
/// sensitive. The person authenticates again and comes back to the filled-in form.
///
/// # Errors
/// [`Error::Unproven`] when they didn't.
pub fn expect_recent_authentication(session: &Session, now: Timestamp) -> Result<()> {
    if Everything::is_given(session, now - TO_SEND) { Ok(()) } else { Err(Error::Unproven) }
}

pub(super) fn pages() -> Pages {
    Pages::new().form("/reauthenticate", show, submit)
}

async fn show(
    person: Person,
    State(server): State<Server>,
    Query(Next { next }): Query<Next>,
) -> Result<Response> {
    let fields = person.visit.fields(|| vec![("next".to_owned(), next)]);
    page(&server, &person, &fields).await
}

async fn submit(
    person: Person,
    State(server): State<Server>,
    caller: Caller,
    Form(fields): Form,
) -> Result<Response> {
    let now = server.clock.now();
    let account = Account::by_id(&server.db, &person.session.account_id).await?;
    let guess = server
        .guesses
        .attempt(Guesser::Session(person.session.token_hash), caller.address)
        .map_err(|retry_after| Error::TooManyRequests { retry_after })?;
    let password = Password::typed(fields.sent("password").to_owned());
    let is_right = password.matches(Some(&account.password_hash), Line::Known).await?;
    // Nothing is looked up for a person who doesn't know the password.
    let typed = if is_right { Some(typed_factor(&server, &account, &fields).await?) } else { None };
    let mut tx = person.begin(&server).await?;
    let proof = match &typed {
        Some(typed) if account.hold_password(&mut tx).await? => {
            if !Factors::within(&mut tx, &account.id).await?.any() {
                Ok(Proof::Password)
            } else if typed.use_up(&mut tx, &server.sealing_keys, &account.id, now).await? {
                Ok(Proof::SecondFactor)
            } else {
                person.record(&mut tx, &caller, Action::SecondFactorFailed, "", now).await?;
                Err(wrong_factor(typed))
            }
        }
        _ => {
            person.record(&mut tx, &caller, Action::ReauthenticationFailed, "", now).await?;
            Err(Error::invalid("password", Message::new("account.profile.wrong_password")))
        }
    };
    let proof = match proof {
        Ok(proof) => proof,
        Err(wrong) => {
            tx.commit().await?;
            return Err(wrong);
        }
    };
    let by_recovery_code =
        proof == Proof::SecondFactor && typed.is_some_and(|typed| typed.is_recovery_code());
    if by_recovery_code {
        person.record(&mut tx, &caller, Action::RecoveryCodeUsed, "", now).await?;
    }
    person.session.reauthenticated(&mut tx, proof, now).await?;
    tx.commit().await?;
    server.guesses.was_right(guess);
    if by_recovery_code {
        person.tell(&server, "recovery_code_used");
    }
    Ok(see_other(own_path(&person.visit, fields.sent("next")), None))
}

async fn page(server: &Server, person: &Person, fields: &Fields) -> Result<Response> {
    let Person { visit, session } = person;
    let (lang, title) = (visit.lang, tr!(visit.lang, "account.reauthenticate.title"));
    let factors = Factors::of(&server.db, &session.account_id).await?;
    let errors = fields.errors().list(lang);
    let text = match (factors.app_since.is_some(), factors.passkeys > 0) {
        (true, _) => "account.reauthenticate.text_app",
        (false, true) => "account.reauthenticate.text_passkey",
        (false, false) => "account.reauthenticate.text",
    };
    let password = Field::text(lang, "password", tr!(lang, "account.password"))
        .kind("password")
        .errors_from(&errors)
        .required(true)
        .autocomplete("current-password");
    let form = ui::form(
        &person.path("reauthenticate"),
        &visit.mark,
        html! {
            (ui::hidden("next", fields.sent("next")))
            (ui::hidden_username(&session.email))
            (password.autofocus())
            (factor_fields(lang, &factors, fields, &errors))
            (ui::actions(html! {
                (ui::submit(&tr!(lang, "account.reauthenticate.submit"), ButtonStyle::Primary))
                (ui::link_button(&tr!(lang, "ui.cancel"), visit.site.path(), ButtonStyle::Secondary))
            }))
        },
    );
    let button = (&*tr!(lang, "account.passkeys.use"), ButtonStyle::Secondary);
    let body = html! {
        (ui::header(&title, Some(&tr!(lang, text)), html! {}))
        (form)
        (passkey_form::use_form(server, visit, passkey_form::UsedOn::Reauthenticate, fields.sent("next"), button))
        p.muted { (tr!(lang, "oauth.consent.logged_in_as", email = session.email)) }
    };
    Ok(plain_chrome(visit).narrow(&title, body).into_response())
}

/// The additional fields for a person with a second factor.
fn factor_fields(
    lang: Lang,
    factors: &Factors,
    fields: &Fields,
    errors: &[(String, String)],
) -> Markup {
    if !factors.any() {
        return html! {};
    }
    let recovery_code = recovery_code_field(lang, errors);
    if factors.app_since.is_none() {
        return recovery_code.render();
    }
    let no_app = tr!(lang, "account.second_factor.no_app");
    let is_open = fields.errors().first("recovery_code", lang).is_some();
    html! {
        (app_code_field(lang, errors))
        (ui::disclosure(&no_app, is_open, html! { (recovery_code.required(false)) }))
    }
}
