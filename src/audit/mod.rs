//! The audit log: who did what, from where. An event is recorded in the transaction of its action,
//! and never changed. See `docs/decisions/0013-audit-log.md`.

mod action;
mod event;
mod retention;

pub use action::Action;
pub use event::{Actor, ActorKind, Event};
pub use retention::clean_up;
