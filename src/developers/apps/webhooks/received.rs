//! What arrived at a receiver for tests, and whether the signatures fit.

use axum::extract::State;
use maud::{Markup, html};

use super::links::trail;
use super::manager::{Manager, Opened};
use super::types::label;
use crate::error::{Error, Result};
use crate::events::{Received, WebhookSecret};
use crate::http::Path;
use crate::i18n::{Lang, tr};
use crate::ids::{AppId, WebhookId};
use crate::links::app_webhook;
use crate::server::Server;
use crate::time::{amsterdam, readable_with_seconds};
use crate::ui::{self, BadgeKind, ButtonStyle};

pub(super) async fn show(
    member: Manager,
    State(server): State<Server>,
    Path((app, id)): Path<(AppId, WebhookId)>,
) -> Result<Markup> {
    let opened = Opened::find(&server, &member, (&app, &id)).await?;
    if !opened.webhook.is_receiver {
        return Err(Error::NotFound);
    }
    let secret = opened.webhook.secret(&server.sealing_keys)?;
    let received = Received::list(&server.db, &id, server.clock.now()).await?;
    let (lang, path) = (member.lang(), app_webhook(&app, &id));
    let title = tr!(lang, "developers.webhooks.received");
    let test = ui::link_button(
        &tr!(lang, "webhooks.test"),
        &format!("{path}/test"),
        ButtonStyle::Secondary,
    );
    let test = html! { @if opened.webhook.switched_off_at.is_none() { (test) } };
    let body = html! {
        (trail(lang, &opened, Some(&title)))
        (ui::header(&title, Some(&tr!(lang, "developers.webhooks.received_intro")), test))
        @if received.is_empty() { p.muted { (tr!(lang, "developers.webhooks.nothing_received")) } }
        @for (index, message) in received.iter().enumerate() { (shown(lang, message, &secret, index == 0)) }
    };
    Ok(member.chrome().page(&title, body))
}

/// A message; the newest is open.
fn shown(lang: Lang, message: &Received, secret: &WebhookSecret, is_open: bool) -> Markup {
    let at = readable_with_seconds(message.received_at, &amsterdam(), lang);
    let title = format!("{at} · {}", label(lang, &message.name));
    let (Some(headers), Some(body)) = (&message.headers, &message.body) else {
        let gone = html! { p.muted { (tr!(lang, "webhooks.log.not_covered")) } };
        return ui::disclosure(&title, is_open, gone);
    };
    let pretty = serde_json::from_str::<serde_json::Value>(body)
        .and_then(|body| serde_json::to_string_pretty(&body));
    let fits = message.is_signed_with(secret);
    let (verdict, kind) = if fits {
        ("developers.webhooks.signature_fits", BadgeKind::Success)
    } else {
        ("developers.webhooks.signature_differs", BadgeKind::Danger)
    };
    let content = html! {
        p { (tr!(lang, "developers.webhooks.signature")) ": " (ui::badge(&tr!(lang, verdict), kind)) }
        (ui::code_block(lang, "HTTP", headers.trim_end()))
        (ui::code_block(lang, "JSON", pretty.as_deref().unwrap_or(body)))
    };
    ui::disclosure(&title, is_open, content)
}
