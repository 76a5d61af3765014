//! What a start does once to the data of earlier versions, beside the first requests. A step can be
//! interrupted at any time and run by several instances at once. It is done when a run of it found
//! nothing left to do, because an instance of an earlier version may still be running during the
//! first one; then later starts skip it.

use std::pin::Pin;

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use crate::accounts::factors::RecoveryCodes;
use crate::db::{Db, DbError, Single, WritingDb, params};
use crate::error::Result;
use crate::server::WritingServer;
use crate::{accounts, resources, search};

/// A run of a step: how much it changed.
type Run<'a> = Pin<Box<dyn Future<Output = Result<u64>> + Send + 'a>>;

/// A step.
pub struct Step {
    /// Its name in the database. A step that changes what it does gets a new one.
    pub name: String,
    run: for<'a> fn(&'a WritingDb) -> Run<'a>,
}

impl Step {
    /// A step with this name.
    pub fn new(name: impl Into<String>, run: for<'a> fn(&'a WritingDb) -> Run<'a>) -> Self {
        Self { name: name.into(), run }
    }

    /// All steps, in order.
    pub fn all() -> Vec<Self> {
        vec![
            Self::new("addresses-in-own-letters", |db| Box::pin(accounts::unify_addresses(db))),
            Self::new("strong-recovery-codes", |db| Box::pin(RecoveryCodes::strengthen(db))),
            Self::new("sort-keys", |db| Box::pin(complete_sort_keys(db))),
            Self::new(format!("search-index-{}", search::VERSION), |db| {
                Box::pin(complete_search_index(db))
            }),
        ]
    }

    /// Whether it was done by an earlier start.
    async fn is_done(&self, db: &Db) -> Result<bool, DbError> {
        let find = "SELECT count(*) AS value FROM finished_steps WHERE name = ?1";
        let found: Option<Single<i64>> = db.row(find, params![self.name]).await?;
        Ok(found.is_some_and(|Single(count)| count > 0))
    }

    async fn note_done(&self, db: &WritingDb, now: Timestamp) -> Result<(), DbError> {
        let note = "INSERT INTO finished_steps (name, finished_at) VALUES (?1, ?2) ON CONFLICT (name) DO NOTHING";
        db.execute(note, params![self.name, now]).await.map(drop)
    }

    /// Runs the step, unless it is done; returns whether it ran.
    ///
    /// # Errors
    /// Those of the step.
    pub async fn run(&self, db: &WritingDb, now: Timestamp) -> Result<bool> {
        if self.is_done(db).await? {
            return Ok(false);
        }
        if (self.run)(db).await? == 0 {
            self.note_done(db, now).await?;
        }
        Ok(true)
    }
}

/// Indexes rows from before the search index, or before folding changed; see
/// [`Searched::catch_up`](crate::search::Searched::catch_up). Returns how many.
pub async fn complete_search_index(db: &WritingDb) -> Result<u64> {
    let mut count = 0;
    for searched in resources::searched() {
        count += searched.catch_up(db).await?;
    }
    Ok(count)
}

/// Gives the keys that names are sorted by to rows from before them; see
/// [`SortKeys::complete`](crate::lists::SortKeys::complete). Returns how many.
async fn complete_sort_keys(db: &WritingDb) -> Result<u64> {
    let mut count = 0;
    for keys in resources::sort_keys() {
        count += keys.complete(db).await?;
    }
    Ok(count)
}

/// Runs the steps that aren't done. What fails is logged, and tried again at the next start.
pub async fn run_steps(server: WritingServer, stop: CancellationToken) {
    let run = async {
        for step in Step::all() {
            if let Err(error) = step.run(&server.db, server.clock.now()).await {
                tracing::error!(%error, step = step.name, "data of an earlier version is not converted yet; the next start tries again");
            }
        }
    };
    stop.run_until_cancelled(run).await;
}
