//! Checks that the system clock is plausible.

use jiff::{SignedDuration, Timestamp};

use super::finding::{Check, Finding, unanswered};
use crate::clock::{Clock, SKEW};
use crate::db::{Db, DbError, Single, params};

/// The allowed difference between this machine's clock and the database's, beyond which one of
/// several instances refuses codes of authenticator apps and signed requests.
const APART: SignedDuration = SignedDuration::from_secs(10);

const REMEDY: &str = "run timedatectl set-ntp true, then check with timedatectl status";

pub(super) async fn examine(db: &Db, clock: &Clock) -> Vec<Finding> {
    match look(db, clock).await {
        Ok(findings) => findings,
        Err(error) => vec![unanswered(Check::Clock, &error, db)],
    }
}

async fn look(db: &Db, clock: &Clock) -> Result<Vec<Finding>, DbError> {
    let mut findings = Vec::new();
    let newest = "SELECT max(at) AS value FROM (
             SELECT max(created_at) AS at FROM audit_events
             UNION ALL SELECT max(last_seen_at) FROM sessions
             UNION ALL SELECT max(started_at) FROM periodic_work
             UNION ALL SELECT max(probed_at) FROM readiness_probes
         ) AS moments";
    let newest: Option<Single<Option<Timestamp>>> = db.row(newest, params![]).await?;
    if let Some(Single(Some(newest))) = newest {
        let ahead = newest.duration_since(clock.now());
        if ahead > SKEW {
            findings.push(Check::Clock.fault(
                format!(
                    "the database has rows from {newest}, {} ahead of this machine's clock",
                    in_words(ahead)
                ),
                "the clock is behind, or was ahead when they were written: codes of authenticator apps are refused, and nothing expires when it should",
                REMEDY,
            ));
        }
    }
    if let Db::Postgres(_) = db {
        let theirs = "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT) AS value";
        let before = clock.now();
        if let Some(Single(theirs)) = db.row::<Single<Timestamp>>(theirs, params![]).await? {
            let apart = theirs.duration_since(before).abs();
            // Includes the duration of the query.
            if apart > APART + clock.now().duration_since(before) {
                findings.push(Check::Clock.warning(
                    format!(
                        "the clocks of this machine and the database server differ by {}",
                        in_words(apart)
                    ),
                    "one of the two is wrong: logs cannot be compared, and codes of authenticator apps can be refused",
                    REMEDY,
                ));
            }
        }
    }
    Ok(findings)
}

/// A duration, in its largest unit.
fn in_words(duration: SignedDuration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        172_800.. => format!("{} days", seconds / 86_400),
        7200.. => format!("{} hours", seconds / 3600),
        120.. => format!("{} minutes", seconds / 60),
        _ => format!("{seconds} seconds"),
    }
}
