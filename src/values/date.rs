//! Days of the calendar.

use std::fmt;
use std::ops::RangeInclusive;

use jiff::civil;
use serde::{Serialize, Serializer};
use serde_json::{Value as Json, json};

use super::{Input, Value, value_schema};
use crate::db::{Column, FromColumn, Param, ToParam};
use crate::error::Message;
use crate::i18n::Lang;
use crate::time::{parse_day, readable_date};

/// The years that a date can be in. Others are typing errors.
const YEARS: RangeInclusive<i16> = 1900..=2999;

/// A day of the calendar, in no time zone: `2026-11-24`. The database has the same text, which sorts
/// as the days do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(civil::Date);

value_schema!(Date);

impl Date {
    /// The day; `None` if its year is not from 1900 to 2999.
    pub fn new(day: civil::Date) -> Option<Self> {
        YEARS.contains(&day.year()).then_some(Self(day))
    }

    /// The day, to calculate with.
    pub const fn day(self) -> civil::Date {
        self.0
    }

    /// The day in a language: `24 nov 2026`.
    pub fn readable(self, lang: Lang) -> String {
        readable_date(self.0, lang)
    }

    /// Parses `2026-11-24`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        parse_day(text).and_then(Self::new)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Date {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl ToParam for Date {
    fn to_param(&self) -> Param<'_> {
        Param::Text(self.to_string().into())
    }
}

impl FromColumn for Date {
    fn from_column(column: Column<'_>) -> Option<Self> {
        match column {
            Column::Text(text) => Self::parse(text),
            _ => None,
        }
    }
}

impl Value for Date {
    const LONGEST: usize = 10;

    fn stand_in() -> Self {
        Self(civil::date(2000, 1, 1))
    }

    fn read(text: &str) -> Result<Self, Message> {
        Self::parse(text).ok_or(Message::new("field.date"))
    }

    fn schema() -> Json {
        json!({ "type": "string", "format": "date" })
    }

    fn input() -> Input {
        Input::Line { kind: "date", inputmode: None }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{from_form, from_json};
    use super::*;

    #[test]
    fn a_date_is_a_day_that_exists() {
        let day = from_json::<Date>(r#"{"value": "2028-02-29"}"#).unwrap();
        assert_eq!(day.day(), civil::date(2028, 2, 29));
        assert_eq!(from_form("2028-02-29", Lang::En), Ok(day));
        assert_eq!(serde_json::to_value(day).unwrap(), json!("2028-02-29"));
        assert_eq!(
            (day.readable(Lang::Nl), day.readable(Lang::En)),
            ("29 feb 2028".into(), "29 Feb 2028".into())
        );
        // The contract's own samples hold the first of these.
        for wrong in [
            "2024-04-31",
            "2027-02-29",
            "24-11-2026",
            "2026-1-2",
            "20261124",
            "2026-11-24 00:00",
            "0026-11-24",
            "3026-11-24",
            "-002026-11-24",
            "2026-11-24T",
            "２０２６-11-24",
            "morgen",
            "2026-W48-2",
        ] {
            assert!(from_json::<Date>(&format!(r#"{{"value": "{wrong}"}}"#)).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_date_is_stored_as_its_text() {
        let day = Date::parse("2026-11-24").unwrap();
        let Param::Text(text) = day.to_param() else { panic!("a text") };
        assert_eq!(
            (text.as_ref(), Date::from_column(Column::Text(&text))),
            ("2026-11-24", Some(day))
        );
        assert_eq!(Date::from_column(Column::Text("2026-02-30")), None);
        assert_eq!(Date::from_column(Column::Int(0)), None);
    }
}
