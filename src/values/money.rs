//! Amounts of money.

use std::fmt;

use jiff::tz::TimeZone;
use serde::{Serialize, Serializer};
use serde_json::{Value as Json, json};

use super::{Input, Value, VatRate, value_schema};
use crate::db::{Column, FromColumn, Param, ToParam};
use crate::error::Message;
use crate::i18n::Lang;

/// An amount of euros, from 0.00 to 999,999,999.99, as a whole number of cents: in the database as
/// well, and without floating point anywhere. In the API it is a text with two decimals, such as
/// `1234.50`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money(i64);

/// The maximum, in cents.
const MOST: i64 = 99_999_999_999;

value_schema!(Money);

impl Money {
    /// An amount in cents; `None` if it is negative or too large.
    pub const fn from_cents(cents: i64) -> Option<Self> {
        match cents {
            0..=MOST => Some(Self(cents)),
            _ => None,
        }
    }

    /// The amount in cents.
    pub const fn cents(self) -> i64 {
        self.0
    }

    /// The sum of two amounts; `None` if it is too large.
    pub const fn plus(self, other: Self) -> Option<Self> {
        Self::from_cents(self.0 + other.0)
    }

    /// The amount as many times; `None` if it is too large or the number is negative.
    pub const fn times(self, count: i64) -> Option<Self> {
        match self.0.checked_mul(count) {
            Some(cents) => Self::from_cents(cents),
            None => None,
        }
    }

    /// The VAT on this amount, rounded to whole cents: half a cent is rounded up. On an invoice it is
    /// computed once for each rate, from the sum of the lines with that rate.
    pub const fn vat(self, rate: VatRate) -> Self {
        Self((self.0 * rate.percent() + 50) / 100)
    }

    /// The amount in a language, for people to read: `€ 1.234,50` or `€1,234.50`. The space doesn't
    /// break.
    pub fn readable(self, lang: Lang) -> String {
        let gap = match lang {
            Lang::Nl => "\u{a0}",
            Lang::En => "",
        };
        format!("€{gap}{}", self.grouped(lang))
    }

    /// The amount in a language, with separators between thousands.
    fn grouped(self, lang: Lang) -> String {
        let (decimal, thousands) = separators(lang);
        let whole = (self.0 / 100).to_string();
        let mut text = String::with_capacity(whole.len() + 6);
        for (index, digit) in whole.char_indices() {
            if index > 0 && (whole.len() - index).is_multiple_of(3) {
                text.push(thousands);
            }
            text.push(digit);
        }
        text.push(decimal);
        text.push_str(&format!("{:02}", self.0 % 100));
        text
    }

    /// The amount of so many euros and cents, both in digits.
    fn from_digits(euros: &str, cents: &str) -> Option<Self> {
        let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if euros.is_empty() || cents.len() != 2 || !is_number(euros) || !is_number(cents) {
            return None;
        }
        let euros: i64 = euros.parse().ok()?;
        Self::from_cents(euros.checked_mul(100)?.checked_add(cents.parse().ok()?)?)
    }

    /// The amount that a person typed; see [`Value::read_typed`].
    fn from_typed(text: &str, lang: Lang) -> Option<Self> {
        let bare: String = text.chars().filter(|c| !c.is_whitespace() && *c != '€').collect();
        let bare = bare.strip_suffix(",-").or_else(|| bare.strip_suffix(".-")).unwrap_or(&bare);
        let Some(last) = bare.rfind([',', '.']) else { return Self::from_digits(bare, "00") };
        let (before, separator, after) =
            (&bare[..last], bare[last..].chars().next()?, &bare[last + 1..]);
        let other = if separator == ',' { '.' } else { ',' };
        match after.len() {
            1 => Self::from_digits(&without_groups(before, other)?, &format!("{after}0")),
            2 => Self::from_digits(&without_groups(before, other)?, after),
            // "1.234" is a thousand and more in one language, and unclear in the other.
            3 if separator == separators(lang).1 || before.contains(separator) => {
                Self::from_digits(&without_groups(bare, separator)?, "00")
            }
            _ => None,
        }
    }
}

/// The separators of decimals and of thousands.
const fn separators(lang: Lang) -> (char, char) {
    match lang {
        Lang::Nl => (',', '.'),
        Lang::En => ('.', ','),
    }
}

/// The digits of a number whose thousands may have this separator between them.
fn without_groups(text: &str, separator: char) -> Option<String> {
    let mut groups = text.split(separator);
    let first = groups.next()?;
    let is_grouped = text.contains(separator);
    let first_fits = !is_grouped || ((1..=3).contains(&first.len()) && !first.starts_with('0'));
    (first_fits && groups.all(|group| group.len() == 3)).then(|| text.replace(separator, ""))
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02}", self.0 / 100, self.0 % 100)
    }
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl ToParam for Money {
    fn to_param(&self) -> Param<'_> {
        Param::Int(self.0)
    }
}

impl FromColumn for Money {
    fn from_column(column: Column<'_>) -> Option<Self> {
        i64::from_column(column).and_then(Self::from_cents)
    }
}

impl Value for Money {
    const LONGEST: usize = 20;

    fn stand_in() -> Self {
        Self::default()
    }

    fn read(text: &str) -> Result<Self, Message> {
        text.split_once('.')
            .and_then(|(euros, cents)| Self::from_digits(euros, cents))
            .ok_or(Message::new("field.money"))
    }

    /// With or without `€` and separators between thousands, as in `1.234,50`, `1234,5` and `1,234.50`.
    /// One separator before three digits is one of thousands in the page's language, or else refused.
    fn read_typed(text: &str, lang: Lang) -> Result<Self, Message> {
        Self::from_typed(text, lang).ok_or(Message::new("field.money_typed"))
    }

    fn text(&self, lang: Lang, _: &TimeZone) -> String {
        self.grouped(lang)
    }

    fn schema() -> Json {
        json!({ "type": "string", "pattern": r"^\d+\.\d{2}$" })
    }

    fn shown_schema() -> Json {
        Self::schema()
    }

    fn input() -> Input {
        Input::Line { kind: "text", inputmode: Some("decimal") }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::testing::{from_form, from_json};
    use super::*;

    fn cents(cents: i64) -> Money {
        Money::from_cents(cents).unwrap()
    }

    #[test]
    fn the_api_writes_euros_and_cents_with_a_point() {
        for (text, value) in [
            ("0.00", 0),
            ("0.01", 1),
            ("12.50", 1250),
            ("007.05", 705),
            ("1234567.89", 123_456_789),
            ("999999999.99", MOST),
        ] {
            assert_eq!(Money::read(text), Ok(cents(value)), "{text}");
        }
        assert_eq!(serde_json::to_string(&cents(705)).unwrap(), r#""7.05""#);
    }

    #[test]
    fn every_other_notation_is_refused_by_the_api() {
        for text in [
            "12",
            "12.5",
            "12.505",
            "12,50",
            "1,234.50",
            "-1.00",
            "+1.00",
            ".50",
            "12.",
            "1e3",
            "1.00 ",
            "€1.00",
            "1000000000.00",
            "99999999999999999999.00",
            "٣.٠٠",
            "NaN",
            "1.0.0",
            "0x1.00",
        ] {
            assert!(Money::read(text).is_err(), "{text}");
        }
        for json in ["12.5", "12", "null", "true", "[]", "\"\"", "12.50"] {
            assert!(from_json::<Money>(&format!(r#"{{"value": {json}}}"#)).is_err(), "{json}");
        }
        assert_eq!(from_json(r#"{"value": "12.50"}"#), Ok(cents(1250)));
    }

    #[test]
    fn people_type_amounts_in_many_ways() {
        for (text, value) in [
            ("1234,56", 123_456),
            ("1234.56", 123_456),
            ("1.234,56", 123_456),
            ("1,234.56", 123_456),
            ("€ 1.234,56", 123_456),
            ("€\u{a0}12", 1200),
            ("12,5", 1250),
            ("12.5", 1250),
            ("12,-", 1200),
            ("1.234.567", 123_456_700),
            ("1,234,567.00", 123_456_700),
            ("0,05", 5),
        ] {
            for lang in Lang::ALL {
                assert_eq!(from_form(text, lang), Ok(cents(value)), "{text} in {lang:?}");
            }
        }
        for text in [
            "1.23.456",
            "12.34,56,78",
            "1,2345",
            "1.2345",
            "12,345,6.00",
            ",50",
            "-5",
            "5-",
            "een",
            "1 2x",
            "1.234.56",
            "1,234,56",
            ".",
            ",-",
            "1234.567,00",
            "9999999999",
            "0.000",
        ] {
            for lang in Lang::ALL {
                assert!(from_form::<Money>(text, lang).is_err(), "{text} in {lang:?}");
            }
        }
    }

    #[test]
    fn one_separator_before_three_digits_is_read_in_the_pages_language_only() {
        assert_eq!(from_form("1.234", Lang::Nl), Ok(cents(123_400)));
        assert_eq!(from_form("1,234", Lang::En), Ok(cents(123_400)));
        assert!(from_form::<Money>("1,234", Lang::Nl).is_err());
        assert!(from_form::<Money>("1.234", Lang::En).is_err());
    }

    #[test]
    fn amounts_are_shown_in_both_languages() {
        for (value, dutch, english) in [
            (0, "€\u{a0}0,00", "€0.00"),
            (99_905, "€\u{a0}999,05", "€999.05"),
            (100_000, "€\u{a0}1.000,00", "€1,000.00"),
            (MOST, "€\u{a0}999.999.999,99", "€999,999,999.99"),
        ] {
            let value = cents(value);
            assert_eq!(
                (value.readable(Lang::Nl).as_str(), value.readable(Lang::En).as_str()),
                (dutch, english)
            );
        }
    }

    #[test]
    fn half_a_cent_of_vat_is_rounded_up() {
        for (net, rate, vat) in [
            (10_000, VatRate::High, 2100),
            (1, VatRate::High, 0),
            (2, VatRate::High, 0),
            (3, VatRate::High, 1),
            (50, VatRate::High, 11),
            (50, VatRate::Low, 5),
            (5, VatRate::Low, 0),
            (6, VatRate::Low, 1),
            (10_000, VatRate::Zero, 0),
            (MOST, VatRate::High, 21_000_000_000),
        ] {
            assert_eq!(cents(net).vat(rate), cents(vat), "{net} {rate:?}");
        }
    }

    #[test]
    fn sums_and_products_stay_within_the_limit() {
        assert_eq!(cents(1).plus(cents(2)), Some(cents(3)));
        assert_eq!(cents(MOST).plus(cents(1)), None);
        assert_eq!(cents(250).times(4), Some(cents(1000)));
        for count in [-1, i64::MAX, i64::MIN] {
            assert_eq!(cents(250).times(count), None, "{count}");
        }
        assert_eq!(cents(0).times(-1), Some(cents(0)));
        assert_eq!((Money::from_cents(-1), Money::from_cents(MOST + 1)), (None, None));
        assert_eq!(Money::from_column(Column::Int(-1)), None);
    }

    proptest! {
        #[test]
        fn an_amount_is_read_back_from_every_notation(value in 0..=MOST) {
            let money = cents(value);
            prop_assert_eq!(Money::read(&money.to_string()), Ok(money));
            for lang in Lang::ALL {
                prop_assert_eq!(Money::read_typed(&money.text(lang, &TimeZone::UTC), lang), Ok(money));
                prop_assert_eq!(Money::read_typed(&money.readable(lang), lang), Ok(money));
            }
            prop_assert_eq!(Money::from_column(Column::Int(value)), Some(money));
        }

        #[test]
        fn whatever_is_typed_is_refused_or_an_amount(text in "[0-9.,€ -]{0,16}") {
            let [dutch, english] = Lang::ALL.map(|lang| Money::read_typed(&text, lang));
            if let (Ok(dutch), Ok(english)) = (&dutch, &english) {
                prop_assert_eq!(dutch, english, "no text is two amounts");
            }
        }
    }
}
