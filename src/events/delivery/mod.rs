//! Delivering events to webhooks: a job for each webhook and event, enqueued by the transaction that
//! emits the event. See `docs/decisions/0061-deliveries.md`.

mod health;
mod job;
mod kept;
mod log;
mod parcel;
mod send;
mod to_app;

pub use health::{FailingWebhook, PATIENCE, WARNED_AFTER};
pub use job::Delivery;
pub use log::{Logged, MOST_OF_WEBHOOK};
pub use send::{NoAnswer, Sender};
pub use to_app::{AppDelivery, AppLog, FailingAppWebhook, RECEIVED_KEPT_FOR, Received};
