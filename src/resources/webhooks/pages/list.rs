//! The list of webhooks.

use maud::{Markup, html};

use super::manager::Manager;
use crate::error::Result;
use crate::http::ListRequest;
use crate::i18n::{Lang, tr};
use crate::manage::{PageList, PageOf, list_table};
use crate::resources::webhooks::links::{PATH, SECTION, page_path};
use crate::resources::webhooks::{Webhook, queries};
use crate::ui::{self, ButtonStyle};
use crate::web::webhook_page::state;

fn new_button(lang: Lang) -> Markup {
    ui::link_button(&tr!(lang, "webhooks.new"), &format!("{PATH}/new"), ButtonStyle::Primary)
}

pub(super) async fn show(member: Manager, PageList(request): PageList<Webhook>) -> Result<Markup> {
    let (store, zone) = (&member.store, member.time_zone());
    let rows = queries::list(store, &request, zone).await?;
    let count = async |most| queries::count_listed(store, &request, zone, most).await;
    let page = PageOf::of(&request, rows, count).await?;
    let (lang, title) = (member.lang(), tr!(member.lang(), "webhooks.title"));
    let body = html! {
        (ui::header(&title, Some(&tr!(lang, "webhooks.intro")), new_button(lang)))
        @if page.is_empty_list(&request) {
            (ui::empty_state(&tr!(lang, "webhooks.empty_title"), &tr!(lang, "webhooks.empty_text"), Some(new_button(lang))))
        } @else {
            (page.show(&member, &request, &tr!(lang, "webhooks.search"), &[], table(&member, &request, page.rows())))
        }
    };
    Ok(member.chrome(&SECTION).page(&title, body))
}

fn table(member: &Manager, request: &ListRequest<Webhook>, webhooks: &[Webhook]) -> Markup {
    let lang = member.lang();
    let rows = webhooks.iter().map(|webhook| {
        vec![
            html! { a href=(page_path(&webhook.id)) { (webhook.event.label(lang)) } },
            ui::mono(&webhook.url),
            state(lang, webhook.switched_off_at, webhook.failing_since),
            member.day(webhook.created_at),
        ]
    });
    let heads = [
        ("webhooks.field.type", None),
        ("webhooks.field.url", Some("url")),
        ("webhooks.field.state", None),
        ("webhooks.field.created", Some("createdAt")),
    ];
    list_table(lang, request, &tr!(lang, "webhooks.title"), &heads, rows.collect())
}
