//! `POST /oauth/par`: pushed authorization requests (RFC 9126). The app sends its request directly,
//! and the owner's browser only carries a reference to it.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::authorization_request::{AuthorizationRequest, PARAMETERS};
use super::client_request::ClientRequest;
use super::pushed_request::{self, PushedRequest};
use super::{ProtocolError, dpop};
use crate::auth::KeyThumbprint;
use crate::caller::Caller;
use crate::clients::App;
use crate::server::WritingServer;
use crate::throttle::Kept;

/// The maximum size of a body, in bytes: room for a long `state` and an assertion.
const LARGEST_BODY: usize = 8 * 1024;

/// The response (RFC 9126 section 2.2).
#[derive(Serialize)]
struct PushedResponse {
    request_uri: String,
    expires_in: i64,
}

/// The endpoint.
pub(super) async fn push(
    State(server): State<WritingServer>,
    caller: Caller,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let response = match answer(&server, &caller, &headers, body).await {
        Ok(pushed) => {
            (StatusCode::CREATED, [(CACHE_CONTROL, "no-store")], Json(pushed)).into_response()
        }
        Err(error) => error.into_response(),
    };
    dpop::offer_nonce(&server, &headers, response).await
}

async fn answer(
    server: &WritingServer,
    caller: &Caller,
    headers: &HeaderMap,
    body: Body,
) -> Result<PushedResponse, ProtocolError> {
    let ClientRequest { app, parameters } =
        ClientRequest::read_within(LARGEST_BODY, server, caller, headers, body).await?;
    if parameters.get("request_uri").is_some() {
        return Err(ProtocolError::invalid_request(
            "a pushed request must not contain a request_uri",
        ));
    }
    let parameters = parameters.only(&PARAMETERS);
    let asked = AuthorizationRequest::check_pushed(server, App::clone(&app), &parameters)?;
    server.request_throttle.count(&app.id, app.is_public(), caller.address, Kept::PushedRequest)?;
    let (mut query, now) = (parameters.to_query(), server.clock.now());
    let proof = dpop::proof_of(server, headers, "/oauth/par").await?;
    if let Some(proof) = &proof {
        query = bound(query, asked.key, proof.key())?;
    }
    let mut tx = server.db.begin().await?;
    if let Some(proof) = proof {
        proof.redeem_in(&mut tx, now).await?;
    }
    let request_uri = PushedRequest::add(&mut tx, &app.id, &query, now).await?;
    tx.commit().await?;
    Ok(PushedResponse { request_uri, expires_in: pushed_request::LIFETIME.as_secs() })
}

/// The request, bound to the key of the proof that it was pushed with (RFC 9449 section 10.1).
fn bound(
    query: String,
    asked: Option<KeyThumbprint>,
    key: KeyThumbprint,
) -> Result<String, ProtocolError> {
    match asked {
        None => Ok(format!("{query}&dpop_jkt={key}")),
        Some(asked) if asked == key => Ok(query),
        Some(_) => Err(ProtocolError::invalid_request(
            "dpop_jkt is not the thumbprint of the DPoP proof's key",
        )),
    }
}
