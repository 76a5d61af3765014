//! The job of a portal's webhook.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::log;
use super::parcel::Parcel;
use super::send::{Sender, kind};
use crate::ids::{EventId, PortalId, WebhookId};
use crate::jobs::{Attempt, Failure, Job, Kind};
use crate::tenant::{Store, WritingStore};

/// An event on its way to a webhook.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Delivery {
    pub(in crate::events) portal: PortalId,
    pub(in crate::events) webhook: WebhookId,
    pub(in crate::events) event: EventId,
    /// The resource whose events arrive in their order; none if it is sent again.
    pub(in crate::events) resource: Option<String>,
}

impl Job for Delivery {
    type Context = Sender;

    const KIND: Kind = kind("webhook");

    /// A webhook that is slow delays nothing but what is sent to it.
    fn lane(&self) -> Cow<'_, str> {
        self.webhook.as_str().into()
    }

    fn order_key(&self) -> Option<Cow<'_, str>> {
        let resource = self.resource.as_ref()?;
        Some(format!("{} {resource}", self.webhook).into())
    }

    fn portal(&self) -> Option<&PortalId> {
        Some(&self.portal)
    }

    fn subject(&self) -> Option<Cow<'_, str>> {
        Some(self.webhook.as_str().into())
    }

    async fn run(&self, sender: &Sender, attempt: Attempt) -> Result<(), Failure> {
        let store = Store::open(sender.db.reading(), self.portal.clone());
        let found = Parcel::find(&store, &self.webhook, &self.event).await;
        // The webhook was deleted or switched off, or the event is no longer kept.
        let Some(parcel) = found.map_err(Failure::temporary)? else { return Ok(()) };
        let attempted = sender.send(&parcel, attempt).await?;
        let store = WritingStore::open(sender.db.clone(), self.portal.clone());
        log::record(&store, (&self.webhook, &self.event), &attempted)
            .await
            .map_err(Failure::temporary)?;
        attempted.end()
    }
}
