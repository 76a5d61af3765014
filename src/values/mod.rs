//! Value types, each with its rule in one place: parsing, schema, storage and form field.
//!
//! A resource lists its fields with `record!`, and gets the structs, parsing of bodies and forms,
//! columns and schema.

mod choice;
mod country;
mod email_address;
mod kvk_number;
mod name;
mod pattern;
mod phone;
mod postcode;
mod record;
mod text;
mod vat_number;

pub(crate) use choice::choice;
pub use country::Country;
pub use email_address::EmailAddress;
pub use kvk_number::KvkNumber;
pub use name::Name;
pub use phone::Phone;
pub use postcode::Postcode;
pub(crate) use record::record;
pub use record::{Field, FieldInfo, Record, Shape, schema};
pub use text::Text;
pub use vat_number::VatNumber;

use serde_json::{Value as Json, json};

use crate::db::{FromColumn, ToParam};
use crate::error::Message;
use crate::fields::Fields;
use crate::i18n::Lang;

/// A value that is stored as text, with its rule.
pub trait Value: Default + Clone + PartialEq + ToParam + FromColumn {
    /// The maximum length, in characters.
    const LONGEST: usize;

    /// Whether a new record can omit it, to use its default.
    const HAS_DEFAULT: bool = false;

    /// Parses a trimmed, non-empty text.
    ///
    /// # Errors
    /// What is wrong with it, for its sender.
    fn read(text: &str) -> Result<Self, Message>;

    /// The value as text.
    fn as_str(&self) -> &str;

    /// Its JSON Schema.
    fn schema() -> Json {
        json!({ "type": "string", "minLength": 1, "maxLength": Self::LONGEST })
    }

    /// Its form field.
    fn input() -> Input {
        Input::Line { kind: "text", inputmode: None }
    }

    /// Reads a field that was sent.
    fn from_field(fields: &mut Fields, name: &str) -> Self {
        read_with(fields, name, Self::LONGEST, Self::read)
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
    /// A choice, each a value and its name.
    Choice(fn(Lang) -> Vec<(&'static str, String)>),
}

/// Reads a text field with a rule; an invalid one adds an error and gives an empty value.
fn read_with<T: Default>(
    fields: &mut Fields,
    name: &str,
    longest: usize,
    rule: impl FnOnce(&str) -> Result<T, Message>,
) -> T {
    let text = fields.text(name, longest);
    if text.is_empty() {
        return T::default();
    }
    rule(&text).unwrap_or_else(|fault| {
        fields.fault(name, fault);
        T::default()
    })
}

/// Implements columns, parameters, JSON and display for a text type.
macro_rules! text_value {
    ($type:ident) => {
        $crate::values::text_value! { @impl [] $type }
    };
    ($type:ident of $limit:ident) => {
        $crate::values::text_value! { @impl [<const $limit: usize>] $type<$limit> }
    };
    (@impl [$($generics:tt)*] $type:ty) => {
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
