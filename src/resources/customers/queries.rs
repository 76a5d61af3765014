//! Statements about customers.

use std::sync::LazyLock;

use jiff::Timestamp;

use super::{Customer, CustomerDetails, CustomerPatch, events};
use crate::audit::Action;
use crate::changes::Change;
use crate::db::{Param, ToParam, params};
use crate::error::{Error, Result};
use crate::fields::Fields;
use crate::http::{Expected, ListRequest, Position};
use crate::ids::{CustomerGroupId, CustomerId};
use crate::quotas::{CUSTOMERS, Quotas};
use crate::resources::list::{Listed, counted, one, statement};
use crate::search::{Searched, has_all_on_postgres, has_all_on_sqlite, searched};
use crate::tenant::{Store, StoreTx, TenantSql};
use crate::unicode::fold;
use crate::values::{EmailAddress, Record};

/// The searchable text. A phone number is also found by its digits alone.
pub const SEARCHED: Searched = searched!(
    "customer",
    "customers",
    "company_name || ' ' || primary_email || ' ' || address || ' ' || zip_code || ' ' || city
     || ' ' || replace(zip_code, ' ', '') || ' ' || COALESCE(contact_person, '')
     || ' ' || COALESCE(kvk_number, '') || ' ' || COALESCE(vat_number, '') || ' ' || COALESCE(phone, '')
     || ' ' || replace(replace(replace(replace(replace(COALESCE(phone, ''),
         ' ', ''), '-', ''), '(0)', ''), '.', ''), '+31', '0')"
);

/// The statements with all columns.
struct Statements {
    find: TenantSql,
    list: Listed,
    in_group: TenantSql,
    count_in_group: TenantSql,
    found_in_group: TenantSql,
    count_found_in_group: TenantSql,
    insert: TenantSql,
    update: TenantSql,
    alike: TenantSql,
}

static STATEMENTS: LazyLock<Statements> = LazyLock::new(|| {
    let details = CustomerDetails::COLUMNS;
    let columns: Vec<String> =
        Customer::OTHER_COLUMNS.iter().chain(details).map(|name| format!("c.{name}")).collect();
    let columns = columns.join(", ");
    let places: Vec<String> = (4..).take(details.len()).map(|place| format!("?{place}")).collect();
    let assignments: Vec<String> =
        details.iter().zip(3..).map(|(name, place)| format!("{name} = ?{place}")).collect();
    let in_group = |columns: &str, condition: &str| {
        format!(
            "SELECT {columns} FROM customer_group_members m
             JOIN customers c ON c.portal_id = m.portal_id AND c.id = m.customer_id {condition}
             ORDER BY c.created_at DESC, c.id DESC LIMIT ?4 OFFSET ?5"
        )
    };
    let member = "m.portal_id = ?1 AND m.group_id = ?6 AND (c.created_at, c.id) < (?2, ?3)";
    let found = |columns: &str, has_all: String| {
        in_group(columns, &format!(
            "JOIN search_entries e ON e.portal_id = c.portal_id AND e.kind = 'customer' AND e.row_id = c.id
             WHERE {member} AND {has_all}"
        ))
    };
    Statements {
        find: statement(format!("SELECT {columns} FROM customers c WHERE c.portal_id = ?1 AND c.id = ?2")),
        list: Listed::new(SEARCHED.kind, "customers", &columns),
        in_group: statement(in_group(&columns, &format!("WHERE {member}"))),
        count_in_group: statement(counted(&in_group("c.id", &format!("WHERE {member}")))),
        found_in_group: TenantSql::per_engine(
            found(&columns, has_all_on_sqlite("e.text", "?7")).leak(),
            found(&columns, has_all_on_postgres("e.text", "?7")).leak(),
        ),
        count_found_in_group: TenantSql::per_engine(
            counted(&found("c.id", has_all_on_sqlite("e.text", "?7"))).leak(),
            counted(&found("c.id", has_all_on_postgres("e.text", "?7"))).leak(),
        ),
        insert: statement(format!(
            "INSERT INTO customers (portal_id, id, created_at, {}) VALUES (?1, ?2, ?3, {})",
            details.join(", "),
            places.join(", ")
        )),
        update: statement(format!(
            "UPDATE customers SET {} WHERE portal_id = ?1 AND id = ?2",
            assignments.join(", ")
        )),
        alike: statement(format!(
            "SELECT {columns} FROM customers c WHERE c.portal_id = ?1 AND c.id <> ?2 AND c.id IN (
                 SELECT id FROM customers WHERE portal_id = ?1 AND lower(primary_email) IN (lower(?3), lower(?6))
                 UNION SELECT id FROM customers WHERE portal_id = ?1 AND kvk_number = ?4
                 UNION SELECT id FROM customers
                     WHERE portal_id = ?1 AND upper(replace(zip_code, ' ', '')) = upper(replace(?5, ' ', '')))
             ORDER BY c.created_at DESC, c.id DESC LIMIT 200"
        )),
    }
});

/// A concurrent transaction waits here, and then sees the committed row.
const HOLD: TenantSql =
    TenantSql::new("UPDATE customers SET revision = revision + 1 WHERE portal_id = ?1 AND id = ?2");
const DELETE: TenantSql = TenantSql::new("DELETE FROM customers WHERE portal_id = ?1 AND id = ?2");

/// One customer.
///
/// # Errors
/// [`Error::NotFound`] when the portal has none with that id.
pub async fn find(store: &Store, id: &CustomerId) -> Result<Customer> {
    store.row(STATEMENTS.find, params![id]).await?.ok_or(Error::NotFound)
}

/// One customer, if the portal has it, within a transaction.
pub async fn find_in(tx: &mut StoreTx, id: &CustomerId) -> Result<Option<Customer>> {
    Ok(tx.row(STATEMENTS.find, params![id]).await?)
}

/// A page of the portal's customers, newest first.
///
/// # Errors
/// As [`Listed::page`].
pub async fn list(store: &Store, request: &ListRequest) -> Result<Vec<Customer>> {
    STATEMENTS.list.page(store, request).await
}

/// A page of a group's customers, newest first. Its cost grows with the size of the group.
///
/// # Errors
/// As [`Listed::page`].
pub async fn list_in_group(
    store: &Store,
    group: &CustomerGroupId,
    request: &ListRequest,
) -> Result<Vec<Customer>> {
    let (words, after) = (request.words(), request.after());
    let (limit, offset) = (request.limit(), request.offset());
    if words.is_empty() {
        let params = params![after.at, after.id, limit, offset, group];
        return Ok(store.long_rows(STATEMENTS.in_group, params).await?);
    }
    let patterns = words.patterns();
    let params = params![after.at, after.id, limit, offset, group, patterns];
    Ok(store.long_rows(STATEMENTS.found_in_group, params).await?)
}

/// As [`Listed::count_before`], for [`list`].
///
/// # Errors
/// As [`Listed::page`].
pub async fn count_before(store: &Store, request: &ListRequest) -> Result<i64> {
    STATEMENTS.list.count_before(store, request).await
}

/// As [`Listed::count_before`], for [`list_in_group`].
///
/// # Errors
/// As [`Listed::page`].
pub async fn count_before_in_group(
    store: &Store,
    group: &CustomerGroupId,
    request: &ListRequest,
) -> Result<i64> {
    let (words, start, most) = (request.words(), Position::start(), request.rows_before());
    if words.is_empty() {
        let params = params![start.at, start.id, most, 0_i64, group];
        return Ok(one(store.long_rows(STATEMENTS.count_in_group, params).await?));
    }
    let patterns = words.patterns();
    let params = params![start.at, start.id, most, 0_i64, group, patterns];
    Ok(one(store.long_rows(STATEMENTS.count_found_in_group, params).await?))
}

/// Possible duplicates of these details: customers with the same e-mail address, KvK number, or
/// name and postal code.
pub async fn alike(
    store: &Store,
    id: Option<&CustomerId>,
    details: &CustomerDetails,
) -> Result<Vec<Customer>> {
    let other_notation = other_notation(details);
    let near = store.rows(STATEMENTS.alike, &near(id, details, &other_notation)).await?;
    Ok(same(near, details))
}

/// As [`alike`], within the transaction that adds or changes the customer.
pub async fn alike_in(
    tx: &mut StoreTx,
    id: Option<&CustomerId>,
    details: &CustomerDetails,
) -> Result<Vec<Customer>> {
    let other_notation = other_notation(details);
    let near = tx.rows(STATEMENTS.alike, &near(id, details, &other_notation)).await?;
    Ok(same(near, details))
}

/// An earlier version stored the domain as it was typed.
fn other_notation(details: &CustomerDetails) -> String {
    EmailAddress::for_mail_servers(&details.primary_email.0)
}

/// What the statement is asked for.
fn near<'a>(
    id: Option<&'a CustomerId>,
    details: &'a CustomerDetails,
    other_notation: &'a String,
) -> Vec<Param<'a>> {
    let id = id.map_or("", CustomerId::as_str);
    vec![
        id.to_param(),
        details.primary_email.to_param(),
        details.kvk_number.to_param(),
        details.zip_code.to_param(),
        other_notation.to_param(),
    ]
}

/// Those that are the same, of those that are near.
fn same(near: Vec<Customer>, details: &CustomerDetails) -> Vec<Customer> {
    let CustomerDetails { primary_email, kvk_number, .. } = details;
    let is_same = |other: &CustomerDetails| {
        EmailAddress::comparable(&other.primary_email.0)
            == EmailAddress::comparable(&primary_email.0)
            || (kvk_number.is_some() && other.kvk_number == *kvk_number)
            || fold(&other.company_name.0) == fold(&details.company_name.0)
    };
    near.into_iter().filter(|other| is_same(&other.details)).collect()
}

/// The number of the portal's customers.
pub async fn count(store: &Store) -> Result<i64> {
    CUSTOMERS.count(store).await
}

/// Creates a customer.
///
/// # Errors
/// [`Error::Conflict`] when the portal has the maximum number.
pub async fn create(
    tx: &mut StoreTx,
    change: &Change<'_>,
    quotas: &Quotas,
    details: CustomerDetails,
) -> Result<Customer> {
    let customer = new(details, change.now);
    // Before the row, which locks the number of the portal's customers for all others.
    let view = customer.clone().into_view(change.zone);
    tx.emit(events::CREATED, &view, change.now).await?;
    insert_row(tx, &customer).await?;
    CUSTOMERS.check(tx, quotas.max_customers_per_portal).await?;
    tell(tx, change, Action::CustomerCreated, &customer).await?;
    Ok(customer)
}

async fn tell(
    tx: &mut StoreTx,
    change: &Change<'_>,
    action: Action,
    customer: &Customer,
) -> Result<()> {
    change.tell(tx, action, &customer.details.company_name.0, customer.id.as_str()).await
}

/// Creates a customer of a portal that is being created, such as the demo: without any event, because
/// nobody can be told of it yet.
pub async fn insert(
    tx: &mut StoreTx,
    details: CustomerDetails,
    now: Timestamp,
) -> Result<Customer> {
    let customer = new(details, now);
    insert_row(tx, &customer).await?;
    Ok(customer)
}

fn new(details: CustomerDetails, now: Timestamp) -> Customer {
    Customer {
        id: CustomerId::random(),
        details,
        integration: None,
        integration_id: None,
        created_at: now,
        group_ids: String::new(),
        revision: 1,
    }
}

async fn insert_row(tx: &mut StoreTx, customer: &Customer) -> Result<()> {
    let mut params = vec![customer.id.to_param(), customer.created_at.to_param()];
    params.extend(customer.details.params());
    tx.execute(STATEMENTS.insert, &params).await?;
    SEARCHED.add(tx, customer.id.as_str()).await
}

/// One customer, which nobody else changes until the transaction ends.
async fn hold(tx: &mut StoreTx, id: &CustomerId) -> Result<Customer> {
    if tx.execute(HOLD, params![id]).await? == 0 {
        return Err(Error::NotFound);
    }
    find_in(tx, id).await?.ok_or(Error::NotFound)
}

/// Changes a customer, if it is as `expected`.
///
/// # Errors
/// [`Error::NotFound`] when the portal has none with that id; [`Error::Changed`] when it was
/// changed in the meantime; [`Error::Invalid`] when fields contradict each other.
pub async fn update(
    tx: &mut StoreTx,
    change: &Change<'_>,
    id: &CustomerId,
    expected: Expected,
    patch: CustomerPatch,
) -> Result<Customer> {
    let mut customer = hold(tx, id).await?;
    expected.check(customer.revision - 1)?;
    let before = customer.details.clone();
    patch.apply(&mut customer.details);
    let mut fields = Fields::none();
    customer.details.check_change(&before, &mut fields);
    fields.expect_none_wrong()?;
    let mut params = vec![id.to_param()];
    params.extend(customer.details.params());
    tx.execute(STATEMENTS.update, &params).await?;
    SEARCHED.change(tx, id.as_str()).await?;
    tell(tx, change, Action::CustomerChanged, &customer).await?;
    Ok(customer)
}

/// Deletes a customer, if it is as `expected`.
///
/// # Errors
/// [`Error::NotFound`] when the portal has none with that id; [`Error::Changed`] when it was
/// changed in the meantime.
pub async fn delete(
    tx: &mut StoreTx,
    change: &Change<'_>,
    id: &CustomerId,
    expected: &Expected,
) -> Result<()> {
    let customer = hold(tx, id).await?;
    expected.check(customer.revision - 1)?;
    tx.execute(DELETE, params![id]).await?;
    tell(tx, change, Action::CustomerDeleted, &customer).await?;
    tx.emit(events::DELETED, &customer.into_view(change.zone), change.now).await
}
