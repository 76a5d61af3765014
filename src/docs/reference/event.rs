//! One type of event: what is sent, and an example.

use maud::{Markup, html};

use super::context::Reference;
use super::fields::Fields;
use super::operation::pretty;
use crate::docs::openapi::Webhook;
use crate::i18n::tr;
use crate::ui;

impl Reference<'_> {
    /// All about one type of event.
    pub(super) fn event(self, event: Webhook<'_>) -> Markup {
        let lang = self.lang;
        html! {
            p { code { (event.name) } }
            div.beside {
                div.beside-text {
                    h2 id="body" { (tr!(lang, "docs.reference.body")) }
                    (Fields::of(self, event.schema()))
                }
                div.beside-code {
                    h2 id="example" { (tr!(lang, "docs.reference.example")) }
                    (ui::code_block(lang, "JSON", &pretty(&self.example(event.schema(), ""))))
                }
            }
        }
    }
}
