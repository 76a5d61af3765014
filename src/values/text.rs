//! Plain texts, and e-mail addresses.

use serde::Serialize;
use serde_json::{Value as Json, json};

use super::{Input, Value, text_value};
use crate::error::Message;
use crate::http::Fields;

/// A text of at most `LONGEST` characters; one of more than 500 has several lines.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Text<const LONGEST: usize>(pub String);

text_value!(Text of LONGEST);

impl<const LONGEST: usize> Value for Text<LONGEST> {
    const LONGEST: usize = LONGEST;

    fn read(text: &str) -> Result<Self, Message> {
        Ok(Self(text.to_owned()))
    }

    fn as_str(&self) -> &str {
        &self.0
    }

    fn input() -> Input {
        if LONGEST > 500 { Input::Area } else { Input::Line { kind: "text", inputmode: None } }
    }
}

/// An e-mail address.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct EmailAddress(pub String);

text_value!(EmailAddress);

impl Value for EmailAddress {
    const LONGEST: usize = 254;

    fn read(text: &str) -> Result<Self, Message> {
        Ok(Self(text.to_owned()))
    }

    fn as_str(&self) -> &str {
        &self.0
    }

    fn schema() -> Json {
        json!({ "type": "string", "format": "email", "maxLength": Self::LONGEST })
    }

    fn input() -> Input {
        Input::Line { kind: "email", inputmode: None }
    }

    fn from_field(fields: &mut Fields, name: &str) -> Self {
        Self(fields.email(name))
    }
}
