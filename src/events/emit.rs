//! Emitting events, in the transaction of the change.

use jiff::Timestamp;

use super::{EventData, EventType};
use crate::db::{Single, params};
use crate::error::{Error, Result};
use crate::ids::EventId;
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
    "INSERT INTO events (portal_id, id, type, resource_id, sequence, data, created_at)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
);

impl StoreTx {
    /// Emits an event about a change that this transaction makes: both happen, or neither does.
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
        let counted = self.row(COUNT, params![resource, ended_at]).await?;
        let Some(Single::<i64>(sequence)) = counted else {
            return Err(Error::internal(std::io::Error::other("an event was not counted")));
        };
        let id = EventId::random();
        self.execute(INSERT, params![id, name, resource, sequence, data, now]).await?;
        Ok(())
    }
}
