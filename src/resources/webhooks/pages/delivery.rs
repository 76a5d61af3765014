//! What was sent to a webhook: the log, and sending an event again.

use axum::extract::Query;
use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;

use super::manager::Manager;
use super::question;
use crate::account_pages::RecentlyAuthenticated;
use crate::error::{Error, Message, Result};
use crate::events::{Event, Logged};
use crate::http::Path;
use crate::i18n::{Lang, tr};
use crate::ids::{DeliveryId, WebhookId};
use crate::manage::table;
use crate::resources::webhooks::links::{SECTION, page_path, trail};
use crate::resources::webhooks::{Webhook, queries};
use crate::time::readable_with_seconds;
use crate::ui::{self, BadgeKind, ButtonStyle};
use crate::web::{Form, see_other};

/// How many attempts the webhook's page shows.
const NEWEST: i64 = 10;

/// The longest text that is searched, in characters.
const LONGEST_SEARCH: usize = 200;

/// How many attempts a page of the log shows.
const PER_PAGE: i64 = 50;

fn log_path(id: &WebhookId) -> String {
    format!("{}/deliveries", page_path(id))
}

/// The part of the webhook's page with the newest attempts.
pub(super) async fn newest(member: &Manager, id: &WebhookId) -> Result<Markup> {
    let log = Logged::list(&member.store, id, "", None, NEWEST).await?;
    let lang = member.lang();
    let all =
        ui::link_button(&tr!(lang, "webhooks.log.all"), &log_path(id), ButtonStyle::Secondary);
    let body = html! {
        @if log.is_empty() { p.muted { (tr!(lang, "webhooks.log.empty")) } }
        @else { (attempts(member, id, &log)) }
    };
    let intro = tr!(lang, "webhooks.log.intro");
    Ok(ui::section(&tr!(lang, "webhooks.log.title"), Some(&intro), all, body))
}

/// Where a page of the log begins, and what is searched.
#[derive(Deserialize)]
pub(super) struct Wanted {
    before: Option<DeliveryId>,
    #[serde(default)]
    search: String,
}

/// A page of the log.
pub(super) async fn older(
    member: Manager,
    Path(id): Path<WebhookId>,
    query: Result<Query<Wanted>, axum::extract::rejection::QueryRejection>,
) -> Result<Markup> {
    let malformed = || Error::BadRequest(Message::new("manage.list.invalid"));
    let Query(Wanted { before, search }) = query.map_err(|_| malformed())?;
    let search = search.trim();
    if search.chars().count() > LONGEST_SEARCH || search.contains('\0') {
        return Err(malformed());
    }
    let webhook = queries::find(&member.store, &id).await?;
    let mut log = Logged::list(&member.store, &id, search, before.as_ref(), PER_PAGE + 1).await?;
    let has_more = log.len() > PER_PAGE as usize;
    log.truncate(PER_PAGE as usize);
    let (lang, path) = (member.lang(), log_path(&id));
    let title = tr!(lang, "webhooks.log.title");
    let query = |before: Option<&str>| {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(Some(("search", search)).filter(|_| !search.is_empty()));
        query.extend_pairs(before.map(|before| ("before", before)));
        format!("{path}?{}", query.finish())
    };
    let older = log.last().filter(|_| has_more).map(|last| query(Some(last.id.as_str())));
    let empty = if search.is_empty() { "webhooks.log.empty" } else { "webhooks.log.none_found" };
    let replay = ui::link_button(
        &tr!(lang, "webhooks.replay"),
        &format!("{}/replay", page_path(&id)),
        ButtonStyle::Secondary,
    );
    let replay = html! { @if webhook.switched_off_at.is_none() { (replay) } };
    let body = html! {
        (trail(lang, &webhook, Some(&title)))
        (ui::header(&title, Some(&tr!(lang, "webhooks.log.intro")), replay))
        (ui::search(lang, &path, search, &tr!(lang, "webhooks.log.search")))
        @if log.is_empty() { p.muted { (tr!(lang, empty)) } }
        @else { (attempts(&member, &id, &log)) }
        (ui::actions(html! {
            @if before.is_some() {
                (ui::link_button(&tr!(lang, "webhooks.log.newest"), &query(None), ButtonStyle::Secondary))
            }
            @if let Some(older) = older {
                (ui::link_button(&tr!(lang, "webhooks.log.older"), &older, ButtonStyle::Secondary))
            }
        }))
    };
    Ok(member.chrome(&SECTION).page(&title, body))
}

fn attempts(member: &Manager, id: &WebhookId, log: &[Logged]) -> Markup {
    let (lang, path) = (member.lang(), log_path(id));
    let rows = log.iter().map(|logged| {
        vec![
            html! { a href={ (path) "/" (logged.id) } { (time(member, logged)) } },
            ui::mono(logged.resource_id.as_deref().unwrap_or("–")),
            result(lang, logged),
            html! { (logged.attempt) },
            next(member, logged),
        ]
    });
    let heads = [
        "webhooks.log.sent_at",
        "webhooks.log.about",
        "webhooks.log.result",
        "webhooks.log.attempt",
        "webhooks.log.next",
    ];
    table(lang, &tr!(lang, "webhooks.log.title"), &heads, rows.collect())
}

fn time(member: &Manager, logged: &Logged) -> Markup {
    let at = readable_with_seconds(logged.sent_at, member.time_zone(), member.lang());
    html! { time datetime=(logged.sent_at) { (at) } }
}

/// What came of an attempt.
fn result(lang: Lang, logged: &Logged) -> Markup {
    let kind = if logged.has_arrived() { BadgeKind::Success } else { BadgeKind::Danger };
    match (logged.status, logged.fault) {
        (Some(status), _) => ui::badge(&status.to_string(), kind),
        (None, Some(fault)) => ui::badge(&fault.label(lang), kind),
        (None, None) => html! {},
    }
}

/// When it is tried again.
fn next(member: &Manager, logged: &Logged) -> Markup {
    let lang = member.lang();
    match logged.next_at {
        Some(at) => member.moment(at),
        None if logged.has_arrived() => ui::muted(&tr!(lang, "webhooks.log.arrived")),
        None => ui::muted(&tr!(lang, "webhooks.log.no_next")),
    }
}

/// An attempt: what was sent, and what came back.
pub(super) async fn show(
    member: Manager,
    Path((id, delivery)): Path<(WebhookId, DeliveryId)>,
) -> Result<Markup> {
    let webhook = queries::find(&member.store, &id).await?;
    let logged = Logged::find(&member.store, &id, &delivery).await?;
    let event = Event::find(&member.store, &logged.event_id, member.time_zone()).await?;
    let body = event.map(|event| serde_json::to_string_pretty(&event)).transpose();
    let body = body.map_err(Error::internal)?;
    let lang = member.lang();
    let title = tr!(lang, "webhooks.log.attempt_title");
    let again = html! {
        @if body.is_some() && webhook.switched_off_at.is_none() {
            (ui::link_button(&tr!(lang, "webhooks.again"), &format!("{}/{delivery}/again", log_path(&id)), ButtonStyle::Primary))
        }
    };
    let page = html! {
        (trail(lang, &webhook, Some(&title)))
        (ui::header(&title, None, again))
        (facts(&member, &webhook, &logged))
        (ui::section(&tr!(lang, "webhooks.log.request"), None, html! {}, html! {
            @match &body {
                Some(body) => { (ui::code_block(lang, "JSON", body)) }
                None => { p.muted { (tr!(lang, "webhooks.log.event_gone")) } }
            }
        }))
        (ui::section(&tr!(lang, "webhooks.log.answer"), None, html! {}, html! {
            @match logged.answer.as_deref() {
                None => { p.muted { (tr!(lang, "webhooks.log.no_answer")) } }
                Some("") => { p.muted { (tr!(lang, "webhooks.log.empty_answer")) } }
                Some(answer) => { (ui::code_block(lang, &tr!(lang, "webhooks.log.answer"), answer)) }
            }
        }))
    };
    Ok(member.chrome(&SECTION).page(&title, page))
}

fn facts(member: &Manager, webhook: &Webhook, logged: &Logged) -> Markup {
    let lang = member.lang();
    let labels = ["result", "sent_at", "took", "attempt", "next", "url", "webhook_id"]
        .map(|label| lang.text(&format!("webhooks.log.{label}")).into_owned());
    let values = [
        result(lang, logged),
        time(member, logged),
        html! { (lang.number(logged.took_ms)) " ms" },
        html! { (logged.attempt) },
        next(member, logged),
        ui::mono(&webhook.url),
        ui::copyable(lang, "webhook-id", logged.event_id.as_str()),
    ];
    ui::facts(labels.iter().map(String::as_str).zip(values).collect())
}

pub(super) async fn ask_again(
    member: Manager,
    _: RecentlyAuthenticated,
    Path((id, delivery)): Path<(WebhookId, DeliveryId)>,
) -> Result<Markup> {
    let webhook = queries::find(&member.store, &id).await?;
    Logged::find(&member.store, &id, &delivery).await?;
    let path = format!("{}/{delivery}", log_path(&id));
    let keys = ["webhooks.again_title", "webhooks.again_text", "webhooks.again"];
    Ok(question::page(&member, &webhook, keys, (&format!("{path}/again"), &path)))
}

pub(super) async fn again(
    member: Manager,
    _: RecentlyAuthenticated,
    Path((id, delivery)): Path<(WebhookId, DeliveryId)>,
    _: Form,
) -> Result<Response> {
    let logged = Logged::find(&member.store, &id, &delivery).await?;
    let mut tx = member.begin().await?;
    queries::send_again(&mut tx, &member.change(), &id, &logged.event_id).await?;
    tx.commit().await?;
    Ok(see_other(&page_path(&id), Some("flash.webhook_sent")))
}
