//! A key's page: its state and its requests. For an ended key it is read-only.

use axum::extract::State;
use maud::{Markup, html};

use super::list::{last_used, rate_limit};
use super::trail::{path_of, trail};
use crate::accounts::may;
use crate::api_keys::{ApiKey, Ended};
use crate::caller::readable_user_agent;
use crate::error::Result;
use crate::http::Path;
use crate::i18n::tr;
use crate::ids::ApiKeyId;
use crate::manage::Member;
use crate::manage::ended::state;
use crate::manage::scope_summary::scope_summary;
use crate::manage::sections::API_KEYS;
use crate::request_log::{LogOf, LogSubject};
use crate::server::Server;
use crate::ui::{self, ButtonStyle};
use crate::web::request_log_page::LogQuery;
use crate::web::{Allowed, request_log_page};

pub(super) async fn show(
    member: Allowed<Member, may::ManageApiKeys>,
    State(server): State<Server>,
    Path(id): Path<ApiKeyId>,
    query: LogQuery,
) -> Result<Markup> {
    server.write_down_usage().await;
    let key = ApiKey::find_also_ended(&member.store, &id).await?;
    let ended = key.ended(server.clock.now());
    let found = LogOf::Subject(&member.store, LogSubject::Key(id))
        .search(&query.filter, query.before.clone())
        .await?;
    let (lang, path) = (member.lang(), path_of(&key));
    let button = |label: &'static str, page: &str, style| {
        ui::link_button(&tr!(lang, label), &format!("{path}/{page}"), style)
    };
    let body = html! {
        (trail(&member, &key, None))
        (ui::header(&key.name, None, html! {
            @if ended.is_none() {
                (button("manage.api_keys.rotate_title", "rotate", ButtonStyle::Secondary))
                (button("manage.api_keys.addresses_title", "addresses", ButtonStyle::Secondary))
                (button("manage.revoke", "revoke", ButtonStyle::Danger))
            }
        }))
        (details(&server, &member, &key, ended))
        (request_log_page::section(lang, &path, &query, &found, member.time_zone()))
    };
    Ok(member.chrome(&API_KEYS).page(&key.name, body))
}

fn details(server: &Server, member: &Member, key: &ApiKey, ended: Option<Ended>) -> Markup {
    let (lang, now) = (member.lang(), server.clock.now());
    let labels = [
        "secret",
        "column.may",
        "limit_label",
        "addresses",
        "column.created",
        "column.expires",
        "column.last_used",
    ]
    .map(|label| lang.text(&format!("manage.api_keys.{label}")).into_owned());
    let values = [
        html! {
            (ui::mono(&format!("{}…", key.token_start)))
            @if let (Some(start), Some(end), None) = (&key.previous_start, key.previous_expires_at.filter(|end| *end > now), ended) {
                br; (ui::mono(&format!("{start}…"))) " " span.muted { (tr!(lang, "manage.api_keys.works_until")) " " (member.moment(end)) }
            }
        },
        scope_summary(lang, key.scopes),
        html! { (rate_limit(lang, key, server.config.default_rate_limit)) },
        addresses(member, key),
        member.moment(key.created_at),
        member.moment_or_never(key.expires_at),
        html! {
            (last_used(member, key))
            @if let Some(agent) = key.last_used_agent.as_deref().filter(|agent| !agent.is_empty()) { br; (ui::muted(&readable_user_agent(lang, agent))) }
        },
    ];
    let title = tr!(lang, "manage.ended.state");
    let ended = ended.map(|ended| (&*title, state(member, ended)));
    ui::facts(ended.into_iter().chain(labels.iter().map(String::as_str).zip(values)).collect())
}

fn addresses(member: &Member, key: &ApiKey) -> Markup {
    html! {
        @if key.allowed_addresses.is_empty() { (tr!(member.lang(), "manage.api_keys.any_address")) }
        @else { ul.plain-list { @for text in key.allowed_addresses.texts() { li { (ui::mono(&text)) } } } }
    }
}
