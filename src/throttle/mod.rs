//! Counts attempts in memory, by what they come from: what slows down guessing and flooding.

mod by_key;
mod client;
mod guest;
mod minting;
mod request;
mod user_code;

pub use by_key::Throttle;
pub use client::ClientThrottle;
pub use guest::GuestThrottle;
pub use minting::Minting;
pub use request::{Kept, RequestThrottle};
pub use user_code::UserCodeThrottle;

/// Too many at a time; it wasn't counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooMany {
    /// When to try again, in seconds.
    pub retry_after: u32,
    /// What there are too many of, for the developer of an app.
    pub description: &'static str,
}
