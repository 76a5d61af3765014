//! The user code (RFC 8628 section 6.1).

use std::fmt;
use std::str::FromStr;

use rand::distr::{Distribution, Uniform};
use sha2::{Digest, Sha256};

use crate::db::{Param, ToParam};

/// Consonants only: they form no words, and none looks like a digit.
const LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";

/// The length of a code: 34 bits, for ten minutes and few attempts.
const LENGTH: usize = 8;

/// A code of eight letters, shown as `BCDF-GHJK`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserCode(String);

/// The text isn't a user code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not eight of the letters BCDFGHJKLMNPQRSTVWXZ")]
pub struct NoUserCode;

impl UserCode {
    /// A new code.
    pub fn random() -> Self {
        let letters = Uniform::new(0, LETTERS.len())
            .unwrap_or_else(|error| unreachable!("there are letters: {error}"));
        let mut random = rand::rng();
        Self((0..LENGTH).map(|_| char::from(LETTERS[letters.sample(&mut random)])).collect())
    }
}

/// Parses what was entered, ignoring case, spaces and dashes.
impl FromStr for UserCode {
    type Err = NoUserCode;

    fn from_str(typed: &str) -> Result<Self, NoUserCode> {
        let letters = typed
            .chars()
            .filter(|c| !c.is_whitespace() && !matches!(c, '-' | '\u{2010}'..='\u{2015}'));
        let code: String = letters.take(LENGTH + 1).map(|c| c.to_ascii_uppercase()).collect();
        let good = code.len() == LENGTH && code.bytes().all(|letter| LETTERS.contains(&letter));
        good.then_some(Self(code)).ok_or(NoUserCode)
    }
}

impl fmt::Display for UserCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, second) = self.0.split_at(LENGTH / 2);
        write!(f, "{first}-{second}")
    }
}

/// Its SHA-256 hash, as stored.
impl ToParam for UserCode {
    fn to_param(&self) -> Param<'_> {
        Param::Bytes(Sha256::digest(self.0.as_bytes()).to_vec().into())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_code_is_read_however_it_is_typed() {
        for typed in [
            "BCDF-GHJK",
            "bcdfghjk",
            " bcdf ghjk ",
            "B-C-D-F-G-H-J-K",
            "bcdf\u{2013}ghjk",
            "BcDf\u{a0}GhJk",
        ] {
            assert_eq!(typed.parse::<UserCode>().unwrap().to_string(), "BCDF-GHJK", "{typed}");
        }
        for wrong in [
            "",
            "BCDF-GHJ",
            "BCDF-GHJKL",
            "ACDF-GHJK",
            "BCDF-GHJ1",
            "BCDF_GHJK",
            "БCDF-GHJK",
            &"B".repeat(100_000),
        ] {
            assert_eq!(wrong.parse::<UserCode>(), Err(NoUserCode));
        }
    }

    proptest! {
        #[test]
        fn a_random_one_reads_back(_ in any::<u8>()) {
            let code = UserCode::random();
            prop_assert_eq!(code.to_string().to_lowercase().parse::<UserCode>(), Ok(code));
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC*") {
            let _ = text.parse::<UserCode>();
        }
    }
}
