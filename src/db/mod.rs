//! The database: one SQL text for two engines, SQLite inside the process and PostgreSQL beside it.
//!
//! Statements are written with `?1`, `?2` … and run unchanged on SQLite; for PostgreSQL the
//! parameters become `$1`, `$2` … once per statement. Callers see either engine as [`Db`], which
//! reads, [`WritingDb`], and [`Tx`].

mod change_counter;
mod cleaner;
mod fault;
mod left_over;
mod long_reads;
mod lost_page;
mod migrations;
mod one_connection;
mod postgres;
mod queryable;
mod remembered;
pub mod schema;
mod sqlite;
mod text_enum;
mod tx;
mod url;
mod value;
pub mod waiting;

pub(crate) use cleaner::delete_batch;
pub use cleaner::{Cleaner, DeleteBatch};
pub use fault::{DbError, Outage};
pub use left_over::check_left_over;
pub use queryable::Queryable;
pub use remembered::Remembered;
pub(crate) use sqlite::let_go;
pub(crate) use text_enum::text_enum;
pub use tx::Tx;
use tx::TxOf;
pub use url::DatabaseUrl;
pub use value::{Column, FromColumn, FromRow, Param, Row, Single, ToParam};
pub(crate) use value::{from_row, params};

use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use self::change_counter::Counted;

/// Whether a constant text contains another one.
pub(crate) const fn contains(text: &str, part: &str) -> bool {
    let (text, part) = (text.as_bytes(), part.as_bytes());
    let mut start = 0;
    while start + part.len() <= text.len() {
        let mut length = 0;
        while length < part.len() && text[start + length] == part[length] {
            length += 1;
        }
        if length == part.len() {
            return true;
        }
        start += 1;
    }
    false
}

/// Whether there is no file with content at a path. SQLite makes a database of an empty file.
fn is_empty_or_missing(path: &Path) -> bool {
    match std::fs::metadata(path) {
        Ok(found) => found.len() == 0,
        Err(error) => error.kind() == std::io::ErrorKind::NotFound,
    }
}

/// The settings of the database.
#[derive(Debug, Clone)]
pub struct Settings<'a> {
    /// The engine, and the location of its data.
    pub url: &'a DatabaseUrl,
    /// The folder of an SQLite file without a full path.
    pub data_dir: &'a Path,
    /// The maximum number of PostgreSQL connections, besides the one for point reads.
    pub connections: usize,
    /// How long a request waits for the database in total.
    pub wait: Duration,
}

/// A handle to read the database; clones share it. Writing requires a [`WritingDb`], or a
/// transaction begun elsewhere.
#[derive(Clone)]
pub enum Db {
    /// The embedded engine.
    Sqlite(sqlite::Sqlite),
    /// The engine that several instances share.
    Postgres(postgres::Postgres),
}

impl Db {
    /// Opens the database, creating it if necessary, and brings its schema up to date.
    ///
    /// # Errors
    /// When the file or server can't be reached, the database has a newer version, or a migration
    /// fails.
    pub async fn open(settings: &Settings<'_>) -> Result<Self, DbError> {
        let db = Self::connect(settings).await?;
        migrations::run(&db).await?;
        Ok(db)
    }

    /// Opens a database that a server created and brought up to date.
    ///
    /// # Errors
    /// When the file or server can't be reached, there is no database, or it doesn't have exactly
    /// this version.
    pub async fn open_existing(settings: &Settings<'_>) -> Result<Self, DbError> {
        if let DatabaseUrl::Sqlite(path) = settings.url
            && is_empty_or_missing(&settings.data_dir.join(path))
        {
            return Err(DbError::Missing(settings.data_dir.join(path).display().to_string()));
        }
        let db = Self::connect(settings).await?;
        migrations::check(&db, settings).await?;
        Ok(db)
    }

    /// Opens a database only to look at it, of whatever version it is: nothing is written, and no
    /// file is made.
    ///
    /// # Errors
    /// When the file or server cannot be reached; [`DbError::Missing`] when there is no file.
    pub async fn open_to_look(settings: &Settings<'_>) -> Result<Self, DbError> {
        match settings.url {
            DatabaseUrl::Sqlite(path) => {
                let path = settings.data_dir.join(path);
                if is_empty_or_missing(&path) {
                    return Err(DbError::Missing(path.display().to_string()));
                }
                Ok(Self::Sqlite(sqlite::Sqlite::open_to_look(&path, settings.wait)?))
            }
            DatabaseUrl::Postgres(_) => Self::connect(settings).await,
        }
    }

    /// Whether a server began to use the file that was opened to look at, so that what was read may
    /// be wrong and it is to be opened once more.
    pub fn is_in_use_since(&self) -> bool {
        matches!(self, Self::Sqlite(db) if db.is_in_use_since())
    }

    /// Makes sure that the database is of exactly this version.
    ///
    /// # Errors
    /// When it is of another version, or has no tables of ours.
    pub async fn check_version(&self, settings: &Settings<'_>) -> Result<(), DbError> {
        migrations::check(self, settings).await
    }

    /// Checks all data for damage, concurrently with reads and writes, until `stop` is cancelled.
    /// PostgreSQL looks after its own files.
    ///
    /// # Errors
    /// [`DbError::Damaged`], which [`Db::probe`] then also returns.
    pub async fn look_through(&self, stop: &CancellationToken) -> Result<(), DbError> {
        match self {
            Self::Sqlite(db) => db.look_through(stop).await,
            Self::Postgres(_) => Ok(()),
        }
    }

    async fn connect(settings: &Settings<'_>) -> Result<Self, DbError> {
        Ok(match settings.url {
            DatabaseUrl::Sqlite(path) => {
                let path = settings.data_dir.join(path);
                Self::Sqlite(sqlite::Sqlite::open(&path, settings.wait)?)
            }
            DatabaseUrl::Postgres(url) => {
                let (connections, wait) = (settings.connections, settings.wait);
                Self::Postgres(postgres::Postgres::open(url, connections, wait).await?)
            }
        })
    }

    /// The first row of the result, if any. Meant for point reads: it runs in place on SQLite and
    /// pipelined over a shared connection on PostgreSQL.
    ///
    /// # Errors
    /// When the statement fails or a column doesn't match `T`.
    pub async fn row<T: FromRow>(
        &self,
        sql: &'static str,
        params: &[Param<'_>],
    ) -> Result<Option<T>, DbError> {
        one_connection::check();
        match self {
            Self::Sqlite(db) => db.row(sql, params).await,
            Self::Postgres(db) => db.row(sql, params).await,
        }
    }

    /// All rows of the result.
    ///
    /// # Errors
    /// As [`Db::row`].
    pub async fn rows<T: FromRow>(
        &self,
        sql: &'static str,
        params: &[Param<'_>],
    ) -> Result<Vec<T>, DbError> {
        one_connection::check();
        match self {
            Self::Sqlite(db) => db.rows(sql, params).await,
            Self::Postgres(db) => db.rows(sql, params).await,
        }
    }

    /// All rows of a result that can be slow, such as a search: off the threads that serve
    /// requests, in one of the slots that `owner` (such as a portal) has for such reads.
    ///
    /// # Errors
    /// As [`Db::row`]; [`DbError::TooManyReads`] when too many of the owner's reads are already
    /// waiting.
    pub async fn long_rows<T: FromRow + Send + 'static>(
        &self,
        owner: &str,
        sql: &'static str,
        params: &[Param<'_>],
    ) -> Result<Vec<T>, DbError> {
        one_connection::check();
        let place = long_reads::place(owner).await?;
        match self {
            Self::Sqlite(db) => {
                let db = db.clone();
                let params: Vec<Param<'static>> = params.iter().map(Param::to_owned).collect();
                // The thread releases the slot, even if nobody waits for the result any more.
                let runtime = tokio::runtime::Handle::current();
                let read = tokio::task::spawn_blocking(move || {
                    let rows = runtime.block_on(db.rows(sql, &params));
                    drop(place);
                    rows
                });
                read.await.map_err(|error| DbError::Connection(error.to_string()))?
            }
            Self::Postgres(db) => db.rows(sql, params).await,
        }
    }

    /// Begins a write transaction. Dropping it without [`Tx::commit`] rolls it back.
    ///
    /// # Errors
    /// When no connection is available.
    async fn begin(&self) -> Result<Tx, DbError> {
        one_connection::check();
        let (engine, enqueued) = match self {
            Self::Sqlite(db) => (TxOf::Sqlite(db.begin().await?), db.enqueued()),
            Self::Postgres(db) => (TxOf::Postgres(Box::new(db.begin().await?)), db.enqueued()),
        };
        Ok(Tx::begun(engine, enqueued.clone()))
    }

    /// Changes whenever this process commits a transaction that enqueued a job.
    pub fn enqueued(&self) -> watch::Receiver<()> {
        match self {
            Self::Sqlite(db) => db.enqueued().subscribe(),
            Self::Postgres(db) => db.enqueued().subscribe(),
        }
    }

    /// Checks that the database can be read and written.
    ///
    /// # Errors
    /// When it can't; [`DbError::Damaged`] once corruption was found.
    pub async fn probe(&self, now: Timestamp) -> Result<(), DbError> {
        if let Self::Sqlite(db) = self {
            db.must_be_whole()?;
        }
        let read = "SELECT count(*) AS value FROM readiness_probes";
        let _: Option<Single<i64>> = self.row(read, params![]).await?;
        let write = "INSERT INTO readiness_probes (name, probed_at) VALUES ('server', ?1)
                     ON CONFLICT (name) DO UPDATE SET probed_at = excluded.probed_at";
        let mut tx = self.begin().await?;
        tx.execute(write, params![now]).await?;
        tx.commit().await
    }

    /// Maintains what other processes rely on. Call this every second or so.
    ///
    /// # Errors
    /// When it is lost and can't be restored.
    pub async fn look_after(&self) -> Result<(), DbError> {
        match self {
            Self::Sqlite(db) => db.look_after().await,
            Self::Postgres(_) => Ok(()),
        }
    }

    /// Moves all writes into SQLite's main file, so that a copy of it is complete. Call this when
    /// the database is no longer used.
    ///
    /// # Errors
    /// When the database is locked for too long, or the disk is full.
    pub async fn settle(&self) -> Result<(), DbError> {
        match self {
            Self::Sqlite(db) => db.settle().await,
            Self::Postgres(_) => Ok(()),
        }
    }

    /// A number that changes to a new value as soon as any process changes or deletes token data,
    /// or `None` meanwhile or if the engine can't tell. Token data read at a version stays valid
    /// until the version changes; see [`Remembered`].
    ///
    /// On SQLite it is read from memory; on PostgreSQL, concurrent calls share one statement.
    pub async fn token_data_version(&self) -> Option<u64> {
        match self {
            Self::Sqlite(db) => db.version(Counted::TokenData),
            Self::Postgres(db) => db.token_data_version().await,
        }
    }
}

/// A handle to read and write the database; clones share it. Code that acts for a logged-in person
/// doesn't get one: see [`crate::server::Server::begin`].
#[derive(Clone)]
pub struct WritingDb(Db);

impl std::ops::Deref for WritingDb {
    type Target = Db;

    fn deref(&self) -> &Db {
        &self.0
    }
}

impl WritingDb {
    /// Opens the database, creating it if necessary, and brings its schema up to date.
    ///
    /// # Errors
    /// As [`Db::open`].
    pub async fn open(settings: &Settings<'_>) -> Result<Self, DbError> {
        Db::open(settings).await.map(Self)
    }

    /// Opens a database that a server created and brought up to date.
    ///
    /// # Errors
    /// As [`Db::open_existing`].
    pub async fn open_existing(settings: &Settings<'_>) -> Result<Self, DbError> {
        Db::open_existing(settings).await.map(Self)
    }

    /// The read-only handle.
    pub fn reading(&self) -> Db {
        self.0.clone()
    }

    /// Runs one write statement in its own transaction; returns the number of affected rows.
    ///
    /// # Errors
    /// As [`Db::row`].
    pub async fn execute(&self, sql: &'static str, params: &[Param<'_>]) -> Result<u64, DbError> {
        let mut tx = self.begin().await?;
        let count = tx.execute(sql, params).await?;
        tx.commit().await?;
        Ok(count)
    }

    /// Begins a write transaction. Dropping it without [`Tx::commit`] rolls it back.
    ///
    /// # Errors
    /// When no connection is available.
    pub async fn begin(&self) -> Result<Tx, DbError> {
        self.0.begin().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A request's future contains those of its reads, and is moved several times.
    #[test]
    fn reads_in_progress_are_small() {
        let folder = tempfile::tempdir().unwrap();
        let db = sqlite::Sqlite::open(&folder.path().join("a.db"), Duration::ZERO).unwrap();
        let db = Db::Sqlite(db);
        let read = db.row::<value::Single<i64>>("SELECT 1 AS value", params![]);
        let (read, version) = (size_of_val(&read), size_of_val(&db.token_data_version()));
        assert!(read <= 2048 && version <= 512, "{read} and {version} bytes");
    }
}
