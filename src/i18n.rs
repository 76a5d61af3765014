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

    /// The text of a `key` that is only known at run time, such as a scope's.
    pub fn text(self, key: &str) -> Cow<'_, str> {
        tr!(self, key)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::path::{Path, PathBuf};

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

    #[test]
    fn a_time_is_said_in_the_largest_fitting_unit() {
        let said = [3600, 900, 90].map(|seconds| Lang::En.duration(seconds));
        assert_eq!(said, ["an hour", "15 minutes", "90 seconds"]);
    }

    /// The keys of all locale files, each with the languages that it is written in.
    fn keys() -> BTreeMap<String, BTreeSet<String>> {
        let mut keys: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for path in files(Path::new(env!("CARGO_MANIFEST_DIR")).join("locales"), "yml") {
            let mut current = String::new();
            for line in std::fs::read_to_string(&path).unwrap().lines() {
                if let Some(key) = line.strip_suffix(':').filter(|key| !key.starts_with(' ')) {
                    current = key.to_owned();
                    assert!(
                        keys.insert(current.clone(), BTreeSet::new()).is_none(),
                        "{current} stands twice"
                    );
                } else if let Some((tag, text)) =
                    line.strip_prefix("  ").and_then(|line| line.split_once(": "))
                    && Lang::from_tag(tag).is_some()
                {
                    assert!(!text.trim().is_empty(), "{current} is empty in {tag}");
                    keys.get_mut(&current).unwrap().insert(tag.to_owned());
                }
            }
        }
        keys
    }

    fn files(folder: PathBuf, extension: &str) -> Vec<PathBuf> {
        let mut found = Vec::new();
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                found.extend(files(path, extension));
            } else if path.extension().is_some_and(|known| known == extension) {
                found.push(path);
            }
        }
        found
    }

    #[test]
    fn every_text_is_in_both_languages() {
        let keys = keys();
        assert!(keys.len() > 100);
        for (key, languages) in keys {
            assert_eq!(languages.len(), Lang::ALL.len(), "{key} has only {languages:?}");
        }
    }

    #[test]
    fn every_key_that_the_code_names_exists() {
        let keys = keys();
        let subjects: BTreeSet<&str> =
            keys.keys().filter_map(|key| key.split('.').next()).collect();
        let is_key = |text: &&str| {
            let parts: Vec<&str> = text.split('.').collect();
            let well_formed = |part: &&str| {
                !part.is_empty()
                    && part.bytes().all(|byte| {
                        byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_'
                    })
            };
            parts.len() > 1
                && !parts.contains(&"example")
                && subjects.contains(parts[0])
                && parts.iter().all(well_formed)
        };
        let mut named = 0;
        for path in files(Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), "rs") {
            let source = std::fs::read_to_string(&path).unwrap();
            for text in source
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"))
                .flat_map(|line| line.split('"').skip(1).step_by(2))
                .filter(is_key)
            {
                // Scopes look like keys, and file names may.
                if text.parse::<crate::auth::Scope>().is_err()
                    && !Path::new(text)
                        .extension()
                        .is_some_and(|end| ["md", "rs", "css"].iter().any(|known| end == *known))
                {
                    assert!(
                        keys.contains_key(text),
                        "{} names {text}, which is in no locale file",
                        path.display()
                    );
                    named += 1;
                }
            }
        }
        assert!(named > 100, "only {named} keys were found in the sources");
    }
}
