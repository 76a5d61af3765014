//! Plain texts.

use serde::Serialize;

use super::{Input, Value, text_value};
use crate::error::Message;
use crate::unicode::shows_something;

/// A text of at most `LONGEST` characters; one of more than 500 has several lines.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Text<const LONGEST: usize>(pub String);

text_value!(Text of LONGEST);

impl<const LONGEST: usize> Value for Text<LONGEST> {
    const LONGEST: usize = LONGEST;

    fn read(text: &str) -> Result<Self, Message> {
        if shows_something(text) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Message::new("field.nothing_visible"))
        }
    }

    fn as_str(&self) -> &str {
        &self.0
    }

    fn input() -> Input {
        if LONGEST > 500 { Input::Area } else { Input::Line { kind: "text", inputmode: None } }
    }
}
