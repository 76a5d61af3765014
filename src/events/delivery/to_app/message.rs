//! What is on its way to an app's webhook.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::db::Tx;
use crate::error::Result;
use crate::ids::{EventId, PortalId, WebhookId};
use crate::jobs::Job;

/// What is on its way to an app's webhook.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AppDelivery {
    pub(in crate::events) webhook: WebhookId,
    pub(in crate::events) event: EventId,
    /// The type of the event.
    pub(in crate::events) name: String,
    pub(in crate::events) content: Content,
}

/// What is sent.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::events) enum Content {
    /// An event of a portal.
    Event {
        portal: PortalId,
        /// The scope that reads what it is about.
        scope: String,
        /// The resource whose events arrive in their order; none if it is sent again.
        resource: Option<String>,
    },
    /// The text of a test.
    Test(String),
}

impl AppDelivery {
    /// Sends a webhook a test with this text.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn test(
        tx: &mut Tx,
        webhook: &WebhookId,
        (event, name): (&EventId, &str),
        text: String,
        now: Timestamp,
    ) -> Result<()> {
        let (webhook, event, name) = (webhook.clone(), event.clone(), name.to_owned());
        Self { webhook, event, name, content: Content::Test(text) }.enqueue(tx, now).await?;
        Ok(())
    }

    /// An event that just happened in a portal.
    pub(in crate::events) fn of(
        webhook: WebhookId,
        (event, name): (EventId, &str),
        portal: PortalId,
        scope: &str,
        resource: &str,
    ) -> Self {
        let (scope, resource) = (scope.to_owned(), Some(resource.to_owned()));
        let content = Content::Event { portal, scope, resource };
        Self { webhook, event, name: name.to_owned(), content }
    }
}
