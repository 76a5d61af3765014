//! What the pages have in common on which people act on a webhook, a portal's or an app's.

use maud::{Markup, Render, html};

use crate::i18n::{Lang, tr};
use crate::ui::{self, ButtonStyle, FlashKind};
use crate::web::{Overlap, Visit, single_use_field};

/// Asks about an action that destroys nothing, with the keys of the question's title, its text and its
/// button, which posts to `action`; a link leads `back`.
pub fn question(visit: &Visit, keys: [&'static str; 3], (action, back): (&str, &str)) -> Markup {
    let [title, text, label] = keys.map(|key| tr!(visit.lang, key));
    let button = ui::button_form(action, &visit.mark, &label, ButtonStyle::Primary);
    ui::question(visit.lang, &title, &text, button, back)
}

/// The form for a new secret of the webhook with this path.
pub fn rotation(visit: &Visit, intro: &'static str, path: &str) -> Markup {
    let (lang, fields) = (visit.lang, visit.fields(Vec::new));
    let title = tr!(lang, "webhooks.rotate");
    html! {
        (ui::header(&title, Some(&tr!(lang, intro)), html! {}))
        (ui::form(&format!("{path}/rotate"), &visit.mark, html! {
            (single_use_field())
            (Overlap::field(lang, &fields))
            (ui::actions(html! {
                (ui::submit(&title, ButtonStyle::Primary))
                (ui::link_button(&tr!(lang, "ui.cancel"), &format!("{path}/secret"), ButtonStyle::Secondary))
            }))
        }))
    }
}

/// The secret of the webhook with this path, and until when the one before is still used.
pub fn secret(
    lang: Lang,
    intro: &'static str,
    (secret, old_until): (&str, Option<impl Render>),
    path: &str,
) -> Markup {
    let title = tr!(lang, "webhooks.field.secret");
    html! {
        (ui::header(&title, Some(&tr!(lang, intro)), html! {}))
        @if let Some(until) = old_until {
            (ui::notice(FlashKind::Info, None, html! { p { (tr!(lang, "webhooks.old_until")) " " (until) "." } }))
        }
        (ui::card(None, ui::copyable(lang, &title, secret)))
        (ui::actions(html! {
            (ui::link_button(&tr!(lang, "webhooks.rotate"), &format!("{path}/rotate"), ButtonStyle::Secondary))
            (ui::link_button(&tr!(lang, "webhooks.back"), path, ButtonStyle::Secondary))
        }))
    }
}
