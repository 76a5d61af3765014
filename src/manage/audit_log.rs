//! Settings → Audit log: what was done in the portal, by whom, from where.

use axum::response::Response;
use maud::{Markup, html};

use super::member::Member;
use super::sections::AUDIT_LOG;
use crate::accounts::may;
use crate::audit_log::AuditLog;
use crate::error::Result;
use crate::i18n::tr;
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

async fn show(member: Allowed<Member, may::SeeLogs>, query: AuditQuery) -> Result<Markup> {
    let (lang, title) = (member.lang(), tr!(member.lang(), "audit.title"));
    let log = AuditLog::Portal(member.store.clone());
    let body = html! {
        (ui::header(&title, Some(&tr!(lang, "audit.intro_portal")), audit_log_page::export_links(lang, PATH, &query)))
        (audit_log_page::content(lang, PATH, &log, &query, member.time_zone()).await?)
    };
    Ok(member.chrome(&AUDIT_LOG).page(&title, body))
}

async fn export_csv(member: Allowed<Member, may::SeeLogs>, query: AuditQuery) -> Result<Response> {
    audit_log_page::export(
        AuditLog::Portal(member.store.clone()),
        &query,
        Format::Csv,
        member.lang(),
        member.time_zone().clone(),
    )
}

async fn export_json(member: Allowed<Member, may::SeeLogs>, query: AuditQuery) -> Result<Response> {
    audit_log_page::export(
        AuditLog::Portal(member.store.clone()),
        &query,
        Format::Json,
        member.lang(),
        member.time_zone().clone(),
    )
}
