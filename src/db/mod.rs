//! The database: one SQL text for two engines, SQLite inside the process and PostgreSQL beside it.
//!
//! Statements are written with `?1`, `?2` … and run unchanged on SQLite; for PostgreSQL the places
//! become `$1`, `$2` … once per statement. What a caller sees of either engine is [`Db`], which reads,
//! [`WritingDb`], and [`Tx`].

mod change_counter;
mod cleaner;
mod long_reads;
mod migrations;
mod postgres;
mod sqlite;
mod store;
mod value;

pub(crate) use cleaner::delete_batch;
pub use cleaner::{Cleaner, DeleteBatch};
pub(crate) use sqlite::let_go;
pub use store::{Sql, Store, StoreTx, TenantSql, WritingStore};
pub use value::{Column, FromColumn, FromRow, Param, Row, Single, ToParam};
pub(crate) use value::{from_row, params};

use std::path::{Path, PathBuf};

use crate::config::DatabaseUrl;

/// What can go wrong in the database.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// A UNIQUE or PRIMARY KEY constraint refused the row.
    #[error("a row with the same key exists already")]
    Duplicate,
    /// A value that was read does not fit the type that it is read into.
    #[error("column {column} holds an unexpected value")]
    Column {
        /// Name of the column.
        column: &'static str,
    },
    /// SQLite refused.
    #[error("SQLite: {0}")]
    Sqlite(rusqlite::Error),
    /// PostgreSQL refused.
    #[error("PostgreSQL: {}", postgres::reason(.0))]
    Postgres(tokio_postgres::Error),
    /// No connection could be had.
    #[error("no database connection: {0}")]
    Connection(String),
    /// A portal has too many long reads under way.
    #[error("too many long reads of one portal wait already")]
    TooManyReads,
    /// The data folder cannot be used.
    #[error("data folder: {0}: {1}")]
    Folder(PathBuf, std::io::Error),
    /// The database went through a migration that this version does not know.
    #[error(
        "the database was brought up to date by klantportaal {theirs} (migration {migration}), and \
         this is klantportaal {ours}, which does not know that migration. Nothing was changed. \
         Start version {theirs} or a later one, or restore the backup of before the upgrade"
    )]
    Newer {
        /// The newest migration that is not known.
        migration: String,
        /// The version that applied it.
        theirs: String,
        /// The version of this program.
        ours: &'static str,
    },
    /// The database lacks a migration, but went through a later one.
    #[error(
        "the database went through the migration {later}, but not through the earlier {lacking}. \
         Nothing was changed. Restore a backup, or if the database is a developer's own, make a \
         new one"
    )]
    Gap {
        /// The migration that it lacks.
        lacking: &'static str,
        /// A later one that it has.
        later: String,
    },
    /// A migration failed; the database is as it was.
    #[error("the migration {0} failed, and the database is as it was before: {1}")]
    Migration(&'static str, Box<DbError>),
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
    /// Opens the database and brings its tables up to date.
    ///
    /// # Errors
    /// When the file or server cannot be reached, or a migration fails.
    async fn open(url: &DatabaseUrl, data_dir: &Path) -> Result<Self, DbError> {
        let db = match url {
            DatabaseUrl::Sqlite(path) => Self::Sqlite(sqlite::Sqlite::open(&data_dir.join(path))?),
            DatabaseUrl::Postgres(url) => Self::Postgres(postgres::Postgres::open(url).await?),
        };
        migrations::run(&db).await?;
        Ok(db)
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
        match self {
            Self::Sqlite(db) => db.row(sql, params),
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
        match self {
            Self::Sqlite(db) => db.rows(sql, params),
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
        let place = long_reads::place(owner).await?;
        match self {
            Self::Sqlite(db) => {
                let db = db.clone();
                let params: Vec<Param<'static>> = params.iter().map(Param::to_owned).collect();
                // The place is left by the thread, also when nobody waits for it any more.
                let read = tokio::task::spawn_blocking(move || {
                    let rows = db.rows(sql, &params);
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
        Ok(match self {
            Self::Sqlite(db) => Tx::Sqlite(db.begin().await?),
            Self::Postgres(db) => Tx::Postgres(db.begin().await?),
        })
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
    /// Opens the database and brings its tables up to date.
    ///
    /// # Errors
    /// When the file or server cannot be reached, or a migration fails.
    pub async fn open(url: &DatabaseUrl, data_dir: &Path) -> Result<Self, DbError> {
        Db::open(url, data_dir).await.map(Self)
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

/// A writing transaction.
pub enum Tx {
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
        match self {
            Self::Sqlite(tx) => tx.row(sql, params),
            Self::Postgres(tx) => tx.row(sql, params).await,
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
        match self {
            Self::Sqlite(tx) => tx.rows(sql, params),
            Self::Postgres(tx) => tx.rows(sql, params).await,
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
        match self {
            Self::Sqlite(tx) => tx.execute(sql, params),
            Self::Postgres(tx) => tx.execute(sql, params).await,
        }
    }

    /// Makes the transaction's writes lasting and visible to all.
    ///
    /// # Errors
    /// When the engine refuses; nothing is written then.
    pub async fn commit(self) -> Result<(), DbError> {
        match self {
            Self::Sqlite(tx) => tx.commit(),
            Self::Postgres(tx) => tx.commit().await,
        }
    }

    /// Runs a script of several statements without values (migrations).
    async fn script(&mut self, sql: &str) -> Result<(), DbError> {
        match self {
            Self::Sqlite(tx) => tx.script(sql),
            Self::Postgres(tx) => tx.script(sql).await,
        }
    }
}
