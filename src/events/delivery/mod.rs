//! Delivering events to webhooks: a job for each webhook and event, enqueued by the transaction that
//! emits the event. See `docs/decisions/0061-deliveries.md`.

mod health;
mod job;
mod log;
mod parcel;

pub use health::{FailingWebhook, PATIENCE, WARNED_AFTER};
pub use job::{Delivery, Sender};
pub use log::{Logged, MOST_OF_WEBHOOK, NoAnswer};
