//! Groups of customers.

mod find;
mod list;
mod model;
mod pages;
pub mod queries;
mod routes;
mod trash;

pub use model::{
    CustomerGroup, CustomerGroupCreate, CustomerGroupPatch, CustomerGroupView, CustomerIds,
};
pub use pages::SECTION;

use super::Resource;
use crate::db::delete_batch;
use crate::quotas;

/// Customer groups, as the product knows them.
pub const RESOURCE: Resource = Resource {
    api: routes::routes,
    section: SECTION,
    pages: pages::pages,
    searched: queries::SEARCHED,
    find: find::find,
    sort_keys: queries::SORT_KEYS,
    quota: quotas::CUSTOMER_GROUPS,
    trash: Some(&queries::TRASH),
    events: &[],
    removal: &[
        delete_batch!(
            "customer_group_members",
            "portal_id, customer_id, group_id",
            "portal_id = ?2"
        ),
        delete_batch!("customer_groups", "portal_id, id", "portal_id = ?2"),
    ],
};
