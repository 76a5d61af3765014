//! Time on the wire and on the command line.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::Serialize;

use crate::i18n::Lang;

/// A moment in the ATOM format with the offset of the portal's zone: `2026-11-24T02:48:00+01:00`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(inline, extend("format" = "date-time"))]
pub struct Atom(String);

impl Atom {
    /// A moment as seen in a zone.
    pub fn new(moment: Timestamp, zone: &TimeZone) -> Self {
        let offset = zone.to_offset(moment);
        let local = offset.to_datetime(moment);
        let minutes = offset.seconds().unsigned_abs() / 60;
        let year = local.year().unsigned_abs();
        let numbers = [u32::from(year) / 100, u32::from(year) % 100]
            .into_iter()
            .chain(
                [local.month(), local.day(), local.hour(), local.minute(), local.second()]
                    .map(|number| u32::from(number.unsigned_abs())),
            )
            .chain([minutes / 60, minutes % 60]);
        // Digits by hand: every row of an answer has such a moment, and `format!` takes ten times
        // as long.
        let mut text = String::with_capacity("2026-11-24T02:48:00+01:00".len());
        let sign = if offset.seconds() < 0 { "-" } else { "+" };
        for (before, number) in
            ["", "", "-", "-", "T", ":", ":", sign, ":"].into_iter().zip(numbers)
        {
            text.push_str(before);
            text.extend(
                [number / 10, number % 10].map(|digit| char::from_digit(digit, 10).unwrap_or('0')),
            );
        }
        Self(text)
    }

    /// The moment's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The zone of times that belong to no portal.
pub fn amsterdam() -> TimeZone {
    TimeZone::get("Europe/Amsterdam").unwrap_or(TimeZone::UTC)
}

/// A day as people write it in a language: `24 nov 2026`.
pub fn readable_day(moment: Timestamp, zone: &TimeZone, lang: Lang) -> String {
    let local = zone.to_datetime(moment);
    let month = match lang {
        Lang::Nl => {
            ["jan", "feb", "mrt", "apr", "mei", "jun", "jul", "aug", "sep", "okt", "nov", "dec"]
        }
        Lang::En => {
            ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        }
    }[usize::from(local.month().unsigned_abs()) - 1];
    format!("{} {month} {}", local.day(), local.year())
}

/// A moment as people write it in a language: `24 nov 2026 02:48`.
pub fn readable(moment: Timestamp, zone: &TimeZone, lang: Lang) -> String {
    let local = zone.to_datetime(moment);
    format!("{} {:02}:{:02}", readable_day(moment, zone, lang), local.hour(), local.minute())
}

/// A moment to the second, in a language: `24 nov 2026 02:48:07`.
pub fn readable_with_seconds(moment: Timestamp, zone: &TimeZone, lang: Lang) -> String {
    format!("{}:{:02}", readable(moment, zone, lang), zone.to_datetime(moment).second())
}

/// A moment that someone typed: RFC 3339, or a local time or date in Amsterdam (`2027-01-31
/// 12:00:00`, `2027-01-31`).
///
/// # Errors
/// When it is none of these, such as a day that does not exist.
pub fn parse_moment(text: &str) -> Result<Timestamp, String> {
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Ok(moment);
    }
    let local: DateTime = text.parse().map_err(|_| {
        "expected 2027-01-31, \"2027-01-31 12:00:00\" or 2027-01-31T12:00:00Z".to_owned()
    })?;
    local
        .in_tz("Europe/Amsterdam")
        .map(|zoned| zoned.timestamp())
        .map_err(|error| error.to_string())
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
    fn a_typed_moment_is_utc_or_amsterdam() {
        let moment = |text: &str| parse_moment(text).map(|moment| moment.to_string());
        assert_eq!(moment("2027-01-31T12:00:00Z").as_deref(), Ok("2027-01-31T12:00:00Z"));
        assert_eq!(moment("2027-01-31 12:00:00").as_deref(), Ok("2027-01-31T11:00:00Z"));
        assert_eq!(moment("2027-07-31").as_deref(), Ok("2027-07-30T22:00:00Z"));
        assert!(moment("2027-04-31").is_err() && moment("soon").is_err());
    }
}
