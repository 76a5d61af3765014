//! Delivering events to the webhooks of apps, for as long as the portal lets the app read what they are
//! about. See `docs/decisions/0074-webhooks-of-apps.md`.

mod covered;
mod health;
mod job;
mod log;
mod message;
mod received;

pub use health::FailingAppWebhook;
pub use log::AppLog;
pub use message::AppDelivery;
pub use received::{RECEIVED_KEPT_FOR, Received};
