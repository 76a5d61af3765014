//! The list of an app's webhooks.

use axum::extract::State;
use maud::{Markup, html};

use super::links::trail_of_list;
use super::manager::Manager;
use crate::clients::{App, AppWebhook};
use crate::developers::moments::day;
use crate::error::Result;
use crate::http::Path;
use crate::i18n::tr;
use crate::ids::AppId;
use crate::links::{app_webhook, app_webhooks};
use crate::server::Server;
use crate::ui::{self, ButtonStyle};
use crate::web::webhook_page::state;

pub(super) async fn show(
    member: Manager,
    State(server): State<Server>,
    Path(id): Path<AppId>,
) -> Result<Markup> {
    let app = App::of_developer(&server.db, &member.developer.id, &id).await?;
    let webhooks = AppWebhook::list(&server.db, &id).await?;
    let (lang, title) = (member.lang(), tr!(member.lang(), "webhooks.title"));
    let new = format!("{}/new", app_webhooks(&id));
    let create = || ui::link_button(&tr!(lang, "webhooks.new"), &new, ButtonStyle::Primary);
    let body = html! {
        (trail_of_list(lang, &app, None))
        (ui::header(&title, Some(&tr!(lang, "developers.webhooks.intro")), create()))
        @if webhooks.is_empty() {
            (ui::empty_state(&tr!(lang, "webhooks.empty_title"), &tr!(lang, "developers.webhooks.empty_text"), Some(create())))
        } @else {
            (table(&member, &app, &webhooks))
        }
    };
    Ok(member.chrome().page(&title, body))
}

fn table(member: &Manager, app: &App, webhooks: &[AppWebhook]) -> Markup {
    let lang = member.lang();
    let rows = webhooks.iter().map(|webhook| {
        vec![
            html! { a href=(app_webhook(&app.id, &webhook.id)) {
                @if webhook.is_receiver { (tr!(lang, "developers.webhooks.receiver")) } @else { (ui::mono(&webhook.url)) }
            } },
            html! { (webhook.types().count()) },
            state(lang, webhook.switched_off_at, webhook.failing_since),
            html! { time datetime=(webhook.created_at) { (day(lang, webhook.created_at)) } },
        ]
    });
    let heads = [
        tr!(lang, "webhooks.field.url"),
        tr!(lang, "developers.webhooks.types"),
        tr!(lang, "webhooks.field.state"),
        tr!(lang, "webhooks.field.created"),
    ];
    let heads: Vec<&str> = heads.iter().map(AsRef::as_ref).collect();
    ui::table(&tr!(lang, "webhooks.title"), &heads, rows.collect())
}
