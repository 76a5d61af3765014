//! An event as it is sent.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::db::{from_row, params};
use crate::error::{Error, Result};
use crate::ids::{EventId, PortalId, WebhookId};
use crate::tenant::{Store, TenantSql};
use crate::time::Atom;

/// An event as it is sent: the same each time.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// The event's id, the same each time it is sent
    pub id: EventId,
    /// What happened
    #[serde(rename = "type")]
    pub name: String,
    /// The portal in which it happened
    pub portal_id: PortalId,
    /// When it happened, with the offset of the portal's time zone
    pub created_at: Atom,
    /// The number of this event among those of the same resource, from 1 on and without gaps
    #[schemars(range(min = 1))]
    pub sequence: i64,
    /// Whether it is a test, which somebody sent from the webhook's page; absent otherwise
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(skip)]
    pub test: Option<bool>,
    /// The resource after the change, or before its deletion, as the API shows it
    pub data: Value,
}

struct Stored {
    id: EventId,
    name: String,
    resource_id: String,
    sequence: i64,
    data: String,
    created_at: Timestamp,
}
from_row!(Stored { id, name, resource_id, sequence, data, created_at });

const OF_RESOURCE: TenantSql = TenantSql::new(
    "SELECT id, type AS name, resource_id, sequence, data, created_at FROM events
     WHERE portal_id = ?1 AND resource_id = ?2 ORDER BY sequence",
);
const FIND: TenantSql = TenantSql::new(
    "SELECT id, type AS name, resource_id, sequence, data, created_at FROM events
     WHERE portal_id = ?1 AND id = ?2",
);

impl Event {
    /// The events of a resource in their order, as far as they are still kept. `zone` is the portal's
    /// time zone.
    ///
    /// # Errors
    /// [`Error::Internal`] when the data is no JSON.
    pub async fn of_resource(store: &Store, id: &str, zone: &TimeZone) -> Result<Vec<Self>> {
        let stored: Vec<Stored> = store.rows(OF_RESOURCE, params![id]).await?;
        stored.into_iter().map(|stored| Self::of(store, stored, zone)).collect()
    }

    /// One event, if it is still kept. `zone` is the portal's time zone.
    ///
    /// # Errors
    /// As [`Event::of_resource`].
    pub async fn find(store: &Store, id: &EventId, zone: &TimeZone) -> Result<Option<Self>> {
        let stored: Option<Stored> = store.row(FIND, params![id]).await?;
        stored.map(|stored| Self::of(store, stored, zone)).transpose()
    }

    fn of(store: &Store, stored: Stored, zone: &TimeZone) -> Result<Self> {
        let Stored { id, name, resource_id, sequence, data, created_at } = stored;
        let data = serde_json::from_str(&data).map_err(Error::internal)?;
        let (portal_id, created_at) = (store.portal().clone(), Atom::new(created_at, zone));
        // Nothing else happens to a webhook that is told.
        let test = resource_id.parse::<WebhookId>().is_ok().then_some(true);
        Ok(Self { id, name, portal_id, created_at, sequence, test, data })
    }
}
