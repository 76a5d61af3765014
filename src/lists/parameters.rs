//! The values of a list's parameters.

use super::declared::{Listed, Sort};
use super::direction::Direction;
use crate::error::{FieldErrors, Message};

/// The maximum length of a search text, in characters.
pub(super) const SEARCH_LENGTH: usize = 200;

/// The order of a `sort` parameter: a field, with a `-` before it for the highest first.
pub(super) fn read_sort<L: Listed>(text: &str) -> Option<(&'static Sort, Direction)> {
    let (field, direction) = match text.strip_prefix('-') {
        Some(field) => (field, Direction::Descending),
        None => (text, Direction::Ascending),
    };
    L::LIST.sorts.iter().find(|sort| sort.field == field).map(|sort| (sort, direction))
}

pub(super) fn write_sort(sort: &Sort, direction: Direction) -> String {
    let sign = if direction == Direction::Descending { "-" } else { "" };
    format!("{sign}{}", sort.field)
}

pub(super) fn read_search(text: &str) -> Result<Option<String>, Message> {
    if text.contains('\0') {
        return Err(Message::new("field.control_character"));
    }
    if text.chars().count() > SEARCH_LENGTH {
        return Err(Message::with("field.too_long", SEARCH_LENGTH));
    }
    Ok(Some(text.trim().to_owned()).filter(|text| !text.is_empty()))
}

/// A whole number from one.
pub(super) fn read_number(text: &str, most: i64, wrong: &'static str) -> Result<i64, Message> {
    let number = text.parse::<u32>().ok().map(i64::from);
    number.filter(|number| (1..=most).contains(number)).ok_or_else(|| Message::new(wrong))
}

/// Takes a value out, or notes under which name it is faulty.
pub(super) fn noted<T>(
    errors: &mut FieldErrors,
    name: &str,
    read: Result<T, Message>,
) -> Option<T> {
    read.map_err(|fault| errors.add(name, fault)).ok()
}
