//! The request log: the API requests of each key and each app's grant, for 30 days.
//!
//! A request appends a few bytes to a buffer in memory. Every few seconds the buffer of each key
//! and grant becomes one row, a *segment*. A search unpacks segments, newest first. See
//! `docs/decisions/0008-request-log.md`.

mod app_days;
mod buffer;
mod entry;
mod portal_days;
mod search;
mod segments;

pub use app_days::{AppDay, Day, DayCounts, RefusedApp, Without};
pub use buffer::Buffer;
#[cfg(test)]
pub(crate) use entry::tests::logged;
pub use entry::{Logged, METHODS_IN_USE, Refusal, RequestNote};
pub use portal_days::{Failing, PortalDay};
pub use search::{Cursor, Filter, Found, LogOf, StatusClass};
pub use segments::{KEPT, LogSubject, clean_up};
