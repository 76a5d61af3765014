//! HTTP: one port, its surfaces, and what their handlers take and answer.

mod access;
mod api;
mod body;
mod caller;
mod challenge;
mod cors;
mod dpop;
mod fields;
mod headers;
mod hosts;
mod json;
mod list;
mod path;
mod request_id;
mod routes;
pub mod schema;
mod seen;
mod serve;
pub mod site;

pub use access::Access;
pub use api::api_router;
pub use body::read_body;
pub use caller::{Caller, address};
pub use cors::any_origin;
pub use fields::{Fields, FromFields, Input, is_email, media_type};
pub use hosts::{Sites, Surface, listening_origin};
pub use json::Json;
pub use list::{ListRequest, Listing, PER_PAGE};
pub use path::Path;
pub use routes::Routes;
pub use serve::{router, serve};
