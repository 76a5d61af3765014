//! The values of a customer's custom fields, by their keys.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use schemars::SchemaGenerator;
use serde::{Serialize, Serializer};
use serde_json::{Value as Json, json};

use crate::db::{Column, FromColumn, Param, ToParam};
use crate::fields::Fields;
use crate::i18n::Lang;
use crate::values::{Field, Input, Part, Shape};

/// The most custom fields of a portal.
pub(super) const MAX_FIELDS: usize = 30;

/// The values of custom fields: as stored, each a text, a number or whether something is so; as sent, any
/// scalar, with `null` for what is to be emptied. See `docs/decisions/0058-custom-fields.md`.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub struct CustomValues(pub(super) BTreeMap<String, Json>);

impl CustomValues {
    /// These values, each of the kind of its field.
    pub fn of(values: Vec<(&str, Json)>) -> Self {
        Self(values.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
    }

    /// The values as text, for searches; `None` without any.
    pub(super) fn searchable(&self) -> Option<String> {
        let texts: Vec<String> = self.0.values().map(plain).collect();
        (!texts.is_empty()).then(|| texts.join(" "))
    }

    /// The value of a field as the inputs of a form have it; empty if there is none.
    pub(super) fn text(&self, key: &str) -> String {
        self.0.get(key).map_or_else(String::new, plain)
    }
}

/// A value as text.
pub(super) fn plain(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        Json::Null => String::new(),
        other => other.to_string(),
    }
}

impl Part for CustomValues {
    const IS_OPTIONAL: bool = false;
    const IS_REQUIRED: bool = false;

    fn read_sent(fields: &mut Fields, name: &str) -> Self {
        Self(fields.members(name))
    }

    fn read_new(fields: &mut Fields, name: &str) -> Self {
        fields.when_sent(name, Self::read_sent).unwrap_or_default()
    }

    fn schema_in(_: &mut SchemaGenerator, shape: Shape) -> Json {
        let types: &[&str] = match shape {
            Shape::Shown => &["string", "number", "boolean"],
            Shape::New | Shape::Change => &["string", "number", "boolean", "null"],
        };
        json!({
            "type": "object",
            "additionalProperties": { "type": types },
            "maxProperties": MAX_FIELDS,
        })
    }

    fn form_input() -> Input {
        Input::Elsewhere
    }
}

impl Field for CustomValues {
    fn form_text(&self, _: Lang, _: &TimeZone) -> String {
        String::new()
    }

    fn serialize_field<S: Serializer>(&self, _: &TimeZone, to: S) -> Result<S::Ok, S::Error> {
        self.serialize(to)
    }
}

impl ToParam for CustomValues {
    fn to_param(&self) -> Param<'_> {
        if self.0.is_empty() {
            return Param::Null;
        }
        Param::Text(json!(self.0).to_string().into())
    }
}

impl FromColumn for CustomValues {
    fn from_column(column: Column<'_>) -> Option<Self> {
        match column {
            Column::Null => Some(Self::default()),
            Column::Text(text) => serde_json::from_str(text).ok().map(Self),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Result<CustomValues, Vec<String>> {
        let mut fields = Fields::json(body.as_bytes()).unwrap();
        let values = CustomValues::read_new(&mut fields, "customFields");
        let errors = fields.errors().list(Lang::En);
        if errors.is_empty() {
            Ok(values)
        } else {
            Err(errors.into_iter().map(|(name, _)| name).collect())
        }
    }

    #[test]
    fn values_are_an_object_of_scalars() {
        let sent =
            read(r#"{"customFields": {"b": "x", "a": 12.5, "c": true, "d": null}}"#).unwrap();
        assert_eq!(json!(sent), json!({ "a": 12.5, "b": "x", "c": true, "d": null }));
        assert_eq!(read("{}").unwrap(), CustomValues::default());
        for wrong in ["null", "[]", "\"x\"", "3"] {
            let body = format!(r#"{{"customFields": {wrong}}}"#);
            assert_eq!(read(&body).unwrap_err(), ["customFields"], "{wrong}");
        }
        for wrong in [r#"{"a": {}}"#, r#"{"a": ["x"]}"#] {
            let body = format!(r#"{{"customFields": {wrong}}}"#);
            assert_eq!(read(&body).unwrap_err(), ["customFields.a"], "{wrong}");
        }
    }

    #[test]
    fn a_form_has_the_paths_of_values_as_names() {
        let pairs = [("customFields.a", "x"), ("customFields.b", ""), ("other", "y")];
        let pairs = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        let values = CustomValues::read_new(&mut Fields::pairs(pairs), "customFields");
        assert_eq!(json!(values), json!({ "a": "x", "b": "" }));
    }

    #[test]
    fn a_column_has_what_was_stored_and_searches_only_the_values() {
        let values = read(r#"{"customFields": {"sector": "Horeca", "tables": 12}}"#).unwrap();
        let Param::Text(stored) = values.to_param() else { panic!("a text") };
        assert_eq!(stored, r#"{"sector":"Horeca","tables":12}"#);
        assert_eq!(values.searchable().as_deref(), Some("Horeca 12"));
        assert_eq!(CustomValues::from_column(Column::Text(&stored)), Some(values));
        assert!(matches!(CustomValues::default().to_param(), Param::Null));
        assert_eq!(CustomValues::from_column(Column::Null), Some(CustomValues::default()));
        assert_eq!(CustomValues::from_column(Column::Text("[]")), None);
        assert_eq!(CustomValues::default().searchable(), None);
    }
}
