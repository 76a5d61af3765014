//! Switching a webhook on that was switched off because it failed.

use axum::response::Response;
use maud::{Markup, html};

use super::manager::Manager;
use crate::account_pages::RecentlyAuthenticated;
use crate::error::Result;
use crate::http::Path;
use crate::i18n::tr;
use crate::ids::WebhookId;
use crate::resources::webhooks::links::{SECTION, page_path, trail};
use crate::resources::webhooks::queries;
use crate::ui::{self, ButtonStyle};
use crate::web::{Form, see_other};

pub(super) async fn show(
    member: Manager,
    _: RecentlyAuthenticated,
    Path(id): Path<WebhookId>,
) -> Result<Markup> {
    let webhook = queries::find(&member.store, &id).await?;
    let (lang, path) = (member.lang(), page_path(&id));
    let (title, text) = (tr!(lang, "webhooks.on_title"), tr!(lang, "webhooks.on_text"));
    let (action, label) = (format!("{path}/on"), tr!(lang, "webhooks.switch_on"));
    let button = ui::button_form(&action, &member.visit.mark, &label, ButtonStyle::Primary);
    let body = html! {
        (trail(lang, &webhook, Some(&label)))
        (ui::question(lang, &title, &text, button, &path))
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
    queries::switch_on(&mut tx, &member.change(), &id).await?;
    tx.commit().await?;
    Ok(see_other(&page_path(&id), Some("flash.webhook_switched_on")))
}
