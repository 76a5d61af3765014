//! The use of a key, within the transaction of the request's change.

use jiff::Timestamp;

use super::{Answer, Fingerprint, KeyId, LIFETIME, share};
use crate::db::{Cleaner, Single, Tx, delete_batch, from_row, params};
use crate::error::{Error, Message, Result};
use crate::quotas::Quotas;
use crate::sealed::SealingKeys;
use crate::tenant::{Store, StoreTx, TenantSql};

/// A request with a key.
#[derive(Debug, Clone)]
pub struct KeyUse {
    /// Its key.
    pub key: KeyId,
    /// The request.
    pub request: Fingerprint,
    /// The id of the API key, or of the consent, that the request's token belongs to.
    pub holder: String,
}

/// A request that was carried out.
struct Earlier {
    request: Fingerprint,
    answer: Option<Vec<u8>>,
}

from_row!(Earlier { request, answer });

const FIND: TenantSql = TenantSql::new(
    "SELECT request, answer FROM idempotency_keys WHERE portal_id = ?1 AND id = ?2 AND expires_at > ?3",
);
/// Replaces what has expired.
const STORE: TenantSql = TenantSql::new(
    "INSERT INTO idempotency_keys (portal_id, id, holder, request, answer, expires_at)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6)
     ON CONFLICT (portal_id, id) DO UPDATE
     SET request = excluded.request, answer = excluded.answer, expires_at = excluded.expires_at",
);

impl KeyId {
    /// Whether a request with this key was carried out in the last 24 hours.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn was_used(self, store: &Store, now: Timestamp) -> Result<bool> {
        Ok(store.row::<Earlier>(FIND, params![self, now]).await?.is_some())
    }
}

impl KeyUse {
    /// Locks the key until the transaction ends. On SQLite, which has one writer, the transaction
    /// does that itself. Call this before the transaction locks anything else.
    ///
    /// # Errors
    /// [`Error::InProgress`] while another process answers a request with this key.
    pub async fn lock(&self, tx: &mut Tx) -> Result<()> {
        if !tx.is_postgres() {
            return Ok(());
        }
        let lock = "SELECT pg_try_advisory_xact_lock(?1) AS value";
        match tx.row(lock, params![self.key.lock()]).await? {
            Some(Single(true)) => Ok(()),
            _ => Err(Error::InProgress),
        }
    }

    /// The answer to the same request, if it was carried out in the last 24 hours.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the key was used for another request; [`Error::Conflict`] when the
    /// request was carried out, but its answer was too large to store or can't be decrypted any
    /// more.
    pub async fn earlier_answer(
        &self,
        tx: &mut StoreTx,
        keys: &SealingKeys,
        now: Timestamp,
    ) -> Result<Option<Answer>> {
        let Some(earlier) = tx.row::<Earlier>(FIND, params![self.key, now]).await? else {
            return Ok(None);
        };
        if earlier.request != self.request {
            let message = Message::new("error.idempotency.other_request");
            return Err(Error::invalid("Idempotency-Key", message));
        }
        let opened = earlier.answer.and_then(|sealed| {
            let opened = keys.open(&sealed, &self.place(tx));
            opened
                .inspect_err(|error| tracing::warn!(%error, "a stored answer can't be repeated"))
                .ok()
        });
        match opened.as_deref().and_then(Answer::from_bytes) {
            Some(answer) => Ok(Some(answer)),
            None => Err(Error::Conflict(Message::new("error.idempotency.answer_gone"))),
        }
    }

    /// Stores the use of the key, with the answer if it can be repeated.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the holder has more than its share of what the portal can store.
    pub async fn store(
        &self,
        tx: &mut StoreTx,
        answer: Option<&Answer>,
        keys: &SealingKeys,
        quotas: &Quotas,
        now: Timestamp,
    ) -> Result<()> {
        let plain = answer.map(Answer::to_bytes).transpose().map_err(Error::internal)?;
        // It can hold the secret of what was created, and personal data.
        let sealed = plain.map(|plain| keys.seal(&plain, &self.place(tx)));
        let expires_at = now + LIFETIME;
        tx.execute(STORE, params![self.key, self.holder, self.request, sealed, expires_at]).await?;
        share::check(tx, &self.holder, quotas).await
    }

    fn place(&self, tx: &StoreTx) -> String {
        format!("idempotency_keys/{}/{}", tx.portal(), self.key)
    }
}

/// Deletes keys that have expired.
///
/// # Errors
/// As [`Cleaner::delete`].
pub async fn clean_up(cleaner: &Cleaner, now: Timestamp) -> Result<()> {
    let expired = delete_batch!("idempotency_keys", "portal_id, id", "expires_at <= ?2");
    cleaner.delete(expired, params![now]).await?;
    Ok(())
}
