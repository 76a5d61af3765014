//! What can be left out of a body, and what can't.

use jiff::tz::TimeZone;
use schemars::SchemaGenerator;
use serde::{Serialize, Serializer};
use serde_json::Value as Json;

use super::{Field, Input, Part, Shape, Value};
use crate::db::{Column, FromColumn, Param, ToParam};
use crate::fields::Fields;
use crate::i18n::Lang;

/// A value that a body can leave out, where the contract has no `null` for that; a response shows
/// `null`. An `Option` is the same where it has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Optional<T>(pub Option<T>);

impl<T: Value> Part for Optional<T> {
    const IS_OPTIONAL: bool = true;
    const TAKES_NULL: bool = false;
    const IS_REQUIRED: bool = false;
    const MAX_LENGTH: usize = T::LONGEST;

    fn read_sent(fields: &mut Fields, name: &str) -> Self {
        Self(Part::read_sent(fields, name))
    }

    fn schema_in(generator: &mut SchemaGenerator, shape: Shape) -> Json {
        <T as Part>::schema_in(generator, shape)
    }

    fn form_input() -> Input {
        T::input()
    }
}

impl<T: Value> Field for Optional<T> {
    fn form_text(&self, lang: Lang, zone: &TimeZone) -> String {
        self.0.form_text(lang, zone)
    }

    fn serialize_field<S: Serializer>(&self, zone: &TimeZone, to: S) -> Result<S::Ok, S::Error> {
        self.0.serialize_field(zone, to)
    }
}

impl<T: ToParam> ToParam for Optional<T> {
    fn to_param(&self) -> Param<'_> {
        self.0.to_param()
    }
}

impl<T: FromColumn> FromColumn for Optional<T> {
    fn from_column(column: Column<'_>) -> Option<Self> {
        Option::from_column(column).map(Self)
    }
}

/// A value that has to be sent, though its type has a default.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Required<T>(pub T);

impl<T: Value> Part for Required<T> {
    const IS_OPTIONAL: bool = false;
    const IS_REQUIRED: bool = true;
    const MAX_LENGTH: usize = T::LONGEST;

    fn read_sent(fields: &mut Fields, name: &str) -> Self {
        Self(T::from_field(fields, name))
    }

    fn schema_in(generator: &mut SchemaGenerator, shape: Shape) -> Json {
        <T as Part>::schema_in(generator, shape)
    }

    fn form_input() -> Input {
        T::input()
    }
}

#[cfg(test)]
mod tests {
    use schemars::JsonSchema;
    use serde_json::json;

    use super::super::{Money, body};
    use super::*;

    body! {
        /// A price.
        Price {
            /// Whether it is for sale
            for_sale "forSale": Required<bool> = true,
            /// What it costs
            price "price": Optional<Money> = "12.50",
        }
    }

    fn price(body: &str) -> Option<Price> {
        Fields::json(body.as_bytes()).unwrap().read().ok()
    }

    #[test]
    fn what_is_optional_can_be_left_out_and_what_is_required_cannot() {
        let amount = |body: &str| price(body).unwrap().price.0.map(Money::cents);
        assert_eq!(amount(r#"{"forSale": false}"#), None);
        assert_eq!(amount(r#"{"forSale": true, "price": "12.50"}"#), Some(1250));
        assert!(price(r#"{"forSale": true}"#).unwrap().for_sale.0);
        assert!(price(r#"{"price": "12.50"}"#).is_none());
        assert!(price(r#"{"forSale": true, "price": 12}"#).is_none());
        assert!(price(r#"{"forSale": null}"#).is_none());
    }

    #[test]
    fn the_schema_of_a_body_has_no_null() {
        let schema = json!(Price::json_schema(&mut SchemaGenerator::default()));
        assert_eq!(schema["required"], json!(["forSale"]));
        assert_eq!(schema["properties"]["price"]["type"], "string");
    }
}
