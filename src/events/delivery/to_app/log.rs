//! The log of deliveries to the webhooks of apps. What was sent and answered is shown as long as the portal
//! lets the app read it.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::covered::covered;
use super::health;
use super::message::{AppDelivery, Content};
use super::received;
use crate::db::{Db, Queryable, Single, Tx, WritingDb, from_row, params};
use crate::error::{Error, Message, Result};
use crate::events::delivery::log::{Logged, pattern};
use crate::events::delivery::send::Attempted;
use crate::events::event::Event;
use crate::ids::{DeliveryId, WebhookId};
use crate::jobs::Job;
use crate::tenant::Store;

const INSERT: &str = "INSERT INTO app_webhook_deliveries
        (webhook_id, id, event_id, type, portal_id, scope, test, job_id, attempt, sent_at, took_ms, status, answer, fault)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)";

/// Records an attempt, and what it says about the webhook.
pub(super) async fn record(
    db: &WritingDb,
    delivery: &AppDelivery,
    attempted: &Attempted,
) -> Result<()> {
    let AppDelivery { webhook, event, name, content } = delivery;
    let (portal, scope, test) = match content {
        Content::Event { portal, scope, .. } => (Some(portal), Some(scope), None),
        Content::Test(text) => (None, None, Some(text)),
    };
    let Attempted { attempt, sent_at, took_ms, status, answer, fault, kept, .. } = attempted;
    let id = DeliveryId::random();
    let mut tx = db.begin().await?;
    if attempted.has_arrived() {
        health::works(&mut tx, webhook).await?;
    } else {
        health::fails(&mut tx, webhook, *sent_at).await?;
    }
    let (job, number) = (attempt.id, attempt.number);
    let values = params![
        webhook, id, event, name, portal, scope, test, job, number, sent_at, took_ms, status,
        answer, fault
    ];
    tx.execute(INSERT, values).await?;
    if let Some(kept) = kept {
        received::keep(&mut tx, kept, (webhook, &id), *sent_at).await?;
    }
    Ok(tx.commit().await?)
}

/// The attempts of the webhook `?1`. What a portal doesn't let the app read any more has no event, and no
/// answer.
macro_rules! select {
    ($($rest:expr),+) => {
        concat!(
            "SELECT d.id, d.event_id, d.attempt, d.sent_at, d.took_ms, d.status,
                 CASE WHEN d.is_covered THEN d.answer END AS answer, d.fault, d.type AS name, e.resource_id,
                 j.run_at AS next_at, d.portal_id, d.is_covered
             FROM ",
            covered!(),
            " d
             LEFT JOIN events e ON d.is_covered AND e.portal_id = d.portal_id AND e.id = d.event_id
             LEFT JOIN jobs j ON j.id = d.job_id AND j.attempts = d.attempt AND j.state = 'waiting'
             WHERE ",
            $($rest),+
        )
    };
}

/// As in the log of a portal's webhook.
macro_rules! matching {
    ($rest:literal) => {
        select!(
            "(?3 = '' OR lower(COALESCE(e.data, d.test, '') || ' ' || d.event_id || ' ' || COALESCE(d.portal_id, '') || ' '
                 || COALESCE(CAST(d.status AS TEXT), d.fault, '') || ' '
                 || COALESCE(CASE WHEN d.is_covered THEN d.answer END, '')) LIKE ?3 ESCAPE '~') ",
            $rest,
            "ORDER BY d.sent_at DESC, d.id DESC LIMIT ?2"
        )
    };
}

const NEWEST: &str = matching!("");
const OLDER: &str = matching!(
    "AND (d.sent_at, d.id) < (
         SELECT b.sent_at, b.id FROM app_webhook_deliveries b WHERE b.webhook_id = ?1 AND b.id = ?4
     ) "
);
const FIND: &str = select!("d.id = ?2");

/// What was sent in an attempt.
struct Sent {
    scope: Option<String>,
    test: Option<String>,
}
from_row!(Sent { scope, test });

/// The log of an app's webhook.
#[derive(Clone, Copy)]
pub struct AppLog<'a> {
    /// The database.
    pub db: &'a Db,
    /// The webhook.
    pub webhook: &'a WebhookId,
}

impl AppLog<'_> {
    /// The attempts in which `text` occurs, the newest first: at most `most`, older than `before`.
    pub async fn list(
        &self,
        text: &str,
        before: Option<&DeliveryId>,
        most: i64,
    ) -> Result<Vec<Logged>> {
        let (webhook, pattern) = (self.webhook, pattern(text));
        Ok(match before {
            None => self.db.rows(NEWEST, params![webhook, most, pattern]).await?,
            Some(before) => self.db.rows(OLDER, params![webhook, most, pattern, before]).await?,
        })
    }

    /// One attempt.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is none with that id.
    pub async fn find(&self, id: &DeliveryId) -> Result<Logged> {
        self.db.row(FIND, params![self.webhook, id]).await?.ok_or(Error::NotFound)
    }

    async fn sent(&self, db: impl Queryable, id: &DeliveryId) -> Result<Sent> {
        let sent =
            "SELECT scope, test FROM app_webhook_deliveries WHERE webhook_id = ?1 AND id = ?2";
        db.row(sent, params![self.webhook, id]).await?.ok_or(Error::NotFound)
    }

    /// What was sent, as JSON that people can read; nothing if it is no longer kept, or not covered.
    ///
    /// # Errors
    /// [`Error::Internal`] when the data is no JSON.
    pub async fn body(&self, logged: &Logged) -> Result<Option<String>> {
        let Some(portal) = logged.portal_id.as_ref().filter(|_| logged.is_covered) else {
            let Some(test) = self.sent(self.db, &logged.id).await?.test else { return Ok(None) };
            let test: serde_json::Value = serde_json::from_str(&test).map_err(Error::internal)?;
            return serde_json::to_string_pretty(&test).map(Some).map_err(Error::internal);
        };
        let zone = "SELECT time_zone AS value FROM portals WHERE id = ?1";
        let Some(Single(zone)) = self.db.row::<Single<String>>(zone, params![portal]).await? else {
            return Ok(None);
        };
        let zone = TimeZone::get(&zone).unwrap_or(TimeZone::UTC);
        let store = Store::open(self.db.clone(), portal.clone());
        let event = Event::find(&store, &logged.event_id, &zone).await?;
        event.map(|event| serde_json::to_string_pretty(&event)).transpose().map_err(Error::internal)
    }

    /// Sends what was sent in an attempt once more, whatever else waits.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the portal no longer lets the app read it.
    pub async fn send_again(&self, tx: &mut Tx, logged: &Logged, now: Timestamp) -> Result<()> {
        if !logged.is_covered {
            return Err(Error::Conflict(Message::new("webhooks.log.not_covered")));
        }
        let Sent { scope, test } = self.sent(&mut *tx, &logged.id).await?;
        let content = match (logged.portal_id.clone(), scope, test) {
            (Some(portal), Some(scope), _) => Content::Event { portal, scope, resource: None },
            (_, _, Some(text)) => Content::Test(text),
            _ => return Err(Error::NotFound),
        };
        let name = logged.name.clone().unwrap_or_default();
        let (webhook, event) = (self.webhook.clone(), logged.event_id.clone());
        AppDelivery { webhook, event, name, content }.enqueue(tx, now).await?;
        Ok(())
    }
}
