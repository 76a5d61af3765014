//! Checks whether jobs were given up.

use super::finding::{Check, Finding, unanswered};
use crate::db::Db;
use crate::jobs::Failed;

pub(super) async fn examine(db: &Db) -> Vec<Finding> {
    let failed = match Failed::by_kind(db).await {
        Ok(failed) => failed,
        Err(error) => return vec![unanswered(Check::Jobs, &error, db)],
    };
    failed.iter().map(finding).collect()
}

fn finding(Failed { kind, jobs, last }: &Failed) -> Finding {
    let (were, time) = (
        if *jobs == 1 { "job of the kind" } else { "jobs of the kind" },
        last.map_or_else(String::new, |last| format!(", the last one at {last}")),
    );
    Check::Jobs.warning(
        format!("{jobs} {were} {kind} failed for good{time}"),
        "what they were to do has not happened: a failed mail, for example, has not reached its reader",
        format!(
            "klantportaal jobs list --state failed --kind {kind} tells why; after fixing the cause, run klantportaal jobs retry --failed {kind}, or discard them"
        ),
    )
}
