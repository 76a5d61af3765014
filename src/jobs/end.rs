//! What becomes of a job after a run.

use jiff::Timestamp;

use super::claim::{Claimed, failing_for};
use super::{Failure, KEEP_FAILED, Kind};
use crate::db::{DbError, Single, Tx, params};

/// The number of characters of an error that are stored.
const LONGEST_ERROR: usize = 1000;

/// A run that ended.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) job: Claimed,
    pub(super) result: Result<(), Failure>,
}

impl Ended {
    /// Records the end: the job is removed, tried again later, or given up. Nothing happens if this
    /// process has lost its claim.
    pub(super) async fn record(
        &self,
        tx: &mut Tx,
        kind: &Kind,
        claimant: &str,
        now: Timestamp,
    ) -> Result<(), DbError> {
        match &self.result {
            Ok(()) => self.succeeded(tx, kind, claimant, now).await,
            Err(failure) => self.failed(tx, kind, claimant, failure, now).await,
        }
    }

    async fn succeeded(
        &self,
        tx: &mut Tx,
        kind: &Kind,
        claimant: &str,
        now: Timestamp,
    ) -> Result<(), DbError> {
        let id = self.job.id;
        let awaited = match kind.keep {
            None => {
                let remove =
                    "DELETE FROM jobs WHERE id = ?1 AND claimed_by = ?2 RETURNING awaited AS value";
                tx.row(remove, params![id, claimant]).await?
            }
            Some(keep) => {
                let keep_it = "UPDATE jobs SET state = 'done', ended_at = ?3, remove_at = ?4, failed_at = NULL, last_error = NULL,
                                   claimed_by = NULL, claimed_until = NULL
                               WHERE id = ?1 AND claimed_by = ?2 RETURNING awaited AS value";
                tx.row(keep_it, params![id, claimant, now, now + keep]).await?
            }
        };
        self.release_next(tx, kind, awaited, now).await
    }

    async fn failed(
        &self,
        tx: &mut Tx,
        kind: &Kind,
        claimant: &str,
        failure: &Failure,
        now: Timestamp,
    ) -> Result<(), DbError> {
        let Claimed { id, attempts, failed_at, .. } = &self.job;
        let (wait, error) = match failure {
            Failure::Temporary(error) => {
                let failing_for = failing_for(*failed_at, now);
                (kind.retry.wait(*attempts, failing_for, rand::random()), error)
            }
            Failure::Later(wait, error) => (Some(*wait), error),
            Failure::Permanent(error) => (None, error),
        };
        let stored: String = error.chars().filter(|c| *c != '\0').take(LONGEST_ERROR).collect();
        let Some(wait) = wait else {
            tracing::error!(job = %id, kind = kind.name, attempts, %error, "a job was given up");
            let give_up = "UPDATE jobs SET state = 'failed', ended_at = ?3, remove_at = ?4, failed_at = COALESCE(failed_at, ?3),
                               last_error = ?5, claimed_by = NULL, claimed_until = NULL
                           WHERE id = ?1 AND claimed_by = ?2 RETURNING awaited AS value";
            let remove_at = now + KEEP_FAILED;
            let values = params![id, claimant, now, remove_at, stored];
            let awaited = tx.row(give_up, values).await?;
            return self.release_next(tx, kind, awaited, now).await;
        };
        match failure {
            Failure::Later(..) => {
                tracing::info!(job = %id, kind = kind.name, attempts, %error, "a job waits");
            }
            _ => {
                tracing::warn!(job = %id, kind = kind.name, attempts, %error, "a job failed and will be tried again");
            }
        }
        let again = "UPDATE jobs SET state = 'waiting', run_at = ?3, planned = FALSE, failed_at = COALESCE(failed_at, ?4),
                         last_error = ?5, claimed_by = NULL, claimed_until = NULL
                     WHERE id = ?1 AND claimed_by = ?2 RETURNING awaited AS value";
        let awaited = tx.row(again, params![id, claimant, now + wait, now, stored]).await?;
        // The next one may have waited long enough for one that fails.
        if failed_at.is_none() {
            self.release_next(tx, kind, awaited, now).await?;
        }
        Ok(())
    }

    async fn release_next(
        &self,
        tx: &mut Tx,
        kind: &Kind,
        awaited: Option<Single<bool>>,
        now: Timestamp,
    ) -> Result<(), DbError> {
        match (&self.job.order_key, awaited) {
            (Some(key), Some(Single(true))) => release_next(tx, kind.name, key, now).await,
            _ => Ok(()),
        }
    }
}

/// Makes the next held job of an order key due, so that it is looked at again.
pub(super) async fn release_next(
    tx: &mut Tx,
    kind: &str,
    order_key: &str,
    now: Timestamp,
) -> Result<(), DbError> {
    let release = "UPDATE jobs SET run_at = ?3, held = FALSE WHERE held AND id = (
                       SELECT id FROM jobs WHERE kind = ?1 AND order_key = ?2 AND ended_at IS NULL AND held ORDER BY id LIMIT 1
                   )";
    tx.execute(release, params![kind, order_key, now]).await?;
    tx.enqueues();
    Ok(())
}
