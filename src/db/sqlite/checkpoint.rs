//! Moving the write-ahead log into the database file, beside writes. SQLite itself would do so within
//! a commit, which then waits for the disk some hundred times as long as usual, and with it all
//! that write: see `docs/decisions/0067-checkpoints-beside-writes.md`.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::{Connection, OpenFlags};
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::writer::{Writer, commit};
use super::{connect, identity};
use crate::db::DbError;

/// How many new pages in the log begin a move. SQLite's own number.
const DUE: i64 = 1000;
/// The maximum number of pages that are moved while writes wait.
const LAST: i64 = 100;
/// How often what was written meanwhile is moved beside writes, before they wait for the rest.
const PASSES: usize = 3;
/// How long writes wait at most until nobody reads from the log any more.
const FOR_READERS: Duration = Duration::from_millis(5);

/// The log as its writer knows it.
#[derive(Default)]
pub(super) struct Log {
    /// Its pages after the last commit.
    pages: AtomicI64,
    /// Those of them that were moved.
    moved: AtomicI64,
    is_moving: AtomicBool,
    /// The connection that moves pages beside writes. A new one would read the whole schema first.
    mover: std::sync::Mutex<Option<Connection>>,
}

/// What a pass came to, in pages.
struct Pass {
    /// Whether somebody reads from the log.
    is_busy: bool,
    in_log: i64,
    moved: i64,
}

impl Log {
    #[cfg(test)]
    pub(super) fn is_moving(&self) -> bool {
        self.is_moving.load(Ordering::Relaxed)
    }

    /// The log of this connection, which moves nothing by itself from now on.
    pub(super) fn of(connection: &mut Connection) -> rusqlite::Result<Arc<Self>> {
        let log = Arc::new(Self::default());
        let noted = Arc::clone(&log);
        connection.wal_hook(Some(move |_: &mut _, pages| {
            noted.note(i64::from(pages));
            Ok(())
        }))?;
        Ok(log)
    }

    fn note(&self, pages: i64) {
        // Fewer than before: SQLite has begun at the log's start again.
        if self.pages.swap(pages, Ordering::Relaxed) > pages {
            self.moved.store(0, Ordering::Relaxed);
        }
    }

    /// Whether the caller has to move it now.
    fn begin(&self) -> bool {
        let new = self.pages.load(Ordering::Relaxed) - self.moved.load(Ordering::Relaxed);
        new >= DUE && !self.is_moving.swap(true, Ordering::Relaxed)
    }

    fn mover(&self) -> std::sync::MutexGuard<'_, Option<Connection>> {
        self.mover.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn end(&self, pass: Option<&Pass>) {
        let pages = self.pages.load(Ordering::Relaxed);
        // After a failure, or beside somebody who still reads from the log, the next try waits until as
        // much was written again. Where the log has begun anew, it has fewer pages than were moved.
        let done = pass.filter(|pass| !pass.is_busy);
        let moved = done.map_or(pages, |pass| pass.moved.min(pages));
        self.moved.store(moved, Ordering::Relaxed);
        self.is_moving.store(false, Ordering::Relaxed);
    }
}

/// Begins to move the log if it has become long.
pub(super) fn begin_if_due(writer: &OwnedMutexGuard<Writer>) {
    if writer.log.begin() {
        let (log, path, file) = (Arc::clone(&writer.log), writer.path.clone(), writer.file);
        let writer = Arc::clone(OwnedMutexGuard::mutex(writer));
        tokio::spawn(async move {
            let moved = move_all(Arc::clone(&log), path, file, writer).await;
            if let Err(error) = &moved {
                tracing::warn!(%error, "the write-ahead log was not moved into the database file");
            }
            log.end(moved.as_ref().ok());
        });
    }
}

async fn move_all(
    log: Arc<Log>,
    path: PathBuf,
    file: (u64, u64),
    writer: Arc<Mutex<Writer>>,
) -> Result<Pass, DbError> {
    let begun = Instant::now();
    off_thread(move || {
        let connection = match log.mover().take() {
            Some(connection) => connection,
            None => connect(&path, OpenFlags::SQLITE_OPEN_READ_WRITE)?,
        };
        // The log belongs to the file that was opened, not to one that was put in its place.
        if identity(&path) != Some(file) {
            return Err(DbError::Gone(path));
        }
        for _ in 0..PASSES {
            let done = pass(&connection, "PRAGMA wal_checkpoint(PASSIVE)")?;
            if done.in_log - done.moved <= LAST {
                break;
            }
        }
        *log.mover() = Some(connection);
        Ok(())
    })
    .await?;
    // SQLite begins at the log's start again once all of it was moved and nobody reads from it.
    let writer = commit(writer.lock_owned().await).await?;
    let held = Instant::now();
    let done = off_thread(move || {
        pass(&writer.connection, "PRAGMA wal_checkpoint(PASSIVE)")?;
        let all_moved = Instant::now();
        loop {
            // A thread that reads all the time keeps its snapshot of the log until then.
            writer.end_snapshots()?;
            std::thread::sleep(FOR_READERS / 10);
            let done = pass(&writer.connection, "PRAGMA wal_checkpoint(RESTART)")?;
            if !done.is_busy || all_moved.elapsed() > FOR_READERS {
                return Ok(done);
            }
        }
    })
    .await?;
    let beside = held.duration_since(begun);
    tracing::debug!(pages = done.moved, ?beside, held = ?held.elapsed(), "moved the log");
    Ok(done)
}

fn pass(connection: &Connection, sql: &str) -> Result<Pass, DbError> {
    let read = |row: &rusqlite::Row<'_>| {
        Ok(Pass { is_busy: row.get(0)?, in_log: row.get(1)?, moved: row.get(2)? })
    };
    Ok(connection.query_row(sql, [], read)?)
}

async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, DbError> + Send + 'static,
) -> Result<T, DbError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| DbError::Connection(error.to_string()))?
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::Duration;

    use super::super::{PAGE_BYTES, Sqlite, let_go};
    use crate::db::params;
    use crate::db::value::Single;

    const LIMIT: Duration = Duration::from_secs(60);

    async fn blobs(path: &Path) -> Sqlite {
        let db = Sqlite::open(path, LIMIT).unwrap();
        let mut tx = db.begin().await.unwrap();
        tx.script("CREATE TABLE blobs (bytes BLOB)").unwrap();
        tx.commit().await.unwrap();
        db
    }

    async fn add(db: &Sqlite, pages: i64) {
        let mut tx = db.begin().await.unwrap();
        let add = "INSERT INTO blobs VALUES (zeroblob(?1))";
        tx.execute(add, params![pages * PAGE_BYTES]).unwrap();
        tx.commit().await.unwrap();
    }

    fn pages(path: &Path) -> i64 {
        i64::try_from(std::fs::metadata(path).unwrap().len()).unwrap() / PAGE_BYTES
    }

    // On one thread, whatever a commit spawns begins when the test waits.
    #[tokio::test]
    async fn a_commit_leaves_the_log_to_be_moved_after_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("blobs.db");
        let db = blobs(&path).await;
        add(&db, 1200).await;
        assert!(pages(&path) < 100, "the commit has moved the log");
        for _ in 0..3 {
            while pages(&path) < 1200 || db.is_moving().await {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            add(&db, 600).await;
        }
        assert!(pages(&path.with_extension("db-wal")) < 2400, "the log did not begin anew");
    }

    #[test]
    fn the_log_stays_short_beside_readers_and_writers_that_never_rest() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("blobs.db");
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        runtime.worker_threads(4).enable_all().on_thread_start(let_go).on_thread_park(let_go);
        runtime.build().unwrap().block_on(async {
            let db = blobs(&path).await;
            let is_done = Arc::new(AtomicBool::new(false));
            let readers = [0, 1].map(|_| tokio::spawn(read(db.clone(), Arc::clone(&is_done))));
            // A busy machine lets readers wait, who put the move off again and again, but not for ever.
            let (mut written, mut log) = (0, 0);
            while written < log + 3000 {
                assert!(written < 100_000, "{written} pages were written, and the log has {log}");
                add(&db, 200).await;
                written += 200;
                log = pages(&path.with_extension("db-wal"));
            }
            is_done.store(true, Ordering::Relaxed);
            for reader in readers {
                reader.await.unwrap();
            }
        });
    }

    /// Reads all the time, as a busy thread does that keeps its snapshot until somebody writes.
    async fn read(db: Sqlite, is_done: Arc<AtomicBool>) {
        while !is_done.load(Ordering::Relaxed) {
            let sql = "SELECT count(*) AS value FROM blobs";
            db.row::<Single<i64>>(sql, params![]).await.unwrap();
            tokio::task::yield_now().await;
        }
    }
}
