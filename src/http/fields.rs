//! Reads a body field by field and collects everything that is wrong, so that the sender learns all
//! of it at once. The same reading serves the API's JSON and the sites' forms.

use std::collections::BTreeSet;
use std::str::FromStr;

use aide::OperationInput;
use aide::generate::GenContext;
use aide::openapi::{Operation, Response};
use axum::extract::{FromRequest, Request};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use schemars::JsonSchema;
use serde_json::{Map, Value};
use url::form_urlencoded;

use super::read_body;
use super::routes::{error_response, validation_response};
use crate::error::{Error, FieldErrors, Message, Result};
use crate::ids::InvalidId;
use crate::server::Server;

/// The fields of a body, and what is wrong with those that were read.
pub struct Fields {
    body: Body,
    errors: FieldErrors,
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

/// A type that is read from fields.
pub trait FromFields: Sized {
    /// Reads each field; what is returned counts only if nothing was wrong.
    fn from_fields(fields: &mut Fields) -> Self;
}

impl Fields {
    /// The fields of a JSON object.
    ///
    /// # Errors
    /// [`Error::BadRequest`] when the body is not a JSON object.
    pub fn json(body: &[u8]) -> Result<Self> {
        match serde_json::from_slice(body) {
            Ok(Value::Object(map)) => {
                Ok(Self { body: Body::Json(map), errors: FieldErrors::default() })
            }
            Ok(_) => Err(Error::BadRequest(Message::new("error.json_object"))),
            Err(error) => Err(Error::BadRequest(Message::with("error.json_syntax", error))),
        }
    }

    /// The fields of a form (`application/x-www-form-urlencoded`).
    pub fn form(body: &[u8]) -> Self {
        Self::pairs(form_urlencoded::parse(body).into_owned().collect())
    }

    /// Fields that were read already.
    pub fn pairs(pairs: Vec<(String, String)>) -> Self {
        Self { body: Body::Form(pairs), errors: FieldErrors::default() }
    }

    /// The fields of a form as they were sent.
    pub fn into_pairs(self) -> Vec<(String, String)> {
        match self.body {
            Body::Json(_) => Vec::new(),
            Body::Form(pairs) => pairs,
        }
    }

    /// Notes that a field is faulty.
    pub fn fault(&mut self, name: &str, message: Message) {
        self.errors.add(name, message);
    }

    /// Notes what is wrong with the fields beside what they hold.
    pub fn add_errors(&mut self, errors: FieldErrors) {
        self.errors.extend(errors);
    }

    /// Whether the field is there at all.
    pub fn has(&self, name: &str) -> bool {
        match &self.body {
            Body::Json(map) => map.contains_key(name),
            Body::Form(pairs) => pairs.iter().any(|(key, _)| key == name),
        }
    }

    /// Whether the field is absent, `null`, or an empty text.
    pub fn is_blank(&self, name: &str) -> bool {
        match &self.body {
            Body::Json(map) => match map.get(name) {
                None | Some(Value::Null) => true,
                Some(Value::String(text)) => text.trim().is_empty(),
                Some(_) => false,
            },
            Body::Form(_) => self.sent(name).trim().is_empty(),
        }
    }

    /// The field's text as it was sent, to show it again in a faulty form.
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

    /// A text that must be there: trimmed, not empty, at most `longest` characters, without control
    /// characters other than line ends.
    pub fn text(&mut self, name: &str, longest: usize) -> String {
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

    /// A name, as [`Fields::text`], but on one line and as it is typed: without line ends, and
    /// without characters that turn the text around them (a name stands in mails' subjects, and
    /// where people decide whom they trust).
    pub fn line(&mut self, name: &str, longest: usize) -> String {
        let text = self.text(name, longest);
        if text.chars().any(|c| c.is_control() || is_line_end_or_turns_text(c)) {
            self.fault(name, Message::new("field.control_character"));
        }
        text
    }

    /// As [`Fields::text`], for a field that may be left out or empty.
    pub fn optional_text(&mut self, name: &str, longest: usize) -> Option<String> {
        match self.find(name) {
            Found::Nothing => None,
            Found::Text(text) if text.trim().is_empty() => None,
            _ => Some(self.text(name, longest)),
        }
    }

    /// A field that, when it is there, is read by `read`: for changes of some fields only.
    pub fn when_sent<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&mut Self, &str) -> T,
    ) -> Option<T> {
        self.has(name).then(|| read(self, name))
    }

    /// An e-mail address.
    pub fn email(&mut self, name: &str) -> String {
        let text = self.text(name, 254);
        if !text.is_empty() && !is_email(&text) {
            self.fault(name, Message::new("field.email"));
        }
        text
    }

    /// A list of ids; in a form, all values of that name.
    pub fn ids<T: FromStr<Err = InvalidId>>(&mut self, name: &str) -> Vec<T> {
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
        let ids = texts.and_then(|texts| {
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

    /// What is wrong so far.
    pub const fn errors(&self) -> &FieldErrors {
        &self.errors
    }

    /// Reads a `T`.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every faulty field.
    pub fn read<T: FromFields>(&mut self) -> Result<T> {
        let value = T::from_fields(self);
        if self.errors.is_empty() { Ok(value) } else { Err(Error::Invalid(self.errors.clone())) }
    }
}

/// Unicode's line and paragraph separators, and what overrides the direction of writing.
const fn is_line_end_or_turns_text(c: char) -> bool {
    matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Whether the text is an address of someone at some domain.
pub fn is_email(text: &str) -> bool {
    text.is_ascii()
        && text
            .parse::<lettre::Address>()
            .is_ok_and(|address| address.domain().contains('.') || address.domain() == "localhost")
}

/// A JSON body, read into `T`.
pub struct Input<T>(pub T);

impl<T: FromFields> FromRequest<Server> for Input<T> {
    type Rejection = Error;

    async fn from_request(request: Request, server: &Server) -> Result<Self> {
        if !is_json(request.headers()) {
            return Err(Error::UnsupportedMediaType(Message::new("error.expected_json")));
        }
        let body = read_body(request.into_body(), server.config.max_body_bytes as usize).await?;
        Fields::json(&body)?.read().map(Self)
    }
}

/// The type of a body, without its parameters.
pub fn media_type(headers: &HeaderMap) -> Option<&str> {
    Some(headers.get(CONTENT_TYPE)?.to_str().ok()?.split(';').next()?.trim())
}

/// A body without a type is taken for JSON.
fn is_json(headers: &HeaderMap) -> bool {
    !headers.contains_key(CONTENT_TYPE)
        || media_type(headers).is_some_and(|kind| kind.eq_ignore_ascii_case("application/json"))
}

impl<T: JsonSchema> OperationInput for Input<T> {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        axum::Json::<T>::operation_input(ctx, operation);
    }

    fn inferred_early_responses(
        ctx: &mut GenContext,
        _: &mut Operation,
    ) -> Vec<(Option<u16>, Response)> {
        vec![
            (Some(400), error_response(ctx, "The body is not a JSON object")),
            (Some(422), validation_response(ctx)),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Two;

    impl FromFields for Two {
        fn from_fields(fields: &mut Fields) -> Self {
            fields.text("name", 5);
            fields.email("email");
            Self
        }
    }

    fn faulty(body: &str) -> Vec<String> {
        match Fields::json(body.as_bytes()).unwrap().read::<Two>() {
            Ok(Two) => Vec::new(),
            Err(Error::Invalid(errors)) => {
                errors.to_json().keys().map(|key| (*key).to_owned()).collect()
            }
            Err(error) => panic!("{error}"),
        }
    }

    #[test]
    fn every_faulty_field_is_named_at_once() {
        assert_eq!(faulty("{}"), ["email", "name"]);
        assert_eq!(faulty(r#"{"name": 3, "email": null}"#), ["email", "name"]);
        assert_eq!(faulty(r#"{"name": "too long", "email": "x"}"#), ["email", "name"]);
        assert_eq!(faulty(r#"{"name": "a\u0000b", "email": "a@b.nl"}"#), ["name"]);
        assert!(faulty(r#"{"name": " ok ", "email": "a@b.nl"}"#).is_empty());
    }

    #[test]
    fn a_name_is_one_line_as_it_is_typed() {
        for (name, good) in [
            ("Bakkerij De Korenaar", true),
            ("Ö & Zn. 2/3 “x” 😀", true),
            ("a\nb", false),
            ("a\rb", false),
            ("a\tb", false),
        ] {
            let mut fields = Fields::pairs(vec![("name".into(), name.into())]);
            fields.line("name", 100);
            assert_eq!(fields.errors().is_empty(), good, "{name:?}");
        }
        for hidden in ['\u{2028}', '\u{2029}', '\u{202e}', '\u{2067}', '\0', '\u{85}'] {
            let mut fields = Fields::pairs(vec![("name".into(), format!("a{hidden}b"))]);
            fields.line("name", 100);
            assert!(!fields.errors().is_empty(), "{hidden:?}");
        }
    }

    #[test]
    fn an_email_address_has_one_at_and_a_domain() {
        for good in ["a@b.nl", "first.last+tag@sub.example.com"] {
            assert!(is_email(good), "{good}");
        }
        for wrong in
            ["a", "a@", "@b.nl", "a@b", "a b@c.nl", "a@b.nl\r\nBcc: x@y.nl", "Jan <a@b.nl>"]
        {
            assert!(!is_email(wrong), "{wrong}");
        }
    }

    #[test]
    fn a_body_that_is_no_object_is_refused() {
        for body in ["", "[]", "3", "{", "{\"a\":1", "\u{feff}{}"] {
            assert!(Fields::json(body.as_bytes()).is_err(), "{body}");
        }
        assert!(Fields::json(b"{\"a\":\"\xff\"}").is_err(), "not UTF-8");
        assert!(Fields::json("[".repeat(100_000).as_bytes()).is_err(), "deeply nested");
    }
}
