//! The confirmation page for actions that destroy nothing.

use maud::{Markup, html};

use super::manager::Manager;
use crate::i18n::tr;
use crate::resources::webhooks::Webhook;
use crate::resources::webhooks::links::{SECTION, trail};
use crate::web::webhook_actions;

/// See [`webhook_actions::question`].
pub(super) fn page(
    member: &Manager,
    webhook: &Webhook,
    keys: [&'static str; 3],
    targets: (&str, &str),
) -> Markup {
    let [title, _, label] = keys.map(|key| tr!(member.lang(), key));
    let body = html! {
        (trail(member.lang(), webhook, Some(&label)))
        (webhook_actions::question(&member.visit, keys, targets))
    };
    member.chrome(&SECTION).page(&title, body)
}
