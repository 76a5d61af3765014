//! The two languages of the product, and the lookup of all texts.
//!
//! Texts live in `locales/<subject>.yml`; each key holds its Dutch and English wording side by
//! side.

use std::borrow::Cow;

/// Looks up a text: `tr!(lang, "customers.title")`, or with values for `%{name}`: `tr!(lang,
/// "customers.count", count = 3)`.
macro_rules! tr {
    ($lang:expr, $key:expr) => { rust_i18n::t!($key, locale = $lang.tag()) };
    ($lang:expr, $key:expr, $($name:ident = $value:expr),+ $(,)?) => {
        rust_i18n::t!($key, locale = $lang.tag(), $($name = $crate::i18n::isolated(&($value))),+)
    };
}

pub(crate) use tr;

/// A value in a sentence, isolated from the direction of the surrounding text; see
/// [`crate::unicode::isolated`].
pub(crate) fn isolated(value: &impl std::fmt::Display) -> String {
    crate::unicode::isolated(&value.to_string()).into_owned()
}

/// A language that pages and mails can be written in. Dutch is the default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Lang {
    /// Dutch.
    #[default]
    Nl,
    /// English.
    En,
}

impl Lang {
    /// Both languages, in the order of the language switch.
    pub const ALL: [Self; 2] = [Self::Nl, Self::En];

    /// The language's tag (BCP 47): `nl` or `en`.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Nl => "nl",
            Self::En => "en",
        }
    }

    /// The language's name in itself.
    pub const fn own_name(self) -> &'static str {
        match self {
            Self::Nl => "Nederlands",
            Self::En => "English",
        }
    }

    /// The language with this tag, if it is one of ours.
    pub fn from_tag(tag: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|lang| tag.eq_ignore_ascii_case(lang.tag()))
    }

    /// The best of our languages for an `Accept-Language` header (RFC 9110 section 12.5.4).
    pub fn from_accept_language(header: &str) -> Self {
        let mut best = (Self::default(), 0.0_f32);
        for range in header.split(',') {
            let mut parts = range.split(';');
            let tag = parts.next().unwrap_or_default().trim();
            let quality = parts
                .find_map(|part| part.trim().strip_prefix("q=")?.parse::<f32>().ok())
                .unwrap_or(1.0);
            let primary = tag.split('-').next().unwrap_or_default();
            if let Some(lang) = Self::from_tag(primary)
                && quality > best.1
            {
                best = (lang, quality);
            }
        }
        best.0
    }

    /// A time in words, in the largest unit that fits: an hour, 15 minutes.
    pub fn duration(self, seconds: u32) -> String {
        match seconds {
            3600 => tr!(self, "common.an_hour").into_owned(),
            whole if whole >= 120 && whole % 60 == 0 => {
                tr!(self, "common.minutes", count = whole / 60).into_owned()
            }
            other => tr!(self, "common.seconds", count = other).into_owned(),
        }
    }

    /// A whole number with its thousands separated: `12.400` in Dutch.
    pub fn number(self, number: i64) -> String {
        let separator = match self {
            Self::Nl => '.',
            Self::En => ',',
        };
        let digits = number.unsigned_abs().to_string();
        let mut text = if number < 0 { "-".to_owned() } else { String::new() };
        for (place, digit) in digits.chars().enumerate() {
            if place > 0 && (digits.len() - place).is_multiple_of(3) {
                text.push(separator);
            }
            text.push(digit);
        }
        text
    }

    /// The text of a `key` that is only known at run time, such as a scope's.
    pub fn text(self, key: &str) -> Cow<'_, str> {
        tr!(self, key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_separated_as_the_language_does() {
        for (number, nl, en) in [
            (0, "0", "0"),
            (999, "999", "999"),
            (1000, "1.000", "1,000"),
            (-1_234_567, "-1.234.567", "-1,234,567"),
        ] {
            assert_eq!(
                (Lang::Nl.number(number), Lang::En.number(number)),
                (nl.to_owned(), en.to_owned())
            );
        }
    }

    #[test]
    fn accept_language_picks_the_highest_quality_we_have() {
        assert_eq!(Lang::from_accept_language("fr, en;q=0.8, nl;q=0.5"), Lang::En);
        assert_eq!(Lang::from_accept_language("en-GB,en;q=0.9,nl;q=0.8"), Lang::En);
        assert_eq!(Lang::from_accept_language("nl-BE,nl;q=0.9,en;q=0.8"), Lang::Nl);
        assert_eq!(Lang::from_accept_language("de"), Lang::Nl);
        assert_eq!(Lang::from_accept_language("en;q=x"), Lang::En);
        assert_eq!(Lang::from_accept_language(""), Lang::Nl);
    }

    #[test]
    fn a_time_is_said_in_the_largest_fitting_unit() {
        let said = [3600, 900, 90].map(|seconds| Lang::En.duration(seconds));
        assert_eq!(said, ["an hour", "15 minutes", "90 seconds"]);
    }
}
