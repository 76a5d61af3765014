//! The ids of proofs and assertions that were used (`jti`, RFC 7519 section 4.1.7), shared by all
//! instances.

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::db::{Cleaner, Db, Single, Tx, WritingDb, delete_batch, params};
use crate::error::Result;

const ADD: &str = "INSERT INTO used_jtis (jti_hash, expires_at) VALUES (?1, ?2) ON CONFLICT (jti_hash) DO NOTHING";

/// Whether the id was used before, as far as a read can tell.
pub async fn was_used(db: &Db, kind: &str, id: &[u8]) -> Result<bool> {
    let find = "SELECT expires_at AS value FROM used_jtis WHERE jti_hash = ?1";
    let found: Option<Single<Timestamp>> = db.row(find, params![hash(kind, id).as_slice()]).await?;
    Ok(found.is_some())
}

/// Records that the id was used, until `until`; false if it was used before. `kind` separates the
/// ids of proofs and assertions; `id` starts with its owner.
pub async fn use_once(db: &WritingDb, kind: &str, id: &[u8], until: Timestamp) -> Result<bool> {
    Ok(db.execute(ADD, params![hash(kind, id).as_slice(), until]).await? == 1)
}

/// The same, within the transaction that the id is used for.
pub async fn use_once_in(tx: &mut Tx, kind: &str, id: &[u8], until: Timestamp) -> Result<bool> {
    Ok(tx.execute(ADD, params![hash(kind, id).as_slice(), until]).await? == 1)
}

fn hash(kind: &str, id: &[u8]) -> [u8; 32] {
    Sha256::new().chain_update(kind).chain_update(b":").chain_update(id).finalize().into()
}

/// Deletes ids that would now be refused for their age.
pub async fn clean_up(cleaner: &Cleaner, now: Timestamp) -> Result<()> {
    let over = delete_batch!("used_jtis", "jti_hash", "expires_at <= ?2");
    cleaner.delete(over, params![now]).await?;
    Ok(())
}
