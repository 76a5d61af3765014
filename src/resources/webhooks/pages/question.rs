//! The confirmation page for actions that destroy nothing.

use maud::{Markup, html};

use super::manager::Manager;
use crate::i18n::tr;
use crate::resources::webhooks::Webhook;
use crate::resources::webhooks::links::{SECTION, trail};
use crate::ui::{self, ButtonStyle};

/// The question, with the keys of its title, its text and its button, which posts to `action`; a link
/// leads `back`.
pub(super) fn page(
    member: &Manager,
    webhook: &Webhook,
    keys: [&'static str; 3],
    (action, back): (&str, &str),
) -> Markup {
    let lang = member.lang();
    let [title, text, label] = keys.map(|key| tr!(lang, key));
    let button = ui::button_form(action, &member.visit.mark, &label, ButtonStyle::Primary);
    let body = html! {
        (trail(lang, webhook, Some(&label)))
        (ui::question(lang, &title, &text, button, back))
    };
    member.chrome(&SECTION).page(&title, body)
}
