//! A form that calls an operation from the reader's browser, with the key of a test portal. It needs a
//! script, and is hidden without: the samples above do the same.

use maud::{Markup, html};

use super::context::Reference;
use super::operation::pretty;
use crate::docs::openapi::Operation;
use crate::i18n::tr;
use crate::ui::{self, ButtonStyle, assets};

impl Reference<'_> {
    /// The section of an operation's page.
    pub(super) fn try_it(self, operation: Operation<'_>) -> Markup {
        let (lang, call) = (self.lang, self.call(operation));
        // It sends JSON only.
        if call.upload.is_some() {
            return html! {};
        }
        let parameters = operation.value["parameters"].as_array().into_iter().flatten();
        let field = |name: &str, place: &str, value: &str| {
            let id = format!("try-{name}");
            html! {
                div.field {
                    label for=(id) { code { (name) } }
                    input.input.mono type="text" id=(id) value=(value) data-name=(name) data-place=(place) autocomplete="off" spellcheck="false";
                }
            }
        };
        let values = self.path_values(operation);
        html! {
            section.section.try-it hidden data-try data-api=(self.places.api) data-method=(operation.method.to_uppercase()) data-path=(operation.path)
                data-no-key=(tr!(lang, "docs.try.no_key")) data-not-test=(tr!(lang, "docs.try.not_test")) data-failed=(tr!(lang, "docs.try.failed")) {
                h2 id="try-it" { (tr!(lang, "docs.try.title")) }
                p.muted { (tr!(lang, "docs.try.intro")) }
                form.form {
                    div.field {
                        label for="try-key" { (tr!(lang, "docs.try.key")) }
                        input.input.mono type="password" id="try-key" autocomplete="off" spellcheck="false" placeholder="kpk_…";
                    }
                    @for parameter in parameters {
                        @let (name, place) = (parameter["name"].as_str().unwrap_or_default(), parameter["in"].as_str().unwrap_or_default());
                        @if place == "path" || place == "query" {
                            @let value = values.iter().find(|(known, _)| place == "path" && *known == name).map_or("", |(_, value)| value);
                            (field(name, place, value))
                        }
                    }
                    @if let Some(body) = &call.body {
                        div.field {
                            label for="try-body" { (tr!(lang, "docs.reference.body")) }
                            textarea.input.mono id="try-body" rows="12" spellcheck="false" { (pretty(body)) }
                        }
                    }
                    (ui::actions(ui::submit(&tr!(lang, "docs.try.send"), ButtonStyle::Primary)))
                }
                div role="status" data-result {}
            }
            script src=(assets::url("documentation.js")) defer {}
        }
    }
}
