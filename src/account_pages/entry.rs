//! The last step of logging in, whatever way it was proven who it is.

use axum::http::HeaderMap;
use axum::response::Response;

use super::{disabled, mails, restore_account};
use crate::accounts::{Account, NewSession, OwnDeveloper, Proof, Session, portals_of, record_for};
use crate::audit::{Action, Actor};
use crate::caller::Caller;
use crate::db::Tx;
use crate::error::Result;
use crate::server::Server;
use crate::web::next::own_path;
use crate::web::{
    Visit, known_browser, organisation_of_draft, see_other, set_known_browser, set_session,
};

/// A fully authenticated person.
#[derive(Clone, Copy)]
pub(super) struct Entry<'a> {
    /// The account.
    pub(super) account: &'a Account,
    /// How the person authenticated.
    pub(super) proof: Proof,
    /// Whether the browser stays logged in.
    pub(super) kept: bool,
}

/// Begins the session of a fully authenticated person, and continues to `next`.
pub(super) async fn enter(
    server: &Server,
    visit: &Visit,
    caller: &Caller,
    headers: &HeaderMap,
    mut tx: Tx,
    entry: Entry<'_>,
    next: &str,
) -> Result<Response> {
    let (now, Entry { account, proof, kept }) = (server.clock.now(), entry);
    if account.disabled_at.is_some() {
        let actor = Actor::Stranger(&account.email);
        record_for(&mut tx, &account.id, actor, Action::LogInFailed, caller, now).await?;
        tx.commit().await?;
        return Ok(disabled::page(visit));
    }
    if account.deleted_at.is_some() {
        return restore_account::offer(server, visit, tx, account).await;
    }
    let open = organisation_of_draft(server, &mut tx, &account.id, next).await?;
    let portals = portals_of(&mut tx, &account.id).await?;
    let last_open = portals.iter().find(|portal| Some(portal.id.as_str()) == open.as_deref());
    let portal = last_open.or(portals.first()).map(|portal| &portal.id);
    let developers = OwnDeveloper::list(&mut tx, &account.id).await?;
    let mut developers = developers.iter().map(|own| &own.developer.id);
    let developer = developers.find(|developer| Some(developer.as_str()) == open.as_deref());
    let new = NewSession { site: visit.site, account: &account.id, portal, developer, proof, kept };
    let limits = server.config.sessions.limits();
    let token = Session::begin(&mut tx, &new, limits, caller, now).await?;
    let known = known_browser(headers, server, visit.site);
    if known.is_known_to(&mut tx, &account.id, now).await? {
        Account::set_language(&mut tx, &account.id, visit.lang).await?;
    } else {
        mails::post_new_browser(server, &mut tx, visit.site, account, caller).await?;
    }
    let known = known.remember(&mut tx, &account.id, now).await?;
    record_for(
        &mut tx,
        &account.id,
        Actor::Person(&account.id, &account.email),
        Action::LoggedIn,
        caller,
        now,
    )
    .await?;
    tx.commit().await?;
    let mut response = see_other(own_path(visit, next), None);
    set_session(response.headers_mut(), server, visit.site, &token, kept);
    set_known_browser(response.headers_mut(), server, visit.site, &known);
    Ok(response)
}
