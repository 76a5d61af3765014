//! IP addresses and the networks they come from.

mod ip_address;
mod prefix;

pub use ip_address::{parse_address, parse_network};
pub use prefix::Network;
