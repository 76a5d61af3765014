//! A key, and what it stands for: one request of one token's principal in one portal.

use std::str::FromStr;

use sha2::{Digest, Sha256};

use crate::db::{Column, FromColumn, Param, ToParam};
use crate::error::{Error, Message};
use crate::hexadecimal::hexadecimal;
use crate::ids::PortalId;

/// The maximum length of a key, in characters, without the quotes around it.
pub const LONGEST_KEY: usize = 255;

/// The key of a request, as chosen by the client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey(String);

impl FromStr for IdempotencyKey {
    type Err = Error;

    /// Reads a header's value: a string of RFC 9651 section 3.3.3, in quotes, as the draft asks; or
    /// the bare key, without spaces, quotes and commas, as most clients send it. Both notations of
    /// a key are the same key.
    fn from_str(value: &str) -> Result<Self, Error> {
        let key = match value.strip_prefix('"') {
            Some(rest) => quoted(rest),
            None => bare(value),
        };
        match key {
            Some(key) if (1..=LONGEST_KEY).contains(&key.len()) => Ok(Self(key)),
            _ => Err(Error::BadRequest(Message::with("error.idempotency.key", LONGEST_KEY))),
        }
    }
}

fn bare(value: &str) -> Option<String> {
    let is_allowed = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b',');
    value.bytes().all(is_allowed).then(|| value.to_owned())
}

/// What follows the opening quote.
fn quoted(rest: &str) -> Option<String> {
    let (mut key, mut characters) = (String::with_capacity(rest.len()), rest.chars());
    loop {
        match characters.next()? {
            '"' => break,
            '\\' => match characters.next()? {
                escaped @ ('"' | '\\') => key.push(escaped),
                _ => return None,
            },
            plain @ ' '..='~' => key.push(plain),
            _ => return None,
        }
    }
    characters.next().is_none().then_some(key)
}

/// Identifies a key in the database without revealing it: a hash of the portal, of the key or
/// consent that the token belongs to, and of the client's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyId([u8; 32]);

impl KeyId {
    /// The id of `key` for the requests of `holder` (an API key, or the consent to an app) in a
    /// portal.
    pub fn new(portal: &PortalId, holder: &str, key: &IdempotencyKey) -> Self {
        let mut hash = Sha256::new();
        // None of these contains a zero byte.
        for part in ["idempotency key", portal.as_str(), holder, key.0.as_str()] {
            hash.update(part.as_bytes());
            hash.update([0]);
        }
        Self(hash.finalize().into())
    }

    /// A number for a lock; different keys practically never have the same.
    pub(super) fn lock(self) -> i64 {
        i64::from_be_bytes(std::array::from_fn(|index| self.0[index]))
    }
}

impl ToParam for KeyId {
    fn to_param(&self) -> Param<'_> {
        self.0.as_slice().to_param()
    }
}

impl std::fmt::Display for KeyId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&hexadecimal(&self.0))
    }
}

/// A hash of a request: method, path with query, and body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint([u8; 32]);

impl ToParam for Fingerprint {
    fn to_param(&self) -> Param<'_> {
        self.0.as_slice().to_param()
    }
}

impl FromColumn for Fingerprint {
    fn from_column(column: Column<'_>) -> Option<Self> {
        match column {
            Column::Bytes(bytes) => bytes.try_into().ok().map(Self),
            _ => None,
        }
    }
}

/// The fingerprint of a request whose body is still being read.
#[derive(Debug, Clone)]
pub struct RequestDigest(Sha256);

impl RequestDigest {
    /// A request without its body.
    pub fn new(method: &str, path_and_query: &str) -> Self {
        let mut hash = Sha256::new();
        // Neither contains a zero byte.
        for part in [method, path_and_query] {
            hash.update(part.as_bytes());
            hash.update([0]);
        }
        Self(hash)
    }

    /// Adds the next part of the body.
    pub fn add(&mut self, part: &[u8]) {
        self.0.update(part);
    }

    /// The fingerprint of the request with what was added.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint(self.0.clone().finalize().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_comes_in_quotes_or_bare_and_is_the_same() {
        let key = |value: &str| value.parse::<IdempotencyKey>().ok().map(|key| key.0);
        let uuid = "8e03978e-40d5-43e8-bc93-6894a57f9324";
        assert_eq!(key(uuid).as_deref(), Some(uuid));
        assert_eq!(key(&format!("\"{uuid}\"")).as_deref(), Some(uuid));
        assert_eq!(key(r#""a \"b\" \\ c, d""#).as_deref(), Some(r#"a "b" \ c, d"#));
        assert_eq!(key("order:12/a;b=c").as_deref(), Some("order:12/a;b=c"));
        let longest = "x".repeat(LONGEST_KEY);
        assert_eq!(key(&longest).map(|key| key.len()), Some(LONGEST_KEY));
        assert!(key(&format!("\"{longest}\"")).is_some());
    }

    #[test]
    fn other_values_are_no_keys() {
        let longer = "x".repeat(LONGEST_KEY + 1);
        for wrong in [
            "",
            "\"\"",
            "\"",
            "\"a",
            "a\"",
            "\"a\" ",
            "\"a\";b",
            "\"a\", \"b\"",
            "a, b",
            "a,b",
            "a b",
            r#""\a""#,
            r#""a\""#,
            "\"\u{7f}\"",
            "\u{e9}",
            "\"\u{e9}\"",
            &longer,
            &format!("\"{longer}\""),
        ] {
            assert!(wrong.parse::<IdempotencyKey>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn each_portal_and_each_owner_has_keys_of_its_own() {
        let portals: [PortalId; 2] = ["prt_a".parse().unwrap(), "prt_b".parse().unwrap()];
        let key = |text: &str| text.parse::<IdempotencyKey>().unwrap();
        let id = KeyId::new(&portals[0], "key_a", &key("1"));
        assert_eq!(id, KeyId::new(&portals[0], "key_a", &key("\"1\"")));
        assert_ne!(id, KeyId::new(&portals[1], "key_a", &key("1")));
        assert_ne!(id, KeyId::new(&portals[0], "key_b", &key("1")));
        assert_ne!(id, KeyId::new(&portals[0], "key_a", &key("2")));
        assert!(!id.to_string().contains("key_a") && id.to_string().len() == 64);
    }

    #[test]
    fn requests_that_differ_anywhere_have_other_fingerprints() {
        let of = |method: &str, path: &str, parts: &[&str]| {
            let mut digest = RequestDigest::new(method, path);
            parts.iter().for_each(|part| digest.add(part.as_bytes()));
            digest.fingerprint()
        };
        let one = of("POST", "/v1/customers", &["{\"a\":", "1}"]);
        assert_eq!(one, of("POST", "/v1/customers", &["{\"a\":1}"]), "however it arrives");
        assert_ne!(one, of("POST", "/v1/customers", &["{\"a\":2}"]));
        assert_ne!(one, of("POST", "/v1/customers", &[]));
        assert_ne!(one, of("POST", "/v1/customers?x", &["{\"a\":1}"]));
        assert_ne!(one, of("PUT", "/v1/customers", &["{\"a\":1}"]));
    }
}
