//! The limits on connections.

use std::time::Duration;

use ipnet::IpNet;

/// The limits on connections.
#[derive(Debug, Clone)]
pub struct Limits {
    /// The maximum number of connections.
    pub connections: usize,
    /// The maximum number for one network, except [`Limits::proxies`].
    pub of_one_network: usize,
    /// Proxies, which many clients share.
    pub proxies: Vec<IpNet>,
    /// How long a client can take to send the head of a request, to send its body, and to keep
    /// reading the response.
    pub client: Duration,
    /// How long a connection can stay open between requests.
    pub idle: Duration,
}
