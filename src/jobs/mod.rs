//! The queue: work that happens after the transaction that causes it, at least once, whatever happens
//! to the process in between. See `docs/decisions/0043-jobs.md`.
//!
//! A kind of job is a type that implements [`Job`]. It is enqueued in a transaction, and only there;
//! [`work`] runs the kinds of a [`Registry`].

mod claim;
mod end;
mod enqueue;
mod operate;
mod registry;
mod retry;
mod schedule;
mod share;
mod worker;

use std::fmt;
use std::num::ParseIntError;
use std::str::FromStr;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

pub(crate) use enqueue::insert;
pub use enqueue::{Job, clean_up};
pub use operate::{Failed, ListedJob, State, Wanted};
pub use registry::Registry;
pub use retry::Retry;
pub use schedule::Schedule;
pub use worker::work;

use crate::db::{Column, FromColumn, Param, ToParam};

/// How long a claim lasts without being renewed: after that, another instance runs the job. It is
/// longer than the [difference](crate::clock::SKEW) that instances' clocks can have.
const LEASE: SignedDuration = SignedDuration::from_mins(2);

/// How often a claim is renewed.
const RENEW_EVERY: SignedDuration = SignedDuration::from_secs(30);

/// The longest that a failing job holds back later ones of its order key.
const LONGEST_HOLD: SignedDuration = SignedDuration::from_hours(1);

/// How often to look again whether a job is still held back, if nothing else tells.
const LOOK_AGAIN: SignedDuration = SignedDuration::from_mins(10);

/// How long failed jobs are kept.
const KEEP_FAILED: SignedDuration = SignedDuration::from_hours(30 * 24);

/// How long running jobs can take to finish when the server stops.
const GRACE: Duration = Duration::from_secs(10);

/// How often to look for jobs that other processes enqueued.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// A job's number, in the order in which jobs were enqueued.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct JobId(i64);

/// What a kind of job is like.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    /// Its name in the database. It never changes.
    pub name: &'static str,
    /// When to try again.
    pub retry: Retry,
    /// How many run at once in a process.
    pub at_once: usize,
    /// How many of a [lane](Job::lane) run at once in all processes together.
    pub at_once_per_lane: u32,
    /// Whether a portal always leaves some of the room to other portals, and a lane to other lanes of its
    /// portal.
    pub shared_by_portals: bool,
    /// How long a run can take.
    pub time_limit: Duration,
    /// How long to keep those that succeeded; `None` if they are removed at once.
    pub keep: Option<SignedDuration>,
}

/// A run of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempt {
    /// The job's number, the same for each attempt.
    pub id: JobId,
    /// How many attempts there were, with this one.
    pub number: i64,
    /// When the job was enqueued.
    pub created_at: Timestamp,
}

/// Why a run failed. The text is for the operator, so it contains no secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// It can succeed later.
    Temporary(String),
    /// It waits for something else, and can succeed after this time, which is an hour at most.
    Later(SignedDuration, String),
    /// It can't succeed: the job is given up.
    Permanent(String),
}

impl Failure {
    /// A failure that can pass, such as one of the database.
    pub fn temporary(error: impl fmt::Display) -> Self {
        Self::Temporary(error.to_string())
    }
}

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for JobId {
    type Err = ParseIntError;

    fn from_str(text: &str) -> Result<Self, ParseIntError> {
        text.parse().map(Self)
    }
}

impl ToParam for JobId {
    fn to_param(&self) -> Param<'_> {
        self.0.to_param()
    }
}

impl FromColumn for JobId {
    fn from_column(column: Column<'_>) -> Option<Self> {
        i64::from_column(column).map(Self)
    }
}
