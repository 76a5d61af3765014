//! A transaction on a pooled connection.

use std::time::Duration;

use deadpool_postgres::Object;

use super::{ANSWER, BESIDE_REQUESTS, DbError, FromRow, Param, all_rows, dyn_params, first_row};
use super::{translate, wait};
use crate::db::waiting::Ending;

/// How long the server can take to roll back before its connection is dropped.
const ROLLBACK: Duration = Duration::from_secs(5);

pub struct PostgresTx {
    /// Empty once the transaction has ended.
    connection: Option<Object>,
}

impl PostgresTx {
    pub(super) async fn begin(connection: Object) -> Result<Self, DbError> {
        let tx = Self { connection: Some(connection) };
        wait(ANSWER, BESIDE_REQUESTS, tx.connection()?.batch_execute("BEGIN")).await?;
        Ok(tx)
    }

    fn connection(&self) -> Result<&Object, DbError> {
        self.connection
            .as_ref()
            .ok_or_else(|| DbError::Connection("the transaction has ended".into()))
    }

    pub(in crate::db) async fn row<T: FromRow>(
        &mut self,
        sql: &'static str,
        params: &[Param<'_>],
    ) -> Result<Option<T>, DbError> {
        let connection = self.connection()?;
        wait(ANSWER, BESIDE_REQUESTS, async {
            let statement = connection.prepare_cached(translate(sql)).await?;
            first_row(connection, &statement, params).await
        })
        .await
    }

    pub(in crate::db) async fn rows<T: FromRow>(
        &mut self,
        sql: &'static str,
        params: &[Param<'_>],
    ) -> Result<Vec<T>, DbError> {
        let connection = self.connection()?;
        wait(ANSWER, BESIDE_REQUESTS, async {
            let statement = connection.prepare_cached(translate(sql)).await?;
            all_rows(connection, &statement, params).await
        })
        .await
    }

    pub(in crate::db) async fn execute(
        &mut self,
        sql: &'static str,
        params: &[Param<'_>],
    ) -> Result<u64, DbError> {
        let connection = self.connection()?;
        wait(ANSWER, BESIDE_REQUESTS, async {
            let statement = connection.prepare_cached(translate(sql)).await?;
            connection.execute_raw(&statement, dyn_params(params)).await
        })
        .await
    }

    /// Runs a script, without a time limit.
    pub(in crate::db) async fn script(&mut self, sql: &str) -> Result<(), DbError> {
        // Removes SQLite-only keywords about row storage.
        let sql = sql.replace(" WITHOUT ROWID", "");
        Ok(self.connection()?.batch_execute(&sql).await?)
    }

    pub(in crate::db) async fn commit(mut self) -> Result<(), DbError> {
        wait(ANSWER, BESIDE_REQUESTS, self.connection()?.batch_execute("COMMIT")).await?;
        self.connection = None;
        Ok(())
    }
}

impl Drop for PostgresTx {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            // The connection returns to the pool only after it has been reset.
            let reset = async move {
                let undone = tokio::time::timeout(ROLLBACK, connection.batch_execute("ROLLBACK"));
                if !matches!(undone.await, Ok(Ok(()))) {
                    drop(Object::take(connection));
                }
            };
            tokio::spawn(Ending::owed().by(reset));
        }
    }
}
