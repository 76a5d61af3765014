//! The calendar: a week, or a day, of appointments that take place or were requested.

use axum::extract::Query;
use jiff::civil::{Date, Weekday};
use jiff::{Timestamp, ToSpan};
use maud::{Markup, html};
use serde::Deserialize;

use super::feed_page::feed_path;
use super::links::{PATH, SECTION, appointment_path, calendar_path, status_badge};
use super::opening::Opening;
use super::{Appointment, AppointmentStatus, queries};
use crate::error::{Error, Result};
use crate::i18n::{Lang, tr};
use crate::manage::Member;
use crate::time::{clock_time, parse_day, readable_date, start_of_day};
use crate::ui::{self, BadgeKind, ButtonStyle};

/// The most appointments that are shown.
const MOST: i64 = 500;

/// The hours that a day shows, also without appointments.
const HOURS: std::ops::RangeInclusive<i8> = 8..=17;

/// What is asked for: a day of the week, or one day.
#[derive(Deserialize)]
pub(super) struct Asked {
    day: Option<String>,
    view: Option<String>,
}

/// The value of `view` for one day.
const DAY: &str = "day";

pub(super) async fn show(member: Member, Query(asked): Query<Asked>) -> Result<Markup> {
    let today = member.time_zone().to_datetime(member.now()).date();
    let day = asked.day.as_deref().and_then(parse_day).unwrap_or(today);
    let shown =
        if asked.view.as_deref() == Some(DAY) { Shown::Day(day) } else { Shown::week_of(day) };
    let range = shown.range().ok_or(Error::NotFound)?;
    let [from, to] = range.map(|day| start_of_day(day, member.time_zone()));
    let (from, to) = from.zip(to).ok_or(Error::NotFound)?;
    let all = queries::between(&member.store, (from, to), MOST).await?;
    let opening = Opening::find(&member.store, member.time_zone()).await?;
    let (lang, title) = (member.lang(), shown.title(member.lang()));
    let calendar = tr!(lang, "appointments.calendar");
    let body = html! {
        (SECTION.trail(lang, &[], &calendar))
        (ui::header(&title, None, buttons(lang, day)))
        (steps(lang, shown, today))
        @match shown {
            Shown::Day(day) => {
                (closed(lang, &opening, day))
                (hours(&member, day, &all))
            }
            Shown::Week(monday) => (week(&member, monday, today, &all, &opening)),
        }
    };
    Ok(member.chrome(&SECTION).page(&format!("{calendar}: {title}"), body))
}

/// The part of the calendar that a page shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shown {
    Day(Date),
    /// From this Monday on.
    Week(Date),
}

impl Shown {
    fn week_of(day: Date) -> Self {
        let since = day.weekday().since(Weekday::Monday);
        Self::Week(day.checked_sub(since.days()).unwrap_or(day))
    }

    /// Its first day, and the first day after it. `None` at the end of the supported range.
    fn range(self) -> Option<[Date; 2]> {
        let (first, days) = match self {
            Self::Day(day) => (day, 1),
            Self::Week(monday) => (monday, 7),
        };
        Some([first, first.checked_add(days.days()).ok()?])
    }

    fn title(self, lang: Lang) -> String {
        match self {
            Self::Day(day) => format!("{} {}", weekday(lang, day), readable_date(day, lang)),
            Self::Week(monday) => {
                let week = monday.iso_week_date().week();
                let first = readable_date(monday, lang);
                tr!(lang, "appointments.week_from", week = week, day = first).into_owned()
            }
        }
    }

    /// The path of the page for the same number of days, `count` times later.
    fn later(self, count: i32) -> Option<String> {
        match self {
            Self::Day(day) => Some(day_path(day.checked_add(count.days()).ok()?)),
            Self::Week(monday) => Some(week_path(monday.checked_add((count * 7).days()).ok()?)),
        }
    }
}

fn week_path(day: Date) -> String {
    format!("{}?day={day}", calendar_path())
}

fn day_path(day: Date) -> String {
    format!("{}?day={day}&view={DAY}", calendar_path())
}

fn weekday(lang: Lang, day: Date) -> String {
    let number = day.weekday().to_monday_one_offset();
    lang.text(&format!("appointments.weekday.{number}")).into_owned()
}

/// The buttons at the top: a new appointment, and the list.
fn buttons(lang: Lang, day: Date) -> Markup {
    html! {
        (ui::link_button(&tr!(lang, "appointments.new"), &format!("{PATH}/new?day={day}"), ButtonStyle::Primary))
        (ui::link_button(&tr!(lang, "appointments.list"), PATH, ButtonStyle::Secondary))
        (ui::link_button(&tr!(lang, "appointment_feed.nav"), &feed_path(), ButtonStyle::Secondary))
    }
}

/// The links to what is before and after, to today, and to the other view.
fn steps(lang: Lang, shown: Shown, today: Date) -> Markup {
    let (first, today_path) = match shown {
        Shown::Day(day) => (day, day_path(today)),
        Shown::Week(monday) => (monday, week_path(today)),
    };
    let (other, other_path) = match shown {
        Shown::Day(_) => ("appointments.by_week", week_path(first)),
        Shown::Week(_) => ("appointments.by_day", day_path(first)),
    };
    let link = |key: &'static str, path: &str| {
        ui::link_button(&tr!(lang, key), path, ButtonStyle::Secondary)
    };
    html! {
        nav aria-label=(tr!(lang, "appointments.calendar")) {
            (ui::actions(html! {
                @if let Some(path) = shown.later(-1) { (link("appointments.earlier", &path)) }
                (link("appointments.today", &today_path))
                @if let Some(path) = shown.later(1) { (link("appointments.later", &path)) }
                (link(other, &other_path))
            }))
        }
    }
}

/// Those of a day, also those that began before it.
fn on_day<'a>(member: &Member, day: Date, all: &'a [Appointment]) -> Vec<&'a Appointment> {
    let bounds = [Some(day), day.tomorrow().ok()].map(|day| start_of_day(day?, member.time_zone()));
    let [Some(start), Some(end)] = bounds else { return Vec::new() };
    let is_on = |row: &&Appointment| {
        row.details.starts_at.moment() < end && row.details.ends_at.moment() > start
    };
    all.iter().filter(is_on).collect()
}

/// Why a day is closed, if it is.
fn closed(lang: Lang, opening: &Opening, day: Date) -> Markup {
    html! {
        @if let Some(name) = opening.closed_for(day) {
            p { (ui::badge(&tr!(lang, "opening_hours.closed"), BadgeKind::Neutral)) " " (ui::name(name)) }
        }
    }
}

/// The seven days, each with its appointments.
fn week(
    member: &Member,
    monday: Date,
    today: Date,
    all: &[Appointment],
    opening: &Opening,
) -> Markup {
    let lang = member.lang();
    let days = (0..7_i32).filter_map(|number| monday.checked_add(number.days()).ok());
    html! {
        ol.calendar {
            @for day in days {
                @let own = on_day(member, day, all);
                li.calendar-day aria-current=[(day == today).then_some("date")] {
                    h2 { a href=(day_path(day)) { (weekday(lang, day)) " " span.muted { (readable_date(day, lang)) } } }
                    (closed(lang, opening, day))
                    @if own.is_empty() { p.muted { (tr!(lang, "appointments.none")) } }
                    @else { ol { @for row in own { li { (entry(member, row)) } } } }
                }
            }
        }
    }
}

/// The hours of a day, each with the appointments that start in it.
fn hours(member: &Member, day: Date, all: &[Appointment]) -> Markup {
    let own = on_day(member, day, all);
    let hour = |row: &Appointment| first_hour(member, day, row.details.starts_at.moment());
    let starts = own.iter().map(|row| hour(row));
    let first = starts.clone().chain([*HOURS.start()]).min().unwrap_or_default();
    let last = starts.chain([*HOURS.end()]).max().unwrap_or_default();
    let rows = (first..=last).map(|number| {
        let rows = own.iter().filter(|row| hour(row) == number);
        vec![
            html! { (format!("{number:02}:00")) },
            html! { @for row in rows { (entry(member, row)) " " } },
        ]
    });
    let lang = member.lang();
    let heads = [tr!(lang, "appointments.hour"), tr!(lang, "appointments.title")];
    let heads: Vec<&str> = heads.iter().map(AsRef::as_ref).collect();
    let table = ui::table(&tr!(lang, "appointments.calendar"), &heads, rows.collect());
    html! { div.calendar-hours { (table) } }
}

/// The hour in which it starts on a day; 0 if it began before.
fn first_hour(member: &Member, day: Date, start: Timestamp) -> i8 {
    let local = member.time_zone().to_datetime(start);
    if local.date() == day { local.hour() } else { 0 }
}

/// One appointment, with its times and the person.
fn entry(member: &Member, row: &Appointment) -> Markup {
    let (lang, zone) = (member.lang(), member.time_zone());
    let [start, end] = [row.details.starts_at, row.details.ends_at].map(|at| at.moment());
    html! {
        a.calendar-entry href=(appointment_path(&row.id)) {
            span.calendar-time { (clock_time(start, zone)) "–" (clock_time(end, zone)) }
            " " strong { (ui::name(row.name())) }
            " " (ui::name(row.attendee_name()))
            @if row.status == AppointmentStatus::Pending { " " (status_badge(lang, row.status)) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_week_begins_on_monday_also_over_the_new_year() {
        let day = |text: &str| text.parse::<Date>().unwrap();
        for (of, monday, week) in [
            ("2026-11-30", "2026-11-30", 49),
            ("2026-12-06", "2026-11-30", 49),
            ("2027-01-01", "2026-12-28", 53),
        ] {
            assert_eq!(Shown::week_of(day(of)), Shown::Week(day(monday)));
            assert!(Shown::week_of(day(of)).title(Lang::En).contains(&week.to_string()));
        }
        let next = Shown::week_of(day("2027-01-01")).later(1).unwrap();
        assert!(next.ends_with("?day=2027-01-04"), "{next}");
        assert!(Shown::Day(day("2027-01-01")).later(-1).unwrap().contains("2026-12-31&view=day"));
    }
}
