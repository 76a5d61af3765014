//! Whether the machine's clock can be right.

use jiff::{SignedDuration, Timestamp};

use super::{Check, Finding, unanswered};
use crate::clock::{Clock, SKEW};
use crate::db::{Db, DbError, Single, params};

/// How far the clocks of this machine and the database's may be apart before codes of authenticator
/// apps and signed requests are refused on one of several instances.
const APART: SignedDuration = SignedDuration::from_secs(10);

const REMEDY: &str = "timedatectl set-ntp true, then look with timedatectl status";

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
             UNION ALL SELECT max(cleaned_up_at) FROM maintenance
             UNION ALL SELECT max(probed_at) FROM readiness_probes
         ) AS moments";
    let newest: Option<Single<Option<Timestamp>>> = db.row(newest, params![]).await?;
    if let Some(Single(Some(newest))) = newest {
        let ahead = newest.duration_since(clock.now());
        if ahead > SKEW {
            findings.push(Check::Clock.fault(
                format!(
                    "the database holds rows of {newest}, {} after what this machine's clock shows",
                    in_words(ahead)
                ),
                "the clock is behind, or stood ahead when they were written: codes of authenticator apps are refused, and what should end does not",
                REMEDY,
            ));
        }
    }
    if let Db::Postgres(_) = db {
        let theirs = "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT) AS value";
        let before = clock.now();
        if let Some(Single(theirs)) = db.row::<Single<Timestamp>>(theirs, params![]).await? {
            let apart = theirs.duration_since(before).abs();
            // What the question took is part of it.
            if apart > APART + clock.now().duration_since(before) {
                findings.push(Check::Clock.warning(
                    format!(
                        "the clocks of this machine and of the database server are {} apart",
                        in_words(apart)
                    ),
                    "one of the two is wrong; logs do not fit together, and codes of authenticator apps may be refused",
                    REMEDY,
                ));
            }
        }
    }
    Ok(findings)
}

/// How long something is, in its largest unit.
fn in_words(duration: SignedDuration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        172_800.. => format!("{} days", seconds / 86_400),
        7200.. => format!("{} hours", seconds / 3600),
        120.. => format!("{} minutes", seconds / 60),
        _ => format!("{seconds} seconds"),
    }
}
