//! Requests to the endpoints for apps: a form or the contract's JSON, from an authenticated app.

use std::sync::Arc;

use axum::body::Body;
use axum::http::HeaderMap;

use super::{Parameters, ProtocolError, client_authentication};
use crate::caller::Caller;
use crate::clients::App;
use crate::http::{media_type, read_body};
use crate::server::WritingServer;

/// The maximum size of a body, in bytes, for endpoints without their own limit.
pub(super) const LARGEST_BODY: usize = 64 * 1024;

/// A request of an app.
pub(super) struct ClientRequest {
    /// The app that sent it.
    pub(super) app: Arc<App>,
    /// Its parameters.
    pub(super) parameters: Parameters,
}

impl ClientRequest {
    /// Reads the request and authenticates the app.
    ///
    /// # Errors
    /// `invalid_request` when it is malformed, and those of
    /// [`client_authentication::authenticate`].
    pub(super) async fn read(
        server: &WritingServer,
        caller: &Caller,
        headers: &HeaderMap,
        body: Body,
    ) -> Result<Self, ProtocolError> {
        Self::read_within(LARGEST_BODY, server, caller, headers, body).await
    }

    /// The same, with another limit on the body.
    ///
    /// # Errors
    /// As [`ClientRequest::read`].
    pub(super) async fn read_within(
        largest: usize,
        server: &WritingServer,
        caller: &Caller,
        headers: &HeaderMap,
        body: Body,
    ) -> Result<Self, ProtocolError> {
        let parameters = read_parameters(largest, headers, body).await?;
        let app = client_authentication::authenticate(server, caller, headers, &parameters).await?;
        Ok(Self { app, parameters })
    }
}

/// The parameters of a body of at most `limit` bytes, each at most once.
///
/// # Errors
/// `invalid_request` when it is neither a form nor JSON, or a parameter was sent twice.
pub(super) async fn read_parameters(
    largest: usize,
    headers: &HeaderMap,
    body: Body,
) -> Result<Parameters, ProtocolError> {
    let body = read_body(headers, body, largest).await?;
    let kind = media_type(headers).unwrap_or_default().to_ascii_lowercase();
    let parameters = match kind.as_str() {
        "application/json" => Parameters::json(&body)?,
        "application/x-www-form-urlencoded" => Parameters::form(&body),
        _ => {
            return Err(ProtocolError::invalid_request(
                "Content-Type must be application/x-www-form-urlencoded or application/json",
            ));
        }
    };
    parameters.check_doubled()?;
    Ok(parameters)
}
