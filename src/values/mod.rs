//! Value types, each with its rule in one place: reading it in bodies and forms, its schema, its
//! column and its form field.
//!
//! A resource lists its fields with `record!`, and gets the structs, parsing of bodies and forms,
//! columns and schema. `body!` does the same for what isn't stored as one row.

mod body;
mod choice;
mod color;
mod country;
mod date;
mod date_time;
mod day_hours;
mod email_address;
mod file_name;
#[cfg(test)]
mod fuzz;
mod html;
mod iban;
mod ids;
mod items;
mod kvk_number;
mod logo;
mod money;
mod name;
mod optional;
mod pattern;
mod phone;
mod postcode;
mod record;
mod text;
mod url;
mod vat_number;
mod vat_rate;
mod whole;
mod zone;

pub(crate) use body::body;
pub use body::{Files, List, Nested, Omittable, OrEmpty, Part};
pub(crate) use choice::choice;
pub use color::Color;
pub use country::Country;
pub use date::Date;
pub use date_time::{DateTime, LocalDateTime};
pub use day_hours::DayHours;
pub use email_address::EmailAddress;
pub use file_name::FileName;
pub use html::Html;
pub use iban::Iban;
pub use ids::Ids;
pub use items::Items;
pub use kvk_number::KvkNumber;
pub use logo::{Logo, LogoChange};
pub use money::Money;
pub use name::Name;
pub use optional::{Optional, Required};
pub use phone::Phone;
pub use postcode::Postcode;
pub use record::{Field, FieldInfo, InZone, Record, Shape, Shown, schema};
pub(crate) use record::{fields, record, row};
pub use text::Text;
pub use url::Url;
pub use vat_number::VatNumber;
pub use vat_rate::VatRate;
pub use whole::{Whole, WholeOrText};
pub use zone::Zone;

use std::fmt::Display;

use jiff::tz::TimeZone;
use serde::{Serialize, Serializer};
use serde_json::{Value as Json, json};

use crate::db::{FromColumn, ToParam};
use crate::error::Message;
use crate::fields::Fields;
use crate::i18n::Lang;

/// A value of one field, with its rule. Its [`Display`] and [`Serialize`] write what [`Self::read`]
/// reads.
pub trait Value: Clone + PartialEq + Display + Serialize + ToParam + FromColumn {
    /// The maximum length of its text, in characters.
    const LONGEST: usize;

    /// Whether a new record can omit it, to get [`Self::stand_in`].
    const HAS_DEFAULT: bool = false;

    /// The default; without one, what stands in for an invalid value while the other fields are read.
    fn stand_in() -> Self;

    /// Parses a trimmed, non-empty text of the API.
    ///
    /// # Errors
    /// What is wrong with it, for its sender.
    fn read(text: &str) -> Result<Self, Message>;

    /// Parses what was typed on a page in this language, likewise.
    ///
    /// # Errors
    /// What is wrong with it, for the person.
    fn read_typed(text: &str, _: Lang) -> Result<Self, Message> {
        Self::read(text)
    }

    /// The value as a form shows it, on a page in this language with times of this zone.
    fn text(&self, _: Lang, _: &TimeZone) -> String {
        self.to_string()
    }

    /// Serializes it for a response, with times of this zone.
    ///
    /// # Errors
    /// The serializer's.
    fn serialize_in<S: Serializer>(&self, _: &TimeZone, serializer: S) -> Result<S::Ok, S::Error> {
        self.serialize(serializer)
    }

    /// Its JSON Schema in requests.
    fn schema() -> Json {
        json!({ "type": "string", "minLength": 1, "maxLength": Self::LONGEST })
    }

    /// Its JSON Schema in responses, where it can be older than the current rules.
    fn shown_schema() -> Json {
        let mut schema = Self::schema();
        if let Some(schema) = schema.as_object_mut() {
            schema.retain(|key, _| matches!(key.as_str(), "type" | "format" | "enum"));
        }
        schema
    }

    /// Its form field.
    fn input() -> Input {
        Input::Line { kind: "text", inputmode: None }
    }

    /// Reads a field that was sent.
    fn from_field(fields: &mut Fields, name: &str) -> Self {
        let text = fields.text(name, Self::LONGEST);
        if text.is_empty() {
            return Self::stand_in();
        }
        let value = match fields.language() {
            Some(lang) => Self::read_typed(&text, lang),
            None => Self::read(&text),
        };
        value.unwrap_or_else(|fault| {
            fields.fault(name, fault);
            Self::stand_in()
        })
    }
}

/// The form field of a value.
#[derive(Debug, Clone, Copy)]
pub enum Input {
    /// One line, of a kind that browsers know (`text`, `email`, `tel`), and the keyboard of a phone.
    Line {
        /// The `type`.
        kind: &'static str,
        /// The `inputmode`.
        inputmode: Option<&'static str>,
    },
    /// Several lines.
    Area,
    /// A checkbox.
    Checkbox,
    /// None: it has pages of its own.
    Elsewhere,
    /// A choice, each a value and its name.
    Choice(fn(Lang) -> Vec<(&'static str, String)>),
}

/// Implements columns, parameters and display for a text type.
macro_rules! text_value {
    ($type:ident) => {
        $crate::values::text_value! { @impl [] $type }
    };
    ($type:ident of $limit:ident) => {
        $crate::values::text_value! { @impl [<const $limit: usize>] $type<$limit> }
    };
    (@impl [$($generics:tt)*] $type:ty) => {
        impl $($generics)* $type {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl $($generics)* $crate::db::ToParam for $type {
            fn to_param(&self) -> $crate::db::Param<'_> {
                $crate::db::ToParam::to_param(self.0.as_str())
            }
        }

        impl $($generics)* $crate::db::FromColumn for $type {
            fn from_column(column: $crate::db::Column<'_>) -> Option<Self> {
                String::from_column(column).map(Self)
            }
        }

        impl $($generics)* std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl $($generics)* maud::Render for $type {
            fn render_to(&self, buffer: &mut String) {
                self.0.render_to(buffer);
            }
        }
    };
}
use text_value;

/// Implements the schema of a value in responses, for structs that derive theirs.
macro_rules! value_schema {
    ($type:ident) => {
        $crate::values::value_schema! { @impl [] $type }
    };
    ($type:ident of $($number:ident),+) => {
        $crate::values::value_schema! { @impl [<$(const $number: i64),+>] $type<$($number),+> }
    };
    (@impl [$($generics:tt)*] $type:ty) => {
        impl $($generics)* schemars::JsonSchema for $type {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                $crate::values::as_schema(<Self as $crate::values::Value>::shown_schema())
            }
        }
    };
}
pub(crate) use value_schema;

/// A JSON object as a schema.
pub(crate) fn as_schema(schema: Json) -> schemars::Schema {
    schema.try_into().unwrap_or_else(|_| unreachable!("an object is a schema"))
}

#[cfg(test)]
mod testing {
    //! Values read by themselves.

    use jiff::tz::TimeZone;

    use super::{Part, Value};
    use crate::fields::Fields;
    use crate::i18n::Lang;

    /// The field `value` of a new record in JSON; times are Amsterdam's.
    pub(super) fn from_json<T: Value>(body: &str) -> Result<T, String> {
        read(Fields::json(body.as_bytes()).unwrap())
    }

    /// The same in a form.
    pub(super) fn from_form<T: Value>(text: &str, lang: Lang) -> Result<T, String> {
        read(Fields::pairs(vec![("value".to_owned(), text.to_owned())]).in_language(lang))
    }

    fn read<T: Value>(fields: Fields) -> Result<T, String> {
        let mut fields = fields.in_zone(&TimeZone::get("Europe/Amsterdam").unwrap());
        let value = <T as Part>::read_new(&mut fields, "value");
        match fields.errors().first("value", Lang::En) {
            Some(fault) => Err(fault),
            None => Ok(value),
        }
    }
}
