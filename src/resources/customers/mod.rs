//! Customers of a portal.

mod countries;
mod model;
pub mod queries;
mod routes;

pub use model::{Customer, CustomerCreate, CustomerPatch, CustomerView};
pub use routes::routes;
