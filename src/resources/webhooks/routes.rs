//! `/v1/webhooks`.

use axum::response::NoContent;
use schemars::JsonSchema;
use serde::Deserialize;

use super::queries::{self, Surroundings};
use super::{Webhook, WebhookCreate, WebhookView};
use crate::auth::granted::{WebhooksRead, WebhooksWrite};
use crate::error::Result;
use crate::http::{
    Access, Expected, Input, Json, Limits, ListRequest, Listing, Path, Revised, Routes, Written,
};
use crate::ids::WebhookId;

/// The routes of webhooks.
pub(super) fn routes() -> Routes {
    Routes::new(
        "Webhooks",
        "Addresses that are told what happens in the portal, each of one type of event.",
    )
    .get("/webhooks", list, "listWebhooks", "List webhooks")
    .post("/webhooks", create, "createWebhook", "Create a webhook")
    .get("/webhooks/{webhookId}", get, "getWebhook", "Get a webhook")
    .delete("/webhooks/{webhookId}", delete, "deleteWebhook", "Delete a webhook")
}

/// The id in the path.
#[derive(Deserialize, JsonSchema)]
struct OneWebhook {
    #[serde(rename = "webhookId")]
    id: WebhookId,
}

async fn list(
    access: Access<WebhooksRead>,
    request: ListRequest<Webhook>,
) -> Result<Json<Listing<WebhookView>>> {
    let (zone, keys) = (access.time_zone(), access.sealing_keys());
    let webhooks = queries::list(&access, &request, zone).await?;
    Ok(request.listing(webhooks).try_map(|webhook| webhook.into_view(keys, zone))?.json())
}

async fn create(
    access: Access<WebhooksWrite>,
    limits: Limits,
    Input(new): Input<WebhookCreate>,
) -> Written<Revised<WebhookView>> {
    let mut tx = access.begin().await?;
    let around = Surroundings { keys: access.sealing_keys(), guard: access.guard() };
    let webhook = queries::create(&mut tx, &access.change(), &limits, around, new).await?;
    tx.commit(revised(&access, webhook)?).await
}

async fn get(
    access: Access<WebhooksRead>,
    Path(OneWebhook { id }): Path<OneWebhook>,
) -> Result<Revised<WebhookView>> {
    let webhook = queries::find(&access, &id).await?;
    revised(&access, webhook)
}

async fn delete(
    access: Access<WebhooksWrite>,
    Path(OneWebhook { id }): Path<OneWebhook>,
    expected: Expected,
) -> Written<NoContent> {
    let mut tx = access.begin().await?;
    queries::delete(&mut tx, &access.change(), &id, &expected).await?;
    tx.commit(NoContent).await
}

fn revised<S>(access: &Access<S>, webhook: Webhook) -> Result<Revised<WebhookView>> {
    let revision = webhook.revision;
    Ok(Revised(revision, webhook.into_view(access.sealing_keys(), access.time_zone())?))
}
