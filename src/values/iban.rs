//! Bank account numbers.

use iban::IbanLike;
use jiff::tz::TimeZone;
use serde::Serialize;
use serde_json::{Value as Json, json};

use super::{Value, pattern, text_value};
use crate::error::Message;
use crate::i18n::Lang;

/// An International Bank Account Number (ISO 13616), with its country's format and its check digits.
/// It is kept without spaces and shown in groups of four. Whether the account exists isn't checked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Iban(String);

text_value!(Iban);

impl Iban {
    /// The number in groups of four characters: `NL91 ABNA 0417 1643 00`.
    pub fn grouped(&self) -> String {
        let mut text = String::with_capacity(self.0.len() * 5 / 4);
        for (index, c) in self.0.chars().enumerate() {
            if index > 0 && index.is_multiple_of(4) {
                text.push(' ');
            }
            text.push(c);
        }
        text
    }
}

impl Value for Iban {
    const LONGEST: usize = 42;

    fn stand_in() -> Self {
        Self::default()
    }

    fn read(text: &str) -> Result<Self, Message> {
        let number = pattern::bare(text).parse::<iban::Iban>().ok();
        let number = number.map(|number| Self(number.electronic_str().to_owned()));
        number.ok_or(Message::new("field.iban"))
    }

    fn text(&self, _: Lang, _: &TimeZone) -> String {
        self.grouped()
    }

    fn schema() -> Json {
        json!({ "type": "string", "minLength": 15, "maxLength": Self::LONGEST })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_kept_without_spaces_and_shown_in_groups() {
        for (typed, kept, shown) in [
            ("NL91 ABNA 0417 1643 00", "NL91ABNA0417164300", "NL91 ABNA 0417 1643 00"),
            ("nl91abna0417164300", "NL91ABNA0417164300", "NL91 ABNA 0417 1643 00"),
            ("BE68-5390-0754-7034", "BE68539007547034", "BE68 5390 0754 7034"),
            (
                "DE89 3704 0044 0532 0130 00",
                "DE89370400440532013000",
                "DE89 3704 0044 0532 0130 00",
            ),
        ] {
            let number = Iban::read(typed).unwrap();
            assert_eq!((number.as_str(), number.grouped().as_str()), (kept, shown));
        }
    }

    #[test]
    fn a_number_with_a_typing_error_is_refused() {
        for wrong in [
            "NL91 ABNA 0417 1643 01",
            "NL19 ABNA 0417 1643 00",
            "NL91 ABNA 0417 1643",
            "NL91 ABNA 0417 164300 0",
            "XX91 ABNA 0417 1643 00",
            "NL91 4BNA 0417 1643 00",
            "NL91",
            "0417164300",
            "NL91 ABNÀ 0417 1643 00",
        ] {
            assert!(Iban::read(wrong).is_err(), "{wrong}");
        }
    }
}
