//! Receivers for tests: webhooks of apps at which messages are kept on this server, instead of being sent
//! anywhere.

use jiff::{SignedDuration, Timestamp};

use super::covered::covered;
use crate::db::{Db, Tx, from_row, params};
use crate::error::Result;
use crate::events::delivery::kept::Kept;
use crate::events::delivery::parcel::is_signed;
use crate::events::webhook_secret::WebhookSecret;
use crate::ids::{DeliveryId, PortalId, WebhookId};

/// How long messages are kept.
pub const RECEIVED_KEPT_FOR: SignedDuration = SignedDuration::from_hours(24);

/// How many messages are kept of a receiver: the newest.
const MOST: i64 = 50;

/// Keeps a message beside its attempt in the log, and forgets those for which there is no room.
pub(super) async fn keep(
    tx: &mut Tx,
    Kept { headers, body }: &Kept,
    (webhook, attempt): (&WebhookId, &DeliveryId),
    now: Timestamp,
) -> Result<()> {
    // Of two at once, the second counts the first.
    tx.execute("UPDATE app_webhooks SET id = id WHERE id = ?1", params![webhook]).await?;
    let insert = "INSERT INTO received_messages (webhook_id, id, received_at, headers, body) VALUES (?1, ?2, ?3, ?4, ?5)";
    tx.execute(insert, params![webhook, attempt, now, headers, body]).await?;
    let forget = "DELETE FROM received_messages WHERE webhook_id = ?1 AND id IN (
                      SELECT id FROM received_messages WHERE webhook_id = ?1
                      ORDER BY received_at DESC, id DESC LIMIT 1000 OFFSET ?2
                  )";
    tx.execute(forget, params![webhook, MOST]).await?;
    Ok(())
}

/// A message that arrived at a receiver. What the portal doesn't let the app read any more is left out.
#[derive(Debug, Clone)]
pub struct Received {
    /// The attempt in the log.
    pub id: DeliveryId,
    /// When it arrived.
    pub received_at: Timestamp,
    /// The type of the event.
    pub name: String,
    /// Where it happened; none for a test.
    pub portal_id: Option<PortalId>,
    /// The headers, one on each line.
    pub headers: Option<String>,
    /// The body.
    pub body: Option<String>,
}
from_row!(Received { id, received_at, name, portal_id, headers, body });

impl Received {
    /// What a receiver keeps at `now`, the newest first.
    pub async fn list(db: &Db, webhook: &WebhookId, now: Timestamp) -> Result<Vec<Self>> {
        let list = concat!(
            "SELECT m.id, m.received_at, d.type AS name, d.portal_id,
                 CASE WHEN d.is_covered THEN m.headers END AS headers, CASE WHEN d.is_covered THEN m.body END AS body
             FROM received_messages m JOIN ",
            covered!(),
            " d ON d.id = m.id WHERE m.webhook_id = ?1 AND m.received_at > ?2 ORDER BY m.received_at DESC, m.id DESC"
        );
        Ok(db.rows(list, params![webhook, now - RECEIVED_KEPT_FOR]).await?)
    }

    /// Whether one of its signatures fits a secret.
    pub fn is_signed_with(&self, secret: &WebhookSecret) -> bool {
        let (Some(headers), Some(body)) = (&self.headers, &self.body) else { return false };
        let header = |name: &str| {
            let lines = headers.lines().filter_map(|line| line.split_once(": "));
            lines.clone().find(|(own, _)| *own == name).map_or("", |(_, value)| value)
        };
        let seconds = header("webhook-timestamp").parse().unwrap_or_default();
        let (id, signatures) = (header("webhook-id"), header("webhook-signature"));
        is_signed(secret, (id, seconds, body), signatures)
    }
}
