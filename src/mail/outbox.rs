//! Mail that must not be lost, because it is sent once: it lies in the database, written there in
//! the transaction of what it tells of, until the mail server has taken it. Mail with a secret in
//! it never does.

use jiff::{SignedDuration, Timestamp};

use super::{Mail, Mailer};
use crate::db::{DbError, Tx, WritingDb, from_row, params};
use crate::ids::MailId;

/// After how long it is tried again, the first time and so on; then always after the last.
const WAITS: [SignedDuration; 4] = [
    SignedDuration::from_mins(1),
    SignedDuration::from_mins(5),
    SignedDuration::from_mins(30),
    SignedDuration::from_hours(2),
];

/// The longest of them.
const LONGEST_WAIT: SignedDuration = WAITS[WAITS.len() - 1];

/// How long one instance may take to hand a mail over before another tries.
const CLAIM: SignedDuration = SignedDuration::from_mins(10);

/// After how long a mail that nobody takes is given up.
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
    /// Puts the mail into the outbox, within the transaction of what it tells of. [`Mailer::wake`]
    /// after the commit sends it at once.
    pub async fn post(&self, tx: &mut Tx, now: Timestamp) -> Result<(), DbError> {
        let insert = "INSERT INTO outbox (id, recipient, subject, text, html, next_try_at, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)";
        let Self { id, to, subject, text, html } = self;
        tx.execute(insert, params![id, to, subject, text, html, now]).await?;
        Ok(())
    }
}

impl Mailer {
    /// Has the outbox looked through now.
    pub fn wake(&self) {
        self.0.posted.notify_one();
    }

    /// Ready when somebody has posted mail.
    pub async fn woken(&self) {
        self.0.posted.notified().await;
    }

    /// Sends what is due in the outbox, each mail by whichever instance comes first.
    ///
    /// # Errors
    /// The database's. A mail that is not taken stays for later, and is told of in the log.
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

/// Takes the mail that is due longest, if one is, upon this instance. What waits for longer than
/// any mail does was tried while the wall clock stood ahead, and is due too.
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
