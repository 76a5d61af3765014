//! The server's nonces (RFC 9449 section 8): the minute, and a keyed hash of it. All instances
//! create and accept the same nonces without storing them.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use ring::hmac;
use subtle::ConstantTimeEq;
use tokio::sync::OnceCell;

use super::server_secret::server_secret;
use crate::db::WritingDb;
use crate::error::Result;

/// How long a nonce is current, in seconds.
const STEP: i64 = 60;

/// How many earlier nonces are still accepted.
const TAKEN: i64 = 4;

/// The length of the hash in a nonce, in bytes.
const TAG_LENGTH: usize = 16;

/// Creates and checks nonces.
#[derive(Debug, Default)]
pub struct DpopNonces(OnceCell<hmac::Key>);

impl DpopNonces {
    /// The nonce for the next proof.
    pub async fn current(&self, db: &WritingDb, now: Timestamp) -> Result<String> {
        Ok(nonce(self.key(db, now).await?, now.as_second().div_euclid(STEP)))
    }

    /// Whether a nonce is valid: it is accepted for four to five minutes. One of the next minute is
    /// accepted too, because another instance's clock may be ahead.
    pub async fn accepts(&self, db: &WritingDb, text: &str, now: Timestamp) -> Result<bool> {
        let (key, step) = (self.key(db, now).await?, now.as_second().div_euclid(STEP));
        Ok((step - TAKEN..=step + 1)
            .any(|step| nonce(key, step).as_bytes().ct_eq(text.as_bytes()).into()))
    }

    async fn key(&self, db: &WritingDb, now: Timestamp) -> Result<&hmac::Key> {
        self.0
            .get_or_try_init(async || {
                Ok(hmac::Key::new(hmac::HMAC_SHA256, &server_secret(db, "dpop_nonce", now).await?))
            })
            .await
    }
}

fn nonce(key: &hmac::Key, step: i64) -> String {
    URL_SAFE_NO_PAD.encode(&hmac::sign(key, &step.to_be_bytes()).as_ref()[..TAG_LENGTH])
}
