//! Whether an app's webhook works, as for those of portals.

use jiff::Timestamp;

use crate::audit::{Action, Actor, Event};
use crate::db::{Db, Single, Tx, from_row, params};
use crate::error::Result;
use crate::events::delivery::health::{BATCH, PATIENCE, WARNED_AFTER};
use crate::ids::{AppId, DeveloperId, WebhookId};
use crate::outgoing::host_of;

/// Notes that something arrived.
pub(super) async fn works(tx: &mut Tx, webhook: &WebhookId) -> Result<()> {
    let works = "UPDATE app_webhooks SET failing_since = NULL, warned_at = NULL
                 WHERE id = ?1 AND failing_since IS NOT NULL";
    tx.execute(works, params![webhook]).await?;
    Ok(())
}

struct SwitchedOff {
    url: String,
    app_name: String,
    developer_id: DeveloperId,
}
from_row!(SwitchedOff { url, app_name, developer_id });

/// Notes that something did not arrive, and switches the webhook off if nothing has for too long. What
/// still waits for it is dropped.
pub(super) async fn fails(tx: &mut Tx, webhook: &WebhookId, now: Timestamp) -> Result<()> {
    // One that a person switched off meanwhile does not begin to fail.
    let fails = "UPDATE app_webhooks SET failing_since = COALESCE(failing_since, ?2)
                 WHERE id = ?1 AND switched_off_at IS NULL RETURNING failing_since AS value";
    let since = tx.row(fails, params![webhook, now]).await?;
    if since.is_none_or(|Single(since): Single<Timestamp>| now.duration_since(since) < PATIENCE) {
        return Ok(());
    }
    let switch_off =
        "UPDATE app_webhooks SET switched_off_at = ?2 WHERE id = ?1 AND switched_off_at IS NULL
             AND app_id IN (SELECT id FROM apps WHERE deleted_at IS NULL)
         RETURNING url, (SELECT a.name FROM apps a WHERE a.id = app_id) AS app_name,
             (SELECT a.developer_id FROM apps a WHERE a.id = app_id) AS developer_id";
    let off: Option<SwitchedOff> = tx.row(switch_off, params![webhook, now]).await?;
    let Some(SwitchedOff { url, app_name, developer_id }) = off else { return Ok(()) };
    tx.execute("DELETE FROM jobs WHERE subject = ?1", params![webhook]).await?;
    let subject = format!("{app_name} → {}", host_of(&url));
    let event = Event {
        action: Action::WebhookSwitchedOff,
        actor: Actor::System,
        subject: &subject,
        portal: None,
        developer: Some(&developer_id),
        caller: None,
    };
    event.record(tx, now).await
}

/// An app's webhook whose developer has to be told that it fails, or that it was switched off.
#[derive(Debug, Clone)]
pub struct FailingAppWebhook {
    /// The webhook.
    pub id: WebhookId,
    /// Its app.
    pub app_id: AppId,
    /// The app's name.
    pub app_name: String,
    /// The app's developer.
    pub developer_id: DeveloperId,
    /// The developer's name.
    pub developer_name: String,
    /// Its address.
    pub url: String,
    /// Since when it has failed.
    pub failing_since: Timestamp,
    /// When it was switched off.
    pub switched_off_at: Option<Timestamp>,
}
from_row!(FailingAppWebhook {
    id,
    app_id,
    app_name,
    developer_id,
    developer_name,
    url,
    failing_since,
    switched_off_at
});

impl FailingAppWebhook {
    /// Those whose developers have to be told at `now`.
    pub async fn due(db: &Db, now: Timestamp) -> Result<Vec<Self>> {
        let due = "SELECT w.id, w.app_id, a.name AS app_name, a.developer_id, d.name AS developer_name, w.url, w.failing_since, w.switched_off_at
                   FROM app_webhooks w JOIN apps a ON a.id = w.app_id JOIN developers d ON d.id = a.developer_id
                   WHERE w.failing_since <= ?1 AND a.deleted_at IS NULL AND d.deleted_at IS NULL
                       AND ((w.switched_off_at IS NULL AND w.warned_at IS NULL) OR (w.switched_off_at IS NOT NULL AND w.told_at IS NULL))
                   ORDER BY w.failing_since LIMIT ?2";
        Ok(db.rows(due, params![now - WARNED_AFTER, BATCH]).await?)
    }

    /// Claims telling them, within the transaction that posts the mail; false if another instance has
    /// told them, or if it works again.
    pub async fn claim(&self, tx: &mut Tx, now: Timestamp) -> Result<bool> {
        let claim = if self.switched_off_at.is_some() {
            "UPDATE app_webhooks SET told_at = ?2 WHERE id = ?1 AND switched_off_at IS NOT NULL AND told_at IS NULL"
        } else {
            "UPDATE app_webhooks SET warned_at = ?2
             WHERE id = ?1 AND failing_since IS NOT NULL AND switched_off_at IS NULL AND warned_at IS NULL"
        };
        Ok(tx.execute(claim, params![self.id, now]).await? == 1)
    }
}
