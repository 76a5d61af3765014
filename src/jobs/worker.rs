//! Runs jobs. Each kind has a worker, whose rounds are one short transaction each: it records the
//! runs that ended, renews claims, and claims due jobs. No transaction is open while jobs run.

use std::collections::HashMap;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::{AbortHandle, Id, JoinError, JoinSet};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::claim::{self, Claimed, Look, Turn};
use super::end::Ended;
use super::registry::Registered;
use super::{Failure, LOOK_EVERY, RENEW_EVERY, Registry};
use crate::clock::{Clock, MonotonicTime};
use crate::db::{DbError, WritingDb};

/// Runs jobs until `stop` is cancelled; those in progress then have [some time](Registry::with_grace) to
/// finish, after which they are returned to the queue.
pub async fn work(registry: Registry, db: WritingDb, clock: Clock, stop: CancellationToken) {
    let mut workers = JoinSet::new();
    for registered in registry.kinds {
        let worker = Worker::new(registered, registry.grace, db.clone(), clock.clone());
        workers.spawn(worker.work(stop.clone()));
    }
    while let Some(ended) = workers.join_next().await {
        if let Err(error) = ended {
            tracing::error!(%error, "a worker of the queue ended");
        }
    }
}

struct Worker {
    registered: Registered,
    grace: Duration,
    db: WritingDb,
    clock: Clock,
    /// Distinguishes its claims from those of others.
    claimant: String,
    enqueued: watch::Receiver<()>,
    runs: JoinSet<Result<(), Failure>>,
    running: HashMap<Id, (Claimed, AbortHandle)>,
    /// Runs whose end isn't recorded yet.
    ended: Vec<Ended>,
    renewed: MonotonicTime,
    /// Whether the last round failed, so that an outage is logged once.
    is_failing: bool,
}

impl Worker {
    fn new(registered: Registered, grace: Duration, db: WritingDb, clock: Clock) -> Self {
        Self {
            registered,
            grace,
            claimant: format!("{:016x}", rand::random::<u64>()),
            enqueued: db.enqueued(),
            renewed: clock.monotonic(),
            db,
            clock,
            runs: JoinSet::new(),
            running: HashMap::new(),
            ended: Vec::new(),
            is_failing: false,
        }
    }

    async fn work(mut self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            self.enqueued.mark_unchanged();
            let wait = match self.round(true).await {
                Ok(wait) => wait,
                Err(error) => {
                    self.note(&error);
                    tokio::select! {
                        () = stop.cancelled() => break,
                        () = tokio::time::sleep(LOOK_EVERY) => continue,
                    }
                }
            };
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(wait) => {}
                _ = self.enqueued.changed() => {}
                Some(ended) = self.runs.join_next_with_id() => self.collect(ended),
            }
        }
        self.stop().await;
    }

    /// One round; returns how long there is nothing to do, unless a run ends or a job is enqueued.
    async fn round(&mut self, is_claiming: bool) -> Result<Duration, DbError> {
        while let Some(ended) = self.runs.try_join_next_with_id() {
            self.collect(ended);
        }
        let (kind, now) = (self.registered.kind, self.clock.now());
        let look = Look::at(&self.db, &kind).await?;
        let monotonic = self.clock.monotonic();
        let has_to_renew = !self.running.is_empty() && monotonic.since(self.renewed) >= RENEW_EVERY;
        let free = kind.at_once.saturating_sub(self.running.len());
        let is_due = is_claiming && free > 0 && look.next().is_some_and(|next| next <= now);
        let is_damaged = look.has_damage(&kind, now);
        let mut is_there_more = false;
        if is_due || is_damaged || has_to_renew || !self.ended.is_empty() {
            let mut tx = self.db.begin().await?;
            if is_due || is_damaged {
                claim::take_turn(&mut tx, &kind).await?;
            }
            for ended in &self.ended {
                ended.record(&mut tx, &kind, &self.claimant, now).await?;
            }
            let renewed = if has_to_renew || is_damaged {
                Some(claim::renew(&mut tx, &kind, &self.claimant, now).await?)
            } else {
                None
            };
            if is_damaged {
                for job in claim::abandoned(&mut tx, &kind, &self.claimant, now).await? {
                    let failure = Failure::Temporary("the process that ran it ended".into());
                    let ended = Ended { job, result: Err(failure) };
                    ended.record(&mut tx, &kind, &self.claimant, now).await?;
                }
                claim::mend_times(&mut tx, &kind, now).await?;
            }
            let Turn { claimed, held } = if is_due {
                claim::claim(&mut tx, &kind, &self.claimant, free, now).await?
            } else {
                Turn::default()
            };
            tx.commit().await?;
            self.ended.clear();
            if let Some(still) = renewed {
                self.renewed = monotonic;
                // A job that was deleted in the meantime, or that another process claimed.
                self.running.retain(|_, (job, run)| {
                    let is_ours = still.contains(&job.id);
                    if !is_ours {
                        run.abort();
                    }
                    is_ours
                });
            }
            is_there_more = claimed.len() < free && claimed.len() + held > 0;
            claimed.into_iter().for_each(|job| self.start(job));
        }
        if self.is_failing {
            self.is_failing = false;
            tracing::info!(kind = kind.name, "the queue works again");
        }
        let until_next = look
            .next()
            .filter(|next| *next > now)
            .map(|next| Duration::try_from(next.duration_since(now)).unwrap_or_default());
        Ok(if is_there_more {
            Duration::ZERO
        } else {
            until_next.unwrap_or(LOOK_EVERY).min(LOOK_EVERY)
        })
    }

    fn start(&mut self, job: Claimed) {
        let Registered { kind, run } = &self.registered;
        let (limit, run) = (kind.time_limit, run(job.payload.clone(), job.attempt()));
        let run = self.runs.spawn(async move {
            tokio::time::timeout(limit, run).await.unwrap_or_else(|_| {
                Err(Failure::Temporary(format!("it took longer than {} seconds", limit.as_secs())))
            })
        });
        self.running.insert(run.id(), (job, run));
    }

    fn collect(&mut self, ended: Result<(Id, Result<(), Failure>), JoinError>) {
        let (id, result) = match ended {
            Ok(ended) => ended,
            Err(error) => (error.id(), Err(Failure::Temporary("it panicked; see the log".into()))),
        };
        // One that isn't ours any more was aborted.
        if let Some((job, _)) = self.running.remove(&id) {
            self.ended.push(Ended { job, result });
        }
    }

    fn note(&mut self, error: &DbError) {
        if !self.is_failing {
            let kind = self.registered.kind.name;
            tracing::error!(%error, kind, "the queue does not work at the moment");
        }
        self.is_failing = true;
    }

    async fn stop(mut self) {
        let end = Instant::now() + self.grace;
        loop {
            if let Err(error) = self.round(false).await {
                self.note(&error);
            }
            // What has ended by now is recorded as such, however long the round took.
            tokio::select! {
                biased;
                ended = self.runs.join_next_with_id() => match ended {
                    Some(ended) => self.collect(ended),
                    None => break,
                },
                () = tokio::time::sleep_until(end) => break,
            }
        }
        self.runs.shutdown().await;
        if self.running.is_empty() && self.ended.is_empty() {
            return;
        }
        if let Err(error) = self.release().await {
            tracing::warn!(%error, "jobs in progress will be tried again in some minutes");
        }
    }

    async fn release(&self) -> Result<(), DbError> {
        let (kind, now) = (self.registered.kind, self.clock.now());
        let mut tx = self.db.begin().await?;
        for ended in &self.ended {
            ended.record(&mut tx, &kind, &self.claimant, now).await?;
        }
        let released = claim::release_all(&mut tx, &kind, &self.claimant, now).await?;
        tx.commit().await?;
        if released > 0 {
            tracing::info!(
                kind = kind.name,
                jobs = released,
                "stopped jobs were returned to the queue"
            );
        }
        Ok(())
    }
}
