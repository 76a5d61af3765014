//! A write transaction of either engine.

use tokio::sync::watch;

use super::one_connection::Held;
use super::{DbError, FromRow, Param, postgres, sqlite};

/// A write transaction. Don't use [`Db`](super::Db) while holding one: see `one_connection`.
pub struct Tx {
    engine: TxOf,
    enqueued: watch::Sender<()>,
    has_enqueued: bool,
    _held: Held,
}

pub(super) enum TxOf {
    /// On the one SQLite writer.
    Sqlite(sqlite::SqliteTx),
    /// On its own PostgreSQL connection.
    Postgres(Box<postgres::PostgresTx>),
}

impl Tx {
    pub(super) fn begun(engine: TxOf, enqueued: watch::Sender<()>) -> Self {
        Self { engine, enqueued, has_enqueued: false, _held: Held::new() }
    }

    /// The first row of the result, if any.
    ///
    /// # Errors
    /// As [`Db::row`](super::Db::row).
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

    /// All rows of the result.
    ///
    /// # Errors
    /// As [`Db::row`](super::Db::row).
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

    /// Runs a write statement; returns the number of affected rows.
    ///
    /// # Errors
    /// As [`Db::row`](super::Db::row).
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

    /// Runs a write statement no later than at the commit: on SQLite at the commit, together with those of
    /// the transactions that share it, in their order; on PostgreSQL at once. So this transaction may not
    /// see what it does, and its failure fails all of them. It is for work that costs less when it is
    /// done for many at once.
    ///
    /// # Errors
    /// As [`Db::row`](super::Db::row).
    pub async fn execute_at_commit(
        &mut self,
        sql: &'static str,
        params: &[Param<'_>],
    ) -> Result<(), DbError> {
        match &mut self.engine {
            TxOf::Sqlite(tx) => tx.at_commit().statement(sql, params),
            TxOf::Postgres(tx) => drop(tx.execute(sql, params).await?),
        }
        Ok(())
    }

    /// The same, once for all transactions that share the commit and ask for it with the same parameters, with
    /// the sum of their numbers as the last parameter.
    ///
    /// # Errors
    /// As [`Db::row`](super::Db::row).
    pub async fn execute_once_at_commit(
        &mut self,
        sql: &'static str,
        params: &[Param<'_>],
        number: i64,
    ) -> Result<(), DbError> {
        match &mut self.engine {
            TxOf::Sqlite(tx) => tx.at_commit().once(sql, params, number),
            TxOf::Postgres(tx) => {
                let params = [params, &[Param::Int(number)]].concat();
                tx.execute(sql, &params).await?;
            }
        }
        Ok(())
    }

    /// Commits the transaction.
    ///
    /// # Errors
    /// When the commit fails; nothing is written then.
    pub async fn commit(self) -> Result<(), DbError> {
        let Self { engine, enqueued, has_enqueued, _held } = self;
        match engine {
            TxOf::Sqlite(tx) => tx.commit().await?,
            TxOf::Postgres(tx) => tx.commit().await?,
        }
        if has_enqueued {
            enqueued.send_replace(());
        }
        Ok(())
    }

    /// Notes that a job was enqueued, so that the commit wakes the [queue](super::Db::enqueued).
    pub(crate) const fn enqueues(&mut self) {
        self.has_enqueued = true;
    }

    /// Whether the database is PostgreSQL.
    pub(crate) const fn is_postgres(&self) -> bool {
        matches!(self.engine, TxOf::Postgres(_))
    }

    /// Runs a script of several statements without parameters (migrations).
    pub(super) async fn script(&mut self, sql: &str) -> Result<(), DbError> {
        match &mut self.engine {
            TxOf::Sqlite(tx) => tx.script(sql),
            TxOf::Postgres(tx) => tx.script(sql).await,
        }
    }
}
