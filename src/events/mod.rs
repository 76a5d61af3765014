//! Events: what happened to a portal's resources, for programs that want to be told. An event is a
//! row, written in the transaction of its change, so there is none without the other. See
//! `docs/decisions/0048-events.md`.
//!
//! A resource declares its types of events in a file of its own, and emits them with
//! [`StoreTx::emit`](crate::tenant::StoreTx::emit): the only way to write one.

mod address;
mod delivery;
mod emit;
mod event;
mod event_type;
mod replay;
mod retention;
mod webhook_secret;

pub use address::check_address;
pub use delivery::{
    AppDelivery, AppLog, Delivery, FailingAppWebhook, FailingWebhook, Logged, MOST_OF_WEBHOOK,
    NoAnswer, PATIENCE, RECEIVED_KEPT_FOR, Received, Sender, WARNED_AFTER,
};
pub use event::Event;
pub use event_type::{EventData, EventInfo, EventType};
pub use replay::{MOST_REPLAYED, Replay};
pub use retention::{Bounds, MOST_OF_PORTAL, clean_up};
pub use webhook_secret::WebhookSecret;
