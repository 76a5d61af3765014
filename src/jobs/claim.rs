//! Claiming due jobs. Processes take turns per kind, so that limits and order hold for all of them
//! together; a turn is one short transaction.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};

use super::share::{room, share};
use super::{Attempt, JobId, Kind, LEASE, LONGEST_HOLD, LOOK_AGAIN};
use crate::clock::SKEW;
use crate::db::{Db, DbError, Single, Tx, from_row, params};

/// How many jobs one turn looks at, at most, in a lane.
const MOST_OF_A_LANE: i64 = 32;

/// How many lanes one turn serves, at most.
const MOST_LANES: i64 = 32;

/// How many jobs one turn puts right, at most.
const MOST_MENDED: i64 = 500;

/// Separates the locks of this module from others of the database.
const LOCKS: i64 = 0x6a_6f62 << 32;

/// What there is to do for a kind, read without a transaction. Each value is found by an index.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look {
    first_unplanned: Option<Timestamp>,
    last_unplanned: Option<Timestamp>,
    first_planned: Option<Timestamp>,
    first_claim: Option<Timestamp>,
    last_claim: Option<Timestamp>,
}
from_row!(Look { first_unplanned, last_unplanned, first_planned, first_claim, last_claim });

impl Look {
    pub(super) async fn at(db: &Db, kind: &Kind) -> Result<Self, DbError> {
        let look = "SELECT
             (SELECT min(run_at) FROM jobs WHERE kind = ?1 AND state = 'waiting' AND planned = FALSE) AS first_unplanned,
             (SELECT max(run_at) FROM jobs WHERE kind = ?1 AND state = 'waiting' AND planned = FALSE) AS last_unplanned,
             (SELECT min(run_at) FROM jobs WHERE kind = ?1 AND state = 'waiting' AND planned = TRUE) AS first_planned,
             (SELECT min(claimed_until) FROM jobs WHERE kind = ?1 AND state = 'running') AS first_claim,
             (SELECT max(claimed_until) FROM jobs WHERE kind = ?1 AND state = 'running') AS last_claim";
        let look = db.row(look, params![kind.name]).await?;
        look.ok_or_else(|| DbError::Connection("the database did not respond with a row".into()))
    }

    /// When the next job is due, if any is waiting.
    pub(super) fn next(&self) -> Option<Timestamp> {
        [self.first_unplanned, self.first_planned].into_iter().flatten().min()
    }

    /// Whether something has to be put right: claims of processes that ended, or times that were
    /// determined while the clock was ahead.
    pub(super) fn has_damage(&self, kind: &Kind, now: Timestamp) -> bool {
        self.first_claim.is_some_and(|until| until < now)
            || self.last_claim.is_some_and(|until| until > furthest_claim(now))
            || self.last_unplanned.is_some_and(|at| at > furthest_wait(kind, now))
    }
}

/// The furthest end that a claim can have.
fn furthest_claim(now: Timestamp) -> Timestamp {
    now + LEASE + SKEW
}

/// The furthest time that the queue itself determines for a job.
fn furthest_wait(kind: &Kind, now: Timestamp) -> Timestamp {
    now + kind.retry.longest_wait().max(LONGEST_HOLD) + SKEW
}

/// A job that was claimed, or whose claim ended.
#[derive(Debug)]
pub(super) struct Claimed {
    pub(super) id: JobId,
    pub(super) payload: String,
    pub(super) order_key: Option<String>,
    pub(super) attempts: i64,
    pub(super) failed_at: Option<Timestamp>,
    pub(super) created_at: Timestamp,
}
from_row!(Claimed { id, payload, order_key, attempts, failed_at, created_at });

impl Claimed {
    pub(super) const fn attempt(&self) -> Attempt {
        Attempt { id: self.id, number: self.attempts, created_at: self.created_at }
    }
}

/// Waits until no other process claims jobs of this kind, until the transaction ends. SQLite's
/// transactions take turns anyway.
pub(super) async fn take_turn(tx: &mut Tx, kind: &Kind) -> Result<(), DbError> {
    if tx.is_postgres() {
        let lock = LOCKS | i64::from(crc32fast::hash(kind.name.as_bytes()));
        tx.execute("SELECT pg_advisory_xact_lock(?1)", params![lock]).await?;
    }
    Ok(())
}

/// What came of a turn.
#[derive(Debug, Default)]
pub(super) struct Turn {
    pub(super) claimed: Vec<Claimed>,
    /// How many due jobs turned out to be held back by earlier ones.
    pub(super) held: usize,
}

/// A lane with due jobs and room for more.
struct Lane {
    lane: String,
    running: i64,
    portal_id: Option<String>,
    of_portal: i64,
}
from_row!(Lane { lane, running, portal_id, of_portal });

/// Claims up to `most` due jobs, the longest due lanes first. Call [`take_turn`] before.
pub(super) async fn claim(
    tx: &mut Tx,
    kind: &Kind,
    claimant: &str,
    most: usize,
    now: Timestamp,
) -> Result<Turn, DbError> {
    let mut turn = Turn::default();
    // How many jobs of each portal were claimed in this turn.
    let mut of_portals: HashMap<String, usize> = HashMap::new();
    for Lane { lane, running, portal_id, of_portal } in lanes(tx, kind, most, now).await? {
        let claimed = turn.claimed.len();
        let known = portal_id.as_ref().and_then(|id| of_portals.get(id));
        let of_portal = usize::try_from(of_portal).unwrap_or_default() + known.unwrap_or(&0);
        let in_lane = usize::try_from(running).unwrap_or_default();
        let of_portal = portal_id.as_ref().map(|_| of_portal);
        let enough = claimed + room(kind, most - claimed, in_lane, of_portal);
        claim_of_lane(tx, kind, claimant, &lane, enough, now, &mut turn).await?;
        if let Some(id) = portal_id {
            *of_portals.entry(id).or_default() += turn.claimed.len() - claimed;
        }
    }
    Ok(turn)
}

/// The longest due lanes in which at least one job may start. Those with no room are left out here, so
/// that there is a place for the others however many they are.
async fn lanes(
    tx: &mut Tx,
    kind: &Kind,
    free: usize,
    now: Timestamp,
) -> Result<Vec<Lane>, DbError> {
    // Reads one entry of the index per lane, however many jobs wait. The last condition is that of `room`.
    let lanes = "WITH RECURSIVE lanes (lane) AS (
             SELECT min(lane) FROM jobs WHERE kind = ?1 AND state = 'waiting'
             UNION ALL
             SELECT (SELECT min(j.lane) FROM jobs j WHERE j.kind = ?1 AND j.state = 'waiting' AND j.lane > lanes.lane)
             FROM lanes WHERE lanes.lane IS NOT NULL
         ), portals (id, running) AS (
             SELECT portal_id, count(*) FROM jobs
             WHERE kind = ?1 AND state = 'running' AND portal_id IS NOT NULL GROUP BY portal_id
         )
         SELECT lane, running, portal_id, of_portal FROM (
             SELECT lane, run_at, running, portal_id,
                 COALESCE((SELECT p.running FROM portals p WHERE p.id = portal_id), 0) AS of_portal
             FROM (
                 SELECT lanes.lane,
                     (SELECT min(j.run_at) FROM jobs j WHERE j.kind = ?1 AND j.state = 'waiting' AND j.lane = lanes.lane) AS run_at,
                     (SELECT count(*) FROM jobs j WHERE j.kind = ?1 AND j.state = 'running' AND j.lane = lanes.lane) AS running,
                     (SELECT j.portal_id FROM jobs j WHERE j.kind = ?1 AND j.state = 'waiting' AND j.lane = lanes.lane
                      ORDER BY j.run_at, j.id LIMIT 1) AS portal_id
                 FROM lanes WHERE lanes.lane IS NOT NULL
             ) AS found
             WHERE run_at <= ?2 AND running < ?3
         ) AS due
         WHERE ?5 = FALSE OR portal_id IS NULL OR (of_portal < ?6 AND (running = 0 OR running < (?6 - of_portal) / 2))
         ORDER BY run_at, lane LIMIT ?4";
    let (limit, share) = (i64::from(kind.at_once_per_lane), i64::try_from(share(free)));
    let share = share.unwrap_or(i64::MAX);
    let values = params![kind.name, now, limit, MOST_LANES, kind.shared_by_portals, share];
    tx.rows(lanes, values).await
}

async fn claim_of_lane(
    tx: &mut Tx,
    kind: &Kind,
    claimant: &str,
    lane: &str,
    enough: usize,
    now: Timestamp,
    Turn { claimed, held }: &mut Turn,
) -> Result<(), DbError> {
    if claimed.len() >= enough {
        return Ok(());
    }
    let due = "SELECT id, payload, order_key, attempts, failed_at, created_at FROM jobs
               WHERE kind = ?1 AND lane = ?2 AND state = 'waiting' AND run_at <= ?3 ORDER BY run_at, id LIMIT ?4";
    let due: Vec<Claimed> = tx.rows(due, params![kind.name, lane, now, MOST_OF_A_LANE]).await?;
    for mut job in due {
        if claimed.len() == enough {
            break;
        }
        if is_held(tx, kind, &job, now).await? {
            *held += 1;
            continue;
        }
        let claim = "UPDATE jobs SET state = 'running', attempts = attempts + 1, claimed_by = ?2, claimed_until = ?3, held = FALSE
                     WHERE id = ?1 AND state = 'waiting'";
        // Somebody may have discarded it in the meantime.
        if tx.execute(claim, params![job.id, claimant, now + LEASE]).await? == 1 {
            job.attempts += 1;
            claimed.push(job);
        }
    }
    Ok(())
}

/// Whether an earlier job of the same order key holds this one back. It then waits until that job
/// ends or its time is over.
async fn is_held(tx: &mut Tx, kind: &Kind, job: &Claimed, now: Timestamp) -> Result<bool, DbError> {
    // A job that was tried is out of order already.
    let (Some(key), 0) = (&job.order_key, job.attempts) else { return Ok(false) };
    let held_until = job.created_at + LONGEST_HOLD;
    let failing_since = if held_until > now { now - LONGEST_HOLD } else { Timestamp::MAX };
    loop {
        // The one just before, so that each job is awaited by the one that comes next.
        let before = "SELECT id AS value FROM jobs
                      WHERE kind = ?1 AND order_key = ?2 AND ended_at IS NULL AND id < ?3 AND (failed_at IS NULL OR failed_at > ?4)
                          AND NOT (planned AND run_at > ?5 AND state = 'waiting')
                      ORDER BY id DESC LIMIT 1";
        let values = params![kind.name, key, job.id, failing_since, now];
        let before = tx.row(before, values).await?;
        let Some(Single::<JobId>(before)) = before else { return Ok(false) };
        // Waits for a transaction that is ending it.
        let awaited = "UPDATE jobs SET awaited = TRUE WHERE id = ?1 AND ended_at IS NULL";
        if tx.execute(awaited, params![before]).await? == 1 {
            break;
        }
    }
    let until = if held_until > now { held_until } else { now + LOOK_AGAIN };
    let hold = "UPDATE jobs SET held = TRUE, planned = FALSE, run_at = ?2 WHERE id = ?1";
    tx.execute(hold, params![job.id, until]).await?;
    Ok(true)
}

/// Renews a process's claims; returns the jobs that it still has.
pub(super) async fn renew(
    tx: &mut Tx,
    kind: &Kind,
    claimant: &str,
    now: Timestamp,
) -> Result<Vec<JobId>, DbError> {
    let renew = "UPDATE jobs SET claimed_until = ?3
                 WHERE kind = ?1 AND state = 'running' AND claimed_by = ?2 RETURNING id AS value";
    let renewed: Vec<Single<JobId>> =
        tx.rows(renew, params![kind.name, claimant, now + LEASE]).await?;
    Ok(renewed.into_iter().map(|Single(id)| id).collect())
}

/// The jobs whose process didn't renew its claim, and now has lost it.
pub(super) async fn abandoned(
    tx: &mut Tx,
    kind: &Kind,
    claimant: &str,
    now: Timestamp,
) -> Result<Vec<Claimed>, DbError> {
    let take = "UPDATE jobs SET claimed_by = ?2
                WHERE state = 'running' AND id IN (
                    SELECT id FROM jobs WHERE kind = ?1 AND state = 'running' AND claimed_by <> ?2
                    AND (claimed_until < ?3 OR claimed_until > ?4) LIMIT ?5
                )
                RETURNING id, payload, order_key, attempts, failed_at, created_at";
    tx.rows(take, params![kind.name, claimant, now, furthest_claim(now), MOST_MENDED]).await
}

/// Makes jobs due that are waiting for a time that was determined while the clock was ahead.
pub(super) async fn mend_times(tx: &mut Tx, kind: &Kind, now: Timestamp) -> Result<(), DbError> {
    let mend = "UPDATE jobs SET run_at = ?2 WHERE id IN (
                    SELECT id FROM jobs WHERE kind = ?1 AND state = 'waiting' AND planned = FALSE AND run_at > ?3 LIMIT ?4
                )";
    tx.execute(mend, params![kind.name, now, furthest_wait(kind, now), MOST_MENDED]).await?;
    Ok(())
}

/// Returns a process's jobs to the queue, as if they hadn't been started.
pub(super) async fn release_all(
    tx: &mut Tx,
    kind: &Kind,
    claimant: &str,
    now: Timestamp,
) -> Result<u64, DbError> {
    let release =
        "UPDATE jobs SET state = 'waiting', run_at = ?3, planned = FALSE, attempts = attempts - 1,
                       claimed_by = NULL, claimed_until = NULL
                   WHERE kind = ?1 AND state = 'running' AND claimed_by = ?2";
    tx.execute(release, params![kind.name, claimant, now]).await
}

/// How long a job has been failing. A first failure in the future was recorded while the clock was
/// ahead, and counts as one of now.
pub(super) fn failing_for(failed_at: Option<Timestamp>, now: Timestamp) -> SignedDuration {
    failed_at.map_or(SignedDuration::ZERO, |at| now.duration_since(at).max(SignedDuration::ZERO))
}
