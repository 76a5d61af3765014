//! Bounds the mail that people cause who are not logged in: nobody is flooded with it.

use std::net::IpAddr;

use jiff::{SignedDuration, Timestamp};

use super::TypedEmail;
use crate::auth::{Network, Throttle};

const WINDOW: SignedDuration = SignedDuration::from_hours(1);
/// Mails of one kind an hour to one address. A link to choose another password lives an hour, so whoever uses these
/// up leaves the owner with links that work.
const TO_ADDRESS: u32 = 3;
/// Requests an hour from one network.
const FROM_NETWORK: u32 = 60;
/// How many addresses and networks are remembered at least.
const REMEMBERED: usize = 50_000;

/// Mails that a stranger can cause. Each kind counts by itself, so that one cannot use up another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MailKind {
    /// A link to prove the address.
    Verify,
    /// A link to choose another password.
    Reset,
    /// That the address has an account already.
    Known,
}

/// The requests and mails of the last hour.
#[derive(Debug)]
pub struct MailLimits {
    requests: Throttle<Network>,
    mails: Throttle<(MailKind, TypedEmail)>,
}

impl Default for MailLimits {
    fn default() -> Self {
        Self { requests: Throttle::new(FROM_NETWORK, WINDOW, REMEMBERED), mails: Throttle::new(TO_ADDRESS, WINDOW, REMEMBERED) }
    }
}

impl MailLimits {
    /// Counts a request that may end in a mail.
    ///
    /// # Errors
    /// How many seconds its address has to wait.
    pub fn request(&self, address: IpAddr, now: Timestamp) -> Result<(), u32> {
        self.requests.attempt(address.into(), now)
    }

    /// Counts a mail: whether it may be sent.
    pub fn allow(&self, kind: MailKind, email: &str, now: Timestamp) -> bool {
        self.mails.attempt((kind, TypedEmail::new(email)), now).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_mail_and_each_address_counts_by_itself() {
        let (limits, start) = (MailLimits::default(), Timestamp::UNIX_EPOCH);
        let allow = |kind, email, minutes| limits.allow(kind, email, start + SignedDuration::from_mins(minutes));
        for _ in 0..TO_ADDRESS {
            assert!(allow(MailKind::Known, "jan@example.nl", 0));
        }
        assert!(!allow(MailKind::Known, "JAN@example.nl", 0));
        assert!(allow(MailKind::Reset, "jan@example.nl", 0) && allow(MailKind::Known, "piet@example.nl", 0));
        assert!(!allow(MailKind::Known, "jan@example.nl", 19) && allow(MailKind::Known, "jan@example.nl", 20));
    }
}
