//! The log of deliveries: a row for each attempt.

use jiff::Timestamp;

use super::health;
use super::send::{Attempted, NoAnswer};
use crate::db::{from_row, params};
use crate::error::{Error, Result};
use crate::ids::{DeliveryId, EventId, PortalId, WebhookId};
use crate::tenant::{Store, TenantSql, WritingStore};

/// How many attempts are kept of a webhook, at most.
pub const MOST_OF_WEBHOOK: u32 = 10_000;

const INSERT: TenantSql = TenantSql::new(
    "INSERT INTO webhook_deliveries
         (portal_id, webhook_id, id, event_id, job_id, attempt, sent_at, took_ms, status, answer, fault)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
);

macro_rules! select {
    ($($rest:expr),+) => {
        TenantSql::new(concat!(
            "SELECT d.id, d.event_id, d.attempt, d.sent_at, d.took_ms, d.status, d.answer, d.fault,
                 e.type AS name, e.resource_id, j.run_at AS next_at, d.portal_id, TRUE AS is_covered
             FROM webhook_deliveries d
             LEFT JOIN events e ON e.portal_id = d.portal_id AND e.id = d.event_id
             LEFT JOIN jobs j ON j.portal_id = d.portal_id AND j.id = d.job_id AND j.attempts = d.attempt AND j.state = 'waiting'
             WHERE d.portal_id = ?1 AND d.webhook_id = ?2 AND ",
            $($rest),+
        ))
    };
}

/// Of what was sent and of the response; at most [`MOST_OF_WEBHOOK`] rows are read.
macro_rules! matching {
    ($rest:literal) => {
        select!(
            "(?4 = '' OR lower(COALESCE(e.data, '') || ' ' || d.event_id || ' ' || COALESCE(CAST(d.status AS TEXT), d.fault, '') || ' '
                 || COALESCE(d.answer, '')) LIKE ?4 ESCAPE '~') ", $rest, "ORDER BY d.sent_at DESC, d.id DESC LIMIT ?3"
        )
    };
}

const NEWEST: TenantSql = matching!("");
const OLDER: TenantSql = matching!(
    "AND (d.sent_at, d.id) < (
         SELECT b.sent_at, b.id FROM webhook_deliveries b WHERE b.portal_id = ?1 AND b.webhook_id = ?2 AND b.id = ?5
     ) "
);
const FIND: TenantSql = select!("d.id = ?3");

/// Records an attempt, and what it says about the webhook.
pub(super) async fn record(
    store: &WritingStore,
    (webhook, event): (&WebhookId, &EventId),
    attempted: &Attempted,
) -> Result<()> {
    let Attempted { attempt, sent_at, took_ms, status, answer, fault, .. } = attempted;
    let id = DeliveryId::random();
    let mut tx = store.begin().await?;
    if attempted.has_arrived() {
        health::works(&mut tx, webhook).await?;
    } else {
        health::fails(&mut tx, webhook, *sent_at).await?;
    }
    let (job, number) = (attempt.id, attempt.number);
    let values = params![webhook, id, event, job, number, sent_at, took_ms, status, answer, fault];
    tx.execute(INSERT, values).await?;
    Ok(tx.commit().await?)
}

/// What `LIKE` needs to find a text anywhere; nothing for no text.
pub(super) fn pattern(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    let text = text.to_lowercase().replace('~', "~~").replace('%', "~%").replace('_', "~_");
    format!("%{text}%")
}

/// An attempt in the log.
#[derive(Debug, Clone)]
pub struct Logged {
    /// Its id.
    pub id: DeliveryId,
    /// The event, which is the `webhook-id` of the request.
    pub event_id: EventId,
    /// The number of the attempt.
    pub attempt: i64,
    /// When it was made.
    pub sent_at: Timestamp,
    /// How long it took, in milliseconds.
    pub took_ms: i64,
    /// The status of the response, if there was one.
    pub status: Option<i64>,
    /// The start of its body.
    pub answer: Option<String>,
    /// Why there was none.
    pub fault: Option<NoAnswer>,
    /// The type of the event, as long as that is kept.
    pub name: Option<String>,
    /// The id of what the event is about, as long as the event is kept.
    pub resource_id: Option<String>,
    /// When it is tried again.
    pub next_at: Option<Timestamp>,
    /// Where it happened; none for a test of an app's webhook.
    pub portal_id: Option<PortalId>,
    /// Whether the webhook's people may still see what was sent and answered; else both are left out.
    pub is_covered: bool,
}
from_row!(Logged {
    id,
    event_id,
    attempt,
    sent_at,
    took_ms,
    status,
    answer,
    fault,
    name,
    resource_id,
    next_at,
    portal_id,
    is_covered
});

impl Logged {
    /// A webhook's attempts in which `text` occurs, the newest first: at most `most`, older than `before`.
    pub async fn list(
        store: &Store,
        webhook: &WebhookId,
        text: &str,
        before: Option<&DeliveryId>,
        most: i64,
    ) -> Result<Vec<Self>> {
        let pattern = pattern(text);
        Ok(match before {
            None => store.rows(NEWEST, params![webhook, most, pattern]).await?,
            Some(before) => store.rows(OLDER, params![webhook, most, pattern, before]).await?,
        })
    }

    /// One of a webhook's attempts.
    ///
    /// # Errors
    /// [`Error::NotFound`] when it has none with that id.
    pub async fn find(store: &Store, webhook: &WebhookId, id: &DeliveryId) -> Result<Self> {
        store.row(FIND, params![webhook, id]).await?.ok_or(Error::NotFound)
    }

    /// Whether it arrived.
    pub fn has_arrived(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }
}
