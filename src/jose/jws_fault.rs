//! Why a JWS isn't valid.

/// Why a JWS isn't valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JwsFault {
    /// Not three parts of base64url with JSON in the first two, or too long.
    #[error("it is not a signed JWT in compact form")]
    Malformed,
    /// `none`, a shared secret, or another unsupported algorithm.
    #[error("its alg is not one of ES256, EdDSA, Ed25519, RS256, PS256")]
    Algorithm,
    /// `crit` names an unsupported extension (RFC 7515 section 4.1.11).
    #[error("it has extensions that are not understood (crit)")]
    Critical,
    /// Not a public key of a supported type.
    #[error("the key is missing, malformed or of an unsupported type")]
    Key,
    /// The JWS contains the private key.
    #[error("the key contains private parts; send only the public key, and create a new pair now")]
    PrivateKey,
    /// The signature doesn't match.
    #[error("the signature is wrong")]
    Signature,
    /// A required claim is missing.
    #[error("the claim {0} is missing")]
    NoClaim(&'static str),
    /// A claim isn't a string.
    #[error("the claim {0} must be a string")]
    NoText(&'static str),
    /// A claim isn't a time.
    #[error("the claim {0} must be a number: seconds since 1970")]
    NoNumber(&'static str),
}
