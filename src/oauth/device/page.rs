//! `/manage/device`: the owner enters the code that a device shows, and sees the usual consent page
//! (RFC 8628 section 3.3).

use axum::extract::{RawQuery, State};
use axum::http::Method;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use super::device_code::{Decision, DeviceCode};
use super::{PAGE, UserCode};
use crate::account_pages;
use crate::accounts::{Portal, Registration, Session};
use crate::auth::ScopeSet;
use crate::caller::Caller;
use crate::clients::App;
use crate::error::{Error, Message, Result};
use crate::fields::Fields;
use crate::i18n::tr;
use crate::oauth::authorize::{
    allowed_scopes, chosen_portal, consent, is_allowed, refusal, refusing_portal,
};
use crate::oauth::consent_page::ConsentPage;
use crate::oauth::consent_permission::{
    begin_refusal, owners_to_ask, portals_to_connect, standing,
};
use crate::oauth::prior_consent::PriorConsent;
use crate::server::Server;
use crate::ui::{self, ButtonStyle, Field, FlashKind};
use crate::web::{self, Form, Visit, refused_at, see_other};

/// The field, and the parameter of `verification_uri_complete`.
const USER_CODE: &str = "user_code";

/// A device's request whose code the visitor entered.
struct Waiting {
    code: DeviceCode,
    user_code: UserCode,
    app: App,
    scopes: ScopeSet,
}

pub(in crate::oauth) async fn show(
    visit: Visit,
    State(server): State<Server>,
    caller: Caller,
    RawQuery(query): RawQuery,
) -> Result<Response> {
    let session = match account_pages::admitted(&server, &visit, &Method::GET) {
        Ok(session) => session,
        Err(to_log_in) => return Ok(to_log_in),
    };
    let mut fields = Fields::form(query.unwrap_or_default().as_bytes());
    if !fields.has(USER_CODE) {
        let fields = visit.typed().unwrap_or(fields);
        return Ok(code_page(&visit, &session, &fields).into_response());
    }
    match find(&server, &session, &caller, fields.sent(USER_CODE)).await? {
        Ok(waiting) => ask(&server, &visit, &session, &waiting).await,
        Err(fault) => {
            fields.fault(USER_CODE, fault);
            Ok(code_page(&visit, &session, &fields).into_response())
        }
    }
}

pub(in crate::oauth) async fn decide(
    visit: Visit,
    State(server): State<Server>,
    caller: Caller,
    RawQuery(query): RawQuery,
    Form(fields): Form,
) -> Result<Response> {
    let session = match account_pages::admitted(&server, &visit, &Method::GET) {
        Ok(session) => session,
        Err(to_log_in) => return Ok(to_log_in),
    };
    let asked = Fields::form(query.unwrap_or_default().as_bytes());
    let waiting = match find(&server, &session, &caller, asked.sent(USER_CODE)).await? {
        Ok(waiting) => waiting,
        Err(fault) => {
            let decision = decision(is_allowed(&fields)?);
            if let Ok(code) = asked.sent(USER_CODE).parse()
                && DeviceCode::was_decided(&server.db, &code, &session.account_id, decision).await?
            {
                return Ok(done(decision));
            }
            // The form's own page would count the code as another wrong one.
            return Ok(refused_at(PAGE, Error::invalid(USER_CODE, fault)));
        }
    };
    if !is_allowed(&fields)? {
        return deny(&server, &session, &caller, &waiting, fields.sent("portal")).await;
    }
    let scopes = allowed_scopes(&waiting.app, waiting.scopes, &fields)?;
    allow(&server, &session, &caller, &waiting, fields.sent("portal"), scopes).await
}

const fn decision(is_allowed: bool) -> Decision {
    if is_allowed { Decision::Allowed } else { Decision::Denied }
}

/// Redirects to the page with the result.
fn done(decision: Decision) -> Response {
    let page = match decision {
        Decision::Allowed => "allowed",
        Decision::Denied => "denied",
    };
    see_other(&format!("{PAGE}/{page}"), None)
}

/// Handles a request that somebody else already decided, or the same person with a double click,
/// which counts as success.
async fn decided_before(
    server: &Server,
    session: &Session,
    waiting: &Waiting,
    decision: Decision,
) -> Result<Response> {
    let account = &session.account_id;
    if DeviceCode::was_decided(&server.db, &waiting.user_code, account, decision).await? {
        return Ok(done(decision));
    }
    Err(Error::Conflict(Message::new("oauth.device.decided")))
}

/// The request with the entered code, or the error. A wrong code counts against the person and the
/// address.
async fn find(
    server: &Server,
    session: &Session,
    caller: &Caller,
    typed: &str,
) -> Result<Result<Waiting, Message>> {
    if typed.trim().is_empty() {
        return Ok(Err(Message::new("oauth.device.empty")));
    }
    let Ok(user_code) = typed.parse::<UserCode>() else {
        return Ok(Err(Message::new("oauth.device.malformed")));
    };
    let (now, account) = (server.clock.now(), &session.account_id);
    if let Err(seconds) = server.user_codes.attempt(account, caller.address) {
        return Ok(Err(Message::with("oauth.device.too_many", seconds.div_ceil(60))));
    }
    let found = match DeviceCode::waiting(&server.db, &user_code, now).await? {
        Some(code) => App::enabled(&server.db, &code.app_id)
            .await?
            .filter(|app| app.device_flow)
            .map(|app| (code, app)),
        None => None,
    };
    let Some((code, app)) = found else { return Ok(Err(Message::new("oauth.device.unknown"))) };
    server.user_codes.forgive(account, caller.address);
    // The app may have been given fewer scopes since the device asked.
    let scopes = code.scopes.intersection(app.scopes);
    Ok(Ok(Waiting { code, user_code, app, scopes }))
}

/// The consent page.
async fn ask(
    server: &Server,
    visit: &Visit,
    session: &Session,
    waiting: &Waiting,
) -> Result<Response> {
    let portals = portals_to_connect(&server.db, session).await?;
    let before = PriorConsent::of_all(&server.db, &portals, &waiting.app).await?;
    let owners_to_ask = owners_to_ask(&server.db, session, &portals).await?;
    let action = format!("{PAGE}?{USER_CODE}={}", waiting.user_code);
    let (app, scopes) = (&waiting.app, waiting.scopes);
    let note = Some(warning(visit, &waiting.user_code));
    let page = ConsentPage {
        visit,
        session,
        app,
        scopes,
        portals: &portals,
        before: &before,
        owners_to_ask: &owners_to_ask,
        may_create_portals: Registration::of(&server.config.accounts, visit.site).is_open(),
        action: &action,
        redirect_uri: None,
        note,
        typed: visit.typed(),
    };
    let mut response = page.render().into_response();
    if portals.is_empty() {
        web::keep_next(&mut response, server, visit.site, &action);
    }
    Ok(response)
}

/// Warns against continuing with a code from somebody else (RFC 8628 section 5.4), and shows the
/// code to compare.
fn warning(visit: &Visit, code: &UserCode) -> Markup {
    let lang = visit.lang;
    html! {
        (ui::warning(&tr!(lang, "oauth.device.warning")))
        p { (tr!(lang, "oauth.device.compare")) " " strong { (ui::mono(&code.to_string())) } }
    }
}

async fn allow(
    server: &Server,
    session: &Session,
    caller: &Caller,
    waiting: &Waiting,
    portal: &str,
    allowed: ScopeSet,
) -> Result<Response> {
    let portals: Vec<Portal> = portals_to_connect(&server.db, session).await?;
    let portal = chosen_portal(&portals, portal)?;
    let (now, asked) = (server.clock.now(), waiting.scopes);
    let mut tx = server.begin(&standing(session, &portal.id)).await?;
    let grant =
        consent(&mut tx, session, caller, &waiting.app, portal, (asked, allowed), now).await?;
    if !waiting.code.allow(&mut tx, &session.account_id, &grant, allowed, now).await? {
        drop(tx);
        return decided_before(server, session, waiting, Decision::Allowed).await;
    }
    tx.commit().await?;
    Ok(done(Decision::Allowed))
}

async fn deny(
    server: &Server,
    session: &Session,
    caller: &Caller,
    waiting: &Waiting,
    portal: &str,
) -> Result<Response> {
    let (now, portals) = (server.clock.now(), portals_to_connect(&server.db, session).await?);
    let portal = refusing_portal(session, &portals, portal);
    let mut tx = begin_refusal(server, session, portal).await?;
    if !waiting.code.deny(&mut tx, &session.account_id, now).await? {
        drop(tx);
        return decided_before(server, session, waiting, Decision::Denied).await;
    }
    refusal(session, caller, &waiting.app, portal).record(&mut tx, now).await?;
    tx.commit().await?;
    Ok(done(Decision::Denied))
}

pub(in crate::oauth) async fn allowed(visit: Visit) -> Markup {
    done_page(&visit, "oauth.device.allowed", "oauth.device.allowed_text")
}

pub(in crate::oauth) async fn denied(visit: Visit) -> Markup {
    done_page(&visit, "oauth.device.denied", "oauth.device.denied_text")
}

fn done_page(visit: &Visit, title: &'static str, text: &'static str) -> Markup {
    let (lang, title) = (visit.lang, tr!(visit.lang, title));
    let body = html! {
        (ui::header(&title, None, html! {}))
        p { (tr!(lang, text)) }
        (ui::actions(ui::link_button(&tr!(lang, "oauth.device.to_portal"), "/manage", ButtonStyle::Secondary)))
    };
    web::plain_chrome(visit).narrow(&title, body)
}

/// The page to enter the code.
fn code_page(visit: &Visit, session: &Session, fields: &Fields) -> Markup {
    let (lang, title) = (visit.lang, tr!(visit.lang, "oauth.device.title"));
    let errors = fields.errors().list(lang);
    let body = html! {
        (ui::header(&title, Some(&tr!(lang, "oauth.device.intro")), html! {}))
        form.form method="get" action=(PAGE) novalidate {
            (Field::text(lang, USER_CODE, tr!(lang, "oauth.device.code")).value(fields.sent(USER_CODE)).errors_from(&errors)
                .hint(tr!(lang, "oauth.device.code_hint")).required(true).autocomplete("off").maxlength(40).mono().autofocus())
            (ui::actions(ui::submit(&tr!(lang, "oauth.device.next"), ButtonStyle::Primary)))
        }
        (ui::notice(FlashKind::Info, None, html! { p { (tr!(lang, "oauth.device.warning")) } }))
        p.muted { (tr!(lang, "oauth.consent.logged_in_as", email = session.email)) }
    };
    web::plain_chrome(visit).with_errors(errors.clone()).narrow(&title, body)
}
