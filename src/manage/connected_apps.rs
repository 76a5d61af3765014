//! Settings → Connected apps: which apps have access, their scopes, and withdrawing access.

use axum::extract::State;
use axum::response::Response;
use maud::{Markup, html};

use super::member::Member;
use super::page_list::table;
use super::sections::CONNECTED_APPS;
use super::{consents, ended, scope_summary};
use crate::account_pages::RecentlyAuthenticated;
use crate::accounts::may;
use crate::api_keys::Ended;
use crate::audit::{Action, Event};
use crate::caller::Caller;
use crate::error::Result;
use crate::http::Path;
use crate::i18n::tr;
use crate::ids::GrantId;
use crate::links;
use crate::oauth::{ConnectedApp, Consent, Grant};
use crate::request_log::{LogOf, LogSubject};
use crate::server::Server;
use crate::ui::{self, ButtonStyle};
use crate::web::request_log_page::LogQuery;
use crate::web::{Allowed, Form, Pages, request_log_page, see_other};

const PATH: &str = CONNECTED_APPS.path;

pub(super) fn pages() -> Pages {
    Pages::of(CONNECTED_APPS).get("/", list).get("/{id}", show).form(
        "/{id}/revoke",
        ask_to_revoke,
        revoke,
    )
}

async fn list(
    member: Allowed<Member, may::ConnectApps>,
    State(server): State<Server>,
) -> Result<Markup> {
    server.write_down_usage().await;
    let apps = ConnectedApp::list(&member.store).await?;
    let ended = ConnectedApp::list_ended(&member.store, server.clock.now()).await?;
    let (lang, title) = (member.lang(), tr!(member.lang(), "manage.nav.connected_apps"));
    let body = html! {
        (ui::header(&title, Some(&tr!(lang, "manage.apps.intro")), ui::link_button(&tr!(lang, "oauth.device.title"), "/manage/device", ButtonStyle::Secondary)))
        @if apps.is_empty() {
            (ui::empty_state(&tr!(lang, "manage.apps.empty_title"), &tr!(lang, "manage.apps.empty_text"), None))
        } @else {
            (app_table(&member, &apps))
        }
        @if !ended.is_empty() { (ended::section(&member, ended_table(&member, &ended))) }
    };
    Ok(member.chrome(&CONNECTED_APPS).page(&title, body))
}

fn app_table(member: &Member, apps: &[ConnectedApp]) -> Markup {
    let lang = member.lang();
    let rows = apps.iter().map(|app| {
        vec![
            name(member, app),
            scope_summary(lang, app.scopes),
            member.day(app.created_at),
            member.moment_or_never(app.last_used_at),
            ui::link_button_about(
                &tr!(lang, "manage.revoke"),
                &app.app_name,
                &format!("{PATH}/{}/revoke", app.id),
                ButtonStyle::Quiet,
            ),
        ]
    });
    let heads = [
        "manage.apps.column.app",
        "manage.apps.column.may",
        "manage.apps.column.since",
        "manage.apps.column.last_used",
        "",
    ];
    table(lang, &tr!(lang, "manage.nav.connected_apps"), &heads, rows.collect())
}

/// Connections that ended, most recent first.
fn ended_table(member: &Member, apps: &[ConnectedApp]) -> Markup {
    let lang = member.lang();
    let rows = apps.iter().map(|app| {
        let (may, since, last_used) = (
            scope_summary(lang, app.scopes),
            member.day(app.created_at),
            member.moment_or_never(app.last_used_at),
        );
        vec![name(member, app), may, since, last_used, state(member, app).unwrap_or_default()]
    });
    let heads = [
        "manage.apps.column.app",
        "manage.apps.column.may",
        "manage.apps.column.since",
        "manage.apps.column.last_used",
        "manage.ended.column",
    ];
    table(lang, &tr!(lang, "manage.ended.title"), &heads, rows.collect())
}

/// When the connection ended, and by whom if not the portal.
fn state(member: &Member, app: &ConnectedApp) -> Option<Markup> {
    let state = ended::state(member, Ended::Revoked(app.revoked_at?));
    Some(
        html! { (state) @if app.is_app_deleted { br; (tr!(member.lang(), "manage.ended.app_deleted")) } },
    )
}

/// The app's name, developer and website.
fn name(member: &Member, app: &ConnectedApp) -> Markup {
    html! {
        div.app-name {
            (ui::app_mark(&app.app_name, app.has_logo.then(|| format!("/oauth/apps/{}/logo", app.app_id)).as_deref()))
            div {
                a href=(links::connected_app(&app.id)) { (ui::name(&app.app_name)) } br;
                (ui::muted(&tr!(member.lang(), "oauth.consent.by", developer = app.developer_name)))
                @if let Some(website) = &app.website { br; a href=(website) rel="noopener noreferrer" { (website.trim_start_matches("https://").trim_end_matches('/')) } }
            }
        }
    }
}

/// An app's page: its state, consents and requests. For an ended connection it is read-only.
async fn show(
    member: Allowed<Member, may::ConnectApps>,
    State(server): State<Server>,
    Path(id): Path<GrantId>,
    query: LogQuery,
) -> Result<Markup> {
    server.write_down_usage().await;
    let app = ConnectedApp::find_also_ended(&member.store, &id).await?;
    let consents = Consent::list(&member.store, &id).await?;
    let path = links::connected_app(&id);
    let found = LogOf::Subject(&member.store, LogSubject::Grant(id))
        .search(&query.filter, query.before.clone())
        .await?;
    let lang = member.lang();
    let [status, may, since, last_used] = [
        "manage.ended.state",
        "manage.apps.column.may",
        "manage.apps.column.since",
        "manage.apps.column.last_used",
    ]
    .map(|label| lang.text(label).into_owned());
    let by = tr!(lang, "oauth.consent.by", developer = app.developer_name);
    let revoke = ui::link_button(
        &tr!(lang, "manage.revoke"),
        &format!("{path}/revoke"),
        ButtonStyle::Danger,
    );
    let body = html! {
        (CONNECTED_APPS.trail(lang, &[], &app.app_name))
        (ui::header(&app.app_name, Some(&by), html! { @if app.revoked_at.is_none() { (revoke) } }))
        (ui::facts(state(&member, &app).map(|state| (status.as_str(), state)).into_iter().chain([
            (may.as_str(), scope_summary(lang, app.scopes)),
            (&since, member.moment(app.created_at)),
            (&last_used, member.moment_or_never(app.last_used_at)),
        ]).collect()))
        (consents::section(&member, &consents))
        (request_log_page::section(lang, &path, &query, &found, member.time_zone()))
    };
    Ok(member.chrome(&CONNECTED_APPS).page(&app.app_name, body))
}

async fn ask_to_revoke(
    member: Allowed<Member, may::ConnectApps>,
    _: RecentlyAuthenticated,
    Path(id): Path<GrantId>,
) -> Result<Markup> {
    let app = ConnectedApp::find(&member.store, &id).await?;
    let (lang, title) =
        (member.lang(), tr!(member.lang(), "manage.apps.revoke_title", app = app.app_name));
    let text = tr!(lang, "manage.apps.revoke_text", app = app.app_name);
    let action = format!("{PATH}/{id}/revoke");
    let body = ui::confirm(
        lang,
        &title,
        &text,
        &action,
        &member.visit.mark,
        &tr!(lang, "manage.revoke"),
        PATH,
    );
    Ok(member.chrome(&CONNECTED_APPS).page(&title, body))
}

async fn revoke(
    member: Allowed<Member, may::ConnectApps>,
    State(server): State<Server>,
    _: RecentlyAuthenticated,
    Path(id): Path<GrantId>,
    caller: Caller,
    _: Form,
) -> Result<Response> {
    let now = server.clock.now();
    let app = ConnectedApp::find(&member.store, &id).await?;
    let mut tx = member.begin().await?;
    Grant::revoke(&mut tx, &id, now).await?;
    let event = member.event(Action::GrantRevoked, &app.app_name, &caller);
    tx.record(Event { developer: Some(&app.developer_id), ..event }, now).await?;
    tx.commit().await?;
    Ok(see_other(PATH, Some("flash.app_revoked")))
}
