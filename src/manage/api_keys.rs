//! Settings → API keys: the list, and revoking one. Making one is in `new_api_key.rs`.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use maud::{Markup, html};

use super::member::{Member, Section};
use super::page_list::table;
use super::{new_api_key, scope_summary};
use crate::accounts::pages::RecentlyAuthenticated;
use crate::auth::ApiKey;
use crate::error::Result;
use crate::http::Path;
use crate::http::site::{Form, see_other};
use crate::i18n::tr;
use crate::ids::ApiKeyId;
use crate::server::Server;
use crate::ui::{self, BadgeKind, ButtonStyle};

/// Where the list is.
pub(super) const PATH: &str = Section::ApiKeys.path();

pub(super) fn routes() -> Router<Server> {
    Router::new()
        .route("/settings/api-keys", get(list))
        .route("/settings/api-keys/new", get(new_api_key::show).post(new_api_key::create))
        .route("/settings/api-keys/{id}/revoke", get(ask_to_revoke).post(revoke))
}

async fn list(State(server): State<Server>, member: Member) -> Result<Markup> {
    server.write_down_usage().await;
    let keys = ApiKey::list(&member.store).await?;
    let (lang, title) = (member.lang(), tr!(member.lang(), "manage.nav.api_keys"));
    let create = || ui::link_button(&tr!(lang, "manage.api_keys.create"), &format!("{PATH}/new"), ButtonStyle::Primary);
    let body = html! {
        (ui::header(&title, Some(&tr!(lang, "manage.api_keys.intro")), create()))
        @if keys.is_empty() {
            (ui::empty_state(&tr!(lang, "manage.api_keys.empty_title"), &tr!(lang, "manage.api_keys.empty_text"), None))
        } @else {
            (key_table(&server, &member, &keys))
        }
        p.muted {
            (tr!(lang, "manage.api_keys.apps_need_none")) " "
            a href=(Section::ConnectedApps.path()) { (tr!(lang, "manage.nav.connected_apps")) } "."
        }
    };
    Ok(member.chrome(Section::ApiKeys).page(&title, body))
}

fn key_table(server: &Server, member: &Member, keys: &[ApiKey]) -> Markup {
    let lang = member.lang();
    let now = server.clock.now();
    let rows = keys.iter().map(|key| {
        vec![
            html! { (key.name) br; (ui::mono(&format!("{}…", key.token_start))) (rate_limit(member, key)) },
            scope_summary(lang, key.scopes),
            member.day(key.created_at),
            member.moment_or_never(key.last_used_at),
            html! {
                @if key.expires_at.is_some_and(|at| at <= now) { (ui::badge(&tr!(lang, "manage.api_keys.expired"), BadgeKind::Danger)) br; }
                (member.moment_or_never(key.expires_at))
            },
            revoke_link(member, key),
        ]
    });
    let heads = [
        "manage.api_keys.column.name",
        "manage.api_keys.column.may",
        "manage.api_keys.column.created",
        "manage.api_keys.column.last_used",
        "manage.api_keys.column.expires",
        "",
    ];
    table(lang, &tr!(lang, "manage.nav.api_keys"), &heads, rows.collect())
}

/// A key's own rate limit, for the few that have one.
fn rate_limit(member: &Member, key: &ApiKey) -> Markup {
    html! {
        @match key.rate_limit {
            None => {}
            Some(0) => { br; (ui::muted(&tr!(member.lang(), "manage.api_keys.unlimited"))) }
            Some(limit) => { br; (ui::muted(&tr!(member.lang(), "manage.api_keys.limit", limit = limit))) }
        }
    }
}

fn revoke_link(member: &Member, key: &ApiKey) -> Markup {
    ui::link_button_about(&tr!(member.lang(), "manage.revoke"), &key.name, &format!("{PATH}/{}/revoke", key.id), ButtonStyle::Quiet)
}

async fn ask_to_revoke(member: Member, _: RecentlyAuthenticated, Path(id): Path<ApiKeyId>) -> Result<Markup> {
    let key = ApiKey::find(&member.store, &id).await?;
    let (lang, title) = (member.lang(), tr!(member.lang(), "manage.api_keys.revoke_title", name = key.name));
    let action = format!("{PATH}/{id}/revoke");
    let text = tr!(lang, "manage.api_keys.revoke_text");
    let body = ui::confirm(lang, &title, &text, &action, &member.visit.csrf, &tr!(lang, "manage.revoke"), PATH);
    Ok(member.chrome(Section::ApiKeys).page(&title, body))
}

async fn revoke(State(server): State<Server>, member: Member, _: RecentlyAuthenticated, Path(id): Path<ApiKeyId>, _: Form) -> Result<Response> {
    ApiKey::revoke(&member.store, &id, server.clock.now()).await?;
    Ok(see_other(PATH, Some("flash.api_key_revoked")))
}
