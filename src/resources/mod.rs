//! The portal's resources. Each folder holds all of one: model, statements, API routes and pages.
//! A new resource is registered with one line here.

pub mod customer_groups;
pub mod customers;

use crate::http::Routes;

/// The API routes of all resources.
pub fn routes() -> Routes {
    Routes::default().merge(customers::routes()).merge(customer_groups::routes())
}
