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
use crate::ui::{self, ButtonStyle};

pub(super) async fn show(
    member: Manager,
    _: RecentlyAuthenticated,
    Path(id): Path<WebhookId>,
) -> Result<Markup> {
    let webhook = queries::find(&member.store, &id).await?;
    let secret = webhook.secret(member.sealing_keys())?.reveal();
    let (lang, title) = (member.lang(), tr!(member.lang(), "webhooks.field.secret"));
    let body = html! {
        (trail(lang, &webhook, Some(&title)))
        (ui::header(&title, Some(&tr!(lang, "webhooks.secret_intro")), html! {}))
        (ui::card(None, ui::copyable(lang, &title, &secret)))
        (ui::actions(ui::link_button(&tr!(lang, "webhooks.back"), &page_path(&id), ButtonStyle::Secondary)))
    };
    Ok(member.chrome(&SECTION).page(&title, body))
}
