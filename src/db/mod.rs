//! The database: one SQL text for two engines, SQLite inside the process and PostgreSQL beside it.
//!
//! Statements are written with `?1`, `?2` … and run unchanged on SQLite; for PostgreSQL the places
//! become `$1`, `$2` … once per statement. What a caller sees of either engine is [`Db`], which reads,
//! [`WritingDb`], and [`Tx`].

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
mod sqlite;
mod store;
mod value;
pub mod waiting;

pub(crate) use cleaner::delete_batch;
pub use cleaner::{Cleaner, DeleteBatch};
pub use fault::{DbError, Outage};
pub use left_over::check_left_over;
pub use queryable::Queryable;
pub(crate) use sqlite::let_go;
pub use store::{Sql, Store, StoreTx, TenantSql, WritingStore};
pub use value::{Column, FromColumn, FromRow, Param, Row, Single, ToParam};
pub(crate) use value::{from_row, params};

use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;

use self::one_connection::Held;
use crate::config::DatabaseUrl;

/// Which database, and how much of it may be used.
#[derive(Debug, Clone)]
pub struct Settings<'a> {
    /// The engine, and where its data is.
    pub url: &'a DatabaseUrl,
    /// The folder of an SQLite file that is not given by a whole path.
    pub data_dir: &'a Path,
    /// How many PostgreSQL connections there may be beside the one for point reads.
    pub connections: usize,
    /// How long a request waits for the database altogether.
    pub wait: Duration,
}

/// A handle to read the database; clones share it. What writes needs a [`WritingDb`], or a
/// transaction that somebody else began.
#[derive(Clone)]
pub enum Db {
    /// The embedded engine.
    Sqlite(sqlite::Sqlite),
    /// The engine that several instances share.
    Postgres(postgres::Postgres),
}

impl Db {
    /// Opens the database, which is made if there is none, and brings its tables up to date.
    ///
    /// # Errors
    /// When the file or server cannot be reached, when the database is of a newer version, or a
    /// migration fails.
    pub async fn open(settings: &Settings<'_>) -> Result<Self, DbError> {
        let db = Self::connect(settings).await?;
        migrations::run(&db).await?;
        Ok(db)
    }

    /// Opens a database that a server has made and brought up to date.
    ///
    /// # Errors
    /// When the file or server cannot be reached, when there is no database, or when it is not of
    /// exactly this version.
    pub async fn open_existing(settings: &Settings<'_>) -> Result<Self, DbError> {
        if let DatabaseUrl::Sqlite(path) = settings.url
            && !settings.data_dir.join(path).exists()
        {
            return Err(DbError::Missing(settings.data_dir.join(path).display().to_string()));
        }
        let db = Self::connect(settings).await?;
        migrations::check(&db, settings).await?;
        Ok(db)
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

    /// The first row of the answer, if any. Meant for point reads: it runs in place on SQLite and
    /// pipelined over a shared connection on PostgreSQL.
    ///
    /// # Errors
    /// When the engine refuses the statement or a column does not fit `T`.
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

    /// All rows of the answer.
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

    /// All rows of an answer that may take long, such as a search's: away from the threads that
    /// answer, in one of the places that `owner` (a portal, say) has for such reads.
    ///
    /// # Errors
    /// As [`Db::row`]; [`DbError::TooManyReads`] when too many of the owner's wait already.
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
                // The place is left by the thread, also when nobody waits for it any more.
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

    /// Begins a writing transaction. Dropping it without [`Tx::commit`] undoes it.
    ///
    /// # Errors
    /// When no connection can be had.
    async fn begin(&self) -> Result<Tx, DbError> {
        one_connection::check();
        let engine = match self {
            Self::Sqlite(db) => TxOf::Sqlite(db.begin().await?),
            Self::Postgres(db) => TxOf::Postgres(db.begin().await?),
        };
        Ok(Tx { engine, _held: Held::new() })
    }

    /// Reads and writes, to see whether both can be done.
    ///
    /// # Errors
    /// When they cannot.
    pub async fn probe(&self, now: Timestamp) -> Result<(), DbError> {
        let read = "SELECT count(*) AS value FROM readiness_probes";
        let _: Option<Single<i64>> = self.row(read, params![]).await?;
        let write = "INSERT INTO readiness_probes (name, probed_at) VALUES ('server', ?1)
                     ON CONFLICT (name) DO UPDATE SET probed_at = excluded.probed_at";
        let mut tx = self.begin().await?;
        tx.execute(write, params![now]).await?;
        tx.commit().await
    }

    /// Looks after what other processes rely on: to be called every second or so.
    ///
    /// # Errors
    /// When it is lost and cannot be put back.
    pub async fn look_after(&self) -> Result<(), DbError> {
        match self {
            Self::Sqlite(db) => db.look_after().await,
            Self::Postgres(_) => Ok(()),
        }
    }

    /// Puts everything that was written into the one file of SQLite, so that a copy of it is whole.
    /// To be called when nothing else is asked any more.
    ///
    /// # Errors
    /// When others hold the database for too long, or the disk is full.
    pub async fn settle(&self) -> Result<(), DbError> {
        match self {
            Self::Sqlite(db) => db.settle().await,
            Self::Postgres(_) => Ok(()),
        }
    }

    /// A number that differs from every earlier one as soon as any process has written anything,
    /// or `None` when a write is under way or the engine cannot say. What was read under a version
    /// holds for as long as that version stands.
    ///
    /// SQLite answers from memory; PostgreSQL answers all who ask at the same time with one
    /// statement.
    pub async fn version(&self) -> Option<u64> {
        match self {
            Self::Sqlite(db) => db.version(),
            Self::Postgres(db) => db.version().await,
        }
    }
}

/// A handle to read and to write the database; clones share it. Who acts for somebody who is logged
/// in has none: see [`crate::server::Server::begin`].
#[derive(Clone)]
pub struct WritingDb(Db);

impl std::ops::Deref for WritingDb {
    type Target = Db;

    fn deref(&self) -> &Db {
        &self.0
    }
}

impl WritingDb {
    /// Opens the database, which is made if there is none, and brings its tables up to date.
    ///
    /// # Errors
    /// As [`Db::open`].
    pub async fn open(settings: &Settings<'_>) -> Result<Self, DbError> {
        Db::open(settings).await.map(Self)
    }

    /// Opens a database that a server has made and brought up to date.
    ///
    /// # Errors
    /// As [`Db::open_existing`].
    pub async fn open_existing(settings: &Settings<'_>) -> Result<Self, DbError> {
        Db::open_existing(settings).await.map(Self)
    }

    /// The handle that only reads.
    pub fn reading(&self) -> Db {
        self.0.clone()
    }

    /// Runs one writing statement in a transaction of its own; returns the number of rows it
    /// touched.
    ///
    /// # Errors
    /// As [`Db::row`].
    pub async fn execute(&self, sql: &'static str, params: &[Param<'_>]) -> Result<u64, DbError> {
        let mut tx = self.begin().await?;
        let count = tx.execute(sql, params).await?;
        tx.commit().await?;
        Ok(count)
    }

    /// Begins a writing transaction. Dropping it without [`Tx::commit`] undoes it.
    ///
    /// # Errors
    /// When no connection can be had.
    pub async fn begin(&self) -> Result<Tx, DbError> {
        self.0.begin().await
    }
}

/// A writing transaction. Who holds one asks nothing of [`Db`] meanwhile: see `one_connection`.
pub struct Tx {
    engine: TxOf,
    _held: Held,
}

enum TxOf {
    /// On the one SQLite writer.
    Sqlite(sqlite::SqliteTx),
    /// On a PostgreSQL connection of its own.
    Postgres(postgres::PostgresTx),
}

impl Tx {
    /// The first row of the answer, if any.
    ///
    /// # Errors
    /// As [`Db::row`].
    pub async fn row<T: FromRow>(
        &mut self,
        sql: &'static str,
        params: &[Param<'_>],
    ) -> Result<Option<T>, DbError> {
        match &mut self.engine {
            TxOf::Sqlite(tx) => tx.row(sql, params),
            TxOf::Postgres(tx) => tx.row(sql, params).await,
        }
    }

    /// All rows of the answer.
    ///
    /// # Errors
    /// As [`Db::row`].
    pub async fn rows<T: FromRow>(
        &mut self,
        sql: &'static str,
        params: &[Param<'_>],
    ) -> Result<Vec<T>, DbError> {
        match &mut self.engine {
            TxOf::Sqlite(tx) => tx.rows(sql, params),
            TxOf::Postgres(tx) => tx.rows(sql, params).await,
        }
    }

    /// Runs a writing statement; returns the number of rows it touched.
    ///
    /// # Errors
    /// As [`Db::row`].
    pub async fn execute(
        &mut self,
        sql: &'static str,
        params: &[Param<'_>],
    ) -> Result<u64, DbError> {
        match &mut self.engine {
            TxOf::Sqlite(tx) => tx.execute(sql, params),
            TxOf::Postgres(tx) => tx.execute(sql, params).await,
        }
    }

    /// Makes the transaction's writes lasting and visible to all.
    ///
    /// # Errors
    /// When the engine refuses; nothing is written then.
    pub async fn commit(self) -> Result<(), DbError> {
        match self.engine {
            TxOf::Sqlite(tx) => tx.commit(),
            TxOf::Postgres(tx) => tx.commit().await,
        }
    }

    const fn is_postgres(&self) -> bool {
        matches!(self.engine, TxOf::Postgres(_))
    }

    /// Runs a script of several statements without values (migrations).
    async fn script(&mut self, sql: &str) -> Result<(), DbError> {
        match &mut self.engine {
            TxOf::Sqlite(tx) => tx.script(sql),
            TxOf::Postgres(tx) => tx.script(sql).await,
        }
    }
}
