//! Whole numbers and yes or no.

use std::fmt;

use jiff::tz::TimeZone;
use serde::Serialize;
use serde_json::{Value as Json, json};

use super::{Input, Value, value_schema};
use crate::db::{Column, FromColumn, Param, ToParam};
use crate::error::Message;
use crate::fields::Fields;
use crate::i18n::Lang;

/// A whole number from `MIN` to `MAX`, such as a quantity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Whole<const MIN: i64, const MAX: i64>(i64);

value_schema!(Whole of MIN, MAX);

impl<const MIN: i64, const MAX: i64> Whole<MIN, MAX> {
    /// The number, if it is in the range.
    pub fn new(number: i64) -> Option<Self> {
        (MIN..=MAX).contains(&number).then_some(Self(number))
    }

    /// The number.
    pub const fn get(self) -> i64 {
        self.0
    }

    fn checked(number: i64) -> Result<Self, Message> {
        Self::new(number).ok_or_else(|| Message::with_two("field.out_of_range", MIN, MAX))
    }
}

impl<const MIN: i64, const MAX: i64> fmt::Display for Whole<MIN, MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<const MIN: i64, const MAX: i64> ToParam for Whole<MIN, MAX> {
    fn to_param(&self) -> Param<'_> {
        Param::Int(self.0)
    }
}

impl<const MIN: i64, const MAX: i64> FromColumn for Whole<MIN, MAX> {
    fn from_column(column: Column<'_>) -> Option<Self> {
        i64::from_column(column).and_then(Self::new)
    }
}

impl<const MIN: i64, const MAX: i64> Value for Whole<MIN, MAX> {
    /// As long as the longest number there is.
    const LONGEST: usize = 20;

    fn stand_in() -> Self {
        Self(MIN)
    }

    fn read(text: &str) -> Result<Self, Message> {
        Self::checked(text.parse().map_err(|_| Message::new("field.not_whole_number"))?)
    }

    fn schema() -> Json {
        json!({ "type": "integer", "minimum": MIN, "maximum": MAX })
    }

    fn input() -> Input {
        Input::Line { kind: "text", inputmode: Some("numeric") }
    }

    fn from_field(fields: &mut Fields, name: &str) -> Self {
        let Some(number) = fields.whole_number(name) else { return Self::stand_in() };
        Self::checked(number).unwrap_or_else(|fault| {
            fields.fault(name, fault);
            Self::stand_in()
        })
    }
}

/// A whole number that a program may also send as a text of digits: the contract has it as a text in
/// requests and as a number in responses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct WholeOrText<const MIN: i64, const MAX: i64>(Whole<MIN, MAX>);

value_schema!(WholeOrText of MIN, MAX);

impl<const MIN: i64, const MAX: i64> WholeOrText<MIN, MAX> {
    /// The number, if it is in the range.
    pub fn new(number: i64) -> Option<Self> {
        Whole::new(number).map(Self)
    }

    /// The number.
    pub const fn get(self) -> i64 {
        self.0.get()
    }
}

impl<const MIN: i64, const MAX: i64> fmt::Display for WholeOrText<MIN, MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<const MIN: i64, const MAX: i64> ToParam for WholeOrText<MIN, MAX> {
    fn to_param(&self) -> Param<'_> {
        self.0.to_param()
    }
}

impl<const MIN: i64, const MAX: i64> FromColumn for WholeOrText<MIN, MAX> {
    fn from_column(column: Column<'_>) -> Option<Self> {
        Whole::from_column(column).map(Self)
    }
}

impl<const MIN: i64, const MAX: i64> Value for WholeOrText<MIN, MAX> {
    const LONGEST: usize = Whole::<MIN, MAX>::LONGEST;

    fn stand_in() -> Self {
        Self(Whole::stand_in())
    }

    fn read(text: &str) -> Result<Self, Message> {
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(Message::new("field.not_whole_number"));
        }
        Whole::read(text).map(Self)
    }

    /// Any: the contract names no type.
    fn schema() -> Json {
        json!({})
    }

    fn shown_schema() -> Json {
        Whole::<MIN, MAX>::shown_schema()
    }

    fn input() -> Input {
        Whole::<MIN, MAX>::input()
    }

    fn from_field(fields: &mut Fields, name: &str) -> Self {
        let text = fields.sent(name).trim().to_owned();
        if text.is_empty() || fields.language().is_some() {
            return Self(Whole::from_field(fields, name));
        }
        // Counts as read.
        fields.is_blank(name);
        Self::read(&text).unwrap_or_else(|fault| {
            fields.fault(name, fault);
            Self::stand_in()
        })
    }
}

/// Yes or no; `false` unless it is sent. A form has a checkbox for it.
impl Value for bool {
    const LONGEST: usize = 5;
    const HAS_DEFAULT: bool = true;

    fn stand_in() -> Self {
        false
    }

    fn read(text: &str) -> Result<Self, Message> {
        text.parse().map_err(|_| Message::new("field.not_boolean"))
    }

    /// The value of a ticked checkbox, or nothing.
    fn text(&self, _: Lang, _: &TimeZone) -> String {
        if *self { "true".to_owned() } else { String::new() }
    }

    fn schema() -> Json {
        json!({ "type": "boolean" })
    }

    fn input() -> Input {
        Input::Checkbox
    }

    fn from_field(fields: &mut Fields, name: &str) -> Self {
        fields.boolean(name).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{from_form, from_json};
    use super::*;

    type Stamps = Whole<1, 100>;

    #[test]
    fn a_number_is_whole_and_in_its_range() {
        for (text, number) in [("1", 1), ("100", 100), ("42", 42)] {
            assert_eq!(
                from_json(&format!(r#"{{"value": {text}}}"#)),
                Ok(Stamps::new(number).unwrap())
            );
            assert_eq!(from_form(text, Lang::En), Ok(Stamps::new(number).unwrap()));
        }
        for wrong in ["0", "101", "-1", "1.0", "1e1", "\"1\"", "null", "[1]", "9223372036854775808"]
        {
            assert!(from_json::<Stamps>(&format!(r#"{{"value": {wrong}}}"#)).is_err(), "{wrong}");
        }
        for wrong in ["0", "101", "1.0", "1,0", "een", "", "+1", "- 1", "99999999999999999999"] {
            assert!(from_form::<Stamps>(wrong, Lang::En).is_err(), "{wrong}");
        }
        assert_eq!(Stamps::from_column(Column::Int(101)), None);
        assert_eq!(
            from_json::<Stamps>(r#"{"value": 0}"#),
            Err("Enter a whole number from 1 to 100.".to_owned())
        );
    }

    #[test]
    fn a_program_may_write_some_numbers_as_texts() {
        type Months = WholeOrText<1, 1000>;
        for json in ["12", "\"12\"", "\" 12 \""] {
            assert_eq!(
                from_json(&format!(r#"{{"value": {json}}}"#)),
                Ok(Months::new(12).unwrap()),
                "{json}"
            );
        }
        assert_eq!(from_form("12", Lang::Nl), Ok(Months::new(12).unwrap()));
        for wrong in
            ["0", "\"0\"", "\"1001\"", "\"+1\"", "\"-1\"", "\"\"", "\"1.0\"", "null", "true", "1.5"]
        {
            assert!(from_json::<Months>(&format!(r#"{{"value": {wrong}}}"#)).is_err(), "{wrong}");
        }
        assert_eq!(serde_json::to_string(&Months::new(12)).unwrap(), "12");
    }

    #[test]
    fn yes_is_true_and_a_ticked_box() {
        assert_eq!(from_json(r#"{"value": true}"#), Ok(true));
        assert_eq!(from_json(r#"{"value": false}"#), Ok(false));
        assert_eq!(from_json("{}"), Ok(false));
        for wrong in ["1", "0", "\"true\"", "null", "\"\""] {
            assert!(from_json::<bool>(&format!(r#"{{"value": {wrong}}}"#)).is_err(), "{wrong}");
        }
        for lang in Lang::ALL {
            for value in [true, false] {
                assert_eq!(from_form(&value.text(lang, &TimeZone::UTC), lang), Ok(value));
            }
        }
        assert!(from_form::<bool>("perhaps", Lang::En).is_err());
    }
}
