//! Sending what happened within a time once more.

use std::ops::Range;

use jiff::Timestamp;

use super::Delivery;
use crate::db::{from_row, params};
use crate::error::{Error, Message, Result};
use crate::ids::{EventId, WebhookId};
use crate::tenant::{StoreTx, TenantSql};

/// How many events are sent in one go, at most.
pub const MOST_REPLAYED: i64 = 1000;

/// Events of a type within a time, without tests. Those of a resource are in their order.
const WITHIN: TenantSql = TenantSql::new(
    "SELECT e.id, e.resource_id FROM events e
     WHERE e.portal_id = ?1 AND e.type = ?2 AND e.created_at >= ?3 AND e.created_at < ?4
         AND e.resource_id NOT LIKE 'wbh~_%' ESCAPE '~'
         AND (?6 = FALSE OR e.id NOT IN (
             SELECT d.event_id FROM webhook_deliveries d
             WHERE d.portal_id = ?1 AND d.webhook_id = ?5 AND d.status BETWEEN 200 AND 299
         ))
     ORDER BY e.sequence, e.created_at, e.id LIMIT ?7",
);

struct Found {
    id: EventId,
    resource_id: String,
}
from_row!(Found { id, resource_id });

/// What to send once more.
pub struct Replay<'a> {
    /// The webhook.
    pub webhook: &'a WebhookId,
    /// The type of the events.
    pub name: &'a str,
    /// When they happened.
    pub within: Range<Timestamp>,
    /// Only those that never arrived at the webhook.
    pub only_missed: bool,
}

impl StoreTx {
    /// Sends a webhook what happened within a time once more, each resource's events in their order.
    /// Returns how many events.
    ///
    /// # Errors
    /// [`Error::Invalid`] for the field `from` when there are more than [`MOST_REPLAYED`].
    pub async fn replay(&mut self, replay: &Replay<'_>, now: Timestamp) -> Result<usize> {
        let Replay { webhook, name, within: Range { start, end }, only_missed } = replay;
        let values = params![name, start, end, webhook, only_missed, MOST_REPLAYED + 1];
        let found: Vec<Found> = self.rows(WITHIN, values).await?;
        let count = found.len();
        if i64::try_from(count).is_ok_and(|count| count > MOST_REPLAYED) {
            return Err(Error::invalid(
                "from",
                Message::with("webhooks.replay.too_many", MOST_REPLAYED),
            ));
        }
        for Found { id: event, resource_id } in found {
            let (portal, webhook) = (self.portal().clone(), (*webhook).clone());
            let resource = Some(resource_id);
            self.enqueue(&Delivery { portal, webhook, event, resource }, now).await?;
        }
        Ok(count)
    }
}
