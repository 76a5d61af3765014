//! Demonstrating proof of possession (RFC 9449): every request with a bound token proves possession
//! of its key, so that a stolen token is useless.

pub mod jti;
mod nonces;
mod server_secret;

pub use nonces::DpopNonces;

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use jiff::{SignedDuration, Timestamp};

use crate::auth::KeyThumbprint;
use crate::db::{Tx, WritingDb};
use crate::error::{Error, Result};
use crate::jose::{DpopFault, DpopProof, JwsFault};

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
    pub(crate) const fn key(&self) -> KeyThumbprint {
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
    pub(crate) async fn redeem_in(self, tx: &mut Tx, now: Timestamp) -> Result<KeyThumbprint> {
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
    (nonces, db): (&DpopNonces, &WritingDb),
    headers: &HeaderMap,
    (method, url): (&Method, &str),
    token: &str,
    bound_to: KeyThumbprint,
    now: Timestamp,
) -> Result<UnusedProof> {
    let text = single_proof(headers)?.ok_or(Error::Dpop(DpopFault::Missing))?;
    let proof = DpopProof::parse(text, method, url, now).map_err(Error::Dpop)?;
    proof.check_token(token, bound_to).map_err(Error::Dpop)?;
    unused((nonces, db), proof, now).await
}

/// Adds the nonce for the next proof to the response, if the request had a proof.
pub async fn add_nonce(
    (nonces, db): (&DpopNonces, &WritingDb),
    headers: &mut HeaderMap,
    now: Timestamp,
) {
    match nonces.current(db, now).await {
        Ok(nonce) => {
            drop(HeaderValue::try_from(nonce).map(|nonce| headers.insert(DPOP_NONCE, nonce)))
        }
        Err(error) => tracing::error!(%error, "a DPoP nonce could not be created"),
    }
}

/// Whether a request has a proof, valid or not.
pub(crate) fn has_proof(headers: &HeaderMap) -> bool {
    headers.contains_key(DPOP)
}

/// The one proof of a request (RFC 9449 section 4.3, check 1).
pub(crate) fn single_proof(headers: &HeaderMap) -> Result<Option<&str>> {
    let mut sent = headers.get_all(DPOP).iter();
    match (sent.next(), sent.next()) {
        (None, _) => Ok(None),
        (Some(proof), None) => {
            proof.to_str().map(Some).map_err(|_| Error::Dpop(DpopFault::Jws(JwsFault::Malformed)))
        }
        (Some(_), Some(_)) => Err(Error::Dpop(DpopFault::Several)),
    }
}

/// The proof, if its nonce is valid and it wasn't used before.
pub(crate) async fn unused(
    (nonces, db): (&DpopNonces, &WritingDb),
    proof: DpopProof,
    now: Timestamp,
) -> Result<UnusedProof> {
    let fresh = match &proof.nonce {
        Some(nonce) => nonces.accepts(db, nonce, now).await?,
        None => false,
    };
    if !fresh {
        return Err(Error::Dpop(DpopFault::Nonce));
    }
    let proof = UnusedProof { key: proof.key, jti: proof.jti };
    if jti::was_used(db, KIND, &proof.id()).await? {
        return Err(Error::Dpop(DpopFault::Replayed));
    }
    Ok(proof)
}
