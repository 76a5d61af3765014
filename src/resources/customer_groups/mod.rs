//! Groups of customers.

mod model;
pub mod queries;
mod routes;

pub use model::{CustomerGroup, CustomerGroupCreate, CustomerGroupPatch, CustomerGroupView, CustomerIds};
pub use routes::routes;
