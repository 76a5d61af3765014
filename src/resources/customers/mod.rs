//! Customers of a portal.

mod choose;
mod contacts;
mod custom_field_form;
mod custom_field_pages;
mod custom_field_queries;
mod custom_fields;
mod custom_values;
mod detail;
mod edit;
mod events;
mod find;
mod form;
mod links;
mod list;
mod model;
mod pages;
pub mod queries;
mod remove_values;
mod routes;
mod ticked;
mod transfer;
mod trash;

pub use choose::customer_choice;
pub use custom_field_queries::{FieldDetails, insert as insert_field};
pub use custom_fields::{CustomFields, FieldKind};
pub use custom_values::CustomValues;
pub use links::{SECTION, customer_link, customer_path, email_text, new_customer_button};
pub use list::CustomersOfGroup;
pub use model::{
    Contact, Contacts, Customer, CustomerCreate, CustomerDetails, CustomerLanguage, CustomerPatch,
    CustomerType, CustomerView,
};
pub use pages::customer_page;
pub use remove_values::RemoveValues;

use super::Resource;
use crate::db::delete_batch;
use crate::quotas;

/// Customers, as the product knows them.
pub const RESOURCE: Resource = Resource {
    api: routes::routes,
    section: SECTION,
    pages: pages::pages,
    searched: queries::SEARCHED,
    find: find::find,
    sort_keys: queries::SORT_KEYS,
    quota: quotas::CUSTOMERS,
    trash: Some(&queries::TRASH),
    events: events::ALL,
    removal: &[
        delete_batch!("customers", "portal_id, id", "portal_id = ?2"),
        delete_batch!("customer_fields", "portal_id, key", "portal_id = ?2"),
    ],
};
