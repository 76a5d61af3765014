//! The caller of a request: for the audit log, throttles, and address lists of keys.

mod user_agent;

pub use user_agent::{UserAgent, known_user_agent, readable_user_agent};

use std::net::IpAddr;

/// The caller of a request: its IP address and user agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The IP address, as seen by this server or reported by a trusted proxy.
    pub address: IpAddr,
    /// The `User-Agent` header, truncated to 200 bytes; empty if absent.
    pub user_agent: String,
}
