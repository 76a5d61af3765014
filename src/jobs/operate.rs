//! What an operator sees of the queue and can do with it.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::Serialize;

use super::JobId;
use super::end::release_next;
use crate::db::{DbError, Queryable, Tx, from_row, params, text_enum};
use crate::ids::PortalId;

text_enum! {
    /// The state of a job.
    #[derive(Serialize)]
    #[serde(rename_all = "lowercase")]
    pub State {
        /// It waits for its time.
        Waiting = "waiting",
        /// A process is working on it.
        Running = "running",
        /// It was given up.
        Failed = "failed",
        /// It succeeded, and is kept for a while.
        Done = "done",
    }
}

/// A job, for operators.
#[derive(Debug, Clone)]
pub struct ListedJob {
    /// Its number.
    pub id: JobId,
    /// The name of its kind.
    pub kind: String,
    /// Its state.
    pub state: State,
    /// What it is about, as JSON.
    pub payload: String,
    /// The portal that it is deleted with.
    pub portal_id: Option<String>,
    /// The row that it is deleted with.
    pub subject: Option<String>,
    /// See [`Job::lane`](super::Job::lane).
    pub lane: String,
    /// See [`Job::order_key`](super::Job::order_key).
    pub order_key: Option<String>,
    /// Whether it waits for an earlier job of its order key.
    pub held: bool,
    /// When it was enqueued.
    pub created_at: Timestamp,
    /// When it runs next, if it waits.
    pub run_at: Timestamp,
    /// How often it was started.
    pub attempts: i64,
    /// Since when it has been failing.
    pub failed_at: Option<Timestamp>,
    /// Why its last run failed.
    pub last_error: Option<String>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}
from_row!(ListedJob {
    id,
    kind,
    state,
    payload,
    portal_id,
    subject,
    lane,
    order_key,
    held,
    created_at,
    run_at,
    attempts,
    failed_at,
    last_error,
    ended_at,
});

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, kind, state, payload, portal_id, subject, lane, order_key, held, created_at, run_at, attempts, failed_at,
                    last_error, ended_at
             FROM jobs ",
            $rest
        )
    };
}

/// Makes jobs due at `?2`, as if they had just been enqueued.
macro_rules! retry {
    ($which:literal) => {
        concat!(
            "UPDATE jobs SET state = 'waiting', run_at = ?2, planned = FALSE, attempts = 0, failed_at = NULL, ended_at = NULL,
                    remove_at = NULL
             WHERE ",
            $which
        )
    };
}

/// Which jobs to list.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Only those of this kind.
    pub kind: Option<String>,
    /// Only those in this state.
    pub state: Option<State>,
    /// Only those of this portal.
    pub portal: Option<PortalId>,
}

/// The failed jobs of a kind.
#[derive(Debug, Clone)]
pub struct Failed {
    /// The name of the kind.
    pub kind: String,
    /// Their number.
    pub jobs: i64,
    /// When the last one was given up.
    pub last: Option<Timestamp>,
}
from_row!(Failed { kind, jobs, last });

struct Removed {
    kind: String,
    order_key: Option<String>,
}
from_row!(Removed { kind, order_key });

impl ListedJob {
    /// The newest jobs, up to `limit`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list(
        db: impl Queryable,
        wanted: &Wanted,
        limit: u32,
    ) -> Result<Vec<Self>, DbError> {
        let list = select!(
            "WHERE (CAST(?1 AS TEXT) IS NULL OR kind = ?1) AND (CAST(?2 AS TEXT) IS NULL OR state = ?2)
                 AND (CAST(?3 AS TEXT) IS NULL OR portal_id = ?3)
             ORDER BY id DESC LIMIT ?4"
        );
        let Wanted { kind, state, portal } = wanted;
        db.rows(list, params![kind, state, portal, limit]).await
    }

    /// A job, if there is one with this number.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find(db: impl Queryable, id: JobId) -> Result<Option<Self>, DbError> {
        db.row(select!("WHERE id = ?1"), params![id]).await
    }

    /// Makes a waiting or failed job due at once, with as much time as a new one before it is given up.
    /// False if there is none with this number in these states.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn retry(tx: &mut Tx, id: JobId, now: Timestamp) -> Result<bool, DbError> {
        let retry = retry!("id = ?1 AND state IN ('waiting', 'failed')");
        tx.enqueues();
        Ok(tx.execute(retry, params![id, now]).await? == 1)
    }

    /// The same for all failed jobs of a kind; returns their number.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn retry_failed(tx: &mut Tx, kind: &str, now: Timestamp) -> Result<u64, DbError> {
        let retry = retry!("kind = ?1 AND state = 'failed'");
        tx.enqueues();
        tx.execute(retry, params![kind, now]).await
    }

    /// Deletes a job. One that is running is stopped within half a minute. False if there is none with
    /// this number.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn discard(tx: &mut Tx, id: JobId, now: Timestamp) -> Result<bool, DbError> {
        let discard = "DELETE FROM jobs WHERE id = ?1 RETURNING kind, order_key";
        let Some(Removed { kind, order_key }) = tx.row(discard, params![id]).await? else {
            return Ok(false);
        };
        if let Some(order_key) = order_key {
            release_next(tx, &kind, &order_key, now).await?;
        }
        Ok(true)
    }
}

impl Failed {
    /// The failed jobs of each kind that has any.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn by_kind(db: impl Queryable) -> Result<Vec<Self>, DbError> {
        let count = "SELECT kind, count(*) AS jobs, max(ended_at) AS last FROM jobs WHERE state = 'failed' GROUP BY kind ORDER BY kind";
        db.rows(count, params![]).await
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for State {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::from_name(text).ok_or("expected waiting, running, failed or done")
    }
}
