//! One type of event: what is sent, and an example.

use maud::{Markup, html};

use super::Reference;
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
            section.operation {
                h3 id=(event.name) lang=[self.english()] { (event.summary()) }
                p { code { (event.name) } }
                h4 { (tr!(lang, "docs.reference.body")) }
                (Fields::of(self, event.schema()))
                h4 { (tr!(lang, "docs.reference.example")) }
                (ui::code_block(lang, "JSON", &pretty(&self.example(event.schema(), ""))))
            }
        }
    }
}
