//! Corrections of schemas derived from models: `#[schemars(transform = …)]`.

use schemars::Schema;
use serde_json::Value;

/// For request bodies: a field can be absent, but not `null`.
pub fn null_is_refused(schema: &mut Schema) {
    let fields =
        schema.as_object_mut().and_then(|schema| schema.get_mut("properties")?.as_object_mut());
    for (_, field) in fields.into_iter().flatten() {
        if let Some(kinds) = field.get("type").and_then(Value::as_array) {
            let kinds: Vec<Value> = kinds.iter().filter(|kind| *kind != "null").cloned().collect();
            field["type"] = if let [only] = kinds.as_slice() { only.clone() } else { kinds.into() };
        }
    }
}

/// For responses: every field is present, if only as `null`.
pub fn always_complete(schema: &mut Schema) {
    let names: Option<Vec<Value>> = schema
        .get("properties")
        .and_then(Value::as_object)
        .map(|fields| fields.keys().map(|name| name.as_str().into()).collect());
    if let Some(names) = names {
        schema.insert("required".to_owned(), names.into());
    }
}

#[cfg(test)]
mod tests {
    use schemars::json_schema;

    use super::*;

    #[test]
    fn corrections_touch_only_what_they_are_about() {
        let mut schema = json_schema!({ "properties": { "a": { "type": ["string", "null"], "maxLength": 3 }, "b": { "type": "integer" } }, "required": ["b"] });
        null_is_refused(&mut schema);
        assert_eq!(
            schema,
            json_schema!({ "properties": { "a": { "type": "string", "maxLength": 3 }, "b": { "type": "integer" } }, "required": ["b"] })
        );
        always_complete(&mut schema);
        assert_eq!(schema.get("required"), Some(&serde_json::json!(["a", "b"])));
    }
}
