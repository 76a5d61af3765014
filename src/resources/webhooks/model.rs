//! The model of a webhook, and its representation in the API.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::Serialize;

use crate::error::{Error, Result};
use crate::events::WebhookSecret;
use crate::ids::WebhookId;
use crate::sealed::SealingKeys;
use crate::time::Atom;
use crate::values::{Url, body, choice, row};

choice! {
    /// What a webhook is told of.
    WebhookType in "webhooks.type." {
        /// An appointment was made.
        AppointmentCreated = "appointment-created",
        /// An appointment was cancelled.
        AppointmentCanceled = "appointment-canceled",
        /// A customer was created.
        CustomerCreated = "customer-created",
        /// A customer was deleted.
        CustomerDeleted = "customer-deleted",
        /// An offer was created.
        OfferCreated = "offer-created",
        /// An offer was deleted.
        OfferDeleted = "offer-deleted",
        /// An offer was accepted.
        OfferAccepted = "offer-accepted",
        /// An offer was rejected.
        OfferRejected = "offer-rejected",
        /// An invoice was created.
        InvoiceCreated = "invoice-created",
        /// The payment of an invoice was charged back.
        InvoiceChargeback = "invoice-chargeback",
        /// An invoice was paid.
        InvoicePaid = "invoice-paid",
        /// An invoice was deleted.
        InvoiceDeleted = "invoice-deleted",
        /// A payment link was created.
        PaymentLinkCreated = "payment-link-created",
        /// A payment link expired.
        PaymentLinkExpired = "payment-link-expired",
        /// A payment link was paid.
        PaymentLinkPaid = "payment-link-paid",
        /// A ticket was created.
        TicketCreated = "ticket-created",
        /// The customer replied to a ticket.
        TicketReplyCustomer = "ticket-reply-customer",
        /// The business replied to a ticket.
        TicketReplyEmployee = "ticket-reply-employee",
        /// A subscription was created.
        SubscriptionCreated = "subscription-created",
        /// A subscription was changed.
        SubscriptionUpdated = "subscription-updated",
        /// A subscription was deleted.
        SubscriptionDeleted = "subscription-deleted",
        /// A payment of a subscription was created.
        SubscriptionPaymentCreated = "subscription-payment-created",
        /// A payment of a subscription was changed.
        SubscriptionPaymentUpdated = "subscription-payment-updated",
    }
}

row! {
    /// A webhook, as stored.
    Webhook {
        /// Its id.
        id: WebhookId,
        /// What it is told of.
        event: WebhookType = "c.type",
        /// Its address.
        url: String,
        /// Its sealed secret.
        secret: Vec<u8>,
        /// Whether deliveries carry the secret itself.
        sends_secret: bool,
        /// Until when deliveries are signed with the secret before this one, too.
        previous_until: Option<Timestamp>,
        /// When it was created.
        created_at: Timestamp,
        /// Since when it has failed without a success.
        failing_since: Option<Timestamp>,
        /// When it was switched off for that.
        switched_off_at: Option<Timestamp>,
        /// The number of changes, plus one.
        revision: i64,
    }
}

impl Webhook {
    /// Its secret.
    ///
    /// # Errors
    /// [`Error::Internal`] when none of the keys opens it.
    pub fn secret(&self, keys: &SealingKeys) -> Result<WebhookSecret> {
        WebhookSecret::open(keys, &self.id, &self.secret).map_err(Error::internal)
    }

    /// The representation in the API, with times in the portal's time zone.
    ///
    /// # Errors
    /// As [`Webhook::secret`].
    pub fn into_view(self, keys: &SealingKeys, zone: &TimeZone) -> Result<WebhookView> {
        let secret = self.secret(keys)?.reveal();
        let created_at = Atom::new(self.created_at, zone);
        Ok(WebhookView { id: self.id, event: self.event, url: self.url, secret, created_at })
    }
}

/// A webhook in the API.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Webhook")]
pub struct WebhookView {
    /// The webhook's id
    id: WebhookId,
    /// What it is told of
    #[serde(rename = "type")]
    event: WebhookType,
    /// Where events are sent to
    #[schemars(url, example = &"https://hooks.korenaar.example/klantportaal")]
    url: String,
    /// What deliveries are signed with: `whsec_` and 32 bytes in base64, as Standard Webhooks has it
    #[schemars(example = &"whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=")]
    secret: String,
    /// When the webhook was created, with the offset of the portal's time zone
    created_at: Atom,
}

body! {
    /// A new webhook.
    WebhookCreate {
        /// What to be told of. Types whose resource does not exist yet can be chosen already
        event "type": WebhookType = "customer-created",
        /// Where to send events to: an `https` address on the internet
        url "url": Url = "https://hooks.korenaar.example/klantportaal",
    }
}
