//! Picking the permissions of an API key or an app.

use std::borrow::Cow;

use maud::{Markup, html};

use super::field::{field_id, messages};
use crate::i18n::{Lang, tr};

/// One permission that can be ticked.
#[derive(Debug, Clone)]
pub struct ScopeChoice<'a> {
    /// The technical name, which the form sends as `scope`: `customers:read`.
    pub name: &'a str,
    /// Its short name within its area: "View", "Change". One of another kind has only its
    /// explanation.
    pub label: Option<Cow<'a, str>>,
    /// What it allows, in plain words.
    pub explanation: Cow<'a, str>,
    /// Whether it is ticked.
    pub checked: bool,
    /// Whether it is marked as optional; `None` where it cannot be.
    pub optional: Option<bool>,
}

/// The field name of the permissions that are marked as optional.
pub const OPTIONAL_SCOPE: &str = "optional_scope";

/// The permissions on one kind of data.
#[derive(Debug, Clone)]
pub struct ScopeArea<'a> {
    /// The kind of data.
    pub label: Cow<'a, str>,
    /// The permission to read it, if there is one.
    pub read: Option<ScopeChoice<'a>>,
    /// The permission to change it, if there is one.
    pub write: Option<ScopeChoice<'a>>,
    /// Permissions of another kind.
    pub other: Vec<ScopeChoice<'a>>,
}

impl<'a> ScopeArea<'a> {
    fn choices(&self) -> impl Iterator<Item = &ScopeChoice<'a>> {
        self.read.iter().chain(&self.write).chain(&self.other)
    }
}

/// A group of permissions to pick from: a row for each kind of data, reading and writing side by
/// side. Where there is room, each has its explanation beside it; elsewhere they are below all rows.
pub fn scope_picker(lang: Lang, areas: &[ScopeArea<'_>], error: Option<&str>) -> Markup {
    let id = field_id("scope");
    let error_id = error.map(|_| format!("{id}-error"));
    html! {
        fieldset.field.scopes.has-error[error.is_some()] id=(id) tabindex="-1"
            aria-describedby=[error_id.as_deref()] {
            legend { (tr!(lang, "ui.scopes")) }
            p.field-hint { (tr!(lang, "ui.scopes_hint")) }
            (messages(error_id.as_deref(), error.as_slice()))
            div.scope-list {
                @for area in areas { (row(lang, area)) }
                (explanations(lang, areas))
            }
        }
    }
}

fn row(lang: Lang, area: &ScopeArea<'_>) -> Markup {
    html! {
        div.scope-area role="group" aria-label=(area.label) {
            p.scope-area-name { (area.label) }
            @if let Some(read) = &area.read { div.scope-read { (choice(lang, read)) } }
            @if let Some(write) = &area.write { div.scope-write { (choice(lang, write)) } }
            @for other in &area.other { div.scope-other { (choice(lang, other)) } }
        }
    }
}

fn choice(lang: Lang, choice: &ScopeChoice<'_>) -> Markup {
    let explanation_id = choice.label.as_ref().map(|_| format!("scope-{}", choice.name));
    html! {
        label.scope {
            input type="checkbox" name="scope" value=(choice.name) checked[choice.checked]
                aria-describedby=[explanation_id.as_deref()];
            span.scope-text {
                @if let Some(label) = &choice.label {
                    span.scope-label { (label) }
                    // Its text is the box's description, and not also a part of its name.
                    span.scope-explanation id=[explanation_id.as_deref()] aria-hidden="true" {
                        (choice.explanation) " " code.scope-name { (choice.name) }
                    }
                } @else {
                    span { (choice.explanation) } " " code.scope-name { (choice.name) }
                }
            }
        }
        @if let Some(optional) = choice.optional {
            label.scope.scope-optional {
                input type="checkbox" name=(OPTIONAL_SCOPE) value=(choice.name) checked[optional];
                span { (tr!(lang, "ui.scope_optional")) span.scope-optional-name { ": " (choice.name) } }
            }
        }
    }
}

/// The explanations of all permissions, for screens on which they don't fit in the rows.
fn explanations(lang: Lang, areas: &[ScopeArea<'_>]) -> Markup {
    html! {
        details.scope-explanations {
            summary { (tr!(lang, "ui.scope_explanations")) }
            @for area in areas {
                p.scope-area-name { (area.label) }
                ul {
                    @for choice in area.choices() {
                        li { (choice.explanation) " " code.scope-name { (choice.name) } }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_permission_is_a_tick_box_called_scope() {
        let area = ScopeArea {
            label: "Klanten".into(),
            read: Some(ScopeChoice {
                name: "customers:read",
                label: Some("Bekijken".into()),
                explanation: "Bekijken van klanten".into(),
                checked: true,
                optional: None,
            }),
            write: None,
            other: vec![ScopeChoice {
                name: "customers:export",
                label: None,
                explanation: "Exporteren".into(),
                checked: false,
                optional: None,
            }],
        };
        let html = scope_picker(Lang::Nl, &[area], Some("Kies iets")).into_string();
        assert!(html.contains(
            r#"type="checkbox" name="scope" value="customers:read" checked aria-describedby="scope-customers:read""#
        ));
        assert!(
            html.contains(r#"id="scope-customers:read" aria-hidden="true">Bekijken van klanten"#)
        );
        assert!(
            html.contains(r#"value="customers:export""#)
                && !html.contains(r#"value="customers:export" checked"#)
        );
        assert!(html.contains(r#"aria-describedby="field-scope-error""#));
        assert!(html.contains(r#"id="field-scope-error"><p>Kies iets"#));
    }
}
