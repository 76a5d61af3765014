//! One portal's part of the database. Resource code gets a [`Store`] instead of a [`Db`], so it
//! can't read another portal's rows: the store sets the portal's id as `?1` of every statement.

use jiff::Timestamp;

use crate::audit::Event;
use crate::db::{Db, DbError, FromRow, Param, ToParam, Tx, WritingDb, contains, params};
use crate::error::Error;
use crate::ids::{FileId, PortalId};
use crate::jobs::{self, Job, JobId};
use crate::objects::{self, Object, ObjectKey, Objects, Scan, Stored};

/// A statement, in each engine's dialect.
#[derive(Debug, Clone, Copy)]
pub struct Sql {
    sqlite: &'static str,
    postgres: &'static str,
}

impl Sql {
    /// One text for both engines.
    pub const fn new(sql: &'static str) -> Self {
        Self::per_engine(sql, sql)
    }

    /// One text per engine, where their dialects differ.
    pub const fn per_engine(sqlite: &'static str, postgres: &'static str) -> Self {
        Self { sqlite, postgres }
    }

    /// The text for a database.
    pub const fn on(self, db: &Db) -> &'static str {
        match db {
            Db::Sqlite(_) => self.sqlite,
            Db::Postgres(_) => self.postgres,
        }
    }

    const fn within(self, tx: &Tx) -> &'static str {
        if tx.is_postgres() { self.postgres } else { self.sqlite }
    }
}

/// A statement about one portal's rows, whose parameter `?1` is the portal's id.
#[derive(Debug, Clone, Copy)]
pub struct TenantSql(Sql);

impl TenantSql {
    /// Takes a statement that contains `portal_id` and `?1`. Without them, a constant statement, as
    /// all of ours are, doesn't compile.
    ///
    /// # Panics
    /// When the statement lacks `portal_id` or `?1`.
    pub const fn new(sql: &'static str) -> Self {
        Self::per_engine(sql, sql)
    }

    /// The same, in each engine's dialect.
    ///
    /// # Panics
    /// As [`TenantSql::new`].
    pub const fn per_engine(sqlite: &'static str, postgres: &'static str) -> Self {
        assert!(
            binds_the_portal(sqlite) && binds_the_portal(postgres),
            "a tenant's statement must bind portal_id to ?1"
        );
        Self(Sql::per_engine(sqlite, postgres))
    }

    /// A statement that is built once and lives as long as the program.
    ///
    /// # Panics
    /// As [`TenantSql::new`].
    pub fn built(sql: String) -> Self {
        Self::new(sql.leak())
    }

    /// A statement with a condition on a column: that it is one of the ids in the JSON array `?2`. `before`
    /// ends with the column.
    ///
    /// # Panics
    /// As [`TenantSql::new`].
    pub fn among(before: &str, after: &str) -> Self {
        let sqlite = "SELECT value FROM json_each(?2)";
        let postgres = "SELECT jsonb_array_elements_text(CAST(?2 AS TEXT)::jsonb)";
        let [sqlite, postgres] =
            [sqlite, postgres].map(|ids| &*format!("{before} IN ({ids}) {after}").leak());
        Self::per_engine(sqlite, postgres)
    }

    /// Inserts a row with these columns, whose values start at `?2`.
    pub fn insert(table: &str, columns: &[&str]) -> Self {
        let places: String = (2..).take(columns.len()).map(|place| format!(", ?{place}")).collect();
        let columns = columns.join(", ");
        Self::built(format!("INSERT INTO {table} (portal_id, {columns}) VALUES (?1{places})"))
    }

    /// Changes these columns of the row with the id `?2`; their values start at `?3`.
    pub fn update(table: &str, columns: &[&str]) -> Self {
        let assignments: Vec<String> =
            columns.iter().zip(3..).map(|(column, place)| format!("{column} = ?{place}")).collect();
        let assignments = assignments.join(", ");
        Self::built(format!("UPDATE {table} SET {assignments} WHERE portal_id = ?1 AND id = ?2"))
    }
}

#[cfg(test)]
impl TenantSql {
    /// The text for SQLite, to look at its plan.
    pub const fn on_sqlite(self) -> &'static str {
        self.0.sqlite
    }
}

const fn binds_the_portal(sql: &str) -> bool {
    contains(sql, "portal_id") && contains(sql, "?1")
}

/// Read access to the rows of one portal.
#[derive(Clone)]
pub struct Store {
    db: Db,
    portal: PortalId,
}

impl Store {
    /// Opens the part of the database that belongs to `portal`.
    pub const fn open(db: Db, portal: PortalId) -> Self {
        Self { db, portal }
    }

    /// The portal whose rows these are.
    pub const fn portal(&self) -> &PortalId {
        &self.portal
    }

    /// The first row of the result, if any; `params` start at `?2`.
    ///
    /// # Errors
    /// As [`Db::row`].
    pub async fn row<T: FromRow>(
        &self,
        sql: TenantSql,
        params: &[Param<'_>],
    ) -> Result<Option<T>, DbError> {
        self.db.row(sql.0.on(&self.db), &with_tenant(&self.portal, params)).await
    }

    /// All rows of the result; `params` start at `?2`.
    ///
    /// # Errors
    /// As [`Db::row`].
    pub async fn rows<T: FromRow>(
        &self,
        sql: TenantSql,
        params: &[Param<'_>],
    ) -> Result<Vec<T>, DbError> {
        self.db.rows(sql.0.on(&self.db), &with_tenant(&self.portal, params)).await
    }

    /// Like [`Store::rows`], for slow queries; see [`Db::long_rows`].
    ///
    /// # Errors
    /// As [`Db::long_rows`].
    pub async fn long_rows<T: FromRow + Send + 'static>(
        &self,
        sql: TenantSql,
        params: &[Param<'_>],
    ) -> Result<Vec<T>, DbError> {
        let params = with_tenant(&self.portal, params);
        self.db.long_rows(self.portal.as_str(), sql.0.on(&self.db), &params).await
    }

    /// A content of the portal, as [`Objects::open`].
    ///
    /// # Errors
    /// As [`Objects::open`].
    pub async fn open_content(
        &self,
        objects: &Objects,
        file: &FileId,
    ) -> Result<Option<Object>, Error> {
        objects.open(&self.db, &ObjectKey::of(&self.portal, file)).await
    }

    /// Checks that people may get a content of the portal.
    ///
    /// # Errors
    /// [`Error::Held`] when it is being scanned for viruses, or blocked.
    pub async fn expect_released(&self, file: &FileId) -> Result<(), Error> {
        objects::expect_released(&self.db, &ObjectKey::of(&self.portal, file)).await
    }

    /// The virus scan of a content of the portal, unless it was stored without a scanner.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn scan_of(&self, file: &FileId) -> Result<Option<Scan>, DbError> {
        objects::find_scan(&self.db, &ObjectKey::of(&self.portal, file)).await
    }

    /// Whether the database is PostgreSQL; see [`crate::lists`].
    pub const fn is_postgres(&self) -> bool {
        matches!(self.db, Db::Postgres(_))
    }
}

/// Read and write access to the rows of one portal.
#[derive(Clone)]
pub struct WritingStore {
    db: WritingDb,
    store: Store,
}

impl std::ops::Deref for WritingStore {
    type Target = Store;

    fn deref(&self) -> &Store {
        &self.store
    }
}

impl WritingStore {
    /// Opens the part of the database that belongs to `portal`.
    pub fn open(db: WritingDb, portal: PortalId) -> Self {
        let store = Store::open(db.reading(), portal);
        Self { db, store }
    }

    /// The read-only handle.
    pub fn reading(&self) -> Store {
        self.store.clone()
    }

    /// Begins a transaction on this portal's rows.
    ///
    /// # Errors
    /// As [`WritingDb::begin`].
    pub async fn begin(&self) -> Result<StoreTx, DbError> {
        Ok(StoreTx::within(self.db.begin().await?, self.portal().clone()))
    }
}

/// A transaction on the rows of one portal.
pub struct StoreTx {
    tx: Tx,
    portal: PortalId,
}

impl StoreTx {
    /// Continues a transaction that can write this portal's rows.
    pub const fn within(tx: Tx, portal: PortalId) -> Self {
        Self { tx, portal }
    }

    /// The portal whose rows these are.
    pub const fn portal(&self) -> &PortalId {
        &self.portal
    }

    /// Whether the database is PostgreSQL, where work that only SQLite needs is left out.
    pub const fn is_postgres(&self) -> bool {
        self.tx.is_postgres()
    }

    /// As [`Store::row`].
    ///
    /// # Errors
    /// As [`Db::row`].
    pub async fn row<T: FromRow>(
        &mut self,
        sql: TenantSql,
        params: &[Param<'_>],
    ) -> Result<Option<T>, DbError> {
        self.tx.row(sql.0.within(&self.tx), &with_tenant(&self.portal, params)).await
    }

    /// As [`Store::rows`].
    ///
    /// # Errors
    /// As [`Db::row`].
    pub async fn rows<T: FromRow>(
        &mut self,
        sql: TenantSql,
        params: &[Param<'_>],
    ) -> Result<Vec<T>, DbError> {
        self.tx.rows(sql.0.within(&self.tx), &with_tenant(&self.portal, params)).await
    }

    /// Locks the portal, after any other transaction that has: for changes to several tables in an
    /// order that the database chooses, two of which could deadlock.
    ///
    /// # Errors
    /// As [`Db::row`].
    pub async fn hold_portal(&mut self) -> Result<(), DbError> {
        let hold = "UPDATE portals SET name = name WHERE id = ?1";
        self.tx.execute(hold, params![self.portal]).await?;
        Ok(())
    }

    /// Runs one write statement; `params` start at `?2`. Returns the number of affected rows.
    ///
    /// # Errors
    /// As [`Db::row`].
    pub async fn execute(&mut self, sql: TenantSql, params: &[Param<'_>]) -> Result<u64, DbError> {
        self.tx.execute(sql.0.within(&self.tx), &with_tenant(&self.portal, params)).await
    }

    /// As [`Tx::execute_at_commit`].
    ///
    /// # Errors
    /// As [`Db::row`].
    pub async fn execute_at_commit(
        &mut self,
        sql: TenantSql,
        params: &[Param<'_>],
    ) -> Result<(), DbError> {
        let sql = sql.0.within(&self.tx);
        self.tx.execute_at_commit(sql, &with_tenant(&self.portal, params)).await
    }

    /// As [`Tx::execute_once_at_commit`], with the number as `?2`.
    ///
    /// # Errors
    /// As [`Db::row`].
    pub async fn execute_once_at_commit(
        &mut self,
        sql: TenantSql,
        number: i64,
    ) -> Result<(), DbError> {
        let sql = sql.0.within(&self.tx);
        self.tx.execute_once_at_commit(sql, &with_tenant(&self.portal, &[]), number).await
    }

    /// Records an event in this portal's audit log.
    ///
    /// # Errors
    /// As [`Event::record`].
    pub async fn record(&mut self, event: Event<'_>, now: Timestamp) -> Result<(), Error> {
        Event { portal: Some(&self.portal), ..event }.record(&mut self.tx, now).await
    }

    /// Enqueues a job, to run as soon as the transaction is committed. It is this portal's, and
    /// deleted with it.
    ///
    /// # Errors
    /// As [`Job::enqueue`].
    pub async fn enqueue<J: Job>(&mut self, job: &J, now: Timestamp) -> Result<JobId, DbError> {
        jobs::insert(job, &mut self.tx, Some(&self.portal), now, None).await
    }

    /// The same, to run at a time.
    ///
    /// # Errors
    /// As [`Job::enqueue`].
    pub async fn enqueue_for<J: Job>(
        &mut self,
        job: &J,
        now: Timestamp,
        run_at: Timestamp,
    ) -> Result<JobId, DbError> {
        jobs::insert(job, &mut self.tx, Some(&self.portal), now, Some(run_at)).await
    }

    /// As [`Store::expect_released`].
    ///
    /// # Errors
    /// As [`Store::expect_released`].
    pub async fn expect_released(&mut self, file: &FileId) -> Result<(), Error> {
        objects::expect_released(&mut self.tx, &ObjectKey::of(&self.portal, file)).await
    }

    /// As [`Stored::keep`].
    ///
    /// # Errors
    /// As [`Stored::keep`].
    pub async fn keep(&mut self, content: Stored, now: Timestamp) -> Result<(), DbError> {
        content.keep(&mut self.tx, now).await
    }

    /// As [`Tx::commit`].
    ///
    /// # Errors
    /// As [`Tx::commit`].
    pub async fn commit(self) -> Result<(), DbError> {
        self.tx.commit().await
    }
}

fn with_tenant<'a>(portal: &'a PortalId, params: &[Param<'a>]) -> Vec<Param<'a>> {
    let mut all = Vec::with_capacity(params.len() + 1);
    all.push(portal.to_param());
    all.extend_from_slice(params);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_are_built_from_columns() {
        assert_eq!(
            TenantSql::insert("offers", &["id", "title"]).0.sqlite,
            "INSERT INTO offers (portal_id, id, title) VALUES (?1, ?2, ?3)"
        );
        assert_eq!(
            TenantSql::update("offers", &["title", "amount"]).0.sqlite,
            "UPDATE offers SET title = ?3, amount = ?4 WHERE portal_id = ?1 AND id = ?2"
        );
    }

    #[test]
    #[should_panic(expected = "must bind portal_id")]
    fn a_built_statement_binds_the_portal_too() {
        TenantSql::built("DELETE FROM offers WHERE id = ?2".to_owned());
    }
}
