//! Emitting events, in the transaction of the change, and enqueuing their deliveries.

use jiff::Timestamp;

use super::{AppDelivery, Delivery, EventData, EventType};
use crate::db::{Single, params};
use crate::error::{Error, Result};
use crate::ids::{EventId, WebhookId};
use crate::tenant::{StoreTx, TenantSql};

/// Counts on. A concurrent transaction with an event of the same resource waits here, until this one
/// ends.
const COUNT: TenantSql = TenantSql::new(
    "INSERT INTO event_sequences (portal_id, resource_id, sequence, ended_at) VALUES (?1, ?2, 1, ?3)
     ON CONFLICT (portal_id, resource_id) DO UPDATE
         SET sequence = event_sequences.sequence + 1, ended_at = excluded.ended_at
     RETURNING sequence AS value",
);
const INSERT: TenantSql = TenantSql::new(
    "INSERT INTO events (portal_id, id, type, resource_id, sequence, data, size, created_at)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
);
const SUBSCRIBERS: TenantSql = TenantSql::new(
    "SELECT id AS value FROM webhooks
     WHERE portal_id = ?1 AND type = ?2 AND switched_off_at IS NULL ORDER BY id",
);

/// Those of the apps that the portal lets read what the event is about.
const SUBSCRIBED_APPS: TenantSql = TenantSql::new(
    "SELECT w.id AS value FROM live_grants l JOIN grants g ON g.id = l.id JOIN app_webhooks w ON w.app_id = l.app_id
     WHERE l.portal_id = ?1 AND ' ' || w.types || ' ' LIKE ?2 AND ' ' || g.scopes || ' ' LIKE ?3
         AND w.switched_off_at IS NULL ORDER BY w.id",
);

/// An event to be written.
struct New<'a> {
    name: &'a str,
    resource: &'a str,
    data: String,
    ended_at: Option<Timestamp>,
}

impl StoreTx {
    /// Emits an event about a change that this transaction makes: both happen, or neither does. Webhooks
    /// of its type get it once the transaction is committed: the portal's, and those of apps that the
    /// portal lets read the resource.
    ///
    /// # Errors
    /// [`Error::Internal`] when the data can't be written as JSON.
    pub async fn emit<T: EventData>(
        &mut self,
        event: EventType<T>,
        data: &T,
        now: Timestamp,
    ) -> Result<()> {
        let (name, resource) = (event.name, data.resource_id());
        let ended_at = event.is_last.then_some(now);
        let data = serde_json::to_string(data).map_err(Error::internal)?;
        let id = self.write_event(New { name, resource, data, ended_at }, now).await?;
        let webhooks: Vec<Single<WebhookId>> = self.rows(SUBSCRIBERS, params![name]).await?;
        for Single(webhook) in webhooks {
            let (portal, event) = (self.portal().clone(), id.clone());
            let resource = Some(resource.to_owned());
            self.enqueue(&Delivery { portal, webhook, event, resource }, now).await?;
        }
        let scope = T::SCOPE.name();
        let (types, scopes) = (format!("% {name} %"), format!("% {scope} %"));
        let webhooks: Vec<Single<WebhookId>> =
            self.rows(SUBSCRIBED_APPS, params![types, scopes]).await?;
        for Single(webhook) in webhooks {
            let (portal, event) = (self.portal().clone(), id.clone());
            let delivery = AppDelivery::of(webhook, (event, name), portal, scope, resource);
            self.enqueue(&delivery, now).await?;
        }
        Ok(())
    }

    /// Sends a webhook a test: an event about the webhook itself, with this JSON as its data.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn send_test(
        &mut self,
        webhook: &WebhookId,
        name: &str,
        data: String,
        now: Timestamp,
    ) -> Result<EventId> {
        let new = New { name, resource: webhook.as_str(), data, ended_at: Some(now) };
        let id = self.write_event(new, now).await?;
        self.send_again(webhook, &id, now).await?;
        Ok(id)
    }

    /// Sends a webhook an event once more, whatever else waits.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn send_again(
        &mut self,
        webhook: &WebhookId,
        event: &EventId,
        now: Timestamp,
    ) -> Result<()> {
        let (portal, webhook, event) = (self.portal().clone(), webhook.clone(), event.clone());
        self.enqueue(&Delivery { portal, webhook, event, resource: None }, now).await?;
        Ok(())
    }

    async fn write_event(
        &mut self,
        New { name, resource, data, ended_at }: New<'_>,
        now: Timestamp,
    ) -> Result<EventId> {
        let counted = self.row(COUNT, params![resource, ended_at]).await?;
        let Some(Single::<i64>(sequence)) = counted else {
            return Err(Error::internal(std::io::Error::other("an event was not counted")));
        };
        let id = EventId::random();
        let size = i64::try_from(data.len()).map_err(Error::internal)?;
        self.execute(INSERT, params![id, name, resource, sequence, data, size, now]).await?;
        Ok(id)
    }
}
