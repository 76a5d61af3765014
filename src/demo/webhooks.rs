//! Webhooks of the demo. Nothing happens yet that they are told of, so that nothing is sent anywhere.

use jiff::Timestamp;

use crate::error::{Error, Result};
use crate::resources::webhooks::{WebhookCreate, WebhookType, queries};
use crate::sealed::SealingKeys;
use crate::tenant::StoreTx;
use crate::values::{Url, Value};

const WEBHOOKS: [(WebhookType, &str); 3] = [
    (WebhookType::InvoicePaid, "https://boekhouding.example/haken/klantportaal"),
    (WebhookType::OfferAccepted, "https://planbord.example/offertes"),
    (WebhookType::SubscriptionCreated, "https://chat.example/kanalen/abonnementen"),
];

/// Adds them to a portal.
pub(super) async fn add(tx: &mut StoreTx, keys: &SealingKeys, now: Timestamp) -> Result<()> {
    for (event, url) in WEBHOOKS {
        let url = Url::read(url).map_err(Error::BadRequest)?;
        queries::insert(tx, keys, &WebhookCreate { event, url }, now).await?;
    }
    Ok(())
}
