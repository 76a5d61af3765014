//! Throttles guessing of user codes (RFC 8628 section 5.1). Guessing requires an account, so nobody
//! can lock somebody else out, except from a shared network.

use std::net::IpAddr;

use jiff::SignedDuration;

use super::Throttle;
use crate::clock::Clock;
use crate::ids::AccountId;
use crate::network::Network;

const WINDOW: SignedDuration = SignedDuration::from_mins(10);
/// Wrong codes per window from one account.
const OF_ACCOUNT: u32 = 10;
/// Wrong codes per window from one network (an IPv4 address or an IPv6 /64), which many people can
/// share.
const FROM_NETWORK: u32 = 50;
/// The minimum number of accounts and networks to remember.
const REMEMBERED: usize = 10_000;

/// The wrong user codes of the last minutes.
#[derive(Debug)]
pub struct UserCodeThrottle {
    by_account: Throttle<AccountId>,
    by_network: Throttle<Network>,
}

impl UserCodeThrottle {
    /// Empty counters.
    pub fn new(clock: &Clock) -> Self {
        Self {
            by_account: Throttle::new(clock, OF_ACCOUNT, WINDOW, REMEMBERED),
            by_network: Throttle::new(clock, FROM_NETWORK, WINDOW, REMEMBERED),
        }
    }

    /// Counts a wrong code in advance; [`UserCodeThrottle::forgive`] takes it back if the code was
    /// right.
    ///
    /// # Errors
    /// How many seconds to wait; nothing is counted then.
    pub fn attempt(&self, account: &AccountId, address: IpAddr) -> Result<(), u32> {
        self.by_account.attempt(account.clone())?;
        self.by_network.attempt(address.into()).inspect_err(|_| self.by_account.forgive(account))
    }

    /// Takes back a counted code.
    pub fn forgive(&self, account: &AccountId, address: IpAddr) {
        self.by_account.forgive(account);
        self.by_network.forgive(&address.into());
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn all_addresses_of_an_ipv6_network_are_slowed_together() {
        let throttle = UserCodeThrottle::new(&Clock::stopped(Timestamp::UNIX_EPOCH));
        let address =
            |network: u16, last: u16| IpAddr::from([0x2001, 0xdb8, 0, network, 0, 0, 0, last]);
        for last in 0..u16::try_from(FROM_NETWORK).unwrap() {
            assert_eq!(throttle.attempt(&AccountId::random(), address(1, last)), Ok(()));
        }
        assert!(throttle.attempt(&AccountId::random(), address(1, 999)).is_err());
        assert_eq!(throttle.attempt(&AccountId::random(), address(2, 1)), Ok(()));
        throttle.forgive(&AccountId::random(), address(1, 5000));
        assert_eq!(throttle.attempt(&AccountId::random(), address(1, 999)), Ok(()));
    }

    #[test]
    fn accounts_and_addresses_are_slowed_each_by_itself() {
        let throttle = UserCodeThrottle::new(&Clock::stopped(Timestamp::UNIX_EPOCH));
        let address = |last| IpAddr::from([203, 0, 113, last]);
        let account: AccountId = "acc_a".parse().unwrap();
        for _ in 0..OF_ACCOUNT {
            assert_eq!(throttle.attempt(&account, address(1)), Ok(()));
        }
        assert_eq!(throttle.attempt(&account, address(2)), Err(60));
        throttle.forgive(&account, address(1));
        assert_eq!(throttle.attempt(&account, address(1)), Ok(()));
        let others: Vec<AccountId> = (0..FROM_NETWORK).map(|_| AccountId::random()).collect();
        for other in &others {
            let _ = throttle.attempt(other, address(1));
        }
        let fresh = AccountId::random();
        assert!(throttle.attempt(&fresh, address(1)).is_err());
        for _ in 0..OF_ACCOUNT {
            assert_eq!(
                throttle.attempt(&fresh, address(3)),
                Ok(()),
                "what the address held up does not count for the account"
            );
        }
    }
}
