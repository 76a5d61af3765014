//! The page of an app's webhook: its state and its settings.

use axum::extract::State;
use maud::{Markup, html};

use super::links::trail;
use super::manager::{Manager, Opened};
use super::{log, types};
use crate::developers::moments::moment;
use crate::error::Result;
use crate::http::Path;
use crate::i18n::tr;
use crate::ids::{AppId, WebhookId};
use crate::links::app_webhook;
use crate::server::Server;
use crate::time::amsterdam;
use crate::ui::{self, ButtonStyle, FlashKind};
use crate::web::webhook_page::state;

pub(super) async fn show(
    member: Manager,
    State(server): State<Server>,
    Path((app, id)): Path<(AppId, WebhookId)>,
) -> Result<Markup> {
    let opened = Opened::find(&server, &member, (&app, &id)).await?;
    let (lang, path, webhook) = (member.lang(), app_webhook(&app, &id), &opened.webhook);
    let (zone, log_path) = (amsterdam(), log::path(&app, &id));
    let log = log::log_at(&member, &zone, &log_path);
    let button = |key: &'static str, page: &str, style| {
        ui::link_button(&tr!(lang, key), &format!("{path}/{page}"), style)
    };
    let is_off = webhook.switched_off_at.is_some();
    let actions = html! {
        @if webhook.is_receiver { (button("developers.webhooks.received", "received", ButtonStyle::Primary)) }
        @if !is_off { (button("webhooks.test", "test", if webhook.is_receiver { ButtonStyle::Secondary } else { ButtonStyle::Primary })) }
        (button("webhooks.show_secret", "secret", ButtonStyle::Secondary))
        @if !is_off { (button("developers.webhooks.switch_off", "off", ButtonStyle::Secondary)) }
        (button("manage.delete", "delete", ButtonStyle::Danger))
    };
    let title = opened.name(lang);
    let body = html! {
        (trail(lang, &opened, None))
        (ui::header(&title, None, actions))
        (log.notice(webhook.switched_off_at, webhook.failing_since, &format!("{path}/on")))
        (missing_scopes(&member, &opened))
        (facts(&member, &opened))
        (log::newest(&server, log, &id).await?)
    };
    Ok(member.chrome().page(&title, body))
}

/// Scopes that the app would have to ask, so that it is told of what was chosen.
fn missing_scopes(member: &Manager, Opened { app, webhook }: &Opened) -> Markup {
    let needed = webhook.types().filter_map(types::scope_of);
    let missing: crate::auth::ScopeSet =
        needed.filter(|scope| !app.scopes.contains(*scope)).collect();
    let text = tr!(member.lang(), "developers.webhooks.missing_scopes", scopes = missing);
    html! { @if !missing.is_empty() { (ui::notice(FlashKind::Info, None, html! { p { (text) } })) } }
}

fn facts(member: &Manager, Opened { app, webhook }: &Opened) -> Markup {
    let lang = member.lang();
    let labels = [
        tr!(lang, "webhooks.field.url"),
        tr!(lang, "developers.webhooks.types"),
        tr!(lang, "webhooks.field.state"),
        tr!(lang, "webhooks.field.created"),
    ];
    let path = app_webhook(&app.id, &webhook.id);
    let change = |page: &str, key: &'static str| html! { a href=(format!("{path}/{page}")) { (tr!(lang, key)) } };
    let values = [
        html! {
            @if webhook.is_receiver { (tr!(lang, "developers.webhooks.receiver_address")) }
            @else { (ui::copyable(lang, &labels[0], &webhook.url)) }
            p { (change("place", "developers.webhooks.change_place")) }
        },
        html! {
            ul.plain-list { @for name in webhook.types() { li { (types::label(lang, name)) " " (ui::mono(name)) } } }
            (change("types", "developers.webhooks.change_types"))
        },
        state(lang, webhook.switched_off_at, webhook.failing_since),
        html! { time datetime=(webhook.created_at) { (moment(lang, webhook.created_at)) } },
    ];
    ui::facts(labels.iter().map(AsRef::as_ref).zip(values).collect())
}
