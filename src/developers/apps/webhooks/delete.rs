//! Deleting an app's webhook.

use axum::extract::State;
use axum::response::Response;
use maud::{Markup, html};

use super::links::trail;
use super::manager::{Manager, Opened};
use crate::account_pages::RecentlyAuthenticated;
use crate::audit::Action;
use crate::caller::Caller;
use crate::clients::AppWebhook;
use crate::error::Result;
use crate::http::Path;
use crate::i18n::tr;
use crate::ids::{AppId, WebhookId};
use crate::links::{app_webhook, app_webhooks};
use crate::server::Server;
use crate::ui;
use crate::web::{Form, see_other};

pub(super) async fn show(
    member: Manager,
    State(server): State<Server>,
    _: RecentlyAuthenticated,
    Path((app, id)): Path<(AppId, WebhookId)>,
) -> Result<Markup> {
    let opened = Opened::find(&server, &member, (&app, &id)).await?;
    let (lang, path) = (member.lang(), app_webhook(&app, &id));
    let (title, text) = (tr!(lang, "webhooks.delete_title"), tr!(lang, "webhooks.delete_text"));
    let (action, label) = (format!("{path}/delete"), tr!(lang, "manage.delete"));
    let body = html! {
        (trail(lang, &opened, Some(&label)))
        (ui::confirm(lang, &title, &text, &action, &member.visit.mark, &label, &path))
    };
    Ok(member.chrome().page(&title, body))
}

pub(super) async fn submit(
    member: Manager,
    State(server): State<Server>,
    _: RecentlyAuthenticated,
    Path((app, id)): Path<(AppId, WebhookId)>,
    caller: Caller,
    _: Form,
) -> Result<Response> {
    let opened = Opened::find(&server, &member, (&app, &id)).await?;
    let mut tx = server.begin(&member).await?;
    AppWebhook::delete(&mut tx, &app, &id).await?;
    opened.commit(tx, &server, (&member, &caller), Action::WebhookDeleted).await?;
    Ok(see_other(&app_webhooks(&app), Some("flash.webhook_deleted")))
}
