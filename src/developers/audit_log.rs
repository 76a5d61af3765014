//! `/developers/audit-log`: the events of the developer's apps.

use axum::extract::State;
use axum::response::Response;
use maud::{Markup, html};

use super::DeveloperMember;
use super::sections::AUDIT_LOG;
use crate::accounts::may;
use crate::audit_log::AuditLog;
use crate::error::Result;
use crate::i18n::tr;
use crate::server::Server;
use crate::time::amsterdam;
use crate::ui;
use crate::web::audit_log_page::{AuditQuery, Format};
use crate::web::{Allowed, Pages, audit_log_page};

const PATH: &str = AUDIT_LOG.path;

pub(super) fn pages() -> Pages {
    Pages::of(AUDIT_LOG)
        .get("/", show)
        .get("/audit-log.csv", export_csv)
        .get("/audit-log.json", export_json)
}

fn log_of(server: &Server, member: &DeveloperMember) -> AuditLog {
    AuditLog::Developer(server.db.clone(), member.developer.id.clone())
}

async fn show(
    member: Allowed<DeveloperMember, may::SeeLogs>,
    State(server): State<Server>,
    query: AuditQuery,
) -> Result<Markup> {
    let (lang, title) = (member.lang(), tr!(member.lang(), "audit.title"));
    let body = html! {
        (ui::header(&title, Some(&tr!(lang, "audit.intro_developer")), audit_log_page::export_links(lang, PATH, &query)))
        (audit_log_page::content(lang, PATH, &log_of(&server, &member), &query, &amsterdam()).await?)
    };
    Ok(member.chrome().page(&title, body))
}

async fn export_csv(
    member: Allowed<DeveloperMember, may::SeeLogs>,
    State(server): State<Server>,
    query: AuditQuery,
) -> Result<Response> {
    audit_log_page::export(
        log_of(&server, &member),
        &query,
        Format::Csv,
        member.lang(),
        amsterdam(),
    )
}

async fn export_json(
    member: Allowed<DeveloperMember, may::SeeLogs>,
    State(server): State<Server>,
    query: AuditQuery,
) -> Result<Response> {
    audit_log_page::export(
        log_of(&server, &member),
        &query,
        Format::Json,
        member.lang(),
        amsterdam(),
    )
}
