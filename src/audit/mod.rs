//! The audit log: who did what, from where. An event is recorded in the transaction of its action,
//! and never changed. See `docs/decisions/0013-audit-log.md`.

mod action;
mod event;
mod export;
pub mod pages;
mod query;
mod retention;
mod search;

pub use action::Action;
pub use event::{Actor, ActorKind, Event};
pub use export::{Format, export};
pub use query::AuditQuery;
pub use retention::clean_up;
pub use search::{AuditLog, Cursor, Filter, Found, LOOKED_THROUGH, Recorded};
