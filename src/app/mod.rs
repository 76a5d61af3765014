//! Puts everything together: the router of all surfaces, the loop that serves it, and the layers that
//! know all of them.

mod api;
mod downloads;
mod hosts;
#[cfg(test)]
mod list_plans;
mod registered;
mod search;
mod serve;
mod start;
#[cfg(test)]
mod texts;
mod unknown;

pub use registered::{endpoints, pages};
pub use serve::{router, serve};
