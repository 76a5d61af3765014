//! The device authorization grant (RFC 8628), for devices without a browser: a terminal, a till, a
//! television. The device shows a code, and its owner enters it in a browser on another device.

mod device_code;
mod exchange;
mod page;
mod user_code;

pub use user_code::UserCode;

pub(super) use device_code::DeviceCode;
pub(super) use exchange::exchange;
pub(super) use page::{allowed, decide, denied, show};

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::authorization_request::asked_scopes;
use super::client_request::ClientRequest;
use super::resource::check_resource;
use super::{ErrorCode, ProtocolError};
use crate::caller::Caller;
use crate::clients::App;
use crate::public_urls::Surface;
use crate::server::WritingServer;
use crate::throttle::Kept;

/// The page where owners enter the code.
pub(super) const PAGE: &str = "/manage/device";

/// The device's response (section 3.2).
#[derive(Serialize)]
struct DeviceAuthorization {
    device_code: String,
    user_code: String,
    verification_uri: String,
    verification_uri_complete: String,
    expires_in: i64,
    interval: i64,
}

/// The device authorization endpoint.
pub(super) async fn authorize(
    State(server): State<WritingServer>,
    caller: Caller,
    headers: HeaderMap,
    body: Body,
) -> Response {
    match answer(&server, &caller, &headers, body).await {
        Ok(authorization) => ([(CACHE_CONTROL, "no-store")], Json(authorization)).into_response(),
        Err(error) => error.into_response(),
    }
}

async fn answer(
    server: &WritingServer,
    caller: &Caller,
    headers: &HeaderMap,
    body: Body,
) -> Result<DeviceAuthorization, ProtocolError> {
    let ClientRequest { app, parameters } =
        ClientRequest::read(server, caller, headers, body).await?;
    check_allowed(&app)?;
    check_resource(server, &parameters)?;
    let scopes = asked_scopes(&parameters, app.scopes)?;
    server.request_throttle.count(&app.id, app.is_public(), caller.address, Kept::DeviceCode)?;
    let (device_code, user_code) =
        DeviceCode::issue(&server.db, &app.id, scopes, server.clock.now()).await?;
    let verification_uri = server.public_urls.url(Surface::Manage, PAGE);
    Ok(DeviceAuthorization {
        device_code: device_code.reveal().to_owned(),
        verification_uri_complete: format!("{verification_uri}?user_code={user_code}"),
        verification_uri,
        user_code: user_code.to_string(),
        expires_in: device_code::LIFETIME.as_secs(),
        interval: device_code::INTERVAL,
    })
}

/// Checks that the app's developer turned on this grant. An attacker only needs to talk an owner
/// into entering a code (section 5.4), so it is off by default.
fn check_allowed(app: &App) -> Result<(), ProtocolError> {
    if app.device_flow {
        return Ok(());
    }
    Err(ProtocolError::new(
        ErrorCode::UnauthorizedClient,
        "this app cannot use the device flow; its developer can turn it on",
    ))
}
