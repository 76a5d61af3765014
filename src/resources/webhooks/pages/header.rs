//! Whether deliveries carry the secret itself.

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

/// The field that says whether to send it from now on.
const SENDS: &str = "sends";

pub(super) async fn show(
    member: Manager,
    _: RecentlyAuthenticated,
    Path(id): Path<WebhookId>,
) -> Result<Markup> {
    let webhook = queries::find(&member.store, &id).await?;
    let (lang, path) = (member.lang(), page_path(&id));
    let (title, text, then) = if webhook.sends_secret {
        ("webhooks.header.stop_title", "webhooks.header.stop_text", "no")
    } else {
        ("webhooks.header.start_title", "webhooks.header.start_text", "yes")
    };
    let (title, text) = (tr!(lang, title), tr!(lang, text));
    let (action, mark) = (format!("{path}/header"), &member.visit.mark);
    let label = tr!(lang, "manage.save");
    let fields = ui::hidden(SENDS, then);
    let button = ui::button_form_with(&action, mark, &label, fields, ButtonStyle::Primary);
    let body = html! {
        (trail(lang, &webhook, Some("X-Webhook-Signature")))
        (ui::question(lang, &title, &text, button, &path))
    };
    Ok(member.chrome(&SECTION).page(&title, body))
}

pub(super) async fn submit(
    member: Manager,
    _: RecentlyAuthenticated,
    Path(id): Path<WebhookId>,
    Form(fields): Form,
) -> Result<Response> {
    let mut tx = member.begin().await?;
    queries::send_secret(&mut tx, &member.change(), &id, fields.sent(SENDS) == "yes").await?;
    tx.commit().await?;
    Ok(see_other(&page_path(&id), Some("flash.webhook_saved")))
}
