//! One portal's part of the database. Resource code gets a [`Store`] and no [`Db`], so it cannot
//! ask for another portal's rows: the portal's id is `?1` of every statement, put there by the
//! store.

use jiff::Timestamp;

use super::{Db, DbError, FromRow, Param, ToParam, Tx, params};
use crate::audit::Event;
use crate::error::Error;
use crate::ids::PortalId;

/// A statement about one portal's rows, whose place `?1` is the portal's id.
#[derive(Debug, Clone, Copy)]
pub struct TenantSql(&'static str);

impl TenantSql {
    /// Takes a statement that names `portal_id` and `?1`; any other does not compile when the
    /// statement is a constant, as all of ours are.
    ///
    /// # Panics
    /// When the statement lacks `portal_id` or `?1`.
    pub const fn new(sql: &'static str) -> Self {
        assert!(
            contains(sql, "portal_id") && contains(sql, "?1"),
            "a tenant's statement must bind portal_id to ?1"
        );
        Self(sql)
    }
}

const fn contains(text: &str, part: &str) -> bool {
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

/// The rows of one portal.
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

    /// The first row of the answer, if any; `params` start at `?2`.
    ///
    /// # Errors
    /// As [`Db::row`].
    pub async fn row<T: FromRow>(
        &self,
        sql: TenantSql,
        params: &[Param<'_>],
    ) -> Result<Option<T>, DbError> {
        self.db.row(sql.0, &with_tenant(&self.portal, params)).await
    }

    /// All rows of the answer; `params` start at `?2`.
    ///
    /// # Errors
    /// As [`Db::row`].
    pub async fn rows<T: FromRow>(
        &self,
        sql: TenantSql,
        params: &[Param<'_>],
    ) -> Result<Vec<T>, DbError> {
        self.db.rows(sql.0, &with_tenant(&self.portal, params)).await
    }

    /// Begins a transaction on this portal's rows.
    ///
    /// # Errors
    /// As [`Db::begin`].
    pub async fn begin(&self) -> Result<StoreTx, DbError> {
        Ok(StoreTx { tx: self.db.begin().await?, portal: self.portal.clone() })
    }

    /// Begins a transaction that waits until every other one of this kind and portal is over: for
    /// changes that reach rows of several tables in an order that the database chooses, two of
    /// which could wait for each other.
    ///
    /// # Errors
    /// As [`Db::begin`].
    pub async fn begin_alone(&self) -> Result<StoreTx, DbError> {
        let mut begun = self.begin().await?;
        begun
            .tx
            .execute("UPDATE portals SET name = name WHERE id = ?1", params![self.portal])
            .await?;
        Ok(begun)
    }

    /// Runs one writing statement; `params` start at `?2`. Returns the number of rows it touched.
    ///
    /// # Errors
    /// As [`Db::row`].
    pub async fn execute(&self, sql: TenantSql, params: &[Param<'_>]) -> Result<u64, DbError> {
        self.db.execute(sql.0, &with_tenant(&self.portal, params)).await
    }
}

/// A transaction on the rows of one portal.
pub struct StoreTx {
    tx: Tx,
    portal: PortalId,
}

impl StoreTx {
    /// Goes on with a transaction that made this portal.
    pub const fn within(tx: Tx, portal: PortalId) -> Self {
        Self { tx, portal }
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
        self.tx.row(sql.0, &with_tenant(&self.portal, params)).await
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
        self.tx.rows(sql.0, &with_tenant(&self.portal, params)).await
    }

    /// As [`Store::execute`].
    ///
    /// # Errors
    /// As [`Db::row`].
    pub async fn execute(&mut self, sql: TenantSql, params: &[Param<'_>]) -> Result<u64, DbError> {
        self.tx.execute(sql.0, &with_tenant(&self.portal, params)).await
    }

    /// Writes an event into this portal's audit log.
    ///
    /// # Errors
    /// As [`Event::record`].
    pub async fn record(&mut self, event: Event<'_>, now: Timestamp) -> Result<(), Error> {
        Event { portal: Some(&self.portal), ..event }.record(&mut self.tx, now).await
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
