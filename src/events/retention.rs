//! How long events are kept.

use jiff::{SignedDuration, Timestamp};

use super::{MOST_OF_WEBHOOK, RECEIVED_KEPT_FOR};
use crate::db::{Cleaner, Single, delete_batch, from_row, params};
use crate::error::Result;
use crate::ids::{PortalId, WebhookId};

/// How long events are kept.
const KEPT_FOR: SignedDuration = SignedDuration::from_hours(30 * 24);

/// How much is kept of a portal's events, at most.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// The number of events.
    pub number: u32,
    /// The length of their data in bytes.
    pub bytes: u32,
}

/// How much is kept of a portal's events, at most: a million, if they are of a common size.
pub const MOST_OF_PORTAL: Bounds = Bounds { number: 1_000_000, bytes: 1_000_000_000 };

/// The portals with more than so many events, or bytes of their data.
const FULL: &str = "SELECT portal_id AS value FROM events
     GROUP BY portal_id HAVING count(*) > ?1 OR CAST(SUM(size) AS BIGINT) > ?2";

/// The newest event for which there is no room beside those after it. Those of the same moment are
/// together.
const BEYOND: &str = "SELECT created_at AS value FROM (
         SELECT created_at, count(*) OVER newer AS number,
             CAST(SUM(size) OVER newer AS BIGINT) AS bytes
         FROM events WHERE portal_id = ?1 WINDOW newer AS (ORDER BY created_at DESC)) AS e
     WHERE number > ?2 OR bytes > ?3 ORDER BY created_at DESC LIMIT 1";

/// Deletes events that are older than 30 days, and of each portal with more than `most` the oldest.
pub async fn clean_up(cleaner: &Cleaner, most: Bounds, now: Timestamp) -> Result<()> {
    let kept_from = now - KEPT_FOR;
    let old = delete_batch!("events", "id", "created_at < ?2");
    cleaner.delete(old, params![kept_from]).await?;
    let ended = delete_batch!(
        "event_sequences",
        "portal_id, resource_id",
        "ended_at IS NOT NULL AND ended_at < ?2"
    );
    cleaner.delete(ended, params![kept_from]).await?;
    clean_up_log(cleaner, kept_from, MOST_OF_WEBHOOK).await?;
    clean_up_log_of_apps(cleaner, kept_from, MOST_OF_WEBHOOK).await?;
    let received = delete_batch!("received_messages", "webhook_id, id", "received_at < ?2");
    cleaner.delete(received, params![now - RECEIVED_KEPT_FOR]).await?;
    let Bounds { number, bytes } = most;
    let full: Vec<Single<PortalId>> =
        cleaner.db().long_rows("events", FULL, params![number, bytes]).await?;
    for Single(portal) in full {
        let beyond: Vec<Single<Timestamp>> =
            cleaner.db().long_rows(portal.as_str(), BEYOND, params![portal, number, bytes]).await?;
        let Some(Single(beyond)) = beyond.first() else { continue };
        let oldest = delete_batch!("events", "id", "portal_id = ?2 AND created_at <= ?3");
        let deleted = cleaner.delete(oldest, params![portal, beyond]).await?;
        tracing::warn!(%portal, deleted, number, bytes, "a portal has too many events; the oldest are deleted");
    }
    Ok(())
}

struct Full {
    portal_id: PortalId,
    webhook_id: WebhookId,
}
from_row!(Full { portal_id, webhook_id });

/// Deletes attempts to deliver that are older than `kept_from`, and of each webhook with more than
/// `most` the oldest.
async fn clean_up_log(cleaner: &Cleaner, kept_from: Timestamp, most: u32) -> Result<()> {
    let old = delete_batch!("webhook_deliveries", "portal_id, webhook_id, id", "sent_at < ?2");
    cleaner.delete(old, params![kept_from]).await?;
    let full = "SELECT portal_id, webhook_id FROM webhook_deliveries
                GROUP BY portal_id, webhook_id HAVING count(*) > ?1";
    let full: Vec<Full> = cleaner.db().long_rows("webhook_deliveries", full, params![most]).await?;
    for Full { portal_id, webhook_id } in full {
        let beyond = "SELECT sent_at AS value FROM webhook_deliveries WHERE portal_id = ?1 AND webhook_id = ?2
                      ORDER BY sent_at DESC LIMIT 1 OFFSET ?3";
        let beyond: Option<Single<Timestamp>> =
            cleaner.db().row(beyond, params![portal_id, webhook_id, most]).await?;
        let Some(Single(beyond)) = beyond else { continue };
        let oldest = delete_batch!(
            "webhook_deliveries",
            "portal_id, webhook_id, id",
            "portal_id = ?2 AND webhook_id = ?3 AND sent_at <= ?4"
        );
        cleaner.delete(oldest, params![portal_id, webhook_id, beyond]).await?;
    }
    Ok(())
}

/// The same for the webhooks of apps.
async fn clean_up_log_of_apps(cleaner: &Cleaner, kept_from: Timestamp, most: u32) -> Result<()> {
    let old = delete_batch!("app_webhook_deliveries", "webhook_id, id", "sent_at < ?2");
    cleaner.delete(old, params![kept_from]).await?;
    let full = "SELECT webhook_id AS value FROM app_webhook_deliveries
                GROUP BY webhook_id HAVING count(*) > ?1";
    let full: Vec<Single<WebhookId>> =
        cleaner.db().long_rows("app_webhook_deliveries", full, params![most]).await?;
    for Single(webhook) in full {
        let beyond = "SELECT sent_at AS value FROM app_webhook_deliveries WHERE webhook_id = ?1
                      ORDER BY sent_at DESC LIMIT 1 OFFSET ?2";
        let beyond: Option<Single<Timestamp>> =
            cleaner.db().row(beyond, params![webhook, most]).await?;
        let Some(Single(beyond)) = beyond else { continue };
        let oldest = delete_batch!(
            "app_webhook_deliveries",
            "webhook_id, id",
            "webhook_id = ?2 AND sent_at <= ?3"
        );
        cleaner.delete(oldest, params![webhook, beyond]).await?;
    }
    Ok(())
}
