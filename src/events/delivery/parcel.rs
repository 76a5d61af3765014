//! What is sent: the event, with signatures.

use axum::http::header::{CONTENT_TYPE, USER_AGENT};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use ring::hmac;
use url::Url;

use crate::db::{Db, from_row, params};
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
    "SELECT w.url, w.secret, w.previous_secret, w.previous_until, w.sends_secret, FALSE AS is_receiver, p.time_zone
     FROM webhooks w JOIN portals p ON p.id = w.portal_id
     WHERE w.portal_id = ?1 AND w.id = ?2 AND w.switched_off_at IS NULL",
);

/// The same columns of an app's webhook, if the portal lets the app read with a scope.
const TO_APP: TenantSql = TenantSql::new(
    "SELECT w.url, w.secret, w.previous_secret, w.previous_until, FALSE AS sends_secret, w.is_receiver, p.time_zone
     FROM live_grants l JOIN grants g ON g.id = l.id JOIN portals p ON p.id = l.portal_id
     JOIN app_webhooks w ON w.app_id = l.app_id
     WHERE l.portal_id = ?1 AND w.id = ?2 AND w.switched_off_at IS NULL AND ' ' || g.scopes || ' ' LIKE ?3",
);

/// The same for a test, which happens in no portal.
const TO_TESTED: &str =
    "SELECT w.url, w.secret, w.previous_secret, w.previous_until, FALSE AS sends_secret, w.is_receiver, '' AS time_zone
     FROM app_webhooks w JOIN apps a ON a.id = w.app_id JOIN developers d ON d.id = a.developer_id
     WHERE w.id = ?1 AND w.switched_off_at IS NULL AND a.deleted_at IS NULL AND a.disabled_at IS NULL
         AND d.deleted_at IS NULL AND d.disabled_at IS NULL";

struct To {
    url: String,
    secret: Vec<u8>,
    previous_secret: Option<Vec<u8>>,
    previous_until: Option<Timestamp>,
    sends_secret: bool,
    is_receiver: bool,
    time_zone: String,
}
from_row!(To {
    url,
    secret,
    previous_secret,
    previous_until,
    sends_secret,
    is_receiver,
    time_zone
});

/// What goes to a webhook.
pub(super) struct Parcel {
    webhook: WebhookId,
    to: To,
    id: EventId,
    body: String,
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
        match store.row(TO, params![webhook]).await? {
            Some(to) => Self::with_event(store, webhook, to, event).await,
            None => Ok(None),
        }
    }

    /// The same for a webhook of an app, unless the portal lets the app no longer read what the event is
    /// about. `scope` is the name of what is needed for that.
    pub(super) async fn find_for_app(
        store: &Store,
        webhook: &WebhookId,
        event: &EventId,
        scope: &str,
    ) -> Result<Option<Self>> {
        let granted = format!("% {scope} %");
        match store.row(TO_APP, params![webhook, granted]).await? {
            Some(to) => Self::with_event(store, webhook, to, event).await,
            None => Ok(None),
        }
    }

    /// A test of an app's webhook, unless that is gone or switched off, or the app disabled.
    pub(super) async fn test(
        db: &Db,
        webhook: &WebhookId,
        id: &EventId,
        body: &str,
    ) -> Result<Option<Self>> {
        let to: Option<To> = db.row(TO_TESTED, params![webhook]).await?;
        let (webhook, id, body) = (webhook.clone(), id.clone(), body.to_owned());
        Ok(to.map(|to| Self { webhook, to, id, body }))
    }

    async fn with_event(
        store: &Store,
        webhook: &WebhookId,
        to: To,
        event: &EventId,
    ) -> Result<Option<Self>> {
        let zone = TimeZone::get(&to.time_zone).unwrap_or(TimeZone::UTC);
        let Some(event) = Event::find(store, event, &zone).await? else { return Ok(None) };
        let body = serde_json::to_string(&event).map_err(Error::internal)?;
        Ok(Some(Self { webhook: webhook.clone(), to, id: event.id, body }))
    }

    /// Whether it is kept by a receiver for tests, instead of being sent.
    pub(super) const fn is_for_receiver(&self) -> bool {
        self.to.is_receiver
    }

    /// The signed request.
    pub(super) fn pack(&self, keys: &SealingKeys, now: Timestamp) -> Result<Packed> {
        let open = |sealed: &[u8]| {
            WebhookSecret::open(keys, &self.webhook, sealed).map_err(Error::internal)
        };
        let secret = open(&self.to.secret)?;
        let (id, body, seconds) = (self.id.as_str(), self.body.as_str(), now.as_second());
        let mut signatures = signature(&secret, id, seconds, body);
        // Receivers can't all know a new secret at once.
        if let Some(previous) = self.to.previous_secret.as_deref()
            && self.to.previous_until.is_some_and(|until| now < until)
        {
            signatures.push(' ');
            signatures.push_str(&signature(&open(previous)?, id, seconds, body));
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
        Ok(Packed { url, headers, body: body.to_owned() })
    }
}

/// The signature of Standard Webhooks: HMAC-SHA256 of id, time and body.
fn signature(secret: &WebhookSecret, id: &str, seconds: i64, body: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.bytes());
    let tag = hmac::sign(&key, format!("{id}.{seconds}.{body}").as_bytes());
    format!("v1,{}", STANDARD.encode(tag))
}

/// Whether one of the `signatures` of a message, which has an id, a time and a body, was made with a secret.
pub(super) fn is_signed(
    secret: &WebhookSecret,
    (id, seconds, body): (&str, i64, &str),
    signatures: &str,
) -> bool {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.bytes());
    let text = format!("{id}.{seconds}.{body}");
    let tags =
        signatures.split(' ').filter_map(|one| STANDARD.decode(one.strip_prefix("v1,")?).ok());
    tags.into_iter().any(|tag| hmac::verify(&key, text.as_bytes(), &tag).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_several_signatures_is_enough_and_each_covers_all_of_the_message() {
        let (secret, other) = (WebhookSecret::random(), WebhookSecret::random());
        let message = ("evn_a", 1, "{}");
        let (own, foreign) =
            (signature(&secret, "evn_a", 1, "{}"), signature(&other, "evn_a", 1, "{}"));
        for signatures in [own.clone(), format!("{foreign} {own}"), format!("v2,x {own}")] {
            assert!(is_signed(&secret, message, &signatures), "{signatures}");
        }
        for signatures in ["", "v1,", "v1,x", &foreign, &own[3..]] {
            assert!(!is_signed(&secret, message, signatures), "{signatures}");
        }
        for changed in [("evn_b", 1, "{}"), ("evn_a", 2, "{}"), ("evn_a", 1, "{ }")] {
            assert!(!is_signed(&secret, changed, &own), "{changed:?}");
        }
    }

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
