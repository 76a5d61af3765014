//! The second step of logging in: a code of the authenticator app, or a recovery code.

use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use maud::html;

use super::entry::{Entry, enter};
use super::factor_fields::{app_code_field, recovery_code_field, typed_factor, wrong_factor};
use super::pending_log_in::{start_again, waiting};
use super::{mails, passkey_form};
use crate::accounts::factors::Factors;
use crate::accounts::{Account, Guesser, Proof, record_for};
use crate::audit::{Action, Actor};
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::fields::Fields;
use crate::i18n::tr;
use crate::server::{Server, WritingServer};
use crate::ui::{self, ButtonStyle};
use crate::web::next::{Next, with_next};
use crate::web::{Form, Pages, Visit, forget_log_in_step, known_browser, plain_chrome};

pub(super) fn pages() -> Pages<WritingServer> {
    Pages::new().form("/login/second-factor", show, submit)
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
        @if has_passkey { (passkey_form::use_form(server, visit, passkey_form::UsedOn::SecondStep { or_app: has_app }, next, (&tr!(lang, "account.passkeys.use"), style))) }
        @if has_app || has_passkey {
            (ui::disclosure(&tr!(lang, other_way), fields.errors().first("recovery_code", lang).is_some(), recovery))
        } @else {
            (recovery)
        }
        p { a href=(with_next(&format!("{}/login", visit.site.path()), next)) { (tr!(lang, "account.second_factor.back")) } }
    };
    plain_chrome(visit).narrow(&title, body).into_response()
}
