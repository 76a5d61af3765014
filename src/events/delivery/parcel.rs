//! What is sent: the event, with signatures.

use axum::http::header::{CONTENT_TYPE, USER_AGENT};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use ring::hmac;
use url::Url;

use crate::db::{from_row, params};
use crate::error::{Error, Result};
use crate::events::event::Event;
use crate::events::webhook_secret::WebhookSecret;
use crate::ids::{EventId, WebhookId};
use crate::sealed::SealingKeys;
use crate::tenant::{Store, TenantSql};

/// The header that holds the secret itself, as the contract has it.
const SECRET: HeaderName = HeaderName::from_static("x-webhook-signature");

// Those of Standard Webhooks.
const ID: HeaderName = HeaderName::from_static("webhook-id");
const TIMESTAMP: HeaderName = HeaderName::from_static("webhook-timestamp");
const SIGNATURE: HeaderName = HeaderName::from_static("webhook-signature");

const TO: TenantSql = TenantSql::new(
    "SELECT w.url, w.secret, w.previous_secret, w.previous_until, w.sends_secret, p.time_zone FROM webhooks w JOIN portals p ON p.id = w.portal_id
     WHERE w.portal_id = ?1 AND w.id = ?2 AND w.switched_off_at IS NULL",
);

struct To {
    url: String,
    secret: Vec<u8>,
    previous_secret: Option<Vec<u8>>,
    previous_until: Option<Timestamp>,
    sends_secret: bool,
    time_zone: String,
}
from_row!(To { url, secret, previous_secret, previous_until, sends_secret, time_zone });

/// An event with the webhook that it goes to.
pub(super) struct Parcel {
    webhook: WebhookId,
    to: To,
    event: Event,
}

/// A request.
pub(super) struct Packed {
    pub(super) url: Url,
    pub(super) headers: HeaderMap,
    pub(super) body: String,
}

impl Parcel {
    /// The event with the webhook, unless one of them is gone or the webhook is switched off.
    pub(super) async fn find(
        store: &Store,
        webhook: &WebhookId,
        event: &EventId,
    ) -> Result<Option<Self>> {
        let Some(to) = store.row::<To>(TO, params![webhook]).await? else { return Ok(None) };
        let zone = TimeZone::get(&to.time_zone).unwrap_or(TimeZone::UTC);
        let event = Event::find(store, event, &zone).await?;
        Ok(event.map(|event| Self { webhook: webhook.clone(), to, event }))
    }

    /// The signed request.
    pub(super) fn pack(&self, keys: &SealingKeys, now: Timestamp) -> Result<Packed> {
        let open = |sealed: &[u8]| {
            WebhookSecret::open(keys, &self.webhook, sealed).map_err(Error::internal)
        };
        let secret = open(&self.to.secret)?;
        let body = serde_json::to_string(&self.event).map_err(Error::internal)?;
        let (id, seconds) = (self.event.id.as_str(), now.as_second());
        let mut signatures = signature(&secret, id, seconds, &body);
        // Receivers can't all know a new secret at once.
        if let Some(previous) = self.to.previous_secret.as_deref()
            && self.to.previous_until.is_some_and(|until| now < until)
        {
            signatures.push(' ');
            signatures.push_str(&signature(&open(previous)?, id, seconds, &body));
        }
        let value = |text: &str| HeaderValue::from_str(text).map_err(Error::internal);
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(USER_AGENT, HeaderValue::from_static("Klantportaal-Webhooks"));
        headers.insert(ID, value(id)?);
        headers.insert(TIMESTAMP, seconds.into());
        headers.insert(SIGNATURE, value(&signatures)?);
        if self.to.sends_secret {
            let mut secret = value(&secret.reveal())?;
            secret.set_sensitive(true);
            headers.insert(SECRET, secret);
        }
        let url = Url::parse(&self.to.url).map_err(Error::internal)?;
        Ok(Packed { url, headers, body })
    }
}

/// The signature of Standard Webhooks: HMAC-SHA256 of id, time and body.
fn signature(secret: &WebhookSecret, id: &str, seconds: i64, body: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.bytes());
    let tag = hmac::sign(&key, format!("{id}.{seconds}.{body}").as_bytes());
    format!("v1,{}", STANDARD.encode(tag))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification and of the libraries.
    #[test]
    fn the_signature_is_that_of_standard_webhooks() {
        let bytes = STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let secret = WebhookSecret::from_bytes(bytes);
        assert_eq!(
            signature(
                &secret,
                "msg_p5jXN8AQM9LWM0D4loKWxJek",
                1_614_265_330,
                r#"{"test": 2432232314}"#
            ),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        );
    }
}
