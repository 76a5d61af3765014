//! What was sent to an app's webhook: the log, and sending something again.

use axum::extract::State;
use axum::response::Response;
use jiff::tz::TimeZone;
use maud::{Markup, html};

use super::links::trail;
use super::manager::{Manager, Opened};
use super::question;
use crate::account_pages::RecentlyAuthenticated;
use crate::audit::Action;
use crate::caller::Caller;
use crate::clients::AppWebhook;
use crate::error::Result;
use crate::events::AppLog;
use crate::http::Path;
use crate::i18n::tr;
use crate::ids::{AppId, DeliveryId, WebhookId};
use crate::links::app_webhook;
use crate::server::Server;
use crate::time::amsterdam;
use crate::ui;
use crate::web::webhook_page::{Log, LogQuery, NEWEST, READ_PER_PAGE};
use crate::web::{Form, see_other};

/// The path of the log.
pub(super) fn path(app: &AppId, id: &WebhookId) -> String {
    format!("{}/deliveries", app_webhook(app, id))
}

/// The log at a path, for its pages.
pub(super) fn log_at<'a>(member: &Manager, zone: &'a TimeZone, path: &'a str) -> Log<'a> {
    Log { lang: member.lang(), zone, path, is_of_app: true }
}

/// The part of the webhook's page with the newest attempts.
pub(super) async fn newest(server: &Server, log: Log<'_>, id: &WebhookId) -> Result<Markup> {
    let attempts = AppLog { db: &server.db, webhook: id }.list("", None, NEWEST).await?;
    Ok(log.newest(&attempts))
}

pub(super) async fn older(
    member: Manager,
    State(server): State<Server>,
    Path((app, id)): Path<(AppId, WebhookId)>,
    query: LogQuery,
) -> Result<Markup> {
    let opened = Opened::find(&server, &member, (&app, &id)).await?;
    let log = AppLog { db: &server.db, webhook: &id };
    let attempts = log.list(&query.search, query.before.as_ref(), READ_PER_PAGE).await?;
    let (lang, title) = (member.lang(), tr!(member.lang(), "webhooks.log.title"));
    let body = html! {
        (trail(lang, &opened, Some(&title)))
        (ui::header(&title, Some(&tr!(lang, "webhooks.log.intro")), html! {}))
        (log_at(&member, &amsterdam(), &path(&app, &id)).page(&query, &attempts))
    };
    Ok(member.chrome().page(&title, body))
}

/// An attempt: what was sent, and what came back.
pub(super) async fn show(
    member: Manager,
    State(server): State<Server>,
    Path((app, id, delivery)): Path<(AppId, WebhookId, DeliveryId)>,
) -> Result<Markup> {
    let opened = Opened::find(&server, &member, (&app, &id)).await?;
    let log = AppLog { db: &server.db, webhook: &id };
    let logged = log.find(&delivery).await?;
    let sent = log.body(&logged).await?;
    let (lang, title) = (member.lang(), tr!(member.lang(), "webhooks.log.attempt_title"));
    let (zone, path) = (amsterdam(), path(&app, &id));
    let log = log_at(&member, &zone, &path);
    let again = html! { @if sent.is_some() && opened.webhook.switched_off_at.is_none() { (log.again(&logged)) } };
    let body = html! {
        (trail(lang, &opened, Some(&title)))
        (ui::header(&title, None, again))
        (log.attempt(&opened.webhook.url, &logged, sent.as_deref()))
    };
    Ok(member.chrome().page(&title, body))
}

pub(super) async fn ask_again(
    member: Manager,
    State(server): State<Server>,
    _: RecentlyAuthenticated,
    Path((app, id, delivery)): Path<(AppId, WebhookId, DeliveryId)>,
) -> Result<Markup> {
    let opened = Opened::find(&server, &member, (&app, &id)).await?;
    AppLog { db: &server.db, webhook: &id }.find(&delivery).await?;
    let path = format!("{}/{delivery}", path(&app, &id));
    let keys = ["webhooks.again_title", "webhooks.again_text", "webhooks.again"];
    Ok(question::page(&member, &opened, keys, (&format!("{path}/again"), &path)))
}

pub(super) async fn again(
    member: Manager,
    State(server): State<Server>,
    _: RecentlyAuthenticated,
    Path((app, id, delivery)): Path<(AppId, WebhookId, DeliveryId)>,
    caller: Caller,
    _: Form,
) -> Result<Response> {
    let opened = Opened::find(&server, &member, (&app, &id)).await?;
    let log = AppLog { db: &server.db, webhook: &id };
    let logged = log.find(&delivery).await?;
    let mut tx = server.begin(&member).await?;
    AppWebhook::working(&mut tx, &app, &id).await?;
    log.send_again(&mut tx, &logged, server.clock.now()).await?;
    opened.commit(tx, &server, (&member, &caller), Action::WebhookSentAgain).await?;
    Ok(see_other(&app_webhook(&app, &id), Some("flash.webhook_sent")))
}
