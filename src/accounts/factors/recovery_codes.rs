//! Recovery codes, for people who lost their other factors. Each works once; only hashes are
//! stored.
//!
//! The stored form shows the kind of code. Codes of 120 bits are stored as [`FORMAT`] and their
//! SHA-256 hash, which is enough from 112 bits on (ASVS 5.0, 6.5.2). Older codes have 80 bits;
//! their bare SHA-256 hash is hashed again with Argon2id when the server starts
//! ([`RecoveryCodes::strengthen`]), so the codes that people saved still work.

use rand::distr::{Distribution, Uniform};
use sha2::{Digest, Sha256};

use super::Factors;
use crate::auth::{Line, Password, PasswordHash};
use crate::db::{Db, Single, Tx, WritingDb, from_row, params};
use crate::error::Result;
use crate::hexadecimal::hexadecimal;
use crate::ids::AccountId;

/// The number of codes.
const COUNT: usize = 10;

/// Letters and digits that don't look alike; each encodes 5 bits.
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
const LENGTH: usize = 24;

/// The prefix of the SHA-256 hash of a code of [`LENGTH`] characters.
const FORMAT: u8 = 2;

/// New codes in clear text, only for the one page that shows them. `Debug` doesn't reveal them.
pub struct RecoveryCodes(Vec<String>);

impl RecoveryCodes {
    /// Replaces the account's codes with new ones, within a transaction.
    pub async fn renew(tx: &mut Tx, account: &AccountId) -> Result<Self> {
        let codes: Vec<String> = (0..COUNT).map(|_| random()).collect();
        tx.execute("DELETE FROM recovery_codes WHERE account_id = ?1", params![account]).await?;
        for code in &codes {
            tx.execute(
                "INSERT INTO recovery_codes (account_id, code_hash) VALUES (?1, ?2)",
                params![account, kept(code)],
            )
            .await?;
        }
        Ok(Self(codes))
    }

    /// Creates codes, unless the account already has some.
    pub async fn first(tx: &mut Tx, account: &AccountId) -> Result<Option<Self>> {
        if Factors::has_recovery_codes(tx, account).await? {
            Ok(None)
        } else {
            Self::renew(tx, account).await.map(Some)
        }
    }

    /// Hashes older codes again with Argon2id. It is slow, so it runs in the background; codes work
    /// both before and after.
    pub async fn strengthen(db: &WritingDb) -> Result<u64> {
        let mut changed = 0;
        // A bare SHA-256 hash has 32 bytes.
        let sql = "SELECT account_id, code_hash FROM recovery_codes WHERE length(code_hash) = 32";
        let weak: Vec<KeptCode> = db.rows(sql, params![]).await?;
        for KeptCode { account_id, code_hash } in weak {
            let strong = slow(&code_hash).hash(Line::Known).await?;
            changed += db.execute(
                "UPDATE recovery_codes SET code_hash = ?3 WHERE account_id = ?1 AND code_hash = ?2",
                params![account_id, code_hash, strong.as_str().as_bytes()],
            )
            .await?;
        }
        Ok(changed)
    }

    /// The codes, one per line.
    pub fn reveal(&self) -> String {
        self.0.join("\n")
    }
}

/// A correct recovery code that was entered but not used yet.
pub struct TypedRecoveryCode {
    account_id: AccountId,
    code_hash: Vec<u8>,
}

struct KeptCode {
    account_id: AccountId,
    code_hash: Vec<u8>,
}

from_row!(KeptCode { account_id, code_hash });

impl TypedRecoveryCode {
    /// Checks whether the account has a code, ignoring case, spaces and dashes. Older codes are
    /// slow to check, so call this before the transaction that uses the code.
    pub async fn find(db: &Db, account: &AccountId, code: &str) -> Result<Option<Self>> {
        let bare = hash(code);
        let found = |code_hash| Some(Self { account_id: account.clone(), code_hash });
        let sql = "SELECT code_hash AS value FROM recovery_codes WHERE account_id = ?1";
        let kept: Vec<Single<Vec<u8>>> = db.rows(sql, params![account]).await?;
        let long = with_format(&bare);
        if let Some(Single(same)) = kept.iter().find(|Single(kept)| *kept == long || *kept == bare)
        {
            return Ok(found(same.clone()));
        }
        for Single(kept) in kept {
            if let Some(strong) = PasswordHash::of_text(&kept)
                && slow(&bare).matches(Some(&strong), Line::Known).await?
            {
                return Ok(found(kept));
            }
        }
        Ok(None)
    }

    /// Uses the code, within a transaction; false if it was already used.
    pub async fn use_up(&self, tx: &mut Tx) -> Result<bool> {
        let used = tx
            .execute(
                "DELETE FROM recovery_codes WHERE account_id = ?1 AND code_hash = ?2",
                params![self.account_id, self.code_hash],
            )
            .await?;
        Ok(used == 1)
    }
}

/// A code, in groups of four.
fn random() -> String {
    let letters = Uniform::new(0, ALPHABET.len()).expect("the alphabet is not empty");
    let letters: Vec<u8> =
        letters.sample_iter(&mut rand::rng()).take(LENGTH).map(|index| ALPHABET[index]).collect();
    let groups: Vec<_> = letters.chunks(4).map(String::from_utf8_lossy).collect();
    groups.join("-")
}

/// The stored form of a new code.
fn kept(code: &str) -> Vec<u8> {
    with_format(&hash(code))
}

fn with_format(hash: &[u8]) -> Vec<u8> {
    [&[FORMAT], hash].concat()
}

/// The hash of an older code, as input for the password hash.
fn slow(hash: &[u8]) -> Password {
    Password::typed(hexadecimal(hash))
}

fn hash(code: &str) -> Vec<u8> {
    let code: String = code
        .chars()
        .filter(|letter| letter.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect();
    Sha256::digest(code.as_bytes()).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_known_however_it_is_typed() {
        let code = random();
        assert_eq!((code.len(), code.matches('-').count()), (29, 5), "{code}");
        assert_ne!(code, random());
        assert_eq!(hash(&code), hash(&code.replace('-', "")));
        assert_eq!(hash(&code), hash(&format!(" {} ", code.to_uppercase().replace('-', " "))));
        assert_ne!(hash(&code), hash(&code[1..]));
    }

    #[test]
    fn a_code_carries_at_least_112_bits() {
        assert_eq!(ALPHABET.iter().collect::<std::collections::BTreeSet<_>>().len(), 32);
        let letters = random().replace('-', "").len();
        assert!(letters * 5 >= 112, "{letters}");
    }
}
