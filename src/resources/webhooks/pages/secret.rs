//! A webhook's secret. It can be looked at again at any time.

use maud::{Markup, html};

use super::manager::Manager;
use crate::account_pages::RecentlyAuthenticated;
use crate::error::Result;
use crate::http::Path;
use crate::i18n::tr;
use crate::ids::WebhookId;
use crate::resources::webhooks::links::{SECTION, page_path, trail};
use crate::resources::webhooks::queries;
use crate::web::webhook_actions;

pub(super) async fn show(
    member: Manager,
    _: RecentlyAuthenticated,
    Path(id): Path<WebhookId>,
) -> Result<Markup> {
    let webhook = queries::find(&member.store, &id).await?;
    let secret = webhook.secret(member.sealing_keys())?.reveal();
    let (lang, path) = (member.lang(), page_path(&id));
    let title = tr!(lang, "webhooks.field.secret");
    let until = webhook.previous_until.filter(|until| *until > member.change().now);
    let old_until = until.map(|until| member.moment(until));
    let body = html! {
        (trail(lang, &webhook, Some(&title)))
        (webhook_actions::secret(lang, "webhooks.secret_intro", (&secret, old_until), &path))
    };
    Ok(member.chrome(&SECTION).page(&title, body))
}
