//! Limits what is stored for requests: pushed requests (RFC 9126) and device codes (RFC 8628) until
//! an owner decides, and the ids of signed assertions (RFC 7523). Anybody can send requests in the
//! name of an app without a secret, so these are counted per app and network, and nobody can use up
//! somebody else's share. An app that authenticates is counted as a whole. Each kind is counted
//! separately.

use std::net::IpAddr;

use jiff::SignedDuration;

use super::{Throttle, TooMany};
use crate::clock::Clock;
use crate::ids::AppId;
use crate::network::Network;

const WINDOW: SignedDuration = SignedDuration::from_mins(10);
/// Requests per window of one app without a secret from one network.
const OF_PUBLIC_APP: u32 = 300;
/// Requests per window of all such apps from one network, which many people can share.
const FROM_NETWORK: u32 = 1_000;
/// Requests per window of one app that authenticates.
const OF_CONFIDENTIAL_APP: u32 = 6_000;
/// Signed assertions per window of one app. Each id is stored until the assertion would be too old
/// anyway, at most an hour.
const ASSERTIONS_OF_APP: u32 = 12_000;
/// The minimum number of apps and networks to remember.
const REMEMBERED: usize = 10_000;

/// The kind of request that is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kept {
    /// A pushed authorization request.
    PushedRequest,
    /// A device code.
    DeviceCode,
}

/// The requests of the last minutes.
#[derive(Debug)]
pub struct RequestThrottle {
    of_public_app: Throttle<(AppId, Network, Kept)>,
    from_network: Throttle<(Network, Kept)>,
    of_confidential_app: Throttle<(AppId, Kept)>,
    assertions_of_app: Throttle<AppId>,
}

impl RequestThrottle {
    /// Empty counters.
    pub fn new(clock: &Clock) -> Self {
        Self {
            of_public_app: Throttle::new(clock, OF_PUBLIC_APP, WINDOW, REMEMBERED),
            from_network: Throttle::new(clock, FROM_NETWORK, WINDOW, REMEMBERED),
            of_confidential_app: Throttle::new(clock, OF_CONFIDENTIAL_APP, WINDOW, REMEMBERED),
            assertions_of_app: Throttle::new(clock, ASSERTIONS_OF_APP, WINDOW, REMEMBERED),
        }
    }

    /// Counts a request that is about to be stored.
    ///
    /// # Errors
    /// [`TooMany`]; it isn't counted then.
    pub fn count(
        &self,
        app: &AppId,
        is_public: bool,
        address: IpAddr,
        kept: Kept,
    ) -> Result<(), TooMany> {
        let counted = if is_public {
            self.count_public(app, address.into(), kept)
        } else {
            self.of_confidential_app.attempt((app.clone(), kept))
        };
        counted.map_err(too_many)
    }

    /// Counts an assertion whose id is about to be stored. Its signature is valid, so only the app
    /// itself can use this up.
    ///
    /// # Errors
    /// As [`RequestThrottle::count`].
    pub fn count_assertion(&self, app: &AppId) -> Result<(), TooMany> {
        self.assertions_of_app.attempt(app.clone()).map_err(too_many)
    }

    fn count_public(&self, app: &AppId, network: Network, kept: Kept) -> Result<(), u32> {
        let of_app = (app.clone(), network, kept);
        self.of_public_app.attempt(of_app.clone())?;
        // A request refused for its network doesn't count for the app.
        self.from_network
            .attempt((network, kept))
            .inspect_err(|_| self.of_public_app.forgive(&of_app))
    }
}

const fn too_many(retry_after: u32) -> TooMany {
    TooMany { retry_after, description: "too many requests; wait as long as Retry-After says" }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn each_app_network_and_kind_counts_by_itself_and_all_apps_of_a_network_together() {
        let throttle = RequestThrottle::new(&Clock::stopped(Timestamp::UNIX_EPOCH));
        let network = |last| Network::from(IpAddr::from([203, 0, 113, last]));
        let apps = [(); 5].map(|()| AppId::random());
        for _ in 0..OF_PUBLIC_APP {
            assert_eq!(throttle.count_public(&apps[0], network(1), Kept::PushedRequest), Ok(()));
        }
        assert_eq!(throttle.count_public(&apps[0], network(1), Kept::PushedRequest), Err(2));
        assert_eq!(throttle.count_public(&apps[0], network(1), Kept::DeviceCode), Ok(()));
        assert_eq!(throttle.count_public(&apps[0], network(2), Kept::PushedRequest), Ok(()));
        let of_all = (0..FROM_NETWORK).filter(|index| {
            throttle
                .count_public(&apps[1 + *index as usize % 4], network(1), Kept::PushedRequest)
                .is_ok()
        });
        assert_eq!(of_all.count(), 700, "and 300 before");
        let signed = (0..2 * ASSERTIONS_OF_APP)
            .filter(|_| throttle.count_assertion(&apps[0]).is_ok())
            .count();
        assert_eq!(signed, ASSERTIONS_OF_APP as usize);
        assert!(throttle.count_assertion(&apps[1]).is_ok());
        assert_eq!(throttle.count_public(&apps[1], network(2), Kept::PushedRequest), Ok(()));
    }
}
