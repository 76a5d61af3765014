//! Groups of customers.

mod list;
mod model;
mod pages;
pub mod queries;
mod routes;

pub use model::{
    CustomerGroup, CustomerGroupCreate, CustomerGroupPatch, CustomerGroupView, CustomerIds,
};

use super::Resource;

/// The resource.
pub(super) const RESOURCE: Resource = Resource {
    routes: routes::routes,
    pages: pages::routes,
    searched: queries::SEARCHED,
    sort_keys: queries::SORT_KEYS,
    events: &[],
};
