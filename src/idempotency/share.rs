//! How much of what a portal can store is used by each holder: an API key, or the consent to an app.

use crate::db::{from_row, params};
use crate::error::Result;
use crate::quotas::{MEGABYTE, Quotas, SharedQuota};
use crate::tenant::{StoreTx, TenantSql};

/// `Idempotency-Key`s of a portal.
const KEYS: SharedQuota = SharedQuota {
    message: "error.quota.idempotency_keys",
    setting: "max-idempotency-keys-per-portal",
};

/// Megabytes of a portal's stored answers.
const MEGABYTES: SharedQuota = SharedQuota {
    message: "error.quota.idempotency_bytes",
    setting: "max-idempotency-megabytes-per-portal",
};

/// What a holder and its whole portal use.
struct Usage {
    own_keys: i64,
    keys: i64,
    own_bytes: i64,
    bytes: i64,
}
from_row!(Usage { own_keys, keys, own_bytes, bytes });

const USAGE: TenantSql = TenantSql::new(
    "SELECT CAST(COALESCE(SUM(CASE WHEN holder = ?2 THEN key_count END), 0) AS BIGINT) AS own_keys,
         CAST(COALESCE(SUM(key_count), 0) AS BIGINT) AS keys,
         CAST(COALESCE(SUM(CASE WHEN holder = ?2 THEN byte_count END), 0) AS BIGINT) AS own_bytes,
         CAST(COALESCE(SUM(byte_count), 0) AS BIGINT) AS bytes
     FROM idempotency_usage WHERE portal_id = ?1",
);

/// Checks that a holder has no more than its share, after a key of it was stored within the same
/// transaction, which locked the portal's number of keys.
///
/// # Errors
/// [`Error::Conflict`](crate::error::Error::Conflict) when it has more; it names the limit and its
/// setting.
pub(super) async fn check(tx: &mut StoreTx, holder: &str, quotas: &Quotas) -> Result<()> {
    let usage = tx.row(USAGE, params![holder]).await?;
    let Some(Usage { own_keys, keys, own_bytes, bytes }) = usage else { return Ok(()) };
    KEYS.check((own_keys, keys), quotas.max_idempotency_keys_per_portal, 1)?;
    MEGABYTES.check((own_bytes, bytes), quotas.max_idempotency_megabytes_per_portal, MEGABYTE)
}
