//! The error type, from the domain to the response. What a client can see of an error is decided
//! here; its presentation by the surface (JSON under `/v1`, a page elsewhere).
//!
//! Everything that reads or writes the database can fail with [`Error::Internal`]; the *Errors*
//! section of a function only lists other errors.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::http::header::{ACCEPT_ENCODING, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};

use crate::auth::{ScopeSet, TokenFault};
use crate::db::{DbError, Outage};
use crate::i18n::{Lang, tr};
use crate::jose::DpopFault;

/// How often to log that the database is unavailable, as long as the reason doesn't change.
const NOTE_EVERY: Duration = Duration::from_secs(10);

/// The same for damage, which doesn't resolve by itself.
const NOTE_DAMAGE_EVERY: Duration = Duration::from_secs(3600);

/// A result of our own code.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Nothing instead of [`Error::NotFound`], for what may be gone.
///
/// # Errors
/// Any other.
pub fn found<T>(result: Result<T>) -> Result<Option<T>> {
    match result {
        Err(Error::NotFound) => Ok(None),
        found => found.map(Some),
    }
}

/// Why a request fails.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// The request is malformed (400).
    #[error("{0}")]
    BadRequest(Message),
    /// Missing or invalid token (401).
    #[error("{0}")]
    Unauthenticated(TokenFault),
    /// The session has ended (401); on a site, a redirect to the log-in page.
    #[error("the session has expired")]
    LoggedOut,
    /// A second factor is required here and the person has none (403); on a site, a redirect to the
    /// page to set one up.
    #[error("a second factor is required")]
    SecondFactorRequired,
    /// The person must first prove again who they are (401); on a site, the way to the page for that.
    #[error("the person did not prove lately who they are")]
    Unproven,
    /// Missing or invalid proof of the key that the token is bound to (401).
    #[error("{0}")]
    Dpop(DpopFault),
    /// A valid token without these scopes (403).
    #[error("the token lacks the scope {0}")]
    MissingScope(ScopeSet),
    /// A valid key that can't be used from this address (403).
    #[error("the key can't be used from {0}")]
    ForeignAddress(std::net::IpAddr),
    /// Not allowed for this person (403).
    #[error("{0}")]
    Forbidden(Message),
    /// No such resource in this portal (404).
    #[error("not found")]
    NotFound,
    /// The path doesn't support the method (405).
    #[error("method not allowed")]
    MethodNotAllowed,
    /// The client took too long to send the request (408).
    #[error("the client took too long to send the request")]
    RequestTimeout,
    /// The request conflicts with the current state (409).
    #[error("{0}")]
    Conflict(Message),
    /// The form belongs to another portal or developer than the one that is open now (409); on a site,
    /// the way to a page that offers to open that one.
    #[error("the form belongs to another portal or developer")]
    OtherOrganisation,
    /// The content of a file is held back by the virus scanner (409).
    #[error("{0}")]
    Held(Held),
    /// Another request with the same `Idempotency-Key` is in progress (409).
    #[error("another request with this Idempotency-Key is in progress")]
    InProgress,
    /// The row has changed since the given revision (412).
    #[error("it was changed in the meantime")]
    Changed,
    /// The body is larger than allowed (413).
    #[error("the body is too large")]
    TooLarge,
    /// The body is compressed or otherwise encoded (415).
    #[error("the body has a content coding")]
    UnsupportedEncoding,
    /// The body has the wrong media type (415).
    #[error("{0}")]
    UnsupportedMediaType(Message),
    /// One or more fields are invalid (422).
    #[error("invalid fields: {0:?}")]
    Invalid(FieldErrors),
    /// An unsupported HTTP feature (501).
    #[error("{0}")]
    NotImplemented(Message),
    /// Over the rate limit (429).
    #[error("too many requests")]
    TooManyRequests {
        /// Seconds until the next request is allowed.
        retry_after: u32,
    },
    /// Temporarily unavailable (503; 507 when a disk is full).
    #[error("{0}")]
    Unavailable(Unavailable),
    /// An internal error (500); the cause is only logged.
    #[error("{0}")]
    Internal(Arc<dyn std::error::Error + Send + Sync>),
}

/// Why nobody gets the content of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Held {
    /// It is being scanned for viruses.
    #[error("a file is being scanned for viruses")]
    Scanning,
    /// The scanner refuses it.
    #[error("a file is blocked by the virus scanner")]
    Blocked,
}

impl Held {
    /// The key of its text.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Scanning => "files.held.scanning",
            Self::Blocked => "files.held.blocked",
        }
    }
}

/// Why the server is temporarily unavailable.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Unavailable {
    /// The database is unavailable.
    #[error("{1}")]
    Database(Outage, Arc<DbError>),
    /// The store with the contents of files is unavailable.
    #[error("{0}")]
    Files(Arc<io::Error>),
    /// The disk with the data folder is full.
    #[error("{0}")]
    FullDisk(Arc<io::Error>),
    /// Too many searches of the portal are in progress.
    #[error("too many searches of one portal are under way")]
    Searches,
    /// Too many uploads of the portal are being finished.
    #[error("too many uploads of one portal are being finished")]
    Uploads,
    /// Too many passwords wait to be hashed.
    #[error("too many passwords wait to be hashed")]
    Passwords {
        /// When to try again, in seconds.
        retry_after: u32,
    },
}

impl Unavailable {
    const fn status(&self) -> StatusCode {
        match self {
            Self::Database(Outage::Full, _) | Self::FullDisk(_) => StatusCode::INSUFFICIENT_STORAGE,
            _ => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// When to try again, in seconds.
    const fn retry_after(&self) -> u32 {
        match self {
            Self::Database(Outage::Busy, _) => 2,
            Self::Database(Outage::Damaged, _) => 60,
            Self::Database(..) | Self::FullDisk(_) | Self::Files(_) => 10,
            Self::Searches => 1,
            Self::Uploads => 2,
            Self::Passwords { retry_after } => *retry_after,
        }
    }

    const fn key(&self) -> &'static str {
        match self {
            Self::Database(Outage::Full, _) | Self::FullDisk(_) => "error.storage_full",
            Self::Database(Outage::Damaged, _) => "error.damaged",
            Self::Database(..) => "error.unavailable",
            Self::Files(_) => "error.files_unavailable",
            Self::Searches => "error.searches",
            Self::Uploads => "error.uploads",
            Self::Passwords { .. } => "error.passwords",
        }
    }
}

/// A text in both languages: a key of the locale files, and the values in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    key: Cow<'static, str>,
    value: Option<String>,
    other: Option<String>,
}

impl Message {
    /// A message without values.
    pub const fn new(key: &'static str) -> Self {
        Self { key: Cow::Borrowed(key), value: None, other: None }
    }

    /// A message with a value for `%{value}`.
    pub fn with(key: &'static str, value: impl ToString) -> Self {
        Self { key: Cow::Borrowed(key), value: Some(value.to_string()), other: None }
    }

    /// A message with values for `%{value}` and `%{other}`.
    pub fn with_two(key: &'static str, value: impl ToString, other: impl ToString) -> Self {
        Self { other: Some(other.to_string()), ..Self::with(key, value) }
    }

    /// The message for too many attempts, which says how long to wait.
    pub fn wait(seconds: u32) -> Self {
        match seconds.div_ceil(60) {
            0 | 1 => Self::new("error.wait_minute"),
            minutes => Self::with("error.wait_minutes", minutes),
        }
    }

    /// The text in a language.
    pub fn text(&self, lang: Lang) -> String {
        let key = self.key.as_ref();
        match (&self.value, &self.other) {
            (None, _) => tr!(lang, key).into_owned(),
            (Some(value), None) => tr!(lang, key, value = value).into_owned(),
            (Some(value), Some(other)) => tr!(lang, key, value = value, other = other).into_owned(),
        }
    }
}

impl std::fmt::Display for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text(Lang::En))
    }
}

/// All invalid fields of a request, with their messages.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldErrors(BTreeMap<String, Vec<Message>>);

impl FieldErrors {
    /// A single invalid field.
    pub fn one(field: &str, message: Message) -> Self {
        let mut errors = Self::default();
        errors.add(field, message);
        errors
    }

    /// Adds a message for a field.
    pub fn add(&mut self, field: &str, message: Message) {
        self.0.entry(field.to_owned()).or_default().push(message);
    }

    /// Adds all messages of another list.
    pub fn extend(&mut self, other: Self) {
        for (field, messages) in other.0 {
            self.0.entry(field).or_default().extend(messages);
        }
    }

    /// The same errors, of the fields of an object at this path.
    pub fn within(self, path: &str) -> Self {
        let join = |field: String| match field.as_str() {
            "" => path.to_owned(),
            field => format!("{path}.{field}"),
        };
        Self(self.0.into_iter().map(|(field, messages)| (join(field), messages)).collect())
    }

    /// The fields with their messages.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Message)> {
        let fields = self.0.iter();
        fields
            .flat_map(|(field, messages)| messages.iter().map(|message| (field.as_str(), message)))
    }

    /// Whether there are no messages.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a field has messages.
    pub fn has(&self, field: &str) -> bool {
        self.0.contains_key(field)
    }

    /// The first message for a field, in a language.
    pub fn first(&self, field: &str, lang: Lang) -> Option<String> {
        Some(self.0.get(field)?.first()?.text(lang))
    }

    /// All fields with their first message, in a language.
    pub fn list(&self, lang: Lang) -> Vec<(String, String)> {
        self.0.keys().filter_map(|field| Some((field.clone(), self.first(field, lang)?))).collect()
    }

    /// Fields and messages in English, as the API shows them.
    pub fn to_json(&self) -> BTreeMap<&str, Vec<String>> {
        self.0
            .iter()
            .map(|(field, messages)| {
                (field.as_str(), messages.iter().map(|message| message.text(Lang::En)).collect())
            })
            .collect()
    }
}

impl Error {
    /// An internal error, with its cause for the log.
    pub fn internal(error: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Internal(Arc::new(error))
    }

    /// A single invalid field.
    pub fn invalid(field: &str, message: Message) -> Self {
        Self::Invalid(FieldErrors::one(field, message))
    }

    /// The HTTP status of the response.
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::BadRequest(_) => StatusCode::BAD_REQUEST,
            Self::Unauthenticated(_) | Self::LoggedOut | Self::Unproven | Self::Dpop(_) => {
                StatusCode::UNAUTHORIZED
            }
            Self::MissingScope(_)
            | Self::ForeignAddress(_)
            | Self::Forbidden(_)
            | Self::SecondFactorRequired => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::RequestTimeout => StatusCode::REQUEST_TIMEOUT,
            Self::Conflict(_) | Self::Held(_) | Self::OtherOrganisation | Self::InProgress => {
                StatusCode::CONFLICT
            }
            Self::Changed => StatusCode::PRECONDITION_FAILED,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedEncoding | Self::UnsupportedMediaType(_) => {
                StatusCode::UNSUPPORTED_MEDIA_TYPE
            }
            Self::NotImplemented(_) => StatusCode::NOT_IMPLEMENTED,
            Self::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooManyRequests { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable(why) => why.status(),
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// When to try again, in seconds, if known.
    pub const fn retry_after(&self) -> Option<u32> {
        match self {
            Self::TooManyRequests { retry_after } => Some(*retry_after),
            Self::Unavailable(why) => Some(why.retry_after()),
            Self::InProgress => Some(1),
            Self::Held(Held::Scanning) => Some(5),
            _ => None,
        }
    }

    /// The message for the client, in a language.
    pub fn message(&self, lang: Lang) -> String {
        match self {
            Self::BadRequest(message)
            | Self::Forbidden(message)
            | Self::Conflict(message)
            | Self::NotImplemented(message)
            | Self::UnsupportedMediaType(message) => message.text(lang),
            Self::Held(held) => lang.text(held.key()).into_owned(),
            Self::Unauthenticated(fault) => lang.text(fault.key()).into_owned(),
            Self::Dpop(fault) => tr!(lang, "error.dpop", fault = fault).into_owned(),
            Self::MissingScope(scopes) => {
                tr!(lang, "error.missing_scope", scope = scopes).into_owned()
            }
            Self::ForeignAddress(address) => {
                tr!(lang, "error.foreign_address", address = address).into_owned()
            }
            Self::LoggedOut => tr!(lang, "error.logged_out").into_owned(),
            Self::SecondFactorRequired => tr!(lang, "error.second_factor_required").into_owned(),
            Self::Unproven => tr!(lang, "flash.note.reauthenticate").into_owned(),
            Self::NotFound => tr!(lang, "error.not_found").into_owned(),
            Self::MethodNotAllowed => tr!(lang, "error.method_not_allowed").into_owned(),
            Self::RequestTimeout => tr!(lang, "error.request_timeout").into_owned(),
            Self::OtherOrganisation => tr!(lang, "error.other_organisation").into_owned(),
            Self::InProgress => tr!(lang, "error.idempotency.in_progress").into_owned(),
            Self::Changed => tr!(lang, "error.changed").into_owned(),
            Self::TooLarge => tr!(lang, "error.too_large").into_owned(),
            Self::UnsupportedEncoding => tr!(lang, "error.content_encoding").into_owned(),
            Self::Invalid(_) => tr!(lang, "error.invalid").into_owned(),
            Self::TooManyRequests { .. } => tr!(lang, "error.too_many_requests").into_owned(),
            Self::Unavailable(why) => lang.text(why.key()).into_owned(),
            Self::Internal(_) => tr!(lang, "error.internal").into_owned(),
        }
    }

    /// The error for a bare status from a library.
    pub fn from_status(status: StatusCode) -> Self {
        match status {
            StatusCode::NOT_FOUND => Self::NotFound,
            StatusCode::METHOD_NOT_ALLOWED => Self::MethodNotAllowed,
            StatusCode::PAYLOAD_TOO_LARGE => Self::TooLarge,
            StatusCode::UNSUPPORTED_MEDIA_TYPE => {
                Self::UnsupportedMediaType(Message::new("error.media_type"))
            }
            status if status.is_client_error() => {
                Self::BadRequest(Message::new("error.bad_request"))
            }
            _ => Self::internal(std::io::Error::other(format!("a library answered {status}"))),
        }
    }
}

impl From<crate::auth::Overloaded> for Error {
    fn from(error: crate::auth::Overloaded) -> Self {
        Self::Unavailable(Unavailable::Passwords { retry_after: error.retry_after })
    }
}

impl Error {
    /// A fault in the data folder: internal, unless the disk is full.
    pub fn of_disk(error: io::Error) -> Self {
        match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
                tracing::error!(cause = %error, "the disk is full; the request gets 507");
                Self::Unavailable(Unavailable::FullDisk(Arc::new(error)))
            }
            _ => Self::internal(error),
        }
    }

    /// A fault in the store with the contents of files: internal, unless the store is away or its disk is
    /// full.
    pub fn of_store(error: io::Error) -> Self {
        if error.kind() == ErrorKind::NotConnected {
            tracing::error!(cause = %error, "the contents of files are unavailable; the request gets 503");
            return Self::Unavailable(Unavailable::Files(Arc::new(error)));
        }
        Self::of_disk(error)
    }
}

impl From<DbError> for Error {
    fn from(error: DbError) -> Self {
        if let DbError::TooManyReads = error {
            return Self::Unavailable(Unavailable::Searches);
        }
        match error.outage() {
            Some(outage) => {
                note(outage, &error);
                Self::Unavailable(Unavailable::Database(outage, Arc::new(error)))
            }
            None => Self::internal(error),
        }
    }
}

/// Logs why requests are refused, once in a while instead of for each request.
fn note(outage: Outage, error: &DbError) {
    static LAST: Mutex<Option<(Outage, Instant)>> = Mutex::new(None);
    let every = if outage == Outage::Damaged { NOTE_DAMAGE_EVERY } else { NOTE_EVERY };
    let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
    if last.is_some_and(|(other, at)| other == outage && at.elapsed() < every) {
        return;
    }
    *last = Some((outage, Instant::now()));
    drop(last);
    if outage == Outage::Damaged {
        tracing::error!(cause = %error, "requests that meet the damage are answered with 503");
    } else {
        tracing::error!(
            outage = outage.name(),
            cause = %error,
            "the database is unavailable; requests get 503, or 507 when the disk is full"
        );
    }
}

/// The bare status, with the error in an extension for the surface to render.
impl IntoResponse for Error {
    fn into_response(self) -> Response {
        if let Self::Internal(cause) = &self {
            tracing::error!(%cause, "a request failed");
        }
        let mut response = self.status().into_response();
        // The rate limit's is set with its other headers.
        if let (Some(seconds), Self::Unavailable(_) | Self::InProgress | Self::Held(_)) =
            (self.retry_after(), &self)
        {
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
        if matches!(self, Self::UnsupportedEncoding) {
            // RFC 7694 section 3: the accepted alternatives.
            response.headers_mut().insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        }
        response.extensions_mut().insert(self);
        response
    }
}
