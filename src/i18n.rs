//! The two languages of the product, and the way every text is looked up.
//!
//! Texts live in `locales/<subject>.yml`; each key holds its Dutch and English wording side by side.

use std::borrow::Cow;

/// Looks up a text: `tr!(lang, "customers.title")`, or with values for its `%{name}` places:
/// `tr!(lang, "customers.count", count = 3)`.
macro_rules! tr {
    ($lang:expr, $key:expr) => { rust_i18n::t!($key, locale = $lang.tag()) };
    ($lang:expr, $key:expr, $($name:ident = $value:expr),+ $(,)?) => {
        rust_i18n::t!($key, locale = $lang.tag(), $($name = $value),+)
    };
}

pub(crate) use tr;

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
    /// Both languages, in the order in which the switch shows them.
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
            let quality = parts.find_map(|part| part.trim().strip_prefix("q=")?.parse::<f32>().ok()).unwrap_or(1.0);
            let primary = tag.split('-').next().unwrap_or_default();
            if let Some(lang) = Self::from_tag(primary)
                && quality > best.1
            {
                best = (lang, quality);
            }
        }
        best.0
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
    fn accept_language_picks_the_highest_quality_we_have() {
        assert_eq!(Lang::from_accept_language("fr, en;q=0.8, nl;q=0.5"), Lang::En);
        assert_eq!(Lang::from_accept_language("en-GB,en;q=0.9,nl;q=0.8"), Lang::En);
        assert_eq!(Lang::from_accept_language("nl-BE,nl;q=0.9,en;q=0.8"), Lang::Nl);
        assert_eq!(Lang::from_accept_language("de"), Lang::Nl);
        assert_eq!(Lang::from_accept_language("en;q=x"), Lang::En);
        assert_eq!(Lang::from_accept_language(""), Lang::Nl);
    }
}
