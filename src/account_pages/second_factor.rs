//! The second step of logging in: a code of the authenticator app, or a recovery code.

use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use maud::html;
use url::form_urlencoded;

use super::log_in::{Entry, enter};
use super::{mails, passkey};
use crate::accounts::factors::{Factors, LogInStep, TypedFactor};
use crate::accounts::{Account, Guesser, Proof, Site, record_for};
use crate::audit::{Action, Actor};
use crate::caller::Caller;
use crate::db::Tx;
use crate::error::{Error, Message, Result};
use crate::fields::Fields;
use crate::i18n::{Lang, tr};
use crate::server::{Server, WritingServer};
use crate::ui::{self, ButtonStyle, Field};
use crate::web::next::{Next, with_next};
use crate::web::{
    Form, Pages, Visit, forget_log_in_step, known_browser, log_in_step, plain_chrome, see_other,
    set_log_in_step,
};

pub(super) fn pages() -> Pages<WritingServer> {
    Pages::new().form("/login/second-factor", show, submit)
}

/// Continues to this page after a correct password. The transaction still locks the password.
pub(super) async fn ask(
    server: &Server,
    visit: &Visit,
    mut tx: Tx,
    account: &Account,
    kept: bool,
    next: &str,
) -> Result<Response> {
    let now = server.clock.now();
    let token = LogInStep::begin(&mut tx, visit.site, &account.id, kept, now).await?;
    tx.commit().await?;
    let next: String = form_urlencoded::byte_serialize(next.as_bytes()).collect();
    let mut response =
        see_other(&format!("{}/login/second-factor?next={next}", visit.site.path()), None);
    set_log_in_step(response.headers_mut(), server, visit.site, &token);
    Ok(response)
}

/// This browser's log-in that waits for the second step.
pub(super) async fn waiting(
    server: &Server,
    site: Site,
    headers: &HeaderMap,
) -> Result<Option<LogInStep>> {
    let Some(token) = log_in_step(headers, server, site) else { return Ok(None) };
    LogInStep::find(&server.db, site, &token, server.clock.now()).await
}

/// Too late or too many attempts: starts again with the password.
pub(super) fn start_again(server: &Server, visit: &Visit, next: &str) -> Response {
    let next: String = form_urlencoded::byte_serialize(next.as_bytes()).collect();
    let mut response = see_other(
        &format!("{}/login?next={next}", visit.site.path()),
        Some("flash.note.log_in_again"),
    );
    forget_log_in_step(response.headers_mut(), server, visit.site);
    response
}

async fn show(
    visit: Visit,
    State(server): State<Server>,
    headers: HeaderMap,
    Query(Next { next }): Query<Next>,
) -> Result<Response> {
    let Some(step) = waiting(&server, visit.site, &headers).await? else {
        return Ok(start_again(&server, &visit, &next));
    };
    let factors = Factors::of(&server.db, &step.account_id).await?;
    Ok(page(&server, &visit, &factors, &next, &visit.fields(Vec::new)))
}

/// The values of the fields [`app_code_field`] and [`recovery_code_field`].
pub(super) async fn typed_factor(
    server: &Server,
    account: &Account,
    fields: &Fields,
) -> Result<TypedFactor> {
    let (code, recovery_code) = (fields.sent("code"), fields.sent("recovery_code"));
    TypedFactor::read(&server.db, &account.id, code, recovery_code).await
}

/// Says beside its field that a code was wrong.
pub(super) fn wrong_factor(typed: &TypedFactor) -> Error {
    let (field, key) = if typed.is_recovery_code() {
        ("recovery_code", "account.second_factor.wrong_recovery_code")
    } else {
        ("code", "account.second_factor.wrong_code")
    };
    Error::invalid(field, Message::new(key))
}

/// The field for a code of the authenticator app.
pub(super) fn app_code_field(lang: Lang, errors: &[(String, String)]) -> Field<'_> {
    Field::text(lang, "code", tr!(lang, "account.second_factor.code"))
        .mono()
        .errors_from(errors)
        .required(true)
        .inputmode("numeric")
        .autocomplete("one-time-code")
        .maxlength(10)
}

/// The field for a recovery code.
pub(super) fn recovery_code_field(lang: Lang, errors: &[(String, String)]) -> Field<'_> {
    Field::text(lang, "recovery_code", tr!(lang, "account.second_factor.recovery_code"))
        .mono()
        .errors_from(errors)
        .required(true)
        .hint(tr!(lang, "account.second_factor.recovery_hint"))
        .autocomplete("off")
}

async fn submit(
    visit: Visit,
    State(server): State<WritingServer>,
    caller: Caller,
    headers: HeaderMap,
    Form(fields): Form,
) -> Result<Response> {
    let (now, next) = (server.clock.now(), fields.sent("next").to_owned());
    let Some(step) = waiting(&server, visit.site, &headers).await? else {
        return Ok(start_again(&server, &visit, &next));
    };
    let account = Account::by_id(&server.db, &step.account_id).await?;
    let known = known_browser(&headers, &server, visit.site)
        .known_to(&server.db, &account.email, now)
        .await?;
    let guesser = known
        .map_or_else(|| Guesser::StrangersWithPassword(account.id.clone()), Guesser::KnownBrowser);
    let guess = server
        .guesses
        .attempt(guesser, caller.address)
        .map_err(|retry_after| Error::TooManyRequests { retry_after })?;
    let actor = Actor::Person(&account.id, &account.email);
    let typed = typed_factor(&server, &account, &fields).await?;
    let mut tx = server.db.begin().await?;
    let held = account.hold_password(&mut tx).await?;
    if !typed.use_up(&mut tx, &server.sealing_keys, &account.id, now).await? {
        step.failed(&mut tx).await?;
        record_for(&mut tx, &account.id, actor, Action::SecondFactorFailed, &caller, now).await?;
        tx.commit().await?;
        if waiting(&server, visit.site, &headers).await?.is_none() {
            return Ok(start_again(&server, &visit, &next));
        }
        return Err(wrong_factor(&typed));
    }
    server.guesses.was_right(guess);
    // A password change ends what the old password began.
    if !held || !step.end(&mut tx).await? {
        return Ok(start_again(&server, &visit, &next));
    }
    if typed.is_recovery_code() {
        record_for(&mut tx, &account.id, actor, Action::RecoveryCodeUsed, &caller, now).await?;
    }
    let entry = Entry { account: &account, proof: Proof::SecondFactor, kept: step.kept };
    let mut response = enter(&server, &visit, &caller, &headers, tx, entry, &next).await?;
    if typed.is_recovery_code() {
        mails::send_factor_news(
            &server,
            visit.lang,
            &account.name,
            &account.email,
            "recovery_code_used",
        );
    }
    forget_log_in_step(response.headers_mut(), &server, visit.site);
    Ok(response)
}

fn page(
    server: &Server,
    visit: &Visit,
    factors: &Factors,
    next: &str,
    fields: &Fields,
) -> Response {
    let (lang, title, action) = (
        visit.lang,
        tr!(visit.lang, "account.second_factor.title"),
        format!("{}/login/second-factor", visit.site.path()),
    );
    let errors = fields.errors().list(lang);
    let submit =
        || ui::actions(ui::submit(&tr!(lang, "account.login.submit"), ButtonStyle::Primary));
    let recovery = html! {
        (ui::form(&action, &visit.mark, html! {
            (ui::hidden("next", next))
            (recovery_code_field(lang, &errors))
            (submit())
        }))
    };
    let (has_app, has_passkey) = (factors.app_since.is_some(), factors.passkeys > 0);
    let text = match (has_app, has_passkey) {
        (true, _) => "account.second_factor.text",
        (false, true) => "account.second_factor.text_passkey",
        (false, false) => "account.second_factor.text_recovery",
    };
    let other_way =
        if has_app { "account.second_factor.no_app" } else { "account.second_factor.no_passkey" };
    let style = if has_app { ButtonStyle::Secondary } else { ButtonStyle::Primary };
    let body = html! {
        (ui::header(&title, Some(&tr!(lang, text)), html! {}))
        @if has_app {
            (ui::form(&action, &visit.mark, html! {
                (ui::hidden("next", next))
                (app_code_field(lang, &errors).autofocus())
                (submit())
            }))
        }
        @if has_passkey { (passkey::use_form(server, visit, passkey::UsedOn::SecondStep { or_app: has_app }, next, (&tr!(lang, "account.passkeys.use"), style))) }
        @if has_app || has_passkey {
            (ui::disclosure(&tr!(lang, other_way), fields.errors().first("recovery_code", lang).is_some(), recovery))
        } @else {
            (recovery)
        }
        p { a href=(with_next(&format!("{}/login", visit.site.path()), next)) { (tr!(lang, "account.second_factor.back")) } }
    };
    plain_chrome(visit).narrow(&title, body).into_response()
}
