//! The differences between two versions of a record.

use jiff::tz::TimeZone;
use serde_json::{Map, Value};

use super::FieldChange;
use crate::error::{Error, Result};
use crate::values::{Record, Shown};

/// The maximum length of a value, in characters; longer ones are cut.
const MAX_TEXT: usize = 200;

/// The fields that differ between two versions of a record, with times of this zone.
///
/// Of a list, only the items are given that aren't in both; of an object, each differing member is a
/// field of its own: `customFields.<name>`.
///
/// # Errors
/// [`Error::Internal`] when a record can't be written as JSON.
pub fn differences<R: Record + Clone>(
    before: &R,
    after: &R,
    zone: &TimeZone,
) -> Result<Vec<FieldChange>> {
    let json = |record: &R| {
        serde_json::to_value(Shown::new(record.clone(), zone)).map_err(Error::internal)
    };
    let (before, after) = (json(before)?, json(after)?);
    let mut changes = Vec::new();
    for field in R::FIELDS {
        add(&mut changes, field.name, &before[field.name], &after[field.name]);
    }
    Ok(changes)
}

fn add(changes: &mut Vec<FieldChange>, field: &str, before: &Value, after: &Value) {
    if before == after {
        return;
    }
    match (before, after) {
        (Value::Array(old), Value::Array(new)) => {
            let only = |these: &[Value], others: &[Value]| {
                let texts = these.iter().filter(|item| !others.contains(item)).filter_map(text);
                Some(texts.collect::<Vec<_>>().join("; ")).filter(|texts| !texts.is_empty())
            };
            changes.extend(change(field, only(old, new), only(new, old)));
        }
        (Value::Object(_) | Value::Null, Value::Object(_) | Value::Null) => {
            let empty = Map::new();
            let [before, after] = [before, after].map(|value| value.as_object().unwrap_or(&empty));
            let mut names: Vec<&String> = before.keys().chain(after.keys()).collect();
            names.sort_unstable();
            names.dedup();
            for name in names {
                let member = |of: &Map<String, Value>| of.get(name).cloned().unwrap_or_default();
                add(changes, &format!("{field}.{name}"), &member(before), &member(after));
            }
        }
        (before, after) => changes.extend(change(field, text(before), text(after))),
    }
}

fn change(field: &str, old: Option<String>, new: Option<String>) -> Option<FieldChange> {
    let [old, new] = [old, new].map(|text| text.map(shortened));
    (old.is_some() || new.is_some()).then(|| FieldChange { field: field.to_owned(), old, new })
}

/// A value as text; none if it is empty.
fn text(value: &Value) -> Option<String> {
    let text = match value {
        Value::Null => return None,
        Value::String(text) => text.clone(),
        Value::Array(items) => joined(items.iter()),
        Value::Object(members) => joined(members.values()),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
    };
    Some(text).filter(|text| !text.is_empty())
}

fn joined<'a>(values: impl Iterator<Item = &'a Value>) -> String {
    values.filter_map(text).collect::<Vec<_>>().join(", ")
}

fn shortened(text: String) -> String {
    match text.char_indices().nth(MAX_TEXT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn changes(before: &Value, after: &Value) -> Vec<String> {
        let mut changes = Vec::new();
        add(&mut changes, "field", before, after);
        let show = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
        let line = |change: FieldChange| {
            format!("{}: {} > {}", change.field, show(change.old), show(change.new))
        };
        changes.into_iter().map(line).collect()
    }

    #[test]
    fn values_are_told_as_text() {
        for (before, after, expected) in [
            (json!("Ede"), json!("Epe"), "field: Ede > Epe"),
            (json!(null), json!("Epe"), "field: - > Epe"),
            (json!("Ede"), json!(null), "field: Ede > -"),
            (json!(false), json!(true), "field: false > true"),
            (json!(12), json!("x"), "field: 12 > x"),
        ] {
            assert_eq!(changes(&before, &after), [expected]);
        }
        assert!(changes(&json!("Ede"), &json!("Ede")).is_empty());
    }

    #[test]
    fn of_a_list_only_what_differs_is_told() {
        let person =
            |name: &str, phone: &str| json!({ "name": name, "phone": phone, "role": null });
        let before = json!([person("Sanne", "1"), person("Piet", "2")]);
        let after = json!([person("Piet", "3"), person("Sanne", "1")]);
        assert_eq!(changes(&before, &after), ["field: Piet, 2 > Piet, 3"]);
        let other_order = json!([person("Piet", "2"), person("Sanne", "1")]);
        assert!(changes(&before, &other_order).is_empty());
    }

    #[test]
    fn each_member_of_an_object_is_a_field_of_its_own() {
        let (before, after) = (json!({ "a": "1", "b": "2" }), json!({ "b": "3", "c": true }));
        let expected = ["field.a: 1 > -", "field.b: 2 > 3", "field.c: - > true"];
        assert_eq!(changes(&before, &after), expected);
        assert_eq!(changes(&json!(null), &json!({ "a": "1" })), ["field.a: - > 1"]);
    }

    #[test]
    fn a_long_value_is_shortened() {
        let long = "é".repeat(MAX_TEXT + 1);
        let expected = format!("field: - > {}…", "é".repeat(MAX_TEXT));
        assert_eq!(changes(&json!(null), &json!(long)), [expected]);
        let fits = "é".repeat(MAX_TEXT);
        assert_eq!(changes(&json!(null), &json!(fits)), [format!("field: - > {fits}")]);
    }
}
