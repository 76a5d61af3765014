//! Statements that run at the commit, once for all transactions that share it. An index for searches has
//! one new segment for each time it is written, and the fewer segments, the less there is to merge.

use rusqlite::Connection;

use super::execute;
use crate::db::{DbError, Param};

type Statement = (&'static str, Vec<Param<'static>>);

/// What transactions leave for their commit.
#[derive(Default)]
pub struct AtCommit {
    statements: Vec<Statement>,
    /// Those that run once, with the sum of these numbers as the last parameter.
    once: Vec<(Statement, i64)>,
}

impl AtCommit {
    /// Adds a statement.
    pub fn statement(&mut self, sql: &'static str, params: &[Param<'_>]) {
        self.statements.push((sql, params.iter().map(Param::to_owned).collect()));
    }

    /// Adds a number to that of a statement that runs once with these parameters, after all others.
    pub fn once(&mut self, sql: &'static str, params: &[Param<'_>], number: i64) {
        let mut known = self.once.iter_mut();
        match known.find(|((known, with), _)| *known == sql && with.as_slice() == params) {
            Some((_, sum)) => *sum += number,
            None => self.once.push(((sql, params.iter().map(Param::to_owned).collect()), number)),
        }
    }

    /// Adds what a transaction left.
    pub(super) fn append(&mut self, left: Self) {
        self.statements.extend(left.statements);
        for ((sql, params), number) in left.once {
            self.once(sql, &params, number);
        }
    }

    pub(super) fn run(&self, connection: &Connection) -> Result<(), DbError> {
        for (sql, params) in &self.statements {
            execute(connection, sql, params)?;
        }
        for ((sql, params), number) in &self.once {
            let params = [params.as_slice(), &[Param::Int(*number)]].concat();
            execute(connection, sql, &params)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::Sqlite;
    use crate::db::DbError;
    use crate::db::params;
    use crate::db::value::Single;
    use crate::db::waiting::at_most;

    const LIMIT: Duration = Duration::from_secs(60);
    const ADD: &str = "INSERT INTO things VALUES (?1)";
    /// Adds what was left for the commit, after all else.
    const SUM: &str = "INSERT INTO things SELECT ?1 * 1000 + ?2 * 10 + count(*) FROM things";

    async fn values(db: &Sqlite) -> Vec<i64> {
        let sql = "SELECT value FROM things ORDER BY rowid";
        let rows: Vec<Single<i64>> = db.rows(sql, params![]).await.unwrap();
        rows.into_iter().map(|Single(value)| value).collect()
    }

    async fn things() -> (tempfile::TempDir, Sqlite) {
        let dir = tempfile::tempdir().unwrap();
        let db = Sqlite::open(&dir.path().join("things.db"), LIMIT).unwrap();
        let mut tx = db.begin().await.unwrap();
        tx.script("CREATE TABLE things (value BIGINT NOT NULL UNIQUE)").unwrap();
        tx.commit().await.unwrap();
        (dir, db)
    }

    /// A request that leaves a value for its commit; it fails after that, or not.
    async fn leave(db: &Sqlite, value: i64, fails: bool) -> Result<(), DbError> {
        let mut tx = db.begin().await?;
        tx.at_commit().statement(ADD, params![value]);
        tx.at_commit().once(SUM, params![5_i64], value);
        let found: Option<Single<i64>> = tx.row("SELECT value FROM things", params![])?;
        assert!(found.is_none(), "it waits for the commit");
        if fails { Err(DbError::Duplicate) } else { tx.commit().await }
    }

    /// On one thread, the commit comes when all wait for it.
    #[tokio::test]
    async fn a_commit_runs_what_its_transactions_left_in_order_and_once() {
        let (_dir, db) = things().await;
        let left = [(7, false), (8, true), (3, false)]
            .map(|(value, fails)| at_most(LIMIT, leave(&db, value, fails)));
        let done = futures_util::future::join_all(left).await;
        let is_done: Vec<bool> = done.into_iter().map(|done| done.unwrap().is_ok()).collect();
        assert_eq!(is_done, [true, false, true]);
        assert_eq!(values(&db).await, [7, 3, 5102]);
    }

    #[tokio::test]
    async fn what_fails_at_the_commit_fails_all_of_its_transactions() {
        let (_dir, db) = things().await;
        let left = [7, 7].map(|value| at_most(LIMIT, leave(&db, value, false)));
        for done in futures_util::future::join_all(left).await {
            assert!(done.unwrap().is_err());
        }
        assert!(values(&db).await.is_empty());
        at_most(LIMIT, leave(&db, 1, false)).await.unwrap().unwrap();
        assert_eq!(values(&db).await, [1, 5011]);
    }
}
