//! When appointments can be: within the opening hours, and not on closed days. Both are what the clocks of the
//! portal's time zone show.

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::closed_days::{self, ClosedDays};
use super::hours::{OpeningHours, StoredHours};
use crate::error::{Message, Result};
use crate::tenant::{Store, StoreTx};
use crate::time::start_of_day;

/// When a portal is open.
pub(super) struct Opening {
    hours: OpeningHours,
    closed: Vec<ClosedDays>,
    zone: TimeZone,
}

impl Opening {
    /// Of a portal in this time zone.
    pub(super) async fn find(store: &Store, zone: &TimeZone) -> Result<Self> {
        let hours = StoredHours::find(store).await?.details;
        let closed = closed_days::all(store).await?.into_iter().map(|days| days.details).collect();
        Ok(Self { hours, closed, zone: zone.clone() })
    }

    /// The same, within a transaction.
    pub(super) async fn find_in(tx: &mut StoreTx, zone: &TimeZone) -> Result<Self> {
        let hours = StoredHours::find_in(tx).await?.details;
        let closed = closed_days::all_in(tx).await?.into_iter().map(|days| days.details).collect();
        Ok(Self { hours, closed, zone: zone.clone() })
    }

    /// Whether there are opening hours. Without them appointments can be at any time of a day that isn't
    /// closed.
    pub(super) fn has_hours(&self) -> bool {
        self.hours.are_set()
    }

    /// Whether there is anything that an appointment can be outside of.
    pub(super) fn is_limited(&self) -> bool {
        self.has_hours() || !self.closed.is_empty()
    }

    /// Why a day is closed; `None` if it isn't, or because of the opening hours only.
    pub(super) fn closed_for(&self, day: Date) -> Option<&str> {
        self.closed.iter().find(|days| days.include(day)).map(|days| days.name.as_str())
    }

    /// From when to when the portal is open on a day.
    pub(super) fn periods(&self, day: Date) -> Vec<(Timestamp, Timestamp)> {
        if self.closed_for(day).is_some() {
            return Vec::new();
        }
        let periods = self.hours.on(day.weekday()).map(|hours| hours.periods()).unwrap_or_default();
        let moments = periods.into_iter().filter_map(|(from, to)| {
            Some((moment(day, from, &self.zone)?, moment(day, to, &self.zone)?))
        });
        // What the clocks skip is no time.
        moments.filter(|(from, to)| from < to).collect()
    }

    /// Why an appointment can't be then; `None` if it can.
    pub(super) fn fault(&self, starts_at: Timestamp, ends_at: Timestamp) -> Option<Message> {
        let first = self.zone.to_datetime(starts_at).date();
        let last = self.zone.to_datetime(ends_at - 1.millisecond()).date();
        let closed = first.series(1.day()).take_while(|day| *day <= last);
        if let Some(name) = closed.filter_map(|day| self.closed_for(day)).next() {
            return Some(Message::with("appointments.closed_for", name));
        }
        if !self.has_hours() {
            return None;
        }
        let periods = self.periods(first);
        if periods.iter().any(|(from, to)| *from <= starts_at && ends_at <= *to) {
            return None;
        }
        Some(match self.hours.on(first.weekday()) {
            Some(hours) => Message::with("appointments.outside_hours", hours),
            None => Message::new("appointments.closed_then"),
        })
    }
}

/// When the clocks show so many minutes since midnight; a time that they skip is moved on, and of one that they
/// show twice the first is meant, as of appointments. `None` beyond the supported range.
fn moment(day: Date, minutes: u16, zone: &TimeZone) -> Option<Timestamp> {
    let (hour, minute) = (i8::try_from(minutes / 60).ok()?, i8::try_from(minutes % 60).ok()?);
    match Time::new(hour, minute, 0, 0) {
        Ok(time) => zone.to_timestamp(day.to_datetime(time)).ok(),
        // 24:00.
        Err(_) => start_of_day(day.tomorrow().ok()?, zone),
    }
}

#[cfg(test)]
pub(super) mod testing {
    use super::*;
    use crate::values::{self, DayHours, Text, Value};

    /// Every day these hours, and closed from one day to another.
    pub(in crate::resources::appointments) fn opening(
        hours: &str,
        closed: &[(&str, &str)],
    ) -> Opening {
        let hours = Some(DayHours::read(hours).unwrap());
        let date = |text: &str| values::Date::read(text).unwrap();
        let closed = closed.iter().map(|(first, last)| ClosedDays {
            last_day: values::Optional(Some(date(last))),
            ..ClosedDays::one(Text("Kerst".to_owned()), date(first))
        });
        Opening {
            hours: OpeningHours {
                monday: hours.clone(),
                tuesday: hours.clone(),
                wednesday: hours.clone(),
                thursday: hours.clone(),
                friday: hours.clone(),
                saturday: None,
                sunday: hours,
            },
            closed: closed.collect(),
            zone: crate::time::amsterdam(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::testing::opening;
    use super::*;
    use crate::i18n::Lang;

    fn at(local: &str) -> Timestamp {
        let local: jiff::civil::DateTime = local.parse().unwrap();
        crate::time::amsterdam().to_timestamp(local).unwrap()
    }

    fn periods(hours: &str, day: &str) -> Vec<String> {
        let periods = opening(hours, &[]).periods(day.parse().unwrap());
        periods.into_iter().map(|(from, to)| format!("{from} {to}")).collect()
    }

    #[test]
    fn opening_hours_are_what_the_clocks_show_in_winter_and_in_summer() {
        for (day, expected) in [
            ("2026-12-01", "2026-12-01T08:00:00Z 2026-12-01T11:30:00Z"),
            ("2026-07-01", "2026-07-01T07:00:00Z 2026-07-01T10:30:00Z"),
            // The day before the clocks go back, and the day on which they do.
            ("2026-10-23", "2026-10-23T07:00:00Z 2026-10-23T10:30:00Z"),
            ("2026-10-25", "2026-10-25T08:00:00Z 2026-10-25T11:30:00Z"),
        ] {
            assert_eq!(periods("09:00-12:30", day), [expected]);
        }
        assert_eq!(periods("09:00-12:30", "2026-12-05"), [""; 0], "on Saturdays it is closed");
    }

    #[test]
    fn a_night_in_which_the_clocks_change_is_an_hour_shorter_or_longer() {
        assert_eq!(
            periods("00:00-24:00", "2026-03-29"),
            ["2026-03-28T23:00:00Z 2026-03-29T22:00:00Z"]
        );
        assert_eq!(
            periods("00:00-24:00", "2026-10-25"),
            ["2026-10-24T22:00:00Z 2026-10-25T23:00:00Z"]
        );
        assert_eq!(periods("02:00-03:00", "2026-03-29"), [""; 0], "the hour that is skipped");
        assert_eq!(
            periods("02:00-03:00", "2026-10-25"),
            ["2026-10-25T00:00:00Z 2026-10-25T02:00:00Z"]
        );
    }

    #[test]
    fn an_appointment_is_within_one_period_and_on_no_closed_day() {
        let opening = opening("09:00-12:30, 13:00-17:00", &[("2026-12-24", "2026-12-27")]);
        let fault = |from: &str, to: &str| {
            opening.fault(at(from), at(to)).map(|message| message.text(Lang::En))
        };
        for (from, to) in [
            ("2026-12-01T09:00", "2026-12-01T12:30"),
            ("2026-12-01T16:00", "2026-12-01T17:00"),
            ("2026-12-23T16:00", "2026-12-23T17:00"),
        ] {
            assert_eq!(fault(from, to), None, "{from}");
        }
        for (from, to, told) in [
            ("2026-12-01T08:59", "2026-12-01T10:00", "09:00-12:30, 13:00-17:00"),
            ("2026-12-01T12:00", "2026-12-01T13:30", "09:00-12:30"),
            ("2026-12-01T16:00", "2026-12-02T10:00", "09:00-12:30"),
            ("2026-12-05T10:00", "2026-12-05T11:00", "closed"),
            ("2026-12-24T10:00", "2026-12-24T11:00", "Kerst"),
            ("2026-12-23T10:00", "2026-12-24T11:00", "Kerst"),
            ("2026-12-27T10:00", "2026-12-27T11:00", "Kerst"),
        ] {
            let fault = fault(from, to);
            assert!(fault.as_ref().is_some_and(|fault| fault.contains(told)), "{from}: {fault:?}");
        }
    }

    #[test]
    fn without_opening_hours_only_closed_days_count() {
        let opening = Opening {
            hours: OpeningHours::none(),
            ..opening("9-10", &[("2026-12-25", "2026-12-25")])
        };
        assert_eq!(opening.fault(at("2026-12-05T03:00"), at("2026-12-06T03:00")), None);
        assert_eq!(opening.fault(at("2026-12-24T23:00"), at("2026-12-25T00:00")), None);
        assert!(opening.fault(at("2026-12-24T23:00"), at("2026-12-25T00:30")).is_some());
    }
}
