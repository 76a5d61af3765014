//! Lists that are stored in one column.

use jiff::tz::TimeZone;
use schemars::{JsonSchema, SchemaGenerator};
use serde::de::DeserializeOwned;
use serde::{Serialize, Serializer};
use serde_json::{Value as Json, json};

use super::{Field, Input, Part, Shape};
use crate::db::{Column, FromColumn, Param, ToParam};
use crate::fields::{Fields, FromFields};
use crate::i18n::Lang;

/// At most `MAX` objects, of a type created by `body!`, as a field of a record. They are stored as
/// JSON in one column, which is null without any. A body has all of them, or leaves them as they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Items<T, const MAX: usize>(pub Vec<T>);

impl<T, const MAX: usize> Default for Items<T, MAX> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: FromFields + JsonSchema, const MAX: usize> Part for Items<T, MAX> {
    const IS_OPTIONAL: bool = false;
    const IS_REQUIRED: bool = false;

    fn read_sent(fields: &mut Fields, name: &str) -> Self {
        Self(fields.list(name, 0..=MAX))
    }

    fn read_new(fields: &mut Fields, name: &str) -> Self {
        fields.when_sent(name, Self::read_sent).unwrap_or_default()
    }

    fn schema_in(generator: &mut SchemaGenerator, _: Shape) -> Json {
        json!({ "type": "array", "items": generator.subschema_for::<T>(), "maxItems": MAX })
    }

    fn form_input() -> Input {
        Input::Elsewhere
    }
}

impl<T: FromFields + JsonSchema + Serialize + DeserializeOwned, const MAX: usize> Field
    for Items<T, MAX>
{
    fn form_text(&self, _: Lang, _: &TimeZone) -> String {
        String::new()
    }

    fn serialize_field<S: Serializer>(&self, _: &TimeZone, to: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(to)
    }
}

/// Members without a value aren't stored.
impl<T: Serialize, const MAX: usize> ToParam for Items<T, MAX> {
    fn to_param(&self) -> Param<'_> {
        if self.0.is_empty() {
            return Param::Null;
        }
        let mut items = json!(self.0);
        for item in items.as_array_mut().into_iter().flatten() {
            if let Some(members) = item.as_object_mut() {
                members.retain(|_, value| !value.is_null());
            }
        }
        Param::Text(items.to_string().into())
    }
}

impl<T: DeserializeOwned, const MAX: usize> FromColumn for Items<T, MAX> {
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
    use serde::Deserialize;

    use super::super::{Phone, Text, body};
    use super::*;

    body! {
        /// A person.
        #[derive(PartialEq, Eq, Serialize, Deserialize)]
        Person {
            /// Name
            name "name": Text<20> = "Sanne",
            /// Phone number
            phone "phone": Option<Phone> = "073 123 45 67",
        }
    }

    type People = Items<Person, 2>;

    fn read(body: &str) -> Result<People, Vec<(String, String)>> {
        let mut fields = Fields::json(body.as_bytes()).unwrap();
        let people = People::read_new(&mut fields, "people");
        let errors = fields.errors().list(Lang::En);
        if errors.is_empty() { Ok(people) } else { Err(errors) }
    }

    #[test]
    fn items_are_read_with_the_paths_of_their_faults() {
        let two = r#"{"people": [{"name": "Sanne", "phone": "073 123 45 67"}, {"name": "Piet"}]}"#;
        assert_eq!(read(two).unwrap().0.len(), 2);
        assert_eq!(read("{}").unwrap(), People::default());
        assert_eq!(read(r#"{"people": []}"#).unwrap(), People::default());
        let names = |body: &str| -> Vec<String> {
            read(body).unwrap_err().into_iter().map(|(name, _)| name).collect()
        };
        let faulty = r#"{"people": [{"name": "Sanne"}, {"phone": "bel mij"}]}"#;
        assert_eq!(names(faulty), ["people.1.name", "people.1.phone"]);
        assert_eq!(names(r#"{"people": [{"name": "a"}, 3]}"#), ["people.1"]);
        for wrong in ["null", "{}", "\"x\"", r#"[{"name":"a"},{"name":"b"},{"name":"c"}]"#] {
            assert_eq!(names(&format!(r#"{{"people": {wrong}}}"#)), ["people"], "{wrong}");
        }
    }

    #[test]
    fn a_column_has_what_was_stored() {
        let people = read(r#"{"people": [{"name": "Zoë \"z\"", "phone": null}]}"#).unwrap();
        let Param::Text(stored) = people.to_param() else { panic!("a text") };
        assert_eq!(stored, r#"[{"name":"Zoë \"z\""}]"#);
        assert_eq!(People::from_column(Column::Text(&stored)), Some(people));
        assert!(matches!(People::default().to_param(), Param::Null));
        assert_eq!(People::from_column(Column::Null), Some(People::default()));
        for damaged in ["", "{}", "[3]", r#"[{"phone": "1"}]"#] {
            assert_eq!(People::from_column(Column::Text(damaged)), None, "{damaged}");
        }
        assert_eq!(People::from_column(Column::Int(1)), None);
    }
}
