//! Faults of proofs.

use super::JwsFault;

/// Why a proof isn't valid. The messages are for developers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DpopFault {
    /// There is none.
    #[error("the header DPoP is missing")]
    Missing,
    /// There are several.
    #[error("send one DPoP header only")]
    Several,
    /// It isn't properly signed.
    #[error("{0}")]
    Jws(#[from] JwsFault),
    /// It is a JWT for something else.
    #[error("its typ must be dpop+jwt")]
    Type,
    /// It is for another method.
    #[error("its htm is not the request's method")]
    Method,
    /// It is for another address.
    #[error("its htu is not the request's public URL")]
    Url,
    /// It is too old, or in the future.
    #[error("its iat is too far from the server's time")]
    Issued,
    /// Its `jti` is missing or unusable.
    #[error("its jti is empty or too long")]
    Id,
    /// It was made for another token.
    #[error("its ath is not the hash of the access token")]
    Token,
    /// It was signed with another key than the token's.
    #[error("it was signed with another key than the one the token is bound to")]
    Key,
    /// It was used before.
    #[error("it was used before; create a new one for each request")]
    Replayed,
    /// It has no nonce, or an expired one.
    #[error("put the nonce from the header DPoP-Nonce into the proof and send the request again")]
    Nonce,
}

impl DpopFault {
    /// The error code of the challenge (RFC 9449 sections 7.1 and 9).
    pub const fn code(self) -> &'static str {
        match self {
            Self::Nonce => "use_dpop_nonce",
            _ => "invalid_dpop_proof",
        }
    }
}
