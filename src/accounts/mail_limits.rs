//! Bounds the mail that people cause to addresses that may be anybody's, logged in or not: nobody
//! is flooded with it.

use std::net::IpAddr;

use jiff::{SignedDuration, Timestamp};

use super::TypedEmail;
use crate::auth::{Network, Throttle};
use crate::ids::AccountId;

const WINDOW: SignedDuration = SignedDuration::from_hours(1);
/// Mails of one kind, or invitations, an hour to one address. A link to choose another password
/// lives an hour, so whoever uses these up leaves the owner with links that work.
const TO_ADDRESS: u32 = 3;
/// Requests an hour from one network, and invitations.
const FROM_NETWORK: u32 = 60;
/// Invitations an hour by one person.
const BY_INVITER: u32 = 30;
/// How many addresses, networks and people are remembered at least.
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
    inviters: Throttle<AccountId>,
    inviting: Throttle<Network>,
    invited: Throttle<TypedEmail>,
}

impl Default for MailLimits {
    fn default() -> Self {
        Self {
            requests: Throttle::new(FROM_NETWORK, WINDOW, REMEMBERED),
            mails: Throttle::new(TO_ADDRESS, WINDOW, REMEMBERED),
            inviters: Throttle::new(BY_INVITER, WINDOW, REMEMBERED),
            inviting: Throttle::new(FROM_NETWORK, WINDOW, REMEMBERED),
            invited: Throttle::new(TO_ADDRESS, WINDOW, REMEMBERED),
        }
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

    /// Counts an invitation, by who sends it, from where, and to whom. Strangers who ask for mail
    /// from the same network do not use it up.
    ///
    /// # Errors
    /// How many seconds to wait; nothing is counted then.
    pub fn invitation(
        &self,
        inviter: &AccountId,
        address: IpAddr,
        email: &str,
        now: Timestamp,
    ) -> Result<(), u32> {
        let network = Network::from(address);
        self.inviters.attempt(inviter.clone(), now)?;
        self.inviting.attempt(network, now).inspect_err(|_| self.inviters.forgive(inviter))?;
        self.invited.attempt(TypedEmail::new(email), now).inspect_err(|_| {
            self.inviters.forgive(inviter);
            self.inviting.forgive(&network);
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_mail_and_each_address_counts_by_itself() {
        let (limits, start) = (MailLimits::default(), Timestamp::UNIX_EPOCH);
        let allow = |kind, email, minutes| {
            limits.allow(kind, email, start + SignedDuration::from_mins(minutes))
        };
        for _ in 0..TO_ADDRESS {
            assert!(allow(MailKind::Known, "jan@example.nl", 0));
        }
        assert!(!allow(MailKind::Known, "JAN@example.nl", 0));
        assert!(
            allow(MailKind::Reset, "jan@example.nl", 0)
                && allow(MailKind::Known, "piet@example.nl", 0)
        );
        assert!(
            !allow(MailKind::Known, "jan@example.nl", 19)
                && allow(MailKind::Known, "jan@example.nl", 20)
        );
    }

    #[test]
    fn invitations_are_counted_by_inviter_network_and_receiver() {
        let (start, network) =
            (Timestamp::UNIX_EPOCH, |last: u8| IpAddr::from([203, 0, 113, last]));
        let people: Vec<AccountId> = (0..4).map(|_| AccountId::random()).collect();
        let limits = MailLimits::default();
        for (person, last) in people[..3].iter().zip(0..) {
            assert_eq!(limits.invitation(person, network(last), "jan@example.nl", start), Ok(()));
        }
        for _ in 0..100 {
            assert_eq!(
                limits.invitation(&people[3], network(9), "JAN@example.nl", start),
                Err(1200),
                "whoever sends it"
            );
        }
        for sent in 0..BY_INVITER {
            assert_eq!(
                limits.invitation(&people[3], network(9), &format!("{sent}@example.nl"), start),
                Ok(()),
                "what was refused does not count"
            );
        }
        assert_eq!(limits.invitation(&people[3], network(8), "piet@example.nl", start), Err(120));
        for sent in 0..FROM_NETWORK - BY_INVITER {
            assert_eq!(
                limits.invitation(
                    &AccountId::random(),
                    network(9),
                    &format!("{sent}-2@example.nl"),
                    start
                ),
                Ok(())
            );
        }
        assert_eq!(
            limits.invitation(&AccountId::random(), network(9), "piet@example.nl", start),
            Err(60)
        );
        assert_eq!(limits.request(network(9), start), Ok(()), "the two do not use each other up");
    }
}
