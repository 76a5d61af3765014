//! The keys, and what is sealed with them: AES-256-GCM (NIST SP 800-38D) with random nonces.
//!
//! A sealed value is `1 ‖ key id (8 bytes) ‖ nonce (12 bytes) ‖ ciphertext and tag`.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use sha2::{Digest, Sha256};

use crate::db::{Column, FromColumn, Param, ToParam};

/// The first byte of every sealed value.
const FORMAT: u8 = 1;
const KEY_LENGTH: usize = 32;
const ID_LENGTH: usize = 8;
const HEADER_LENGTH: usize = 1 + ID_LENGTH + NONCE_LEN;

/// Tells keys apart without giving anything of them away: the beginning of a SHA-256 hash.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct KeyId([u8; ID_LENGTH]);

struct Key {
    id: KeyId,
    key: LessSafeKey,
}

/// The keys that a server has: the first seals, all of them open. They do not print.
#[derive(Clone)]
pub struct SealingKeys(Arc<[Key]>);

/// Not keys as `openssl rand -base64 32` makes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected keys of 32 bytes in base64, separated by commas or newlines")]
pub struct MalformedKeys;

/// Why a sealed value cannot be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unsealable {
    /// It is no sealed value.
    #[error("the value is not sealed")]
    NotSealed,
    /// It was sealed with a key that this server does not have.
    #[error("the value is sealed with encryption key {0}, which this server does not have")]
    UnknownKey(KeyId),
    /// It was changed, or belongs in another place.
    #[error("the sealed value was changed or moved")]
    Forged,
}

impl SealingKeys {
    /// One new random key.
    pub fn random() -> Self {
        Self([Key::new(&rand::random())].into())
    }

    /// The id of the key that seals.
    pub fn current(&self) -> KeyId {
        self.0[0].id
    }

    /// Whether one of the keys has this id.
    pub fn has(&self, id: KeyId) -> bool {
        self.find(id).is_some()
    }

    fn find(&self, id: KeyId) -> Option<&Key> {
        self.0.iter().find(|key| key.id == id)
    }

    /// Seals a value for one place, such as `totp_factors/acc_…`: it opens nowhere else.
    pub fn seal(&self, plain: &[u8], place: &str) -> Vec<u8> {
        let (key, nonce) = (&self.0[0], rand::random::<[u8; NONCE_LEN]>());
        let mut sealed = [&[FORMAT][..], &key.id.0, &nonce].concat();
        let mut text = plain.to_vec();
        key.key
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(place),
                &mut text,
            )
            .unwrap_or_else(|_| unreachable!("values are shorter than 64 GB"));
        sealed.append(&mut text);
        sealed
    }

    /// Opens a value that was sealed for `place`.
    ///
    /// # Errors
    /// When it is no such value, or none of the keys opens it.
    pub fn open(&self, sealed: &[u8], place: &str) -> Result<Vec<u8>, Unsealable> {
        let id = KeyId::of_sealed(sealed).ok_or(Unsealable::NotSealed)?;
        let key = self.find(id).ok_or(Unsealable::UnknownKey(id))?;
        let (header, text) = sealed.split_at(HEADER_LENGTH);
        let nonce = Nonce::try_assume_unique_for_key(&header[1 + ID_LENGTH..])
            .map_err(|_| Unsealable::Forged)?;
        let mut text = text.to_vec();
        let plain = key
            .key
            .open_in_place(nonce, Aad::from(place), &mut text)
            .map_err(|_| Unsealable::Forged)?;
        Ok(plain.to_vec())
    }
}

impl Key {
    fn new(bytes: &[u8; KEY_LENGTH]) -> Self {
        let hash: [u8; 32] = Sha256::new()
            .chain_update(b"klantportaal encryption key id:")
            .chain_update(bytes)
            .finalize()
            .into();
        let key = UnboundKey::new(&AES_256_GCM, bytes)
            .unwrap_or_else(|_| unreachable!("a key of AES-256 has 32 bytes"));
        Self { id: KeyId(std::array::from_fn(|index| hash[index])), key: LessSafeKey::new(key) }
    }
}

impl KeyId {
    /// The id of the key that a value is sealed with; `None` when it is not sealed.
    pub fn of_sealed(sealed: &[u8]) -> Option<Self> {
        if sealed.len() < HEADER_LENGTH + AES_256_GCM.tag_len() || sealed[0] != FORMAT {
            return None;
        }
        sealed[1..=ID_LENGTH].try_into().ok().map(Self)
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl ToParam for KeyId {
    fn to_param(&self) -> Param<'_> {
        self.0.as_slice().to_param()
    }
}

impl FromColumn for KeyId {
    fn from_column(column: Column<'_>) -> Option<Self> {
        match column {
            Column::Bytes(bytes) => bytes.try_into().ok().map(Self),
            _ => None,
        }
    }
}

impl fmt::Debug for SealingKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|key| key.id)).finish()
    }
}

impl FromStr for SealingKeys {
    type Err = MalformedKeys;

    fn from_str(text: &str) -> Result<Self, MalformedKeys> {
        let keys = text
            .split([',', ' ', '\n', '\r', '\t'])
            .filter(|key| !key.is_empty())
            .map(|key| STANDARD.decode(key).ok()?.as_slice().try_into().ok().map(Key::new))
            .collect::<Option<Vec<Key>>>()
            .filter(|keys| !keys.is_empty())
            .ok_or(MalformedKeys)?;
        Ok(Self(keys.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: &str =
        "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=,QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY=";

    #[test]
    fn a_value_opens_in_its_own_place_with_its_own_key() {
        let keys = SealingKeys::random();
        let sealed = keys.seal(b"zaad", "totp_factors/acc_a");
        assert_eq!(keys.open(&sealed, "totp_factors/acc_a").unwrap(), b"zaad");
        assert_eq!(keys.open(&sealed, "totp_factors/acc_b"), Err(Unsealable::Forged));
        assert_eq!(KeyId::of_sealed(&sealed), Some(keys.current()));
        assert_ne!(keys.seal(b"zaad", "totp_factors/acc_a"), sealed, "nonces differ");
        let other = SealingKeys::random();
        assert_eq!(
            other.open(&sealed, "totp_factors/acc_a"),
            Err(Unsealable::UnknownKey(keys.current()))
        );
    }

    #[test]
    fn a_changed_value_never_opens() {
        let keys = SealingKeys::random();
        let sealed = keys.seal(b"zaad", "a");
        for index in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[index] ^= 1;
            assert!(keys.open(&changed, "a").is_err(), "byte {index}");
        }
        for short in 0..sealed.len() {
            assert!(keys.open(&sealed[..short], "a").is_err(), "{short} bytes");
        }
        assert_eq!(keys.open(&[7; 20], "a"), Err(Unsealable::NotSealed));
    }

    #[test]
    fn the_first_key_seals_and_all_of_them_open() {
        let (both, first) = (TWO.parse::<SealingKeys>().unwrap(), TWO.split_once(',').unwrap().0);
        let first: SealingKeys = first.parse().unwrap();
        assert_eq!(both.current(), first.current());
        let turned: SealingKeys =
            TWO.split(',').rev().collect::<Vec<_>>().join("\n").parse().unwrap();
        assert_ne!(turned.current(), both.current());
        assert_eq!(turned.open(&both.seal(b"x", "a"), "a").unwrap(), b"x");
        assert!(turned.has(first.current()) && !first.has(turned.current()));
    }

    #[test]
    fn other_texts_are_no_keys_and_keys_do_not_print() {
        for wrong in ["", ",", "x", "MDEyMw==", &format!("{TWO},x"), &TWO.replace('=', "")] {
            assert_eq!(wrong.parse::<SealingKeys>().err(), Some(MalformedKeys), "{wrong}");
        }
        let keys: SealingKeys = TWO.parse().unwrap();
        let printed = format!("{keys:?}");
        assert!(!printed.contains("MDEy") && !printed.contains("3031"), "{printed}");
        assert_eq!(printed.len(), 2 + 2 + 2 * 16, "{printed}");
    }
}
