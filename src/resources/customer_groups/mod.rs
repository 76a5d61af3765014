//! Groups of customers.

mod model;
mod pages;
pub mod queries;
mod routes;

pub use model::{
    CustomerGroup, CustomerGroupCreate, CustomerGroupPatch, CustomerGroupView, CustomerIds,
};
pub use pages::routes as pages;
pub use routes::routes;
