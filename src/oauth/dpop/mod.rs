//! Demonstrating proof of possession (RFC 9449): every request with a bound token proves possession
//! of its key, so that a stolen token is useless.

mod binding;
mod fault;
mod nonces;
mod proof;

pub use fault::DpopFault;
pub use nonces::DpopNonces;

pub(super) use binding::{bind_code, bind_token, key_of_code, key_of_refresh_token};

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use jiff::{SignedDuration, Timestamp};

use super::{AppProtection, ErrorCode, Parameters, ProtocolError, jti};
use crate::auth::KeyThumbprint;
use crate::db::{Tx, WritingDb};
use crate::error::{Error, Result};
use crate::ids::AppId;
use crate::public_urls::Surface;
use crate::server::WritingServer;
use proof::Proof;

/// The header of a proof.
const DPOP: HeaderName = HeaderName::from_static("dpop");

/// The header of a nonce.
pub const DPOP_NONCE: HeaderName = HeaderName::from_static("dpop-nonce");

/// The kind that separates the ids of proofs from others.
const KIND: &str = "dpop";

/// How long a proof's id is stored: longer than its nonce is accepted.
const REMEMBERED: SignedDuration = SignedDuration::from_mins(10);

/// A valid proof that hasn't been used, as far as a read can tell. It is only redeemed once the
/// rest of the request is known to be valid, so that refused requests can't fill the database.
#[derive(Debug)]
#[must_use]
pub struct UnusedProof {
    key: KeyThumbprint,
    jti: String,
}

impl UnusedProof {
    /// The key that made it.
    pub(super) const fn key(&self) -> KeyThumbprint {
        self.key
    }

    /// Marks the proof as used.
    ///
    /// # Errors
    /// [`Error::Dpop`] when another request used it in the meantime.
    pub async fn redeem(self, db: &WritingDb, now: Timestamp) -> Result<()> {
        once(jti::use_once(db, KIND, &self.id(), now + REMEMBERED).await?)
    }

    /// The same, within the request's transaction.
    ///
    /// # Errors
    /// As [`UnusedProof::redeem`].
    pub(super) async fn redeem_in(self, tx: &mut Tx, now: Timestamp) -> Result<KeyThumbprint> {
        once(jti::use_once_in(tx, KIND, &self.id(), now + REMEMBERED).await?)?;
        Ok(self.key)
    }

    fn id(&self) -> Vec<u8> {
        [self.key.as_bytes(), self.jti.as_bytes()].concat()
    }
}

const fn once(is_new: bool) -> Result<()> {
    if is_new { Ok(()) } else { Err(Error::Dpop(DpopFault::Replayed)) }
}

/// Checks the proof of a request with a bound token, except whether it was used before. The method
/// and public URL are those of the request.
///
/// # Errors
/// [`Error::Dpop`] with what is wrong.
pub async fn check_request(
    server: &WritingServer,
    headers: &HeaderMap,
    (method, url): (&Method, &str),
    token: &str,
    bound_to: KeyThumbprint,
    now: Timestamp,
) -> Result<UnusedProof> {
    let text = single_proof(headers)?.ok_or(Error::Dpop(DpopFault::Missing))?;
    let proof = Proof::parse(text, method, url, now).map_err(Error::Dpop)?;
    proof.check_token(token, bound_to).map_err(Error::Dpop)?;
    unused(server, proof, now).await
}

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
    let proof = Proof::parse(text, &Method::POST, &server.sites.url(Surface::Manage, path), now)
        .map_err(Error::Dpop)?;
    Ok(Some(unused(server, proof, now).await?))
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
        (Some(key), Some(proof)) if proof.key == key => Ok(()),
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

/// Adds the nonce for the next proof to the response, if the request had a proof.
pub async fn add_nonce(server: &WritingServer, headers: &mut HeaderMap) {
    match server.dpop_nonces.current(&server.db, server.clock.now()).await {
        Ok(nonce) => {
            drop(HeaderValue::try_from(nonce).map(|nonce| headers.insert(DPOP_NONCE, nonce)))
        }
        Err(error) => tracing::error!(%error, "a DPoP nonce could not be created"),
    }
}

/// Whether a request has a proof, valid or not.
pub(super) fn has_proof(headers: &HeaderMap) -> bool {
    headers.contains_key(DPOP)
}

/// The one proof of a request (RFC 9449 section 4.3, check 1).
fn single_proof(headers: &HeaderMap) -> Result<Option<&str>> {
    let mut sent = headers.get_all(DPOP).iter();
    match (sent.next(), sent.next()) {
        (None, _) => Ok(None),
        (Some(proof), None) => proof
            .to_str()
            .map(Some)
            .map_err(|_| Error::Dpop(DpopFault::Jws(super::jose::JwsFault::Malformed))),
        (Some(_), Some(_)) => Err(Error::Dpop(DpopFault::Several)),
    }
}

/// The proof, if its nonce is valid and it wasn't used before.
async fn unused(server: &WritingServer, proof: Proof, now: Timestamp) -> Result<UnusedProof> {
    let fresh = match &proof.nonce {
        Some(nonce) => server.dpop_nonces.accepts(&server.db, nonce, now).await?,
        None => false,
    };
    if !fresh {
        return Err(Error::Dpop(DpopFault::Nonce));
    }
    let proof = UnusedProof { key: proof.key, jti: proof.jti };
    if jti::was_used(&server.db, KIND, &proof.id()).await? {
        return Err(Error::Dpop(DpopFault::Replayed));
    }
    Ok(proof)
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
