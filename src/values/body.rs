//! Bodies that aren't the row of a resource, with objects and lists in them.

use schemars::{JsonSchema, SchemaGenerator};
use serde::Serialize;
use serde_json::{Value as Json, json};

use super::{Input, Shape, Value};
use crate::fields::{Fields, FromFields, SentFile};

/// What a field of a body can be: a value, an `Option` of one, an object, or a list.
pub trait Part: Sized {
    /// Whether it can be empty (`null` on the wire).
    const IS_OPTIONAL: bool;

    /// Whether a body can say with `null` that it is empty.
    const TAKES_NULL: bool = Self::IS_OPTIONAL;

    /// Whether a new record requires it.
    const IS_REQUIRED: bool;

    /// The maximum length of its text, in characters.
    const MAX_LENGTH: usize = usize::MAX;

    /// Reads a field that was sent.
    fn read_sent(fields: &mut Fields, name: &str) -> Self;

    /// Reads the field of a new record, which can be absent.
    fn read_new(fields: &mut Fields, name: &str) -> Self {
        Self::read_sent(fields, name)
    }

    /// Its JSON Schema, if not empty.
    fn schema_in(generator: &mut SchemaGenerator, shape: Shape) -> Json;

    /// Its form field.
    fn form_input() -> Input {
        Input::Line { kind: "text", inputmode: None }
    }
}

impl<T: Value> Part for T {
    const IS_OPTIONAL: bool = false;
    const IS_REQUIRED: bool = !T::HAS_DEFAULT;
    const MAX_LENGTH: usize = T::LONGEST;

    fn read_sent(fields: &mut Fields, name: &str) -> Self {
        T::from_field(fields, name)
    }

    fn read_new(fields: &mut Fields, name: &str) -> Self {
        if T::HAS_DEFAULT {
            fields.when_sent(name, T::from_field).unwrap_or_else(T::stand_in)
        } else {
            T::from_field(fields, name)
        }
    }

    fn schema_in(_: &mut SchemaGenerator, shape: Shape) -> Json {
        if shape == Shape::Shown { T::shown_schema() } else { T::schema() }
    }

    fn form_input() -> Input {
        T::input()
    }
}

impl<T: Value> Part for Option<T> {
    const IS_OPTIONAL: bool = true;
    const IS_REQUIRED: bool = false;
    const MAX_LENGTH: usize = T::LONGEST;

    fn read_sent(fields: &mut Fields, name: &str) -> Self {
        if fields.is_blank(name) { None } else { Some(T::from_field(fields, name)) }
    }

    fn schema_in(generator: &mut SchemaGenerator, shape: Shape) -> Json {
        T::schema_in(generator, shape)
    }

    fn form_input() -> Input {
        T::input()
    }
}

/// A list of `MIN` to `MAX` objects.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct List<T, const MIN: usize, const MAX: usize>(pub Vec<T>);

impl<T, const MIN: usize, const MAX: usize> Default for List<T, MIN, MAX> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: FromFields + JsonSchema, const MIN: usize, const MAX: usize> Part for List<T, MIN, MAX> {
    const IS_OPTIONAL: bool = false;
    const IS_REQUIRED: bool = true;

    fn read_sent(fields: &mut Fields, name: &str) -> Self {
        Self(fields.list(name, MIN..=MAX))
    }

    fn schema_in(generator: &mut SchemaGenerator, _: Shape) -> Json {
        let item = generator.subschema_for::<T>();
        json!({ "type": "array", "items": item, "minItems": MIN, "maxItems": MAX })
    }
}

/// An object within a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nested<T>(pub T);

impl<T: FromFields + JsonSchema> Part for Nested<T> {
    const IS_OPTIONAL: bool = false;
    const IS_REQUIRED: bool = true;

    fn read_sent(fields: &mut Fields, name: &str) -> Self {
        Self(fields.object(name))
    }

    fn schema_in(generator: &mut SchemaGenerator, _: Shape) -> Json {
        json!(generator.subschema_for::<T>())
    }
}

/// `MIN` to `MAX` files of an upload; with a maximum of 1 a single one.
#[derive(Debug, Clone, Default)]
pub struct Files<const MIN: usize, const MAX: usize>(pub Vec<SentFile>);

impl<const MIN: usize, const MAX: usize> Part for Files<MIN, MAX> {
    const IS_OPTIONAL: bool = false;
    const IS_REQUIRED: bool = MIN > 0;

    fn read_sent(fields: &mut Fields, name: &str) -> Self {
        Self(fields.files(name, MIN..=MAX))
    }

    fn schema_in(_: &mut SchemaGenerator, _: Shape) -> Json {
        let file = json!({ "type": "string", "format": "binary" });
        match MAX {
            1 => file,
            _ => json!({ "type": "array", "items": file, "minItems": MIN, "maxItems": MAX }),
        }
    }
}

/// A part that can be omitted, to get its default, but is not `null`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Omittable<T>(pub T);

impl<T: Part + Default + Serialize> Part for Omittable<T> {
    const IS_OPTIONAL: bool = false;
    const IS_REQUIRED: bool = false;

    fn read_sent(fields: &mut Fields, name: &str) -> Self {
        Self(T::read_sent(fields, name))
    }

    fn read_new(fields: &mut Fields, name: &str) -> Self {
        fields.when_sent(name, Self::read_sent).unwrap_or_default()
    }

    fn schema_in(generator: &mut SchemaGenerator, shape: Shape) -> Json {
        let mut schema = T::schema_in(generator, shape);
        schema["default"] = json!(T::default());
        schema
    }
}

/// A value that can be left out or be an empty text, but is not `null`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OrEmpty<T>(pub Option<T>);

impl<T: Value> Part for OrEmpty<T> {
    const IS_OPTIONAL: bool = false;
    const IS_REQUIRED: bool = false;
    const MAX_LENGTH: usize = T::LONGEST;

    fn read_sent(fields: &mut Fields, name: &str) -> Self {
        Self(Option::<T>::read_sent(fields, name))
    }

    fn schema_in(_: &mut SchemaGenerator, shape: Shape) -> Json {
        let mut schema = if shape == Shape::Shown { T::shown_schema() } else { T::schema() };
        if let Some(schema) = schema.as_object_mut() {
            schema.remove("minLength");
        }
        schema
    }
}

/// Generates a struct that is read from a body or a form, with its schema.
///
/// A field is its name in Rust and on the wire, its type (a [`Part`]) and an example.
macro_rules! body {
    (
        $(#[$meta:meta])*
        $body:ident $(checked by $check:path)? {
            $($(#[doc = $about:literal])+ $field:ident $name:literal: $type:ty = $example:tt),+ $(,)?
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone)]
        pub struct $body {
            $($(#[doc = $about])+ pub $field: $type),+
        }

        impl $crate::fields::FromFields for $body {
            fn from_fields(fields: &mut $crate::fields::Fields) -> Self {
                #[allow(unused_mut)]
                let mut body = Self { $($field: $crate::values::Part::read_new(fields, $name)),+ };
                $($check(&mut body, fields);)?
                body
            }
        }

        $crate::values::fields! { @schema $body New $crate::values::fields! {
            $($(#[doc = $about])+ $name: $type = $example),+
        } }
    };
}
pub(crate) use body;
