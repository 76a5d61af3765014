//! The list of API keys.

use axum::extract::State;
use jiff::Timestamp;
use maud::{Markup, html};

use super::trail::{PATH, path_of};
use crate::accounts::may;
use crate::api_keys::ApiKey;
use crate::error::Result;
use crate::i18n::{Lang, tr};
use crate::manage::scope_summary::scope_summary;
use crate::manage::sections::{API_KEYS, CONNECTED_APPS};
use crate::manage::{Member, ended, table};
use crate::server::Server;
use crate::ui::{self, ButtonStyle};
use crate::web::Allowed;

pub(super) async fn show(
    member: Allowed<Member, may::ManageApiKeys>,
    State(server): State<Server>,
) -> Result<Markup> {
    server.write_down_usage().await;
    let now = server.clock.now();
    let keys = ApiKey::list(&member.store, now).await?;
    let ended = ApiKey::list_ended(&member.store, now).await?;
    let (lang, title) = (member.lang(), tr!(member.lang(), "manage.nav.api_keys"));
    let create = || {
        ui::link_button(
            &tr!(lang, "manage.api_keys.create"),
            &format!("{PATH}/new"),
            ButtonStyle::Primary,
        )
    };
    let body = html! {
        (ui::header(&title, Some(&tr!(lang, "manage.api_keys.intro")), create()))
        @if keys.is_empty() {
            (ui::empty_state(&tr!(lang, "manage.api_keys.empty_title"), &tr!(lang, "manage.api_keys.empty_text"), None))
        } @else {
            (key_table(&server, &member, &keys))
        }
        p.muted {
            (tr!(lang, "manage.api_keys.apps_need_none")) " "
            a href=(CONNECTED_APPS.path) { (tr!(lang, "manage.nav.connected_apps")) } "."
        }
        @if !ended.is_empty() { (ended::section(&member, ended_table(&member, &ended, now))) }
    };
    Ok(member.chrome(&API_KEYS).page(&title, body))
}

fn key_table(server: &Server, member: &Member, keys: &[ApiKey]) -> Markup {
    let lang = member.lang();
    let rows = keys.iter().map(|key| {
        vec![
            html! { (name(key)) br; (ui::muted(&rate_limit(lang, key, server.config.default_rate_limit))) },
            scope_summary(lang, key.scopes),
            member.day(key.created_at),
            last_used(member, key),
            member.moment_or_never(key.expires_at),
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

/// Keys that ended, most recent first.
fn ended_table(member: &Member, keys: &[ApiKey], now: Timestamp) -> Markup {
    let lang = member.lang();
    let rows = keys.iter().map(|key| {
        let state = key.ended(now).map(|ended| ended::state(member, ended)).unwrap_or_default();
        vec![
            name(key),
            scope_summary(lang, key.scopes),
            member.day(key.created_at),
            last_used(member, key),
            state,
        ]
    });
    let heads = [
        "manage.api_keys.column.name",
        "manage.api_keys.column.may",
        "manage.api_keys.column.created",
        "manage.api_keys.column.last_used",
        "manage.ended.column",
    ];
    table(lang, &tr!(lang, "manage.ended.title"), &heads, rows.collect())
}

/// The key's name, which links to its page, and the first characters of its secret.
fn name(key: &ApiKey) -> Markup {
    html! { a href=(path_of(key)) { (ui::name(&key.name)) } br; (ui::mono(&format!("{}…", key.token_start))) }
}

/// When the key was last used, and from where.
pub(super) fn last_used(member: &Member, key: &ApiKey) -> Markup {
    html! {
        (member.moment_or_never(key.last_used_at))
        @if let Some(address) = &key.last_used_address { br; (ui::muted(&tr!(member.lang(), "manage.api_keys.from", address = address))) }
    }
}

/// The key's requests per minute: its own limit, or the server's.
pub(super) fn rate_limit(lang: Lang, key: &ApiKey, default: u32) -> String {
    let text = match (key.rate_limit, key.rate_limit.unwrap_or(default)) {
        (_, 0) => tr!(lang, "manage.api_keys.unlimited"),
        (Some(limit), _) => tr!(lang, "manage.api_keys.limit", limit = limit),
        (None, limit) => tr!(lang, "manage.api_keys.default_limit", limit = limit),
    };
    text.into_owned()
}

fn revoke_link(member: &Member, key: &ApiKey) -> Markup {
    ui::link_button_about(
        &tr!(member.lang(), "manage.revoke"),
        &key.name,
        &format!("{}/revoke", path_of(key)),
        ButtonStyle::Quiet,
    )
}
