//! Restoring a deleted portal or developer, with a mailed link or by a logged-in owner.

use axum::extract::{Query, State};
use axum::http::Method;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use maud::{Markup, html};

use super::logged_in;
use super::verify::Link;
use crate::accounts::{DeletedOrganisation, Organisation, Registration, Session, Site};
use crate::audit::{Action, Actor, Event};
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::i18n::{Lang, tr};
use crate::server::{Server, WritingServer};
use crate::time::{amsterdam, readable_day};
use crate::ui::{self, ButtonStyle};
use crate::web::{Form, Pages, Visit, page_again, plain_chrome, see_other};

pub(super) fn pages() -> Pages<WritingServer> {
    Pages::new().form("/restore", show, submit)
}

/// Whether a person can restore something on this site.
pub async fn is_possible(server: &Server, site: Site, session: &Session) -> Result<bool> {
    let (owner, now) = (&session.account_id, server.clock.now());
    Ok(!DeletedOrganisation::list(&server.db, site, owner, now).await?.is_empty())
}

/// A line that leads here, for a person who can restore something.
pub async fn hint(server: &Server, visit: &Visit, session: &Session) -> Result<Markup> {
    let is_possible = is_possible(server, visit.site, session).await?;
    Ok(html! {
        @if is_possible {
            p { a href={ (visit.site.path()) "/restore" } { (tr!(visit.lang, "organisation.restore.hint")) } }
        }
    })
}

async fn show(
    visit: Visit,
    State(server): State<Server>,
    method: Method,
    Query(Link { token }): Query<Link>,
) -> Result<Response, Response> {
    let now = server.clock.now();
    if !token.is_empty() {
        let found = DeletedOrganisation::by_link(&server.db, visit.site, &token, now)
            .await
            .map_err(IntoResponse::into_response)?;
        let Some(deleted) = found else { return Ok(dead_link(&visit)) };
        return Ok(page(&visit, vec![row(&visit, &deleted, ("token", &token))], html! {}));
    }
    let session = logged_in(&visit, &method)?;
    let list = DeletedOrganisation::list(&server.db, visit.site, &session.account_id, now)
        .await
        .map_err(IntoResponse::into_response)?;
    let rows = list.iter().map(|deleted| row(&visit, deleted, ("id", id_of(deleted))));
    let home = ui::link_button(
        &tr!(visit.lang, "error.page.home"),
        visit.site.path(),
        ButtonStyle::Secondary,
    );
    let new = match visit.site {
        Site::Manage => ("manage.portals.new", "/manage/portals/new"),
        Site::Developers => ("developers.nav.another_organisation", "/developers/welcome"),
    };
    let new = ui::link_button(&tr!(visit.lang, new.0), new.1, ButtonStyle::Secondary);
    let rows: Vec<Markup> = rows.collect();
    let is_open = Registration::of(&server.config.accounts, visit.site).is_open();
    let buttons = match (rows.is_empty(), is_open) {
        (true, _) => home,
        (false, true) => new,
        (false, false) => html! {},
    };
    Ok(page(&visit, rows, buttons))
}

fn id_of(deleted: &DeletedOrganisation) -> &str {
    match &deleted.organisation {
        Organisation::Portal(id) => id.as_str(),
        Organisation::Developer(id) => id.as_str(),
    }
}

fn until(lang: Lang, deleted: &DeletedOrganisation) -> String {
    let day = readable_day(deleted.removed_from(), &amsterdam(), lang);
    tr!(lang, "organisation.restore.until", name = deleted.name, day = day).into_owned()
}

fn row(visit: &Visit, deleted: &DeletedOrganisation, (name, value): (&str, &str)) -> Markup {
    let label = tr!(visit.lang, "organisation.restore.submit", name = deleted.name);
    html! {
        p { (until(visit.lang, deleted)) }
        (ui::form(&format!("{}/restore", visit.site.path()), &visit.mark, html! {
            (ui::hidden(name, value))
            (ui::actions(ui::submit(&label, ButtonStyle::Primary)))
        }))
    }
}

fn page(visit: &Visit, rows: Vec<Markup>, buttons: Markup) -> Response {
    let (lang, title) = (visit.lang, tr!(visit.lang, "organisation.restore.title"));
    let body = html! {
        (ui::header(&title, None, html! {}))
        @if rows.is_empty() { p { (tr!(lang, "organisation.restore.nothing")) } }
        @for row in rows { (ui::card(None, row)) }
        (ui::actions(buttons))
    };
    plain_chrome(visit).narrow(&title, body).into_response()
}

async fn submit(
    visit: Visit,
    State(server): State<WritingServer>,
    method: Method,
    caller: Caller,
    Form(fields): Form,
) -> Result<Response, Response> {
    let (token, now) = (fields.sent("token"), server.clock.now());
    let restored = if token.is_empty() {
        let session = logged_in(&visit, &method)?;
        by_owner(&server, &visit, &session, fields.sent("id"), &caller, now).await
    } else {
        by_link(&server, &visit, token, &caller, now).await
    };
    match restored {
        Ok(()) => Ok(see_other(visit.site.path(), Some("flash.organisation_restored"))),
        Err(Error::NotFound) => Ok(page_again(&visit)),
        Err(error) => Err(error.into_response()),
    }
}

async fn by_owner(
    server: &WritingServer,
    visit: &Visit,
    session: &Session,
    id: &str,
    caller: &Caller,
    now: Timestamp,
) -> Result<()> {
    let list = DeletedOrganisation::list(&server.db, visit.site, &session.account_id, now).await?;
    let found = list.iter().find(|deleted| id_of(deleted) == id).ok_or(Error::NotFound)?;
    let mut tx = server.begin(session).await?;
    let name = found.organisation.restore(&mut tx, now).await?;
    let actor = Actor::Person(&session.account_id, &session.email);
    event(&found.organisation, actor, &name, caller).record(&mut tx, now).await?;
    Ok(tx.commit().await?)
}

async fn by_link(
    server: &WritingServer,
    visit: &Visit,
    token: &str,
    caller: &Caller,
    now: Timestamp,
) -> Result<()> {
    let found = DeletedOrganisation::by_link(&server.db, visit.site, token, now).await?;
    let found = found.ok_or(Error::NotFound)?;
    let mut tx = server.db.begin().await?;
    let name = found.organisation.restore(&mut tx, now).await?;
    let actor = match &visit.session {
        Some(session) => Actor::Person(&session.account_id, &session.email),
        None => Actor::Stranger(""),
    };
    event(&found.organisation, actor, &name, caller).record(&mut tx, now).await?;
    Ok(tx.commit().await?)
}

fn event<'a>(
    organisation: &'a Organisation,
    actor: Actor<'a>,
    subject: &'a str,
    caller: &'a Caller,
) -> Event<'a> {
    let action = match organisation {
        Organisation::Portal(_) => Action::PortalRestored,
        Organisation::Developer(_) => Action::DeveloperRestored,
    };
    Event {
        action,
        actor,
        subject,
        portal: organisation.portal(),
        developer: organisation.developer(),
        caller: Some(caller),
    }
}

fn dead_link(visit: &Visit) -> Response {
    let (lang, title) = (visit.lang, tr!(visit.lang, "account.link.dead_title"));
    let body = html! {
        (ui::header(&title, Some(&tr!(lang, "organisation.restore.dead")), html! {}))
        (ui::actions(ui::link_button(&tr!(lang, "error.page.home"), visit.site.path(), ButtonStyle::Primary)))
    };
    plain_chrome(visit).narrow(&title, body).into_response()
}
