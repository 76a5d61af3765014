//! `/oauth/authorize`: the owner is asked whether an app may have access (RFC 6749 section 4.1.1).

use axum::extract::{RawQuery, State};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use maud::html;

use super::authorization_request::{AuthorizationRequest, Checked};
use super::code::AuthorizationCode;
use super::consent_page::consent_page;
use super::{ErrorCode, Grant, ProtocolError, dpop};
use crate::accounts::{Session, pages, portals_of};
use crate::error::{Error, Message, Result};
use crate::http::site::{Form, Visit, forget_session, see_other};
use crate::i18n::tr;
use crate::ids::PortalId;
use crate::server::Server;
use crate::ui;

pub(super) async fn show(State(server): State<Server>, visit: Visit, RawQuery(query): RawQuery) -> Result<Response> {
    let query = query.unwrap_or_default();
    let request = match AuthorizationRequest::check(&server, &query).await? {
        Checked::Good(request) => request,
        Checked::Untrusted(reason) => return Ok(untrusted(&visit, reason)),
        Checked::Faulty(response) => return Ok(response),
    };
    if request.asks_to_log_in(visit.session.as_ref()) {
        return log_in_again(&server, &visit, &query).await;
    }
    let session = match pages::logged_in(&visit, &Method::GET) {
        Ok(session) => session,
        Err(to_log_in) => return Ok(to_log_in),
    };
    let portals = portals_of(&server.db, &session.account_id).await?;
    let mut response = consent_page(&visit, &session, &request, &portals, &query).into_response();
    response.extensions_mut().insert(request.form_targets());
    Ok(response)
}

/// `prompt=login`: whoever is logged in is logged out, so that nothing but the password leads on.
async fn log_in_again(server: &Server, visit: &Visit, query: &str) -> Result<Response> {
    if let Some(session) = &visit.session {
        session.end(&server.db).await?;
    }
    let rest = url::form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name != "prompt");
    let rest = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(rest).finish();
    let next: String = url::form_urlencoded::byte_serialize(format!("/oauth/authorize?{rest}").as_bytes()).collect();
    let mut response = see_other(&format!("/manage/login?next={next}"), None);
    forget_session(response.headers_mut(), server, visit.site);
    Ok(response)
}

pub(super) async fn decide(State(server): State<Server>, visit: Visit, RawQuery(query): RawQuery, Form(fields): Form) -> Result<Response> {
    let request = match AuthorizationRequest::check(&server, &query.unwrap_or_default()).await? {
        Checked::Good(request) => request,
        Checked::Untrusted(reason) => return Ok(untrusted(&visit, reason)),
        Checked::Faulty(response) => return Ok(response),
    };
    let session = match pages::logged_in(&visit, &Method::POST) {
        Ok(session) => session,
        Err(to_log_in) => return Ok(to_log_in),
    };
    match fields.sent("decision") {
        "allow" => allow(&server, &session, &request, fields.sent("portal")).await,
        "deny" => deny(&server, &request).await,
        _ => Err(Error::BadRequest(Message::new("oauth.error.decision"))),
    }
}

async fn allow(server: &Server, session: &Session, request: &AuthorizationRequest, portal: &str) -> Result<Response> {
    let own = portals_of(&server.db, &session.account_id).await?;
    let chosen = portal.parse::<PortalId>().ok();
    let portal = own.iter().find(|portal| Some(&portal.id) == chosen.as_ref()).ok_or(Error::NotFound)?;
    let now = server.clock.now();
    let mut tx = server.db.begin().await?;
    request.use_up(&mut tx, now).await?;
    let grant = Grant::consent(&mut tx, &portal.id, &request.app.id, &session.account_id, request.scopes, now).await?;
    let code = AuthorizationCode::issue(&mut tx, &grant, &request.redirect_uri, request.scopes, request.challenge.as_ref(), now).await?;
    if let Some(key) = request.key {
        dpop::bind_code(&mut tx, &code, key).await?;
    }
    tx.commit().await?;
    Ok(request.send_code(server, code.reveal()))
}

async fn deny(server: &Server, request: &AuthorizationRequest) -> Result<Response> {
    let mut tx = server.db.begin().await?;
    request.use_up(&mut tx, server.clock.now()).await?;
    tx.commit().await?;
    Ok(request.send_error(server, &ProtocolError::new(ErrorCode::AccessDenied, "the owner declined")))
}

fn untrusted(visit: &Visit, reason: &'static str) -> Response {
    let (lang, title) = (visit.lang, tr!(visit.lang, "oauth.error.title"));
    let body = html! {
        (ui::header(&title, None, html! {}))
        p { (tr!(lang, reason)) }
        p.muted { (tr!(lang, "oauth.error.untrusted")) }
    };
    (StatusCode::BAD_REQUEST, pages::plain_chrome(visit).narrow(&title, body)).into_response()
}
