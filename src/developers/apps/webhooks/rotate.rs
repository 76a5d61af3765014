//! Giving an app's webhook a new secret; deliveries can be signed with the old one too for a while.

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
use crate::links::app_webhook;
use crate::server::Server;
use crate::web::{Form, Overlap, SingleUse, see_other, webhook_actions};

pub(super) async fn show(
    member: Manager,
    State(server): State<Server>,
    _: RecentlyAuthenticated,
    Path((app, id)): Path<(AppId, WebhookId)>,
) -> Result<Markup> {
    let opened = Opened::find(&server, &member, (&app, &id)).await?;
    let (lang, path) = (member.lang(), app_webhook(&app, &id));
    let title = tr!(lang, "webhooks.rotate");
    let labels = [("overlap", tr!(lang, "rotate.overlap"))];
    let body = html! {
        (trail(lang, &opened, Some(&title)))
        (webhook_actions::rotation(&member.visit, "developers.webhooks.rotate_intro", &path))
    };
    Ok(member.chrome().with_labels(&labels).page(&title, body))
}

pub(super) async fn submit(
    member: Manager,
    State(server): State<Server>,
    _: RecentlyAuthenticated,
    Path((app, id)): Path<(AppId, WebhookId)>,
    caller: Caller,
    SingleUse(Form(mut fields), claim): SingleUse<Form>,
) -> Result<Response> {
    let opened = Opened::find(&server, &member, (&app, &id)).await?;
    let overlap = Overlap::read(&mut fields);
    fields.expect_none_wrong()?;
    let secret = format!("{}/secret", app_webhook(&app, &id));
    let (now, mut tx) = (server.clock.now(), server.begin(&member).await?);
    if !claim.is_first(&mut tx, &member.session, now).await? {
        return Ok(see_other(&secret, Some("flash.note.form_used")));
    }
    let (keys, overlap) = (&server.sealing_keys, overlap.duration());
    AppWebhook::rotate(&mut tx, keys, (&app, &id), overlap, now).await?;
    opened.commit(tx, &server, (&member, &caller), Action::WebhookSecretRotated).await?;
    Ok(see_other(&secret, Some("flash.webhook_rotated")))
}
