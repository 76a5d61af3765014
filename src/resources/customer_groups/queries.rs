//! Statements about customer groups.

use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{CustomerGroup, CustomerGroupCreate, CustomerGroupPatch};
use crate::audit::Action;
use crate::changes::Change;
use crate::db::{Single, params};
use crate::error::{Error, Message, Result};
use crate::http::Expected;
use crate::ids::{CustomerGroupId, CustomerId, DeletionId};
use crate::lists::{
    Dependents, Part, Positioned, SortKeys, Statements, dependents, sort_key, sort_keys,
};
use crate::quotas::{CUSTOMER_GROUPS, Quotas};
use crate::resources::customers::{self, Customer};
use crate::search::{Searched, searched};
use crate::tenant::{Store, StoreTx, TenantSql};
use crate::trash::{KeptRows, Trash};
use crate::unicode::fold;
use crate::values::{Ids, Name, Omittable};

/// The maximum number of groups of a customer, which are stored in its row.
pub(super) const MOST_GROUPS: i64 = 100;

/// The searchable text.
pub const SEARCHED: Searched = searched!("customer_group", "customer_groups", "name");

/// The names that groups are sorted by.
pub const SORT_KEYS: SortKeys = sort_keys!("customer_groups", "name");

/// What is kept of a deleted group.
pub const TRASH: Trash = Trash {
    kind: "customer_group",
    rows: &[
        KeptRows {
            table: "customer_groups",
            own: "id",
            columns: &[&["id", "name", "created_at", "updated_at", "revision", "name_key"]],
            refers_to: None,
            adapted: &[],
            searched: Some(SEARCHED),
        },
        KeptRows {
            table: "customer_group_members",
            own: "group_id",
            columns: &[&["group_id", "customer_id"]],
            refers_to: Some(("customer_id", "customers")),
            adapted: &[],
            searched: None,
        },
    ],
    quota: CUSTOMER_GROUPS,
};

/// The statements with all columns.
struct Queries {
    find: TenantSql,
    all: TenantSql,
    list: Statements<CustomerGroup>,
}

static STATEMENTS: LazyLock<Queries> = LazyLock::new(|| {
    let columns = CustomerGroup::columns();
    let all = format!("SELECT {columns} FROM customer_groups c WHERE c.portal_id = ?1");
    Queries {
        find: TenantSql::built(format!("{all} AND c.id = ?2")),
        all: TenantSql::built(all),
        list: Statements::new(&columns),
    }
});

const INSERT: TenantSql = TenantSql::new(
    "INSERT INTO customer_groups (portal_id, id, name, created_at, name_key)
     VALUES (?1, ?2, ?3, ?4, ?5)",
);
/// A concurrent transaction waits here, and then sees the committed row.
const RENAME: TenantSql = TenantSql::new(
    "UPDATE customer_groups SET name = ?3, revision = revision + 1, updated_at = ?4, name_key = ?5
     WHERE portal_id = ?1 AND id = ?2",
);
/// Deleting or restoring a group changes its customers.
pub(super) const NOTE_CHANGE_OF_MEMBERS: TenantSql = TenantSql::new(
    "UPDATE customers SET updated_at = ?3 WHERE portal_id = ?1 AND id IN (
         SELECT m.customer_id FROM customer_group_members m WHERE m.portal_id = ?1 AND m.group_id = ?2)",
);
/// As [`RENAME`].
const HOLD: TenantSql = TenantSql::new(
    "UPDATE customer_groups SET revision = revision + 1 WHERE portal_id = ?1 AND id = ?2",
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
const GROUPS_OF_CUSTOMER: TenantSql = TenantSql::new(
    "SELECT count(*) AS value FROM customer_group_members WHERE portal_id = ?1 AND customer_id = ?2",
);

/// The customers in each group.
pub(super) const MEMBERS: Dependents = dependents!("customer_group_members", "group_id");

/// The statements of the list, to look at their plans.
#[cfg(test)]
pub(crate) fn lists() -> &'static Statements<CustomerGroup> {
    &STATEMENTS.list
}

/// One group.
///
/// # Errors
/// [`Error::NotFound`] when the portal has none with that id.
pub async fn find(store: &Store, id: &CustomerGroupId) -> Result<CustomerGroup> {
    store.row(STATEMENTS.find, params![id]).await?.ok_or(Error::NotFound)
}

/// A page of the portal's groups.
///
/// # Errors
/// As [`Statements::page`].
pub async fn list(
    store: &Store,
    part: &Part<CustomerGroup>,
    zone: &TimeZone,
) -> Result<Vec<Positioned<CustomerGroup>>> {
    STATEMENTS.list.page(store, part, zone).await
}

/// As [`Statements::count`], for [`list`].
///
/// # Errors
/// As [`Statements::page`].
pub async fn count_listed(
    store: &Store,
    part: &Part<CustomerGroup>,
    zone: &TimeZone,
    most: i64,
) -> Result<i64> {
    STATEMENTS.list.count(store, part, zone, most).await
}

/// All groups by name, for a form.
pub async fn all(store: &Store) -> Result<Vec<CustomerGroup>> {
    let mut groups: Vec<CustomerGroup> = store.rows(STATEMENTS.all, params![]).await?;
    groups.sort_by_cached_key(|group| fold(&group.name));
    Ok(groups)
}

/// Another group than `id` with this name, however it is written.
pub async fn namesake(
    store: &Store,
    id: Option<&CustomerGroupId>,
    name: &Name,
) -> Result<Option<CustomerGroup>> {
    Ok(first_of_name(store.rows(STATEMENTS.all, params![]).await?, id, name))
}

/// As [`namesake`], within the transaction that creates or renames the group.
pub async fn namesake_in(
    tx: &mut StoreTx,
    id: Option<&CustomerGroupId>,
    name: &Name,
) -> Result<Option<CustomerGroup>> {
    Ok(first_of_name(tx.rows(STATEMENTS.all, params![]).await?, id, name))
}

fn first_of_name(
    groups: Vec<CustomerGroup>,
    id: Option<&CustomerGroupId>,
    name: &Name,
) -> Option<CustomerGroup> {
    let name = fold(name);
    groups.into_iter().find(|group| Some(&group.id) != id && fold(&group.name) == name)
}

/// Creates a group with those of the customers that exist. The transaction locks the portal.
///
/// # Errors
/// [`Error::Conflict`] when the portal has the maximum number of groups, or a customer is in the
/// maximum number.
pub async fn create(
    tx: &mut StoreTx,
    change: &Change<'_>,
    quotas: &Quotas,
    new: CustomerGroupCreate,
) -> Result<CustomerGroup> {
    let id = insert(tx, &new.name, change.now).await?;
    CUSTOMER_GROUPS.check(tx, quotas.max_customer_groups_per_portal).await?;
    let Omittable(Ids(customers)) = &new.customers;
    for customer in customers {
        let added = add_member(tx, &id, customer, change.now).await?;
        if added > 0 {
            let names = [new.name.as_str()];
            customers::queries::note_groups(tx, change, customer, &[], &names).await?;
        }
    }
    change.tell(tx, Action::CustomerGroupCreated, &new.name, id.as_str()).await?;
    Ok(CustomerGroup {
        id,
        name: new.name.to_string(),
        created_at: change.now,
        updated_at: change.now,
        revision: 1,
    })
}

/// Creates an empty group.
pub async fn insert(tx: &mut StoreTx, name: &str, now: Timestamp) -> Result<CustomerGroupId> {
    let id = CustomerGroupId::random();
    tx.execute(INSERT, params![id, name, now, sort_key(name)]).await?;
    SEARCHED.add(tx, id.as_str()).await?;
    Ok(id)
}

/// Adds a customer to a group within a transaction; returns 1, or 0 if it doesn't exist or is
/// already in it. The transaction locks the portal.
///
/// # Errors
/// [`Error::Conflict`] when the customer is in the maximum number of groups.
pub async fn add_member(
    tx: &mut StoreTx,
    group: &CustomerGroupId,
    customer: &CustomerId,
    now: Timestamp,
) -> Result<u64> {
    let added = tx.execute(ADD_MEMBER, params![customer, group]).await?;
    if added > 0 {
        let count = tx.row(GROUPS_OF_CUSTOMER, params![customer]).await?;
        if count.is_some_and(|Single(count): Single<i64>| count > MOST_GROUPS) {
            let message =
                Message::with_two("error.quota.groups_of_customer", customer, MOST_GROUPS);
            return Err(Error::Conflict(message));
        }
        customers::queries::note_change(tx, customer, now).await?;
    }
    Ok(added)
}

/// Renames a group, if it is as `expected`.
///
/// # Errors
/// [`Error::NotFound`] when the portal has none with that id; [`Error::Changed`] when it was
/// renamed in the meantime.
pub async fn rename(
    tx: &mut StoreTx,
    change: &Change<'_>,
    id: &CustomerGroupId,
    expected: Expected,
    patch: CustomerGroupPatch,
) -> Result<CustomerGroup> {
    let name_key = sort_key(patch.name.as_str());
    if tx.execute(RENAME, params![id, patch.name, change.now, name_key]).await? == 0 {
        return Err(Error::NotFound);
    }
    let group = find_in(tx, id).await?;
    expected.check(group.revision - 1)?;
    SEARCHED.change(tx, id.as_str()).await?;
    change.tell(tx, Action::CustomerGroupChanged, &group.name, id.as_str()).await?;
    Ok(group)
}

/// Deletes a group, if it is as `expected`, but not its customers: it goes into the bin. The transaction locks the portal.
///
/// # Errors
/// [`Error::NotFound`] when the portal has none with that id; [`Error::Changed`] when it was
/// renamed in the meantime.
pub async fn delete(
    tx: &mut StoreTx,
    change: &Change<'_>,
    id: &CustomerGroupId,
    expected: &Expected,
    deletion: &DeletionId,
) -> Result<()> {
    if tx.execute(HOLD, params![id]).await? == 0 {
        return Err(Error::NotFound);
    }
    let group = find_in(tx, id).await?;
    expected.check(group.revision - 1)?;
    TRASH.keep(tx, change, deletion, (id.as_str(), &group.name)).await?;
    tx.execute(NOTE_CHANGE_OF_MEMBERS, params![id, change.now]).await?;
    tx.execute(DELETE, params![id]).await?;
    change.tell(tx, Action::CustomerGroupDeleted, &group.name, id.as_str()).await
}

/// One group, within a transaction.
///
/// # Errors
/// [`Error::NotFound`] when the portal has none with that id.
pub async fn find_in(tx: &mut StoreTx, id: &CustomerGroupId) -> Result<CustomerGroup> {
    tx.row(STATEMENTS.find, params![id]).await?.ok_or(Error::NotFound)
}

/// Adds those of the customers that exist to a group, and returns them. The transaction locks the
/// portal.
///
/// # Errors
/// [`Error::NotFound`] when the portal has no such group; [`Error::Conflict`] when a customer is in
/// the maximum number of groups.
pub async fn add_members(
    tx: &mut StoreTx,
    change: &Change<'_>,
    group: &CustomerGroupId,
    members: &[CustomerId],
) -> Result<Vec<Customer>> {
    let known = find_in(tx, group).await?;
    let (mut added, mut is_changed) = (Vec::new(), false);
    for id in members {
        if add_member(tx, group, id, change.now).await? > 0 {
            customers::queries::note_groups(tx, change, id, &[], &[&known.name]).await?;
            is_changed = true;
        }
        added.extend(customers::queries::find_in(tx, id).await?);
    }
    if is_changed {
        change.tell(tx, Action::CustomerGroupChanged, &known.name, group.as_str()).await?;
    }
    Ok(added)
}

/// Removes customers from a group; returns how many were in it. The transaction locks the portal.
///
/// # Errors
/// [`Error::NotFound`] when the portal has no such group.
pub async fn remove_members(
    tx: &mut StoreTx,
    change: &Change<'_>,
    group: &CustomerGroupId,
    members: &[CustomerId],
) -> Result<u64> {
    let known = find_in(tx, group).await?;
    let mut removed = 0;
    for customer in members {
        if remove_member(tx, group, customer, change.now).await? > 0 {
            customers::queries::note_groups(tx, change, customer, &[&known.name], &[]).await?;
            removed += 1;
        }
    }
    if removed > 0 {
        change.tell(tx, Action::CustomerGroupChanged, &known.name, group.as_str()).await?;
    }
    Ok(removed)
}

/// Removes a customer from a group; returns 1, or 0 if it wasn't in it.
async fn remove_member(
    tx: &mut StoreTx,
    group: &CustomerGroupId,
    customer: &CustomerId,
    now: Timestamp,
) -> Result<u64> {
    let removed = tx.execute(REMOVE_MEMBER, params![customer, group]).await?;
    if removed > 0 {
        customers::queries::note_change(tx, customer, now).await?;
    }
    Ok(removed)
}

/// Sets the groups of a customer; those that don't exist are ignored. The transaction locks the
/// portal.
///
/// # Errors
/// [`Error::NotFound`] when the portal has no such customer.
pub async fn set_groups(
    tx: &mut StoreTx,
    change: &Change<'_>,
    customer: &CustomerId,
    groups: &[CustomerGroupId],
) -> Result<()> {
    let now = change.now;
    let known = customers::queries::find_in(tx, customer).await?.ok_or(Error::NotFound)?;
    let is_wanted = |id: &str| groups.iter().any(|group| group.as_str() == id);
    let (mut removed, mut added) = (Vec::new(), Vec::new());
    for id in known.group_ids().filter(|id| !is_wanted(id)) {
        let Some(group) = tx.row::<CustomerGroup>(STATEMENTS.find, params![id]).await? else {
            continue;
        };
        if remove_member(tx, &group.id, customer, now).await? > 0 {
            removed.push(group.name);
        }
    }
    for group in groups {
        let is_new = known.group_ids().all(|id| id != group.as_str());
        if is_new
            && let Some(found) = tx.row::<CustomerGroup>(STATEMENTS.find, params![group]).await?
            && add_member(tx, group, customer, now).await? > 0
        {
            added.push(found.name);
        }
    }
    let [removed, added] = [&removed, &added]
        .map(|names: &Vec<String>| names.iter().map(String::as_str).collect::<Vec<_>>());
    customers::queries::note_groups(tx, change, customer, &removed, &added).await
}
