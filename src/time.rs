//! Time on the wire and on the command line.

use std::str::FromStr;

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;

use crate::i18n::Lang;

/// A time in the ATOM format, with the offset of the portal's time zone:
/// `2026-11-24T02:48:00+01:00`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(inline, extend("format" = "date-time"))]
pub struct Atom(String);

impl Atom {
    /// A time in a time zone.
    pub fn new(moment: Timestamp, zone: &TimeZone) -> Self {
        let offset = zone.to_offset(moment);
        let local = offset.to_datetime(moment);
        let year = u32::from(local.year().unsigned_abs());
        let minutes = offset.seconds().unsigned_abs() / 60;
        // Formatted by hand: every row of a response has such a time, and `format!` takes ten times as
        // long.
        let mut text = *b"2026-11-24T02:48:00+01:00";
        let mut write = |at: usize, number: u32| {
            let number = u8::try_from(number).unwrap_or_default();
            (text[at], text[at + 1]) = (b'0' + number / 10 % 10, b'0' + number % 10);
        };
        for (at, number) in
            [(0, year / 100), (2, year % 100), (20, minutes / 60), (23, minutes % 60)]
        {
            write(at, number);
        }
        let numbers = [local.month(), local.day(), local.hour(), local.minute(), local.second()];
        for (place, number) in numbers.into_iter().enumerate() {
            write(5 + 3 * place, u32::from(number.unsigned_abs()));
        }
        if offset.seconds() < 0 {
            text[19] = b'-';
        }
        let text = String::from_utf8(text.to_vec()).unwrap_or_default();
        Self(text)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The time zone of times that belong to no portal.
pub fn amsterdam() -> TimeZone {
    TimeZone::get("Europe/Amsterdam").unwrap_or(TimeZone::UTC)
}

/// The day of a moment in a language: `24 nov 2026`.
pub fn readable_day(moment: Timestamp, zone: &TimeZone, lang: Lang) -> String {
    readable_date(zone.to_datetime(moment).date(), lang)
}

/// A day in a language: `24 nov 2026`.
pub fn readable_date(day: Date, lang: Lang) -> String {
    let month = match lang {
        Lang::Nl => {
            ["jan", "feb", "mrt", "apr", "mei", "jun", "jul", "aug", "sep", "okt", "nov", "dec"]
        }
        Lang::En => {
            ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        }
    }[usize::from(day.month().unsigned_abs()) - 1];
    format!("{} {month} {}", day.day(), day.year())
}

/// A time in a language: `24 nov 2026 02:48`.
pub fn readable(moment: Timestamp, zone: &TimeZone, lang: Lang) -> String {
    format!("{} {}", readable_day(moment, zone, lang), clock_time(moment, zone))
}

/// Whether two moments are on one day in a time zone.
pub fn is_one_day(one: Timestamp, other: Timestamp, zone: &TimeZone) -> bool {
    zone.to_datetime(one).date() == zone.to_datetime(other).date()
}

/// What the clocks of a time zone show: `02:48`.
pub fn clock_time(moment: Timestamp, zone: &TimeZone) -> String {
    let local = zone.to_datetime(moment);
    format!("{:02}:{:02}", local.hour(), local.minute())
}

/// A time to the second, in a language: `24 nov 2026 02:48:07`.
pub fn readable_with_seconds(moment: Timestamp, zone: &TimeZone, lang: Lang) -> String {
    format!("{}:{:02}", readable(moment, zone, lang), zone.to_datetime(moment).second())
}

/// A day as date fields send it, in a plausible year: `2027-01-31`.
pub fn parse_day(text: &str) -> Option<Date> {
    text.parse::<Date>().ok().filter(|day| text.len() == 10 && day.year() >= 1)
}

/// The first moment of a day in a time zone. `None` if it is beyond the supported range.
pub fn start_of_day(day: Date, zone: &TimeZone) -> Option<Timestamp> {
    zone.to_timestamp(day.at(0, 0, 0, 0)).ok()
}

/// The last second of a day in a time zone, at which something with this last day ends. `None` if
/// it is beyond the supported range.
pub fn end_of_day(day: Date, zone: &TimeZone) -> Option<Timestamp> {
    let next = start_of_day(day.tomorrow().ok()?, zone)?;
    next.checked_sub(SignedDuration::from_secs(1)).ok()
}

/// An entered time, which can depend on the portal's time zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TypedMoment {
    /// RFC 3339: `2027-01-31T12:00:00Z`.
    Exact(Timestamp),
    /// A local time: `2027-01-31 12:00:00`.
    Local(DateTime),
    /// A day, meaning its end: `2027-01-31`.
    Day(Date),
}

impl TypedMoment {
    /// The time in a time zone; `None` if it is beyond the supported range.
    pub fn in_zone(&self, zone: &TimeZone) -> Option<Timestamp> {
        match self {
            Self::Exact(moment) => Some(*moment),
            Self::Local(local) => zone.to_timestamp(*local).ok(),
            Self::Day(day) => end_of_day(*day, zone),
        }
    }
}

/// A text that isn't a time.
#[derive(Debug, Clone, thiserror::Error)]
#[error("expected 2027-01-31, \"2027-01-31 12:00:00\" or 2027-01-31T12:00:00Z")]
pub struct NotAMoment;

impl FromStr for TypedMoment {
    type Err = NotAMoment;

    fn from_str(text: &str) -> Result<Self, NotAMoment> {
        if let Ok(moment) = text.parse::<Timestamp>() {
            return Ok(Self::Exact(moment));
        }
        if text.len() == 10 {
            return parse_day(text).map(Self::Day).ok_or(NotAMoment);
        }
        text.parse().map(Self::Local).map_err(|_| NotAMoment)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_offset_is_the_zones_summer_and_winter() {
        let amsterdam = TimeZone::get("Europe/Amsterdam").unwrap();
        let atom = |text: &str| Atom::new(text.parse().unwrap(), &amsterdam).0;
        assert_eq!(atom("2026-11-24T01:48:00Z"), "2026-11-24T02:48:00+01:00");
        assert_eq!(atom("2026-07-01T23:00:59.9Z"), "2026-07-02T01:00:59+02:00");
        assert_eq!(
            Atom::new(
                "2026-01-01T00:00:00Z".parse().unwrap(),
                &TimeZone::get("America/St_Johns").unwrap()
            )
            .0,
            "2025-12-31T20:30:00-03:30"
        );
    }

    #[test]
    fn a_typed_moment_is_exact_or_one_of_the_portals_zone() {
        let moment = |text: &str, zone: &str| {
            let moment = text.parse::<TypedMoment>().ok()?.in_zone(&TimeZone::get(zone).unwrap());
            moment.map(|moment| moment.to_string())
        };
        for (text, zone, expected) in [
            ("2027-01-31T12:00:00Z", "Europe/Amsterdam", "2027-01-31T12:00:00Z"),
            ("2027-01-31T12:00:00+05:00", "Europe/Amsterdam", "2027-01-31T07:00:00Z"),
            ("2027-01-31 12:00:00", "Europe/Amsterdam", "2027-01-31T11:00:00Z"),
            ("2027-01-31 12:00:00", "America/New_York", "2027-01-31T17:00:00Z"),
            ("2027-01-31", "Europe/Amsterdam", "2027-01-31T22:59:59Z"),
            ("2027-07-31", "Europe/Amsterdam", "2027-07-31T21:59:59Z"),
            ("2027-07-31", "America/New_York", "2027-08-01T03:59:59Z"),
        ] {
            assert_eq!(moment(text, zone).as_deref(), Some(expected), "{text} in {zone}");
        }
        for wrong in ["2027-04-31", "soon", "", "2027-01", "-9999-01-01", "9999-12-31"] {
            assert_eq!(moment(wrong, "Europe/Amsterdam"), None, "{wrong}");
        }
    }

    #[test]
    fn a_day_ends_when_the_next_begins_also_where_clocks_change_at_midnight() {
        let end = |day: &str, zone: &str| {
            end_of_day(day.parse().unwrap(), &TimeZone::get(zone).unwrap()).unwrap().to_string()
        };
        assert_eq!(end("2026-10-25", "Europe/Amsterdam"), "2026-10-25T22:59:59Z");
        // On 6 September 2026 there is no midnight in Santiago.
        assert_eq!(end("2026-09-05", "America/Santiago"), "2026-09-06T03:59:59Z");
    }
}
