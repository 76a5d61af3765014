//! The public keys that an app authenticates with (RFC 7523, a JWK Set of RFC 7517 section 5). They
//! replace its secret.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::AppSecret;
use crate::auth::KeyThumbprint;
use crate::db::{Column, Db, FromColumn, Param, ToParam, Tx, from_row, params};
use crate::error::{Error, Result};
use crate::ids::{AppId, DeveloperId};
use crate::jose::{Algorithm, JwsFault, PublicKey};

/// The maximum number of keys of an app, including those being introduced.
const MOST: usize = 10;

/// The longest accepted text, in bytes.
const LONGEST: usize = 32 * 1024;

/// The longest name of a key, in bytes.
const LONGEST_KID: usize = 200;

/// An app's public keys; at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientKeys(Vec<ClientKey>);

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientKey {
    /// Its name in assertions.
    pub kid: Option<String>,
    /// The only algorithm it signs with, if its developer set one.
    algorithm: Option<String>,
    key: PublicKey,
}

/// Why a text isn't a set of public keys. Keys are numbered from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ClientKeysFault {
    /// The private key, as PEM.
    #[error("this is a private key; register only the public key, and create a new pair now")]
    PrivatePem,
    /// A key or certificate as PEM.
    #[error("this is PEM; a JWK Set is JSON")]
    Pem,
    /// Not JSON of the right shape, or too long.
    #[error("this is not a JWK Set, which is JSON such as {{\"keys\": [{{\"kty\": ...}}]}}")]
    Shape,
    /// `keys` is empty.
    #[error("the JWK Set has no keys")]
    Empty,
    /// More than ten.
    #[error("the JWK Set has more than {MOST} keys")]
    TooMany,
    /// A key has its private parts, or is a shared secret.
    #[error(
        "key {0} contains its private part; register only the public key, and create a new pair now"
    )]
    Private(usize),
    /// Of an unsupported type, or malformed.
    #[error("key {0} is malformed, or not EC P-256, Ed25519, or RSA of 2048 to 4096 bits")]
    Kind(usize),
    /// `alg` is unsupported, or doesn't match the key.
    #[error(
        "the alg of key {0} is not one of ES256, EdDSA, Ed25519, RS256, PS256, or does not match the key"
    )]
    Algorithm(usize),
    /// `use` is for encryption.
    #[error("the use of key {0} is not sig")]
    Use(usize),
    /// `kid` isn't a string, is empty or too long.
    #[error("the kid of key {0} is not a string of 1 to {LONGEST_KID} characters")]
    Kid(usize),
    /// Another key has the same `kid`.
    #[error("key {0} has the same kid as another key")]
    Doubled(usize),
}

impl FromStr for ClientKeys {
    type Err = ClientKeysFault;

    /// Parses a JWK Set or a single JWK. Members that don't describe the key are dropped.
    fn from_str(text: &str) -> Result<Self, ClientKeysFault> {
        let text = text.trim();
        if text.contains("-----BEGIN") {
            return Err(if text.contains("PRIVATE KEY") {
                ClientKeysFault::PrivatePem
            } else {
                ClientKeysFault::Pem
            });
        }
        if text.len() > LONGEST {
            return Err(ClientKeysFault::Shape);
        }
        let set: Map<String, Value> =
            serde_json::from_str(text).map_err(|_| ClientKeysFault::Shape)?;
        let keys = match set.get("keys") {
            Some(Value::Array(keys)) => keys.clone(),
            None if set.contains_key("kty") => vec![Value::Object(set)],
            _ => return Err(ClientKeysFault::Shape),
        };
        if keys.is_empty() {
            return Err(ClientKeysFault::Empty);
        }
        if keys.len() > MOST {
            return Err(ClientKeysFault::TooMany);
        }
        let keys = keys
            .iter()
            .zip(1..)
            .map(|(key, number)| ClientKey::read(key, number))
            .collect::<Result<Vec<_>, _>>()?;
        let mut names = BTreeSet::new();
        for (key, number) in keys.iter().zip(1..) {
            if key.kid.as_ref().is_some_and(|kid| !names.insert(kid)) {
                return Err(ClientKeysFault::Doubled(number));
            }
        }
        Ok(Self(keys))
    }
}

impl ClientKey {
    fn read(json: &Value, number: usize) -> Result<Self, ClientKeysFault> {
        let key = PublicKey::from_json(json).map_err(|fault| match fault {
            JwsFault::PrivateKey => ClientKeysFault::Private(number),
            _ => ClientKeysFault::Kind(number),
        })?;
        if json.get("use").is_some_and(|purpose| purpose != "sig") {
            return Err(ClientKeysFault::Use(number));
        }
        let algorithm = json.get("alg").map(|alg| match alg.as_str() {
            Some(alg) if Algorithm::named(alg).is_some_and(|algorithm| key.fits(algorithm)) => {
                Ok(alg.to_owned())
            }
            _ => Err(ClientKeysFault::Algorithm(number)),
        });
        let kid = json.get("kid").map(|kid| match kid.as_str() {
            Some(kid) if (1..=LONGEST_KID).contains(&kid.len()) => Ok(kid.to_owned()),
            _ => Err(ClientKeysFault::Kid(number)),
        });
        Ok(Self { kid: kid.transpose()?, algorithm: algorithm.transpose()?, key })
    }

    fn to_json(&self) -> Value {
        let mut json = self.key.to_json();
        json.extend(self.kid.iter().map(|kid| ("kid".to_owned(), kid.as_str().into())));
        json.extend(
            self.algorithm.iter().map(|algorithm| ("alg".to_owned(), algorithm.as_str().into())),
        );
        Value::Object(json)
    }

    /// What kind of key it is, such as `EC P-256`.
    pub fn kind(&self) -> String {
        self.key.kind()
    }

    /// Its thumbprint (RFC 7638).
    pub fn thumbprint(&self) -> KeyThumbprint {
        self.key.thumbprint()
    }

    fn signs_by(&self, algorithm: Algorithm) -> bool {
        let only = self.algorithm.as_deref().and_then(Algorithm::named);
        self.key.fits(algorithm) && only.is_none_or(|only| only == algorithm)
    }
}

/// The JWK Set as indented JSON, with only the members that describe the keys.
impl fmt::Display for ClientKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys: Vec<Value> = self.0.iter().map(ClientKey::to_json).collect();
        write!(f, "{:#}", json!({ "keys": keys }))
    }
}

impl ToParam for ClientKeys {
    fn to_param(&self) -> Param<'_> {
        Param::Text(self.to_string().into())
    }
}

impl FromColumn for ClientKeys {
    fn from_column(column: Column<'_>) -> Option<Self> {
        match column {
            Column::Text(text) => text.parse().ok(),
            _ => None,
        }
    }
}

struct Registered {
    jwks: ClientKeys,
}

from_row!(Registered { jwks });

impl ClientKeys {
    /// The keys, in the order in which they were registered.
    pub fn iter(&self) -> impl Iterator<Item = &ClientKey> {
        self.0.iter()
    }

    /// The candidate keys for a signature with this algorithm; only those with `kid`, if it is
    /// given.
    pub(crate) fn candidates<'a>(
        &'a self,
        kid: Option<&'a str>,
        algorithm: Algorithm,
    ) -> impl Iterator<Item = &'a PublicKey> {
        let named = move |key: &ClientKey| kid.is_none_or(|kid| key.kid.as_deref() == Some(kid));
        self.0.iter().filter(move |key| named(key) && key.signs_by(algorithm)).map(|key| &key.key)
    }

    /// The keys of an app; `None` if it has none and authenticates with its secret.
    pub async fn of(db: &Db, app: &AppId) -> Result<Option<Self>> {
        let row: Option<Registered> = db
            .row(
                "SELECT jwks FROM apps WHERE id = ?1 AND jwks IS NOT NULL AND deleted_at IS NULL",
                params![app],
            )
            .await?;
        Ok(row.map(|row| row.jwks))
    }

    /// Sets the keys of a developer's confidential app. Its secrets keep working for `overlap`.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the developer has no such app.
    pub async fn register(
        &self,
        tx: &mut Tx,
        developer: &DeveloperId,
        app: &AppId,
        overlap: SignedDuration,
        now: Timestamp,
    ) -> Result<()> {
        self.replace(tx, developer, app).await?;
        AppSecret::end(tx, app, overlap, now).await
    }

    /// Replaces the keys.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the developer has no such app.
    pub async fn replace(&self, tx: &mut Tx, developer: &DeveloperId, app: &AppId) -> Result<()> {
        let set = "UPDATE apps SET jwks = ?3 WHERE id = ?1 AND developer_id = ?2 AND client_type = 'confidential' AND deleted_at IS NULL";
        match tx.execute(set, params![app, developer, self]).await? {
            0 => Err(Error::NotFound),
            _ => Ok(()),
        }
    }

    /// Removes the keys of a developer's app: from now on it authenticates with a secret. False when
    /// it has none.
    pub async fn remove(tx: &mut Tx, developer: &DeveloperId, app: &AppId) -> Result<bool> {
        let remove = "UPDATE apps SET jwks = NULL WHERE id = ?1 AND developer_id = ?2 AND jwks IS NOT NULL AND deleted_at IS NULL";
        Ok(tx.execute(remove, params![app, developer]).await? == 1)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::jose::tests::TestKey;

    fn with(member: &str, value: Value) -> Value {
        let mut key = TestKey::new().jwk();
        key[member] = value;
        key
    }

    fn set(keys: &[Value]) -> Result<ClientKeys, ClientKeysFault> {
        json!({ "keys": keys }).to_string().parse()
    }

    #[test]
    fn a_set_is_kept_without_what_says_nothing_of_its_keys() {
        let mut key = with("kid", "a".into());
        for (member, value) in
            [("use", "sig"), ("alg", "ES256"), ("x5t", "abc"), ("comment", "<b>")]
        {
            key[member] = value.into();
        }
        let keys = set(&[key.clone(), with("kid", "b".into())]).unwrap();
        assert_eq!(keys.to_string().parse(), Ok(keys.clone()));
        assert!(!keys.to_string().contains("comment") && keys.to_string().contains("ES256"));
        assert_eq!(
            key.to_string().parse::<ClientKeys>().unwrap().iter().count(),
            1,
            "a single key"
        );
        assert_eq!(keys.candidates(Some("a"), Algorithm::Es256).count(), 1);
        assert_eq!(keys.candidates(None, Algorithm::Es256).count(), 2);
        for (kid, algorithm) in [
            (Some("c"), Algorithm::Es256),
            (Some("a"), Algorithm::Rs256),
            (None, Algorithm::Ed25519),
        ] {
            assert_eq!(keys.candidates(kid, algorithm).count(), 0);
        }
    }

    #[test]
    fn private_parts_are_refused_and_named() {
        assert_eq!(
            set(&[TestKey::new().jwk(), with("d", "AA".into())]),
            Err(ClientKeysFault::Private(2))
        );
        assert_eq!(
            set(&[json!({ "kty": "oct", "k": "c2VjcmV0" })]),
            Err(ClientKeysFault::Private(1))
        );
        for kind in ["", "RSA ", "EC ", "ENCRYPTED "] {
            let pem =
                format!("-----BEGIN {kind}PRIVATE KEY-----\nMII\n-----END {kind}PRIVATE KEY-----");
            assert_eq!(pem.parse::<ClientKeys>(), Err(ClientKeysFault::PrivatePem));
        }
    }

    #[test]
    fn what_is_no_set_of_keys_is_told_why() {
        for shape in [
            "",
            "null",
            "[]",
            "{}",
            "{\"keys\": 1}",
            "{\"keys\": {}}",
            "https://app.example/jwks.json",
            &" ".repeat(LONGEST + 1),
        ] {
            assert_eq!(shape.parse::<ClientKeys>(), Err(ClientKeysFault::Shape), "{shape}");
        }
        assert_eq!("-----BEGIN PUBLIC KEY-----".parse::<ClientKeys>(), Err(ClientKeysFault::Pem));
        assert_eq!(set(&[]), Err(ClientKeysFault::Empty));
        let keys: Vec<Value> = (0..=MOST).map(|_| TestKey::new().jwk()).collect();
        assert_eq!(set(&keys), Err(ClientKeysFault::TooMany));
        assert!(set(&keys[1..]).is_ok());
        for kind in [
            json!(1),
            json!({ "kty": "EC", "crv": "P-384", "x": "AA", "y": "AA" }),
            json!({ "kty": "RSA", "n": "AQAB", "e": "AQAB" }),
        ] {
            assert_eq!(set(&[kind]), Err(ClientKeysFault::Kind(1)));
        }
        for alg in [json!("RS256"), json!("none"), json!("HS256"), json!(1), Value::Null] {
            assert_eq!(set(&[with("alg", alg)]), Err(ClientKeysFault::Algorithm(1)));
        }
        assert_eq!(set(&[with("use", "enc".into())]), Err(ClientKeysFault::Use(1)));
        for kid in [json!(""), json!(1), Value::Null, json!("x".repeat(LONGEST_KID + 1))] {
            assert_eq!(set(&[with("kid", kid)]), Err(ClientKeysFault::Kid(1)));
        }
        assert_eq!(
            set(&[with("kid", "a".into()), TestKey::new().jwk(), with("kid", "a".into())]),
            Err(ClientKeysFault::Doubled(3))
        );
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC*", member in "\\PC*") {
            let _ = text.parse::<ClientKeys>();
            let _ = format!("{{\"keys\":[{{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":{member:?}}}]}}").parse::<ClientKeys>();
        }
    }
}
