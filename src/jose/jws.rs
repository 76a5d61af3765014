//! A JWS in compact form (RFC 7515 section 3.1).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use super::public_key::Jwk;
use super::{Algorithm, Claims, PublicKey};

/// The longest accepted text, in bytes: room for a large RSA key and its signature.
const LONGEST: usize = 8 * 1024;

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

#[derive(Deserialize)]
struct Header {
    alg: String,
    typ: Option<String>,
    kid: Option<String>,
    jwk: Option<Jwk>,
    crit: Option<IgnoredAny>,
}

/// A JWS with an unverified signature. Only [`Jws::claims`] gives access to its claims.
pub struct Jws<'a> {
    /// Its `alg`.
    pub algorithm: Algorithm,
    /// Its `typ`.
    pub typ: Option<String>,
    /// Its `kid`.
    pub kid: Option<String>,
    /// Its `jwk`.
    pub key: Option<PublicKey>,
    signed: &'a str,
    payload: &'a str,
    signature: Vec<u8>,
}

impl<'a> Jws<'a> {
    /// Parses a JWS.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &'a str) -> Result<Self, JwsFault> {
        if text.len() > LONGEST {
            return Err(JwsFault::Malformed);
        }
        let (signed, signature) = text.rsplit_once('.').ok_or(JwsFault::Malformed)?;
        let (header, payload) = signed.split_once('.').ok_or(JwsFault::Malformed)?;
        let header: Header = json(header)?;
        if header.crit.is_some() {
            return Err(JwsFault::Critical);
        }
        let algorithm = Algorithm::named(&header.alg).ok_or(JwsFault::Algorithm)?;
        let key = header.jwk.map(PublicKey::try_from).transpose()?;
        let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| JwsFault::Malformed)?;
        Ok(Self { algorithm, typ: header.typ, kid: header.kid, key, signed, payload, signature })
    }

    /// The unverified subject (`sub`, RFC 7519 section 4.1.2), to find the keys to verify it with.
    pub fn unverified_subject(&self) -> Option<String> {
        #[derive(Deserialize)]
        struct Subject {
            sub: String,
        }

        json::<Subject>(self.payload).ok().map(|claims| claims.sub)
    }

    /// The claims, if it was signed with `key`.
    ///
    /// # Errors
    /// [`JwsFault::Signature`], or [`JwsFault::Malformed`] when they aren't a JSON object.
    pub fn claims(&self, key: &PublicKey) -> Result<Claims, JwsFault> {
        if !key.verifies(self.algorithm, self.signed.as_bytes(), &self.signature) {
            return Err(JwsFault::Signature);
        }
        json(self.payload).map(Claims)
    }
}

fn json<T: DeserializeOwned>(part: &str) -> Result<T, JwsFault> {
    let bytes = URL_SAFE_NO_PAD.decode(part).map_err(|_| JwsFault::Malformed)?;
    serde_json::from_slice(&bytes).map_err(|_| JwsFault::Malformed)
}
