//! Creating a webhook.

use axum::response::Response;
use maud::{Markup, html};

use super::manager::Manager;
use crate::account_pages::RecentlyAuthenticated;
use crate::error::Result;
use crate::i18n::tr;
use crate::resources::webhooks::links::{PATH, SECTION, page_path};
use crate::resources::webhooks::queries::{self, Surroundings};
use crate::resources::webhooks::{WebhookCreate, WebhookType};
use crate::ui::{self, ButtonStyle, Field};
use crate::values::{Url, Value};
use crate::web::{Form, see_other};

pub(super) async fn show(member: Manager, _: RecentlyAuthenticated) -> Markup {
    let (lang, title) = (member.lang(), tr!(member.lang(), "webhooks.new"));
    let fields = member.visit.fields(Vec::new);
    let errors = fields.errors().list(lang);
    let labels =
        [("type", tr!(lang, "webhooks.field.type")), ("url", tr!(lang, "webhooks.field.url"))];
    let types: Vec<(&str, String)> = WebhookType::ALL
        .into_iter()
        .map(|event| (event.name(), event.label(lang).into_owned()))
        .collect();
    let chosen = match fields.sent("type") {
        "" => WebhookType::CustomerCreated.name(),
        sent => sent,
    };
    let body = html! {
        (SECTION.trail(lang, &[], &title))
        (ui::header(&title, Some(&tr!(lang, "webhooks.new_intro")), html! {}))
        (ui::form(&format!("{PATH}/new"), &member.visit.mark, html! {
            (Field::select(lang, "type", &*labels[0].1, &types, chosen).errors_from(&errors)
                .hint(tr!(lang, "webhooks.type_hint")).required(true))
            (Field::text(lang, "url", &*labels[1].1).kind("url").inputmode("url").value(fields.sent("url"))
                .errors_from(&errors).hint(tr!(lang, "webhooks.url_hint")).required(true).maxlength(Url::LONGEST)
                .autocomplete("off").placeholder("https://"))
            (ui::actions(html! {
                (ui::submit(&title, ButtonStyle::Primary))
                (ui::link_button(&tr!(lang, "ui.cancel"), PATH, ButtonStyle::Secondary))
            }))
        }))
    };
    member.chrome(&SECTION).with_labels(&labels).page(&title, body)
}

pub(super) async fn create(
    member: Manager,
    _: RecentlyAuthenticated,
    Form(mut fields): Form,
) -> Result<Response> {
    let new: WebhookCreate = fields.read()?;
    let mut tx = member.begin().await?;
    tx.hold_portal().await?;
    // A form that is sent twice adds one.
    if let Some(same) = queries::same(&mut tx, &new).await? {
        return Ok(see_other(&page_path(&same.id), Some("flash.note.webhook_exists")));
    }
    let around = Surroundings { keys: member.sealing_keys(), guard: member.guard() };
    let (change, quotas) = (member.change(), member.quotas());
    let webhook = queries::create(&mut tx, &change, quotas, around, new).await?;
    tx.commit().await?;
    Ok(see_other(&page_path(&webhook.id), Some("flash.webhook_added")))
}
