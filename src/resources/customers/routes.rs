//! `/v1/customers`.

use axum::extract::State;
use axum::response::NoContent;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{CustomerCreate, CustomerPatch, CustomerView, queries};
use crate::auth::granted::{CustomersRead, CustomersWrite};
use crate::error::Result;
use crate::http::{Access, Input, Json, ListRequest, Listing, Path, Routes};
use crate::ids::CustomerId;
use crate::server::Server;

/// The routes of customers.
pub fn routes() -> Routes {
    Routes::new("Customers", "The businesses that the portal is for.")
        .get("/customers", list, "listCustomers", "List customers, the newest first")
        .post("/customers", create, "createCustomer", "Add a customer")
        .get("/customers/{customerId}", get, "getCustomer", "Show a customer")
        .patch("/customers/{customerId}", update, "updateCustomer", "Change a customer")
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
    request: ListRequest,
) -> Result<Json<Listing<CustomerView>>> {
    let customers = queries::list(&access, &request).await?;
    Ok(request.listing(customers).map(|customer| customer.into_view(access.time_zone())).json())
}

async fn create(
    access: Access<CustomersWrite>,
    State(server): State<Server>,
    Input(new): Input<CustomerCreate>,
) -> Result<Json<CustomerView>> {
    let customer = queries::create(&access, new, server.clock.now()).await?;
    Ok(Json(customer.into_view(access.time_zone())))
}

async fn get(
    access: Access<CustomersRead>,
    Path(OneCustomer { id }): Path<OneCustomer>,
) -> Result<Json<CustomerView>> {
    let customer = queries::find(&access, &id).await?;
    Ok(Json(customer.into_view(access.time_zone())))
}

async fn update(
    access: Access<CustomersWrite>,
    Path(OneCustomer { id }): Path<OneCustomer>,
    Input(patch): Input<CustomerPatch>,
) -> Result<Json<CustomerView>> {
    let customer = queries::update(&access, &id, patch).await?;
    Ok(Json(customer.into_view(access.time_zone())))
}

async fn delete(
    access: Access<CustomersWrite>,
    Path(OneCustomer { id }): Path<OneCustomer>,
) -> Result<NoContent> {
    queries::delete(&access, &id).await?;
    Ok(NoContent)
}
