//! The activity of one's own account.

use axum::extract::State;
use maud::{Markup, html};

use super::layout::Section;
use crate::account_pages::person::Person;
use crate::audit_log::{AuditLog, Filter};
use crate::error::Result;
use crate::i18n::tr;
use crate::server::Server;
use crate::time::amsterdam;
use crate::ui::{self, ButtonStyle};
use crate::web::audit_log_page;
use crate::web::audit_log_page::AuditQuery;

/// The number of events on the profile page.
const NEWEST: usize = 5;

fn log_of(server: &Server, person: &Person) -> AuditLog {
    AuditLog::Account(server.db.clone(), person.session.account_id.clone())
}

pub(super) async fn show(
    person: Person,
    State(server): State<Server>,
    query: AuditQuery,
) -> Result<Markup> {
    let (lang, title) = (person.lang(), tr!(person.lang(), Section::Activity.label()));
    let body = html! {
        (ui::header(&title, Some(&tr!(lang, "account.activity.intro")), html! {}))
        (audit_log_page::content(lang, &person.path(Section::Activity.page()), &log_of(&server, &person), &query, &amsterdam()).await?)
        p.muted { (tr!(lang, "account.activity.unknown")) }
    };
    Ok(person.chrome(Section::Activity).page(&title, body))
}

/// The newest events, for another page; empty if there are none.
pub(super) async fn newest(server: &Server, person: &Person) -> Result<Markup> {
    let (lang, title) = (person.lang(), tr!(person.lang(), "account.activity.newest"));
    let found = log_of(server, person).search(&Filter::default(), None, NEWEST).await?;
    if found.events.is_empty() {
        return Ok(html! {});
    }
    let all = ui::link_button(
        &tr!(lang, "account.activity.all"),
        &person.path(Section::Activity.page()),
        ButtonStyle::Quiet,
    );
    Ok(ui::section(
        &title,
        None,
        all,
        audit_log_page::table(lang, &title, &found.events, &amsterdam()),
    ))
}
