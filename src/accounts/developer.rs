//! Developers: the organisations that own apps.

use jiff::Timestamp;

use super::{Recipient, Role};
use crate::db::{Db, DbError, FromRow, Queryable, Row, Single, Tx, from_row, params};
use crate::error::{Error, Result};
use crate::ids::{AccountId, DeveloperId};
use crate::values::Name;

/// A third-party developer.
#[derive(Debug, Clone)]
pub struct Developer {
    /// Its id.
    pub id: DeveloperId,
    /// The organisation's or person's name, as portal owners see it.
    pub name: String,
    /// Whether its people must have a second factor.
    pub requires_second_factor: bool,
}

from_row!(Developer { id, name, requires_second_factor });

/// A developer that a person belongs to, with the person's role.
#[derive(Debug, Clone)]
pub struct OwnDeveloper {
    /// The developer.
    pub developer: Developer,
    /// The person's role in it.
    pub role: Role,
}

impl FromRow for OwnDeveloper {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self { developer: Developer::from_row(row)?, role: row.read("role")? })
    }
}

impl OwnDeveloper {
    /// The developers that a person belongs to, without those that are disabled or deleted; the
    /// one they joined first comes first.
    pub async fn list(db: impl Queryable, account: &AccountId) -> Result<Vec<Self>> {
        Ok(db
            .rows(
                "SELECT d.id, d.name, d.requires_second_factor, m.role FROM developers d JOIN developer_members m ON m.developer_id = d.id
             WHERE m.account_id = ?1 AND d.disabled_at IS NULL AND d.deleted_at IS NULL ORDER BY m.created_at, d.id",
                params![account],
            )
            .await?)
    }

    /// Whether the operator disabled a developer that the person belongs to.
    pub async fn any_disabled(db: &Db, account: &AccountId) -> Result<bool> {
        let count: Option<Single<i64>> = db
            .row(
                "SELECT COUNT(*) AS value FROM developers d JOIN developer_members m ON m.developer_id = d.id
                 WHERE m.account_id = ?1 AND d.disabled_at IS NOT NULL AND d.deleted_at IS NULL",
                params![account],
            )
            .await?;
        Ok(count.is_some_and(|Single(count)| count > 0))
    }
}

/// Adds a developer with its first member within a transaction.
pub async fn create_developer(
    tx: &mut Tx,
    name: &Name,
    member: &AccountId,
    now: Timestamp,
) -> Result<DeveloperId> {
    let id = DeveloperId::random();
    tx.execute(
        "INSERT INTO developers (id, name, created_at) VALUES (?1, ?2, ?3)",
        params![id, name, now],
    )
    .await?;
    tx.execute("INSERT INTO developer_members (developer_id, account_id, role, created_at) VALUES (?1, ?2, 'owner', ?3)", params![id, member, now])
        .await?;
    Ok(id)
}

/// The developer that a person joined first, if any.
pub async fn developer_of(db: &Db, account: &AccountId) -> Result<Option<Developer>> {
    Ok(OwnDeveloper::list(db, account).await?.into_iter().next().map(|own| own.developer))
}

/// The members of a developer who can manage its apps.
pub async fn developer_managers(tx: &mut Tx, developer: &DeveloperId) -> Result<Vec<Recipient>> {
    Ok(tx
        .rows(
            "SELECT a.name, a.email FROM accounts a JOIN developer_members m ON m.account_id = a.id
             WHERE m.developer_id = ?1 AND m.role IN ('owner', 'admin') AND a.disabled_at IS NULL AND a.deleted_at IS NULL ORDER BY a.email",
            params![developer],
        )
        .await?)
}

/// One developer.
///
/// # Errors
/// [`Error::NotFound`] when there is none with that id, or it is deleted.
pub async fn find_developer(db: &Db, id: &DeveloperId) -> Result<Developer> {
    let sql = "SELECT id, name, requires_second_factor FROM developers WHERE id = ?1 AND deleted_at IS NULL";
    db.row(sql, params![id]).await?.ok_or(Error::NotFound)
}
