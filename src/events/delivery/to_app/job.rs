//! The job of an app's webhook.

use std::borrow::Cow;

use super::log;
use super::message::{AppDelivery, Content};
use crate::db::Db;
use crate::error::Result;
use crate::events::delivery::parcel::Parcel;
use crate::events::delivery::send::{Sender, kind};
use crate::ids::PortalId;
use crate::jobs::{Attempt, Failure, Job, Kind};
use crate::tenant::Store;

impl AppDelivery {
    /// What is sent at this moment, if anything is. This is the last look at whether the portal allows it.
    async fn parcel(&self, db: Db) -> Result<Option<Parcel>> {
        match &self.content {
            Content::Event { portal, scope, .. } => {
                let store = Store::open(db, portal.clone());
                Parcel::find_for_app(&store, &self.webhook, &self.event, scope).await
            }
            Content::Test(text) => Parcel::test(&db, &self.webhook, &self.event, text).await,
        }
    }
}

impl Job for AppDelivery {
    type Context = Sender;

    const KIND: Kind = kind("app_webhook");

    /// A webhook that is slow delays nothing but what is sent to it.
    fn lane(&self) -> Cow<'_, str> {
        self.webhook.as_str().into()
    }

    fn order_key(&self) -> Option<Cow<'_, str>> {
        match &self.content {
            Content::Event { resource: Some(resource), .. } => {
                Some(format!("{} {resource}", self.webhook).into())
            }
            Content::Event { .. } | Content::Test(_) => None,
        }
    }

    fn portal(&self) -> Option<&PortalId> {
        match &self.content {
            Content::Event { portal, .. } => Some(portal),
            Content::Test(_) => None,
        }
    }

    fn subject(&self) -> Option<Cow<'_, str>> {
        Some(self.webhook.as_str().into())
    }

    async fn run(&self, sender: &Sender, attempt: Attempt) -> Result<(), Failure> {
        let found = self.parcel(sender.db.reading()).await;
        // The webhook was deleted or switched off, the event is no longer kept, or the portal no longer
        // lets the app read it.
        let Some(parcel) = found.map_err(Failure::temporary)? else { return Ok(()) };
        let attempted = sender.send(&parcel, attempt).await?;
        log::record(&sender.db, self, &attempted).await.map_err(Failure::temporary)?;
        attempted.end()
    }
}
