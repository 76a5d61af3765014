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
    /// What it allows, in plain words.
    pub label: Cow<'a, str>,
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

/// A group of permissions to pick from: a row for each kind of data, reading and writing side by
/// side.
pub fn scope_picker(lang: Lang, areas: &[ScopeArea<'_>], error: Option<&str>) -> Markup {
    let id = field_id("scope");
    let error_id = error.map(|_| format!("{id}-error"));
    html! {
        fieldset.field.scopes.has-error[error.is_some()] id=(id) tabindex="-1"
            aria-describedby=[error_id.as_deref()] {
            legend { (tr!(lang, "ui.scopes")) }
            p.field-hint { (tr!(lang, "ui.scopes_hint")) }
            (messages(error_id.as_deref(), error.as_slice()))
            (list(lang, areas))
        }
    }
}

fn list(lang: Lang, areas: &[ScopeArea<'_>]) -> Markup {
    html! {
        div.scope-list {
            @for area in areas {
                div.scope-area role="group" aria-label=(area.label) {
                    p.scope-area-name { (area.label) }
                    @if area.read.is_some() || area.write.is_some() {
                        (choice(lang, area.read.as_ref()))
                        (choice(lang, area.write.as_ref()))
                    }
                    @for other in &area.other { (choice(lang, Some(other))) }
                }
            }
        }
    }
}

fn choice(lang: Lang, choice: Option<&ScopeChoice<'_>>) -> Markup {
    html! {
        @match choice {
            Some(choice) => {
                div {
                    label.scope {
                        input type="checkbox" name="scope" value=(choice.name) checked[choice.checked];
                        span.scope-text {
                            span.scope-label { (choice.label) }
                            " "
                            code.scope-name { (choice.name) }
                        }
                    }
                    @if let Some(optional) = choice.optional {
                        label.scope.scope-optional {
                            input type="checkbox" name=(OPTIONAL_SCOPE) value=(choice.name) checked[optional];
                            span { (tr!(lang, "ui.scope_optional")) span.visually-hidden { ": " (choice.name) } }
                        }
                    }
                }
            }
            None => { span.scope-none aria-hidden="true" {} }
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
                label: "Bekijken".into(),
                checked: true,
                optional: None,
            }),
            write: None,
            other: vec![ScopeChoice {
                name: "customers:export",
                label: "Exporteren".into(),
                checked: false,
                optional: None,
            }],
        };
        let html = scope_picker(Lang::Nl, &[area], Some("Kies iets")).into_string();
        assert!(html.contains(r#"type="checkbox" name="scope" value="customers:read" checked"#));
        assert!(
            html.contains(r#"value="customers:export""#)
                && !html.contains(r#"value="customers:export" checked"#)
        );
        assert!(html.contains(r#"aria-describedby="field-scope-error""#));
        assert!(html.contains(r#"id="field-scope-error"><p>Kies iets"#));
    }
}
