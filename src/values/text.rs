//! Plain texts.

use serde::{Deserialize, Serialize};

use super::name::one_line;
use super::{Input, Value, text_value};
use crate::error::Message;
use crate::unicode::shows_something;

/// The longest text on one line, in characters.
const LONGEST_LINE: usize = 500;

/// A text of at most `LONGEST` characters: one of at most 500 is one line, by the rule for names
/// (see [`Name`](super::Name)); a longer one has several lines.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Text<const LONGEST: usize>(pub String);

text_value!(Text of LONGEST);

impl<const LONGEST: usize> Value for Text<LONGEST> {
    const LONGEST: usize = LONGEST;

    fn stand_in() -> Self {
        Self::default()
    }

    fn read(text: &str) -> Result<Self, Message> {
        if LONGEST <= LONGEST_LINE {
            one_line(text, LONGEST, "field.nothing_visible").map(Self)
        } else if shows_something(text) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Message::new("field.nothing_visible"))
        }
    }

    fn input() -> Input {
        if LONGEST > LONGEST_LINE {
            Input::Area
        } else {
            Input::Line { kind: "text", inputmode: None }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_follows_the_rule_for_names() {
        for (typed, kept) in [
            ("Bakkerij  De\u{200b} Korenaar\u{feff}", "Bakkerij De Korenaar"),
            ("Cafe\u{301}", "Café"),
        ] {
            assert_eq!(Text::<200>::read(typed), Ok(Text(kept.to_owned())));
        }
        for refused in ["\u{202e}raanerok", "a\u{2067}b", "a\nb", "\u{200b}", "\u{3164}"] {
            assert!(Text::<200>::read(refused).is_err(), "{refused:?}");
        }
        assert_eq!(Text::<200>::read(&"é".repeat(200)).map(|text| text.0.chars().count()), Ok(200));
    }

    #[test]
    fn several_lines_are_kept_as_they_are() {
        let notes = "Levert op dinsdag\r\n  en donderdag";
        assert_eq!(Text::<5000>::read(notes), Ok(Text(notes.to_owned())));
        assert!(Text::<5000>::read("\u{200b}").is_err());
    }
}
