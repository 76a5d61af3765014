//! The outbox, for mail that must not be lost because it is sent only once. It is stored in the
//! database, in the transaction of its event, until the mail server accepts it. Mail with a secret
//! is never stored there.

use jiff::{SignedDuration, Timestamp};

use super::{Mail, Mailer};
use crate::db::{DbError, Tx, WritingDb, from_row, params};
use crate::ids::MailId;

/// The delays before each retry; the last one repeats.
const WAITS: [SignedDuration; 4] = [
    SignedDuration::from_mins(1),
    SignedDuration::from_mins(5),
    SignedDuration::from_mins(30),
    SignedDuration::from_hours(2),
];

/// The longest of them.
const LONGEST_WAIT: SignedDuration = WAITS[WAITS.len() - 1];

/// How long one instance can take to deliver a mail before another tries.
const CLAIM: SignedDuration = SignedDuration::from_mins(10);

/// After how long an undelivered mail is given up.
const GIVEN_UP_AFTER: SignedDuration = SignedDuration::from_hours(72);

/// A mail in the outbox.
struct Waiting {
    id: MailId,
    recipient: String,
    subject: String,
    text: String,
    html: Option<String>,
    tries: i64,
    created_at: Timestamp,
}

from_row!(Waiting { id, recipient, subject, text, html, tries, created_at });

impl Mail {
    /// Adds the mail to the outbox, within the transaction of its event. [`Mailer::wake`] after the
    /// commit sends it at once.
    pub async fn post(&self, tx: &mut Tx, now: Timestamp) -> Result<(), DbError> {
        let insert = "INSERT INTO outbox (id, recipient, subject, text, html, next_try_at, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)";
        let Self { id, to, subject, text, html } = self;
        tx.execute(insert, params![id, to, subject, text, html, now]).await?;
        Ok(())
    }
}

impl Mailer {
    /// Triggers processing of the outbox.
    pub fn wake(&self) {
        self.0.posted.notify_one();
    }

    /// Ready when mail was posted.
    pub async fn woken(&self) {
        self.0.posted.notified().await;
    }

    /// Sends the due mail in the outbox; each mail is claimed by one instance.
    ///
    /// # Errors
    /// Database errors. A mail that isn't accepted is logged and retried later.
    pub async fn send_due(&self, db: &WritingDb, now: Timestamp) -> Result<(), DbError> {
        while let Some(waiting) = claim(db, now).await? {
            let Waiting { id, recipient, subject, text, html, tries, created_at } = waiting;
            let mail = Mail { id: id.clone(), to: recipient, subject, text, html };
            let delivered = self.deliver(&mail).await;
            let is_given_up =
                delivered.is_err() && now.duration_since(created_at) >= GIVEN_UP_AFTER;
            if let Err(error) = &delivered {
                tracing::error!(%error, mail = %id, tries, given_up = is_given_up, "a mail could not be delivered");
            }
            if delivered.is_ok() || is_given_up {
                db.execute("DELETE FROM outbox WHERE id = ?1", params![id]).await?;
            } else {
                let wait =
                    WAITS[usize::try_from(tries - 1).unwrap_or_default().min(WAITS.len() - 1)];
                db.execute(
                    "UPDATE outbox SET next_try_at = ?2 WHERE id = ?1",
                    params![id, now + wait],
                )
                .await?;
            }
        }
        Ok(())
    }
}

/// Claims the mail that has been due longest, if any, for this instance. A retry further away than
/// any delay was scheduled while the wall clock was ahead, and is due too.
async fn claim(db: &WritingDb, now: Timestamp) -> Result<Option<Waiting>, DbError> {
    let mut tx = db.begin().await?;
    let waiting = tx
        .row(
            "UPDATE outbox SET tries = tries + 1, next_try_at = ?2
             WHERE (next_try_at <= ?1 OR next_try_at > ?3)
                 AND id = (SELECT id FROM outbox WHERE next_try_at <= ?1 OR next_try_at > ?3 ORDER BY next_try_at, id LIMIT 1)
             RETURNING id, recipient, subject, text, html, tries, created_at",
            params![now, now + CLAIM, now + LONGEST_WAIT],
        )
        .await?;
    tx.commit().await?;
    Ok(waiting)
}
