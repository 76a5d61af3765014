//! Numbers of the Dutch trade register.

use serde::Serialize;
use serde_json::{Value as Json, json};

use super::{Input, Value, pattern, text_value};
use crate::error::Message;

/// A number of the Dutch trade register (Kamer van Koophandel): eight digits.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct KvkNumber(pub String);

text_value!(KvkNumber);

impl Value for KvkNumber {
    const LONGEST: usize = 20;

    fn stand_in() -> Self {
        Self::default()
    }

    fn read(text: &str) -> Result<Self, Message> {
        let number = pattern::bare(text);
        if pattern::fits("99999999", &number) {
            Ok(Self(number))
        } else {
            Err(Message::new("field.kvk_number"))
        }
    }

    fn schema() -> Json {
        json!({ "type": "string", "pattern": "^[0-9]{8}$" })
    }

    fn input() -> Input {
        Input::Line { kind: "text", inputmode: Some("numeric") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_eight_digits() {
        assert_eq!(KvkNumber::read("1234 5678"), Ok(KvkNumber("12345678".into())));
        for wrong in ["1234567", "123456789", "1234567a", "NL123456"] {
            assert!(KvkNumber::read(wrong).is_err(), "{wrong}");
        }
    }
}
