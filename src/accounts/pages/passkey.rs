//! Proving who one is by a passkey: to log in, as the second step of that, and before something sensitive.

use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use maud::{Markup, Render, html};
use url::form_urlencoded;

use super::account::Person;
use super::log_in::{enter, own_path};
use crate::accounts::factors::{PasskeyProof, RelyingParty};
use crate::accounts::{Account, Site};
use crate::error::{Error, Result};
use crate::http::site::{Form, Visit, forget_log_in_step, see_other};
use crate::http::{Caller, Fields, Json, Surface};
use crate::server::Server;
use crate::ui::{self, ButtonStyle, PasskeyAction, PasskeyForm};

pub(super) fn routes() -> Router<Server> {
    Router::new()
        .route("/passkeys/challenge", post(challenge))
        .route("/login/passkey", post(log_in))
        .route("/reauthenticate/passkey", post(reauthenticate))
}

/// Where a site is reached.
pub(super) fn origin(server: &Server, site: Site) -> String {
    let surface = if site == Site::Manage { Surface::Manage } else { Surface::Developers };
    server.sites.url(surface, "")
}

/// The relying party of a site; `None` when browsers have no passkeys for its origin.
pub(super) fn relying_party(server: &Server, site: Site) -> Option<RelyingParty> {
    RelyingParty::of(&origin(server, site))
}

async fn challenge(State(server): State<Server>, visit: Visit, caller: Caller, _: Form) -> Result<Response> {
    let (now, party) = (server.clock.now(), relying_party(&server, visit.site).ok_or(Error::NotFound)?);
    server.guesses.passkey_asked(caller.address, now).map_err(|retry_after| Error::TooManyRequests { retry_after })?;
    Ok(Json(party.ask_for_proof(&server.db, now).await?).into_response())
}

/// The form that uses a passkey and posts to `page`; nothing when the site can have none.
pub(super) fn use_form(server: &Server, visit: &Visit, page: &str, next: &str, button: (&str, ButtonStyle)) -> Markup {
    let Some(party) = relying_party(server, visit.site) else { return html! {} };
    let base = visit.site.path();
    PasskeyForm {
        lang: visit.lang,
        action: PasskeyAction::Get,
        post_to: &format!("{base}/{page}"),
        challenge: &format!("{base}/passkeys/challenge"),
        host: party.id(),
        csrf: &visit.csrf,
        button,
        fields: ui::hidden("next", next),
        explain: false,
    }
    .render()
}

/// What the form of [`use_form`] proves.
async fn proof(server: &Server, visit: &Visit, caller: &Caller, fields: &Fields) -> Result<Option<PasskeyProof>> {
    let party = relying_party(server, visit.site).ok_or(Error::NotFound)?;
    let proof = party.read_proof(&server.db, fields.sent("challenge"), fields.sent("credential"), server.clock.now()).await?;
    if proof.is_some() {
        server.guesses.passkey_was_right(caller.address);
    }
    Ok(proof)
}

/// Back to where the form was.
fn failed(visit: &Visit, page: &str, next: &str) -> Response {
    let next: String = form_urlencoded::byte_serialize(next.as_bytes()).collect();
    see_other(&format!("{}/{page}?next={next}", visit.site.path()), Some("flash.note.passkey_failed"))
}

async fn log_in(State(server): State<Server>, visit: Visit, caller: Caller, headers: HeaderMap, Form(fields): Form) -> Result<Response> {
    let next = fields.sent("next");
    let Some(proof) = proof(&server, &visit, &caller, &fields).await? else { return Ok(failed(&visit, "login", next)) };
    let account = Account::by_id(&server.db, proof.account()).await?;
    if !account.is_verified() {
        return Ok(failed(&visit, "login", next));
    }
    let mut tx = server.db.begin().await?;
    if !proof.note(&mut tx, server.clock.now()).await? {
        return Ok(failed(&visit, "login", next));
    }
    if let Some(old) = &visit.session {
        old.end(&mut tx).await?;
    }
    let mut response = enter(&server, &visit, &caller, &headers, tx, &account, next).await?;
    forget_log_in_step(response.headers_mut(), &server, visit.site);
    Ok(response)
}

async fn reauthenticate(State(server): State<Server>, person: Person, caller: Caller, Form(fields): Form) -> Result<Response> {
    let (next, now, visit) = (fields.sent("next"), server.clock.now(), &person.visit);
    let proof = proof(&server, visit, &caller, &fields).await?.filter(|proof| *proof.account() == person.session.account_id);
    let Some(proof) = proof else { return Ok(failed(visit, "reauthenticate", next)) };
    let mut tx = server.db.begin().await?;
    if !proof.note(&mut tx, now).await? {
        return Ok(failed(visit, "reauthenticate", next));
    }
    tx.commit().await?;
    person.session.reauthenticated(&server.db, now).await?;
    Ok(see_other(own_path(visit, next), None))
}
