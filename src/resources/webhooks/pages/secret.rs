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
use crate::ui::{self, ButtonStyle, FlashKind};

pub(super) async fn show(
    member: Manager,
    _: RecentlyAuthenticated,
    Path(id): Path<WebhookId>,
) -> Result<Markup> {
    let webhook = queries::find(&member.store, &id).await?;
    let secret = webhook.secret(member.sealing_keys())?.reveal();
    let (lang, path) = (member.lang(), page_path(&id));
    let title = tr!(lang, "webhooks.field.secret");
    let body = html! {
        (trail(lang, &webhook, Some(&title)))
        (ui::header(&title, Some(&tr!(lang, "webhooks.secret_intro")), html! {}))
        @if let Some(until) = webhook.previous_until.filter(|until| *until > member.change().now) {
            (ui::notice(FlashKind::Info, None, html! { p { (tr!(lang, "webhooks.old_until")) " " (member.moment(until)) "." } }))
        }
        (ui::card(None, ui::copyable(lang, &title, &secret)))
        (ui::actions(html! {
            (ui::link_button(&tr!(lang, "webhooks.rotate"), &format!("{path}/rotate"), ButtonStyle::Secondary))
            (ui::link_button(&tr!(lang, "webhooks.back"), &path, ButtonStyle::Secondary))
        }))
    };
    Ok(member.chrome(&SECTION).page(&title, body))
}
