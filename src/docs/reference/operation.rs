//! One operation in depth: its parameters, its responses with their headers, and the request beside the
//! answer.

use maud::{Markup, html};
use serde_json::Value;

use super::context::Reference;
use super::fields::{Field, Fields};
use crate::docs::markdown::inline;
use crate::docs::openapi::Operation;
use crate::i18n::tr;
use crate::ui;

impl Reference<'_> {
    /// All about one operation.
    pub(super) fn operation(self, operation: Operation<'_>) -> Markup {
        html! {
            p { (ui::endpoint(&operation.method.to_uppercase(), operation.path)) }
            @if !operation.details().is_empty() { p lang=[self.english()] { (inline(operation.details())) } }
            @if let Some(scope) = operation.scope() {
                p { (tr!(self.lang, "docs.reference.scope")) " " a href="/docs/scopes" { code { (scope) } } }
            }
            div.beside {
                div.beside-text { (self.request(operation)) (self.responses(operation)) }
                div.beside-code { (self.example_of(operation)) }
            }
            (self.try_it(operation))
        }
    }

    fn request(self, operation: Operation<'_>) -> Markup {
        let lang = self.lang;
        let body = operation.body();
        let parameters = parameters(operation);
        html! {
            @if !parameters.is_empty() {
                h2 id="parameters" { (tr!(lang, "docs.reference.parameters")) }
                (Fields::parameters(self, parameters))
            }
            @if let Some(body) = body {
                h2 id="body" { (tr!(lang, "docs.reference.body")) }
                @if self.resolve(body)["minProperties"] == 1 { p.muted { (tr!(lang, "docs.reference.any_field")) } }
                (Fields::sent(self, body))
            }
        }
    }

    fn responses(self, operation: Operation<'_>) -> Markup {
        let lang = self.lang;
        html! {
            h2 id="responses" { (tr!(lang, "docs.reference.responses")) }
            @for (status, response) in responses(operation).filter(|(status, _)| status.starts_with('2')) {
                @let schema = &response["content"]["application/json"]["schema"];
                p {
                    code.param-name { (status) } " "
                    span lang=[self.english()] { (inline(response["description"].as_str().unwrap_or_default())) }
                    @if schema.get("$ref").is_some() { ": " (self.kind(schema)) }
                }
                @if !schema.is_null() { (Fields::of(self, schema)) }
                h3 id={ "headers-" (status) } { (tr!(lang, "docs.reference.headers")) }
                (self.headers(response))
            }
            h2 id="errors" { (tr!(lang, "docs.reference.errors")) }
            p { (inline(&tr!(lang, "docs.reference.errors_text"))) }
            dl.params {
                @for (status, response) in responses(operation).filter(|(status, _)| !status.starts_with('2')) {
                    div.param {
                        dt { code.param-name { (status) } }
                        dd { p lang=[self.english()] { (inline(response["description"].as_str().unwrap_or_default())) } }
                    }
                }
            }
        }
    }

    /// The headers of a response.
    fn headers(self, response: &Value) -> Markup {
        let headers = response["headers"].as_object().into_iter().flatten();
        html! {
            dl.params {
                @for (name, header) in headers {
                    @let described = self.header(header);
                    div.param {
                        dt { code.param-name { (name) } }
                        dd { p lang=[self.english()] { (inline(described["description"].as_str().unwrap_or_default())) } }
                    }
                }
            }
        }
    }

    /// The header that a reference points to, or the header itself.
    fn header<'b>(&'b self, header: &'b Value) -> &'b Value {
        let name = header["$ref"].as_str().and_then(|name| name.rsplit('/').next());
        name.map_or(header, |name| &self.document["components"]["headers"][name])
    }

    /// The programs that make a call, and what is answered.
    fn example_of(self, operation: Operation<'_>) -> Markup {
        let lang = self.lang;
        let programs = self.call(operation).programs();
        let tab =
            |(name, code): (&str, String)| (name.to_owned(), ui::code_block(lang, name, &code));
        html! {
            h2 id="request" { (tr!(lang, "docs.reference.request")) }
            (ui::tabs(operation.id(), programs.into_iter().map(tab).collect()))
            @for (status, response) in responses(operation).filter(|(status, _)| status.starts_with('2')) {
                @let schema = &response["content"]["application/json"]["schema"];
                h2 id={ "answer-" (status) } { (tr!(lang, "docs.reference.answer")) }
                @if schema.is_null() { p { code { (status) } } }
                @else { (ui::code_block(lang, &format!("HTTP {status}"), &pretty(&self.example(schema, operation.path)))) }
            }
        }
    }
}

fn responses<'a>(operation: Operation<'a>) -> impl Iterator<Item = (&'a String, &'a Value)> {
    operation.value["responses"].as_object().into_iter().flatten()
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
