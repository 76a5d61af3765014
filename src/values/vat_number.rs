//! VAT identification numbers.

use serde::Serialize;
use serde_json::{Value as Json, json};

use super::{Value, pattern, text_value};
use crate::error::Message;

/// A VAT identification number of the European Union or a neighbour, with its country prefix and
/// without separators: `NL123456782B12`. Whether it exists isn't checked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct VatNumber(pub String);

text_value!(VatNumber);

/// The formats after the country's letters, as the European Commission lists them (VIES).
const FORMATS: &[(&str, &[&str])] = &[
    ("AT", &["U99999999"]),
    ("BE", &["9999999999"]),
    ("BG", &["999999999", "9999999999"]),
    ("CHE", &["999999999MWST", "999999999TVA", "999999999IVA", "999999999"]),
    ("CY", &["99999999A"]),
    ("CZ", &["99999999", "999999999", "9999999999"]),
    ("DE", &["999999999"]),
    ("DK", &["99999999"]),
    ("EE", &["999999999"]),
    ("EL", &["999999999"]),
    ("ES", &["X9999999X"]),
    ("FI", &["99999999"]),
    ("FR", &["XX999999999"]),
    ("GB", &["999999999", "999999999999"]),
    ("HR", &["99999999999"]),
    ("HU", &["99999999"]),
    ("IE", &["9X99999A", "9999999AA"]),
    ("IT", &["99999999999"]),
    ("LT", &["999999999", "999999999999"]),
    ("LU", &["99999999"]),
    ("LV", &["99999999999"]),
    ("MT", &["99999999"]),
    ("NL", &["999999999B99"]),
    ("NO", &["999999999MVA", "999999999"]),
    ("PL", &["9999999999"]),
    ("PT", &["999999999"]),
    (
        "RO",
        &["99", "999", "9999", "99999", "999999", "9999999", "99999999", "999999999", "9999999999"],
    ),
    ("SE", &["999999999999"]),
    ("SI", &["99999999"]),
    ("SK", &["9999999999"]),
    ("XI", &["999999999", "999999999999"]),
];

impl Value for VatNumber {
    const LONGEST: usize = 30;

    fn stand_in() -> Self {
        Self::default()
    }

    fn read(text: &str) -> Result<Self, Message> {
        let number = pattern::bare(text);
        let fits = FORMATS.iter().any(|(country, formats)| {
            number
                .strip_prefix(country)
                .is_some_and(|rest| formats.iter().any(|format| pattern::fits(format, rest)))
        });
        if !fits {
            Err(Message::new("field.vat_number"))
        } else if number.strip_prefix("NL").is_some_and(|rest| !is_dutch(rest)) {
            Err(Message::new("field.vat_number_digits"))
        } else {
            Ok(Self(number))
        }
    }

    fn schema() -> Json {
        json!({ "type": "string", "minLength": 4, "maxLength": Self::LONGEST })
    }
}

/// Checks the check digits of a Dutch number: for companies the modulus 11 test of its first nine
/// digits, for sole traders since 2020 modulus 97 of the whole (ISO 7064).
fn is_dutch(rest: &str) -> bool {
    let digits: Vec<u32> = rest.chars().take(9).filter_map(|c| c.to_digit(10)).collect();
    let sum: u32 =
        digits.iter().take(8).zip((2..=9).rev()).map(|(digit, weight)| digit * weight).sum();
    let is_company = digits.last().is_some_and(|last| sum % 11 == *last);
    // Letters count as 10 to 35.
    let remainder =
        format!("NL{rest}").chars().filter_map(|c| c.to_digit(36)).fold(0_u32, |sum, value| {
            let shifted = if value < 10 { sum * 10 } else { sum * 100 };
            (shifted + value) % 97
        });
    is_company || remainder == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_with_its_separators_and_kept_without() {
        for (typed, kept) in [
            ("nl 1234.56.782.B12", "NL123456782B12"),
            ("NL000099998B57", "NL000099998B57"),
            ("BE 0123.456.789", "BE0123456789"),
            ("DE123456789", "DE123456789"),
            ("ATU12345678", "ATU12345678"),
            ("FR 1A 123456789", "FR1A123456789"),
        ] {
            assert_eq!(VatNumber::read(typed), Ok(VatNumber(kept.to_owned())), "{typed}");
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for wrong in
            ["NL123456789B01", "NL123456782B1", "123456782B12", "ZZ123", "NL", "DE12345678"]
        {
            assert!(VatNumber::read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn wrong_digits_are_told_from_a_wrong_form() {
        assert_eq!(VatNumber::read("NL123456789B01"), Err(Message::new("field.vat_number_digits")));
        assert_eq!(VatNumber::read("NL123456782B1"), Err(Message::new("field.vat_number")));
    }
}
