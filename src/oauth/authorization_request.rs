//! The authorization request (RFC 6749 section 4.1.1): parses and validates its query.

use axum::response::Response;

use jiff::Timestamp;

use super::pkce::CodeChallenge;
use super::pushed_request::{Decided, Decision, PushedRequest};
use super::resource::check_resource;
use super::{ErrorCode, Parameters, ProtocolError, dpop};
use crate::auth::{KeyThumbprint, ScopeSet};
use crate::clients::{App, AppProtection};
use crate::db::Tx;
use crate::error::{Error, Message, Result};
use crate::ids::AccountId;
use crate::server::Server;
use crate::web::{FormActionAlso, see_other};

/// The parameters that are read from a request. Others are not stored with a pushed request.
pub(super) const PARAMETERS: [&str; 12] = [
    "redirect_uri",
    "response_type",
    "response_mode",
    "scope",
    "state",
    "prompt",
    "resource",
    "code_challenge",
    "code_challenge_method",
    "dpop_jkt",
    "request",
    "request_uri",
];

/// How to ask the owner (the contract's `prompt`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Prompt {
    /// Show the consent page.
    Consent,
    /// Ask for the password first.
    Login,
}

/// A valid request.
pub(super) struct AuthorizationRequest {
    pub(super) app: App,
    pub(super) redirect_uri: String,
    /// Lets the app recognise the response as its own. It can use its `code_verifier` instead.
    state: Option<String>,
    pub(super) scopes: ScopeSet,
    /// `None` skips the page if there is nothing to ask.
    pub(super) prompt: Option<Prompt>,
    pub(super) challenge: Option<CodeChallenge>,
    /// The key to bind the code to (RFC 9449 section 10).
    pub(super) key: Option<KeyThumbprint>,
    /// The pushed request, if the app pushed one (RFC 9126).
    pushed: Option<PushedRequest>,
}

/// The outcome of validating a request.
pub(super) enum Checked {
    /// Valid.
    Good(Box<AuthorizationRequest>),
    /// The owner must not be redirected: the app or the redirect URI is unknown (RFC 6749 section
    /// 4.1.2.1).
    Untrusted(&'static str),
    /// The owner is redirected to the app with an error.
    Faulty(Response),
}

impl AuthorizationRequest {
    /// Validates a request's query, or the pushed request that it refers to, in which case the rest
    /// of the query is ignored (RFC 9101 section 5). A decided request is only available to the
    /// `person` who decided it.
    pub(super) async fn check(
        server: &Server,
        query: &str,
        person: Option<&AccountId>,
    ) -> Result<Checked> {
        let mut parameters = Parameters::form(query.as_bytes());
        let id = parameters
            .get("client_id")
            .filter(|_| !parameters.is_doubled("client_id"))
            .and_then(|id| id.parse().ok());
        let app = match id {
            Some(id) => App::by_id(&server.db, &id).await?,
            None => None,
        };
        let Some(app) = app else { return Ok(Checked::Untrusted("oauth.error.unknown_app")) };
        if app.is_disabled {
            return Ok(Checked::Untrusted("oauth.error.disabled_app"));
        }
        let reference =
            parameters.get("request_uri").filter(|uri| PushedRequest::is_reference(uri));
        if reference.is_some() && parameters.is_doubled("request_uri") {
            return Ok(Checked::Untrusted("oauth.error.unknown_request_uri"));
        }
        let mut pushed = None;
        if let Some(request_uri) = reference {
            let now = server.clock.now();
            let found = PushedRequest::open(server, &app.id, request_uri, person, now).await?;
            let Some(found) = found else {
                return Ok(unknown_reference(server, &app, &parameters));
            };
            parameters = Parameters::form(found.parameters.as_bytes());
            pushed = Some(found);
        }
        let Some(redirect_uri) = registered_redirect_uri(&app, &parameters) else {
            return Ok(Checked::Untrusted("oauth.error.unknown_redirect_uri"));
        };
        let must_push = pushed.is_none()
            && AppProtection::of(&server.db, &app.id).await?.require_pushed_requests;
        let state = single_state(&parameters);
        let checked = if must_push {
            Err(ProtocolError::invalid_request(
                "this app must push its authorization requests (RFC 9126)",
            ))
        } else {
            Self::read(server, app, &redirect_uri, state, &parameters)
        };
        Ok(match checked {
            Ok(request) => Checked::Good(Box::new(Self { pushed, ..request })),
            Err(error) => Checked::Faulty(send_error(server, &redirect_uri, state, &error)),
        })
    }

    /// Validates a request that an app pushes, as it will be validated when an owner opens it.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn check_pushed(
        server: &Server,
        app: App,
        parameters: &Parameters,
    ) -> Result<Self, ProtocolError> {
        let redirect_uri = registered_redirect_uri(&app, parameters).ok_or_else(|| {
            ProtocolError::invalid_request(
                "redirect_uri is missing, or not registered for this app",
            )
        })?;
        Self::read(server, app, &redirect_uri, parameters.get("state"), parameters)
    }

    /// Records a person's decision on a pushed request, within the transaction that carries it out.
    ///
    /// # Errors
    /// [`Error::Conflict`] when somebody else decided it, or this person decided otherwise.
    pub(super) async fn decide(
        &self,
        tx: &mut Tx,
        person: &AccountId,
        decision: &Decision<'_>,
        now: Timestamp,
    ) -> Result<()> {
        match &self.pushed {
            Some(pushed) if !pushed.decide(tx, person, decision, now).await? => {
                Err(Error::Conflict(Message::new("oauth.error.decided")))
            }
            _ => Ok(()),
        }
    }

    /// The earlier decision on a pushed request, if any.
    pub(super) fn decided(&self) -> Option<Decided> {
        self.pushed.as_ref().and_then(PushedRequest::decided)
    }

    /// When the request was pushed, if it was.
    pub(super) fn pushed_at(&self) -> Option<Timestamp> {
        self.pushed.as_ref().map(|pushed| pushed.pushed_at)
    }

    fn read(
        server: &Server,
        app: App,
        redirect_uri: &str,
        state: Option<&str>,
        parameters: &Parameters,
    ) -> Result<Self, ProtocolError> {
        parameters.check_doubled()?;
        if parameters.get("request").is_some() {
            return Err(ProtocolError::new(
                ErrorCode::RequestNotSupported,
                "the parameter request is not supported",
            ));
        }
        if parameters.get("request_uri").is_some() {
            return Err(ProtocolError::new(
                ErrorCode::RequestUriNotSupported,
                "request_uri must be one issued by /oauth/par",
            ));
        }
        if parameters.require("response_type")? != "code" {
            return Err(ProtocolError::new(
                ErrorCode::UnsupportedResponseType,
                "response_type must be code",
            ));
        }
        if parameters.get("response_mode").is_some_and(|mode| mode != "query") {
            return Err(ProtocolError::invalid_request("response_mode must be query"));
        }
        let prompt = match parameters.get("prompt") {
            None => None,
            Some("consent") => Some(Prompt::Consent),
            Some("login" | "login consent" | "consent login") => Some(Prompt::Login),
            Some(_) => {
                return Err(ProtocolError::invalid_request("prompt must be consent or login"));
            }
        };
        check_resource(server, parameters)?;
        let challenge = CodeChallenge::of_request(parameters)?;
        if challenge.is_none() && app.requires_pkce() {
            return Err(ProtocolError::invalid_request(
                "this app requires PKCE: the parameter code_challenge is missing",
            ));
        }
        // The app needs one of the two to recognise a response to its own request (RFC 9700 section
        // 2.1).
        if state.is_none() && challenge.is_none() {
            return Err(ProtocolError::invalid_request(
                "the parameter state is missing; it is required without a code_challenge",
            ));
        }
        let key = dpop::key_of_request(parameters)?;
        let scopes = asked_scopes(parameters, app.scopes)?;
        Ok(Self {
            app,
            redirect_uri: redirect_uri.to_owned(),
            state: state.map(str::to_owned),
            scopes,
            prompt,
            challenge,
            key,
            pushed: None,
        })
    }

    /// Whether a redirect can only reach the app itself. A code for a loopback address reaches
    /// whichever program listens there, and anybody can pose as an app without a secret (RFC 8252
    /// section 8.6, RFC 6749 section 10.2).
    pub(super) fn reaches_the_app_only(&self) -> bool {
        !self.app.is_public() && self.redirect_uri.starts_with("https:")
    }

    /// Sends the owner back with a code (RFC 6749 section 4.1.2).
    pub(super) fn send_code(&self, server: &Server, code: &str) -> Response {
        send(server, &self.redirect_uri, &[("code", code)], self.state.as_deref())
    }

    /// Sends the owner back with an error.
    pub(super) fn send_error(&self, server: &Server, error: &ProtocolError) -> Response {
        send_error(server, &self.redirect_uri, self.state.as_deref(), error)
    }

    /// The `form-action` of the consent page's security policy. Chromium applies it to the whole
    /// chain of redirects, and an app may redirect the owner from its redirect URI to another host:
    /// hence a scheme without a host. Nothing that a developer entered gets into the policy.
    pub(super) fn form_targets(&self) -> FormActionAlso {
        FormActionAlso(if self.redirect_uri.starts_with("https:") { "https:" } else { "http:" })
    }
}

/// The request's redirect URI, if it was sent once and is registered for the app.
fn registered_redirect_uri(app: &App, parameters: &Parameters) -> Option<String> {
    let uri = parameters
        .get("redirect_uri")
        .filter(|uri| !parameters.is_doubled("redirect_uri") && app.redirect_uris.allow(uri));
    uri.map(str::to_owned)
}

/// The request's state, if it was sent once.
fn single_state(parameters: &Parameters) -> Option<&str> {
    parameters.get("state").filter(|_| !parameters.is_doubled("state"))
}

/// The outcome for a reference to an unknown or expired pushed request. Its redirect URI isn't
/// known, so the app only gets the error if the URL itself contains one.
fn unknown_reference(server: &Server, app: &App, parameters: &Parameters) -> Checked {
    let Some(redirect_uri) = registered_redirect_uri(app, parameters) else {
        return Checked::Untrusted("oauth.error.unknown_request_uri");
    };
    let error = ProtocolError::new(
        ErrorCode::InvalidRequestUri,
        "the request_uri has expired, was already used, or belongs to another app",
    );
    Checked::Faulty(send_error(server, &redirect_uri, single_state(parameters), &error))
}

/// The scopes that a request asks for, which the app must be registered for.
///
/// # Errors
/// `invalid_scope` when there are none, or the app isn't registered for all of them.
pub(super) fn asked_scopes(
    parameters: &Parameters,
    allowed: ScopeSet,
) -> Result<ScopeSet, ProtocolError> {
    let invalid = |description: String| ProtocolError::new(ErrorCode::InvalidScope, description);
    let text =
        parameters.get("scope").ok_or_else(|| invalid("the parameter scope is missing".into()))?;
    let scopes: ScopeSet =
        text.parse().map_err(|error: crate::auth::UnknownScope| invalid(error.to_string()))?;
    if scopes.is_empty() {
        return Err(invalid("the parameter scope is empty".into()));
    }
    let beyond = scopes.without(allowed);
    if !beyond.is_empty() {
        return Err(invalid(format!("the app is not registered for {beyond}")));
    }
    Ok(scopes)
}

fn send_error(
    server: &Server,
    redirect_uri: &str,
    state: Option<&str>,
    error: &ProtocolError,
) -> Response {
    let parameters =
        [("error", error.code.name()), ("error_description", error.description.as_str())];
    send(server, redirect_uri, &parameters, state)
}

/// Adds parameters to the redirect URI, with the state, if any, and the issuer (RFC 9207).
fn send(
    server: &Server,
    redirect_uri: &str,
    parameters: &[(&str, &str)],
    state: Option<&str>,
) -> Response {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(parameters).extend_pairs(state.map(|state| ("state", state)));
    query.append_pair("iss", server.public_urls.issuer());
    let separator = if redirect_uri.contains('?') { '&' } else { '?' };
    see_other(&format!("{redirect_uri}{separator}{}", query.finish()), None)
}
