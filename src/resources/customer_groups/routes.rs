//! `/v1/customer-groups`.

use axum::response::NoContent;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    CustomerGroup, CustomerGroupCreate, CustomerGroupPatch, CustomerGroupView, CustomerIds, queries,
};
use crate::auth::granted::{CustomersRead, CustomersWrite};
use crate::error::{Error, Result};
use crate::http::{
    Access, Expected, Input, Json, Limits, ListRequest, Listing, Path, Revised, Routes, Written,
};
use crate::ids::{CustomerGroupId, CustomerId, DeletionId};
use crate::resources::customers::{self, CustomerView, CustomersOfGroup};

/// The routes of customer groups.
pub(super) fn routes() -> Routes {
    Routes::new(
        "Customer groups",
        "Groups of customers. A customer can be in any number of groups.",
    )
    .get("/customer-groups", list, "listCustomerGroups", "List customer groups")
    .post("/customer-groups", create, "createCustomerGroup", "Create a customer group")
    .get("/customer-groups/{customerGroupId}", get, "getCustomerGroup", "Get a customer group")
    .patch(
        "/customer-groups/{customerGroupId}",
        rename,
        "updateCustomerGroup",
        "Rename a customer group",
    )
    .delete(
        "/customer-groups/{customerGroupId}",
        delete,
        "deleteCustomerGroup",
        "Delete a customer group; its customers are kept",
    )
    .get(
        "/customer-groups/{customerGroupId}/customers",
        list_customers,
        "listCustomersOfGroup",
        "List the customers in a group",
    )
    .post(
        "/customer-groups/{customerGroupId}/customers",
        add_customers,
        "addCustomersToGroup",
        "Add customers to a group",
    )
    .delete(
        "/customer-groups/{customerGroupId}/customers/{customerId}",
        remove_customer,
        "removeCustomerFromGroup",
        "Remove a customer from a group",
    )
}

/// The id in the path.
#[derive(Deserialize, JsonSchema)]
struct OneGroup {
    #[serde(rename = "customerGroupId")]
    id: CustomerGroupId,
}

/// The ids in the path.
#[derive(Deserialize, JsonSchema)]
struct OneMember {
    #[serde(rename = "customerGroupId")]
    group: CustomerGroupId,
    #[serde(rename = "customerId")]
    customer: CustomerId,
}

/// Customers, not paged.
#[derive(Serialize, JsonSchema)]
struct CustomerList {
    /// The customers
    data: Vec<CustomerView>,
}

async fn list(
    access: Access<CustomersRead>,
    request: ListRequest<CustomerGroup>,
) -> Result<Json<Listing<CustomerGroupView>>> {
    let groups = queries::list(&access, &request, access.time_zone()).await?;
    Ok(request.listing(groups).map(|group| group.into_view(access.time_zone())).json())
}

async fn create(
    access: Access<CustomersWrite>,
    limits: Limits,
    Input(new): Input<CustomerGroupCreate>,
) -> Written<Revised<CustomerGroupView>> {
    let mut tx = access.begin_alone().await?;
    let group = queries::create(&mut tx, &access.change(), &limits, new).await?;
    tx.commit(revised(&access, group)).await
}

async fn get(
    access: Access<CustomersRead>,
    Path(OneGroup { id }): Path<OneGroup>,
) -> Result<Revised<CustomerGroupView>> {
    let group = queries::find(&access, &id).await?;
    Ok(revised(&access, group))
}

async fn rename(
    access: Access<CustomersWrite>,
    Path(OneGroup { id }): Path<OneGroup>,
    expected: Expected,
    Input(patch): Input<CustomerGroupPatch>,
) -> Written<Revised<CustomerGroupView>> {
    let mut tx = access.begin().await?;
    let group = queries::rename(&mut tx, &access.change(), &id, expected, patch).await?;
    tx.commit(revised(&access, group)).await
}

fn revised<S>(access: &Access<S>, group: CustomerGroup) -> Revised<CustomerGroupView> {
    Revised(group.revision, group.into_view(access.time_zone()))
}

async fn delete(
    access: Access<CustomersWrite>,
    Path(OneGroup { id }): Path<OneGroup>,
    expected: Expected,
) -> Written<NoContent> {
    let mut tx = access.begin_alone().await?;
    let deletion = DeletionId::random();
    queries::delete(&mut tx, &access.change(), &id, &expected, &deletion).await?;
    tx.commit(NoContent).await
}

async fn list_customers(
    access: Access<CustomersRead>,
    Path(OneGroup { id }): Path<OneGroup>,
    request: ListRequest<CustomersOfGroup>,
) -> Result<Json<Listing<CustomerView>>> {
    queries::find(&access, &id).await?;
    let zone = access.time_zone();
    let members = customers::queries::list_in_group(&access, &id, &request, zone).await?;
    Ok(request.listing(members).map(|customer| customer.into_view(zone)).json())
}

async fn add_customers(
    access: Access<CustomersWrite>,
    Path(OneGroup { id }): Path<OneGroup>,
    _: Limits,
    Input(ids): Input<CustomerIds>,
) -> Written<Json<CustomerList>> {
    let mut tx = access.begin_alone().await?;
    let added = queries::add_members(&mut tx, &access.change(), &id, &ids.customers.0).await?;
    let data = added.into_iter().map(|customer| customer.into_view(access.time_zone())).collect();
    tx.commit(Json(CustomerList { data })).await
}

async fn remove_customer(
    access: Access<CustomersWrite>,
    Path(OneMember { group, customer }): Path<OneMember>,
    expected: Expected,
) -> Written<NoContent> {
    let mut tx = access.begin_alone().await?;
    match queries::remove_members(&mut tx, &access.change(), &group, &[customer]).await? {
        0 => Err(Error::NotFound.into()),
        _ => {
            expected.check_without_revision()?;
            tx.commit(NoContent).await
        }
    }
}
