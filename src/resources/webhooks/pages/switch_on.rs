//! Switching a webhook on that was switched off because it failed.

use axum::response::Response;
use maud::Markup;

use super::manager::Manager;
use super::question;
use crate::account_pages::RecentlyAuthenticated;
use crate::error::Result;
use crate::http::Path;
use crate::ids::WebhookId;
use crate::resources::webhooks::links::page_path;
use crate::resources::webhooks::queries;
use crate::web::{Form, see_other};

pub(super) async fn show(
    member: Manager,
    _: RecentlyAuthenticated,
    Path(id): Path<WebhookId>,
) -> Result<Markup> {
    let webhook = queries::find(&member.store, &id).await?;
    let (path, keys) =
        (page_path(&id), ["webhooks.on_title", "webhooks.on_text", "webhooks.switch_on"]);
    Ok(question::page(&member, &webhook, keys, (&format!("{path}/on"), &path)))
}

pub(super) async fn submit(
    member: Manager,
    _: RecentlyAuthenticated,
    Path(id): Path<WebhookId>,
    _: Form,
) -> Result<Response> {
    let mut tx = member.begin().await?;
    queries::switch_on(&mut tx, &member.change(), &id).await?;
    tx.commit().await?;
    Ok(see_other(&page_path(&id), Some("flash.webhook_switched_on")))
}
