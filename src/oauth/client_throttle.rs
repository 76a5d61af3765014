//! Slows down wrong client credentials. Right ones are never slowed, whoever else tries wrong ones
//! in their name or from their address; and each grant type counts by itself, so that failing
//! refreshes leave exchanges alone.

use std::net::IpAddr;

use jiff::{SignedDuration, Timestamp};

use crate::auth::{Network, Throttle};
use crate::ids::AppId;

const WINDOW: SignedDuration = SignedDuration::from_mins(1);
/// Wrong tries a minute in the name of one app.
const OF_CLIENT: u32 = 20;
/// Wrong tries a minute from one address (of IPv6: one /64), which many apps may share.
const FROM_ADDRESS: u32 = 200;
/// How many apps and addresses are remembered at least.
const REMEMBERED: usize = 10_000;

/// The wrong tries of the last minute.
#[derive(Debug)]
pub struct ClientThrottle {
    by_client: Throttle<(AppId, &'static str)>,
    by_address: Throttle<(Network, &'static str)>,
}

impl Default for ClientThrottle {
    fn default() -> Self {
        Self {
            by_client: Throttle::new(OF_CLIENT, WINDOW, REMEMBERED),
            by_address: Throttle::new(FROM_ADDRESS, WINDOW, REMEMBERED),
        }
    }
}

impl ClientThrottle {
    /// Counts wrong credentials; tells how many seconds to wait when it is one try too many.
    pub fn count(
        &self,
        client: Option<AppId>,
        address: IpAddr,
        grant_type: &'static str,
        now: Timestamp,
    ) -> Option<u32> {
        let of_client =
            client.and_then(|client| self.by_client.attempt((client, grant_type), now).err());
        let from_address = self.by_address.attempt((address.into(), grant_type), now).err();
        of_client.max(from_address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_client_address_and_grant_type_counts_by_itself() {
        let (throttle, now) = (ClientThrottle::default(), Timestamp::UNIX_EPOCH);
        let client = |text: &str| Some(text.parse::<AppId>().unwrap());
        let address = |last| IpAddr::from([203, 0, 113, last]);
        for _ in 0..OF_CLIENT {
            assert_eq!(throttle.count(client("app_a"), address(1), "refresh_token", now), None);
        }
        assert_eq!(throttle.count(client("app_a"), address(2), "refresh_token", now), Some(3));
        assert_eq!(throttle.count(client("app_b"), address(1), "refresh_token", now), None);
        assert_eq!(throttle.count(client("app_a"), address(1), "authorization_code", now), None);
        for _ in 0..FROM_ADDRESS {
            throttle.count(None, address(3), "refresh_token", now);
        }
        assert!(throttle.count(None, address(3), "refresh_token", now).is_some());
        assert_eq!(throttle.count(None, address(4), "refresh_token", now), None);
    }
}
