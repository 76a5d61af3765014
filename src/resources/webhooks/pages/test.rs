//! Sending a webhook a test.

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
        (page_path(&id), ["webhooks.test_title", "webhooks.test_text", "webhooks.test"]);
    Ok(question::page(&member, &webhook, keys, (&format!("{path}/test"), &path)))
}

pub(super) async fn submit(
    member: Manager,
    _: RecentlyAuthenticated,
    Path(id): Path<WebhookId>,
    _: Form,
) -> Result<Response> {
    let mut tx = member.begin().await?;
    queries::send_test(&mut tx, &member.change(), &id).await?;
    tx.commit().await?;
    Ok(see_other(&page_path(&id), Some("flash.webhook_sent")))
}
