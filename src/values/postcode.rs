//! Postal codes, in the formats of their countries.

use serde::Serialize;

use super::country::Country;
use super::{Value, pattern, text_value};
use crate::error::Message;
use crate::fields::Fields;

/// A postal code. Its format depends on the country: see [`Postcode::in_country`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Postcode(pub String);

text_value!(Postcode);

impl Value for Postcode {
    const LONGEST: usize = 20;

    fn stand_in() -> Self {
        Self::default()
    }

    fn read(text: &str) -> Result<Self, Message> {
        Ok(Self(text.to_owned()))
    }
}

/// The formats of countries with well-known postal codes. Elsewhere any text is accepted.
const FORMATS: &[(&str, &[&str])] = &[
    ("NL", &["9999 AA"]),
    ("BE", &["9999"]),
    ("DE", &["99999"]),
    ("FR", &["99999"]),
    ("LU", &["9999"]),
    ("GB", &["A9 9AA", "A99 9AA", "A9A 9AA", "AA9 9AA", "AA99 9AA", "AA9A 9AA"]),
    ("AT", &["9999"]),
    ("AU", &["9999"]),
    ("BG", &["9999"]),
    ("CA", &["A9A 9A9"]),
    ("CH", &["9999"]),
    ("CY", &["9999"]),
    ("CZ", &["999 99"]),
    ("DK", &["9999"]),
    ("EE", &["99999"]),
    ("ES", &["99999"]),
    ("FI", &["99999"]),
    ("GR", &["999 99"]),
    ("HR", &["99999"]),
    ("HU", &["9999"]),
    ("IE", &["A9X XXXX"]),
    ("IS", &["999"]),
    ("IT", &["99999"]),
    ("JP", &["999-9999"]),
    ("LI", &["9999"]),
    ("LT", &["LT-99999"]),
    ("LV", &["LV-9999"]),
    ("MC", &["99999"]),
    ("MT", &["AAA 9999"]),
    ("NO", &["9999"]),
    ("PL", &["99-999"]),
    ("PT", &["9999-999"]),
    ("RO", &["999999"]),
    ("SE", &["999 99"]),
    ("SI", &["9999"]),
    ("SK", &["999 99"]),
    ("US", &["99999", "99999-9999"]),
];

impl Postcode {
    /// Writes the field of this name in the format of the country in another field, or adds an error to
    /// it. If one of the two is already faulty, it has its own.
    pub fn check(&mut self, fields: &mut Fields, name: &str, country: (&Country, &str)) {
        if [name, country.1].iter().any(|name| fields.errors().has(name)) {
            return;
        }
        match self.in_country(country.0) {
            Ok(written) => *self = written,
            Err(fault) => fields.fault(name, fault),
        }
    }

    /// The code in the format of a country: `6711aa` becomes `6711 AA` in the Netherlands.
    ///
    /// # Errors
    /// The country's format, when it doesn't match.
    pub fn in_country(&self, country: &Country) -> Result<Self, Message> {
        let Some((_, formats)) = FORMATS.iter().find(|(code, _)| *code == country.as_str()) else {
            return Ok(self.clone());
        };
        let code = pattern::bare(&self.0);
        // A code without its country's letters, or with the prefix used abroad.
        let prefix = format!("{}-", country.as_str());
        let without = code.strip_prefix(country.as_str()).unwrap_or(&code);
        let fitting = formats.iter().find_map(|format| {
            let (own, is_prefixed) =
                (format.trim_start_matches(&prefix), format.starts_with(&prefix));
            if is_prefixed && pattern::fits(own, without) {
                return Some(format!("{prefix}{}", pattern::write(own, without)));
            }
            [code.as_str(), without]
                .into_iter()
                .find(|code| pattern::fits(format, code))
                .map(|code| pattern::write(format, code))
        });
        match fitting {
            Some(written) if country.as_str() == "NL" && !is_dutch(&written) => {
                Err(Message::with("field.postcode", formats_example(formats)))
            }
            Some(written) => Ok(Self(written)),
            None => Err(Message::with("field.postcode", formats_example(formats))),
        }
    }
}

/// What the formats look like: `1234 AB`.
fn formats_example(formats: &[&str]) -> String {
    let (mut digits, mut letters) = ('1'..='9', 'A'..='Z');
    let example = |c: char| match c {
        '9' => digits.next().unwrap_or('0'),
        'A' | 'X' => letters.next().unwrap_or('A'),
        other => other,
    };
    formats.first().map(|format| format.chars().map(example).collect()).unwrap_or_default()
}

/// No Dutch code starts with 0, and three pairs of letters aren't used.
fn is_dutch(code: &str) -> bool {
    !code.starts_with('0') && !["SA", "SD", "SS"].iter().any(|letters| code.ends_with(letters))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(country: &str, code: &str) -> Option<String> {
        let code = Postcode(code.to_owned());
        code.in_country(&Country(country.to_owned())).ok().map(|code| code.0)
    }

    #[test]
    fn a_code_is_written_as_its_country_writes_it() {
        for (country, typed, expected) in [
            ("NL", "6711aa", "6711 AA"),
            ("NL", " 6711 - AA", "6711 AA"),
            ("NL", "NL-6711 AA", "6711 AA"),
            ("BE", "be-9000", "9000"),
            ("DE", "DE-10115", "10115"),
            ("GB", "sw1a1aa", "SW1A 1AA"),
            ("GB", "m1 1ae", "M1 1AE"),
            ("PL", "00950", "00-950"),
            ("PT", "1000 205", "1000-205"),
            ("SE", "11455", "114 55"),
            ("LV", "1010", "LV-1010"),
            ("LV", "lv 1010", "LV-1010"),
            ("US", "20500-0003", "20500-0003"),
            ("AE", "whatever 1", "whatever 1"),
        ] {
            assert_eq!(written(country, typed).as_deref(), Some(expected), "{country} {typed}");
        }
    }

    #[test]
    fn what_is_no_code_of_the_country_is_refused() {
        for (country, typed) in [
            ("NL", "12"),
            ("NL", "0123 AB"),
            ("NL", "1234 SS"),
            ("NL", "1234"),
            ("NL", "1234 ABC"),
            ("BE", "1234 AB"),
            ("DE", "1234"),
            ("GB", "12345"),
        ] {
            assert_eq!(written(country, typed), None, "{country} {typed}");
        }
        assert_eq!(formats_example(&["9999 AA"]), "1234 AB");
    }

    #[test]
    fn a_code_is_checked_unless_it_or_its_country_is_faulty_already() {
        let check = |code: &str, faulty: Option<&str>| {
            let (mut fields, mut code) = (Fields::none(), Postcode(code.to_owned()));
            if let Some(name) = faulty {
                fields.fault(name, Message::new("field.required"));
            }
            code.check(&mut fields, "zip", (&Country::default(), "country"));
            (code.0, fields.errors().has("zip"))
        };
        assert_eq!(check("6711aa", None), ("6711 AA".to_owned(), false));
        assert_eq!(check("67", None), ("67".to_owned(), true));
        assert_eq!(check("67", Some("country")), ("67".to_owned(), false));
    }

    #[test]
    fn every_format_is_of_a_country_and_is_written_as_itself() {
        for (country, formats) in FORMATS {
            assert!(Country::exists(country), "{country}");
            for format in *formats {
                let example = formats_example(&[format]);
                assert_eq!(
                    written(country, &example).as_deref(),
                    Some(example.as_str()),
                    "{country}"
                );
            }
        }
    }
}
