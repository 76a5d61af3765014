//! The fields of an object: names, types, and what their values must be.

use maud::{Markup, Render, html};
use serde_json::Value;

use super::context::Reference;
use super::entry::OBJECTS;
use crate::docs::markdown::inline;
use crate::http::{EXTENSION, OUR_ADDITION};
use crate::i18n::tr;

/// One field, parameter or property.
pub(super) struct Field<'a> {
    pub name: &'a str,
    pub schema: &'a Value,
    pub required: bool,
    /// The location of the field, if it must be shown: `path`, `query` or `header`.
    pub place: Option<&'a str>,
}

/// A list of fields with their descriptions.
pub(super) struct Fields<'a> {
    reference: Reference<'a>,
    fields: Vec<Field<'a>>,
    /// Whether to mark required fields; in responses all fields are present.
    sent: bool,
}

impl<'a> Fields<'a> {
    /// The fields of an object in a response.
    pub(super) fn of(reference: Reference<'a>, schema: &'a Value) -> Self {
        let schema = reference.resolve(schema);
        let required: Vec<&str> =
            schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let properties = schema["properties"].as_object().into_iter().flatten();
        let fields = properties.map(|(name, schema)| Field {
            name,
            schema,
            required: required.contains(&name.as_str()),
            place: None,
        });
        Self { reference, fields: fields.collect(), sent: false }
    }

    /// The fields of an object in a request.
    pub(super) fn sent(reference: Reference<'a>, schema: &'a Value) -> Self {
        Self { sent: true, ..Self::of(reference, schema) }
    }

    /// Parameters of an operation.
    pub(super) const fn parameters(reference: Reference<'a>, fields: Vec<Field<'a>>) -> Self {
        Self { reference, fields, sent: true }
    }

    fn field(&self, field: &Field<'_>) -> Markup {
        let Reference { lang, .. } = self.reference;
        let constraints = self.reference.constraints(field.schema);
        html! {
            div.param {
                dt {
                    code.param-name { (field.name) }
                    " " span.param-type { (self.reference.kind(field.schema)) }
                    @if let Some(place) = field.place { span.param-type { ", " (self.reference.place(place)) } }
                    @if field.schema[EXTENSION] == true { span.param-type { ", " (tr!(lang, "docs.reference.extension")) } }
                    @if self.sent && field.required { span.param-type { ", " } span.param-required { (tr!(lang, "docs.reference.required")) } }
                }
                dd {
                    @if let Some(about) = field.schema["description"].as_str().map(without_mark) { p lang=[self.reference.english()] { (inline(about)) } }
                    @if !constraints.is_empty() {
                        p.muted { @for (index, constraint) in constraints.iter().enumerate() { @if index > 0 { ", " } (constraint) } }
                    }
                }
            }
        }
    }
}

impl Render for Fields<'_> {
    fn render(&self) -> Markup {
        html! {
            @if !self.fields.is_empty() { dl.params { @for field in &self.fields { (self.field(field)) } } }
        }
    }
}

impl<'a> Reference<'a> {
    /// The schema that a reference points to, or the schema itself.
    pub(super) fn resolve<'b>(self, schema: &'b Value) -> &'b Value
    where
        'a: 'b,
    {
        object_name(schema).map_or(schema, |name| &self.document["components"]["schemas"][name])
    }

    /// A value's type, with a link if it is a separate object.
    pub(super) fn kind(self, schema: &Value) -> Markup {
        let lang = self.lang;
        if let Some(name) = object_name(schema) {
            return html! { a href={ (OBJECTS) "#object-" (name) } lang=[self.english()] { (name) } };
        }
        if schema.get("items").is_some() {
            return html! { (tr!(lang, "docs.reference.list_of")) " " (self.kind(&schema["items"])) };
        }
        if schema.get("additionalProperties").is_some_and(Value::is_object) {
            return html! { (tr!(lang, "docs.reference.map_to")) " " (self.kind(&schema["additionalProperties"])) };
        }
        match &schema["type"] {
            Value::Array(kinds) => html! {
                @for (index, kind) in kinds.iter().filter_map(Value::as_str).enumerate() {
                    @if index > 0 { " " (tr!(lang, "docs.sample.or")) " " }
                    (kind)
                }
            },
            kind => html! { (kind.as_str().unwrap_or("object")) },
        }
    }

    fn place(self, place: &str) -> Markup {
        match place {
            "path" => html! { (tr!(self.lang, "docs.reference.in_path")) },
            "header" => html! { (tr!(self.lang, "docs.reference.in_header")) },
            _ => html! { (tr!(self.lang, "docs.reference.in_query")) },
        }
    }

    /// The constraints on a value, beyond its type.
    fn constraints(self, schema: &Value) -> Vec<Markup> {
        let lang = self.lang;
        let number = |name: &str| schema[name].as_u64();
        let mut all: Vec<Markup> = Vec::new();
        let mut add = |text: &str| all.push(html! { (text) });
        match schema["format"].as_str() {
            Some("email") => add(&tr!(lang, "docs.reference.format.email")),
            Some("date-time") => add(&tr!(lang, "docs.reference.format.date_time")),
            Some("date") => add(&tr!(lang, "docs.reference.format.date")),
            Some("binary") => add(&tr!(lang, "docs.reference.format.binary")),
            _ => {}
        }
        match (number("minLength"), number("maxLength")) {
            (Some(least), Some(most)) if least == most => {
                add(&tr!(lang, "docs.reference.length", value = most))
            }
            (Some(least), Some(most)) => {
                add(&tr!(lang, "docs.reference.lengths", least = least, most = most))
            }
            (None, Some(most)) => add(&tr!(lang, "docs.reference.longest", value = most)),
            _ => {}
        }
        if let Some(least) = number("minimum") {
            add(&tr!(lang, "docs.reference.least", value = least));
        }
        if let Some(most) = number("maximum") {
            add(&tr!(lang, "docs.reference.most", value = most));
        }
        if let Some(pattern) = schema["pattern"].as_str().or(schema["items"]["pattern"].as_str()) {
            all.push(match id_prefix(pattern) {
                Some(prefix) => {
                    html! { (tr!(lang, "docs.reference.starts_with")) " " code { (prefix) } }
                }
                None => html! { (tr!(lang, "docs.reference.pattern")) " " code { (pattern) } },
            });
        }
        if let Some(values) = schema["enum"].as_array() {
            all.push(html! { (tr!(lang, "docs.reference.one_of")) @for value in values { " " code { (value) } } });
        }
        all
    }
}

/// The name of the object that a schema refers to; one with a description of its own refers to it
/// in `allOf`.
fn object_name(schema: &Value) -> Option<&str> {
    let reference = schema["$ref"].as_str().or(schema["allOf"][0]["$ref"].as_str())?;
    reference.strip_prefix("#/components/schemas/")
}

/// A description without the sentence that the mark says.
fn without_mark(about: &str) -> &str {
    about.strip_suffix(OUR_ADDITION).map_or(about, |rest| rest.trim_end().trim_end_matches('.'))
}

/// The prefix of ids, if the pattern is that of an id.
pub(super) fn id_prefix(pattern: &str) -> Option<&str> {
    pattern.strip_prefix('^').filter(|prefix| {
        prefix.ends_with('_')
            && prefix.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
    })
}
