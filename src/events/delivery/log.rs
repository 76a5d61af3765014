//! The log of deliveries: a row for each attempt.

use jiff::{SignedDuration, Timestamp};

use super::health;
use crate::db::{from_row, params, text_enum};
use crate::error::{Error, Result};
use crate::ids::{DeliveryId, EventId, WebhookId};
use crate::jobs::Attempt;
use crate::outgoing::{Answer, Fault};
use crate::tenant::{Store, TenantSql, WritingStore};

/// How much of a response's body is kept, in characters.
const LONGEST_ANSWER: usize = 2000;

/// How many attempts are kept of a webhook, at most.
pub const MOST_OF_WEBHOOK: u32 = 10_000;

text_enum! {
    /// Why there was no response.
    pub NoAnswer in "webhooks.no_answer." {
        /// The address leads into a network that isn't public.
        Refused = "refused",
        /// The name has no address.
        Unknown = "unknown",
        /// Nobody accepts connections there.
        Unreachable = "unreachable",
        /// The certificate isn't right, or there is no TLS.
        Tls = "tls",
        /// What came isn't HTTP.
        Http = "http",
        /// It took too long.
        Silent = "silent",
    }
}

impl From<&Fault> for NoAnswer {
    fn from(fault: &Fault) -> Self {
        match fault {
            Fault::Refused(_) => Self::Refused,
            Fault::Unknown(_) => Self::Unknown,
            Fault::Unreachable(_) => Self::Unreachable,
            Fault::Tls(_) => Self::Tls,
            Fault::Http(_) => Self::Http,
            Fault::Silent => Self::Silent,
        }
    }
}

const INSERT: TenantSql = TenantSql::new(
    "INSERT INTO webhook_deliveries
         (portal_id, webhook_id, id, event_id, job_id, attempt, sent_at, took_ms, status, answer, fault)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
);

macro_rules! select {
    ($($rest:expr),+) => {
        TenantSql::new(concat!(
            "SELECT d.id, d.event_id, d.attempt, d.sent_at, d.took_ms, d.status, d.answer, d.fault,
                 e.type AS name, e.resource_id, j.run_at AS next_at
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

/// An attempt that was just made.
pub(super) struct Attempted<'a> {
    pub(super) webhook: &'a WebhookId,
    pub(super) event: &'a EventId,
    pub(super) attempt: Attempt,
    pub(super) sent_at: Timestamp,
    pub(super) took: SignedDuration,
    pub(super) result: Result<Answer, NoAnswer>,
}

impl Attempted<'_> {
    /// Records the attempt, and what it says about the webhook.
    pub(super) async fn record(&self, store: &WritingStore, is_success: bool) -> Result<()> {
        let Self { webhook, event, .. } = self;
        let (status, answer, fault) = match &self.result {
            Ok(Answer { status, body }) => {
                let answer: String =
                    body.chars().filter(|c| *c != '\0').take(LONGEST_ANSWER).collect();
                (Some(i64::from(*status)), Some(answer), None)
            }
            Err(fault) => (None, None, Some(*fault)),
        };
        let took = i64::try_from(self.took.as_millis()).unwrap_or(i64::MAX);
        let Attempt { id: job, number, .. } = self.attempt;
        let id = DeliveryId::random();
        let mut tx = store.begin().await?;
        if is_success {
            health::works(&mut tx, webhook).await?;
        } else {
            health::fails(&mut tx, webhook, self.sent_at).await?;
        }
        let values =
            params![webhook, id, event, job, number, self.sent_at, took, status, answer, fault];
        tx.execute(INSERT, values).await?;
        Ok(tx.commit().await?)
    }
}

/// What `LIKE` needs to find a text anywhere; nothing for no text.
fn pattern(text: &str) -> String {
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
    next_at
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
