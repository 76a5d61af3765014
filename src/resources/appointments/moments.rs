//! The free moments of a day, at which an appointment can begin.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

use super::opening::Opening;
use super::{Appointment, AppointmentStatus};

/// How far the moments are apart, and those of an appointment that takes less than that.
const APART: [SignedDuration; 2] = [SignedDuration::from_mins(30), SignedDuration::from_mins(15)];

/// What an appointment needs.
pub(super) struct Need {
    /// How long it takes.
    pub duration: SignedDuration,
    /// The time before and after it that is kept free.
    pub buffers: [SignedDuration; 2],
    /// When it begins at the earliest.
    pub earliest: Timestamp,
}

/// The free moments of a day among these appointments: it is open for as long as the appointment takes, and with both
/// their buffers no other is scheduled.
pub(super) fn free_on(
    day: Date,
    opening: &Opening,
    zone: &TimeZone,
    need: &Need,
    all: &[Appointment],
) -> Vec<Timestamp> {
    let scheduled = all.iter().filter(|other| other.status == AppointmentStatus::Scheduled);
    let taken: Vec<(Timestamp, Timestamp)> = scheduled.map(Appointment::taken_time).collect();
    let [before, after] = need.buffers;
    let is_free = |start: Timestamp| {
        let (begin, end) = (start - before, start + need.duration + after);
        taken.iter().all(|(from, to)| *to <= begin || end <= *from)
    };
    // A form sends what the clocks show: of a time that they show twice it can't mean the second.
    let is_clear =
        |start: Timestamp| zone.to_timestamp(zone.to_datetime(start)).is_ok_and(|at| at == start);
    let periods = opening.periods(day).into_iter();
    let moments = periods.flat_map(|(from, to)| {
        moments(from, need.duration).take_while(move |start| *start + need.duration <= to)
    });
    moments.filter(|start| *start >= need.earliest && is_free(*start) && is_clear(*start)).collect()
}

fn moments(first: Timestamp, duration: SignedDuration) -> impl Iterator<Item = Timestamp> {
    let apart = if duration < APART[0] { APART[1] } else { APART[0] };
    // A day has no more than these.
    (0..=25 * 4).filter_map(move |number| first.checked_add(apart * number).ok())
}

/// The first of some days after this one that has a free moment.
pub(super) fn next_day(after: Date, days: i32, has_free: impl Fn(Date) -> bool) -> Option<Date> {
    (1..=days).filter_map(|number| after.checked_add(number.days()).ok()).find(|day| has_free(*day))
}

#[cfg(test)]
mod tests {
    use super::super::opening::testing::opening;
    use super::super::{AppliedType, AppointmentDetails, Attendee};
    use super::*;
    use crate::time::{amsterdam, clock_time};
    use crate::values::{DateTime, LocalDateTime, Optional, Text, Whole};

    fn at(local: &str) -> Timestamp {
        let local: jiff::civil::DateTime = local.parse().unwrap();
        amsterdam().to_timestamp(local).unwrap()
    }

    fn appointment(
        status: AppointmentStatus,
        (from, to): (&str, &str),
        buffers: [i64; 2],
    ) -> Appointment {
        let [buffer_before, buffer_after] = buffers.map(|minutes| Whole::new(minutes).unwrap());
        let starts_at = DateTime::new(at(from));
        Appointment {
            id: "apt_abc12345def678".parse().unwrap(),
            status,
            starts_local: LocalDateTime::of(starts_at, &amsterdam()),
            time_zone: "Europe/Amsterdam".to_owned(),
            created_at: Timestamp::UNIX_EPOCH,
            updated_at: Timestamp::UNIX_EPOCH,
            revision: 1,
            details: AppointmentDetails {
                name: Text("Onderhoud".to_owned()),
                starts_at,
                ends_at: DateTime::new(at(to)),
                customer_id: Optional(None),
                online_meeting_link: Optional(None),
            },
            attendee: Attendee { attendee_name: Optional(None), attendee_email: Optional(None) },
            applied: AppliedType { buffer_before, buffer_after, ..AppliedType::none() },
        }
    }

    /// The free moments, for an appointment of so many minutes with these buffers.
    fn free(
        day: &str,
        hours: &str,
        (minutes, buffers): (i64, [i64; 2]),
        earliest: &str,
        all: &[Appointment],
    ) -> Vec<String> {
        let need = Need {
            duration: SignedDuration::from_mins(minutes),
            buffers: buffers.map(SignedDuration::from_mins),
            earliest: at(earliest),
        };
        let moments = free_on(day.parse().unwrap(), &opening(hours, &[]), &amsterdam(), &need, all);
        moments.into_iter().map(|moment| clock_time(moment, &amsterdam())).collect()
    }

    const LONG_AGO: &str = "2026-01-01T00:00";

    #[test]
    fn moments_leave_room_until_the_end_of_each_period() {
        let all = free("2026-12-01", "9-12:30, 13-15", (90, [0, 0]), LONG_AGO, &[]);
        assert_eq!(all, ["09:00", "09:30", "10:00", "10:30", "11:00", "13:00", "13:30"]);
        assert_eq!(
            free("2026-12-01", "9-10", (20, [0, 0]), LONG_AGO, &[]),
            ["09:00", "09:15", "09:30"]
        );
        assert_eq!(free("2026-12-05", "9-10", (20, [0, 0]), LONG_AGO, &[]), [""; 0], "closed");
        assert_eq!(free("2026-12-01", "9-11", (30, [0, 0]), "2026-12-01T10:05", &[]), ["10:30"]);
    }

    #[test]
    fn the_buffers_of_both_are_kept_free() {
        let taken = [
            appointment(
                AppointmentStatus::Scheduled,
                ("2026-12-01T10:00", "2026-12-01T11:00"),
                [15, 30],
            ),
            appointment(
                AppointmentStatus::Pending,
                ("2026-12-01T13:00", "2026-12-01T14:00"),
                [0, 0],
            ),
        ];
        let all = |buffers| free("2026-12-01", "9-14", (30, buffers), LONG_AGO, &taken);
        assert_eq!(all([0, 0]), ["09:00", "11:30", "12:00", "12:30", "13:00", "13:30"]);
        assert_eq!(all([0, 15]), ["09:00", "11:30", "12:00", "12:30", "13:00", "13:30"]);
        assert_eq!(all([0, 16]), ["11:30", "12:00", "12:30", "13:00", "13:30"]);
        assert_eq!(all([5, 15]), ["09:00", "12:00", "12:30", "13:00", "13:30"]);
    }

    #[test]
    fn each_moment_is_offered_once_when_the_clocks_change() {
        let spring = free("2026-03-29", "1-5", (60, [0, 0]), LONG_AGO, &[]);
        assert_eq!(spring, ["01:00", "01:30", "03:00", "03:30", "04:00"]);
        let autumn = free("2026-10-25", "1-4", (60, [0, 0]), LONG_AGO, &[]);
        assert_eq!(autumn, ["01:00", "01:30", "02:00", "02:30", "03:00"]);
    }
}
