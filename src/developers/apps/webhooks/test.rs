//! Sending an app's webhook a test. It happens in no portal, so it says none.

use axum::extract::State;
use axum::response::Response;
use maud::Markup;
use serde_json::json;

use super::manager::{Manager, Opened};
use super::question;
use crate::account_pages::RecentlyAuthenticated;
use crate::audit::Action;
use crate::caller::Caller;
use crate::clients::AppWebhook;
use crate::error::Result;
use crate::events::AppDelivery;
use crate::http::Path;
use crate::ids::{AppId, EventId, WebhookId};
use crate::links::app_webhook;
use crate::server::Server;
use crate::time::{Atom, amsterdam};
use crate::web::{Form, see_other};

pub(super) async fn show(
    member: Manager,
    State(server): State<Server>,
    _: RecentlyAuthenticated,
    Path((app, id)): Path<(AppId, WebhookId)>,
) -> Result<Markup> {
    let opened = Opened::find(&server, &member, (&app, &id)).await?;
    let (path, keys) =
        (app_webhook(&app, &id), ["webhooks.test_title", "webhooks.test_text", "webhooks.test"]);
    Ok(question::page(&member, &opened, keys, (&format!("{path}/test"), &path)))
}

pub(super) async fn submit(
    member: Manager,
    State(server): State<Server>,
    _: RecentlyAuthenticated,
    Path((app, id)): Path<(AppId, WebhookId)>,
    caller: Caller,
    _: Form,
) -> Result<Response> {
    let opened = Opened::find(&server, &member, (&app, &id)).await?;
    let (now, event) = (server.clock.now(), EventId::random());
    let mut tx = server.begin(&member).await?;
    let webhook = AppWebhook::working(&mut tx, &app, &id).await?;
    let types: Vec<&str> = webhook.types().collect();
    let name = types.first().copied().unwrap_or_default();
    let text = json!({
        "id": event,
        "type": name,
        "createdAt": Atom::new(now, &amsterdam()),
        "sequence": 1,
        "test": true,
        "data": { "id": id, "types": types, "url": webhook.url },
    });
    AppDelivery::test(&mut tx, &id, (&event, name), text.to_string(), now).await?;
    opened.commit(tx, &server, (&member, &caller), Action::WebhookTested).await?;
    Ok(see_other(&app_webhook(&app, &id), Some("flash.webhook_sent")))
}
