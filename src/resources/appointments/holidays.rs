//! Dutch public holidays, computed.

use jiff::ToSpan;
use jiff::civil::{Date, Weekday, date};

/// A public holiday of a year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Holiday {
    /// Its day.
    pub day: Date,
    /// The text key of its name.
    pub name: &'static str,
    /// Whether most people have the day off.
    pub is_day_off: bool,
}

/// The public holidays of a year, the earliest first. On Good Friday, and on Liberation Day except every fifth year, most
/// people work.
pub(super) fn of_year(year: i16) -> Vec<Holiday> {
    let days_after_easter = |days: i32| easter(year).saturating_add(days.days());
    let all = [
        (date(year, 1, 1), "holidays.new_year", true),
        (days_after_easter(-2), "holidays.good_friday", false),
        (days_after_easter(0), "holidays.easter", true),
        (days_after_easter(1), "holidays.easter_monday", true),
        (kings_day(year), "holidays.kings_day", true),
        (date(year, 5, 5), "holidays.liberation_day", year % 5 == 0),
        (days_after_easter(39), "holidays.ascension", true),
        (days_after_easter(49), "holidays.pentecost", true),
        (days_after_easter(50), "holidays.pentecost_monday", true),
        (date(year, 12, 25), "holidays.christmas", true),
        (date(year, 12, 26), "holidays.second_christmas_day", true),
    ];
    let mut all = all.map(|(day, name, is_day_off)| Holiday { day, name, is_day_off });
    all.sort_by_key(|holiday| holiday.day);
    all.into()
}

/// 27 April, or the day before if that is a Sunday.
fn kings_day(year: i16) -> Date {
    let birthday = date(year, 4, 27);
    match birthday.weekday() {
        Weekday::Sunday => date(year, 4, 26),
        _ => birthday,
    }
}

/// Easter Sunday in the Gregorian calendar: the "anonymous" algorithm (J. Meeus, *Astronomical Algorithms*, chapter 8).
fn easter(year: i16) -> Date {
    let number = i32::from(year);
    let (a, b, c) = (number % 19, number / 100, number % 100);
    let h = (19 * a + b - b / 4 - (b - (b + 8) / 25 + 1) / 3 + 15) % 30;
    let l = (32 + 2 * (b % 4) + 2 * (c / 4) - h - c % 4) % 7;
    let m = (a + 11 * h + 22 * l) / 451;
    // Counted from 1 March on.
    let days = h + l - 7 * m + 21;
    date(year, 3, 1).saturating_add(days.days())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day_of(year: i16, name: &str) -> String {
        let holiday = of_year(year).into_iter().find(|holiday| holiday.name == name).unwrap();
        holiday.day.to_string()
    }

    #[test]
    fn easter_is_where_the_almanac_has_it() {
        for (year, easter) in [
            (1954, "1954-04-18"),
            (1981, "1981-04-19"),
            (2000, "2000-04-23"),
            (2008, "2008-03-23"),
            (2011, "2011-04-24"),
            (2024, "2024-03-31"),
            (2025, "2025-04-20"),
            (2026, "2026-04-05"),
            (2027, "2027-03-28"),
            (2038, "2038-04-25"),
            (2285, "2285-03-22"),
        ] {
            assert_eq!(day_of(year, "holidays.easter"), easter);
        }
    }

    #[test]
    fn other_days_follow_easter() {
        for (name, day) in [
            ("holidays.good_friday", "2026-04-03"),
            ("holidays.easter_monday", "2026-04-06"),
            ("holidays.ascension", "2026-05-14"),
            ("holidays.pentecost", "2026-05-24"),
            ("holidays.pentecost_monday", "2026-05-25"),
        ] {
            assert_eq!(day_of(2026, name), day);
        }
    }

    #[test]
    fn kings_day_is_never_on_a_sunday() {
        for (year, day) in
            [(2025, "2025-04-26"), (2026, "2026-04-27"), (2031, "2031-04-26"), (2036, "2036-04-26")]
        {
            assert_eq!(day_of(year, "holidays.kings_day"), day);
        }
    }

    #[test]
    fn most_people_have_liberation_day_off_every_fifth_year() {
        let is_day_off = |year| {
            let all = of_year(year);
            all.iter()
                .any(|holiday| holiday.name == "holidays.liberation_day" && holiday.is_day_off)
        };
        assert_eq!([2025, 2026, 2030].map(is_day_off), [true, false, true]);
        assert!(of_year(2027).is_sorted_by_key(|holiday| holiday.day));
    }
}
