//! Reads a body field by field and collects all errors, to report them at once. Used for the API's
//! JSON and the sites' forms.

pub(crate) mod ignored;
mod json_object;
pub(crate) mod near_miss;

pub use json_object::without_byte_order_mark;

use std::collections::BTreeSet;
use std::str::FromStr;

use serde_json::{Map, Value};
use url::form_urlencoded;

use self::ignored::{IgnoredFields, UnreadField};
use self::near_miss::nearest;
use crate::error::{Error, FieldErrors, Message, Result};
use crate::ids::InvalidId;

/// The most ids in one list: a larger change would block other writers for too long.
const MOST_IDS: usize = 1000;

/// The fields of a body, and the errors of those that were read.
pub struct Fields {
    body: Body,
    errors: FieldErrors,
    /// The names that were read, in order.
    asked: Vec<String>,
}

enum Body {
    Json(Map<String, Value>),
    Form(Vec<(String, String)>),
}

enum Found<'a> {
    Nothing,
    Text(&'a str),
    Other,
}

/// A type that can be read from fields.
pub trait FromFields: Sized {
    /// Reads each field. Use the result only if there were no errors.
    fn from_fields(fields: &mut Fields) -> Self;
}

impl Fields {
    /// The fields of a JSON object.
    ///
    /// # Errors
    /// [`Error::BadRequest`] when the body is not a JSON object; [`Error::Invalid`] when it has
    /// duplicate names.
    pub fn json(body: &[u8]) -> Result<Self> {
        Ok(Self::of(Body::Json(json_object::read(body)?)))
    }

    /// The fields of a form (`application/x-www-form-urlencoded`).
    pub fn form(body: &[u8]) -> Self {
        Self::pairs(form_urlencoded::parse(body).into_owned().collect())
    }

    /// Fields that were already parsed.
    pub fn pairs(pairs: Vec<(String, String)>) -> Self {
        Self::of(Body::Form(pairs))
    }

    /// No fields, to collect errors of what wasn't sent.
    pub fn none() -> Self {
        Self::pairs(Vec::new())
    }

    /// The same with one more field, in place of those of its name.
    pub fn with(mut self, name: &str, value: String) -> Self {
        if let Body::Form(pairs) = &mut self.body {
            pairs.retain(|(known, _)| known != name);
            pairs.push((name.to_owned(), value));
        }
        self
    }

    fn of(body: Body) -> Self {
        Self { body, errors: FieldErrors::default(), asked: Vec::new() }
    }

    /// The same form, as if nothing of it had been read yet; `None` for a JSON body.
    pub fn again(&self) -> Option<Self> {
        match &self.body {
            Body::Json(_) => None,
            Body::Form(pairs) => Some(Self::pairs(pairs.clone())),
        }
    }

    /// Whether any name or value of a form contains a NUL.
    pub fn hold_nul(&self) -> bool {
        match &self.body {
            Body::Json(_) => false,
            Body::Form(pairs) => {
                pairs.iter().any(|(name, value)| name.contains('\0') || value.contains('\0'))
            }
        }
    }

    /// Adds an error for a field.
    pub fn fault(&mut self, name: &str, message: Message) {
        self.errors.add(name, message);
    }

    /// Adds errors that don't depend on the value of one field.
    pub fn add_errors(&mut self, errors: FieldErrors) {
        self.errors.extend(errors);
    }

    /// Whether the field was sent.
    pub fn has(&self, name: &str) -> bool {
        match &self.body {
            Body::Json(map) => map.contains_key(name),
            Body::Form(pairs) => pairs.iter().any(|(key, _)| key == name),
        }
    }

    /// Whether the field is absent, `null`, or an empty text.
    pub fn is_blank(&mut self, name: &str) -> bool {
        self.ask(name);
        match &self.body {
            Body::Json(map) => match map.get(name) {
                None | Some(Value::Null) => true,
                Some(Value::String(text)) => text.trim().is_empty(),
                Some(_) => false,
            },
            Body::Form(_) => self.sent(name).trim().is_empty(),
        }
    }

    /// The field's text as it was sent, to show it again in an invalid form.
    pub fn sent(&self, name: &str) -> &str {
        match self.find(name) {
            Found::Text(text) => text,
            _ => "",
        }
    }

    fn find(&self, name: &str) -> Found<'_> {
        match &self.body {
            Body::Json(map) => match map.get(name) {
                None => Found::Nothing,
                Some(Value::String(text)) => Found::Text(text),
                Some(_) => Found::Other,
            },
            Body::Form(pairs) => pairs
                .iter()
                .find(|(key, _)| key == name)
                .map_or(Found::Nothing, |(_, value)| Found::Text(value)),
        }
    }

    /// A required text: trimmed, not empty, at most `longest` characters, without control
    /// characters other than newlines.
    pub fn text(&mut self, name: &str, longest: usize) -> String {
        self.ask(name);
        let fault = match self.find(name) {
            Found::Nothing => Message::new("field.required"),
            Found::Other => Message::new("field.not_text"),
            Found::Text(text) => {
                let text = text.trim();
                if text.is_empty() {
                    Message::new("field.required")
                } else if text.chars().count() > longest {
                    Message::with("field.too_long", longest)
                } else if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
                    Message::new("field.control_character")
                } else {
                    return text.to_owned();
                }
            }
        };
        self.fault(name, fault);
        String::new()
    }

    /// Like [`Fields::text`], for an optional field.
    pub fn optional_text(&mut self, name: &str, longest: usize) -> Option<String> {
        self.ask(name);
        match self.find(name) {
            Found::Nothing => None,
            Found::Text(text) if text.trim().is_empty() => None,
            _ => Some(self.text(name, longest)),
        }
    }

    /// A field that is read with `read` if it was sent, for partial updates.
    pub fn when_sent<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&mut Self, &str) -> T,
    ) -> Option<T> {
        self.ask(name);
        self.has(name).then(|| read(self, name))
    }

    /// A list of at most 1,000 ids; in a form, all values of that name.
    pub fn ids<T: FromStr<Err = InvalidId>>(&mut self, name: &str) -> Vec<T> {
        self.ask(name);
        let texts: Result<Vec<String>, Message> = match &self.body {
            Body::Json(map) => match map.get(name) {
                None => Err(Message::new("field.required")),
                Some(Value::Array(values)) => values
                    .iter()
                    .map(|value| {
                        value.as_str().map(str::to_owned).ok_or(Message::new("field.not_text"))
                    })
                    .collect(),
                Some(_) => Err(Message::new("field.not_list")),
            },
            Body::Form(_) => Ok(self.all(name).into_iter().map(str::to_owned).collect()),
        };
        let few = |texts: Vec<String>| match texts.len() {
            ..=MOST_IDS => Ok(texts),
            _ => Err(Message::with("field.too_many_ids", MOST_IDS)),
        };
        let ids = texts.and_then(few).and_then(|texts| {
            let parse = |text: String| {
                text.parse()
                    .map_err(|InvalidId { prefix }| Message::with("field.id", format!("{prefix}_")))
            };
            texts.into_iter().collect::<BTreeSet<_>>().into_iter().map(parse).collect()
        });
        ids.unwrap_or_else(|fault| {
            self.fault(name, fault);
            Vec::new()
        })
    }

    /// All values of a name in a form.
    pub fn all(&self, name: &str) -> Vec<&str> {
        match &self.body {
            Body::Json(_) => Vec::new(),
            Body::Form(pairs) => pairs
                .iter()
                .filter(|(key, _)| key == name)
                .map(|(_, value)| value.as_str())
                .collect(),
        }
    }

    fn ask(&mut self, name: &str) {
        if !self.asked.iter().any(|asked| asked == name) {
            self.asked.push(name.to_owned());
        }
    }

    /// The fields of a JSON body that weren't read, each with the field that was probably meant: a
    /// missing one with a similar name.
    fn unread(&self) -> Vec<UnreadField> {
        let Body::Json(map) = &self.body else { return Vec::new() };
        let unread = map.keys().filter(|name| !self.asked.contains(name));
        let absent = || self.asked.iter().map(String::as_str).filter(|name| !self.has(name));
        let field = |name: &String| UnreadField {
            name: name.clone(),
            near: nearest(name, absent()).map(str::to_owned),
        };
        unread.map(field).collect()
    }

    /// The errors so far.
    pub const fn errors(&self) -> &FieldErrors {
        &self.errors
    }

    /// Goes on when nothing is wrong so far.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every faulty field.
    pub fn expect_none_wrong(&self) -> Result<()> {
        if self.errors.is_empty() { Ok(()) } else { Err(Error::Invalid(self.errors.clone())) }
    }

    /// Reads a `T`.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every invalid field.
    pub fn read<T: FromFields>(&mut self) -> Result<T> {
        self.read_noting(&IgnoredFields::default())
    }

    /// Reads a `T`; fields that it doesn't read are passed to `ignored`.
    pub(crate) fn read_noting<T: FromFields>(&mut self, ignored: &IgnoredFields) -> Result<T> {
        let value = T::from_fields(self);
        let unread = self.unread();
        if !self.errors.is_empty() {
            for UnreadField { name, near } in &unread {
                if let Some(near) = near {
                    self.errors.add(near, Message::with_two("field.did_you_mean", near, name));
                }
            }
        }
        ignored.take(unread, &mut self.errors);
        if self.errors.is_empty() { Ok(value) } else { Err(Error::Invalid(self.errors.clone())) }
    }
}
