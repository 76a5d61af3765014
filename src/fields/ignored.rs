//! Ignored input of the API: fields and parameters that don't exist or can't be set. In a
//! regular portal they are allowed, because clients send back what they read; the response and the
//! request log name them. In a test portal they are errors.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::Request;
use axum::http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use url::form_urlencoded;

use crate::error::{Error, FieldErrors, Message, Result};

/// The response header that names them.
pub(crate) const HEADER: HeaderName = HeaderName::from_static("x-ignored-fields");

/// The maximum length of the list of names, in bytes; the request log stores it unchanged.
const LONGEST: usize = 255;
/// Stands for the names that don't fit.
const MORE: &str = "...";

/// The maximum number of unknown fields that an error names.
const MOST_TOLD: usize = 50;

/// The fields of one request that were ignored. Clones share them.
#[derive(Clone, Default)]
pub(crate) struct IgnoredFields(Arc<Inner>);

#[derive(Default)]
struct Inner {
    /// Whether they are errors.
    strict: bool,
    /// Their names, as in the header.
    names: Mutex<String>,
    /// The errors of input that the handler doesn't read.
    put_off: Mutex<FieldErrors>,
}

/// A field that was sent but not read.
pub(crate) struct UnreadField {
    pub name: String,
    /// The field that was probably meant.
    pub near: Option<String>,
}

impl IgnoredFields {
    /// An empty list for a request, which refuses such fields if it is `strict`; `None` for a request
    /// without fields.
    pub(crate) fn of(request: &Request, strict: bool) -> Option<Self> {
        let sends_fields = request.uri().query().is_some()
            || !matches!(*request.method(), Method::GET | Method::HEAD)
            || sends_body(request.headers());
        sends_fields.then(|| Self(Arc::new(Inner { strict, ..Inner::default() })))
    }

    /// The list of the request that a handler's argument is read from.
    pub(crate) fn within(extensions: &axum::http::Extensions) -> Self {
        extensions.get::<Self>().cloned().unwrap_or_default()
    }

    /// Adds unread fields to the list, or in a test portal to the errors.
    pub(crate) fn take(&self, unread: Vec<UnreadField>, errors: &mut FieldErrors) {
        self.take_as(["field.unknown", "field.unknown_near"], unread, errors);
    }

    /// The same for parameters of the query.
    pub(crate) fn take_parameters(&self, unread: Vec<UnreadField>, errors: &mut FieldErrors) {
        self.take_as(["parameter.unknown", "parameter.unknown_near"], unread, errors);
    }

    fn take_as(
        &self,
        [unknown, unknown_near]: [&'static str; 2],
        unread: Vec<UnreadField>,
        errors: &mut FieldErrors,
    ) {
        if !self.0.strict {
            let mut names = self.names();
            unread.iter().for_each(|field| append(&mut names, &field.name));
            return;
        }
        for UnreadField { name, near } in unread.into_iter().take(MOST_TOLD) {
            errors.add(
                &name,
                match near {
                    Some(near) => Message::with(unknown_near, near),
                    None => Message::new(unknown),
                },
            );
        }
    }

    /// Adds a parameter whose value says nothing to the list, or in a test portal the error.
    pub(crate) fn take_value(&self, name: &str, message: Message, errors: &mut FieldErrors) {
        if self.0.strict {
            errors.add(name, message);
        } else {
            append(&mut self.names(), name);
        }
    }

    /// Puts off errors until [`IgnoredFields::expect_none`].
    pub(crate) fn put_off(&self, errors: FieldErrors) {
        self.0.put_off.lock().unwrap_or_else(PoisonError::into_inner).extend(errors);
    }

    /// Checks that no errors were put off for a request.
    ///
    /// # Errors
    /// [`Error::Invalid`] with those.
    pub(crate) fn expect_none(extensions: &axum::http::Extensions) -> Result<()> {
        let Some(Self(inner)) = extensions.get() else { return Ok(()) };
        let errors = inner.put_off.lock().unwrap_or_else(PoisonError::into_inner);
        if errors.is_empty() { Ok(()) } else { Err(Error::Invalid(errors.clone())) }
    }

    /// Adds the header to the response.
    pub(crate) fn tell(&self, headers: &mut HeaderMap) {
        let names = self.names();
        if !names.is_empty()
            && let Ok(names) = HeaderValue::try_from(names.as_str())
        {
            headers.insert(HEADER, names);
        }
    }

    fn names(&self) -> MutexGuard<'_, String> {
        self.0.names.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a request has a body that may not be empty (RFC 9112 section 6.3).
pub(crate) fn sends_body(headers: &HeaderMap) -> bool {
    headers.contains_key(TRANSFER_ENCODING)
        || headers.get(CONTENT_LENGTH).is_some_and(|length| length.as_bytes() != b"0")
}

/// Adds a name, percent-encoded except letters, digits and `*-._`.
fn append(names: &mut String, name: &str) {
    if names.ends_with(MORE) {
        return;
    }
    let separator = if names.is_empty() { "" } else { ", " };
    let room = LONGEST.saturating_sub(names.len() + separator.len() + ", ".len() + MORE.len());
    // Stops encoding a name that can't fit.
    let fits = name.len() <= room;
    let encoded: String = form_urlencoded::byte_serialize(name.as_bytes())
        .take(if fits { usize::MAX } else { 0 })
        .collect();
    names.push_str(separator);
    names.push_str(if fits && encoded.len() <= room { &encoded } else { MORE });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(names: &[&str]) -> String {
        let ignored = IgnoredFields::default();
        let unread = |name: &&str| UnreadField { name: (*name).to_owned(), near: None };
        let mut errors = FieldErrors::default();
        ignored.take(names.iter().map(unread).collect(), &mut errors);
        assert!(errors.is_empty());
        let mut headers = HeaderMap::new();
        ignored.tell(&mut headers);
        headers.get(HEADER).map_or_else(String::new, |value| value.to_str().unwrap().to_owned())
    }

    #[test]
    fn names_are_safe_in_a_header_and_end_somewhere() {
        assert_eq!(named(&[]), "");
        assert_eq!(named(&["phone", "company_name"]), "phone, company_name");
        assert_eq!(named(&["a, b\r\nSet-Cookie: x", "é"]), "a%2C+b%0D%0ASet-Cookie%3A+x, %C3%A9");
        assert_eq!(named(&["x".repeat(300).as_str(), "y"]), MORE);
        let many: Vec<String> = (0..200).map(|number| format!("field{number}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let header = named(&many);
        assert!(header.len() <= LONGEST && header.len() > LONGEST - 20, "{header}");
        assert!(header.ends_with(", ..."), "{header}");
    }
}
