//! Queries on the database or on a transaction. A query that is needed both within transactions and
//! outside takes either.

use super::{Db, DbError, FromRow, Param, Tx, WritingDb};

/// The database or a transaction.
pub trait Queryable: Send {
    /// As [`Db::row`].
    fn row<T: FromRow + Send>(
        self,
        sql: &'static str,
        params: &[Param<'_>],
    ) -> impl Future<Output = Result<Option<T>, DbError>> + Send;

    /// As [`Db::rows`].
    fn rows<T: FromRow + Send>(
        self,
        sql: &'static str,
        params: &[Param<'_>],
    ) -> impl Future<Output = Result<Vec<T>, DbError>> + Send;
}

impl Queryable for &Db {
    async fn row<T: FromRow + Send>(
        self,
        sql: &'static str,
        params: &[Param<'_>],
    ) -> Result<Option<T>, DbError> {
        Db::row(self, sql, params).await
    }

    async fn rows<T: FromRow + Send>(
        self,
        sql: &'static str,
        params: &[Param<'_>],
    ) -> Result<Vec<T>, DbError> {
        Db::rows(self, sql, params).await
    }
}

impl Queryable for &WritingDb {
    async fn row<T: FromRow + Send>(
        self,
        sql: &'static str,
        params: &[Param<'_>],
    ) -> Result<Option<T>, DbError> {
        Db::row(self, sql, params).await
    }

    async fn rows<T: FromRow + Send>(
        self,
        sql: &'static str,
        params: &[Param<'_>],
    ) -> Result<Vec<T>, DbError> {
        Db::rows(self, sql, params).await
    }
}

impl Queryable for &mut Tx {
    async fn row<T: FromRow + Send>(
        self,
        sql: &'static str,
        params: &[Param<'_>],
    ) -> Result<Option<T>, DbError> {
        Tx::row(self, sql, params).await
    }

    async fn rows<T: FromRow + Send>(
        self,
        sql: &'static str,
        params: &[Param<'_>],
    ) -> Result<Vec<T>, DbError> {
        Tx::rows(self, sql, params).await
    }
}
