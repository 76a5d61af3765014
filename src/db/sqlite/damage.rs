//! Damages of the file: met by a statement, or found by looking the whole file through.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use rusqlite::Connection;
use tokio_util::sync::CancellationToken;

use super::{DbError, Sqlite};

/// How many damages are told at most.
const MOST: usize = 20;

/// How often a look that is to end is told so.
const TELL_EVERY: Duration = Duration::from_millis(10);

/// The damage that is known, if one is: a file does not heal while it is open.
#[derive(Clone, Default)]
pub(super) struct Damage(Arc<OnceLock<String>>);

impl Damage {
    /// Remembers a damage that a statement met.
    pub(super) fn noticed_in<T>(&self, done: Result<T, DbError>) -> Result<T, DbError> {
        if let Err(DbError::Damaged(what)) = &done {
            self.0.get_or_init(|| what.clone());
        }
        done
    }
}

impl Sqlite {
    /// Refuses when a damage is known.
    ///
    /// # Errors
    /// [`DbError::Damaged`].
    pub(in crate::db) fn must_be_whole(&self) -> Result<(), DbError> {
        match self.0.damage.0.get() {
            Some(what) => Err(DbError::Damaged(what.clone())),
            None => Ok(()),
        }
    }

    /// Looks the whole file through, beside readers and writers, until `stop` is cancelled. It takes
    /// about as long as to read the file.
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
                // One that has not begun yet does not notice.
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
