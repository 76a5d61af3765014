//! Client authentication (RFC 6749 section 2.3): with a secret in the body or HTTP Basic, with an
//! assertion signed with the app's own key (RFC 7523), or, for a public app, which has neither,
//! with its `client_id` alone (section 3.2.1).

use std::sync::Arc;

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use url::form_urlencoded;

use super::client_assertion::AssertionFault;
use super::grant_type::GrantType;
use super::{ErrorCode, Parameters, ProtocolError, client_assertion};
use crate::caller::Caller;
use crate::clients::{App, ClientKeys};
use crate::ids::AppId;
use crate::request_log::RefusedApp;
use crate::server::WritingServer;

/// Authenticates the app that sends the request.
///
/// # Errors
/// `invalid_client` when it is unknown or its secret or assertion is wrong, with the seconds to
/// wait after too many failures; `invalid_request` when two methods are combined (RFC 6749 section
/// 2.3).
pub(super) async fn authenticate(
    server: &WritingServer,
    caller: &Caller,
    headers: &HeaderMap,
    parameters: &Parameters,
) -> Result<Arc<App>, ProtocolError> {
    let now = server.clock.now();
    let mut result = check(server, headers, parameters, now).await;
    if let Err(error) = &mut result
        && error.code == ErrorCode::InvalidClient
    {
        let named = parameters.get("client_id").map(str::to_owned).or_else(|| basic_id(headers));
        let client = named
            .or_else(|| Some(client_assertion::of_request(parameters).ok()??.1))
            .and_then(|id| id.parse().ok());
        error.retry_after =
            server.client_throttle.count(client, caller.address, grant_type(parameters));
    }
    result
}

/// The `client_id` of HTTP Basic, if any.
fn basic_id(headers: &HeaderMap) -> Option<String> {
    decode_basic(headers.get(AUTHORIZATION)?.as_bytes()).map(|(id, _)| id)
}

/// The requested grant type; empty if it is unsupported, and at the other endpoints.
fn grant_type(parameters: &Parameters) -> &'static str {
    let asked = parameters.get("grant_type").unwrap_or_default();
    GrantType::named(asked).map(GrantType::name).unwrap_or_default()
}

async fn check(
    server: &WritingServer,
    headers: &HeaderMap,
    parameters: &Parameters,
    now: Timestamp,
) -> Result<Arc<App>, ProtocolError> {
    let credentials = Credentials::read(headers, parameters)?;
    let app = match credentials.id.parse::<AppId>() {
        Ok(id) => server.clients.app(&id).await?,
        Err(_) => None,
    };
    let Some(app) = app else { return Err(credentials.refused()) };
    let proven = match prove(server, &app, &credentials, now).await {
        Ok(()) if app.is_disabled => Err(disabled(&app)),
        proven => proven,
    };
    match proven {
        Ok(()) => Ok(app),
        Err(error) => {
            if error.code == ErrorCode::InvalidClient {
                server.usage.count_refused(&app.id, RefusedApp::Client);
            }
            Err(error)
        }
    }
}

/// Whether credentials are those of an app.
async fn prove(
    server: &WritingServer,
    app: &App,
    credentials: &Credentials,
    now: Timestamp,
) -> Result<(), ProtocolError> {
    match (&credentials.secret, &credentials.assertion) {
        (None, Some(assertion)) => {
            let keys =
                ClientKeys::of(&server.db, &app.id).await?.ok_or_else(|| other_method(app))?;
            client_assertion::verify(server, &app.id, &keys, assertion, now).await
        }
        (None, None) if app.is_public() => Ok(()),
        (Some(secret), None)
            if !app.is_public() && server.clients.has_secret(&app.id, secret, now).await? =>
        {
            Ok(())
        }
        // Said in the words for an unknown app: which of the two is wrong is told to nobody.
        (Some(_), None) if !app.is_public() && !app.has_keys => Err(credentials.refused()),
        _ => Err(other_method(app)),
    }
}

/// The error for an app that authenticates in another way than it has to. Which way that is isn't
/// secret: anybody could find it by trying.
fn other_method(app: &App) -> ProtocolError {
    let fault = if app.is_public() {
        "this app has no client_secret and no keys: send its client_id alone"
    } else if app.has_keys {
        "this app authenticates with a client_assertion signed with its own key (private_key_jwt); a client_secret of it is accepted until it expires only"
    } else {
        "this app authenticates with its client_secret: send it with HTTP Basic or in the body"
    };
    ProtocolError::new(ErrorCode::InvalidClient, fault)
}

/// The error for a disabled app. Only whoever has its secret or key is told that it is disabled; an
/// app without either gets the same error as an unknown one.
fn disabled(app: &App) -> ProtocolError {
    let fault = if app.is_public() {
        UNUSABLE
    } else {
        "this app is disabled: ask the operator of this server, or whoever manages the developer account that it belongs to"
    };
    ProtocolError::new(ErrorCode::InvalidClient, fault)
}

/// For a client without credentials.
const UNUSABLE: &str = "there is no app with this client_id, or it can't be used now";

/// The credentials of a client: an app or a resource server.
pub(super) struct Credentials {
    pub(super) id: String,
    pub(super) secret: Option<String>,
    /// Its assertion (RFC 7523), not verified yet.
    assertion: Option<String>,
}

impl Credentials {
    /// Reads those of a request, without verifying them.
    ///
    /// # Errors
    /// `invalid_request` when there is no id, or two methods are combined (RFC 6749 section 2.3);
    /// `invalid_client` when one of the two is an assertion (RFC 7521 section 4.2.1).
    pub(super) fn read(
        headers: &HeaderMap,
        parameters: &Parameters,
    ) -> Result<Self, ProtocolError> {
        let mut sent = headers.get_all(AUTHORIZATION).iter();
        if let Some((assertion, id)) = client_assertion::of_request(parameters)? {
            if sent.next().is_some() || parameters.get("client_secret").is_some() {
                return Err(ProtocolError::new(
                    ErrorCode::InvalidClient,
                    "send a client_assertion or a client_secret, not both",
                ));
            }
            return Ok(Self { id, secret: None, assertion: Some(assertion.to_owned()) });
        }
        match (sent.next(), sent.next()) {
            (Some(header), None) => {
                let (id, secret) = basic_credentials(header.as_bytes(), parameters)?;
                Ok(Self { id, secret, assertion: None })
            }
            (None, _) => {
                let secret = parameters.get("client_secret").map(str::to_owned);
                Ok(Self {
                    id: parameters.require("client_id")?.to_owned(),
                    secret,
                    assertion: None,
                })
            }
            (Some(_), Some(_)) => {
                Err(ProtocolError::invalid_request("send one Authorization header only"))
            }
        }
    }

    /// The error for an unknown client or a wrong secret, which it doesn't distinguish.
    pub(super) fn refused(&self) -> ProtocolError {
        if self.assertion.is_some() {
            return AssertionFault::Signature.into();
        }
        let fault = match self.secret {
            Some(_) => "the client_id is unknown, or the client_secret is wrong or no longer valid",
            None => UNUSABLE,
        };
        ProtocolError::new(ErrorCode::InvalidClient, fault)
    }
}

/// The id and the secret of HTTP Basic. An empty secret means none: that is how libraries send the
/// id of an app without one.
fn basic_credentials(
    header: &[u8],
    parameters: &Parameters,
) -> Result<(String, Option<String>), ProtocolError> {
    let malformed = || {
        let is_basic = header.get(..6).is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"basic "));
        let fault = if is_basic {
            "the HTTP Basic header is malformed: it must be the base64 of client_id:client_secret, each form-encoded first"
        } else {
            "the Authorization header must be HTTP Basic with the app's client_id and client_secret, not a token"
        };
        ProtocolError::new(ErrorCode::InvalidClient, fault)
    };
    let (id, secret) = decode_basic(header).ok_or_else(malformed)?;
    if parameters.get("client_secret").is_some() {
        return Err(ProtocolError::invalid_request(
            "send the client_secret with HTTP Basic or in the body, not both",
        ));
    }
    if parameters.get("client_id").is_some_and(|other| other != id) {
        return Err(ProtocolError::invalid_request(
            "client_id differs from the one in the HTTP Basic header",
        ));
    }
    Ok((id, Some(secret).filter(|secret| !secret.is_empty())))
}

fn decode_basic(header: &[u8]) -> Option<(String, String)> {
    let (scheme, encoded) = std::str::from_utf8(header).ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = decoded.split_once(':')?;
    Some((form_decode(id), form_decode(secret)))
}

/// Both halves are form-encoded before they are joined (RFC 6749 section 2.3.1).
fn form_decode(text: &str) -> String {
    form_urlencoded::parse(format!("x={text}").as_bytes())
        .next()
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

#[cfg(test)]
mod fuzz;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn basic_is_form_encoded_within_base64() {
        let header = format!("Basic {}", STANDARD.encode("app_1:a%2Bb"));
        assert_eq!(decode_basic(header.as_bytes()), Some(("app_1".into(), "a+b".into())));
        for wrong in ["Basic", "Basic !", "Bearer abc", "Basic YQ==", ""] {
            assert_eq!(decode_basic(wrong.as_bytes()), None, "{wrong}");
        }
    }

    #[test]
    fn the_two_ways_are_not_mixed() {
        let header = format!("basic {}", STANDARD.encode("app_1:s"));
        let with = |body: &str| {
            basic_credentials(header.as_bytes(), &Parameters::form(body.as_bytes()))
                .map_err(|error| error.code)
        };
        assert_eq!(with("client_id=app_1"), Ok(("app_1".into(), Some("s".into()))));
        assert_eq!(with("client_id=app_2"), Err(ErrorCode::InvalidRequest));
        assert_eq!(with("client_id=app_1&client_secret=s"), Err(ErrorCode::InvalidRequest));
    }

    #[test]
    fn an_empty_secret_is_none() {
        let header = format!("Basic {}", STANDARD.encode("app_1:"));
        let read = basic_credentials(header.as_bytes(), &Parameters::default()).unwrap();
        assert_eq!(read, ("app_1".into(), None));
    }

    #[test]
    fn another_scheme_is_said_to_be_one() {
        let told = |header: &str| {
            basic_credentials(header.as_bytes(), &Parameters::default()).unwrap_err().description
        };
        assert!(told("Bearer kpa_x").contains("must be HTTP Basic"));
        assert!(told("Basic !").contains("malformed"));
    }
}
