//! Reads a body field by field and collects all errors, to report them at once. Used for the API's
//! JSON and uploads, and the sites' forms: see `docs/decisions/0049-values-and-bodies.md`.

pub(crate) mod ignored;
mod json_object;
pub(crate) mod near_miss;
mod nested;
mod scalars;
mod upload;

pub use json_object::without_byte_order_mark;
pub use upload::SentFile;
pub(crate) use upload::{Uploaded, list_of};

use std::collections::BTreeSet;
use std::str::FromStr;

use jiff::tz::TimeZone;
use serde_json::{Map, Number, Value};
use url::form_urlencoded;

use self::ignored::{IgnoredFields, UnreadField};
use self::near_miss::nearest;
use crate::error::{Error, FieldErrors, Message, Result};
use crate::i18n::Lang;
use crate::ids::InvalidId;

/// The most ids in one list: a larger change would block other writers for too long.
pub(crate) const MOST_IDS: usize = 1000;

/// The maximum number of unread fields of an object for which a similar name is sought.
const MOST_COMPARED: usize = 50;

/// The fields of a body, or of an object in it, and the errors of those that were read.
pub struct Fields {
    body: Body,
    writer: Writer,
    /// The time zone of local times.
    zone: Option<TimeZone>,
    errors: FieldErrors,
    /// The names that were read, in order.
    asked: Vec<String>,
    /// The files of an upload, by their names.
    files: Vec<(String, SentFile)>,
    /// The fields that weren't read of the objects that were.
    unread_within: Vec<UnreadField>,
}

enum Body {
    Json(Map<String, Value>),
    /// Names and texts. Those of nested fields have the path as their name: `lines.0.vatRate`.
    Form(Vec<(String, String)>),
}

/// Who wrote a body, and so in which notation.
#[derive(Debug, Clone, Copy)]
enum Writer {
    /// A client of the API, in the notation of the contract.
    Program,
    /// A person, on a page in this language.
    Person(Lang),
}

enum Found<'a> {
    Nothing,
    Text(&'a str),
    Number(&'a Number),
    Bool(bool),
    Other,
    /// Several texts.
    Repeated,
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
        Ok(Self::of(Body::Json(json_object::read(body)?), Writer::Program))
    }

    /// The fields of a form (`application/x-www-form-urlencoded`).
    pub fn form(body: &[u8]) -> Self {
        Self::pairs(form_urlencoded::parse(body).into_owned().collect())
    }

    /// Fields of a form that were already parsed.
    pub fn pairs(pairs: Vec<(String, String)>) -> Self {
        Self::of(Body::Form(pairs), Writer::Person(Lang::default()))
    }

    /// The same, filled in on a page in this language.
    pub fn in_language(mut self, lang: Lang) -> Self {
        self.writer = Writer::Person(lang);
        self
    }

    /// The same, with local times in this time zone.
    pub fn in_zone(mut self, zone: &TimeZone) -> Self {
        self.zone = Some(zone.clone());
        self
    }

    /// The language of the page on which the fields were filled in; `None` for a body of the API.
    pub const fn language(&self) -> Option<Lang> {
        match self.writer {
            Writer::Program => None,
            Writer::Person(lang) => Some(lang),
        }
    }

    /// The time zone of local times. Whoever reads some calls [`Self::in_zone`] first.
    pub fn time_zone(&self) -> &TimeZone {
        self.zone.as_ref().unwrap_or_else(|| unreachable!("local times are read in a time zone"))
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

    /// The same with these values of a field, in place of those of its name.
    pub fn with_all(mut self, name: &str, values: &[&str]) -> Self {
        if let Body::Form(pairs) = &mut self.body {
            pairs.retain(|(known, _)| known != name);
            pairs.extend(values.iter().map(|value| (name.to_owned(), (*value).to_owned())));
        }
        self
    }

    fn of(body: Body, writer: Writer) -> Self {
        Self {
            body,
            writer,
            zone: None,
            errors: FieldErrors::default(),
            asked: Vec::new(),
            files: Vec::new(),
            unread_within: Vec::new(),
        }
    }

    /// The same form, as if nothing of it had been read yet; `None` for a JSON body.
    pub fn again(&self) -> Option<Self> {
        match &self.body {
            Body::Json(_) => None,
            Body::Form(pairs) => Some(Self {
                zone: self.zone.clone(),
                ..Self::of(Body::Form(pairs.clone()), self.writer)
            }),
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

    /// Whether the field was sent, or one within it.
    pub fn has(&self, name: &str) -> bool {
        match &self.body {
            Body::Json(map) => map.contains_key(name),
            Body::Form(pairs) => {
                pairs.iter().any(|(key, _)| key == name || nested::within(key, name).is_some())
            }
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
                Some(Value::Number(number)) => Found::Number(number),
                Some(Value::Bool(bool)) => Found::Bool(*bool),
                Some(_) => Found::Other,
            },
            Body::Form(pairs) => {
                let mut values = pairs.iter().filter(|(key, _)| key == name);
                match (values.next(), values.next(), self.writer) {
                    (None, ..) => Found::Nothing,
                    (_, Some(_), Writer::Program) => Found::Repeated,
                    (Some((_, value)), ..) => Found::Text(value),
                }
            }
        }
    }

    /// A required text: trimmed, not empty, at most `longest` characters, without control
    /// characters other than newlines.
    pub fn text(&mut self, name: &str, longest: usize) -> String {
        self.ask(name);
        let fault = match self.find(name) {
            Found::Nothing => Message::new("field.required"),
            Found::Repeated => Message::new("field.repeated"),
            Found::Number(_) | Found::Bool(_) | Found::Other => Message::new("field.not_text"),
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

    /// The fields of an API's body that weren't read, each with the field that was probably meant: a
    /// missing one with a similar name.
    fn unread(&mut self) -> Vec<UnreadField> {
        let names: Vec<&str> = match (&self.body, self.writer) {
            (Body::Json(map), _) => map.keys().map(String::as_str).collect(),
            (Body::Form(pairs), Writer::Program) => {
                let paths = pairs.iter().map(|(path, _)| path);
                let paths = paths.chain(self.files.iter().map(|(path, _)| path));
                let names = paths.filter_map(|path| path.split('.').next());
                names.collect::<BTreeSet<_>>().into_iter().collect()
            }
            (Body::Form(_), Writer::Person(_)) => Vec::new(),
        };
        let absent = || self.asked.iter().map(String::as_str).filter(|name| !self.has(name));
        let near = |name: &str| nearest(name, absent()).map(str::to_owned);
        let field = |(index, name): (usize, &str)| UnreadField {
            name: name.to_owned(),
            near: if index < MOST_COMPARED { near(name) } else { None },
        };
        let unread = names.into_iter().filter(|name| self.asked.iter().all(|asked| asked != name));
        let mut unread: Vec<UnreadField> = unread.enumerate().map(field).collect();
        unread.append(&mut self.unread_within);
        unread
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
