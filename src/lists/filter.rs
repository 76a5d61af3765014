//! Filters of lists: what a parameter can say, and the condition that it becomes.

use std::str::FromStr;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Value as Json, json};

use super::link::Link;
use crate::db::{Param, ToParam};
use crate::error::Message;
use crate::i18n::Lang;
use crate::ids::InvalidId;
use crate::time::{TypedMoment, parse_day, start_of_day};
use crate::values::{Input, Value};

/// A filter of a list, which is one parameter of the API and one field of the page.
#[derive(Debug)]
pub struct Filter {
    /// The parameter.
    pub name: &'static str,
    /// Its description in the API reference.
    pub about: &'static str,
    /// The text key of its name on pages.
    pub label: &'static str,
    /// What it can say.
    pub kind: FilterKind,
    /// The expression that it compares; empty for a link.
    pub(super) column: &'static str,
}

/// What a filter can say.
#[derive(Debug)]
pub enum FilterKind {
    /// One of a few values.
    Choice {
        /// The values with their names.
        choices: fn(Lang) -> Vec<(&'static str, String)>,
        /// What is wrong with a text.
        check: fn(&str) -> Result<(), Message>,
        /// The JSON Schema.
        schema: fn() -> Json,
    },
    /// An id, in a column or through a link.
    Id {
        /// The table that connects the two.
        link: Option<Link>,
        /// What is wrong with a text.
        check: fn(&str) -> Result<(), Message>,
        /// The JSON Schema.
        schema: fn() -> Json,
    },
    /// The first of a range, which is included.
    From(Span),
    /// The last of a range, which is included.
    To(Span),
}

/// What a range consists of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Span {
    /// Times, in a BIGINT of milliseconds since 1970.
    Moments,
    /// Days, in a TEXT like `2026-11-24`.
    Days,
}

/// What was asked of a filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterValue {
    /// As it was written.
    pub text: String,
    /// A time, in the portal's time zone if it says none.
    moment: Option<TypedMoment>,
}

impl FilterValue {
    /// The day that a range begins or ends with.
    pub fn day(&self, zone: &TimeZone) -> Option<Date> {
        match &self.moment {
            None => parse_day(&self.text),
            Some(TypedMoment::Day(day)) => Some(*day),
            Some(moment) => moment.in_zone(zone).map(|moment| zone.to_datetime(moment).date()),
        }
    }

    /// The exact time, if it is more than a day.
    pub fn exact(&self, zone: &TimeZone) -> Option<Timestamp> {
        match &self.moment {
            None | Some(TypedMoment::Day(_)) => None,
            Some(moment) => moment.in_zone(zone),
        }
    }
}

fn check_choice<T: Value>(text: &str) -> Result<(), Message> {
    T::read(text).map(drop)
}

fn choices<T: Value>(lang: Lang) -> Vec<(&'static str, String)> {
    match T::input() {
        Input::Choice(choices) => choices(lang),
        _ => Vec::new(),
    }
}

fn check_id<T: FromStr<Err = InvalidId>>(text: &str) -> Result<(), Message> {
    let wrong = |InvalidId { prefix }| Message::with("field.id", format!("{prefix}_"));
    text.parse::<T>().map(drop).map_err(wrong)
}

fn id_schema<T: JsonSchema>() -> Json {
    T::json_schema(&mut SchemaGenerator::default()).to_value()
}

impl Filter {
    /// By a choice.
    pub const fn choice<T: Value>(
        name: &'static str,
        column: &'static str,
        label: &'static str,
        about: &'static str,
    ) -> Self {
        let kind = FilterKind::Choice {
            choices: choices::<T>,
            check: check_choice::<T>,
            schema: T::schema,
        };
        Self { name, about, label, kind, column }
    }

    /// By an id in a column, which may be NULL.
    pub const fn id<T: FromStr<Err = InvalidId> + JsonSchema>(
        name: &'static str,
        column: &'static str,
        label: &'static str,
        about: &'static str,
    ) -> Self {
        let kind = FilterKind::Id { link: None, check: check_id::<T>, schema: id_schema::<T> };
        Self { name, about, label, kind, column }
    }

    /// By an id that a table connects with the list's rows. Its cost grows with the number of rows
    /// that the id is connected with, not with the list.
    pub const fn linked<T: FromStr<Err = InvalidId> + JsonSchema>(
        name: &'static str,
        link: Link,
        label: &'static str,
        about: &'static str,
    ) -> Self {
        let kind =
            FilterKind::Id { link: Some(link), check: check_id::<T>, schema: id_schema::<T> };
        Self { name, about, label, kind, column: "" }
    }

    /// By the first time or day of a range. The column is never NULL.
    pub const fn from(
        name: &'static str,
        span: Span,
        column: &'static str,
        label: &'static str,
        about: &'static str,
    ) -> Self {
        Self { name, about, label, kind: FilterKind::From(span), column }
    }

    /// By the last time or day of a range. The column is never NULL.
    pub const fn to(
        name: &'static str,
        span: Span,
        column: &'static str,
        label: &'static str,
        about: &'static str,
    ) -> Self {
        Self { name, about, label, kind: FilterKind::To(span), column }
    }

    /// By the first time at which a row can have been created.
    pub const fn created_from(column: &'static str) -> Self {
        let about = "Only items created on or after this day or time. An addition to the contract";
        Self::from("createdFrom", Span::Moments, column, "list.filter.created_from", about)
    }

    /// By the last time at which a row can have been created.
    pub const fn created_to(column: &'static str) -> Self {
        let about = "Only items created on or before this day or time. An addition to the contract";
        Self::to("createdTo", Span::Moments, column, "list.filter.created_to", about)
    }

    /// By the first time at which a row can have changed last.
    pub const fn updated_from(column: &'static str) -> Self {
        let about =
            "Only items last changed on or after this day or time. An addition to the contract";
        Self::from("updatedFrom", Span::Moments, column, "list.filter.updated_from", about)
    }

    /// By the last time at which a row can have changed last.
    pub const fn updated_to(column: &'static str) -> Self {
        let about =
            "Only items last changed on or before this day or time. An addition to the contract";
        Self::to("updatedTo", Span::Moments, column, "list.filter.updated_to", about)
    }

    /// Reads what was asked.
    ///
    /// # Errors
    /// What is wrong with it, for its sender.
    pub fn read(&self, text: &str) -> Result<FilterValue, Message> {
        let text = text.to_owned();
        match self.kind {
            FilterKind::Choice { check, .. } | FilterKind::Id { check, .. } => check(&text)?,
            FilterKind::From(Span::Moments) | FilterKind::To(Span::Moments) => {
                return read_moment(text).ok_or_else(|| Message::new("field.moment"));
            }
            FilterKind::From(Span::Days) | FilterKind::To(Span::Days) => {
                parse_day(&text).ok_or_else(|| Message::new("field.day"))?;
            }
        }
        Ok(FilterValue { text, moment: None })
    }

    /// The JSON Schema of the parameter.
    pub fn schema(&self) -> Json {
        let mut schema = match self.kind {
            FilterKind::Choice { schema, .. } | FilterKind::Id { schema, .. } => schema(),
            FilterKind::From(Span::Moments) | FilterKind::To(Span::Moments) => {
                json!({ "type": "string", "examples": ["2026-11-24"] })
            }
            FilterKind::From(Span::Days) | FilterKind::To(Span::Days) => {
                json!({ "type": "string", "format": "date", "examples": ["2026-11-24"] })
            }
        };
        schema["description"] = self.about.into();
        schema
    }

    /// The table that connects the rows with what is asked for.
    pub(super) const fn link(&self) -> Option<Link> {
        match self.kind {
            FilterKind::Id { link, .. } => link,
            _ => None,
        }
    }

    /// The condition with the parameter at this place; see [`Filter::param`]. Of a range only the
    /// order of the same column makes use: the engines mustn't take the index of another order
    /// for it, because they don't know how many rows a parameter leaves out.
    pub(super) fn condition(&self, place: usize, order: &str) -> String {
        let is_own = self.column == order;
        let column = match self.kind {
            FilterKind::From(span) | FilterKind::To(span) if !is_own => match span {
                Span::Moments => format!("{} + 0", self.column),
                Span::Days => format!("{} || ''", self.column),
            },
            _ => self.column.to_owned(),
        };
        match self.kind {
            FilterKind::From(_) => format!("{column} >= ?{place}"),
            FilterKind::To(Span::Moments) => format!("{column} < ?{place}"),
            FilterKind::To(Span::Days) => format!("{column} <= ?{place}"),
            FilterKind::Choice { .. } | FilterKind::Id { link: None, .. } => {
                format!("(CAST(?{place} AS TEXT) IS NULL OR {column} = ?{place})")
            }
            FilterKind::Id { link: Some(Link { table, own, other }), .. } => format!(
                "(CAST(?{place} AS TEXT) IS NULL OR EXISTS (SELECT 1 FROM {table} l
                     WHERE l.portal_id = ?1 AND l.{own} = c.id AND l.{other} = ?{place}))"
            ),
        }
    }

    /// The parameter of the condition. Without a value, every row meets the condition.
    pub(super) fn param(&self, value: Option<&FilterValue>, zone: &TimeZone) -> Param<'static> {
        match (&self.kind, value) {
            (kind, Some(FilterValue { moment: Some(moment), .. })) => Param::Int(match kind {
                FilterKind::To(_) => after(moment, zone),
                _ => start_of(moment, zone),
            }),
            (_, Some(FilterValue { text, moment: None })) => text.to_param().to_owned(),
            (FilterKind::From(Span::Moments), None) => Param::Int(i64::MIN),
            (FilterKind::To(Span::Moments), None) => Param::Int(i64::MAX),
            (FilterKind::From(Span::Days), None) => "".to_param(),
            (FilterKind::To(Span::Days), None) => "9999-12-31".to_param(),
            (FilterKind::Choice { .. } | FilterKind::Id { .. }, None) => Param::Null,
        }
    }
}

/// A time as it is written in responses and bodies, or a day. A `+` of an offset that wasn't
/// percent-encoded arrives as a space.
fn read_moment(mut text: String) -> Option<FilterValue> {
    if text.as_bytes().get(10).is_some_and(|byte| matches!(byte, b'T' | b't')) {
        text = text.replace(' ', "+");
    }
    let moment: TypedMoment = text.parse().ok()?;
    let is_supported = !matches!(&moment, TypedMoment::Local(local) if local.year() < 1);
    is_supported.then_some(FilterValue { text, moment: Some(moment) })
}

fn milliseconds(moment: Option<Timestamp>) -> i64 {
    moment.map_or(i64::MAX, Timestamp::as_millisecond)
}

/// The first millisecond of a time or a day.
fn start_of(moment: &TypedMoment, zone: &TimeZone) -> i64 {
    milliseconds(match moment {
        TypedMoment::Day(day) => start_of_day(*day, zone),
        other => other.in_zone(zone),
    })
}

/// The first millisecond after a second or a day. Responses show whole seconds, so the whole second
/// is meant.
fn after(moment: &TypedMoment, zone: &TimeZone) -> i64 {
    let second = moment.in_zone(zone).map(Timestamp::as_second);
    let next = second.and_then(|second| Timestamp::from_second(second).ok());
    milliseconds(next.and_then(|second| second.checked_add(SignedDuration::from_secs(1)).ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FROM: Filter = Filter::from("createdFrom", Span::Moments, "c.created_at", "", "");
    const TO: Filter = Filter::to("createdTo", Span::Moments, "c.created_at", "", "");

    fn bound(filter: &Filter, text: &str) -> Option<String> {
        let zone = TimeZone::get("Europe/Amsterdam").unwrap();
        let value = filter.read(text).ok()?;
        match filter.param(Some(&value), &zone) {
            Param::Int(at) if at == i64::MAX => Some("the end".to_owned()),
            Param::Int(at) => Some(Timestamp::from_millisecond(at).unwrap().to_string()),
            Param::Text(day) => Some(day.into_owned()),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_range_includes_its_first_and_its_last() {
        for (text, from, to) in [
            ("2026-11-24", "2026-11-23T23:00:00Z", "2026-11-24T23:00:00Z"),
            ("2026-03-29", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"),
            ("2026-11-24T02:48:00+01:00", "2026-11-24T01:48:00Z", "2026-11-24T01:48:01Z"),
            ("2026-11-24T02:48:00 01:00", "2026-11-24T01:48:00Z", "2026-11-24T01:48:01Z"),
            ("2026-11-24T01:48:00.5Z", "2026-11-24T01:48:00.5Z", "2026-11-24T01:48:01Z"),
            ("2026-11-24 02:48:00", "2026-11-24T01:48:00Z", "2026-11-24T01:48:01Z"),
            ("9999-12-31", "the end", "the end"),
        ] {
            assert_eq!(bound(&TO, text).as_deref(), Some(to), "to {text}");
            if text != "9999-12-31" {
                assert_eq!(bound(&FROM, text).as_deref(), Some(from), "from {text}");
            }
        }
        for wrong in [
            "",
            "yesterday",
            "2026-02-30",
            "2026-11",
            "24-11-2026",
            "-2026-11-24",
            "0000-01-01 00:00:00",
            "1764000000",
        ] {
            assert_eq!((bound(&FROM, wrong), bound(&TO, wrong)), (None, None), "{wrong}");
        }
    }

    #[test]
    fn days_are_compared_as_they_are_written() {
        let (from, to) = (
            Filter::from("a", Span::Days, "c.a", "", ""),
            Filter::to("b", Span::Days, "c.a", "", ""),
        );
        assert_eq!(bound(&from, "2026-11-24").as_deref(), Some("2026-11-24"));
        let conditions = |order| [from.condition(7, order), to.condition(8, order)];
        assert_eq!(conditions("c.a"), ["c.a >= ?7", "c.a <= ?8"]);
        assert_eq!(conditions("c.b"), ["c.a || '' >= ?7", "c.a || '' <= ?8"]);
        for wrong in ["2026-11-24T00:00:00Z", "2026-02-30", ""] {
            assert_eq!(bound(&to, wrong), None, "{wrong}");
        }
    }
}
