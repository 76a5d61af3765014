//! Names of people, businesses, apps, keys and groups.

use std::ops::Deref;
use std::str::FromStr;

use serde::Serialize;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::{Value, text_value};
use crate::error::Message;
use crate::unicode::{shows_something, turns_text, without_invisible};

/// The most marks in a row on one letter (Unicode Technical Standard 39, section 5.4).
const MOST_MARKS: usize = 4;

/// What somebody or something is called: one line of 1 to 100 characters, of which some can be
/// seen. It is kept composed (NFC), with single spaces, and without what nobody sees in it, so two
/// names that look the same because one holds an invisible letter are the same.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Name(String);

text_value!(Name);

impl Name {
    /// The name that is nearest to a text that nobody typed as one, such as what a browser calls
    /// itself: without what no name has, and shortened.
    pub fn nearest(text: &str) -> Self {
        let allowed = |c: &char| !is_line_end(*c) && !turns_text(*c);
        let plain: String = text
            .chars()
            .filter(allowed)
            .map(|c| if c.is_control() { ' ' } else { c })
            .take(Self::LONGEST)
            .collect();
        Self::read(&plain).unwrap_or_else(|_| Self("?".to_owned()))
    }
}

impl Value for Name {
    const LONGEST: usize = 100;

    fn stand_in() -> Self {
        Self::default()
    }

    fn read(text: &str) -> Result<Self, Message> {
        one_line(text, Self::LONGEST, "field.unreadable_name").map(Self)
    }
}

impl Deref for Name {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

/// A name that stands in the program.
impl From<&'static str> for Name {
    fn from(name: &'static str) -> Self {
        Self(name.to_owned())
    }
}

/// Why a text is no name.
#[derive(Debug, Clone, thiserror::Error)]
pub enum NotAName {
    /// Nothing is in it.
    #[error("a name must not be empty")]
    Empty,
    /// It breaks the rule.
    #[error("{0}")]
    Faulty(Message),
}

/// Reads a name that was typed on the command line.
impl FromStr for Name {
    type Err = NotAName;

    fn from_str(text: &str) -> Result<Self, NotAName> {
        if text.trim().is_empty() {
            return Err(NotAName::Empty);
        }
        Self::read(text).map_err(NotAName::Faulty)
    }
}

/// The rule for names, for a text of at most `longest` characters. One that can't be read gets the
/// error `unreadable` (a text key).
pub(super) fn one_line(
    text: &str,
    longest: usize,
    unreadable: &'static str,
) -> Result<String, Message> {
    if text.chars().any(|c| c.is_control() || is_line_end(c) || turns_text(c)) {
        return Err(Message::new("field.control_character"));
    }
    let composed: String = text.nfc().collect();
    let seen = without_invisible(&composed);
    let line = seen.split_whitespace().collect::<Vec<_>>().join(" ");
    if !shows_something(&line) || holds_a_tower(&line) {
        return Err(Message::new(unreadable));
    }
    if line.chars().count() > longest {
        return Err(Message::with("field.too_long", longest));
    }
    Ok(line)
}

/// Whether so many marks stand on one letter that they cover the lines above and below.
fn holds_a_tower(text: &str) -> bool {
    let mut marks = 0;
    text.chars().any(|c| {
        marks = if is_combining_mark(c) { marks + 1 } else { 0 };
        marks > MOST_MARKS
    })
}

/// Unicode's line and paragraph separators.
pub(super) const fn is_line_end(c: char) -> bool {
    matches!(c, '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::unicode::isolated;

    fn kept(typed: &str) -> Option<String> {
        Name::read(typed).ok().map(|name| name.0)
    }

    #[test]
    fn a_name_is_kept_as_it_is_seen() {
        for (typed, seen) in [
            ("Bakkerij De Korenaar", "Bakkerij De Korenaar"),
            ("Ö & Zn. 2/3 “x” 😀", "Ö & Zn. 2/3 “x” 😀"),
            ("Jan\u{200b}sen", "Jansen"),
            ("\u{feff}Jansen\u{200e}", "Jansen"),
            ("Jan\u{ad}sen\u{e0041}", "Jansen"),
            ("Jan\u{200d}sen\u{fe0f}", "Jansen"),
            ("Jan\u{3164}sen", "Jansen"),
            ("  Jan \u{a0}\u{3000} Jansen\u{2003}", "Jan Jansen"),
            ("Andre\u{301}", "André"),
            ("نامه\u{200c}ای", "نامه\u{200c}ای"),
            ("ක්\u{200d}ෂ", "ක්\u{200d}ෂ"),
            ("👩\u{200d}🍳 Koken", "👩\u{200d}🍳 Koken"),
            ("❤\u{fe0f}", "❤\u{fe0f}"),
            ("山田", "山田"),
            ("!", "!"),
        ] {
            assert_eq!(kept(typed).as_deref(), Some(seen), "{typed:?}");
        }
    }

    #[test]
    fn a_name_that_shows_nobody_or_turns_what_is_around_it_is_refused() {
        for hidden in [
            "\u{200b}",
            "\u{3164}",
            "\u{2800}\u{2800}",
            "\u{115f}\u{1160}\u{ffa0}",
            "\u{301}",
            "\u{a0} \u{ad}",
            "\u{202e}nesnaJ",
            "a\u{2067}b",
            "a\u{2028}b",
            "a\nb",
            "a\tb",
            "a\u{85}b",
            "a\0b",
            "Z\u{300}\u{301}\u{302}\u{303}\u{304}\u{305}",
        ] {
            assert_eq!(kept(hidden), None, "{hidden:?}");
        }
        assert_eq!(kept(&"é".repeat(100)).map(|name| name.chars().count()), Some(100));
        assert_eq!(kept(&"é".repeat(101)), None);
    }

    #[test]
    fn a_text_in_a_sentence_leaves_the_sentence_as_it_is() {
        assert_eq!(isolated("Jansen & Zn."), "Jansen & Zn.");
        assert_eq!(isolated("André"), "André");
        assert_eq!(isolated("דוד"), "\u{2068}דוד\u{2069}");
        assert_eq!(isolated("\u{202e}nesnaJ"), "nesnaJ");
        assert_eq!(isolated("דוד\u{2069}\u{202e}"), "\u{2068}דוד\u{2069}");
        assert_eq!(isolated("\u{200b}\u{3164}"), "?");
        assert_eq!(isolated(""), "");
    }

    #[test]
    fn every_text_is_near_some_name() {
        assert_eq!(*Name::nearest(&"é".repeat(200)), "é".repeat(100));
        for (text, name) in [
            ("Test van \u{2068}דוד\u{2069}", "Test van דוד"),
            ("a\tb", "a b"),
            ("\u{200b}", "?"),
            ("", "?"),
        ] {
            assert_eq!(*Name::nearest(text), *name);
        }
    }

    proptest! {
        #[test]
        fn a_name_that_was_kept_is_kept_unchanged(text in "\\PC{1,40}") {
            if let Ok(name) = Name::read(&text) {
                prop_assert_eq!(Name::read(&name), Ok(name));
            }
        }
    }
}
