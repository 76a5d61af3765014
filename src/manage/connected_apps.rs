//! Settings → Connected apps: which apps have access, and taking it away.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use maud::{Markup, html};

use super::member::{Member, Section};
use super::page_list::table;
use super::{connected_app, scope_summary};
use crate::accounts::pages::RecentlyAuthenticated;
use crate::error::Result;
use crate::http::Path;
use crate::http::site::{Form, see_other};
use crate::i18n::tr;
use crate::ids::GrantId;
use crate::oauth::{ConnectedApp, Grant};
use crate::server::Server;
use crate::ui::{self, ButtonStyle};

/// Where the list is.
pub(super) const PATH: &str = Section::ConnectedApps.path();

pub(super) fn routes() -> Router<Server> {
    Router::new()
        .route("/settings/connected-apps", get(list))
        .route("/settings/connected-apps/{id}", get(connected_app::show))
        .route("/settings/connected-apps/{id}/revoke", get(ask_to_revoke).post(revoke))
}

async fn list(State(server): State<Server>, member: Member) -> Result<Markup> {
    server.write_down_usage().await;
    let apps = ConnectedApp::list(&member.store).await?;
    let (lang, title) = (member.lang(), tr!(member.lang(), "manage.nav.connected_apps"));
    let body = html! {
        (ui::header(&title, Some(&tr!(lang, "manage.apps.intro")), html! {}))
        @if apps.is_empty() {
            (ui::empty_state(&tr!(lang, "manage.apps.empty_title"), &tr!(lang, "manage.apps.empty_text"), None))
        } @else {
            (app_table(&member, &apps))
        }
    };
    Ok(member.chrome(Section::ConnectedApps).page(&title, body))
}

fn app_table(member: &Member, apps: &[ConnectedApp]) -> Markup {
    let lang = member.lang();
    let rows = apps.iter().map(|app| {
        vec![
            app_name(member, app, Some(&format!("{PATH}/{}", app.id))),
            scope_summary(lang, app.scopes),
            member.day(app.created_at),
            member.moment_or_never(app.last_used_at),
            ui::link_button_about(&tr!(lang, "manage.revoke"), &app.app_name, &format!("{PATH}/{}/revoke", app.id), ButtonStyle::Quiet),
        ]
    });
    let heads = ["manage.apps.column.app", "manage.apps.column.may", "manage.apps.column.since", "manage.apps.column.last_used", ""];
    table(lang, &tr!(lang, "manage.nav.connected_apps"), &heads, rows.collect())
}

/// The app's name, whose it is and where to read about it; with an address the name is a link.
pub(super) fn app_name(member: &Member, app: &ConnectedApp, href: Option<&str>) -> Markup {
    html! {
        div.app-name {
            (ui::app_mark(&app.app_name, app.has_logo.then(|| format!("/oauth/apps/{}/logo", app.app_id)).as_deref()))
            div {
                @match href {
                    Some(href) => a href=(href) { (app.app_name) },
                    None => (app.app_name),
                }
                br;
                (ui::muted(&tr!(member.lang(), "oauth.consent.by", developer = app.developer_name)))
                @if let Some(website) = &app.website { br; a href=(website) rel="noopener noreferrer" { (website.trim_start_matches("https://").trim_end_matches('/')) } }
            }
        }
    }
}

async fn ask_to_revoke(member: Member, _: RecentlyAuthenticated, Path(id): Path<GrantId>) -> Result<Markup> {
    let app = ConnectedApp::find(&member.store, &id).await?;
    let (lang, title) = (member.lang(), tr!(member.lang(), "manage.apps.revoke_title", app = app.app_name));
    let text = tr!(lang, "manage.apps.revoke_text", app = app.app_name);
    let action = format!("{PATH}/{id}/revoke");
    let body = ui::confirm(lang, &title, &text, &action, &member.visit.csrf, &tr!(lang, "manage.revoke"), PATH);
    Ok(member.chrome(Section::ConnectedApps).page(&title, body))
}

async fn revoke(State(server): State<Server>, member: Member, _: RecentlyAuthenticated, Path(id): Path<GrantId>, _: Form) -> Result<Response> {
    Grant::revoke(&member.store, &id, server.clock.now()).await?;
    Ok(see_other(PATH, Some("flash.app_revoked")))
}
