//! Names of files and directories.

use serde::Serialize;
use unicode_normalization::UnicodeNormalization;

use super::name::{is_line_end, one_line};
use super::{Value, text_value};
use crate::error::Message;
use crate::unicode::{shows_something, turns_text, without_invisible};

/// What separates the parts of a path, on any system.
const SEPARATORS: [char; 2] = ['/', '\\'];

/// The longest ending that is kept of a name that is too long, with its dot, in characters.
const LONGEST_ENDING: usize = 12;

/// The name of a file or directory: one line of 1 to 200 characters by the rule for names (see
/// [`Name`](super::Name)), without separators of paths, and without dots or spaces at its end, which
/// Windows doesn't keep.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct FileName(String);

text_value!(FileName);

impl FileName {
    /// The name of an uploaded file that is nearest to what its sender calls it: never empty, and
    /// without the folder that it was in. A name that is too long keeps its ending.
    pub fn nearest(sent: &str) -> Self {
        let last = sent.rsplit(SEPARATORS).next().unwrap_or_default();
        let allowed = |c: &char| !c.is_control() && !is_line_end(*c) && !turns_text(*c);
        let plain: String = last.chars().filter(allowed).collect::<String>().nfc().collect();
        let seen = without_invisible(&plain);
        let line = seen.split_whitespace().collect::<Vec<_>>().join(" ");
        let name = shortened(without_end(&line), Self::LONGEST);
        if shows_something(&name) { Self(name) } else { Self("file".to_owned()) }
    }

    /// The name of another file beside one of this name: `offerte (2).pdf` for `offerte.pdf`.
    #[must_use]
    pub fn numbered(&self, number: &str) -> Self {
        let suffix = format!(" ({number})");
        let (stem, ending) = split(&self.0);
        let room = Self::LONGEST - suffix.chars().count() - ending.chars().count();
        let stem: String = stem.chars().take(room).collect();
        Self(format!("{}{suffix}{ending}", stem.trim_end()))
    }

    /// The ending after the last dot, in lower case; empty if there is none.
    pub fn ending(&self) -> String {
        split(&self.0).1.trim_start_matches('.').to_lowercase()
    }
}

impl Value for FileName {
    const LONGEST: usize = 200;

    fn stand_in() -> Self {
        Self::default()
    }

    fn read(text: &str) -> Result<Self, Message> {
        let line =
            one_line(&text.replace(SEPARATORS, "-"), Self::LONGEST, "field.nothing_visible")?;
        match without_end(&line) {
            "" => Err(Message::new("field.nothing_visible")),
            name => Ok(Self(name.to_owned())),
        }
    }
}

/// Without dots and spaces at the end.
fn without_end(line: &str) -> &str {
    line.trim_end_matches(|c: char| c == '.' || c.is_whitespace())
}

/// What is before the last dot, and the rest. A dot at the start begins no ending, nor does one that
/// much follows.
fn split(name: &str) -> (&str, &str) {
    match name.rfind('.') {
        Some(at) if at > 0 && name[at..].chars().count() <= LONGEST_ENDING => name.split_at(at),
        _ => (name, ""),
    }
}

fn shortened(name: &str, longest: usize) -> String {
    if name.chars().count() <= longest {
        return name.to_owned();
    }
    let (stem, ending) = split(name);
    let stem: String = stem.chars().take(longest - ending.chars().count()).collect();
    format!("{}{ending}", stem.trim_end())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_uploaded_file_keeps_its_name_without_what_no_name_has() {
        for (sent, name) in [
            ("offerte.pdf", "offerte.pdf"),
            ("#1; korting 50%.pdf", "#1; korting 50%.pdf"),
            ("Cafe\u{301}  menu.pdf", "Café menu.pdf"),
            (r"C:\map\b.pdf", "b.pdf"),
            ("../../etc/passwd", "passwd"),
            ("factuur\u{202e}fdp.exe", "factuurfdp.exe"),
            ("a\r\nb\0.txt", "ab.txt"),
            ("naam. .", "naam"),
            (".htaccess", ".htaccess"),
            ("", "file"),
            ("..", "file"),
            ("map/", "file"),
            ("\u{200b}\u{ad}", "file"),
        ] {
            assert_eq!(FileName::nearest(sent).as_str(), name, "{sent:?}");
        }
        let long = FileName::nearest(&format!("{}.pdf", "é".repeat(300)));
        assert_eq!(long.as_str().chars().count(), FileName::LONGEST);
        assert!(long.as_str().ends_with("é.pdf"));
    }

    #[test]
    fn a_typed_name_is_refused_if_nothing_is_left_of_it() {
        for (typed, name) in [
            ("Offertes 2026", Some("Offertes 2026")),
            ("in/uit", Some("in-uit")),
            ("..", None),
            (" . ", None),
            ("a\u{7}", None),
            ("\u{200b}", None),
        ] {
            let read = FileName::read(typed).ok();
            assert_eq!(read.as_ref().map(FileName::as_str), name, "{typed:?}");
        }
    }

    #[test]
    fn another_file_of_the_same_name_gets_a_number_before_the_ending() {
        for (name, other) in [
            ("offerte.pdf", "offerte (2).pdf"),
            ("offertes", "offertes (2)"),
            (".env", ".env (2)"),
            ("versie 1.van de offerte", "versie 1.van de offerte (2)"),
        ] {
            assert_eq!(FileName::nearest(name).numbered("2").as_str(), other);
        }
        let long = FileName::nearest(&format!("{}.pdf", "x".repeat(300))).numbered("2");
        assert_eq!(long.as_str().chars().count(), FileName::LONGEST);
        assert!(long.as_str().ends_with("x (2).pdf"));
    }

    proptest! {
        #[test]
        fn whatever_is_sent_becomes_a_name_that_is_read_back(sent in any::<String>()) {
            let name = FileName::nearest(&sent);
            prop_assert!(!name.as_str().is_empty() && !name.as_str().contains(SEPARATORS));
            prop_assert!(name.as_str().chars().count() <= FileName::LONGEST);
            prop_assert!(!name.as_str().chars().any(char::is_control));
            prop_assert_eq!(&FileName::nearest(name.as_str()), &name);
        }
    }
}
