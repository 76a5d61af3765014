//! The fields of a resource, listed once.

use serde_json::{Map, Value as Json, json};

use super::{Input, Value};
use crate::db::{FromColumn, Param, ToParam};
use crate::fields::Fields;

/// The description of a record's field.
#[derive(Debug, Clone, Copy)]
pub struct FieldInfo {
    /// Its name on the wire and in forms.
    pub name: &'static str,
    /// Its description.
    pub about: &'static str,
    /// An example.
    pub example: &'static str,
    /// Whether it can be empty (`null` on the wire).
    pub is_optional: bool,
    /// Whether it is required for a new record.
    pub is_required: bool,
    /// Its maximum length.
    pub longest: usize,
    /// Its JSON Schema, if not empty.
    pub schema: fn() -> Json,
    /// Its form field.
    pub input: fn() -> Input,
}

/// A struct of fields created by `record!`.
pub trait Record {
    /// The names of the columns, in order.
    const COLUMNS: &'static [&'static str];

    /// The fields, in order.
    const FIELDS: &'static [FieldInfo];

    /// The values, in the order of the columns.
    fn params(&self) -> Vec<Param<'_>>;

    /// The values as a form shows them, in the same order; an empty one as an empty text.
    fn texts(&self) -> Vec<&str>;
}

/// A field of a record: a value, or `Option` of one.
pub trait Field: ToParam + FromColumn {
    /// The value.
    type Of: Value;

    /// Whether it can be empty.
    const IS_OPTIONAL: bool;

    /// Reads a field that was sent.
    fn read_sent(fields: &mut Fields, name: &str) -> Self;

    /// Reads the field of a new record, which can be absent.
    fn read_new(fields: &mut Fields, name: &str) -> Self;

    /// Its text; empty if there is none.
    fn text(&self) -> &str;
}

impl<T: Value> Field for T {
    type Of = T;

    const IS_OPTIONAL: bool = false;

    fn read_sent(fields: &mut Fields, name: &str) -> Self {
        T::from_field(fields, name)
    }

    fn read_new(fields: &mut Fields, name: &str) -> Self {
        if T::HAS_DEFAULT {
            fields.when_sent(name, T::from_field).unwrap_or_default()
        } else {
            T::from_field(fields, name)
        }
    }

    fn text(&self) -> &str {
        self.as_str()
    }
}

impl<T: Value> Field for Option<T> {
    type Of = T;

    const IS_OPTIONAL: bool = true;

    fn read_sent(fields: &mut Fields, name: &str) -> Self {
        if fields.is_blank(name) { None } else { Some(T::from_field(fields, name)) }
    }

    fn read_new(fields: &mut Fields, name: &str) -> Self {
        Self::read_sent(fields, name)
    }

    fn text(&self) -> &str {
        self.as_ref().map_or("", T::as_str)
    }
}

impl FieldInfo {
    /// The description of a field of type `T`.
    pub const fn of<T: Field>(
        name: &'static str,
        about: &'static str,
        example: &'static str,
    ) -> Self {
        Self {
            name,
            about,
            example,
            is_optional: T::IS_OPTIONAL,
            is_required: !T::IS_OPTIONAL && !T::Of::HAS_DEFAULT,
            longest: T::Of::LONGEST,
            schema: T::Of::schema,
            input: T::Of::input,
        }
    }
}

/// The purpose of a record's schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Responses: every field is present, if only as `null`.
    Shown,
    /// A new record.
    New,
    /// A change of a record.
    Change,
}

/// The schema of an object with these fields.
pub fn schema(fields: &[FieldInfo], shape: Shape) -> schemars::Schema {
    let mut properties = Map::new();
    for field in fields {
        let mut schema = (field.schema)();
        if field.is_optional {
            schema["type"] = json!([schema["type"], "null"]);
            if let Some(choices) = schema.get_mut("enum").and_then(Json::as_array_mut) {
                choices.push(Json::Null);
            }
        }
        if shape == Shape::Shown {
            // Stored values can be older than the current rules.
            let known = ["type", "format", "enum"];
            if let Some(schema) = schema.as_object_mut() {
                schema.retain(|key, _| known.contains(&key.as_str()));
            }
        }
        schema["description"] = field.about.trim().into();
        schema["examples"] = json!([field.example]);
        properties.insert(field.name.to_owned(), schema);
    }
    let required = fields.iter().filter(|field| shape == Shape::Shown || field.is_required);
    let required: Vec<&str> = required.map(|field| field.name).collect();
    let mut schema = json!({ "type": "object", "properties": properties });
    match shape {
        Shape::Shown | Shape::New => schema["required"] = required.into(),
        Shape::Change => schema["minProperties"] = 1.into(),
    }
    schema.try_into().unwrap_or_else(|_| unreachable!("an object is a schema"))
}

/// Generates from a list of fields: a struct that is read from and written to a row, a struct for
/// the body or form of a new record, and one for a change.
///
/// A field is a column, its name on the wire, its type and an example. An `Option` can be omitted
/// and emptied; a type with a default can be omitted. `checked by` names a function that checks
/// combinations of a new record's fields, `fn(&mut Details, &mut Fields)`.
macro_rules! record {
    (
        $(#[$doc:meta])*
        $details:ident, $create:ident, $patch:ident $(checked by $check:path)? {
            $($(#[doc = $about:literal])+ $column:ident $name:literal: $type:ty = $example:literal),+ $(,)?
        }
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, serde::Serialize)]
        pub struct $details {
            $($(#[doc = $about])+ #[serde(rename = $name)] pub $column: $type),+
        }

        #[doc = concat!("A new record's [`", stringify!($details), "`].")]
        #[derive(Debug, Clone)]
        pub struct $create(pub $details);

        #[doc = concat!("A change of [`", stringify!($details), "`]; what is absent stays as it is.")]
        #[derive(Debug, Clone)]
        pub struct $patch {
            $($(#[doc = $about])+ pub $column: Option<$type>),+
        }

        impl $crate::values::Record for $details {
            const COLUMNS: &'static [&'static str] = &[$(stringify!($column)),+];
            const FIELDS: &'static [$crate::values::FieldInfo] =
                &[$($crate::values::FieldInfo::of::<$type>($name, concat!($($about),+), $example)),+];

            fn params(&self) -> Vec<$crate::db::Param<'_>> {
                vec![$($crate::db::ToParam::to_param(&self.$column)),+]
            }

            fn texts(&self) -> Vec<&str> {
                vec![$($crate::values::Field::text(&self.$column)),+]
            }
        }

        impl $crate::db::FromRow for $details {
            fn from_row(row: &mut $crate::db::Row<'_>) -> Result<Self, $crate::db::DbError> {
                Ok(Self { $($column: row.read(stringify!($column))?),+ })
            }
        }

        impl $crate::fields::FromFields for $create {
            fn from_fields(fields: &mut $crate::fields::Fields) -> Self {
                #[allow(unused_mut)]
                let mut details =
                    $details { $($column: $crate::values::Field::read_new(fields, $name)),+ };
                $($check(&mut details, fields);)?
                Self(details)
            }
        }

        impl $crate::fields::FromFields for $patch {
            fn from_fields(fields: &mut $crate::fields::Fields) -> Self {
                let patch = Self {
                    $($column: fields.when_sent($name, <$type as $crate::values::Field>::read_sent)),+
                };
                if true $(&& patch.$column.is_none())+ {
                    let first = [$($name),+][0];
                    fields.fault(first, $crate::error::Message::new("field.nothing"));
                }
                patch
            }
        }

        impl $patch {
            /// Changes a record.
            pub fn apply(self, details: &mut $details) {
                $(if let Some(value) = self.$column { details.$column = value; })+
            }
        }

        $crate::values::record! { @schema $details Shown $details }
        $crate::values::record! { @schema $create New $details }
        $crate::values::record! { @schema $patch Change $details }
    };
    (@schema $type:ident $shape:ident $details:ident) => {
        impl schemars::JsonSchema for $type {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                let fields = <$details as $crate::values::Record>::FIELDS;
                $crate::values::schema(fields, $crate::values::Shape::$shape)
            }
        }
    };
}
pub(crate) use record;
