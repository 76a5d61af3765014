//! Customers of a portal.

mod events;
mod form;
mod list;
mod model;
mod pages;
pub mod queries;
mod routes;

pub use list::CustomersOfGroup;
pub use model::{
    Customer, CustomerCreate, CustomerDetails, CustomerLanguage, CustomerPatch, CustomerType,
    CustomerView,
};
pub use pages::{customer_link, email_text, new_customer_button};

use super::Resource;

/// The resource.
pub(super) const RESOURCE: Resource = Resource {
    routes: routes::routes,
    pages: pages::routes,
    searched: queries::SEARCHED,
    sort_keys: queries::SORT_KEYS,
    events: events::ALL,
};
