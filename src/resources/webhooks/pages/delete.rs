//! Deleting a webhook.

use axum::response::Response;
use maud::{Markup, html};

use super::manager::Manager;
use crate::account_pages::RecentlyAuthenticated;
use crate::error::Result;
use crate::http::{Expected, Path};
use crate::i18n::tr;
use crate::ids::WebhookId;
use crate::resources::webhooks::links::{PATH, SECTION, page_path, trail};
use crate::resources::webhooks::queries;
use crate::ui;
use crate::web::{Form, see_other};

pub(super) async fn show(
    member: Manager,
    _: RecentlyAuthenticated,
    Path(id): Path<WebhookId>,
) -> Result<Markup> {
    let webhook = queries::find(&member.store, &id).await?;
    let (lang, path) = (member.lang(), page_path(&id));
    let (title, text) = (tr!(lang, "webhooks.delete_title"), tr!(lang, "webhooks.delete_text"));
    let (action, label) = (format!("{path}/delete"), tr!(lang, "manage.delete"));
    let body = html! {
        (trail(lang, &webhook, Some(&label)))
        (ui::confirm(lang, &title, &text, &action, &member.visit.mark, &label, &path))
    };
    Ok(member.chrome(&SECTION).page(&title, body))
}

pub(super) async fn submit(
    member: Manager,
    _: RecentlyAuthenticated,
    Path(id): Path<WebhookId>,
    _: Form,
) -> Result<Response> {
    let mut tx = member.begin().await?;
    queries::delete(&mut tx, &member.change(), &id, &Expected::Any).await?;
    tx.commit().await?;
    Ok(see_other(PATH, Some("flash.webhook_deleted")))
}
