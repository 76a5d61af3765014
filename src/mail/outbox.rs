//! Posted mail, which must not be lost because it is sent only once. It is a [job](crate::jobs) that is
//! enqueued in the transaction of its event, and waits until the mail server accepts it. Mail with a
//! secret is never posted.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Mail, MailError, Mailer};
use crate::db::{DbError, Tx, WritingDb, from_row, params};
use crate::ids::MailId;
use crate::jobs::{Attempt, Failure, Job, Kind, Retry};

/// The longest that the outbox of an earlier version waits before it tries a mail again.
const LONGEST_WAIT_OF_BEFORE: SignedDuration = SignedDuration::from_hours(2);

/// How many mails of an earlier version are enqueued in one transaction.
const BATCH: i64 = 50;

/// A mail that waits to be accepted by the mail server.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PostedMail(Mail);

/// How often a mail is tried until the mail server accepts it, and how long.
pub const fn retry(give_up_after: SignedDuration) -> Retry {
    let (first, longest) = (SignedDuration::from_mins(1), SignedDuration::from_hours(2));
    Retry { first, factor: 5, longest, give_up_after }
}

impl Job for PostedMail {
    type Context = Mailer;

    const KIND: Kind = Kind {
        name: "mail",
        retry: retry(SignedDuration::from_hours(72)),
        at_once: 4,
        at_once_per_lane: 16,
        shared_by_portals: false,
        time_limit: Duration::from_secs(300),
        keep: None,
    };

    async fn run(&self, mailer: &Mailer, _: Attempt) -> Result<(), Failure> {
        mailer.deliver(&self.0).await.map_err(Failure::from)
    }
}

impl From<MailError> for Failure {
    fn from(error: MailError) -> Self {
        if error.is_permanent() {
            Self::Permanent(error.to_string())
        } else {
            Self::Temporary(error.to_string())
        }
    }
}

impl Mail {
    /// Posts the mail, within the transaction of its event.
    pub async fn post(&self, tx: &mut Tx, now: Timestamp) -> Result<(), DbError> {
        PostedMail(self.clone()).enqueue(tx, now).await.map(drop)
    }
}

/// A mail in the table of an earlier version.
struct Waiting {
    id: MailId,
    recipient: String,
    subject: String,
    text: String,
    html: Option<String>,
}
from_row!(Waiting { id, recipient, subject, text, html });

/// Enqueues the mail that waits in the table of an earlier version, of which instances can still be
/// running. Mail that such an instance is sending right now is left to it.
///
/// # Errors
/// When the database fails; what was not enqueued is still in the table.
pub async fn enqueue_earlier(db: &WritingDb, now: Timestamp) -> Result<(), DbError> {
    loop {
        let mut tx = db.begin().await?;
        let take = "DELETE FROM outbox WHERE (next_try_at <= ?1 OR next_try_at > ?2) AND id IN (
                        SELECT id FROM outbox WHERE next_try_at <= ?1 OR next_try_at > ?2 ORDER BY next_try_at, id LIMIT ?3
                    ) RETURNING id, recipient, subject, text, html";
        let furthest = now + LONGEST_WAIT_OF_BEFORE;
        let waiting: Vec<Waiting> = tx.rows(take, params![now, furthest, BATCH]).await?;
        if waiting.is_empty() {
            return Ok(());
        }
        for Waiting { id, recipient, subject, text, html } in waiting {
            let (sender, threading, calendar, files) = (None, None, None, Vec::new());
            Mail { id, to: recipient, subject, text, html, sender, threading, calendar, files }
                .post(&mut tx, now)
                .await?;
        }
        tx.commit().await?;
    }
}
