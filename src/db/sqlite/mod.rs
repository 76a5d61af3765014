//! The embedded engine. Reads run in place, on a read-only connection of the calling thread: a
//! point read takes microseconds, less than switching to another thread. Writes share one
//! connection, and their commits ([`writer`]).
//!
//! Beginning and ending a read costs SQLite three system calls, more than the read itself. So a
//! thread that is notified before it parks ([`let_go`]) keeps its read transaction open between
//! reads, until the [`ChangeCounter`] shows a write.

mod at_commit;
mod checkpoint;
mod damage;
mod look;
mod writer;

use std::cell::{Cell, RefCell};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, ToSql, params_from_iter};
use tokio::sync::watch;

use self::damage::Damage;
pub(super) use self::look::Content;
pub use self::writer::SqliteTx;
use self::writer::{Queue, Writer};
use super::change_counter::{ChangeCounter, Counted};
use super::fault::is_damage;
use super::waiting::{self, wait};
use super::{DbError, FromRow, Outage, Param, Row};

/// For new databases. Rows are stored in their key's tree, so a page of the default size would have
/// few of them.
const PAGE_BYTES: i64 = 8192;

/// The maximum pause before retrying while another process holds the lock.
const LONGEST_PAUSE: Duration = Duration::from_millis(25);

#[derive(Clone)]
pub struct Sqlite(Arc<Inner>);

struct Inner {
    /// Distinguishes this database's connections from another's in the same thread.
    number: u64,
    path: PathBuf,
    /// What threads open to read.
    source: Source,
    /// How long a request waits for others.
    limit: Duration,
    /// Nothing when it was opened to look at.
    writing: Option<Writing>,
    damage: Damage,
    /// Notified of committed jobs.
    enqueued: watch::Sender<()>,
}

struct Writing {
    queue: Arc<Queue>,
    changes: Arc<ChangeCounter>,
}

/// What a connection for reading opens.
#[derive(Clone)]
struct Source {
    name: PathBuf,
    flags: OpenFlags,
}

impl Source {
    fn connect(&self) -> Result<Connection, DbError> {
        connect(&self.name, OpenFlags::SQLITE_OPEN_READ_ONLY | self.flags)
    }
}

thread_local! {
    static READERS: RefCell<Vec<Reader>> = const { RefCell::new(Vec::new()) };
    /// Whether this thread releases its snapshots before it parks.
    static LETS_GO: Cell<bool> = const { Cell::new(false) };
}

/// A thread's connection for reading.
struct Reader {
    database: u64,
    connection: Connection,
    /// The version at the start of the open read transaction, if any.
    snapshot: Option<u64>,
}

impl Reader {
    /// Ensures that the next statement reads what is committed now.
    fn refresh(&mut self, version: Option<u64>) -> Result<(), DbError> {
        if self.snapshot == version {
            return Ok(());
        }
        self.let_go()?;
        if version.is_some() && LETS_GO.get() {
            self.connection.prepare_cached("BEGIN")?.raw_execute()?;
            self.snapshot = version;
        }
        Ok(())
    }

    fn let_go(&mut self) -> Result<(), DbError> {
        if self.snapshot.take().is_some() {
            self.connection.prepare_cached("COMMIT")?.raw_execute()?;
        }
        Ok(())
    }
}

/// Call this on each thread before it parks: an open snapshot prevents the write-ahead log from
/// being truncated. A thread that never calls this keeps none.
pub(crate) fn let_go() {
    LETS_GO.set(true);
    release();
}

/// Ends the calling thread's read transactions.
fn release() {
    // A reader that can't end its transaction is dropped, which ends it too.
    READERS.with_borrow_mut(|readers| readers.retain_mut(|reader| reader.let_go().is_ok()));
}

/// Waits for the disk or another process without blocking this thread's other tasks. The runtime
/// may replace the thread in the meantime and then no longer notify it, so it keeps no snapshot
/// until it is notified again.
fn in_place<T>(work: impl FnOnce() -> T) -> T {
    release();
    LETS_GO.set(false);
    tokio::task::block_in_place(work)
}

impl ToSql for Param<'_> {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        use rusqlite::types::{ToSqlOutput, ValueRef};
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Bool(bool) => ValueRef::Integer((*bool).into()),
            Self::Int(int) => ValueRef::Integer(*int),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

impl From<rusqlite::Error> for DbError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error() {
            Some(inner)
                if matches!(
                    inner.extended_code,
                    rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE
                        | rusqlite::ffi::SQLITE_CONSTRAINT_PRIMARYKEY
                ) =>
            {
                Self::Duplicate
            }
            Some(inner) if is_damage(inner.code) => Self::Damaged(error.to_string()),
            _ => Self::Sqlite(error),
        }
    }
}

impl Sqlite {
    /// Opens or creates the file; `limit` is how long a request can wait.
    pub(super) fn open(path: &Path, limit: Duration) -> Result<Self, DbError> {
        if let Some(folder) = path.parent() {
            crate::private_folder::create(folder).map_err(unusable(folder))?;
        }
        // Opening another program's database would already change its journal mode.
        if let Content::Foreign(table) = Content::of(path) {
            return Err(DbError::Foreign { table });
        }
        let writer =
            connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
        // Several processes can start at once; later, nothing waits within SQLite.
        writer.busy_timeout(limit)?;
        writer.pragma_update(None, "page_size", PAGE_BYTES)?;
        use_write_ahead_log(&writer, limit)?;
        writer.pragma_update(None, "synchronous", "full")?;
        // So that a row that INSERT OR REPLACE replaces counts as deleted, for triggers too.
        writer.pragma_update(None, "recursive_triggers", true)?;
        writer.busy_timeout(Duration::ZERO)?;
        let changes = Arc::new(ChangeCounter::open(&path.with_extension("changes"), limit)?);
        let damage = Damage::default();
        let writer = Writer::new(writer, path, Arc::clone(&changes), damage.clone())?;
        Ok(Self(Arc::new(Inner {
            number: next_number(),
            path: path.to_owned(),
            source: Source { name: path.to_owned(), flags: OpenFlags::empty() },
            limit,
            writing: Some(Writing { queue: Arc::new(Queue::new(writer)), changes }),
            damage,
            enqueued: watch::Sender::new(()),
        })))
    }

    pub(super) fn enqueued(&self) -> &watch::Sender<()> {
        &self.0.enqueued
    }

    /// See [`ChangeCounter::version`].
    pub(super) fn version(&self, of: Counted) -> Option<u64> {
        self.0.writing.as_ref()?.changes.version(of)
    }

    fn writing(&self) -> Result<&Writing, DbError> {
        let to_look = || DbError::Connection("the database was opened only to look at it".into());
        self.0.writing.as_ref().ok_or_else(to_look)
    }

    pub(super) async fn row<T: FromRow>(
        &self,
        sql: &'static str,
        params: &[Param<'_>],
    ) -> Result<Option<T>, DbError> {
        waiting::catch_up().await?;
        self.patiently(|| self.read(|connection| row(connection, sql, params))).await
    }

    pub(super) async fn rows<T: FromRow>(
        &self,
        sql: &'static str,
        params: &[Param<'_>],
    ) -> Result<Vec<T>, DbError> {
        waiting::catch_up().await?;
        self.patiently(|| self.read(|connection| rows(connection, sql, params))).await
    }

    /// Retries while another process locks the file. SQLite's own waiting would block the thread,
    /// and with it other requests.
    async fn patiently<T>(
        &self,
        mut work: impl FnMut() -> Result<T, DbError>,
    ) -> Result<T, DbError> {
        match work() {
            Err(error) if error.outage() == Some(Outage::Busy) => {}
            done => return self.0.damage.noticed_in(done),
        }
        let done = wait("another process that holds the database file", self.0.limit, async {
            let mut pause = Duration::from_millis(1);
            loop {
                tokio::time::sleep(pause).await;
                match work() {
                    Err(error) if error.outage() == Some(Outage::Busy) => {
                        pause = (pause * 2).min(LONGEST_PAUSE);
                    }
                    done => return done,
                }
            }
        });
        self.0.damage.noticed_in(done.await)
    }

    fn read<T>(&self, work: impl FnOnce(&Connection) -> Result<T, DbError>) -> Result<T, DbError> {
        READERS.with_borrow_mut(|readers| {
            let index = match readers.iter().position(|reader| reader.database == self.0.number) {
                Some(index) => index,
                None => {
                    let connection = self.0.source.connect()?;
                    connection.pragma_update(None, "mmap_size", 256 << 20)?;
                    readers.push(Reader { database: self.0.number, connection, snapshot: None });
                    readers.len() - 1
                }
            };
            let reader = &mut readers[index];
            reader.refresh(self.version(Counted::Writes))?;
            work(&reader.connection)
        })
    }
}

/// SQLite itself doesn't wait for another process that does the same.
fn use_write_ahead_log(connection: &Connection, limit: Duration) -> Result<(), DbError> {
    let began = std::time::Instant::now();
    loop {
        match connection.pragma_update(None, "journal_mode", "wal").map_err(DbError::from) {
            Err(error) if error.outage() == Some(Outage::Busy) && began.elapsed() < limit => {
                std::thread::sleep(LONGEST_PAUSE);
            }
            done => return done,
        }
    }
}

/// Distinguishes an opened database from all others of this process.
fn next_number() -> u64 {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    NUMBER.fetch_add(1, Ordering::Relaxed)
}

/// The identity of the file at a path.
fn identity(path: &Path) -> Option<(u64, u64)> {
    std::fs::metadata(path).ok().map(|found| (found.dev(), found.ino()))
}

fn unusable(path: &Path) -> impl FnOnce(std::io::Error) -> DbError {
    |error| DbError::Folder(path.to_owned(), error)
}

fn connect(path: &Path, flags: OpenFlags) -> Result<Connection, DbError> {
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(Duration::ZERO)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // Otherwise a look-up in a table with partial indexes is planned anew for each value.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.set_prepared_statement_cache_capacity(256);
    Ok(connection)
}

fn row<T: FromRow>(
    connection: &Connection,
    sql: &'static str,
    params: &[Param<'_>],
) -> Result<Option<T>, DbError> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params_from_iter(params))?;
    rows.next()?.map(|row| T::from_row(&mut Row::sqlite(row))).transpose()
}

fn rows<T: FromRow>(
    connection: &Connection,
    sql: &'static str,
    params: &[Param<'_>],
) -> Result<Vec<T>, DbError> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params_from_iter(params))?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        all.push(T::from_row(&mut Row::sqlite(row))?);
    }
    Ok(all)
}

fn execute(
    connection: &Connection,
    sql: &'static str,
    params: &[Param<'_>],
) -> Result<u64, DbError> {
    Ok(connection.prepare_cached(sql)?.execute(params_from_iter(params))? as u64)
}

#[cfg(test)]
mod tests {
    use rusqlite::StatementStatus;

    use super::*;
    use crate::db::params;
    use crate::db::value::Single;

    const LIMIT: Duration = Duration::from_secs(10);

    async fn count(db: &Sqlite) -> i64 {
        let Single(count) = db
            .row::<Single<i64>>("SELECT count(*) AS value FROM things", params![])
            .await
            .unwrap()
            .unwrap();
        count
    }

    async fn add(db: &Sqlite) {
        let mut tx = db.begin().await.unwrap();
        tx.execute("INSERT INTO things VALUES (1)", params![]).unwrap();
        tx.commit().await.unwrap();
    }

    #[test]
    fn a_statement_is_planned_once_for_all_values() {
        let folder = tempfile::tempdir().unwrap();
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
        let connection = connect(&folder.path().join("a.db"), flags).unwrap();
        connection
            .execute_batch(
                "CREATE TABLE keys (id TEXT PRIMARY KEY, hash TEXT, state TEXT);
                 CREATE INDEX live ON keys (hash) WHERE state = 'live'",
            )
            .unwrap();
        let mut statement =
            connection.prepare("SELECT id FROM keys WHERE hash = ?1 AND state = ?2").unwrap();
        for state in ["live", "revoked", "live"] {
            assert!(!statement.exists([state, state]).unwrap());
        }
        assert_eq!(statement.get_status(StatementStatus::RePrepare), 0);
    }

    /// Whether the write-ahead log could be truncated.
    fn empties(path: &Path) -> bool {
        let connection = Connection::open(path).unwrap();
        connection.busy_timeout(std::time::Duration::ZERO).unwrap();
        connection
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0))
            .unwrap()
            == 0
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_snapshot_is_kept_hides_nothing_and_is_let_go() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("things.db");
        let (here, elsewhere) =
            (Sqlite::open(&path, LIMIT).unwrap(), Sqlite::open(&path, LIMIT).unwrap());
        let mut tx = here.begin().await.unwrap();
        tx.script("CREATE TABLE things (value BIGINT)").unwrap();
        tx.commit().await.unwrap();
        assert_eq!(count(&here).await, 0);
        assert!(empties(&path), "a thread that was not told keeps no snapshot");
        let_go();
        for expected in 1..=3 {
            add(&elsewhere).await;
            assert_eq!(count(&here).await, expected);
            let_go();
            assert_eq!(count(&here).await, expected);
            assert!(!empties(&path), "the snapshot is kept");
            add(&here).await;
            assert_eq!(count(&here).await, expected + 1);
            in_place(|| ());
            assert!(empties(&path), "a thread that waited may have been replaced, and keeps none");
            let mut tx = here.begin().await.unwrap();
            tx.execute(
                "DELETE FROM things WHERE rowid = (SELECT max(rowid) FROM things)",
                params![],
            )
            .unwrap();
            assert_eq!(count(&here).await, expected + 1, "not committed yet");
            tx.commit().await.unwrap();
        }
        assert_eq!(count(&here).await, 3);
        let_go();
        assert!(empties(&path));
    }
}
