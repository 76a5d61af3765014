//! Whether a webhook works: since when there were only failures, and when it is switched off for them.

use jiff::{SignedDuration, Timestamp};

use crate::audit::{Action, Actor, Event};
use crate::db::{Db, Single, Tx, from_row, params};
use crate::error::Result;
use crate::ids::{PortalId, WebhookId};
use crate::tenant::{StoreTx, TenantSql};

/// How long nothing may arrive before a webhook is switched off.
pub const PATIENCE: SignedDuration = SignedDuration::from_hours(5 * 24);

/// How long nothing arrives before people are warned.
pub const WARNED_AFTER: SignedDuration = SignedDuration::from_hours(2 * 24);

/// How many webhooks are looked at in one go.
pub(super) const BATCH: i64 = 200;

const WORKS: TenantSql = TenantSql::new(
    "UPDATE webhooks SET failing_since = NULL, warned_at = NULL
     WHERE portal_id = ?1 AND id = ?2 AND failing_since IS NOT NULL",
);
const FAILS: TenantSql = TenantSql::new(
    "UPDATE webhooks SET failing_since = COALESCE(failing_since, ?3) WHERE portal_id = ?1 AND id = ?2
     RETURNING failing_since AS value",
);
const SWITCH_OFF: TenantSql = TenantSql::new(
    "UPDATE webhooks SET switched_off_at = ?3
     WHERE portal_id = ?1 AND id = ?2 AND switched_off_at IS NULL RETURNING type AS value",
);
const DROP_JOBS: TenantSql =
    TenantSql::new("DELETE FROM jobs WHERE portal_id = ?1 AND subject = ?2");

/// Notes that something arrived.
pub(super) async fn works(tx: &mut StoreTx, webhook: &WebhookId) -> Result<()> {
    tx.execute(WORKS, params![webhook]).await?;
    Ok(())
}

/// Notes that something did not arrive, and switches the webhook off if nothing has for too long. What
/// still waits for it is dropped.
pub(super) async fn fails(tx: &mut StoreTx, webhook: &WebhookId, now: Timestamp) -> Result<()> {
    let since = tx.row(FAILS, params![webhook, now]).await?;
    if since.is_none_or(|Single(since): Single<Timestamp>| now.duration_since(since) < PATIENCE) {
        return Ok(());
    }
    let off = tx.row(SWITCH_OFF, params![webhook, now]).await?;
    let Some(Single::<String>(name)) = off else { return Ok(()) };
    tx.execute(DROP_JOBS, params![webhook]).await?;
    let subject = format!("{name} ({webhook})");
    let event = Event {
        action: Action::WebhookSwitchedOff,
        actor: Actor::System,
        subject: &subject,
        portal: None,
        developer: None,
        caller: None,
    };
    tx.record(event, now).await
}

/// A webhook whose people have to be told that it fails, or that it was switched off.
#[derive(Debug, Clone)]
pub struct FailingWebhook {
    /// The webhook.
    pub id: WebhookId,
    /// Its portal.
    pub portal_id: PortalId,
    /// The portal's name.
    pub portal_name: String,
    /// The name that the portal's mails are sent in, if it isn't its own.
    pub sender_name: Option<String>,
    /// The time zone in which the portal's times are shown (IANA).
    pub time_zone: String,
    /// Its address.
    pub url: String,
    /// Since when it has failed.
    pub failing_since: Timestamp,
    /// When it was switched off.
    pub switched_off_at: Option<Timestamp>,
}
from_row!(FailingWebhook {
    id,
    portal_id,
    portal_name,
    sender_name,
    time_zone,
    url,
    failing_since,
    switched_off_at
});

impl FailingWebhook {
    /// Those whose people have to be told at `now`.
    pub async fn due(db: &Db, now: Timestamp) -> Result<Vec<Self>> {
        let due = "SELECT w.id, w.portal_id, p.name AS portal_name, s.sender_name, p.time_zone, w.url, w.failing_since, w.switched_off_at
                   FROM webhooks w JOIN portals p ON p.id = w.portal_id LEFT JOIN portal_settings s ON s.portal_id = w.portal_id
                   WHERE w.failing_since <= ?1 AND p.deleted_at IS NULL
                       AND ((w.switched_off_at IS NULL AND w.warned_at IS NULL) OR (w.switched_off_at IS NOT NULL AND w.told_at IS NULL))
                   ORDER BY w.failing_since LIMIT ?2";
        Ok(db.rows(due, params![now - WARNED_AFTER, BATCH]).await?)
    }

    /// Claims telling them, within the transaction that posts the mail; false if another instance has
    /// told them, or if it works again.
    pub async fn claim(&self, tx: &mut Tx, now: Timestamp) -> Result<bool> {
        let claim = if self.switched_off_at.is_some() {
            "UPDATE webhooks SET told_at = ?3 WHERE portal_id = ?1 AND id = ?2 AND switched_off_at IS NOT NULL AND told_at IS NULL"
        } else {
            "UPDATE webhooks SET warned_at = ?3
             WHERE portal_id = ?1 AND id = ?2 AND failing_since IS NOT NULL AND switched_off_at IS NULL AND warned_at IS NULL"
        };
        Ok(tx.execute(claim, params![self.portal_id, self.id, now]).await? == 1)
    }
}
