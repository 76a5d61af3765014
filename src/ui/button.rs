//! Buttons, and links that look like one.

use maud::{Markup, html};

use super::hidden::{FormMark, hidden};
use crate::i18n::{Lang, tr};

/// The prominence of a button.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ButtonStyle {
    /// The one main action of a page.
    #[default]
    Primary,
    /// Another action.
    Secondary,
    /// A destructive action.
    Danger,
    /// An action that stays in the background, such as one in a table row.
    Quiet,
}

impl ButtonStyle {
    pub(super) const fn class(self) -> &'static str {
        match self {
            Self::Primary => "button button-primary",
            Self::Secondary => "button button-secondary",
            Self::Danger => "button button-danger",
            Self::Quiet => "button button-quiet",
        }
    }
}

/// A link that looks like a button.
pub fn link_button(label: &str, href: &str, style: ButtonStyle) -> Markup {
    html! { a class=(style.class()) href=(href) { (label) } }
}

/// A link like [`link_button`] that leaves the page open.
pub fn new_tab_button(label: &str, href: &str, style: ButtonStyle) -> Markup {
    html! { a class=(style.class()) href=(href) target="_blank" rel="noopener" { (label) } }
}

/// A link like [`link_button`] in a list, where many have the same label: `about` distinguishes
/// them for screen readers.
pub fn link_button_about(label: &str, about: &str, href: &str, style: ButtonStyle) -> Markup {
    html! { a class=(style.class()) href=(href) { (label) span.visually-hidden { " " (about) } } }
}

/// The button that sends the form it is in.
pub fn submit(label: &str, style: ButtonStyle) -> Markup {
    html! { button class=(style.class()) type="submit" { (label) } }
}

/// The end of a form: the button that saves, and a link back.
pub fn save_or_cancel(lang: Lang, cancel_href: &str) -> Markup {
    super::actions(html! {
        (submit(&tr!(lang, "manage.save"), ButtonStyle::Primary))
        (link_button(&tr!(lang, "ui.cancel"), cancel_href, ButtonStyle::Secondary))
    })
}

/// A button that sends the form it is in together with its own name and value,
/// for a form with more than one outcome (allow or deny).
pub fn submit_named(name: &str, value: &str, label: &str, style: ButtonStyle) -> Markup {
    html! { button class=(style.class()) type="submit" name=(name) value=(value) { (label) } }
}

/// A form that is only a button: it posts to `action`.
pub fn button_form(action: &str, mark: &FormMark, label: &str, style: ButtonStyle) -> Markup {
    button_form_with(action, mark, label, html! {}, style)
}

/// The same, with hidden fields.
pub fn button_form_with(
    action: &str,
    mark: &FormMark,
    label: &str,
    fields: Markup,
    style: ButtonStyle,
) -> Markup {
    html! {
        form.button-form method="post" action=(action) {
            (mark)
            (fields)
            (submit(label, style))
        }
    }
}

/// A form like [`button_form`] in a list, where many have the same label; see
/// [`link_button_about`].
pub fn button_form_about(
    action: &str,
    mark: &FormMark,
    label: &str,
    about: &str,
    style: ButtonStyle,
) -> Markup {
    labelled_button_form(action, mark, (label, about), html! {}, style)
}

/// The same, with a hidden field: its name and value.
pub fn button_form_with_field(
    action: &str,
    mark: &FormMark,
    (label, about): (&str, &str),
    (name, value): (&str, &str),
    style: ButtonStyle,
) -> Markup {
    labelled_button_form(action, mark, (label, about), hidden(name, value), style)
}

fn labelled_button_form(
    action: &str,
    mark: &FormMark,
    (label, about): (&str, &str),
    fields: Markup,
    style: ButtonStyle,
) -> Markup {
    html! {
        form.button-form method="post" action=(action) {
            (mark)
            (fields)
            button class=(style.class()) type="submit" { (label) span.visually-hidden { " " (about) } }
        }
    }
}
