//! The audit log: who did what, from where. An event is written in the transaction of what it tells of.

mod action;
mod event;

pub use action::Action;
pub use event::{Actor, Event};
