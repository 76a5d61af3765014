//! The settings of connections, within the system's limits.

use std::time::Duration;

use clap::Args;
use ipnet::IpNet;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::Limits;
use crate::arguments::whole_number;

/// The maximum number of file descriptors reserved for other uses: the database and its threads,
/// mail, and files.
const OTHER_DESCRIPTORS: u64 = 256;

/// Limits on the number and time of connections.
#[derive(Debug, Clone, Args)]
pub struct ConnectionSettings {
    /// Connections that can be open at a time, as far as the system has file descriptors; a new one
    /// replaces the one that has waited longest
    #[arg(long, env = "KLANTPORTAAL_MAX_CONNECTIONS", value_name = "N", default_value_t = 4096,
          value_parser = whole_number::<4, 1_000_000>, global = true)]
    pub max_connections: u32,

    /// Connections that one address can have open (an IPv6 network of /64 counts as one);
    /// trusted-proxies have no such limit
    #[arg(long, env = "KLANTPORTAAL_MAX_CONNECTIONS_PER_ADDRESS", value_name = "N",
          default_value_t = 512, value_parser = whole_number::<2, 1_000_000>, global = true)]
    pub max_connections_per_address: u32,

    /// Seconds that a client can take to send the head of a request, to send its body (of a large one,
    /// each 256 KiB), and to continue reading the response
    #[arg(long, env = "KLANTPORTAAL_CLIENT_SECONDS", value_name = "SECONDS", default_value_t = 30,
          value_parser = whole_number::<1, 3600>, global = true)]
    pub client_seconds: u32,

    /// Seconds that a connection stays open between requests; must be longer than in a proxy in
    /// front of the server
    #[arg(long, env = "KLANTPORTAAL_IDLE_SECONDS", value_name = "SECONDS", default_value_t = 75,
          value_parser = whole_number::<1, 3600>, global = true)]
    pub idle_seconds: u32,
}

impl ConnectionSettings {
    /// The limits, within what the system allows, after raising the process's limit on file
    /// descriptors as far as possible.
    pub fn limits(&self, proxies: &[IpNet]) -> Limits {
        let descriptors = all_descriptors();
        let for_connections = descriptors - (descriptors / 2).min(OTHER_DESCRIPTORS);
        let connections = u64::from(self.max_connections).min(for_connections);
        if connections < u64::from(self.max_connections) {
            tracing::warn!(
                descriptors,
                connections,
                "fewer connections than max-connections are available: the limit on open files (ulimit -n) is too low"
            );
        }
        Limits {
            connections: usize::try_from(connections).unwrap_or(usize::MAX),
            of_one_network: self.max_connections_per_address as usize,
            proxies: proxies.to_owned(),
            client: Duration::from_secs(self.client_seconds.into()),
            idle: Duration::from_secs(self.idle_seconds.into()),
        }
    }
}

/// Raises the process's limit on file descriptors as far as possible, and returns it.
fn all_descriptors() -> u64 {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    let limit = match setrlimit(Resource::Nofile, raised) {
        Ok(()) => raised,
        Err(_) => limit,
    };
    limit.current.unwrap_or(u64::MAX)
}
