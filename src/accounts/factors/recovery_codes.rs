//! Recovery codes: for who has lost the other factors. Each works once; only hashes are kept.

use rand::distr::{Distribution, Uniform};
use sha2::{Digest, Sha256};

use super::Factors;
use crate::db::{Tx, params};
use crate::error::Result;
use crate::ids::AccountId;

/// How many there are.
const COUNT: usize = 10;

/// Letters and digits that are not taken for each other. 16 of them carry 80 bits, which cannot be
/// tried out, so that a plain hash keeps them.
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
const LENGTH: usize = 16;

/// New codes in clear: only for the one page that shows them. They don't print.
pub struct RecoveryCodes(Vec<String>);

impl RecoveryCodes {
    /// Makes codes in the place of those that the account had, within a transaction.
    pub async fn renew(tx: &mut Tx, account: &AccountId) -> Result<Self> {
        let codes: Vec<String> = (0..COUNT).map(|_| random()).collect();
        tx.execute("DELETE FROM recovery_codes WHERE account_id = ?1", params![account]).await?;
        for code in &codes {
            tx.execute(
                "INSERT INTO recovery_codes (account_id, code_hash) VALUES (?1, ?2)",
                params![account, hash(code)],
            )
            .await?;
        }
        Ok(Self(codes))
    }

    /// The same, unless the account has some already.
    pub async fn first(tx: &mut Tx, account: &AccountId) -> Result<Option<Self>> {
        if Factors::has_recovery_codes(tx, account).await? {
            Ok(None)
        } else {
            Self::renew(tx, account).await.map(Some)
        }
    }

    /// Uses a code up, within a transaction: whether it was one of the account's. Capitals, spaces
    /// and dashes don't count.
    pub async fn use_code(tx: &mut Tx, account: &AccountId, code: &str) -> Result<bool> {
        let used = tx
            .execute(
                "DELETE FROM recovery_codes WHERE account_id = ?1 AND code_hash = ?2",
                params![account, hash(code)],
            )
            .await?;
        Ok(used == 1)
    }

    /// The codes, a line for each.
    pub fn reveal(&self) -> String {
        self.0.join("\n")
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
        assert_eq!((code.len(), code.matches('-').count()), (19, 3), "{code}");
        assert_ne!(code, random());
        assert_eq!(hash(&code), hash(&code.replace('-', "")));
        assert_eq!(hash(&code), hash(&format!(" {} ", code.to_uppercase().replace('-', " "))));
        assert_ne!(hash(&code), hash(&code[1..]));
    }
}
