//! The secret of an app's webhook. It can be looked at again at any time.

use axum::extract::State;
use maud::{Markup, html};

use super::links::trail;
use super::manager::{Manager, Opened};
use crate::account_pages::RecentlyAuthenticated;
use crate::developers::moments::moment;
use crate::error::Result;
use crate::http::Path;
use crate::i18n::tr;
use crate::ids::{AppId, WebhookId};
use crate::links::app_webhook;
use crate::server::Server;
use crate::web::webhook_actions;

pub(super) async fn show(
    member: Manager,
    _: RecentlyAuthenticated,
    State(server): State<Server>,
    Path((app, id)): Path<(AppId, WebhookId)>,
) -> Result<Markup> {
    let opened = Opened::find(&server, &member, (&app, &id)).await?;
    let secret = opened.webhook.secret(&server.sealing_keys)?.reveal();
    let (lang, path) = (member.lang(), app_webhook(&app, &id));
    let title = tr!(lang, "webhooks.field.secret");
    let until = opened.webhook.previous_until.filter(|until| *until > server.clock.now());
    let old_until = until.map(|until| moment(lang, until));
    let body = html! {
        (trail(lang, &opened, Some(&title)))
        (webhook_actions::secret(lang, "developers.webhooks.secret_intro", (&secret, old_until), &path))
    };
    Ok(member.chrome().page(&title, body))
}
