//! The OpenAPI document in version 3.0, for tools that don't support 3.1 yet: the same API, less
//! precisely described.

use serde_json::{Map, Value, json};

/// The document, which is in version 3.1, in version 3.0.
pub(in crate::docs) fn document(document: &Value) -> Value {
    let mut older = value(document);
    older["openapi"] = "3.0.3".into();
    // The older version only supports licences with a URL.
    if let Some(license) = older["info"]["license"].as_object_mut() {
        license.remove("identifier");
        license.insert("url".to_owned(), "https://spdx.org/licenses/".into());
    }
    older
}

fn value(newer: &Value) -> Value {
    match newer {
        Value::Object(members) => object(members),
        Value::Array(values) => values.iter().map(value).collect(),
        other => other.clone(),
    }
}

/// Converts schemas: nullable types, and lists of examples. Keywords beside a reference are
/// dropped.
fn object(members: &Map<String, Value>) -> Value {
    if let Some(reference) = members.get("$ref").filter(|reference| reference.is_string()) {
        return json!({ "$ref": reference });
    }
    let mut older = Map::new();
    for (name, member) in members {
        match (name.as_str(), member) {
            ("type", Value::Array(kinds)) => {
                let known = kinds.iter().filter(|kind| **kind != "null").collect::<Vec<_>>();
                // Without a type it is any value, also none.
                if let [only] = known[..] {
                    if known.len() < kinds.len() {
                        older.insert("nullable".to_owned(), true.into());
                    }
                    older.insert(name.clone(), only.clone());
                }
            }
            ("anyOf", Value::Array(choices)) if choices.iter().any(is_null) => {
                let others = choices.iter().filter(|choice| !is_null(choice)).map(value);
                older.insert("nullable".to_owned(), true.into());
                older.insert("allOf".to_owned(), others.collect());
            }
            ("examples", Value::Array(examples)) => {
                older.extend(
                    examples.first().map(|example| ("example".to_owned(), example.clone())),
                );
            }
            // Here it names at least one.
            ("required", Value::Array(names)) if names.is_empty() => {}
            ("const", constant) if !constant.is_object() => {
                older.insert("enum".to_owned(), json!([constant]));
            }
            (_, member) => {
                older.insert(name.clone(), value(member));
            }
        }
    }
    older.into()
}

fn is_null(schema: &Value) -> bool {
    schema["type"] == "null"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_older_version_lacks_is_said_in_its_words() {
        let newer = json!({
            "openapi": "3.1.0",
            "info": { "license": { "name": "MIT", "identifier": "MIT" } },
            "paths": { "/a": { "get": { "security": [{ "bearer": [] }, { "oauth2": ["a.read"] }] } } },
            "components": { "schemas": { "A": {
                "type": "object",
                "required": [],
                "properties": {
                    "type": { "type": ["string", "null"], "examples": ["x", "y"] },
                    "b": { "$ref": "#/components/schemas/B", "description": "dropped" },
                    "c": { "anyOf": [{ "$ref": "#/components/schemas/B" }, { "type": "null" }] },
                    "d": { "const": "e" },
                    "f": { "type": ["string", "number", "null"], "description": "g" },
                },
            } } },
        });
        assert_eq!(
            document(&newer),
            json!({
                "openapi": "3.0.3",
                "info": { "license": { "name": "MIT", "url": "https://spdx.org/licenses/" } },
                "paths": { "/a": { "get": { "security": [{ "bearer": [] }, { "oauth2": ["a.read"] }] } } },
                "components": { "schemas": { "A": {
                    "type": "object",
                    "properties": {
                        "type": { "type": "string", "nullable": true, "example": "x" },
                        "b": { "$ref": "#/components/schemas/B" },
                        "c": { "nullable": true, "allOf": [{ "$ref": "#/components/schemas/B" }] },
                        "d": { "enum": ["e"] },
                        "f": { "description": "g" },
                    },
                } } },
            })
        );
    }
}
