//! Moments, and the local times that people and programs write for them.

use std::borrow::Cow;
use std::fmt;

use jiff::civil::{self, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::{Value as Json, json};

use super::{Date, Input, Value, value_schema};
use crate::db::{Column, FromColumn, Param, ToParam};
use crate::error::Message;
use crate::fields::Fields;
use crate::i18n::Lang;
use crate::time::Atom;

/// A date and a time on a clock, to the second, in no time zone: `2026-11-24 02:48:00`. In the API
/// the seconds, or the whole time, can be omitted; forms send a `T` for the space.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LocalDateTime(civil::DateTime);

value_schema!(LocalDateTime);

impl LocalDateTime {
    /// The moment at which the clocks of a time zone show this. A time that they skip is moved on by
    /// as much as they are, and of one that they show twice it is the first (RFC 5545 section
    /// 3.3.5). `None` at the ends of what can be represented.
    pub fn in_zone(self, zone: &TimeZone) -> Option<DateTime> {
        zone.to_timestamp(self.0).ok().map(DateTime)
    }

    /// What the clocks of a time zone show at a moment.
    pub fn of(moment: DateTime, zone: &TimeZone) -> Self {
        let local = zone.to_datetime(moment.0);
        Self(local.with().subsec_nanosecond(0).build().unwrap_or(local))
    }

    /// Parses a text with this character between date and time.
    fn parse(text: &str, between: char) -> Option<Self> {
        let (day, time) = match text.split_once(between) {
            Some((day, time)) => (day, parse_time(time)?),
            None => (text, Time::midnight()),
        };
        Some(Self(Date::parse(day)?.day().to_datetime(time)))
    }
}

/// Parses `02:48` or `02:48:00`.
fn parse_time(text: &str) -> Option<Time> {
    let is_valid = matches!(text.len(), 5 | 8)
        && text.bytes().enumerate().all(|(index, byte)| match index % 3 {
            2 => byte == b':',
            _ => byte.is_ascii_digit(),
        });
    let mut numbers = text.split(':').map(|number| number.parse::<i8>().ok());
    let (hour, minute) = (numbers.next()??, numbers.next()??);
    let second = numbers.next().unwrap_or(Some(0))?;
    if is_valid { Time::new(hour, minute, second, 0).ok() } else { None }
}

impl fmt::Display for LocalDateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (day, time) = (self.0.date(), self.0.time());
        write!(f, "{day} {:02}:{:02}:{:02}", time.hour(), time.minute(), time.second())
    }
}

impl Serialize for LocalDateTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl ToParam for LocalDateTime {
    fn to_param(&self) -> Param<'_> {
        Param::Text(self.to_string().into())
    }
}

impl FromColumn for LocalDateTime {
    fn from_column(column: Column<'_>) -> Option<Self> {
        match column {
            Column::Text(text) => Self::parse(text, ' '),
            _ => None,
        }
    }
}

impl Value for LocalDateTime {
    const LONGEST: usize = 19;

    fn stand_in() -> Self {
        Self(Date::stand_in().day().to_datetime(Time::midnight()))
    }

    fn read(text: &str) -> Result<Self, Message> {
        Self::parse(text, ' ').ok_or(Message::new("field.date_time"))
    }

    fn read_typed(text: &str, _: Lang) -> Result<Self, Message> {
        Self::parse(text, 'T')
            .or_else(|| Self::parse(text, ' '))
            .ok_or(Message::new("field.date_time"))
    }

    /// As `<input type="datetime-local">` has it.
    fn text(&self, _: Lang, _: &TimeZone) -> String {
        self.to_string().replace(' ', "T")
    }

    fn schema() -> Json {
        json!({ "type": "string", "pattern": r"^\d{4}-\d\d-\d\d( \d\d:\d\d(:\d\d)?)?$" })
    }

    fn input() -> Input {
        Input::Line { kind: "datetime-local", inputmode: None }
    }
}

/// A moment. It is read as a [`LocalDateTime`] of the portal's time zone, shown in the ATOM format
/// with that zone's offset, and stored in milliseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DateTime(Timestamp);

value_schema!(DateTime);

impl DateTime {
    /// The moment, without its fraction of a second.
    pub fn new(moment: Timestamp) -> Self {
        let fraction = SignedDuration::from_nanos(moment.subsec_nanosecond().into());
        Self(moment.checked_sub(fraction).unwrap_or(moment))
    }

    /// The moment.
    pub const fn moment(self) -> Timestamp {
        self.0
    }
}

/// With the offset of UTC.
impl fmt::Display for DateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Atom::new(self.0, &TimeZone::UTC).as_str())
    }
}

/// With the offset of UTC; in a record with that of the portal's time zone.
impl Serialize for DateTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.serialize_in(&TimeZone::UTC, serializer)
    }
}

/// As it is serialized, with any offset.
impl<'de> Deserialize<'de> for DateTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map(Self::new).map_err(de::Error::custom)
    }
}

impl ToParam for DateTime {
    fn to_param(&self) -> Param<'_> {
        self.0.to_param()
    }
}

impl FromColumn for DateTime {
    fn from_column(column: Column<'_>) -> Option<Self> {
        Timestamp::from_column(column).map(Self)
    }
}

impl Value for DateTime {
    const LONGEST: usize = LocalDateTime::LONGEST;

    fn stand_in() -> Self {
        Self(Timestamp::UNIX_EPOCH)
    }

    /// A local time of UTC; [`Self::from_field`] reads one of the portal's time zone.
    fn read(text: &str) -> Result<Self, Message> {
        LocalDateTime::read(text)?.in_zone(&TimeZone::UTC).ok_or(Message::new("field.date_time"))
    }

    fn text(&self, lang: Lang, zone: &TimeZone) -> String {
        LocalDateTime::of(*self, zone).text(lang, zone)
    }

    fn serialize_in<S: Serializer>(
        &self,
        zone: &TimeZone,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        Atom::new(self.0, zone).serialize(serializer)
    }

    fn schema() -> Json {
        LocalDateTime::schema()
    }

    fn shown_schema() -> Json {
        json!({ "type": "string", "format": "date-time" })
    }

    fn input() -> Input {
        LocalDateTime::input()
    }

    fn from_field(fields: &mut Fields, name: &str) -> Self {
        let local = LocalDateTime::from_field(fields, name);
        local.in_zone(fields.time_zone()).unwrap_or_else(Self::stand_in)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{from_form, from_json};
    use super::*;

    fn amsterdam() -> TimeZone {
        TimeZone::get("Europe/Amsterdam").unwrap()
    }

    fn local(text: &str) -> LocalDateTime {
        LocalDateTime::read(text).unwrap()
    }

    #[test]
    fn seconds_and_the_whole_time_can_be_omitted() {
        for (text, kept) in [
            ("2026-11-24 02:48:07", "2026-11-24 02:48:07"),
            ("2026-11-24 02:48", "2026-11-24 02:48:00"),
            ("2026-11-24", "2026-11-24 00:00:00"),
        ] {
            assert_eq!(local(text).to_string(), kept);
        }
        for typed in ["2026-11-24T02:48", "2026-11-24 02:48", "2026-11-24T02:48:00"] {
            assert_eq!(from_form(typed, Lang::Nl), Ok(local("2026-11-24 02:48")), "{typed}");
        }
        for wrong in [
            "2026-11-24 24:00",
            "2026-11-24 12:60",
            "2026-11-24 12:00:60",
            "2026-11-24  12:00",
            "2026-11-24 1:00",
            "2026-11-24T12:00",
            "2026-11-24T12:00:00Z",
            "2026-11-24 12:00:00.5",
            "2026-04-31 12:00",
            "2026-11-24 ",
            "2026-11-24 12",
            "12:00",
            "2026-11-24 12-00",
            "2026-11-24 +1:00",
            "2026-11-24 12:00+01:00",
        ] {
            assert!(LocalDateTime::read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_moment_is_read_and_shown_in_the_portals_time_zone() {
        for (typed, shown) in [
            ("2026-11-24 02:48:00", "2026-11-24T02:48:00+01:00"),
            ("2026-07-01", "2026-07-01T00:00:00+02:00"),
            // The clocks go forward from 2 to 3, and back from 3 to 2.
            ("2026-03-29 02:30", "2026-03-29T03:30:00+02:00"),
            ("2026-10-25 02:30", "2026-10-25T02:30:00+02:00"),
        ] {
            let moment = from_json::<DateTime>(&format!(r#"{{"value": "{typed}"}}"#)).unwrap();
            let json = moment.serialize_in(&amsterdam(), serde_json::value::Serializer).unwrap();
            assert_eq!(json, json!(shown), "{typed}");
            let text = moment.text(Lang::Nl, &amsterdam());
            assert_eq!(from_form(&text, Lang::Nl), Ok(moment), "{text}");
            assert_eq!(DateTime::from_column(Column::Int(moment.0.as_millisecond())), Some(moment));
        }
        let winter = DateTime::new("2026-11-24T01:48:00Z".parse().unwrap());
        assert_eq!(serde_json::from_value(json!(winter)).ok(), Some(winter));
        let fraction: Timestamp = "2026-11-24T01:48:00.75Z".parse().unwrap();
        assert_eq!(DateTime::new(fraction).to_string(), "2026-11-24T01:48:00+00:00");
    }
}
