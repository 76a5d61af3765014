//! One operation: its parameters, its responses, and an example.

use maud::{Markup, html};
use serde_json::Value;

use super::Reference;
use super::fields::{Field, Fields};
use crate::docs::markdown::inline;
use crate::docs::openapi::Operation;
use crate::i18n::tr;
use crate::ui;

impl Reference<'_> {
    /// All about one operation.
    pub(super) fn operation(self, operation: Operation<'_>) -> Markup {
        let lang = self.lang;
        let body = &operation.value["requestBody"]["content"]["application/json"]["schema"];
        let parameters = parameters(operation);
        html! {
            section.operation {
                h3 id=(operation.id()) lang=[self.english()] { (operation.summary()) }
                p { (ui::endpoint(&operation.method.to_uppercase(), operation.path)) }
                @if !operation.details().is_empty() { p lang=[self.english()] { (inline(operation.details())) } }
                @if let Some(scope) = operation.scope() {
                    p { (tr!(lang, "docs.reference.scope")) " " a href="/docs/scopes" { code { (scope) } } }
                }
                @if !parameters.is_empty() {
                    h4 { (tr!(lang, "docs.reference.parameters")) }
                    (Fields::parameters(self, parameters))
                }
                @if !body.is_null() {
                    h4 { (tr!(lang, "docs.reference.body")) }
                    @if self.resolve(body)["minProperties"] == 1 { p.muted { (tr!(lang, "docs.reference.any_field")) } }
                    (Fields::sent(self, body))
                }
                h4 { (tr!(lang, "docs.reference.example")) }
                (ui::code_block(lang, "curl", &self.curl(operation, body)))
                h4 { (tr!(lang, "docs.reference.responses")) }
                (self.responses(operation))
            }
        }
    }

    fn responses(self, operation: Operation<'_>) -> Markup {
        let lang = self.lang;
        let responses = operation.value["responses"].as_object().into_iter().flatten();
        html! {
            dl.params {
                @for (status, response) in responses {
                    @let schema = &response["content"]["application/json"]["schema"];
                    @let succeeds = status.starts_with('2');
                    div.param {
                        dt {
                            code.param-name { (status) }
                            @if schema.get("$ref").is_some() { " " span.param-type { (self.kind(schema)) } }
                        }
                        dd {
                            p lang=[self.english()] { (inline(response["description"].as_str().unwrap_or_default())) }
                            @if succeeds && !schema.is_null() {
                                details.answer {
                                    summary { (tr!(lang, "docs.reference.answer")) }
                                    (Fields::of(self, schema))
                                    (ui::code_block(lang, "JSON", &pretty(&self.example(schema, operation.path))))
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    /// A shell command that calls it.
    fn curl(self, operation: Operation<'_>, body: &Value) -> String {
        let mut path = operation.path.to_owned();
        for field in parameters(operation).into_iter().filter(|field| field.place == Some("path")) {
            let example = self.example(field.schema, operation.path);
            path =
                path.replace(&format!("{{{}}}", field.name), example.as_str().unwrap_or_default());
        }
        let mut command =
            "curl --header \"Authorization: Bearer $KLANTPORTAAL_API_KEY\" \\\n".to_owned();
        // Omit what curl does by default.
        if operation.method != if body.is_null() { "get" } else { "post" } {
            command += &format!("  --request {} \\\n", operation.method.to_uppercase());
        }
        if !body.is_null() {
            let json = pretty(&self.example(body, operation.path))
                .replace('\'', r"'\''")
                .replace('\n', "\n  ");
            command += &format!(
                "  --header \"Content-Type: application/json\" \\\n  --data '{json}' \\\n"
            );
        }
        command + &format!("  \"$KLANTPORTAAL_API{path}\"")
    }
}

fn parameters(operation: Operation<'_>) -> Vec<Field<'_>> {
    let all = operation.value["parameters"].as_array().into_iter().flatten();
    all.filter_map(|parameter| {
        Some(Field {
            name: parameter["name"].as_str()?,
            schema: &parameter["schema"],
            required: parameter["required"] == true,
            place: Some(parameter["in"].as_str()?),
        })
    })
    .collect()
}

pub(super) fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}
