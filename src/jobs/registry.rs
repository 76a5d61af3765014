//! The kinds of jobs that a process runs.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use super::{Attempt, Failure, GRACE, Job, Kind};

/// A run in progress.
pub(super) type Run = Pin<Box<dyn Future<Output = Result<(), Failure>> + Send>>;

/// A kind with the way to run its jobs from their stored form.
#[derive(Clone)]
pub(super) struct Registered {
    pub(super) kind: Kind,
    pub(super) run: Arc<dyn Fn(String, Attempt) -> Run + Send + Sync>,
}

/// The kinds of jobs that a process runs; those of others wait for a process that knows them.
#[derive(Clone)]
pub struct Registry {
    pub(super) kinds: Vec<Registered>,
    pub(super) grace: Duration,
}

impl Default for Registry {
    fn default() -> Self {
        Self { kinds: Vec::new(), grace: GRACE }
    }
}

impl Registry {
    /// Adds a kind, with what its runs need.
    #[must_use]
    pub fn with<J: Job>(mut self, context: J::Context) -> Self {
        let run = move |payload: String, attempt: Attempt| -> Run {
            let context = context.clone();
            Box::pin(async move {
                // Another version can have stored it, and an instance of that version may run it yet.
                let job: J = serde_json::from_str(&payload).map_err(|error| {
                    Failure::Temporary(format!("this version can't read the job: {error}"))
                })?;
                job.run(&context, attempt).await
            })
        };
        self.kinds.push(Registered { kind: J::KIND, run: Arc::new(run) });
        self
    }

    /// Sets how long running jobs can take to finish when the server stops, instead of ten seconds.
    #[must_use]
    pub const fn with_grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }
}
