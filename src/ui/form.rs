//! Forms: the form itself, the summary of its errors, and choices. Single fields are in `field.rs`.

use std::borrow::Cow;

use maud::{Markup, PreEscaped, html};

use super::{
    button::{ButtonStyle, submit},
    field::{field_id, messages},
    hidden::FormMark,
    icon::{Icon, icon},
};
use crate::i18n::{Lang, tr};

/// How the HTML of a form begins in which something is filled in. No text of a page has a `<`.
pub(super) const FILLED_IN: &str = r#"<form class="form filled-in" method="post""#;

/// A form that posts its fields. The browser's own checks are off, so that our messages show, in
/// the page's language and beside the field.
pub fn form(action: &str, mark: &FormMark, body: Markup) -> Markup {
    html! {
        form.form.filled-in[has_field(&body)] method="post" action=(action) novalidate {
            (mark)
            (body)
        }
    }
}

/// A form like [`form`] that can send files.
pub fn multipart_form(action: &str, mark: &FormMark, body: Markup) -> Markup {
    html! {
        form.form.filled-in[has_field(&body)] method="post" action=(action) enctype="multipart/form-data" novalidate {
            (mark)
            (body)
        }
    }
}

/// Whether there is a field among them whose value a browser can be given again.
pub(super) fn has_field(PreEscaped(fields): &Markup) -> bool {
    let is_visible = |input: &str| {
        let tag = input.split('>').next().unwrap_or_default();
        !tag.contains(r#"type="hidden""#) && !tag.contains(r#"type="file""#)
    };
    fields.contains("<textarea")
        || fields.contains("<select")
        || fields.split("<input").skip(1).any(is_visible)
}

/// The hidden user name of a password form, for password managers.
pub fn hidden_username(email: &str) -> Markup {
    html! { input.visually-hidden type="email" name="email" value=(email) autocomplete="username" tabindex="-1" aria-hidden="true" readonly; }
}

/// The error summary at the top of an invalid form: all messages, each linked to its field.
/// `errors` holds field names and messages; it is omitted if empty. A message with an empty field
/// name is about the form as a whole.
pub(super) fn error_summary(lang: Lang, errors: &[(String, String)]) -> Markup {
    if errors.is_empty() {
        return html! {};
    }
    let title = if errors.iter().all(|(field, _)| field.is_empty()) {
        tr!(lang, "ui.errors_form")
    } else if errors.len() == 1 {
        tr!(lang, "ui.errors_one")
    } else {
        tr!(lang, "ui.errors_many", count = errors.len())
    };
    html! {
        div.notice.notice-error.error-summary role="alert" tabindex="-1" autofocus {
            (icon(Icon::Error))
            div.notice-body {
                p.notice-title { (title) }
                ul {
                    @for (field, message) in errors {
                        li {
                            @if field.is_empty() { (message) }
                            @else { a href={ "#" (field_id(field)) } { (message) } }
                        }
                    }
                }
            }
        }
    }
}

/// The errors for the summary of a form with several fields: in the order of the fields, each
/// message after its field's label. `labels` holds the names and labels in that order.
pub(super) fn with_labels(
    errors: &[(String, String)],
    labels: &[(&str, Cow<'_, str>)],
) -> Vec<(String, String)> {
    let place = |field: &str| labels.iter().position(|(name, _)| *name == field);
    let mut all: Vec<_> =
        errors.iter().map(|(field, message)| (place(field), field, message)).collect();
    all.sort_by_key(|(place, ..)| place.unwrap_or(usize::MAX));
    let label = |place: Option<usize>, message: &str| {
        place.map_or(message.to_owned(), |place| format!("{}: {message}", labels[place].1))
    };
    all.into_iter().map(|(place, field, message)| (field.clone(), label(place, message))).collect()
}

/// A single checkbox.
pub fn checkbox(name: &str, value: &str, label: &str, hint: Option<&str>, checked: bool) -> Markup {
    let choice =
        Choice { value: value.into(), label: label.into(), hint: hint.map(Cow::from), checked };
    choice.render(ChoiceKind::Any, name, &field_id(name))
}

/// How many choices of a group can be picked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChoiceKind {
    /// Exactly one: radio buttons.
    One,
    /// Any number: checkboxes.
    Any,
}

/// One choice of a [`choice_group`].
#[derive(Debug, Clone, Default)]
pub struct Choice<'a> {
    /// The value that the form sends.
    pub value: Cow<'a, str>,
    /// The label.
    pub label: Cow<'a, str>,
    /// A line of explanation under the label.
    pub hint: Option<Cow<'a, str>>,
    /// Whether it is picked.
    pub checked: bool,
}

impl Choice<'_> {
    fn render(&self, kind: ChoiceKind, name: &str, id: &str) -> Markup {
        let kind = match kind {
            ChoiceKind::One => "radio",
            ChoiceKind::Any => "checkbox",
        };
        let hint_id = self.hint.as_ref().map(|_| format!("{id}-hint"));
        html! {
            div.choice {
                input type=(kind) id=(id) name=(name) value=(self.value) checked[self.checked]
                    aria-describedby=[hint_id.as_deref()];
                label for=(id) { (self.label) }
                @if let (Some(hint), Some(hint_id)) = (&self.hint, &hint_id) {
                    p.field-hint id=(hint_id) { (hint) }
                }
            }
        }
    }
}

/// A group of choices under one heading, with an error of its own.
pub fn choice_group(
    kind: ChoiceKind,
    name: &str,
    legend: &str,
    choices: &[Choice<'_>],
    error: Option<&str>,
) -> Markup {
    choice_fieldset(name, legend, error, all_choices(kind, name, choices))
}

/// A list of checkboxes, possibly hundreds: many scroll within a box, the ticked ones first, with a
/// field `search` above that filters them (with a script, so it is hidden without).
pub fn long_choice_group(
    name: &str,
    legend: &str,
    mut choices: Vec<Choice<'_>>,
    search: &str,
    error: Option<&str>,
) -> Markup {
    const FEW: usize = 12;
    if choices.len() <= FEW {
        return choice_group(ChoiceKind::Any, name, legend, &choices, error);
    }
    choices.sort_by_key(|choice| !choice.checked);
    let list = html! {
        input.input.choice-filter type="search" aria-label=(search) placeholder=(search) autocomplete="off" hidden;
        div.choice-scroll { (all_choices(ChoiceKind::Any, name, &choices)) }
    };
    choice_fieldset(name, legend, error, list)
}

fn choice_fieldset(name: &str, legend: &str, error: Option<&str>, choices: Markup) -> Markup {
    let error_id = error.map(|_| format!("{}-error", field_id(name)));
    html! {
        fieldset.field.choices.has-error[error.is_some()] aria-describedby=[error_id.as_deref()] {
            legend { (legend) }
            (messages(error_id.as_deref(), error.as_slice()))
            (choices)
        }
    }
}

fn all_choices(kind: ChoiceKind, name: &str, choices: &[Choice<'_>]) -> Markup {
    let id = field_id(name);
    html! {
        @for (index, choice) in choices.iter().enumerate() {
            // The first choice has the field's own id, which the error summary links to.
            @if index == 0 { (choice.render(kind, name, &id)) }
            @else { (choice.render(kind, name, &format!("{id}-{index}"))) }
        }
    }
}

/// A checkbox in a table row; `label` describes it for screen readers.
pub fn row_choice(name: &str, value: &str, label: &str, checked: bool) -> Markup {
    html! { input.row-choice type="checkbox" name=(name) value=(value) aria-label=(label) checked[checked]; }
}

/// A search box: a GET form whose field is called `search`.
pub fn search(lang: Lang, action: &str, value: &str, label: &str) -> Markup {
    search_in(lang, action, value, label, action, html! {})
}

/// A search box whose field is called `q`.
pub fn search_all(lang: Lang, action: &str, value: &str, label: &str) -> Markup {
    html! {
        form.search method="get" action=(action) role="search" {
            div.search-box {
                (icon(Icon::Search))
                input.input type="search" name="q" value=(value) aria-label=(label) placeholder=(label) maxlength="200";
            }
            (submit(&tr!(lang, "ui.search"), ButtonStyle::Secondary))
        }
    }
}

/// As [`search`], with a link that clears it, and more fields.
pub fn search_in(
    lang: Lang,
    action: &str,
    value: &str,
    label: &str,
    clear: &str,
    more: Markup,
) -> Markup {
    html! {
        form.search role="search" method="get" action=(action) {
            div.search-box {
                (icon(Icon::Search))
                input.input type="search" name="search" value=(value) aria-label=(label) placeholder=(label);
            }
            (submit(&tr!(lang, "ui.search"), ButtonStyle::Secondary))
            @if !value.is_empty() {
                a.button.button-quiet href=(clear) { (tr!(lang, "ui.clear_search")) }
            }
            (more)
        }
    }
}
