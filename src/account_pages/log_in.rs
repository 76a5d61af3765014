//! Logging in and out.

use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use super::entry::{Entry, enter};
use super::{not_open, passkey_form, pending_log_in};
use crate::accounts::factors::Factors;
use crate::accounts::{Account, Guesser, Proof, Session, TypedEmail, record_for};
use crate::audit::{Action, Actor};
use crate::auth::{Line, Password};
use crate::caller::Caller;
use crate::error::{Error, Message, Result, Unavailable};
use crate::fields::Fields;
use crate::i18n::tr;
use crate::server::{Server, WritingServer};
use crate::ui::{self, ButtonStyle, Field};
use crate::web::next::{Next, is_about_an_app, keep_next, own_path, with_next};
use crate::web::{Form, Visit, forget_session, known_browser, plain_chrome, see_other};

/// The checkbox to stay logged in.
const STAY: &str = "stay";

pub(super) async fn show(
    visit: Visit,
    State(server): State<Server>,
    Query(Next { next }): Query<Next>,
) -> Response {
    if visit.session.is_some() {
        return see_other(own_path(&visit, &next), None);
    }
    let fields = visit.fields(|| vec![("next".to_owned(), next)]);
    page(&server, &visit, &fields)
}

pub(super) async fn submit(
    visit: Visit,
    State(server): State<WritingServer>,
    caller: Caller,
    headers: HeaderMap,
    Form(fields): Form,
) -> Result<Response> {
    let now = server.clock.now();
    let (email, next) = (fields.sent("email").trim().to_owned(), fields.sent("next").to_owned());
    let kept = fields.has(STAY);
    let password = Password::typed(fields.sent("password").to_owned());
    let known =
        known_browser(&headers, &server, visit.site).known_to(&server.db, &email, now).await?;
    let line = if known.is_some() { Line::Known } else { Line::Strangers };
    let guesser =
        known.map_or_else(|| Guesser::Strangers(TypedEmail::new(&email)), Guesser::KnownBrowser);
    let guess = server
        .guesses
        .attempt(guesser, caller.address)
        .map_err(|retry_after| Error::TooManyRequests { retry_after })?;
    let found = Account::by_password(&server.db, &email, &password, line).await;
    if let Err(Error::Unavailable(Unavailable::Passwords { .. })) = found {
        // The password wasn't checked.
        server.guesses.was_right(guess);
        return found.map(|_| unreachable!("it is an error"));
    }
    let Some(account) = found? else {
        note_failure(&server, &caller, &email);
        return Err(wrong());
    };
    server.guesses.was_right(guess);
    if !account.is_verified() {
        // The mail from their registration works too.
        let again = with_next(&format!("{}/verify/again", visit.site.path()), &next);
        let mut response = see_other(&again, Some("flash.note.verify_first"));
        keep_next(&mut response, &server, visit.site, &next);
        return Ok(response);
    }
    let mut tx = server.db.begin().await?;
    if !account.hold_password(&mut tx).await? {
        return Err(wrong());
    }
    if let Some(old) = &visit.session {
        old.end(&mut tx).await?;
    }
    // The account is locked: adding a factor waits, and then ends this session.
    if Factors::within(&mut tx, &account.id).await?.any() {
        return pending_log_in::ask(&server, &visit, tx, &account, kept, &next).await;
    }
    let entry = Entry { account: &account, proof: Proof::Password, kept };
    enter(&server, &visit, &caller, &headers, tx, entry, &next).await
}

/// Which of the two is wrong is not told.
fn wrong() -> Error {
    Error::invalid("password", Message::new("account.login.wrong"))
}

/// Records a wrong password in the account's logs, or counts it if there is no account. It runs in
/// the background, so that the response doesn't take longer. Throttling limits how often.
fn note_failure(server: &WritingServer, caller: &Caller, email: &str) {
    let (server, caller, email) = (server.clone(), caller.clone(), email.to_owned());
    server.clone().beside.spawn(async move {
        let note = async || -> Result<()> {
            let Some(account) = Account::by_email(&server.db, &email).await? else {
                // Without the e-mail address, because people also type their password there.
                tracing::info!(address = %caller.address, "a log-in failed: unknown e-mail address");
                server.unknown_log_ins.count(&email, caller.address);
                return Ok(());
            };
            let mut tx = server.db.begin().await?;
            let actor = Actor::Stranger(&account.email);
            record_for(
                &mut tx,
                &account.id,
                actor,
                Action::LogInFailed,
                &caller,
                server.clock.now(),
            )
            .await?;
            Ok(tx.commit().await?)
        };
        if let Err(error) = note().await {
            tracing::error!(%error, "a failed log-in could not be recorded");
        }
    });
}

pub(super) async fn log_out(
    visit: Visit,
    State(server): State<Server>,
    caller: Caller,
    _: Form,
) -> Result<Response> {
    if let Some(session) = &visit.session {
        end(&server, session, &caller).await?;
    }
    let mut response = see_other(&format!("{}/login", visit.site.path()), Some("flash.logged_out"));
    forget_session(response.headers_mut(), &server, visit.site);
    Ok(response)
}

/// Ends a session on log-out; does nothing if it has already ended.
async fn end(server: &Server, session: &Session, caller: &Caller) -> Result<()> {
    let mut tx = match server.begin(session).await {
        Err(Error::LoggedOut) => return Ok(()),
        begun => begun?,
    };
    session.end(&mut tx).await?;
    let (account, now) = (&session.account_id, server.clock.now());
    let actor = Actor::Person(account, &session.email);
    record_for(&mut tx, account, actor, Action::LoggedOut, caller, now).await?;
    Ok(tx.commit().await?)
}

fn page(server: &Server, visit: &Visit, fields: &Fields) -> Response {
    let (lang, base, next) = (visit.lang, visit.site.path(), fields.sent("next"));
    let title = tr!(
        lang,
        if base == "/manage" { "account.login.title" } else { "account.login.title_developers" }
    );
    let for_app = is_about_an_app(next);
    let body = html! {
        (ui::header(&title, for_app.then(|| tr!(lang, "account.login.for_app")).as_deref(), html! {}))
        (ui::form(&format!("{base}/login"), &visit.mark, form(server, visit, fields)))
        (passkey_form::use_form(server, visit, passkey_form::UsedOn::LogIn, next, (&tr!(lang, "account.passkeys.log_in"), ButtonStyle::Secondary)))
        p { a href=(with_next(&format!("{base}/forgot-password"), next)) { (tr!(lang, "account.login.forgot")) } }
        (not_open::hint(server, visit, next))
    };
    plain_chrome(visit).narrow(&title, body).into_response()
}

fn form(server: &Server, visit: &Visit, fields: &Fields) -> Markup {
    let (lang, email, next) = (visit.lang, fields.sent("email"), fields.sent("next"));
    let errors = fields.errors().list(lang);
    let stay = match server.config.sessions.session_days {
        1 => tr!(lang, "account.login.stay_day"),
        days => tr!(lang, "account.login.stay", count = days),
    };
    let stay_hint = tr!(lang, "account.login.stay_hint");
    let email_field = Field::text(lang, "email", tr!(lang, "account.email"))
        .kind("email")
        .value(email)
        .required(true)
        .autocomplete("username");
    let password_field = Field::text(lang, "password", tr!(lang, "account.password"))
        .kind("password")
        .errors_from(&errors)
        .required(true)
        .autocomplete("current-password");
    html! {
        @if !next.is_empty() { (ui::hidden("next", next)) }
        @if email.is_empty() { (email_field.autofocus()) (password_field) } @else { (email_field) (password_field.autofocus()) }
        (ui::checkbox(STAY, "1", &stay, Some(&stay_hint), fields.has(STAY)))
        (ui::actions(ui::submit(&tr!(lang, "account.login.submit"), ButtonStyle::Primary)))
    }
}
