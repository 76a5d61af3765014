//! Hidden fields.

use maud::{Markup, Render, html};

/// The hidden fields of every POST form.
#[derive(Debug, Clone, Default)]
pub struct FormMark {
    /// The visitor's secret.
    pub csrf: String,
    /// The sealed origin of the form: its page and account.
    pub origin: String,
}

impl Render for FormMark {
    fn render(&self) -> Markup {
        html! {
            (hidden("csrf", &self.csrf))
            @if !self.origin.is_empty() { (hidden("origin", &self.origin)) }
        }
    }
}

/// A hidden value of a form.
pub fn hidden(name: &str, value: &str) -> Markup {
    html! { input type="hidden" name=(name) value=(value); }
}
