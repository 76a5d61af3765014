//! The webhooks of apps: addresses that are told what happens in the portals that gave the app access.

use jiff::{SignedDuration, Timestamp};

use crate::db::{Db, Queryable, Tx, from_row, params};
use crate::error::{Error, Message, Result};
use crate::events::WebhookSecret;
use crate::ids::{AppId, WebhookId};
use crate::quotas;
use crate::sealed::SealingKeys;

/// A webhook of an app.
#[derive(Debug, Clone)]
pub struct AppWebhook {
    /// Its id.
    pub id: WebhookId,
    /// Its address; of a receiver for tests, that of our page.
    pub url: String,
    /// Whether it is such a receiver, to which nothing is sent.
    pub is_receiver: bool,
    /// What it is told of: the names of types of events, separated by spaces.
    types: String,
    /// Its sealed secret.
    secret: Vec<u8>,
    /// Until when deliveries are signed with the secret before this one, too.
    pub previous_until: Option<Timestamp>,
    /// When it was created.
    pub created_at: Timestamp,
    /// Since when it has failed without a success.
    pub failing_since: Option<Timestamp>,
    /// When it was switched off: for that, or by a person if it has not failed.
    pub switched_off_at: Option<Timestamp>,
}
from_row!(AppWebhook {
    id,
    url,
    is_receiver,
    types,
    secret,
    previous_until,
    created_at,
    failing_since,
    switched_off_at
});

/// What a webhook is told of, and where.
#[derive(Debug, Clone)]
pub struct AppWebhookDetails {
    /// Its address; of a receiver for tests, that of our page.
    pub url: String,
    /// Whether it is such a receiver.
    pub is_receiver: bool,
    /// The names of the types of events.
    pub types: Vec<String>,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT w.id, w.url, w.is_receiver, w.types, w.secret, w.previous_until, w.created_at, w.failing_since, w.switched_off_at
             FROM app_webhooks w WHERE w.app_id = ?1 ",
            $rest
        )
    };
}

impl AppWebhook {
    /// An app's webhooks, newest first.
    pub async fn list(db: &Db, app: &AppId) -> Result<Vec<Self>> {
        Ok(db.rows(select!("ORDER BY w.created_at DESC, w.id DESC"), params![app]).await?)
    }

    /// One of an app's webhooks.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the app has none with that id.
    pub async fn find(db: impl Queryable, app: &AppId, id: &WebhookId) -> Result<Self> {
        db.row(select!("AND w.id = ?2"), params![app, id]).await?.ok_or(Error::NotFound)
    }

    /// The same, locked until the transaction ends.
    ///
    /// # Errors
    /// As [`AppWebhook::find`].
    pub async fn hold(tx: &mut Tx, app: &AppId, id: &WebhookId) -> Result<Self> {
        let hold = "UPDATE app_webhooks SET revision = revision + 1 WHERE app_id = ?1 AND id = ?2";
        tx.execute(hold, params![app, id]).await?;
        Self::find(tx, app, id).await
    }

    /// One that isn't switched off, locked until the transaction ends.
    ///
    /// # Errors
    /// As [`AppWebhook::find`]; [`Error::Conflict`] when it is switched off.
    pub async fn working(tx: &mut Tx, app: &AppId, id: &WebhookId) -> Result<Self> {
        match Self::hold(tx, app, id).await? {
            off if off.switched_off_at.is_some() => {
                Err(Error::Conflict(Message::new("webhooks.is_off")))
            }
            webhook => Ok(webhook),
        }
    }

    /// The one with these details, if the app has it already.
    pub async fn same(
        tx: &mut Tx,
        app: &AppId,
        AppWebhookDetails { url, types, .. }: &AppWebhookDetails,
    ) -> Result<Option<Self>> {
        let same = select!("AND w.url = ?2 AND w.types = ?3 ORDER BY w.created_at, w.id LIMIT 1");
        Ok(tx.row(same, params![app, url, types.join(" ")]).await?)
    }

    /// Creates one, within a transaction that [locks the app](quotas::APP_WEBHOOKS).
    ///
    /// # Errors
    /// [`Error::Conflict`] when the app has `most` already.
    pub async fn create(
        tx: &mut Tx,
        keys: &SealingKeys,
        app: &AppId,
        AppWebhookDetails { url, is_receiver, types }: &AppWebhookDetails,
        (most, now): (u32, Timestamp),
    ) -> Result<WebhookId> {
        let id = WebhookId::random();
        let (sealed, types) = (WebhookSecret::random().seal(keys, &id), types.join(" "));
        let insert =
            "INSERT INTO app_webhooks (id, app_id, url, is_receiver, types, secret, created_at)
                      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        tx.execute(insert, params![id, app, url, is_receiver, types, sealed, now]).await?;
        quotas::APP_WEBHOOKS.check(tx, app, most).await?;
        Ok(id)
    }

    /// Changes what it is told of from now on: the names of types of events.
    pub async fn set_types(&self, tx: &mut Tx, types: &[String]) -> Result<()> {
        let set = "UPDATE app_webhooks SET types = ?2 WHERE id = ?1";
        tx.execute(set, params![self.id, types.join(" ")]).await?;
        Ok(())
    }

    /// Changes where to, also for what waits. Failures of the old address no longer count; one that is
    /// switched off stays off.
    pub async fn set_place(&self, tx: &mut Tx, url: &str, is_receiver: bool) -> Result<()> {
        let set = "UPDATE app_webhooks SET url = ?2, is_receiver = ?3 WHERE id = ?1";
        tx.execute(set, params![self.id, url, is_receiver]).await?;
        let begin_anew =
            "UPDATE app_webhooks SET failing_since = NULL, warned_at = NULL, told_at = NULL
                          WHERE id = ?1 AND switched_off_at IS NULL";
        tx.execute(begin_anew, params![self.id]).await?;
        Ok(())
    }

    /// Gives it a new secret. For the duration of `overlap`, deliveries are signed with the old one too.
    ///
    /// # Errors
    /// As [`AppWebhook::find`].
    pub async fn rotate(
        tx: &mut Tx,
        keys: &SealingKeys,
        (app, id): (&AppId, &WebhookId),
        overlap: SignedDuration,
        now: Timestamp,
    ) -> Result<()> {
        let webhook = Self::hold(tx, app, id).await?;
        let secret = WebhookSecret::random().seal(keys, id);
        let until = (!overlap.is_zero()).then(|| now + overlap);
        let previous = until.map(|_| &webhook.secret);
        let rotate = "UPDATE app_webhooks SET secret = ?2, previous_secret = ?3, previous_until = ?4 WHERE id = ?1";
        tx.execute(rotate, params![id, secret, previous, until]).await?;
        Ok(())
    }

    /// Switches it on, however it was switched off.
    ///
    /// # Errors
    /// As [`AppWebhook::find`].
    pub async fn switch_on(tx: &mut Tx, app: &AppId, id: &WebhookId) -> Result<()> {
        Self::hold(tx, app, id).await?;
        let on = "UPDATE app_webhooks SET switched_off_at = NULL, failing_since = NULL, warned_at = NULL, told_at = NULL
                  WHERE id = ?1";
        tx.execute(on, params![id]).await?;
        Ok(())
    }

    /// Switches it off, and drops what still waits to be sent to it. False if it was off already.
    ///
    /// # Errors
    /// As [`AppWebhook::find`].
    pub async fn switch_off(
        tx: &mut Tx,
        app: &AppId,
        id: &WebhookId,
        now: Timestamp,
    ) -> Result<bool> {
        if Self::hold(tx, app, id).await?.switched_off_at.is_some() {
            return Ok(false);
        }
        let off = "UPDATE app_webhooks SET switched_off_at = ?2, failing_since = NULL, warned_at = NULL, told_at = NULL
                   WHERE id = ?1";
        tx.execute(off, params![id, now]).await?;
        tx.execute("DELETE FROM jobs WHERE subject = ?1", params![id]).await?;
        Ok(true)
    }

    /// Deletes it, with its log and what still waits to be sent to it.
    ///
    /// # Errors
    /// As [`AppWebhook::find`].
    pub async fn delete(tx: &mut Tx, app: &AppId, id: &WebhookId) -> Result<()> {
        Self::hold(tx, app, id).await?;
        tx.execute("DELETE FROM app_webhooks WHERE id = ?1", params![id]).await?;
        Ok(())
    }

    /// The names of the types of events.
    pub fn types(&self) -> impl Iterator<Item = &str> {
        self.types.split(' ').filter(|name| !name.is_empty())
    }

    /// Its secret.
    ///
    /// # Errors
    /// [`Error::Internal`] when none of the keys opens it.
    pub fn secret(&self, keys: &SealingKeys) -> Result<WebhookSecret> {
        WebhookSecret::open(keys, &self.id, &self.secret).map_err(Error::internal)
    }
}
