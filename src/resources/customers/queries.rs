//! Statements about customers.

use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::custom_field_queries::complete;
use super::custom_values::CustomValues;
use super::{Customer, CustomerDetails, CustomerPatch, CustomersOfGroup, events};
use crate::audit::Action;
use crate::changes::Change;
use crate::db::{Param, ToParam, params};
use crate::error::{Error, Message, Result};
use crate::fields::Fields;
use crate::history::{FieldChange, What, differences};
use crate::http::Expected;
use crate::ids::{CustomerGroupId, CustomerId, DeletionId};
use crate::lists::{Part, Positioned, SortKeys, Statements, sort_key, sort_keys};
use crate::quotas::{CUSTOMERS, Quotas};
use crate::resources::of_customers;
use crate::search::{Searched, searched};
use crate::tenant::{Store, StoreTx, TenantSql};
use crate::trash::{KeptRows, Trash};
use crate::unicode::fold;
use crate::values::{EmailAddress, Record};

/// The searchable text. A phone number is also found by its digits alone; of contacts, what is stored is
/// searched without the names of its members.
pub const SEARCHED: Searched = searched!(
    "customer",
    "customers",
    "company_name || ' ' || primary_email || ' ' || address || ' ' || zip_code || ' ' || city
     || ' ' || replace(zip_code, ' ', '') || ' ' || COALESCE(contact_person, '')
     || ' ' || COALESCE(kvk_number, '') || ' ' || COALESCE(vat_number, '') || ' ' || COALESCE(phone, '')
     || ' ' || replace(replace(replace(replace(replace(COALESCE(phone, ''),
         ' ', ''), '-', ''), '(0)', ''), '.', ''), '+31', '0')
     || ' ' || COALESCE(custom_text, '')
     || ' ' || replace(replace(replace(replace(COALESCE(contacts, ''),
         '\"name\":', ' '), '\"role\":', ' '), '\"email\":', ' '), '\"phone\":', ' ')"
);

/// The kind of customers in the history of rows.
pub const KIND: &str = "customer";

/// The names that customers are sorted by.
pub const SORT_KEYS: SortKeys = sort_keys!("customers", "company_name");

/// What is kept of a deleted customer.
pub const TRASH: Trash = Trash {
    kind: "customer",
    rows: &[
        KeptRows {
            table: "customers",
            own: "id",
            columns: &[
                &["id", "created_at", "updated_at", "revision", "name_key", "custom_text"],
                &["integration", "integration_id"],
                CustomerDetails::COLUMNS,
            ],
            refers_to: None,
            adapted: &[],
            searched: Some(SEARCHED),
        },
        KeptRows {
            table: "customer_group_members",
            own: "customer_id",
            columns: &[&["customer_id", "group_id"]],
            refers_to: Some(("group_id", "customer_groups")),
            adapted: &[],
            searched: None,
        },
        of_customers::issued_punch_cards("customer_id", ("punch_card_id", "punch_cards")),
        of_customers::appointments("customer_id"),
        of_customers::tickets("customer_id"),
        of_customers::ticket_messages("customer_id"),
    ],
    quota: CUSTOMERS,
};

/// The statements with all columns.
struct Queries {
    find: TenantSql,
    /// The same, for a transaction that refers to the row.
    refer: TenantSql,
    list: Statements<Customer>,
    in_group: Statements<CustomersOfGroup>,
    insert: TenantSql,
    update: TenantSql,
    alike: TenantSql,
}

static STATEMENTS: LazyLock<Queries> = LazyLock::new(|| {
    let (columns, details) = (Customer::columns(), CustomerDetails::COLUMNS);
    let find: &'static str =
        format!("SELECT {columns} FROM customers c WHERE c.portal_id = ?1 AND c.id = ?2").leak();
    Queries {
        find: TenantSql::new(find),
        refer: TenantSql::per_engine(find, format!("{find} FOR KEY SHARE").leak()),
        list: Statements::new(&columns),
        in_group: Statements::new(&columns),
        insert: TenantSql::insert("customers", &[&["id", "created_at", "name_key", "custom_text"], details].concat()),
        update: TenantSql::update("customers", &[&["updated_at", "name_key", "custom_text"], details].concat()),
        alike: TenantSql::built(format!(
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
const NOTE_CHANGE: TenantSql =
    TenantSql::new("UPDATE customers SET updated_at = ?3 WHERE portal_id = ?1 AND id = ?2");
const DELETE: TenantSql = TenantSql::new("DELETE FROM customers WHERE portal_id = ?1 AND id = ?2");

/// The statements of the lists, to look at their plans.
#[cfg(test)]
pub(crate) fn lists() -> (&'static Statements<Customer>, &'static Statements<CustomersOfGroup>) {
    (&STATEMENTS.list, &STATEMENTS.in_group)
}

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

/// The customer that a body or form names, whom nobody deletes until the transaction ends.
///
/// # Errors
/// [`Error::Invalid`], with the field `customerId`, when the portal has none with that id.
pub async fn named(tx: &mut StoreTx, id: &CustomerId) -> Result<Customer> {
    let unknown = || Error::invalid("customerId", Message::new("customers.no_such_customer"));
    tx.row(STATEMENTS.refer, params![id]).await?.ok_or_else(unknown)
}

/// A page of the portal's customers.
///
/// # Errors
/// As [`Statements::page`].
pub async fn list(
    store: &Store,
    part: &Part<Customer>,
    zone: &TimeZone,
) -> Result<Vec<Positioned<Customer>>> {
    STATEMENTS.list.page(store, part, zone).await
}

/// A page of a group's customers. Its cost grows with the size of the group.
///
/// # Errors
/// As [`Statements::page`].
pub async fn list_in_group(
    store: &Store,
    group: &CustomerGroupId,
    part: &Part<CustomersOfGroup>,
    zone: &TimeZone,
) -> Result<Vec<Positioned<Customer>>> {
    STATEMENTS.in_group.page_within(store, group, part, zone).await
}

/// As [`Statements::count`], for [`list`].
///
/// # Errors
/// As [`Statements::page`].
pub async fn count_listed(
    store: &Store,
    part: &Part<Customer>,
    zone: &TimeZone,
    most: i64,
) -> Result<i64> {
    STATEMENTS.list.count(store, part, zone, most).await
}

/// As [`Statements::count`], for [`list_in_group`].
///
/// # Errors
/// As [`Statements::page`].
pub async fn count_listed_in_group(
    store: &Store,
    group: &CustomerGroupId,
    part: &Part<CustomersOfGroup>,
    zone: &TimeZone,
    most: i64,
) -> Result<i64> {
    STATEMENTS.in_group.count_within(store, group, part, zone, most).await
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
    let [name, email, _, kvk_number] = details.identity();
    let is_same = |other: &CustomerDetails| {
        let [other_name, other_email, _, other_number] = other.identity();
        EmailAddress::comparable(other_email) == EmailAddress::comparable(email)
            || (!kvk_number.is_empty() && other_number == kvk_number)
            || fold(other_name) == fold(name)
    };
    near.into_iter().filter(|other| is_same(&other.details)).collect()
}

/// Creates a customer.
///
/// # Errors
/// [`Error::Conflict`] when the portal has the maximum number; [`Error::Invalid`] for wrong values of
/// custom fields.
pub async fn create(
    tx: &mut StoreTx,
    change: &Change<'_>,
    quotas: &Quotas,
    mut details: CustomerDetails,
) -> Result<Customer> {
    complete(tx, &CustomValues::default(), &mut details.custom_fields).await?;
    let customer = new(details, change.now);
    // Before the row, which locks the number of the portal's customers for all others.
    let view = customer.clone().into_view(change.zone);
    tx.emit(events::CREATED, &view, change.now).await?;
    change.note(tx, (KIND, customer.id.as_str()), What::Created, Vec::new()).await?;
    insert_row(tx, &customer).await?;
    CUSTOMERS.check(tx, quotas.max_customers_per_portal).await?;
    tell(tx, change, Action::CustomerCreated, &customer).await?;
    Ok(customer)
}

pub(super) async fn tell(
    tx: &mut StoreTx,
    change: &Change<'_>,
    action: Action,
    customer: &Customer,
) -> Result<()> {
    change.tell(tx, action, customer.details.name(), customer.id.as_str()).await
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
        updated_at: now,
        group_ids: String::new(),
        revision: 1,
    }
}

async fn insert_row(tx: &mut StoreTx, customer: &Customer) -> Result<()> {
    let name_key = sort_key(&customer.details.company_name.0);
    let text = customer.details.custom_fields.searchable();
    let (id, created_at) = (customer.id.to_param(), customer.created_at.to_param());
    let mut params = vec![id, created_at, name_key.to_param(), text.to_param()];
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
/// As [`update_with`].
pub async fn update(
    tx: &mut StoreTx,
    change: &Change<'_>,
    id: &CustomerId,
    expected: Expected,
    patch: CustomerPatch,
) -> Result<Customer> {
    let apply = |details: &mut CustomerDetails| {
        patch.apply(details);
        Ok(())
    };
    update_with(tx, change, id, expected, apply).await
}

/// Changes the details of a customer with `apply`, if it is as `expected`.
///
/// # Errors
/// [`Error::NotFound`] when the portal has none with that id; [`Error::Changed`] when it was
/// changed in the meantime; [`Error::Invalid`] when fields contradict each other; those of `apply`.
pub async fn update_with(
    tx: &mut StoreTx,
    change: &Change<'_>,
    id: &CustomerId,
    expected: Expected,
    apply: impl FnOnce(&mut CustomerDetails) -> Result<()>,
) -> Result<Customer> {
    let mut customer = hold(tx, id).await?;
    expected.check(customer.revision - 1)?;
    let before = customer.details.clone();
    apply(&mut customer.details)?;
    complete(tx, &before.custom_fields, &mut customer.details.custom_fields).await?;
    let mut fields = Fields::none();
    customer.details.check_change(&before, &mut fields);
    fields.expect_none_wrong()?;
    customer.updated_at = change.now;
    let name_key = sort_key(&customer.details.company_name.0);
    let text = customer.details.custom_fields.searchable();
    let now = change.now.to_param();
    let mut params = vec![id.to_param(), now, name_key.to_param(), text.to_param()];
    params.extend(customer.details.params());
    tx.execute(STATEMENTS.update, &params).await?;
    SEARCHED.change(tx, id.as_str()).await?;
    let fields = differences(&before, &customer.details, change.zone)?;
    change.note(tx, (KIND, id.as_str()), What::Changed, fields).await?;
    tell(tx, change, Action::CustomerChanged, &customer).await?;
    Ok(customer)
}

/// Notes in the history of a customer which groups it was removed from and added to, by their names.
///
/// # Errors
/// As [`Change::note`].
pub async fn note_groups(
    tx: &mut StoreTx,
    change: &Change<'_>,
    id: &CustomerId,
    removed: &[&str],
    added: &[&str],
) -> Result<()> {
    let names = |names: &[&str]| (!names.is_empty()).then(|| names.join(", "));
    let (old, new) = (names(removed), names(added));
    let field = FieldChange { field: "groups".to_owned(), old, new };
    let is_changed = field.old.is_some() || field.new.is_some();
    let fields = if is_changed { vec![field] } else { Vec::new() };
    change.note(tx, (KIND, id.as_str()), What::Changed, fields).await
}

/// Notes that something else than its details was changed of a customer, such as its groups.
pub async fn note_change(tx: &mut StoreTx, id: &CustomerId, now: Timestamp) -> Result<()> {
    tx.execute(NOTE_CHANGE, params![id, now]).await?;
    Ok(())
}

/// Deletes a customer, if it is as `expected`: it goes into the bin. The transaction locks the portal.
///
/// # Errors
/// [`Error::NotFound`] when the portal has none with that id; [`Error::Changed`] when it was
/// changed in the meantime.
pub async fn delete(
    tx: &mut StoreTx,
    change: &Change<'_>,
    id: &CustomerId,
    expected: &Expected,
    deletion: &DeletionId,
) -> Result<()> {
    let customer = hold(tx, id).await?;
    expected.check(customer.revision - 1)?;
    TRASH.keep(tx, change, deletion, (id.as_str(), customer.details.name())).await?;
    tx.execute(DELETE, params![id]).await?;
    change.note(tx, (KIND, id.as_str()), What::Deleted, Vec::new()).await?;
    tell(tx, change, Action::CustomerDeleted, &customer).await?;
    tx.emit(events::DELETED, &customer.into_view(change.zone), change.now).await
}
