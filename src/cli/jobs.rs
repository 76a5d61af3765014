//! `klantportaal jobs …`

use clap::Subcommand;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::context::{CliError, Workplace};
use crate::audit::{Action, Event};
use crate::db::Tx;
use crate::ids::PortalId;
use crate::jobs::{JobId, ListedJob, State, Wanted};

#[derive(Debug, Subcommand)]
#[command(
    after_help = "A job is work that the server does in the background, such as sending a mail. Its state is
  waiting  it runs at \"runAt\"; \"lastError\" tells why an earlier attempt failed
  running  the server is working on it
  failed   it was given up: it kept failing for three days, or can't succeed, such as mail to
           an address that doesn't exist; it is kept for 30 days
  done     it succeeded, and is kept for a while

Examples:
  klantportaal jobs list --state failed
  klantportaal jobs show 4711
  klantportaal jobs retry 4711
  klantportaal jobs retry --failed mail
  klantportaal jobs discard 4711"
)]
pub(super) enum Command {
    /// List jobs, newest first, without what they are about
    List {
        /// The jobs of this kind, such as mail
        #[arg(long)]
        kind: Option<String>,
        /// The jobs in this state: waiting, running, failed or done
        #[arg(long)]
        state: Option<State>,
        /// The jobs of this portal
        #[arg(long)]
        portal: Option<PortalId>,
        /// The maximum number of jobs
        #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=100_000))]
        limit: u32,
    },
    /// Show a job with what it is about, such as a mail with its text
    Show {
        /// The job's number
        id: JobId,
    },
    /// Run a waiting or failed job as soon as possible, and give it three days again; prints
    /// {"retried"}, the number of jobs
    Retry {
        /// The job's number
        #[arg(required_unless_present = "failed")]
        id: Option<JobId>,
        /// All failed jobs of this kind
        #[arg(long, value_name = "KIND", conflicts_with = "id")]
        failed: Option<String>,
    },
    /// Delete a job, so that it never runs; one that is running is stopped within half a minute, if it
    /// hasn't finished by then
    Discard {
        /// The job's number
        id: JobId,
    },
}

impl Command {
    pub(super) async fn run(self, place: &Workplace) -> Result<Value, CliError> {
        let (db, now) = (&place.db, place.clock.now());
        match self {
            Self::List { kind, state, portal, limit } => {
                let wanted = Wanted { kind, state, portal };
                let jobs = ListedJob::list(db, &wanted, limit).await?;
                Ok(jobs.iter().map(describe).collect())
            }
            Self::Show { id } => {
                let job = ListedJob::find(db, id).await?.ok_or_else(|| missing(id))?;
                let mut shown = describe(&job);
                shown["payload"] = serde_json::from_str(&job.payload).unwrap_or(job.payload.into());
                Ok(shown)
            }
            Self::Retry { id: Some(id), .. } => {
                let mut tx = db.begin().await?;
                let job = ListedJob::find(&mut tx, id).await?.ok_or_else(|| missing(id))?;
                if !ListedJob::retry(&mut tx, id, now).await? {
                    return Err(CliError::Usage(format!(
                        "job {id} is {}: only waiting and failed jobs can be retried",
                        job.state
                    )));
                }
                record(&mut tx, Action::JobRetried, &job, now).await?;
                tx.commit().await?;
                Ok(json!({ "retried": 1 }))
            }
            Self::Retry { id: None, failed } => {
                let kind = failed.unwrap_or_default();
                let mut tx = db.begin().await?;
                let retried = ListedJob::retry_failed(&mut tx, &kind, now).await?;
                if retried > 0 {
                    let subject = format!("{kind} ({retried})");
                    event(Action::FailedJobsRetried, &subject, None).record(&mut tx, now).await?;
                }
                tx.commit().await?;
                Ok(json!({ "retried": retried }))
            }
            Self::Discard { id } => {
                let mut tx = db.begin().await?;
                let job = ListedJob::find(&mut tx, id).await?.ok_or_else(|| missing(id))?;
                if !ListedJob::discard(&mut tx, id, now).await? {
                    return Err(missing(id));
                }
                record(&mut tx, Action::JobDiscarded, &job, now).await?;
                tx.commit().await?;
                Ok(json!({ "id": id, "discarded": true }))
            }
        }
    }
}

/// Records what was done to a job, in the log of its portal if it has one.
async fn record(
    tx: &mut Tx,
    action: Action,
    job: &ListedJob,
    now: Timestamp,
) -> Result<(), CliError> {
    let portal = job.portal_id.as_deref().and_then(|id| id.parse().ok());
    let subject = format!("{} ({})", job.id, job.kind);
    Ok(event(action, &subject, portal.as_ref()).record(tx, now).await?)
}

const fn event<'a>(action: Action, subject: &'a str, portal: Option<&'a PortalId>) -> Event<'a> {
    Event { portal, ..Event::by_operator(action, subject) }
}

fn missing(id: JobId) -> CliError {
    CliError::Usage(format!("there is no job {id}: it may have succeeded, or been discarded"))
}

fn describe(job: &ListedJob) -> Value {
    let time = |at: Option<Timestamp>| at.map(|at| at.to_string());
    json!({
        "id": job.id,
        "kind": job.kind,
        "state": job.state,
        "portalId": job.portal_id,
        "subject": job.subject,
        "lane": Some(&job.lane).filter(|lane| !lane.is_empty()),
        "orderKey": job.order_key,
        "waitsForAnother": job.held,
        "attempts": job.attempts,
        "lastError": job.last_error,
        "createdAt": job.created_at.to_string(),
        "runAt": time(Some(job.run_at).filter(|_| job.state == State::Waiting)),
        "failingSince": time(job.failed_at),
        "endedAt": time(job.ended_at),
    })
}
