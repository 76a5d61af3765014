//! A JWS in compact form (RFC 7515 section 3.1).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use super::public_key::Jwk;
use super::{Algorithm, Claims, JwsFault, PublicKey};

/// The longest accepted text, in bytes: room for a large RSA key and its signature.
const LONGEST: usize = 8 * 1024;

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
