//! Throttles guessing of public links and of their passwords, by people without an account.

use std::net::IpAddr;

use jiff::SignedDuration;

use super::Throttle;
use crate::clock::Clock;
use crate::network::Network;

const WINDOW: SignedDuration = SignedDuration::from_mins(10);
/// Links that don't work, per window from one network, which many people can share.
const DEAD_LINKS: u32 = 60;
/// Wrong passwords per window for one link, wherever they come from.
const OF_LINK: u32 = 20;
/// Wrong passwords per window from one network.
const FROM_NETWORK: u32 = 50;
/// The minimum number of links and networks to remember.
const REMEMBERED: usize = 10_000;

/// What people without an account tried in the last minutes.
#[derive(Debug)]
pub struct GuestThrottle {
    dead_links: Throttle<Network>,
    by_link: Throttle<String>,
    by_network: Throttle<Network>,
}

impl GuestThrottle {
    /// Empty counters.
    pub fn new(clock: &Clock) -> Self {
        Self {
            dead_links: Throttle::new(clock, DEAD_LINKS, WINDOW, REMEMBERED),
            by_link: Throttle::new(clock, OF_LINK, WINDOW, REMEMBERED),
            by_network: Throttle::new(clock, FROM_NETWORK, WINDOW, REMEMBERED),
        }
    }

    /// Whether somebody at this address may open links.
    ///
    /// # Errors
    /// How many seconds to wait.
    pub fn admit(&self, address: IpAddr) -> Result<(), u32> {
        self.dead_links.wait(&address.into()).map_or(Ok(()), Err)
    }

    /// Counts a link that doesn't work.
    pub fn fail(&self, address: IpAddr) {
        self.dead_links.fail(address.into());
    }

    /// Counts a wrong password of a link to this row in advance; [`GuestThrottle::forgive`] takes it back
    /// if the password was right.
    ///
    /// # Errors
    /// How many seconds to wait; nothing is counted then.
    pub fn attempt(&self, row: &str, address: IpAddr) -> Result<(), u32> {
        self.by_link.attempt(row.to_owned())?;
        self.by_network
            .attempt(address.into())
            .inspect_err(|_| self.by_link.forgive(&row.to_owned()))
    }

    /// Takes back a counted password.
    pub fn forgive(&self, row: &str, address: IpAddr) {
        self.by_link.forgive(&row.to_owned());
        self.by_network.forgive(&address.into());
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn each_link_and_each_network_has_its_own_limit() {
        let guests = GuestThrottle::new(&Clock::stopped(Timestamp::UNIX_EPOCH));
        let from = |last: u8| IpAddr::from([192, 0, 2, last]);
        let tries = |row: &str, last: u8| {
            (0..100).take_while(|_| guests.attempt(row, from(last)).is_ok()).count()
        };
        assert_eq!(tries("fss_a", 1), 20);
        assert_eq!(tries("fss_a", 2), 0, "wherever they come from");
        assert_eq!(tries("fss_b", 1) + tries("fss_c", 1), 30, "the rest of the network's");
        assert_eq!(tries("fss_c", 2), 10, "what the network was refused is not counted");
        guests.forgive("fss_a", from(2));
        assert_eq!(tries("fss_a", 2), 1);
        for _ in 0..60 {
            assert!(guests.admit(from(3)).is_ok());
            guests.fail(from(3));
        }
        assert!(guests.admit(from(3)).is_err() && guests.admit(from(4)).is_ok());
    }
}
