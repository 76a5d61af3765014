//! Telephone numbers.

use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use super::{Input, Value, text_value};
use crate::error::Message;

/// A telephone number as typed: 6 to 15 digits (ITU-T E.164), optionally with spaces, brackets,
/// hyphens, dots and slashes, and a leading plus. It is stored as typed, with single spaces.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Phone(pub String);

text_value!(Phone);

impl Value for Phone {
    const LONGEST: usize = 30;

    fn stand_in() -> Self {
        Self::default()
    }

    fn read(text: &str) -> Result<Self, Message> {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let (digits, others): (Vec<char>, Vec<char>) = text.chars().partition(char::is_ascii_digit);
        let plus_is_first = text.rfind('+').is_none_or(|at| at == 0 || text.starts_with("(+"));
        let known = others.iter().all(|c| matches!(c, ' ' | '(' | ')' | '-' | '.' | '/' | '+'));
        if known && plus_is_first && (6..=15).contains(&digits.len()) {
            Ok(Self(text))
        } else {
            Err(Message::new("field.phone"))
        }
    }

    fn schema() -> Json {
        json!({ "type": "string", "minLength": 6, "maxLength": Self::LONGEST })
    }

    fn input() -> Input {
        Input::Line { kind: "tel", inputmode: Some("tel") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_in_the_notations_that_people_use() {
        for (typed, kept) in [
            ("06 12345678", "06 12345678"),
            ("+31 (0)73  123 45 67", "+31 (0)73 123 45 67"),
            ("073-1234567", "073-1234567"),
            ("0032.9.123.45.67", "0032.9.123.45.67"),
            ("112 112", "112 112"),
        ] {
            assert_eq!(Phone::read(typed), Ok(Phone(kept.to_owned())));
        }
        for wrong in
            ["12345", "0123456789012345", "bel mij", "06-1234567a", "06+12345678", "٠٦١٢٣٤٥٦٧٨"]
        {
            assert!(Phone::read(wrong).is_err(), "{wrong}");
        }
    }
}
