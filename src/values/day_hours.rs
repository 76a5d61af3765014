//! The opening hours of a day.

use std::fmt::Write;

use serde::Serialize;

use super::{Value, text_value, value_schema};
use crate::error::Message;

/// The minutes of a day.
const DAY: u16 = 24 * 60;

/// The most periods of a day.
const MOST: usize = 6;

/// From when to when a business is open on a day of the week, on its clocks: `09:00-12:30,
/// 13:00-17:00`, the earliest first. The last period can end at `24:00`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct DayHours(pub String);

text_value!(DayHours);
value_schema!(DayHours);

impl DayHours {
    /// From when to when, in minutes since midnight; at most 1440.
    pub fn periods(&self) -> Vec<(u16, u16)> {
        parse(&self.0).unwrap_or_default()
    }
}

impl Value for DayHours {
    const LONGEST: usize = 120;

    fn stand_in() -> Self {
        Self::default()
    }

    /// Also takes `9-12.30; 13-17`, and a dash of another length.
    fn read(text: &str) -> Result<Self, Message> {
        let periods = parse(text).ok_or(Message::new("field.day_hours"))?;
        let mut hours = String::new();
        for (from, to) in periods {
            let separator = if hours.is_empty() { "" } else { ", " };
            let [from, to] = [from, to].map(|time| (time / 60, time % 60));
            // Writing to a text can't fail.
            let _ = write!(hours, "{separator}{:02}:{:02}-{:02}:{:02}", from.0, from.1, to.0, to.1);
        }
        Ok(Self(hours))
    }
}

/// Periods that follow each other without a gap are one.
fn parse(text: &str) -> Option<Vec<(u16, u16)>> {
    let mut periods: Vec<(u16, u16)> = Vec::new();
    for part in text.split([',', ';']) {
        let (from, to) = part.split_once(['-', '–', '—'])?;
        let (from, to) = (time(from)?, time(to)?);
        match periods.last_mut() {
            Some((_, end)) if *end > from => return None,
            Some((_, end)) if *end == from && from < to => *end = to,
            _ if from < to => periods.push((from, to)),
            _ => return None,
        }
    }
    (periods.len() <= MOST).then_some(periods)
}

/// What a clock shows, in minutes since midnight.
fn time(text: &str) -> Option<u16> {
    let text = text.trim();
    let (hours, minutes) = text.split_once([':', '.']).unwrap_or((text, "00"));
    let is_number = |text: &str, lengths: std::ops::RangeInclusive<usize>| {
        lengths.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    if !is_number(hours, 1..=2) || !is_number(minutes, 2..=2) {
        return None;
    }
    let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
    let time = hours * 60 + minutes;
    (minutes < 60 && time <= DAY).then_some(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_read_as_people_write_them() {
        for (typed, kept) in [
            ("09:00-17:00", "09:00-17:00"),
            ("9-12.30; 13 – 17", "09:00-12:30, 13:00-17:00"),
            ("9:00-12:00,12:00-17:00", "09:00-17:00"),
            ("0-24", "00:00-24:00"),
        ] {
            let hours = DayHours::read(typed).unwrap();
            assert_eq!(hours.as_str(), kept, "{typed}");
            assert_eq!(DayHours::read(kept), Ok(hours), "as it is shown");
        }
        assert_eq!(
            DayHours("09:00-12:30, 13:00-24:00".into()).periods(),
            [(540, 750), (780, 1440)]
        );
        for wrong in [
            "9",
            "9-",
            "17-9",
            "9-9",
            "13-17, 9-12",
            "9-13, 12-17",
            "9-12, 12-12",
            "9-25",
            "9-24:01",
            "9:60-10:00",
            "9:5-10:00",
            "+9-10",
            "open",
            "9-12,",
            "1-2,3-4,5-6,7-8,9-10,11-12,13-14",
        ] {
            assert!(DayHours::read(wrong).is_err(), "{wrong}");
        }
    }
}
