//! The confirmation page for actions that destroy nothing.

use maud::{Markup, html};

use super::links::trail;
use super::manager::{Manager, Opened};
use crate::i18n::tr;
use crate::ui::{self, ButtonStyle};

/// The question, with the keys of its title, its text and its button, which posts to `action`; a link
/// leads `back`.
pub(super) fn page(
    member: &Manager,
    opened: &Opened,
    keys: [&'static str; 3],
    (action, back): (&str, &str),
) -> Markup {
    let lang = member.lang();
    let [title, text, label] = keys.map(|key| tr!(lang, key));
    let button = ui::button_form(action, &member.visit.mark, &label, ButtonStyle::Primary);
    let body = html! {
        (trail(lang, opened, Some(&label)))
        (ui::question(lang, &title, &text, button, back))
    };
    member.chrome().page(&title, body)
}
