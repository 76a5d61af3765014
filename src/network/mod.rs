//! IP addresses and the networks they come from.

mod ip_address;
mod prefix;

pub use ip_address::{is_this_machine, parse_address, parse_network};
pub use prefix::Network;
