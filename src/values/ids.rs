//! References to other rows.

use std::str::FromStr;

use schemars::{JsonSchema, SchemaGenerator};
use serde::Serialize;
use serde_json::{Value as Json, json};

use super::{Input, Part, Shape, Value};
use crate::error::Message;
use crate::fields::{Fields, MOST_IDS};
use crate::ids::{AppointmentTypeId, CustomerGroupId, CustomerId, DirectoryId, InvalidId};

/// Makes ids values, for fields that refer to a row. Whether there is such a row is for the statement
/// that stores them.
macro_rules! id_values {
    ($($id:ident),+ $(,)?) => { $(
        impl Value for $id {
            const LONGEST: usize = 60;

            /// The id of nothing.
            fn stand_in() -> Self {
                Self::random()
            }

            fn read(text: &str) -> Result<Self, Message> {
                text.parse().map_err(wrong_kind)
            }

            fn schema() -> Json {
                json!({ "type": "string", "pattern": format!("^{}_", Self::PREFIX) })
            }

            fn shown_schema() -> Json {
                Self::schema()
            }

            /// Nobody types one: pages lead to the row.
            fn input() -> Input {
                Input::Elsewhere
            }
        }
    )+ };
}

id_values! { AppointmentTypeId, CustomerId, CustomerGroupId, DirectoryId }

fn wrong_kind(InvalidId { prefix }: InvalidId) -> Message {
    Message::with("field.id", format!("{prefix}_"))
}

/// A list of at most 1,000 ids, each of them once and in any order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Ids<T>(pub Vec<T>);

impl<T> Default for Ids<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: FromStr<Err = InvalidId> + JsonSchema> Part for Ids<T> {
    const IS_OPTIONAL: bool = false;
    const IS_REQUIRED: bool = true;

    fn read_sent(fields: &mut Fields, name: &str) -> Self {
        Self(fields.ids(name))
    }

    fn schema_in(generator: &mut SchemaGenerator, _: Shape) -> Json {
        json!({ "type": "array", "items": generator.subschema_for::<T>(), "maxItems": MOST_IDS })
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::from_json;
    use super::*;

    #[test]
    fn an_id_is_one_of_the_right_kind() {
        let id = CustomerId::random();
        assert_eq!(from_json(&format!(r#"{{"value": "{id}"}}"#)), Ok(id));
        for wrong in ["cug_abc12345def678", "cst_", "cst_ABC", "abc", "cst_a b"] {
            let error = from_json::<CustomerId>(&format!(r#"{{"value": "{wrong}"}}"#));
            assert_eq!(error, Err("This isn't an id that starts with cst_.".to_owned()), "{wrong}");
        }
        assert_eq!(CustomerId::schema(), json!({ "type": "string", "pattern": "^cst_" }));
    }
}
