//! The statements about customers.

use jiff::Timestamp;

use super::{Customer, CustomerCreate, CustomerPatch};
use crate::db::{Single, Store, StoreTx, TenantSql, params};
use crate::error::{Error, Result};
use crate::http::ListRequest;
use crate::ids::{CustomerGroupId, CustomerId};

/// The columns of a customer, with its groups.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT c.id, c.company_name, c.address, c.zip_code, c.city, c.country_code, c.primary_email, c.phone,
                    c.integration, c.integration_id, c.created_at, c.group_ids
             FROM customers c ",
            $rest
        )
    };
}

const FIND: TenantSql = TenantSql::new(select!("WHERE c.portal_id = ?1 AND c.id = ?2"));
const LIST: TenantSql = TenantSql::new(select!(
    r"WHERE c.portal_id = ?1 AND c.search LIKE ?2 ESCAPE '\' ORDER BY c.created_at DESC, c.id DESC LIMIT ?3 OFFSET ?4"
));
const IN_GROUP: TenantSql = TenantSql::new(select!(
    r"JOIN customer_group_members g ON g.portal_id = c.portal_id AND g.customer_id = c.id
      WHERE c.portal_id = ?1 AND g.group_id = ?5 AND c.search LIKE ?2 ESCAPE '\'
      ORDER BY c.created_at DESC, c.id DESC LIMIT ?3 OFFSET ?4"
));
const INSERT: TenantSql = TenantSql::new(
    "INSERT INTO customers (portal_id, id, company_name, address, zip_code, city, country_code, primary_email, phone, search, created_at)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
);
const UPDATE: TenantSql = TenantSql::new(
    "UPDATE customers SET company_name = ?3, address = ?4, zip_code = ?5, city = ?6, country_code = ?7, primary_email = ?8, search = ?9
     WHERE portal_id = ?1 AND id = ?2",
);
const COUNT: TenantSql =
    TenantSql::new("SELECT count(*) AS value FROM customers WHERE portal_id = ?1");
const DELETE: TenantSql = TenantSql::new("DELETE FROM customers WHERE portal_id = ?1 AND id = ?2");

/// One customer.
///
/// # Errors
/// [`Error::NotFound`] when the portal has none of that id.
pub async fn find(store: &Store, id: &CustomerId) -> Result<Customer> {
    store.row(FIND, params![id]).await?.ok_or(Error::NotFound)
}

/// One customer, if the portal has it, within a transaction.
pub async fn find_in(tx: &mut StoreTx, id: &CustomerId) -> Result<Option<Customer>> {
    Ok(tx.row(FIND, params![id]).await?)
}

/// A page of the portal's customers, the newest first.
pub async fn list(store: &Store, request: &ListRequest) -> Result<Vec<Customer>> {
    Ok(store.rows(LIST, params![request.like(), request.limit(), request.offset()]).await?)
}

/// A page of a group's customers, the newest first.
pub async fn list_in_group(
    store: &Store,
    group: &CustomerGroupId,
    request: &ListRequest,
) -> Result<Vec<Customer>> {
    Ok(store
        .rows(IN_GROUP, params![request.like(), request.limit(), request.offset(), group])
        .await?)
}

/// How many customers the portal has.
pub async fn count(store: &Store) -> Result<i64> {
    Ok(store.row(COUNT, params![]).await?.map_or(0, |Single(count)| count))
}

/// Adds a customer.
pub async fn create(store: &Store, new: CustomerCreate, now: Timestamp) -> Result<Customer> {
    let mut tx = store.begin().await?;
    let customer = insert(&mut tx, new, None, now).await?;
    tx.commit().await?;
    Ok(customer)
}

/// Adds a customer within a transaction.
pub async fn insert(
    tx: &mut StoreTx,
    new: CustomerCreate,
    phone: Option<String>,
    now: Timestamp,
) -> Result<Customer> {
    let customer = Customer {
        id: CustomerId::random(),
        company_name: new.company_name,
        address: new.address,
        zip_code: new.zip_code,
        city: new.city,
        country_code: new.country_code.unwrap_or_else(|| "NL".to_owned()),
        primary_email: new.primary_email,
        phone,
        integration: None,
        integration_id: None,
        created_at: now,
        group_ids: String::new(),
    };
    let Customer {
        id,
        company_name,
        address,
        zip_code,
        city,
        country_code,
        primary_email,
        phone,
        ..
    } = &customer;
    tx.execute(
        INSERT,
        params![
            id,
            company_name,
            address,
            zip_code,
            city,
            country_code,
            primary_email,
            phone,
            customer.search_text(),
            now
        ],
    )
    .await?;
    Ok(customer)
}

/// Changes a customer.
///
/// # Errors
/// [`Error::NotFound`] when the portal has none of that id.
pub async fn update(store: &Store, id: &CustomerId, patch: CustomerPatch) -> Result<Customer> {
    let mut tx = store.begin().await?;
    let customer: Customer = tx.row(FIND, params![id]).await?.ok_or(Error::NotFound)?;
    let customer = customer.patched(patch);
    let Customer { company_name, address, zip_code, city, country_code, primary_email, .. } =
        &customer;
    tx.execute(
        UPDATE,
        params![
            id,
            company_name,
            address,
            zip_code,
            city,
            country_code,
            primary_email,
            customer.search_text()
        ],
    )
    .await?;
    tx.commit().await?;
    Ok(customer)
}

/// Deletes a customer.
///
/// # Errors
/// [`Error::NotFound`] when the portal has none of that id.
pub async fn delete(store: &Store, id: &CustomerId) -> Result<()> {
    let mut tx = store.begin_alone().await?;
    match tx.execute(DELETE, params![id]).await? {
        0 => Err(Error::NotFound),
        _ => Ok(tx.commit().await?),
    }
}
