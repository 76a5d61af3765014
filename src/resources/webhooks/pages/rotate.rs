//! Giving a webhook a new secret; deliveries can be signed with the old one too for a while.

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
use crate::web::{Form, Overlap, SingleUse, see_other, webhook_actions};

pub(super) async fn show(
    member: Manager,
    _: RecentlyAuthenticated,
    Path(id): Path<WebhookId>,
) -> Result<Markup> {
    let webhook = queries::find(&member.store, &id).await?;
    let (lang, path) = (member.lang(), page_path(&id));
    let title = tr!(lang, "webhooks.rotate");
    let labels = [("overlap", tr!(lang, "rotate.overlap"))];
    let body = html! {
        (trail(lang, &webhook, Some(&title)))
        (webhook_actions::rotation(&member.visit, "webhooks.rotate_intro", &path))
    };
    Ok(member.chrome(&SECTION).with_labels(&labels).page(&title, body))
}

pub(super) async fn submit(
    member: Manager,
    _: RecentlyAuthenticated,
    Path(id): Path<WebhookId>,
    SingleUse(Form(mut fields), claim): SingleUse<Form>,
) -> Result<Response> {
    let overlap = Overlap::read(&mut fields);
    fields.expect_none_wrong()?;
    let secret = format!("{}/secret", page_path(&id));
    let Some(mut tx) = member.begin_once(&claim).await? else {
        return Ok(see_other(&secret, Some("flash.note.form_used")));
    };
    queries::rotate(&mut tx, &member.change(), member.sealing_keys(), &id, overlap.duration())
        .await?;
    tx.commit().await?;
    Ok(see_other(&secret, Some("flash.webhook_rotated")))
}
