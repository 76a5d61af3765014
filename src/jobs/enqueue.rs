//! Kinds of jobs, and enqueuing them.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Attempt, Failure, JobId, Kind};
use crate::db::{Cleaner, DbError, Single, Tx, delete_batch, params};
use crate::error::{Error, Result};
use crate::ids::PortalId;

/// A kind of job. The value is stored as JSON, readable for the operator, so it contains no secrets. A
/// later version must be able to read what an earlier one stored: new fields have a default.
///
/// A job can run more than once: when the process ends after its work and before that is recorded.
pub trait Job: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// What its runs need, such as the mailer.
    type Context: Clone + Send + Sync + 'static;

    /// What this kind is like.
    const KIND: Kind;

    /// Whatever has a limited capacity, such as the receiver of webhooks: a slow one delays its own jobs
    /// only.
    fn lane(&self) -> Cow<'_, str> {
        Cow::Borrowed("")
    }

    /// Jobs with the same key run one after the other, in the order in which they were enqueued. One that
    /// fails holds back the later ones for at most an hour.
    fn order_key(&self) -> Option<Cow<'_, str>> {
        None
    }

    /// The portal that the job is deleted with.
    fn portal(&self) -> Option<&PortalId> {
        None
    }

    /// The id of a row that the job is deleted with, by a trigger of that row's table.
    fn subject(&self) -> Option<Cow<'_, str>> {
        None
    }

    /// Does the work. No transaction is open meanwhile; it can begin its own.
    fn run(
        &self,
        context: &Self::Context,
        attempt: Attempt,
    ) -> impl Future<Output = Result<(), Failure>> + Send;

    /// Enqueues the job, to run as soon as the transaction is committed.
    fn enqueue(
        &self,
        tx: &mut Tx,
        now: Timestamp,
    ) -> impl Future<Output = Result<JobId, DbError>> + Send {
        insert(self, tx, self.portal(), now, None)
    }

    /// Enqueues the job, to run at a time.
    fn enqueue_for(
        &self,
        tx: &mut Tx,
        now: Timestamp,
        run_at: Timestamp,
    ) -> impl Future<Output = Result<JobId, DbError>> + Send {
        insert(self, tx, self.portal(), now, Some(run_at))
    }
}

/// Enqueues a job, to run at `planned` or as soon as the transaction is committed. It is deleted with
/// the `portal`.
pub(crate) async fn insert<J: Job>(
    job: &J,
    tx: &mut Tx,
    portal: Option<&PortalId>,
    now: Timestamp,
    planned: Option<Timestamp>,
) -> Result<JobId, DbError> {
    let payload = serde_json::to_string(job)
        .map_err(|error| DbError::Payload { kind: J::KIND.name, reason: error.to_string() })?;
    let insert = "INSERT INTO jobs (kind, payload, portal_id, subject, lane, order_key, run_at, planned, created_at)
                  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) RETURNING id AS value";
    let (lane, order_key, subject) = (job.lane(), job.order_key(), job.subject());
    let (run_at, is_planned) = (planned.unwrap_or(now), planned.is_some());
    let name = J::KIND.name;
    let (lane, order_key, subject) = (&*lane, order_key.as_deref(), subject.as_deref());
    let values = params![name, payload, portal, subject, lane, order_key, run_at, is_planned, now];
    let Some(Single(id)) = tx.row(insert, values).await? else {
        return Err(DbError::Connection("the database did not number a job".into()));
    };
    tx.enqueues();
    Ok(id)
}

/// Deletes failed and finished jobs after their time.
pub async fn clean_up(cleaner: &Cleaner, now: Timestamp) -> Result<()> {
    let batch = delete_batch!("jobs", "id", "remove_at IS NOT NULL AND remove_at <= ?2");
    cleaner.delete(batch, params![now]).await.map(drop).map_err(Error::from)
}
