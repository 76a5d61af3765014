//! Colours.

use serde::Serialize;
use serde_json::{Value as Json, json};

use super::{Value, text_value};
use crate::error::Message;
use crate::ui::Rgb;

/// A colour, written as `#0b6b7a`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Color(String);

text_value!(Color);

impl Color {
    /// Its red, green and blue.
    pub fn rgb(&self) -> Rgb {
        Rgb::read(self.0.trim_start_matches('#')).unwrap_or_default()
    }

    /// The nearest darker colour on which white text is readable, or itself.
    #[must_use]
    pub fn behind_white_text(&self) -> Self {
        Self(format!("#{}", self.rgb().behind_white_text()))
    }
}

impl Value for Color {
    const LONGEST: usize = 7;

    fn stand_in() -> Self {
        Self::default()
    }

    /// `#0b6b7a`, or shorter `#abc`; the `#` can be omitted.
    fn read(text: &str) -> Result<Self, Message> {
        let digits = text.strip_prefix('#').unwrap_or(text).to_ascii_lowercase();
        let digits = if digits.chars().count() == 3 {
            digits.chars().flat_map(|digit| [digit, digit]).collect()
        } else {
            digits
        };
        match Rgb::read(&digits) {
            Some(rgb) => Ok(Self(format!("#{rgb}"))),
            None => Err(Message::new("field.color")),
        }
    }

    fn schema() -> Json {
        json!({ "type": "string", "pattern": "^#[0-9a-f]{6}$" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_is_read_with_or_without_its_sign_and_in_three_digits() {
        for (typed, kept) in
            [("#0B6B7A", "#0b6b7a"), ("0b6b7a", "#0b6b7a"), ("#fA0", "#ffaa00"), ("000", "#000000")]
        {
            assert_eq!(Color::read(typed), Ok(Color(kept.to_owned())), "{typed}");
        }
        for wrong in ["#", "red", "#12", "#1234", "#12345g", "##12345", "#1234567", "é12", "+12345"]
        {
            assert!(Color::read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_light_colour_is_darkened_and_a_dark_one_is_not() {
        let kept = Color("#0b6b7a".to_owned());
        assert_eq!(kept.behind_white_text(), kept);
        let yellow = Color("#ffdd00".to_owned()).behind_white_text();
        assert!(
            yellow.rgb().contrast(Rgb::WHITE) >= 4.5 && yellow.as_str() != "#000000",
            "{yellow}"
        );
    }
}
