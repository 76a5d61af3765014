//! Proofs of possession at the authorization server's endpoints, and what they bind (RFC 9449).

pub(super) use super::dpop_binding::{bind_code, key_of_code};

use axum::http::{HeaderMap, Method};
use axum::response::Response;

use super::{ErrorCode, Parameters, ProtocolError};
use crate::auth::KeyThumbprint;
use crate::clients::AppProtection;
use crate::dpop::{UnusedProof, add_nonce, has_proof, single_proof, unused};
use crate::error::Error;
use crate::ids::AppId;
use crate::jose::{DpopFault, DpopProof};
use crate::public_urls::Surface;
use crate::server::WritingServer;

/// The proof of a request to one of the authorization server's endpoints, if any.
///
/// # Errors
/// `invalid_dpop_proof`, or `use_dpop_nonce`.
pub(super) async fn proof_of(
    server: &WritingServer,
    headers: &HeaderMap,
    path: &str,
) -> Result<Option<UnusedProof>, ProtocolError> {
    let Some(text) = single_proof(headers)? else { return Ok(None) };
    let now = server.clock.now();
    let proof =
        DpopProof::parse(text, &Method::POST, &server.public_urls.url(Surface::Manage, path), now)
            .map_err(Error::Dpop)?;
    Ok(Some(unused((&server.dpop_nonces, &server.db), proof, now).await?))
}

/// Adds the nonce for the client's next proof to the response, if the request had a proof (RFC 9449
/// section 8.2).
pub(super) async fn offer_nonce(
    server: &WritingServer,
    request: &HeaderMap,
    mut response: Response,
) -> Response {
    if has_proof(request) {
        let nonces = (&server.dpop_nonces, &server.db);
        add_nonce(nonces, response.headers_mut(), server.clock.now()).await;
    }
    response
}

/// The proof of the key to bind an app's new tokens to.
///
/// # Errors
/// As [`proof_of`]; also when the app only gets bound tokens and sends no proof (RFC 9449 section
/// 5.2).
pub(super) async fn proof_for_tokens(
    server: &WritingServer,
    headers: &HeaderMap,
    app: &AppId,
    path: &str,
) -> Result<Option<UnusedProof>, ProtocolError> {
    let proof = proof_of(server, headers, path).await?;
    if proof.is_none() && AppProtection::of(&server.db, app).await?.require_dpop {
        return Err(Error::Dpop(DpopFault::Missing).into());
    }
    Ok(proof)
}

/// Checks that the request's key is the one that the code or token is bound to, if any.
///
/// # Errors
/// `invalid_grant`.
pub(super) fn check_same_key(
    bound_to: Option<KeyThumbprint>,
    proof: Option<&UnusedProof>,
) -> Result<(), ProtocolError> {
    match (bound_to, proof) {
        (None, _) => Ok(()),
        (Some(key), Some(proof)) if proof.key() == key => Ok(()),
        (Some(_), Some(_)) => Err(ProtocolError::invalid_grant(
            "the code or refresh token is bound to another key than that of the DPoP proof",
        )),
        (Some(_), None) => Err(ProtocolError::invalid_grant(
            "the code or refresh token is bound to a key: send the header DPoP with a proof signed with that key",
        )),
    }
}

/// The key that an authorization request binds its code to (RFC 9449 section 10).
///
/// # Errors
/// `invalid_request` when it isn't a thumbprint.
pub(super) fn key_of_request(
    parameters: &Parameters,
) -> Result<Option<KeyThumbprint>, ProtocolError> {
    let invalid = |_| {
        ProtocolError::invalid_request("dpop_jkt must be the base64url of a SHA-256 thumbprint")
    };
    parameters.get("dpop_jkt").map(str::parse).transpose().map_err(invalid)
}

impl From<DpopFault> for ProtocolError {
    fn from(fault: DpopFault) -> Self {
        let code = if fault == DpopFault::Nonce {
            ErrorCode::UseDpopNonce
        } else {
            ErrorCode::InvalidDpopProof
        };
        Self::new(code, fault.to_string())
    }
}
