//! Switching an app's webhook on and off.

use axum::extract::State;
use axum::response::Response;
use maud::Markup;

use super::manager::{Manager, Opened};
use super::question;
use crate::account_pages::RecentlyAuthenticated;
use crate::audit::Action;
use crate::caller::Caller;
use crate::clients::AppWebhook;
use crate::error::Result;
use crate::http::Path;
use crate::ids::{AppId, WebhookId};
use crate::links::app_webhook;
use crate::server::Server;
use crate::web::{Form, see_other};

pub(super) async fn ask_on(
    member: Manager,
    State(server): State<Server>,
    _: RecentlyAuthenticated,
    Path((app, id)): Path<(AppId, WebhookId)>,
) -> Result<Markup> {
    let opened = Opened::find(&server, &member, (&app, &id)).await?;
    let (path, keys) =
        (app_webhook(&app, &id), ["webhooks.on_title", "webhooks.on_text", "webhooks.switch_on"]);
    Ok(question::page(&member, &opened, keys, (&format!("{path}/on"), &path)))
}

pub(super) async fn on(
    member: Manager,
    State(server): State<Server>,
    _: RecentlyAuthenticated,
    Path((app, id)): Path<(AppId, WebhookId)>,
    caller: Caller,
    _: Form,
) -> Result<Response> {
    let opened = Opened::find(&server, &member, (&app, &id)).await?;
    let mut tx = server.begin(&member).await?;
    AppWebhook::switch_on(&mut tx, &app, &id).await?;
    opened.commit(tx, &server, (&member, &caller), Action::WebhookSwitchedOn).await?;
    Ok(see_other(&app_webhook(&app, &id), Some("flash.webhook_switched_on")))
}

pub(super) async fn ask_off(
    member: Manager,
    State(server): State<Server>,
    _: RecentlyAuthenticated,
    Path((app, id)): Path<(AppId, WebhookId)>,
) -> Result<Markup> {
    let opened = Opened::find(&server, &member, (&app, &id)).await?;
    let path = app_webhook(&app, &id);
    let keys = [
        "developers.webhooks.off_title",
        "developers.webhooks.off_text",
        "developers.webhooks.switch_off",
    ];
    Ok(question::page(&member, &opened, keys, (&format!("{path}/off"), &path)))
}

pub(super) async fn off(
    member: Manager,
    State(server): State<Server>,
    _: RecentlyAuthenticated,
    Path((app, id)): Path<(AppId, WebhookId)>,
    caller: Caller,
    _: Form,
) -> Result<Response> {
    let opened = Opened::find(&server, &member, (&app, &id)).await?;
    let (now, path) = (server.clock.now(), app_webhook(&app, &id));
    let mut tx = server.begin(&member).await?;
    if AppWebhook::switch_off(&mut tx, &app, &id, now).await? {
        opened.commit(tx, &server, (&member, &caller), Action::WebhookStopped).await?;
    }
    Ok(see_other(&path, Some("flash.webhook_switched_off")))
}
