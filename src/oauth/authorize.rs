//! `/oauth/authorize`: asks the owner whether to give an app access (RFC 6749 section 4.1.1).

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use maud::html;

use super::authorization_request::{AuthorizationRequest, Checked};
use super::code::AuthorizationCode;
use super::consent::NewConsent;
use super::consent_page::{ConsentPage, REQUIRED};
use super::consent_permission::{begin_refusal, owners_to_ask, portals_to_connect, standing};
use super::prior_consent::PriorConsent;
use super::pushed_request::{Decided, Decision};
use super::{ErrorCode, Grant, ProtocolError, dpop, log_in_first};
use crate::account_pages::expect_recent_authentication;
use crate::accounts::{Portal, Registration, Session, Site};
use crate::audit::{Action, Actor, Event};
use crate::auth::{Scope, ScopeSet, Token};
use crate::caller::Caller;
use crate::clients::App;
use crate::db::Tx;
use crate::error::{Error, Message, Result};
use crate::fields::Fields;
use crate::i18n::tr;
use crate::ids::{AccountId, GrantId, PortalId};
use crate::server::Server;
use crate::ui::{self, ButtonStyle};
use crate::web::{self, Form, Visit};

pub(super) async fn show(
    visit: Visit,
    State(server): State<Server>,
    caller: Caller,
    RawQuery(query): RawQuery,
) -> Result<Response> {
    let query = query.unwrap_or_default();
    let request = match AuthorizationRequest::check(&server, &query, person(&visit)).await? {
        Checked::Good(request) => request,
        Checked::Untrusted(reason) => return Ok(untrusted(&visit, reason)),
        Checked::Faulty(response) => return Ok(response),
    };
    if request.decided() == Some(Decided::Denied) {
        // There would be nothing on the page to decide.
        return Err(Error::Conflict(Message::new("oauth.error.decided")));
    }
    let session = match log_in_first::session(&server, &visit, &request, &query) {
        Ok(session) => session,
        Err(to_log_in) => return Ok(to_log_in),
    };
    let portals = portals_to_connect(&server.db, &session).await?;
    if let Some(code) = code_without_asking(&server, &session, &caller, &request, &portals).await? {
        return Ok(code);
    }
    ask(&server, &visit, &session, &request, &portals, &query).await
}

/// Who is logged in.
fn person(visit: &Visit) -> Option<&AccountId> {
    visit.session.as_ref().map(|session| &session.account_id)
}

/// The consent page.
async fn ask(
    server: &Server,
    visit: &Visit,
    session: &Session,
    request: &AuthorizationRequest,
    portals: &[Portal],
    query: &str,
) -> Result<Response> {
    let owners_to_ask = owners_to_ask(&server.db, session, portals).await?;
    let before = PriorConsent::of_all(&server.db, portals, &request.app).await?;
    let action = format!("/oauth/authorize?{query}");
    let (app, scopes) = (&request.app, request.scopes);
    let page = ConsentPage {
        visit,
        session,
        app,
        scopes,
        portals,
        before: &before,
        owners_to_ask: &owners_to_ask,
        may_create_portals: Registration::of(&server.config.accounts, visit.site).is_open(),
        action: &action,
        redirect_uri: Some(&request.redirect_uri),
        note: None,
        typed: visit.typed(),
    };
    let mut response = page.render().into_response();
    response.extensions_mut().insert(request.form_targets());
    if portals.is_empty() {
        // A person who is invited to a portal now returns here.
        web::keep_next(&mut response, server, visit.site, &action);
    }
    Ok(response)
}

/// The immediate redirect to the app, if the owner's only portal already gave it everything but
/// what the owner left out, and the request doesn't ask for the page. The code is for what was
/// given.
async fn code_without_asking(
    server: &Server,
    session: &Session,
    caller: &Caller,
    request: &AuthorizationRequest,
    portals: &[Portal],
) -> Result<Option<Response>> {
    let [portal] = portals else { return Ok(None) };
    let is_decided = request.decided().is_some();
    if request.prompt.is_some() || is_decided || !request.reaches_the_app_only() {
        return Ok(None);
    }
    let before = PriorConsent::of(&server.db, &portal.id, &request.app).await?;
    if before.given_without_asking(request.scopes).is_none() {
        return Ok(None);
    }
    let mut tx = server.begin(&standing(session, &portal.id)).await?;
    // The grant may have changed in the meantime.
    let Some(grant) = Grant::hold(&mut tx, &portal.id, &request.app.id).await? else {
        return Ok(None);
    };
    let Some(scopes) = before.under(&grant).given_without_asking(request.scopes) else {
        return Ok(None);
    };
    let now = server.clock.now();
    let decision = Decision::Allow(&portal.id, scopes);
    request.decide(&mut tx, &session.account_id, &decision, now).await?;
    let code = issue_code(&mut tx, &grant.id, request, scopes, now).await?;
    event(Action::GrantUsedAgain, session, caller, &request.app, Some(&portal.id))
        .record(&mut tx, now)
        .await?;
    tx.commit().await?;
    Ok(Some(answered(server, request.send_code(server, code.reveal()))))
}

pub(super) async fn decide(
    visit: Visit,
    State(server): State<Server>,
    caller: Caller,
    RawQuery(query): RawQuery,
    Form(fields): Form,
) -> Result<Response> {
    let query = query.unwrap_or_default();
    let request = match AuthorizationRequest::check(&server, &query, person(&visit)).await? {
        Checked::Good(request) => request,
        Checked::Untrusted(reason) => return Ok(untrusted(&visit, reason)),
        Checked::Faulty(response) => return Ok(response),
    };
    let session = match log_in_first::session(&server, &visit, &request, &query) {
        Ok(session) => session,
        Err(to_log_in) => return Ok(to_log_in),
    };
    if !is_allowed(&fields)? {
        return deny(&server, &session, &caller, &request, fields.sent("portal")).await;
    }
    let portals = portals_to_connect(&server.db, &session).await?;
    let scopes = allowed_scopes(&request.app, request.scopes, &fields)?;
    allow(&server, &session, &caller, &request, &portals, fields.sent("portal"), scopes).await
}

/// Whether the owner pressed allow or decline.
///
/// # Errors
/// [`Error::BadRequest`] when the form says neither or both.
pub(super) fn is_allowed(fields: &Fields) -> Result<bool> {
    match (&fields.all("decision")[..], fields.all("portal").len()) {
        (["allow"], ..=1) => Ok(true),
        (["deny"], ..=1) => Ok(false),
        _ => Err(Error::BadRequest(Message::new("oauth.error.decision"))),
    }
}

/// What the owner allows: all that is required, and what was left ticked of the rest.
///
/// # Errors
/// [`Error::Invalid`] when the app asks something else by now, or nothing was left ticked.
pub(super) fn allowed_scopes(app: &App, asked: ScopeSet, fields: &Fields) -> Result<ScopeSet> {
    let fault = |key| Error::invalid("", Message::new(key));
    if fields.sent(REQUIRED) != app.required_of(asked).to_string() {
        return Err(fault("oauth.consent.changed"));
    }
    let ticked: ScopeSet =
        fields.all("scope").into_iter().filter_map(|name| name.parse::<Scope>().ok()).collect();
    let allowed = app.required_of(asked).union(app.optional_of(asked).intersection(ticked));
    if allowed.is_empty() { Err(fault("oauth.consent.nothing")) } else { Ok(allowed) }
}

async fn allow(
    server: &Server,
    session: &Session,
    caller: &Caller,
    request: &AuthorizationRequest,
    portals: &[Portal],
    chosen: &str,
    allowed: ScopeSet,
) -> Result<Response> {
    let (portal, now) = (chosen_portal(portals, chosen)?, server.clock.now());
    let decision = Decision::Allow(&portal.id, allowed);
    let mut tx = server.begin(&standing(session, &portal.id)).await?;
    request.decide(&mut tx, &session.account_id, &decision, now).await?;
    let grant =
        consent(&mut tx, session, caller, &request.app, portal, (request.scopes, allowed), now)
            .await?;
    let code = issue_code(&mut tx, &grant, request, allowed, now).await?;
    tx.commit().await?;
    Ok(answered(server, request.send_code(server, code.reveal())))
}

/// The chosen portal, if it is one of these.
pub(super) fn chosen_portal<'a>(portals: &'a [Portal], chosen: &str) -> Result<&'a Portal> {
    let chosen = chosen.parse::<PortalId>().ok();
    portals.iter().find(|portal| Some(&portal.id) == chosen.as_ref()).ok_or(Error::NotFound)
}

/// The portal for which an app is declined, if one was chosen and the person can act for it. A
/// person without the second factor that it requires declines for themselves only.
pub(super) fn refusing_portal<'a>(
    session: &Session,
    portals: &'a [Portal],
    chosen: &str,
) -> Option<&'a Portal> {
    let portal = chosen_portal(portals, chosen).ok()?;
    session.check_second_factor(portal.requires_second_factor).is_ok().then_some(portal)
}

/// Records that a person gives an app access to a portal, within the transaction that carries it
/// out.
///
/// # Errors
/// [`Error::Unproven`] when the app gets something that it doesn't have, and the person didn't
/// authenticate recently.
pub(super) async fn consent(
    tx: &mut Tx,
    session: &Session,
    caller: &Caller,
    app: &App,
    portal: &Portal,
    (asked, allowed): (ScopeSet, ScopeSet),
    now: Timestamp,
) -> Result<GrantId> {
    let consent = NewConsent {
        portal: &portal.id,
        account: &session.account_id,
        email: &session.email,
        asked,
        allowed,
        caller,
    };
    let left_out = asked.without(allowed);
    App::hold(tx, &app.id).await?;
    let before = Grant::hold(tx, &portal.id, &app.id).await?;
    if before.as_ref().is_none_or(|before| !allowed.is_subset_of(before.scopes)) {
        expect_recent_authentication(session, now)?;
    }
    let action = match before {
        None => Action::GrantAllowed,
        Some(before) if before.scopes.union(allowed).without(left_out) == before.scopes => {
            Action::GrantUsedAgain
        }
        Some(_) => Action::GrantChanged,
    };
    let grant = Grant::consent(tx, &app.id, &consent, now).await?;
    event(action, session, caller, app, Some(&portal.id)).record(tx, now).await?;
    Ok(grant)
}

/// Declines access, and records it in the log of the chosen portal, if any.
async fn deny(
    server: &Server,
    session: &Session,
    caller: &Caller,
    request: &AuthorizationRequest,
    chosen: &str,
) -> Result<Response> {
    let (now, portals) = (server.clock.now(), portals_to_connect(&server.db, session).await?);
    let portal = refusing_portal(session, &portals, chosen);
    let mut tx = begin_refusal(server, session, portal).await?;
    request.decide(&mut tx, &session.account_id, &Decision::Deny, now).await?;
    refusal(session, caller, &request.app, portal).record(&mut tx, now).await?;
    tx.commit().await?;
    let declined = ProtocolError::new(ErrorCode::AccessDenied, "the owner declined");
    Ok(answered(server, request.send_error(server, &declined)))
}

/// The redirect back to the app. From now on, no link in a mail leads to its request.
fn answered(server: &Server, mut response: Response) -> Response {
    web::forget_next(&mut response, server, Site::Manage);
    response
}

/// Records the owner's decision in the logs of portal and developer.
fn event<'a>(
    action: Action,
    session: &'a Session,
    caller: &'a Caller,
    app: &'a App,
    portal: Option<&'a PortalId>,
) -> Event<'a> {
    let actor = Actor::Person(&session.account_id, &session.email);
    Event {
        action,
        actor,
        subject: &app.name,
        portal,
        developer: Some(&app.developer_id),
        caller: Some(caller),
    }
}

/// Records that the owner declines. The developer isn't told which portal declined.
pub(super) fn refusal<'a>(
    session: &'a Session,
    caller: &'a Caller,
    app: &'a App,
    portal: Option<&'a Portal>,
) -> Event<'a> {
    Event {
        developer: None,
        ..event(Action::GrantDenied, session, caller, app, portal.map(|portal| &portal.id))
    }
}

/// Issues a code, bound to the key that the request names.
async fn issue_code(
    tx: &mut Tx,
    grant: &GrantId,
    request: &AuthorizationRequest,
    scopes: ScopeSet,
    now: Timestamp,
) -> Result<Token> {
    let code = AuthorizationCode::issue(
        tx,
        grant,
        &request.redirect_uri,
        scopes,
        request.challenge.as_ref(),
        now,
    )
    .await?;
    if let Some(key) = request.key {
        dpop::bind_code(tx, &code, key).await?;
    }
    Ok(code)
}

fn untrusted(visit: &Visit, reason: &'static str) -> Response {
    let (lang, title) = (visit.lang, tr!(visit.lang, "oauth.error.title"));
    let body = html! {
        (ui::header(&title, None, html! {}))
        p { (tr!(lang, reason)) }
        p.muted { (tr!(lang, "oauth.error.untrusted")) }
        (ui::actions(ui::link_button(&tr!(lang, "error.page.home"), visit.site.path(), ButtonStyle::Secondary)))
    };
    (StatusCode::BAD_REQUEST, web::plain_chrome(visit).narrow(&title, body)).into_response()
}
