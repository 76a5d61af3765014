//! The ids of proofs and assertions that were used (`jti`, RFC 7519 section 4.1.7), for all
//! instances together.

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::db::{Cleaner, WritingDb, delete_batch, params};
use crate::error::Result;

/// Notes that the id was used, until `until`; false when it was used before. `kind` keeps the ids
/// of proofs and of assertions apart; `id` begins with whose it is.
pub async fn use_once(db: &WritingDb, kind: &str, id: &[u8], until: Timestamp) -> Result<bool> {
    let hash: [u8; 32] =
        Sha256::new().chain_update(kind).chain_update(b":").chain_update(id).finalize().into();
    let add = "INSERT INTO used_jtis (jti_hash, expires_at) VALUES (?1, ?2) ON CONFLICT (jti_hash) DO NOTHING";
    Ok(db.execute(add, params![hash.as_slice(), until]).await? == 1)
}

/// Forgets ids that would be refused for their age now.
pub async fn clean_up(cleaner: &Cleaner, now: Timestamp) -> Result<()> {
    let over = delete_batch!("used_jtis", "jti_hash", "expires_at <= ?2");
    cleaner.delete(over, params![now]).await?;
    Ok(())
}
