//! Example values, generated from schemas.

use serde_json::{Map, Value, json};

use super::context::Reference;
use super::fields::id_prefix;
use crate::http::Listing;

/// The part after the prefix of every id in the examples.
const ID: &str = "abc12345def678";

impl Reference<'_> {
    /// A value for a schema. `path` is the path of the operation, which lists contain.
    pub(in crate::docs) fn example(self, schema: &Value, path: &str) -> Value {
        let schema = self.resolve(schema);
        if let Some(example) =
            schema["examples"].get(0).or(schema.get("default")).or(schema["enum"].get(0))
        {
            return example.clone();
        }
        let kind = schema["type"].as_str().or(schema["type"][0].as_str()).unwrap_or("object");
        match kind {
            "object" => self.object(schema, path),
            "array" => json!([self.example(&schema["items"], path)]),
            "integer" | "number" => schema.get("minimum").cloned().unwrap_or(json!(1)),
            "boolean" => json!(true),
            "string" if schema["type"].is_array() => Value::Null,
            _ => text(schema).into(),
        }
    }

    fn object(self, schema: &Value, path: &str) -> Value {
        if schema["properties"].get("next_page_url").is_some() {
            return self.page_of(&schema["properties"]["data"]["items"], path);
        }
        let value = |(name, schema): (&String, &Value)| (name.clone(), self.example(schema, path));
        let fields = schema["properties"].as_object().into_iter().flatten().map(value);
        // Changing one field shows that the others can be omitted.
        let is_change = schema.get("minProperties").is_some() && schema.get("required").is_none();
        Value::Object(if is_change {
            fields.take(1).collect::<Map<_, _>>()
        } else {
            fields.collect()
        })
    }

    /// The only page of a list with one item.
    fn page_of(self, item: &Value, path: &str) -> Value {
        let page = Listing::of_one(format!("{}{path}", self.places.api), self.example(item, path));
        serde_json::to_value(page).unwrap_or_default()
    }
}

fn text(schema: &Value) -> String {
    if let Some(prefix) = schema["pattern"].as_str().and_then(id_prefix) {
        return format!("{prefix}{ID}");
    }
    let text = match schema["format"].as_str() {
        Some("date-time") => "2026-11-24T02:48:00+01:00",
        Some("date") => "2026-11-24",
        Some("uri") => "https://api.portal.example/downloads/AVq2Zm9y",
        Some("email") => "info@korenaar.example",
        _ => "…",
    };
    text.to_owned()
}
