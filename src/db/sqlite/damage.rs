//! Damage to the file: found by a statement, or by checking the whole file.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use rusqlite::Connection;
use tokio_util::sync::CancellationToken;

use super::{DbError, Sqlite};

/// The maximum number of reported problems.
const MOST: usize = 20;

/// How often to interrupt a check that must end.
const TELL_EVERY: Duration = Duration::from_millis(10);

/// The known damage, if any. A file doesn't recover while it is open.
#[derive(Clone, Default)]
pub(super) struct Damage(Arc<OnceLock<String>>);

impl Damage {
    /// Remembers damage found by a statement.
    pub(super) fn noticed_in<T>(&self, done: Result<T, DbError>) -> Result<T, DbError> {
        if let Err(DbError::Damaged(what)) = &done {
            self.0.get_or_init(|| what.clone());
        }
        done
    }
}

impl Sqlite {
    /// Fails if damage is known.
    ///
    /// # Errors
    /// [`DbError::Damaged`].
    pub(in crate::db) fn must_be_whole(&self) -> Result<(), DbError> {
        match self.0.damage.0.get() {
            Some(what) => Err(DbError::Damaged(what.clone())),
            None => Ok(()),
        }
    }

    /// Checks the whole file, concurrently with readers and writers, until `stop` is cancelled. It
    /// takes about as long as reading the file.
    ///
    /// # Errors
    /// [`DbError::Damaged`] with what is damaged, which is remembered.
    pub(in crate::db) async fn look_through(
        &self,
        stop: &CancellationToken,
    ) -> Result<(), DbError> {
        let connection = self.0.source.connect()?;
        let interrupt = connection.get_interrupt_handle();
        let mut look = tokio::task::spawn_blocking(move || quick_check(&connection));
        let found = tokio::select! {
            found = &mut look => found,
            () = stop.cancelled() => loop {
                // A check that hasn't started yet isn't interrupted.
                interrupt.interrupt();
                if let Ok(found) = tokio::time::timeout(TELL_EVERY, &mut look).await {
                    break found;
                }
            },
        };
        let found = found.map_err(|error| DbError::Connection(error.to_string()))?;
        if stop.is_cancelled() { Ok(()) } else { self.0.damage.noticed_in(found) }
    }
}

fn quick_check(connection: &Connection) -> Result<(), DbError> {
    let mut statement = connection.prepare(&format!("PRAGMA quick_check({MOST})"))?;
    let found = statement.query_map([], |row| row.get(0))?;
    let found = found.collect::<Result<Vec<String>, _>>()?;
    if found == ["ok"] { Ok(()) } else { Err(DbError::Damaged(found.join("; "))) }
}
