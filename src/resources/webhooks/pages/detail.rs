//! A webhook's page: its state and its settings.

use maud::{Markup, html};

use super::delivery;
use super::manager::Manager;
use crate::error::Result;
use crate::http::Path;
use crate::i18n::tr;
use crate::ids::WebhookId;
use crate::resources::webhooks::links::{SECTION, page_path, trail};
use crate::resources::webhooks::{Webhook, queries};
use crate::ui::{self, ButtonStyle};
use crate::web::webhook_page::state;

pub(super) async fn show(member: Manager, Path(id): Path<WebhookId>) -> Result<Markup> {
    let webhook = queries::find(&member.store, &id).await?;
    let log = delivery::newest(&member, &id).await?;
    let (lang, path) = (member.lang(), page_path(&id));
    let title = webhook.event.label(lang);
    let button = |key: &'static str, page: &str, style| {
        ui::link_button(&tr!(lang, key), &format!("{path}/{page}"), style)
    };
    let actions = html! {
        @if webhook.switched_off_at.is_none() { (button("webhooks.test", "test", ButtonStyle::Primary)) }
        (button("webhooks.show_secret", "secret", ButtonStyle::Secondary))
        (button("manage.delete", "delete", ButtonStyle::Danger))
    };
    let body = html! {
        (trail(lang, &webhook, None))
        (ui::header(&title, None, actions))
        (delivery::log_at(&member, &path).notice(webhook.switched_off_at, webhook.failing_since, &format!("{path}/on")))
        (facts(&member, &webhook))
        (log)
    };
    Ok(member.chrome(&SECTION).page(&title, body))
}

fn facts(member: &Manager, webhook: &Webhook) -> Markup {
    let lang = member.lang();
    let labels = ["type", "url", "state", "header", "created"]
        .map(|field| lang.text(&format!("webhooks.field.{field}")).into_owned());
    let header =
        if webhook.sends_secret { "webhooks.header.sent" } else { "webhooks.header.not_sent" };
    let change = format!("{}/header", page_path(&webhook.id));
    let values = [
        html! { (webhook.event.label(lang)) " " (ui::mono(webhook.event.name())) },
        ui::copyable(lang, &labels[1], &webhook.url),
        state(lang, webhook.switched_off_at, webhook.failing_since),
        html! { (tr!(lang, header)) " " a href=(change) { (tr!(lang, "webhooks.header.change")) } },
        member.moment(webhook.created_at),
    ];
    ui::facts(labels.iter().map(String::as_str).zip(values).collect())
}
