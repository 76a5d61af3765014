//! Public keys (JWK, RFC 7517 and 7518), and verification of their signatures.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256,
};
use ring::signature::{
    RsaParameters, RsaPublicKeyComponents, UnparsedPublicKey, VerificationAlgorithm,
};
use serde::Deserialize;
use serde::de::IgnoredAny;
use sha2::{Digest, Sha256};

use super::JwsFault;
use crate::auth::KeyThumbprint;

/// A supported signature algorithm (RFC 7518 section 3.1, RFC 8037, RFC 9864).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// Ed25519, by its old or its new name.
    Ed25519,
    /// RSA (PKCS #1 v1.5) with SHA-256.
    Rs256,
    /// RSA (PSS) with SHA-256.
    Ps256,
}

impl Algorithm {
    /// The names of all, for the metadata.
    pub const NAMES: [&str; 5] = ["ES256", "EdDSA", "Ed25519", "RS256", "PS256"];

    /// The algorithm with an `alg`. `none` and those with a shared secret are unsupported.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "ES256" => Some(Self::Es256),
            "EdDSA" | "Ed25519" => Some(Self::Ed25519),
            "RS256" => Some(Self::Rs256),
            "PS256" => Some(Self::Ps256),
            _ => None,
        }
    }
}

/// A public key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PublicKey {
    /// A point on P-256.
    P256 {
        /// The first coordinate.
        x: [u8; 32],
        /// The second.
        y: [u8; 32],
    },
    /// A key of Ed25519.
    Ed25519 {
        /// The key.
        x: [u8; 32],
    },
    /// An RSA key of 2048 to 4096 bits.
    Rsa {
        /// The modulus.
        n: Vec<u8>,
        /// The exponent.
        e: Vec<u8>,
    },
}

/// A key's JSON. For members that no public key has, only their presence is read.
#[derive(Deserialize)]
pub(super) struct Jwk {
    kty: String,
    crv: Option<String>,
    x: Option<String>,
    y: Option<String>,
    n: Option<String>,
    e: Option<String>,
    d: Option<IgnoredAny>,
    p: Option<IgnoredAny>,
    q: Option<IgnoredAny>,
    dp: Option<IgnoredAny>,
    dq: Option<IgnoredAny>,
    qi: Option<IgnoredAny>,
    oth: Option<IgnoredAny>,
    k: Option<IgnoredAny>,
}

impl TryFrom<Jwk> for PublicKey {
    type Error = JwsFault;

    fn try_from(jwk: Jwk) -> Result<Self, JwsFault> {
        let private = [&jwk.d, &jwk.p, &jwk.q, &jwk.dp, &jwk.dq, &jwk.qi, &jwk.oth, &jwk.k];
        if private.iter().any(|part| part.is_some()) {
            return Err(JwsFault::PrivateKey);
        }
        let key = match (jwk.kty.as_str(), jwk.crv.as_deref()) {
            ("EC", Some("P-256")) => {
                coordinate(jwk.x).zip(coordinate(jwk.y)).map(|(x, y)| Self::P256 { x, y })
            }
            ("OKP", Some("Ed25519")) => coordinate(jwk.x).map(|x| Self::Ed25519 { x }),
            ("RSA", _) => {
                let (n, e) = (number(jwk.n, 256..=512), number(jwk.e, 1..=4));
                n.zip(e).map(|(n, e)| Self::Rsa { n, e })
            }
            _ => None,
        };
        key.ok_or(JwsFault::Key)
    }
}

fn coordinate(text: Option<String>) -> Option<[u8; 32]> {
    URL_SAFE_NO_PAD.decode(text?).ok()?.try_into().ok()
}

/// A number of so many bytes, without leading zeros (RFC 7518 section 2).
fn number(text: Option<String>, length: std::ops::RangeInclusive<usize>) -> Option<Vec<u8>> {
    let bytes = URL_SAFE_NO_PAD.decode(text?).ok()?;
    (length.contains(&bytes.len()) && bytes[0] != 0).then_some(bytes)
}

impl PublicKey {
    /// A key's JSON.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn from_json(json: &serde_json::Value) -> Result<Self, JwsFault> {
        Jwk::deserialize(json).map_err(|_| JwsFault::Key)?.try_into()
    }

    /// The key as JSON, with only its required members.
    pub fn to_json(&self) -> serde_json::Map<String, serde_json::Value> {
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let members = match self {
            Self::P256 { x, y } => vec![
                ("kty", "EC".to_owned()),
                ("crv", "P-256".to_owned()),
                ("x", text(x)),
                ("y", text(y)),
            ],
            Self::Ed25519 { x } => {
                vec![("kty", "OKP".to_owned()), ("crv", "Ed25519".to_owned()), ("x", text(x))]
            }
            Self::Rsa { n, e } => vec![("kty", "RSA".to_owned()), ("n", text(n)), ("e", text(e))],
        };
        members.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect()
    }

    /// What kind of key it is, such as `RSA 2048`.
    pub fn kind(&self) -> String {
        match self {
            Self::P256 { .. } => "EC P-256".to_owned(),
            Self::Ed25519 { .. } => "Ed25519".to_owned(),
            Self::Rsa { n, .. } => format!("RSA {}", n.len() * 8),
        }
    }

    /// Whether the key can sign with an algorithm.
    pub const fn fits(&self, algorithm: Algorithm) -> bool {
        matches!(
            (self, algorithm),
            (Self::P256 { .. }, Algorithm::Es256)
                | (Self::Ed25519 { .. }, Algorithm::Ed25519)
                | (Self::Rsa { .. }, Algorithm::Rs256 | Algorithm::Ps256)
        )
    }

    /// The SHA-256 thumbprint (RFC 7638 section 3).
    pub fn thumbprint(&self) -> KeyThumbprint {
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let json = match self {
            Self::P256 { x, y } => {
                format!(r#"{{"crv":"P-256","kty":"EC","x":"{}","y":"{}"}}"#, text(x), text(y))
            }
            Self::Ed25519 { x } => format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, text(x)),
            Self::Rsa { n, e } => format!(r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#, text(e), text(n)),
        };
        KeyThumbprint::new(Sha256::digest(json.as_bytes()).into())
    }

    /// Whether `signature` is this key's signature of `message`, with an algorithm that matches the
    /// key.
    pub fn verifies(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        let by = |kind: &'static dyn VerificationAlgorithm, key: &[u8]| {
            UnparsedPublicKey::new(kind, key).verify(message, signature).is_ok()
        };
        let by_rsa = |kind: &RsaParameters, n, e| {
            RsaPublicKeyComponents { n, e }.verify(kind, message, signature).is_ok()
        };
        match (self, algorithm) {
            (Self::P256 { x, y }, Algorithm::Es256) => {
                by(&ECDSA_P256_SHA256_FIXED, &[&[4], x.as_slice(), y.as_slice()].concat())
            }
            (Self::Ed25519 { x }, Algorithm::Ed25519) => by(&ED25519, x),
            (Self::Rsa { n, e }, Algorithm::Rs256) => by_rsa(&RSA_PKCS1_2048_8192_SHA256, n, e),
            (Self::Rsa { n, e }, Algorithm::Ps256) => by_rsa(&RSA_PSS_2048_8192_SHA256, n, e),
            _ => false,
        }
    }
}
