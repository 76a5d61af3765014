//! `/oauth/authorize`: the owner is asked whether an app may have access (RFC 6749 section 4.1.1).

use axum::extract::{RawQuery, State};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use super::authorization_request::{AuthorizationRequest, Checked, Prompt};
use super::code::AuthorizationCode;
use super::{ErrorCode, Grant, ProtocolError, logo_image};
use crate::accounts::{Portal, Session, pages, portals_of};
use crate::error::{Error, Message, Result};
use crate::http::site::{Form, Visit, forget_session, see_other};
use crate::i18n::tr;
use crate::ids::PortalId;
use crate::server::Server;
use crate::ui::{self, ButtonStyle, Choice, ChoiceKind};

pub(super) async fn show(State(server): State<Server>, visit: Visit, RawQuery(query): RawQuery) -> Result<Response> {
    let query = query.unwrap_or_default();
    let request = match AuthorizationRequest::check(&server, &query).await? {
        Checked::Good(request) => request,
        Checked::Untrusted(reason) => return Ok(untrusted(&visit, reason)),
        Checked::Faulty(response) => return Ok(response),
    };
    if request.prompt == Prompt::Login {
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
        "deny" => Ok(request.send_error(&server, &ProtocolError::new(ErrorCode::AccessDenied, "the owner declined"))),
        _ => Err(Error::BadRequest(Message::new("oauth.error.decision"))),
    }
}

async fn allow(server: &Server, session: &Session, request: &AuthorizationRequest, portal: &str) -> Result<Response> {
    let own = portals_of(&server.db, &session.account_id).await?;
    let chosen = portal.parse::<PortalId>().ok();
    let portal = own.iter().find(|portal| Some(&portal.id) == chosen.as_ref()).ok_or(Error::NotFound)?;
    let now = server.clock.now();
    let mut tx = server.db.begin().await?;
    let grant = Grant::consent(&mut tx, &portal.id, &request.app.id, &session.account_id, request.scopes, now).await?;
    let code = AuthorizationCode::issue(&mut tx, &grant, &request.redirect_uri, request.scopes, request.challenge.as_ref(), now).await?;
    tx.commit().await?;
    Ok(request.send_code(server, code.reveal()))
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

fn consent_page(visit: &Visit, session: &Session, request: &AuthorizationRequest, portals: &[Portal], query: &str) -> Markup {
    let (lang, app) = (visit.lang, &request.app);
    let title = tr!(lang, "oauth.consent.title", app = app.name);
    let body = html! {
        @if app.has_logo { (logo_image(&app.id)) }
        (ui::header(&title, None, html! {}))
        p {
            (tr!(lang, "oauth.consent.by", developer = app.developer_name))
            @if let Some(website) = &app.website { " · " a href=(website) rel="noopener noreferrer" { (website) } }
        }
        @if !app.description.is_empty() { p.muted { (app.description) } }
        @if portals.is_empty() {
            (ui::notice(ui::FlashKind::Error, None, html! { (tr!(lang, "oauth.consent.no_portal", email = session.email)) }))
            (ui::actions(ui::link_button(&tr!(lang, "manage.portals.new"), "/manage/portals/new", ButtonStyle::Primary)))
        } @else {
            (ui::form(&format!("/oauth/authorize?{query}"), &visit.csrf, html! {
                (portal_choice(visit, session, portals))
                h2 { (tr!(lang, "oauth.consent.scopes")) }
                (ui::check_list(request.scopes.iter().map(|scope| html! { (scope.explanation(lang)) " " (ui::mono(scope.name())) }).collect()))
                p.muted { (tr!(lang, "oauth.consent.revoke")) }
                (ui::actions(html! {
                    (ui::submit_named("decision", "allow", &tr!(lang, "oauth.consent.allow"), ButtonStyle::Primary))
                    (ui::submit_named("decision", "deny", &tr!(lang, "oauth.consent.deny"), ButtonStyle::Secondary))
                }))
            }))
        }
        p.muted { (tr!(lang, "oauth.consent.logged_in_as", email = session.email)) }
    };
    pages::plain_chrome(visit).narrow(&title, body)
}

/// The portal that access is given to: said when there is one, asked when there are more.
fn portal_choice(visit: &Visit, session: &Session, portals: &[Portal]) -> Markup {
    let lang = visit.lang;
    if let [portal] = portals {
        return html! {
            (ui::hidden("portal", portal.id.as_str()))
            p { (tr!(lang, "oauth.consent.portal")) " " strong { (portal.name) } }
        };
    }
    let open = session.portal_id.as_ref().filter(|open| portals.iter().any(|portal| portal.id == **open));
    let choices: Vec<Choice<'_>> = portals
        .iter()
        .enumerate()
        .map(|(index, portal)| Choice {
            value: portal.id.as_str().into(),
            label: portal.name.as_str().into(),
            hint: None,
            checked: open.map_or(index == 0, |open| *open == portal.id),
        })
        .collect();
    ui::choice_group(ChoiceKind::One, "portal", &tr!(lang, "oauth.consent.choose_portal"), &choices, None)
}
