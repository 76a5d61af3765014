//! The embedded engine. Reads run in place, on a read-only connection of the calling thread: a point
//! read takes microseconds, less than a hop to another thread. Writes share one connection.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rusqlite::{Connection, OpenFlags, ToSql, params_from_iter};
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::change_counter::ChangeCounter;
use super::{DbError, FromRow, Param, Row};

#[derive(Clone)]
pub struct Sqlite(Arc<Inner>);

struct Inner {
    /// Tells this database's connections apart from another's in the same thread.
    number: u64,
    path: PathBuf,
    writer: Arc<Mutex<Connection>>,
    changes: Arc<ChangeCounter>,
}

thread_local! {
    static READERS: RefCell<Vec<(u64, Connection)>> = const { RefCell::new(Vec::new()) };
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
            Some(inner) if matches!(inner.extended_code, rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE | rusqlite::ffi::SQLITE_CONSTRAINT_PRIMARYKEY) => {
                Self::Duplicate
            }
            _ => Self::Sqlite(error),
        }
    }
}

impl Sqlite {
    pub(super) fn open(path: &Path) -> Result<Self, DbError> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let writer = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
        writer.pragma_update(None, "journal_mode", "wal")?;
        writer.pragma_update(None, "synchronous", "full")?;
        Ok(Self(Arc::new(Inner {
            number: NUMBER.fetch_add(1, Ordering::Relaxed),
            path: path.to_owned(),
            writer: Arc::new(Mutex::new(writer)),
            changes: Arc::new(ChangeCounter::open(&path.with_extension("changes"))?),
        })))
    }

    pub(super) fn version(&self) -> Option<u64> {
        self.0.changes.version()
    }

    pub(super) fn row<T: FromRow>(&self, sql: &'static str, params: &[Param<'_>]) -> Result<Option<T>, DbError> {
        self.read(|connection| row(connection, sql, params))
    }

    pub(super) fn rows<T: FromRow>(&self, sql: &'static str, params: &[Param<'_>]) -> Result<Vec<T>, DbError> {
        self.read(|connection| rows(connection, sql, params))
    }

    fn read<T>(&self, work: impl FnOnce(&Connection) -> Result<T, DbError>) -> Result<T, DbError> {
        READERS.with_borrow_mut(|readers| {
            let index = match readers.iter().position(|(number, _)| *number == self.0.number) {
                Some(index) => index,
                None => {
                    let reader = connect(&self.0.path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
                    reader.pragma_update(None, "mmap_size", 256 << 20)?;
                    readers.push((self.0.number, reader));
                    readers.len() - 1
                }
            };
            work(&readers[index].1)
        })
    }

    pub(super) async fn begin(&self) -> Result<SqliteTx, DbError> {
        let connection = Arc::clone(&self.0.writer).lock_owned().await;
        tokio::task::block_in_place(|| connection.execute_batch("BEGIN IMMEDIATE"))?;
        let number = self.0.changes.begin();
        Ok(SqliteTx { connection, changes: Arc::clone(&self.0.changes), number, open: true })
    }
}

fn connect(path: &Path, flags: OpenFlags) -> Result<Connection, DbError> {
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(std::time::Duration::from_secs(10))?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.set_prepared_statement_cache_capacity(256);
    Ok(connection)
}

fn row<T: FromRow>(connection: &Connection, sql: &'static str, params: &[Param<'_>]) -> Result<Option<T>, DbError> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params_from_iter(params))?;
    rows.next()?.map(|row| T::from_row(&mut Row::sqlite(row))).transpose()
}

fn rows<T: FromRow>(connection: &Connection, sql: &'static str, params: &[Param<'_>]) -> Result<Vec<T>, DbError> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params_from_iter(params))?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        all.push(T::from_row(&mut Row::sqlite(row))?);
    }
    Ok(all)
}

pub struct SqliteTx {
    connection: OwnedMutexGuard<Connection>,
    changes: Arc<ChangeCounter>,
    number: u64,
    open: bool,
}

impl SqliteTx {
    pub(super) fn row<T: FromRow>(&mut self, sql: &'static str, params: &[Param<'_>]) -> Result<Option<T>, DbError> {
        row(&self.connection, sql, params)
    }

    pub(super) fn rows<T: FromRow>(&mut self, sql: &'static str, params: &[Param<'_>]) -> Result<Vec<T>, DbError> {
        rows(&self.connection, sql, params)
    }

    pub(super) fn execute(&mut self, sql: &'static str, params: &[Param<'_>]) -> Result<u64, DbError> {
        Ok(self.connection.prepare_cached(sql)?.execute(params_from_iter(params))? as u64)
    }

    pub(super) fn script(&mut self, sql: &str) -> Result<(), DbError> {
        Ok(self.connection.execute_batch(sql)?)
    }

    pub(super) fn commit(mut self) -> Result<(), DbError> {
        // The commit waits for the disk, so it must not hold up this thread's other tasks.
        tokio::task::block_in_place(|| self.connection.execute_batch("COMMIT"))?;
        self.open = false;
        Ok(())
    }
}

impl Drop for SqliteTx {
    fn drop(&mut self) {
        if self.open
            && let Err(error) = self.connection.execute_batch("ROLLBACK")
        {
            tracing::error!(%error, "a transaction could not be undone");
        }
        self.changes.end(self.number);
    }
}
