//! The secrets of webhooks, of portals and of apps: what deliveries are signed with. They can be read again, so they are sealed
//! in the database.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::db::{DbError, Tx, from_row, params};
use crate::ids::WebhookId;
use crate::sealed::{KeyId, SealingKeys, Unsealable};

/// What every secret begins with, as Standard Webhooks has it.
const PREFIX: &str = "whsec_";

/// The length of a secret, in bytes.
const LENGTH: usize = 32;

/// How many secrets a start seals again in one go.
const BATCH: i64 = 500;

/// A webhook's secret. `Debug` isn't implemented, so that it isn't logged.
pub struct WebhookSecret(Vec<u8>);

struct Kept {
    id: WebhookId,
    secret: Vec<u8>,
    previous_secret: Option<Vec<u8>>,
}
from_row!(Kept { id, secret, previous_secret });

fn place(webhook: &WebhookId) -> String {
    format!("webhooks/{webhook}")
}

impl WebhookSecret {
    /// A new random secret.
    pub fn random() -> Self {
        Self(rand::random::<[u8; LENGTH]>().to_vec())
    }

    /// The secret as receivers get it: `whsec_` and 32 bytes in base64.
    pub fn reveal(&self) -> String {
        format!("{PREFIX}{}", STANDARD.encode(&self.0))
    }

    /// The secret with these bytes.
    #[cfg(test)]
    pub(super) const fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The bytes.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The secret as a webhook's row holds it.
    pub fn seal(&self, keys: &SealingKeys, webhook: &WebhookId) -> Vec<u8> {
        keys.seal(&self.0, &place(webhook))
    }

    /// Opens what [`WebhookSecret::seal`] made.
    ///
    /// # Errors
    /// When none of the keys opens it.
    pub fn open(
        keys: &SealingKeys,
        webhook: &WebhookId,
        sealed: &[u8],
    ) -> Result<Self, Unsealable> {
        keys.open(sealed, &place(webhook)).map(Self)
    }

    /// Seals, within a transaction, every secret that isn't sealed with the first key, and makes new
    /// ones in place of those that were [given up](WebhookSecret::give_up_all).
    ///
    /// # Errors
    /// When the database fails.
    pub async fn seal_all(tx: &mut Tx, keys: &SealingKeys) -> Result<(), DbError> {
        for table in TABLES {
            table.seal_all(tx, keys).await?;
        }
        Ok(())
    }

    /// Gives up all secrets, for the operator who lost the key that sealed them: the next start makes
    /// new ones. Returns how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn give_up_all(tx: &mut Tx) -> Result<u64, DbError> {
        let mut count = 0;
        for table in TABLES {
            count += tx.execute(table.give_up, params![Vec::<u8>::new()]).await?;
        }
        Ok(count)
    }
}

/// A table with secrets.
struct Table {
    /// Those that aren't sealed with the key `?1`, after the id `?2`.
    other: &'static str,
    set: &'static str,
    give_up: &'static str,
}

macro_rules! table {
    ($name:literal) => {
        Table {
            // Of nothing, SQLite's substr is null.
            other: concat!(
                "SELECT id, secret, previous_secret FROM ",
                $name,
                " WHERE (length(secret) = 0 OR substr(secret, 2, 8) <> ?1 OR substr(previous_secret, 2, 8) <> ?1)
                      AND id > ?2 ORDER BY id LIMIT ?3"
            ),
            set: concat!(
                "UPDATE ",
                $name,
                " SET secret = ?2, previous_secret = ?3, revision = revision + ?4 WHERE id = ?1"
            ),
            give_up: concat!(
                "UPDATE ",
                $name,
                " SET secret = ?1, previous_secret = NULL, previous_until = NULL"
            ),
        }
    };
}

const TABLES: [Table; 2] = [table!("webhooks"), table!("app_webhooks")];

impl Table {
    async fn seal_all(&self, tx: &mut Tx, keys: &SealingKeys) -> Result<(), DbError> {
        let mut last = String::new();
        loop {
            let kept: Vec<Kept> = tx.rows(self.other, params![keys.current(), last, BATCH]).await?;
            let Some(newest) = kept.last() else { return Ok(()) };
            last = newest.id.to_string();
            for Kept { id, secret, previous_secret } in kept {
                let open = |sealed: &[u8]| WebhookSecret::open(keys, &id, sealed);
                let (secret, changes) = match KeyId::of_sealed(&secret) {
                    Some(_) => match open(&secret) {
                        Ok(secret) => (secret, 0_i64),
                        Err(error) => {
                            tracing::error!(webhook = %id, %error, "a webhook's secret cannot be read");
                            continue;
                        }
                    },
                    None => (WebhookSecret::random(), 1),
                };
                // One that can't be read any more is over.
                let previous = previous_secret.and_then(|secret| open(&secret).ok());
                let previous = previous.map(|secret| secret.seal(keys, &id));
                let sealed = secret.seal(keys, &id);
                tx.execute(self.set, params![id, sealed, previous, changes]).await?;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_whsec_and_32_bytes_in_base64_and_opens_for_its_webhook_only() {
        let (secret, keys) = (WebhookSecret::random(), SealingKeys::random());
        let encoded = secret.reveal();
        let bytes = STANDARD.decode(encoded.strip_prefix("whsec_").unwrap()).unwrap();
        assert_eq!((bytes.len(), bytes.as_slice()), (32, secret.bytes()));
        let (own, other) = (WebhookId::random(), WebhookId::random());
        let sealed = secret.seal(&keys, &own);
        assert_eq!(WebhookSecret::open(&keys, &own, &sealed).unwrap().reveal(), encoded);
        assert!(WebhookSecret::open(&keys, &other, &sealed).is_err());
        assert_ne!(WebhookSecret::random().reveal(), encoded);
    }
}
