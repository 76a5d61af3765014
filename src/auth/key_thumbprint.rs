//! The thumbprint of a public key (RFC 7638 with SHA-256): the value that codes and tokens are
//! bound to (RFC 9449 section 6).

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::db::{Column, FromColumn, Param, ToParam};

/// A key's thumbprint. It isn't secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyThumbprint([u8; 32]);

/// The text isn't a thumbprint, which is 43 characters of base64url.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the base64url of a SHA-256 thumbprint")]
pub struct InvalidThumbprint;

impl KeyThumbprint {
    /// The thumbprint of this hash.
    pub const fn new(hash: [u8; 32]) -> Self {
        Self(hash)
    }

    /// The hash.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl FromStr for KeyThumbprint {
    type Err = InvalidThumbprint;

    fn from_str(text: &str) -> Result<Self, InvalidThumbprint> {
        let bytes = if text.len() == 43 { URL_SAFE_NO_PAD.decode(text).ok() } else { None };
        bytes.and_then(|bytes| bytes.try_into().ok()).map(Self).ok_or(InvalidThumbprint)
    }
}

/// As `jkt` is written.
impl fmt::Display for KeyThumbprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl ToParam for KeyThumbprint {
    fn to_param(&self) -> Param<'_> {
        self.0.as_slice().to_param()
    }
}

impl FromColumn for KeyThumbprint {
    fn from_column(column: Column<'_>) -> Option<Self> {
        match column {
            Column::Bytes(bytes) => Some(Self(bytes.try_into().ok()?)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_reads_back_and_nothing_else_does() {
        let text = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I";
        assert_eq!(text.parse::<KeyThumbprint>().unwrap().to_string(), text);
        for wrong in [
            "",
            "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4",
            "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4J",
            &"=".repeat(43),
        ] {
            assert_eq!(wrong.parse::<KeyThumbprint>(), Err(InvalidThumbprint), "{wrong}");
        }
    }
}
