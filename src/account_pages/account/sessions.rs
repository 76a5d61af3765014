//! One's sessions, and logging out elsewhere.

use axum::extract::State;
use axum::response::Response;
use maud::{Markup, html};

use super::layout::Section;
use crate::account_pages::person::Person;
use crate::accounts::{KnownSession, Session, Site};
use crate::audit::Action;
use crate::caller::{Caller, readable_user_agent};
use crate::error::Result;
use crate::http::Path;
use crate::i18n::tr;
use crate::ids::SessionId;
use crate::server::Server;
use crate::ui::{self, BadgeKind, ButtonStyle};
use crate::web::{Form, see_other};

const PAGE: &str = Section::Sessions.page();

pub(super) async fn show(person: Person, State(server): State<Server>) -> Result<Markup> {
    let sessions =
        Session::list(&server.db, &person.session.account_id, server.clock.now()).await?;
    let (lang, title) = (person.lang(), tr!(person.lang(), Section::Sessions.label()));
    let end_others = html! {
        @if sessions.len() > 1 {
            (ui::button_form(&person.path("account/sessions/end-others"), &person.visit.mark, &tr!(lang, "account.sessions.end_others"), ButtonStyle::Secondary))
        }
    };
    let heads = ["device", "site", "since", "last_seen", "address"]
        .map(|head| lang.text(&format!("account.sessions.column.{head}")).into_owned());
    let heads: Vec<&str> = heads.iter().map(String::as_str).chain([""]).collect();
    let rows = sessions.iter().map(|session| row(&person, session)).collect();
    let body = html! {
        (ui::header(&title, Some(&tr!(lang, "account.sessions.intro")), end_others))
        (ui::table(&title, &heads, rows))
        p.muted { (tr!(lang, "account.sessions.unknown")) }
    };
    Ok(person.chrome(Section::Sessions).page(&title, body))
}

fn row(person: &Person, session: &KnownSession) -> Vec<Markup> {
    let (lang, own) = (person.lang(), session.id == person.session.id);
    let site = match session.site {
        Site::Manage => tr!(lang, "ui.site_manage"),
        Site::Developers => tr!(lang, "ui.site_developers"),
    };
    let device = readable_user_agent(lang, &session.user_agent);
    let end = person.path(&format!("{PAGE}/{}/end", session.id));
    vec![
        html! { (device) @if own { " " (ui::badge(&tr!(lang, "account.sessions.this_one"), BadgeKind::Success)) } },
        html! { (site) },
        person.day(session.created_at),
        person.moment(session.last_seen_at),
        html! { (session.address) },
        html! { @if !own { (ui::button_form_about(&end, &person.visit.mark, &tr!(lang, "ui.log_out"), &device, ButtonStyle::Quiet)) } },
    ]
}

pub(super) async fn end(
    person: Person,
    State(server): State<Server>,
    caller: Caller,
    Path(id): Path<SessionId>,
    _: Form,
) -> Result<Response> {
    let now = server.clock.now();
    let mut tx = person.begin(&server).await?;
    person.session.end_one(&mut tx, &id).await?;
    person.record(&mut tx, &caller, Action::SessionEnded, id.as_str(), now).await?;
    tx.commit().await?;
    Ok(see_other(&person.path(PAGE), Some("flash.session_ended")))
}

pub(super) async fn end_others(
    person: Person,
    State(server): State<Server>,
    caller: Caller,
    _: Form,
) -> Result<Response> {
    let now = server.clock.now();
    let mut tx = person.begin(&server).await?;
    if person.session.end_others(&mut tx).await? > 0 {
        person.record(&mut tx, &caller, Action::OtherSessionsEnded, "", now).await?;
    }
    tx.commit().await?;
    Ok(see_other(&person.path(PAGE), Some("flash.other_sessions_ended")))
}
