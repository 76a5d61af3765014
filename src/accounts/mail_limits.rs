//! Limits the mail that people, logged in or not, can cause to anybody's address, so that nobody is
//! flooded with it.

use std::net::IpAddr;

use jiff::SignedDuration;

use super::TypedEmail;
use crate::clock::Clock;
use crate::ids::AccountId;
use crate::network::Network;
use crate::throttle::Throttle;

const WINDOW: SignedDuration = SignedDuration::from_hours(1);
/// Mails of one kind, or invitations, per hour to one address. A link to reset the password is
/// valid for an hour, so an attacker who uses these up leaves the owner with working links.
const TO_ADDRESS: u32 = 3;
/// Requests, and invitations, per hour from one network.
const FROM_NETWORK: u32 = 60;
/// Invitations per hour by one person.
const BY_INVITER: u32 = 30;
/// The minimum number of addresses, networks and people to remember.
const REMEMBERED: usize = 50_000;

/// Mails that a stranger can cause. Each kind is counted separately.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MailKind {
    /// A link to verify the address.
    Verify,
    /// A link to reset the password.
    Reset,
    /// A notice that the address already has an account.
    Known,
}

/// The requests and mails of the last hour.
#[derive(Debug)]
pub struct MailLimits {
    requests: Throttle<Network>,
    mails: Throttle<(MailKind, TypedEmail)>,
    new_browsers: Throttle<TypedEmail>,
    inviters: Throttle<AccountId>,
    inviting: Throttle<Network>,
    invited: Throttle<TypedEmail>,
}

impl MailLimits {
    /// Empty counters.
    pub fn new(clock: &Clock) -> Self {
        Self {
            requests: Throttle::new(clock, FROM_NETWORK, WINDOW, REMEMBERED),
            mails: Throttle::new(clock, TO_ADDRESS, WINDOW, REMEMBERED),
            new_browsers: Throttle::new(clock, TO_ADDRESS, WINDOW, REMEMBERED),
            inviters: Throttle::new(clock, BY_INVITER, WINDOW, REMEMBERED),
            inviting: Throttle::new(clock, FROM_NETWORK, WINDOW, REMEMBERED),
            invited: Throttle::new(clock, TO_ADDRESS, WINDOW, REMEMBERED),
        }
    }

    /// Counts a request that can cause a mail.
    ///
    /// # Errors
    /// How many seconds its address has to wait.
    pub fn request(&self, address: IpAddr) -> Result<(), u32> {
        self.requests.attempt(address.into())
    }

    /// Counts a mail; false if it must not be sent.
    pub fn allow(&self, kind: MailKind, email: &str) -> bool {
        self.mails.attempt((kind, TypedEmail::new(email))).is_ok()
    }

    /// Counts a mail about a log-in from an unknown browser; false if it must not be sent.
    pub fn allow_new_browser(&self, email: &str) -> bool {
        self.new_browsers.attempt(TypedEmail::new(email)).is_ok()
    }

    /// Counts an invitation by sender, network and recipient. Strangers who request mail from the
    /// same network don't affect it.
    ///
    /// # Errors
    /// How many seconds to wait; nothing is counted then.
    pub fn invitation(&self, inviter: &AccountId, address: IpAddr, email: &str) -> Result<(), u32> {
        let network = Network::from(address);
        self.inviters.attempt(inviter.clone())?;
        self.inviting.attempt(network).inspect_err(|_| self.inviters.forgive(inviter))?;
        self.invited.attempt(TypedEmail::new(email)).inspect_err(|_| {
            self.inviters.forgive(inviter);
            self.inviting.forgive(&network);
        })
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn each_kind_of_mail_and_each_address_counts_by_itself() {
        let clock = Clock::stopped(Timestamp::UNIX_EPOCH);
        let limits = MailLimits::new(&clock);
        let allow = |kind, email| limits.allow(kind, email);
        for _ in 0..TO_ADDRESS {
            assert!(allow(MailKind::Known, "jan@example.nl"));
        }
        assert!(!allow(MailKind::Known, "JAN@example.nl"));
        assert!(
            allow(MailKind::Reset, "jan@example.nl") && allow(MailKind::Known, "piet@example.nl")
        );
        clock.advance(SignedDuration::from_mins(19));
        assert!(!allow(MailKind::Known, "jan@example.nl"));
        clock.advance(SignedDuration::from_mins(1));
        assert!(allow(MailKind::Known, "jan@example.nl"));
    }

    #[test]
    fn invitations_are_counted_by_inviter_network_and_receiver() {
        let network = |last: u8| IpAddr::from([203, 0, 113, last]);
        let people: Vec<AccountId> = (0..4).map(|_| AccountId::random()).collect();
        let limits = MailLimits::new(&Clock::stopped(Timestamp::UNIX_EPOCH));
        for (person, last) in people[..3].iter().zip(0..) {
            assert_eq!(limits.invitation(person, network(last), "jan@example.nl"), Ok(()));
        }
        for _ in 0..100 {
            assert_eq!(
                limits.invitation(&people[3], network(9), "JAN@example.nl"),
                Err(1200),
                "whoever sends it"
            );
        }
        for sent in 0..BY_INVITER {
            assert_eq!(
                limits.invitation(&people[3], network(9), &format!("{sent}@example.nl")),
                Ok(()),
                "what was refused does not count"
            );
        }
        assert_eq!(limits.invitation(&people[3], network(8), "piet@example.nl"), Err(120));
        for sent in 0..FROM_NETWORK - BY_INVITER {
            assert_eq!(
                limits.invitation(
                    &AccountId::random(),
                    network(9),
                    &format!("{sent}-2@example.nl")
                ),
                Ok(())
            );
        }
        assert_eq!(limits.invitation(&AccountId::random(), network(9), "piet@example.nl"), Err(60));
        assert_eq!(limits.request(network(9)), Ok(()), "the two do not use each other up");
    }
}
