//! The API keys of portals.

mod api_key;
mod expiring_key;

pub use api_key::{ApiKey, Ended, NewApiKey};
pub use expiring_key::{ExpiringKey, forget_ended, record_expired};
