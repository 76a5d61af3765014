//! The statements about customer groups.

use jiff::Timestamp;

use super::{CustomerGroup, CustomerGroupCreate, CustomerGroupPatch};
use crate::db::{Single, Store, StoreTx, TenantSql, params};
use crate::error::{Error, Result};
use crate::http::ListRequest;
use crate::ids::{CustomerGroupId, CustomerId};
use crate::resources::customers::{self, Customer};

/// The columns of a group, with its size.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT g.id, g.name, g.created_at,
                    (SELECT count(*) FROM customer_group_members m WHERE m.portal_id = g.portal_id AND m.group_id = g.id) AS size
             FROM customer_groups g ",
            $rest
        )
    };
}

const FIND: TenantSql = TenantSql::new(select!("WHERE g.portal_id = ?1 AND g.id = ?2"));
const LIST: TenantSql = TenantSql::new(select!(
    r"WHERE g.portal_id = ?1 AND g.search LIKE ?2 ESCAPE '\' ORDER BY g.created_at DESC, g.id DESC LIMIT ?3 OFFSET ?4"
));
const ALL: TenantSql = TenantSql::new(select!("WHERE g.portal_id = ?1 ORDER BY g.search, g.id"));
const COUNT: TenantSql =
    TenantSql::new("SELECT count(*) AS value FROM customer_groups WHERE portal_id = ?1");
const INSERT: TenantSql = TenantSql::new(
    "INSERT INTO customer_groups (portal_id, id, name, search, created_at) VALUES (?1, ?2, ?3, ?4, ?5)",
);
const RENAME: TenantSql = TenantSql::new(
    "UPDATE customer_groups SET name = ?3, search = ?4 WHERE portal_id = ?1 AND id = ?2",
);
const DELETE: TenantSql =
    TenantSql::new("DELETE FROM customer_groups WHERE portal_id = ?1 AND id = ?2");
const ADD_MEMBER: TenantSql = TenantSql::new(
    "INSERT INTO customer_group_members (portal_id, customer_id, group_id)
     SELECT c.portal_id, c.id, ?3 FROM customers c WHERE c.portal_id = ?1 AND c.id = ?2
     ON CONFLICT DO NOTHING",
);
const REMOVE_MEMBER: TenantSql = TenantSql::new(
    "DELETE FROM customer_group_members WHERE portal_id = ?1 AND customer_id = ?2 AND group_id = ?3",
);
const REMOVE_MEMBERSHIPS: TenantSql =
    TenantSql::new("DELETE FROM customer_group_members WHERE portal_id = ?1 AND customer_id = ?2");

/// One group.
///
/// # Errors
/// [`Error::NotFound`] when the portal has none of that id.
pub async fn find(store: &Store, id: &CustomerGroupId) -> Result<CustomerGroup> {
    store.row(FIND, params![id]).await?.ok_or(Error::NotFound)
}

/// A page of the portal's groups, the newest first.
pub async fn list(store: &Store, request: &ListRequest) -> Result<Vec<CustomerGroup>> {
    Ok(store.rows(LIST, params![request.like(), request.limit(), request.offset()]).await?)
}

/// All groups by name, to choose from in a form.
pub async fn all(store: &Store) -> Result<Vec<CustomerGroup>> {
    Ok(store.rows(ALL, params![]).await?)
}

/// How many groups the portal has.
pub async fn count(store: &Store) -> Result<i64> {
    Ok(store.row(COUNT, params![]).await?.map_or(0, |Single(count)| count))
}

/// Adds a group with those of the customers that exist.
pub async fn create(
    store: &Store,
    new: CustomerGroupCreate,
    now: Timestamp,
) -> Result<CustomerGroup> {
    let mut tx = store.begin_alone().await?;
    let id = insert(&mut tx, &new.name, now).await?;
    let mut size = 0;
    for customer in &new.customers {
        size += add_member(&mut tx, &id, customer).await?;
    }
    tx.commit().await?;
    Ok(CustomerGroup { id, name: new.name, created_at: now, size: size as i64 })
}

/// Adds an empty group within a transaction.
pub async fn insert(tx: &mut StoreTx, name: &str, now: Timestamp) -> Result<CustomerGroupId> {
    let id = CustomerGroupId::random();
    tx.execute(INSERT, params![id, name, name.to_lowercase(), now]).await?;
    Ok(id)
}

/// Puts a customer into a group within a transaction; returns 1, or 0 when it does not exist or is
/// in already.
pub async fn add_member(
    tx: &mut StoreTx,
    group: &CustomerGroupId,
    customer: &CustomerId,
) -> Result<u64> {
    Ok(tx.execute(ADD_MEMBER, params![customer, group]).await?)
}

/// Renames a group.
///
/// # Errors
/// [`Error::NotFound`] when the portal has none of that id.
pub async fn rename(
    store: &Store,
    id: &CustomerGroupId,
    patch: CustomerGroupPatch,
) -> Result<CustomerGroup> {
    store.execute(RENAME, params![id, patch.name, patch.name.to_lowercase()]).await?;
    find(store, id).await
}

/// Deletes a group; its customers stay.
///
/// # Errors
/// [`Error::NotFound`] when the portal has none of that id.
pub async fn delete(store: &Store, id: &CustomerGroupId) -> Result<()> {
    let mut tx = store.begin_alone().await?;
    match tx.execute(DELETE, params![id]).await? {
        0 => Err(Error::NotFound),
        _ => Ok(tx.commit().await?),
    }
}

/// Puts those of the customers that exist into a group, and returns them.
///
/// # Errors
/// [`Error::NotFound`] when the portal has no such group.
pub async fn add_members(
    store: &Store,
    group: &CustomerGroupId,
    members: &[CustomerId],
) -> Result<Vec<Customer>> {
    let mut tx = store.begin_alone().await?;
    tx.row::<CustomerGroup>(FIND, params![group]).await?.ok_or(Error::NotFound)?;
    let mut added = Vec::new();
    for id in members {
        add_member(&mut tx, group, id).await?;
        added.extend(customers::queries::find_in(&mut tx, id).await?);
    }
    tx.commit().await?;
    Ok(added)
}

/// Takes a customer out of a group.
///
/// # Errors
/// [`Error::NotFound`] when it is not in a group of that id.
pub async fn remove_member(
    store: &Store,
    group: &CustomerGroupId,
    customer: &CustomerId,
) -> Result<()> {
    let mut tx = store.begin_alone().await?;
    match tx.execute(REMOVE_MEMBER, params![customer, group]).await? {
        0 => Err(Error::NotFound),
        _ => Ok(tx.commit().await?),
    }
}

/// Makes these the only groups that a customer is in; those that do not exist are passed over.
pub async fn set_groups(
    store: &Store,
    customer: &CustomerId,
    groups: &[CustomerGroupId],
) -> Result<()> {
    let mut tx = store.begin_alone().await?;
    tx.execute(REMOVE_MEMBERSHIPS, params![customer]).await?;
    for group in groups {
        if tx.row::<CustomerGroup>(FIND, params![group]).await?.is_some() {
            add_member(&mut tx, group, customer).await?;
        }
    }
    tx.commit().await?;
    Ok(())
}
