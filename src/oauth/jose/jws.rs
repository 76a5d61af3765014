//! One signed text, in the compact form (RFC 7515 section 3.1).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use super::public_key::Jwk;
use super::{Algorithm, Claims, PublicKey};

/// The longest text that is read, in bytes: room for a large RSA key and its signature.
const LONGEST: usize = 8 * 1024;

/// Why a signed text does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JwsFault {
    /// Not three parts of base64url with JSON in the first two, or too long.
    #[error("it is not a signed JWT in compact form")]
    Malformed,
    /// `none`, a shared secret, or an algorithm that is not taken.
    #[error("its alg is not one of ES256, EdDSA, Ed25519, RS256, PS256")]
    Algorithm,
    /// `crit` names something that is not understood (RFC 7515 section 4.1.11).
    #[error("it has extensions that are not understood (crit)")]
    Critical,
    /// Not a public key of a kind that is taken.
    #[error("the key is missing, malformed or of an unsupported type")]
    Key,
    /// The private key was sent along.
    #[error("the key contains private parts; send only the public key, and create a new pair now")]
    PrivateKey,
    /// The signature is another's, or over something else.
    #[error("the signature is wrong")]
    Signature,
    /// A claim is missing that must be there.
    #[error("the claim {0} is missing")]
    NoClaim(&'static str),
    /// A claim is something else than a text.
    #[error("the claim {0} must be a string")]
    NoText(&'static str),
    /// A claim is something else than a moment.
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

/// A signed text whose signature was not looked at yet; what it says comes out by [`Jws::claims`]
/// only.
pub struct Jws<'a> {
    /// The algorithm that it says it was signed by.
    pub algorithm: Algorithm,
    /// What it says it is.
    pub typ: Option<String>,
    /// The name of the key.
    pub kid: Option<String>,
    /// The key that it carries along.
    pub key: Option<PublicKey>,
    signed: &'a str,
    payload: &'a str,
    signature: Vec<u8>,
}

impl<'a> Jws<'a> {
    /// Reads a text.
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

    /// Whose the text says it is (`sub`, RFC 7519 section 4.1.2), whoever signed it: to find the
    /// keys that it must have been signed by.
    pub fn unverified_subject(&self) -> Option<String> {
        #[derive(Deserialize)]
        struct Subject {
            sub: String,
        }

        json::<Subject>(self.payload).ok().map(|claims| claims.sub)
    }

    /// What the text says, if it was signed by `key`.
    ///
    /// # Errors
    /// [`JwsFault::Signature`], or [`JwsFault::Malformed`] when it is no JSON object.
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
