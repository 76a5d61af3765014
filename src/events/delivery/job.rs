//! The job.

use std::borrow::Cow;
use std::time::Duration;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::log::{Attempted, NoAnswer};
use super::parcel::Parcel;
use crate::clock::Clock;
use crate::db::WritingDb;
use crate::ids::{EventId, PortalId, WebhookId};
use crate::jobs::{Attempt, Failure, Job, Kind, Retry};
use crate::outgoing::Client;
use crate::sealed::SealingKeys;
use crate::tenant::{Store, WritingStore};

/// How long an event is tried.
const TRIED_FOR: SignedDuration = SignedDuration::from_hours(72);

/// An event on its way to a webhook.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Delivery {
    pub(in crate::events) portal: PortalId,
    pub(in crate::events) webhook: WebhookId,
    pub(in crate::events) event: EventId,
    /// The resource whose events arrive in their order; none if it is sent again.
    pub(in crate::events) resource: Option<String>,
}

/// What deliveries need.
#[derive(Clone)]
pub struct Sender {
    /// The database.
    pub db: WritingDb,
    /// The keys that seal the secrets of webhooks.
    pub keys: SealingKeys,
    /// Makes the requests.
    pub client: Client,
    /// The clock.
    pub clock: Clock,
}

impl Job for Delivery {
    type Context = Sender;

    const KIND: Kind = Kind {
        name: "webhook",
        retry: Retry {
            first: SignedDuration::from_secs(5),
            factor: 5,
            longest: SignedDuration::from_hours(6),
            give_up_after: TRIED_FOR,
        },
        at_once: 256,
        at_once_per_lane: 4,
        shared_by_portals: true,
        time_limit: Duration::from_secs(40),
        keep: None,
    };

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
        let (sent_at, began) = (sender.clock.now(), sender.clock.monotonic());
        let request = parcel.pack(&sender.keys, sent_at).map_err(Failure::temporary)?;
        let answer = sender.client.post(&request.url, request.headers, request.body).await;
        let took = sender.clock.monotonic().since(began);
        let why = match &answer {
            Ok(answer) if (200..300).contains(&answer.status) => None,
            Ok(answer) => Some(format!("the response has status {}", answer.status)),
            Err(fault) => Some(fault.to_string()),
        };
        let result = answer.map_err(|fault| NoAnswer::from(&fault));
        let Self { webhook, event, .. } = self;
        let attempted = Attempted { webhook, event, attempt, sent_at, took, result };
        let store = WritingStore::open(sender.db.clone(), self.portal.clone());
        attempted.record(&store, why.is_none()).await.map_err(Failure::temporary)?;
        match why {
            None => Ok(()),
            // The people of the portal see it in the log; to the operator it is nothing.
            Some(_) if sent_at.duration_since(attempt.created_at) >= TRIED_FOR => Ok(()),
            Some(why) => Err(Failure::Temporary(why)),
        }
    }
}
