//! Throttles wrong client credentials. Correct ones are never slowed down, whoever sends wrong ones
//! in their name or from their address. Each grant type is counted separately, so that failing
//! refreshes don't affect exchanges.

use std::net::IpAddr;

use jiff::SignedDuration;

use super::Throttle;
use crate::clock::Clock;
use crate::ids::AppId;
use crate::network::Network;

const WINDOW: SignedDuration = SignedDuration::from_mins(1);
/// Wrong attempts per minute for one app.
const OF_CLIENT: u32 = 20;
/// Wrong attempts per minute from one address (for IPv6: one /64), which many apps can share.
const FROM_ADDRESS: u32 = 200;
/// The minimum number of apps and addresses to remember.
const REMEMBERED: usize = 10_000;

/// The wrong attempts of the last minute.
#[derive(Debug)]
pub struct ClientThrottle {
    by_client: Throttle<(AppId, &'static str)>,
    by_address: Throttle<(Network, &'static str)>,
}

impl ClientThrottle {
    /// Empty counters.
    pub fn new(clock: &Clock) -> Self {
        Self {
            by_client: Throttle::new(clock, OF_CLIENT, WINDOW, REMEMBERED),
            by_address: Throttle::new(clock, FROM_ADDRESS, WINDOW, REMEMBERED),
        }
    }

    /// Counts wrong credentials; returns the seconds to wait if there were too many.
    pub fn count(
        &self,
        client: Option<AppId>,
        address: IpAddr,
        grant_type: &'static str,
    ) -> Option<u32> {
        let of_client =
            client.and_then(|client| self.by_client.attempt((client, grant_type)).err());
        let from_address = self.by_address.attempt((address.into(), grant_type)).err();
        of_client.max(from_address)
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn each_client_address_and_grant_type_counts_by_itself() {
        let throttle = ClientThrottle::new(&Clock::stopped(Timestamp::UNIX_EPOCH));
        let client = |text: &str| Some(text.parse::<AppId>().unwrap());
        let address = |last| IpAddr::from([203, 0, 113, last]);
        for _ in 0..OF_CLIENT {
            assert_eq!(throttle.count(client("app_a"), address(1), "refresh_token"), None);
        }
        assert_eq!(throttle.count(client("app_a"), address(2), "refresh_token"), Some(3));
        assert_eq!(throttle.count(client("app_b"), address(1), "refresh_token"), None);
        assert_eq!(throttle.count(client("app_a"), address(1), "authorization_code"), None);
        for _ in 0..FROM_ADDRESS {
            throttle.count(None, address(3), "refresh_token");
        }
        assert!(throttle.count(None, address(3), "refresh_token").is_some());
        assert_eq!(throttle.count(None, address(4), "refresh_token"), None);
    }
}
