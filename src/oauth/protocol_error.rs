//! The protocol's errors: their codes, and the two kinds of responses.

use axum::Json;
use axum::http::header::{ACCEPT_ENCODING, CACHE_CONTROL, PRAGMA, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::db::DbError;
use crate::error::Error;
use crate::i18n::Lang;
use crate::throttle::TooMany;

/// An error code of RFC 6749 (sections 4.1.2.1 and 5.2), RFC 8628, RFC 9101 and RFC 9449.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorCode {
    /// A parameter is missing, duplicated or malformed.
    InvalidRequest,
    /// The client is unknown or its secret is wrong.
    InvalidClient,
    /// The code or refresh token isn't valid.
    InvalidGrant,
    /// The grant type isn't supported.
    UnsupportedGrantType,
    /// The response type isn't supported.
    UnsupportedResponseType,
    /// A scope is unknown, or the app isn't registered for it.
    InvalidScope,
    /// The resource is not the API (RFC 8707 section 2).
    InvalidTarget,
    /// The owner declined.
    AccessDenied,
    /// The app can't use this grant type (RFC 6749 section 5.2).
    UnauthorizedClient,
    /// The owner has not decided yet (RFC 8628 section 3.5).
    AuthorizationPending,
    /// The same, and the device polls too often.
    SlowDown,
    /// The device code has expired.
    ExpiredToken,
    /// Request objects are not supported (RFC 9101 section 7).
    RequestNotSupported,
    /// References to requests are not supported, except those from `/oauth/par`.
    RequestUriNotSupported,
    /// The reference is unknown, expired, or to another app's request.
    InvalidRequestUri,
    /// The proof of possession isn't valid (RFC 9449 section 5).
    InvalidDpopProof,
    /// The proof of possession needs the server's nonce (RFC 9449 section 8).
    UseDpopNonce,
    /// Too many requests (RFC 9126 section 2.3), or the server cannot answer for now.
    TemporarilyUnavailable,
    /// An internal error.
    ServerError,
}

impl ErrorCode {
    /// The code on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::InvalidScope => "invalid_scope",
            Self::InvalidTarget => "invalid_target",
            Self::AccessDenied => "access_denied",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::AuthorizationPending => "authorization_pending",
            Self::SlowDown => "slow_down",
            Self::ExpiredToken => "expired_token",
            Self::RequestNotSupported => "request_not_supported",
            Self::RequestUriNotSupported => "request_uri_not_supported",
            Self::InvalidRequestUri => "invalid_request_uri",
            Self::InvalidDpopProof => "invalid_dpop_proof",
            Self::UseDpopNonce => "use_dpop_nonce",
            Self::TemporarilyUnavailable => "temporarily_unavailable",
            Self::ServerError => "server_error",
        }
    }
}

/// An error of the protocol. Its description is for developers: English, without secrets.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{}: {description}", .code.name())]
pub struct ProtocolError {
    /// The code.
    pub code: ErrorCode,
    /// What is wrong and what to do.
    pub description: String,
    /// How many seconds to wait before the next attempt, after too many.
    pub retry_after: Option<u32>,
    /// The response status, unless there were too many requests.
    pub(super) status: StatusCode,
}

impl ProtocolError {
    /// An error with its description: printable ASCII without `"` and `\` (RFC 6749 section 5.2).
    pub fn new(code: ErrorCode, description: impl Into<String>) -> Self {
        let mut description: String = description.into();
        description.retain(|c| matches!(c, ' '..='~') && c != '"' && c != '\\');
        let status = match code {
            ErrorCode::InvalidClient => StatusCode::UNAUTHORIZED,
            ErrorCode::ServerError => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::BAD_REQUEST,
        };
        Self { code, description, retry_after: None, status }
    }

    /// A request with a method other than POST (RFC 9126 section 2.3).
    pub(super) fn not_post() -> Self {
        Self {
            status: StatusCode::METHOD_NOT_ALLOWED,
            ..Self::invalid_request("this endpoint takes POST only")
        }
    }

    /// A missing, duplicated or malformed parameter.
    pub fn invalid_request(description: impl Into<String>) -> Self {
        Self::new(ErrorCode::InvalidRequest, description)
    }

    /// An invalid code or refresh token.
    pub fn invalid_grant(description: impl Into<String>) -> Self {
        Self::new(ErrorCode::InvalidGrant, description)
    }
}

impl From<TooMany> for ProtocolError {
    fn from(too_many: TooMany) -> Self {
        Self {
            retry_after: Some(too_many.retry_after),
            ..Self::new(ErrorCode::TemporarilyUnavailable, too_many.description)
        }
    }
}

impl From<Error> for ProtocolError {
    fn from(error: Error) -> Self {
        match error {
            Error::BadRequest(message) => Self::invalid_request(message.to_string()),
            Error::Dpop(fault) => fault.into(),
            Error::TooLarge => Self {
                status: StatusCode::PAYLOAD_TOO_LARGE,
                ..Self::invalid_request("the body is too large")
            },
            Error::RequestTimeout => Self {
                status: StatusCode::REQUEST_TIMEOUT,
                ..Self::invalid_request("the body did not arrive in time; send the request again")
            },
            error @ Error::UnsupportedEncoding => {
                Self { status: error.status(), ..Self::invalid_request(error.message(Lang::En)) }
            }
            error @ Error::Unavailable(_) => Self {
                status: error.status(),
                retry_after: error.retry_after(),
                ..Self::new(ErrorCode::TemporarilyUnavailable, error.message(Lang::En))
            },
            error => {
                tracing::error!(%error, "the authorization server failed");
                Self::new(ErrorCode::ServerError, "something went wrong on our side")
            }
        }
    }
}

impl From<DbError> for ProtocolError {
    fn from(error: DbError) -> Self {
        Error::from(error).into()
    }
}

/// The response of the token endpoint (RFC 6749 section 5.2).
impl IntoResponse for ProtocolError {
    fn into_response(self) -> Response {
        let too_many = self.retry_after.is_some() && !self.status.is_server_error();
        let status = if too_many { StatusCode::TOO_MANY_REQUESTS } else { self.status };
        let body = json!({ "error": self.code.name(), "error_description": self.description });
        let mut response = (status, Json(body)).into_response();
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response.headers_mut().insert(PRAGMA, HeaderValue::from_static("no-cache"));
        if status == StatusCode::UNSUPPORTED_MEDIA_TYPE {
            response.headers_mut().insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        }
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
        } else if status == StatusCode::UNAUTHORIZED {
            // A 401 always has a challenge (RFC 9110 section 15.5.2).
            response.headers_mut().insert(
                WWW_AUTHENTICATE,
                HeaderValue::from_static(r#"Basic realm="oauth", charset="UTF-8""#),
            );
        }
        response
    }
}
