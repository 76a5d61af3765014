//! `/v1/customers`.

use axum::response::NoContent;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Customer, CustomerCreate, CustomerPatch, CustomerView, queries};
use crate::auth::granted::{CustomersRead, CustomersWrite};
use crate::error::Result;
use crate::http::{
    Access, Expected, Input, Json, Limits, ListRequest, Listing, Path, Revised, Routes, Written,
};
use crate::ids::{CustomerId, DeletionId};

/// The routes of customers.
pub(super) fn routes() -> Routes {
    Routes::new("Customers", "The customers of the portal.")
        .get("/customers", list, "listCustomers", "List customers")
        .post("/customers", create, "createCustomer", "Create a customer")
        .get("/customers/{customerId}", get, "getCustomer", "Get a customer")
        .patch("/customers/{customerId}", update, "updateCustomer", "Update a customer")
        .delete("/customers/{customerId}", delete, "deleteCustomer", "Delete a customer")
}

/// The id in the path.
#[derive(Deserialize, JsonSchema)]
struct OneCustomer {
    #[serde(rename = "customerId")]
    id: CustomerId,
}

async fn list(
    access: Access<CustomersRead>,
    request: ListRequest<Customer>,
) -> Result<Json<Listing<CustomerView>>> {
    let customers = queries::list(&access, &request, access.time_zone()).await?;
    Ok(request.listing(customers).map(|customer| customer.into_view(access.time_zone())).json())
}

async fn create(
    access: Access<CustomersWrite>,
    limits: Limits,
    Input(CustomerCreate(details)): Input<CustomerCreate>,
) -> Written<Revised<CustomerView>> {
    let mut tx = access.begin().await?;
    let customer = queries::create(&mut tx, &access.change(), &limits, details).await?;
    tx.commit(revised(&access, customer)).await
}

async fn get(
    access: Access<CustomersRead>,
    Path(OneCustomer { id }): Path<OneCustomer>,
) -> Result<Revised<CustomerView>> {
    let customer = queries::find(&access, &id).await?;
    Ok(revised(&access, customer))
}

async fn update(
    access: Access<CustomersWrite>,
    Path(OneCustomer { id }): Path<OneCustomer>,
    expected: Expected,
    Input(patch): Input<CustomerPatch>,
) -> Written<Revised<CustomerView>> {
    let mut tx = access.begin().await?;
    let customer = queries::update(&mut tx, &access.change(), &id, expected, patch).await?;
    tx.commit(revised(&access, customer)).await
}

async fn delete(
    access: Access<CustomersWrite>,
    Path(OneCustomer { id }): Path<OneCustomer>,
    expected: Expected,
) -> Written<NoContent> {
    let mut tx = access.begin_alone().await?;
    let deletion = DeletionId::random();
    queries::delete(&mut tx, &access.change(), &id, &expected, &deletion).await?;
    tx.commit(NoContent).await
}

fn revised<S>(access: &Access<S>, customer: Customer) -> Revised<CustomerView> {
    Revised(customer.revision, customer.into_view(access.time_zone()))
}
