//! Throttles guessing of user codes (RFC 8628 section 5.1). Guessing requires an account, so nobody
//! can lock somebody else out, except from a shared address.

use std::net::IpAddr;

use jiff::SignedDuration;

use super::Throttle;
use crate::clock::Clock;
use crate::ids::AccountId;

const WINDOW: SignedDuration = SignedDuration::from_mins(10);
/// Wrong codes per window from one account.
const OF_ACCOUNT: u32 = 10;
/// Wrong codes per window from one address, which many people can share.
const FROM_ADDRESS: u32 = 50;
/// The minimum number of accounts and addresses to remember.
const REMEMBERED: usize = 10_000;

/// The wrong user codes of the last minutes.
#[derive(Debug)]
pub struct UserCodeThrottle {
    by_account: Throttle<AccountId>,
    by_address: Throttle<IpAddr>,
}

impl UserCodeThrottle {
    /// Empty counters.
    pub fn new(clock: &Clock) -> Self {
        Self {
            by_account: Throttle::new(clock, OF_ACCOUNT, WINDOW, REMEMBERED),
            by_address: Throttle::new(clock, FROM_ADDRESS, WINDOW, REMEMBERED),
        }
    }

    /// Counts a wrong code in advance; [`UserCodeThrottle::forgive`] takes it back if the code was
    /// right.
    ///
    /// # Errors
    /// How many seconds to wait; nothing is counted then.
    pub fn attempt(&self, account: &AccountId, address: IpAddr) -> Result<(), u32> {
        self.by_account.attempt(account.clone())?;
        self.by_address.attempt(address).inspect_err(|_| self.by_account.forgive(account))
    }

    /// Takes back a counted code.
    pub fn forgive(&self, account: &AccountId, address: IpAddr) {
        self.by_account.forgive(account);
        self.by_address.forgive(&address);
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

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
        let others: Vec<AccountId> = (0..FROM_ADDRESS).map(|_| AccountId::random()).collect();
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
