//! Periodic work, which one of several instances does each time.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::db::{Db, DbError, Single, WritingDb, params};

/// When periodic work is due: some time after it was last started by any instance, also across
/// restarts.
#[derive(Debug, Clone, Copy)]
pub struct Schedule {
    /// The name of the work in the database. It never changes.
    pub name: &'static str,
    /// How much time is between two starts.
    pub every: SignedDuration,
}

impl Schedule {
    /// When the work was last started, if ever.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn last_start(&self, db: &Db) -> Result<Option<Timestamp>, DbError> {
        let sql = "SELECT started_at AS value FROM periodic_work WHERE name = ?1";
        Ok(db.row(sql, params![self.name]).await?.map(|Single(last)| last))
    }

    /// How long it is until the work is due again.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn wait(&self, db: &Db, now: Timestamp) -> Result<Duration, DbError> {
        Ok(self.last_start(db).await?.map_or(Duration::ZERO, |last| self.left(last, now)))
    }

    fn left(&self, last: Timestamp, now: Timestamp) -> Duration {
        let since = now.duration_since(last);
        if since < -self.tolerance() {
            return Duration::ZERO;
        }
        Duration::try_from(self.every - since).unwrap_or_default()
    }

    /// Half of the time between two starts: each instance looks at a time of its own, and their clocks
    /// differ. A last start further in the future was before the clock was set back, and is ignored.
    fn tolerance(&self) -> SignedDuration {
        self.every / 2
    }

    /// Claims the start of now; false if another instance has started the work recently.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn claim(&self, db: &WritingDb, now: Timestamp) -> Result<bool, DbError> {
        let claim = "INSERT INTO periodic_work (name, started_at) VALUES (?1, ?2)
                     ON CONFLICT (name) DO UPDATE SET started_at = excluded.started_at
                     WHERE periodic_work.started_at <= ?3 OR periodic_work.started_at > ?4";
        let (earliest, latest) = (now - self.tolerance(), now + self.tolerance());
        Ok(db.execute(claim, params![self.name, now, earliest, latest]).await? == 1)
    }

    /// Does the work each time it is due, until `stop` is cancelled.
    pub async fn repeat<F: Future<Output = ()> + Send>(
        self,
        db: WritingDb,
        clock: Clock,
        stop: CancellationToken,
        mut work: impl FnMut() -> F + Send,
    ) {
        loop {
            let wait = match self.wait(&db, clock.now()).await {
                Ok(Duration::ZERO) => match self.claim(&db, clock.now()).await {
                    Ok(true) => {
                        work().await;
                        continue;
                    }
                    Ok(false) => Duration::ZERO,
                    Err(error) => self.note(&error),
                },
                Ok(wait) => wait,
                Err(error) => self.note(&error),
            };
            // Time can pass faster than this, when the clock is set.
            let wait = wait.clamp(Duration::from_secs(1), Duration::from_secs(60));
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(wait) => {}
            }
        }
    }

    fn note(&self, error: &DbError) -> Duration {
        tracing::error!(%error, work = self.name, "it is unknown whether periodic work is due");
        Duration::from_secs(60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_due_after_its_time_and_after_the_clock_was_set_back() {
        let schedule = Schedule { name: "example", every: SignedDuration::from_mins(10) };
        let last: Timestamp = "2026-11-26T12:00:00Z".parse().unwrap();
        for (seconds, left) in [(0, 600), (1, 599), (600, 0), (9999, 0), (-1, 601), (-301, 0)] {
            let now = last + SignedDuration::from_secs(seconds);
            assert_eq!(schedule.left(last, now).as_secs(), left, "after {seconds} seconds");
        }
    }
}
