//! Requests to addresses that others have chosen, such as those of webhooks: never to the server's own
//! network. See `docs/decisions/0060-requests-to-addresses-of-others.md`.

mod client;
mod connection;
mod guard;
mod host;
mod kept;

pub use client::{Client, Fault, tls_connector};
pub use connection::Answer;
pub use guard::{Guard, Refused};
pub use host::host_of;
