//! Keys that expire soon. Each warning is sent once, by the instance that claims it first.

use jiff::{SignedDuration, Timestamp};

use crate::audit::{Action, Actor, Event};
use crate::db::{Cleaner, Db, Tx, WritingDb, delete_batch, from_row, params};
use crate::error::Result;
use crate::ids::{ApiKeyId, PortalId};
use crate::request_log;

/// How many days before a key expires its owners are warned, in the order of the warnings.
const DAYS: [i64; 2] = [7, 1];

/// The number after those of the warnings: the expiry itself was recorded.
const END_TOLD: i64 = DAYS.len() as i64 + 1;

/// A key that expires soon and whose owners have yet to be warned.
#[derive(Debug, Clone)]
pub struct ExpiringKey {
    /// The key.
    pub id: ApiKeyId,
    /// Its portal.
    pub portal_id: PortalId,
    /// The portal's name.
    pub portal_name: String,
    /// The name that the portal's mails are sent in, if it isn't its own.
    pub sender_name: Option<String>,
    /// The time zone in which the portal's times are shown (IANA).
    pub time_zone: String,
    /// The key's name.
    pub name: String,
    /// When it expires.
    pub expires_at: Timestamp,
    /// The number of the warning that is due.
    warning: i64,
}

from_row!(ExpiringKey {
    id,
    portal_id,
    portal_name,
    sender_name,
    time_zone,
    name,
    expires_at,
    warning
});

/// How many warnings to skip for an expiry set at `now`: whoever sets it so close already knows.
pub(super) fn warnings_over(expires_at: Option<Timestamp>, now: Timestamp) -> i64 {
    let is_over = |days: &i64| {
        expires_at.is_some_and(|end| end <= now + SignedDuration::from_hours(24 * days))
    };
    DAYS.iter().filter(|days| is_over(days)).count() as i64
}

impl ExpiringKey {
    /// The warnings that are due at `now`. If both are due for a key, the last comes first, and
    /// only that one can be claimed.
    pub async fn due(db: &Db, now: Timestamp) -> Result<Vec<Self>> {
        let mut all = Vec::new();
        for (number, days) in (1_i64..).zip(DAYS).collect::<Vec<_>>().into_iter().rev() {
            let time = SignedDuration::from_hours(24 * days);
            let due: Vec<Self> = db
                .rows(
                    "SELECT k.id, k.portal_id, p.name AS portal_name, s.sender_name, p.time_zone, k.name, k.expires_at, CAST(?3 AS BIGINT) AS warning
                     FROM api_keys k JOIN portals p ON p.id = k.portal_id LEFT JOIN portal_settings s ON s.portal_id = p.id
                     WHERE k.expires_at > ?1 AND k.expires_at <= ?2 AND k.expiry_warned < ?3 AND k.revoked_at IS NULL
                         AND p.deleted_at IS NULL",
                    params![now, now + time, number],
                )
                .await?;
            all.extend(due);
        }
        Ok(all)
    }

    /// Claims the warning for this instance, within the transaction that posts it. False if it is
    /// no longer due, or another instance claimed it first.
    pub async fn claim(&self, tx: &mut Tx, now: Timestamp) -> Result<bool> {
        let claim = "UPDATE api_keys SET expiry_warned = ?2 WHERE id = ?1 AND expiry_warned < ?2 AND expires_at = ?3 AND revoked_at IS NULL";
        if tx.execute(claim, params![self.id, self.warning, self.expires_at]).await? == 0 {
            return Ok(false);
        }
        event(Action::ApiKeyExpiryWarned, &self.portal_id, &self.name).record(tx, now).await?;
        Ok(true)
    }
}

/// How many expired keys are recorded per transaction.
const AT_ONCE: i64 = 100;

/// Records in the audit logs which keys have expired, each once, with the time of its expiry.
pub async fn record_expired(cleaner: &Cleaner, now: Timestamp) -> Result<()> {
    cleaner.repeat(|db| record_some_expired(db, now)).await
}

/// Records one batch; false if there are none.
async fn record_some_expired(db: WritingDb, now: Timestamp) -> Result<bool> {
    let mut tx = db.begin().await?;
    let ended: Vec<Ended> = tx
        .rows(
            "UPDATE api_keys SET expiry_warned = ?2 WHERE expiry_warned < ?2 AND id IN (
                 SELECT id FROM api_keys WHERE expires_at <= ?1 AND expiry_warned < ?2 AND revoked_at IS NULL LIMIT ?3
             ) RETURNING portal_id, name, expires_at",
            params![now, END_TOLD, AT_ONCE],
        )
        .await?;
    for key in &ended {
        event(Action::ApiKeyExpired, &key.portal_id, &key.name)
            .record(&mut tx, key.expires_at)
            .await?;
    }
    tx.commit().await?;
    Ok(!ended.is_empty())
}

/// Deletes ended keys that have no requests left in the request log.
pub async fn forget_ended(cleaner: &Cleaner, now: Timestamp) -> Result<()> {
    let long_ago = now - request_log::KEPT;
    let revoked = delete_batch!("api_keys", "id", "revoked_at <= ?2");
    cleaner.delete(revoked, params![long_ago]).await?;
    let expired = delete_batch!("api_keys", "id", "expires_at <= ?2 AND expiry_warned >= ?3");
    cleaner.delete(expired, params![long_ago, END_TOLD]).await?;
    Ok(())
}

struct Ended {
    portal_id: PortalId,
    name: String,
    expires_at: Timestamp,
}

from_row!(Ended { portal_id, name, expires_at });

const fn event<'a>(action: Action, portal: &'a PortalId, key: &'a str) -> Event<'a> {
    Event {
        action,
        actor: Actor::System,
        subject: key,
        portal: Some(portal),
        developer: None,
        caller: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_that_is_near_when_it_is_set_needs_no_warning() {
        let now = Timestamp::UNIX_EPOCH;
        let over = |hours: i64| warnings_over(Some(now + SignedDuration::from_hours(hours)), now);
        assert_eq!([over(1), over(24), over(25), over(168), over(169)], [2, 2, 1, 1, 0]);
        assert_eq!(warnings_over(None, now), 0);
    }
}
