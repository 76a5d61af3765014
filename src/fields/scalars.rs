//! Numbers and yes or no: JSON has types for them, forms send texts.

use super::{Body, Fields, Found};
use crate::error::Message;

impl Fields {
    /// A required whole number. `None` if it is faulty: the error is added.
    pub fn whole_number(&mut self, name: &str) -> Option<i64> {
        self.ask(name);
        let number = match self.find(name) {
            Found::Nothing => Err("field.required"),
            Found::Number(number) => number.as_i64().ok_or("field.not_whole_number"),
            Found::Text(text) if self.is_form() => match text.trim() {
                "" => Err("field.required"),
                text => parse(text).ok_or("field.not_whole_number"),
            },
            Found::Repeated => Err("field.repeated"),
            Found::Text(_) | Found::Bool(_) | Found::Other => Err("field.not_number"),
        };
        number.map_err(|key| self.fault(name, Message::new(key))).ok()
    }

    /// A required yes or no. `None` if it is faulty: the error is added. In a form it is that of the
    /// last value, because a checkbox sends nothing if it isn't ticked, so that an empty one goes
    /// before it.
    pub fn boolean(&mut self, name: &str) -> Option<bool> {
        self.ask(name);
        let answer = match &self.body {
            Body::Form(_) if matches!(self.find(name), Found::Repeated) => Err("field.repeated"),
            Body::Form(_) => match self.all(name).last().map(|text| text.trim()) {
                Some("" | "false" | "0") => Ok(false),
                Some("true" | "1" | "on") => Ok(true),
                Some(_) => Err("field.not_boolean"),
                None => Err("field.required"),
            },
            Body::Json(_) => match self.find(name) {
                Found::Bool(answer) => Ok(answer),
                Found::Nothing => Err("field.required"),
                _ => Err("field.not_boolean"),
            },
        };
        answer.map_err(|key| self.fault(name, Message::new(key))).ok()
    }

    const fn is_form(&self) -> bool {
        matches!(self.body, Body::Form(_))
    }
}

/// Parses digits, with a sign if they are negative.
fn parse(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}
