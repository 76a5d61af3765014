//! What was sent to a webhook: the log, and sending an event again.

use axum::response::Response;
use maud::{Markup, html};

use super::manager::Manager;
use super::question;
use crate::account_pages::RecentlyAuthenticated;
use crate::error::{Error, Result};
use crate::events::{Event, Logged};
use crate::http::Path;
use crate::i18n::tr;
use crate::ids::{DeliveryId, WebhookId};
use crate::resources::webhooks::links::{SECTION, page_path, trail};
use crate::resources::webhooks::queries;
use crate::ui::{self, ButtonStyle};
use crate::web::webhook_page::{Log, LogQuery, NEWEST, READ_PER_PAGE};
use crate::web::{Form, see_other};

fn log_path(id: &WebhookId) -> String {
    format!("{}/deliveries", page_path(id))
}

/// The log at a path, for its pages.
pub(super) fn log_at<'a>(member: &'a Manager, path: &'a str) -> Log<'a> {
    Log { lang: member.lang(), zone: member.time_zone(), path, is_of_app: false }
}

/// The part of the webhook's page with the newest attempts.
pub(super) async fn newest(member: &Manager, id: &WebhookId) -> Result<Markup> {
    let log = Logged::list(&member.store, id, "", None, NEWEST).await?;
    Ok(log_at(member, &log_path(id)).newest(&log))
}

/// A page of the log.
pub(super) async fn older(
    member: Manager,
    Path(id): Path<WebhookId>,
    query: LogQuery,
) -> Result<Markup> {
    let webhook = queries::find(&member.store, &id).await?;
    let LogQuery { search, before } = &query;
    let log = Logged::list(&member.store, &id, search, before.as_ref(), READ_PER_PAGE).await?;
    let (lang, path) = (member.lang(), log_path(&id));
    let title = tr!(lang, "webhooks.log.title");
    let replay = ui::link_button(
        &tr!(lang, "webhooks.replay"),
        &format!("{}/replay", page_path(&id)),
        ButtonStyle::Secondary,
    );
    let replay = html! { @if webhook.switched_off_at.is_none() { (replay) } };
    let body = html! {
        (trail(lang, &webhook, Some(&title)))
        (ui::header(&title, Some(&tr!(lang, "webhooks.log.intro")), replay))
        (log_at(&member, &path).page(&query, &log))
    };
    Ok(member.chrome(&SECTION).page(&title, body))
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
    let (lang, path) = (member.lang(), log_path(&id));
    let (title, log) = (tr!(lang, "webhooks.log.attempt_title"), log_at(&member, &path));
    let again =
        html! { @if body.is_some() && webhook.switched_off_at.is_none() { (log.again(&logged)) } };
    let page = html! {
        (trail(lang, &webhook, Some(&title)))
        (ui::header(&title, None, again))
        (log.attempt(&webhook.url, &logged, body.as_deref()))
    };
    Ok(member.chrome(&SECTION).page(&title, page))
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
