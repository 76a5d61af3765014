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
use crate::ui::{self, ButtonStyle, FlashKind};

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
    let body = html! {
        (trail(lang, &opened, Some(&title)))
        (ui::header(&title, Some(&tr!(lang, "developers.webhooks.secret_intro")), html! {}))
        @if let Some(until) = until {
            (ui::notice(FlashKind::Info, None, html! { p { (tr!(lang, "webhooks.old_until")) " " (moment(lang, until)) "." } }))
        }
        (ui::card(None, ui::copyable(lang, &title, &secret)))
        (ui::actions(html! {
            (ui::link_button(&tr!(lang, "webhooks.rotate"), &format!("{path}/rotate"), ButtonStyle::Secondary))
            (ui::link_button(&tr!(lang, "webhooks.back"), &path, ButtonStyle::Secondary))
        }))
    };
    Ok(member.chrome().page(&title, body))
}
