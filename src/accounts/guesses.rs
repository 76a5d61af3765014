//! Throttles guessing of passwords, codes and passkeys. Strangers can use up the attempts of
//! strangers for an account, but not those of a browser that its owner logged in with before.

use std::net::IpAddr;

use jiff::SignedDuration;
use sha2::{Digest, Sha256};

use crate::auth::TokenHash;
use crate::clock::Clock;
use crate::ids::AccountId;
use crate::network::Network;
use crate::throttle::Throttle;
use crate::values::EmailAddress;

const WINDOW: SignedDuration = SignedDuration::from_hours(1);
/// Wrong attempts per hour of each [`Guesser`].
const OF_GUESSER: u32 = 8;
/// Wrong attempts per hour from one network, which many people can share.
const FROM_NETWORK: u32 = 100;
/// Passkey challenges per hour that each [`PasskeyAsker`] can leave without a valid response.
const PASSKEYS_ASKED: u32 = 100;
/// The minimum number of guessers and networks to remember.
const REMEMBERED: usize = 50_000;

/// An entered e-mail address, whether or not it has an account: a hash, so that each takes the same
/// memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TypedEmail([u8; 32]);

impl TypedEmail {
    /// The address as it is looked up, [`EmailAddress::comparable`].
    pub fn new(email: &str) -> Self {
        Self(Sha256::digest(EmailAddress::comparable(email).as_bytes()).into())
    }
}

/// Whose attempts are counted together.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Guesser {
    /// All unknown browsers that send a password for this address.
    Strangers(TypedEmail),
    /// All unknown browsers that sent the right password, and now the second factor.
    StrangersWithPassword(AccountId),
    /// One that is known to the account ([`KnownBrowser`](super::KnownBrowser)).
    KnownBrowser(TokenHash),
    /// A session that must authenticate again.
    Session(TokenHash),
    /// Everybody with a mailed link (a hash of its secret) who enters or chooses a password with
    /// it.
    MailedLink([u8; 32]),
}

impl Guesser {
    /// Everybody with the mailed link with this secret.
    pub fn with_link(secret: &str) -> Self {
        Self::MailedLink(Sha256::digest(secret.as_bytes()).into())
    }

    /// Known browsers and sessions aren't affected by others at the same address.
    const fn is_stranger(&self) -> bool {
        matches!(self, Self::Strangers(_) | Self::StrangersWithPassword(_))
    }
}

/// Whose passkey challenges are counted together. Known browsers aren't affected by strangers.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum PasskeyAsker {
    /// All strangers of a network.
    Strangers(Network),
    /// A browser that logged in to any account before.
    KnownBrowser(TokenHash),
    /// Somebody who is logged in.
    Session(TokenHash),
}

/// The wrong attempts of the last hour.
#[derive(Debug)]
pub struct Guesses {
    guessers: Throttle<Guesser>,
    networks: Throttle<Network>,
    passkeys: Throttle<PasskeyAsker>,
}

/// An attempt that counts as wrong until [`Guesses::was_right`].
#[derive(Debug)]
#[must_use]
pub struct Guess {
    guesser: Guesser,
    network: Option<Network>,
}

impl Guesses {
    /// Empty counters.
    pub fn new(clock: &Clock) -> Self {
        Self {
            guessers: Throttle::new(clock, OF_GUESSER, WINDOW, REMEMBERED),
            networks: Throttle::new(clock, FROM_NETWORK, WINDOW, REMEMBERED),
            passkeys: Throttle::new(clock, PASSKEYS_ASKED, WINDOW, REMEMBERED),
        }
    }

    /// Counts an attempt, before it is known whether it is right.
    ///
    /// # Errors
    /// How many seconds to wait; nothing is counted then.
    pub fn attempt(&self, guesser: Guesser, address: IpAddr) -> Result<Guess, u32> {
        let network = guesser.is_stranger().then(|| Network::from(address));
        if let Some(network) = network {
            self.networks.attempt(network)?;
        }
        if let Err(wait) = self.guessers.attempt(guesser.clone()) {
            if let Some(network) = &network {
                self.networks.forgive(network);
            }
            return Err(wait);
        }
        Ok(Guess { guesser, network })
    }

    /// Takes back an attempt that was right; earlier wrong ones still count.
    pub fn was_right(&self, guess: Guess) {
        self.guessers.forgive(&guess.guesser);
        if let Some(network) = &guess.network {
            self.networks.forgive(network);
        }
    }

    /// Counts a passkey challenge; each accepts one response at most.
    ///
    /// # Errors
    /// How many seconds to wait; nothing is counted then.
    pub fn passkey_asked(&self, asker: PasskeyAsker) -> Result<(), u32> {
        self.passkeys.attempt(asker)
    }

    /// Takes that back once the response was valid.
    pub fn passkey_was_right(&self, asker: &PasskeyAsker) {
        self.passkeys.forgive(asker);
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::auth::{Token, TokenKind};

    fn address(last: u8) -> IpAddr {
        IpAddr::from([203, 0, 113, last])
    }

    #[test]
    fn strangers_share_their_tries_and_a_known_browser_keeps_its_own() {
        let (guesses, strangers) = (
            Guesses::new(&Clock::stopped(Timestamp::UNIX_EPOCH)),
            Guesser::Strangers(TypedEmail::new("Jan@example.nl")),
        );
        for index in 0..OF_GUESSER {
            let _ =
                guesses.attempt(strangers.clone(), address(u8::try_from(index).unwrap())).unwrap();
        }
        assert_eq!(
            guesses
                .attempt(Guesser::Strangers(TypedEmail::new(" jan@EXAMPLE.nl")), address(99))
                .unwrap_err(),
            450
        );
        let known = Guesser::KnownBrowser(Token::random(TokenKind::KnownBrowser).hash());
        for _ in 0..OF_GUESSER {
            let _ = guesses.attempt(known.clone(), address(1)).unwrap();
        }
        assert!(guesses.attempt(known, address(1)).is_err());
        assert!(
            guesses
                .attempt(Guesser::Strangers(TypedEmail::new("piet@example.nl")), address(1))
                .is_ok()
        );
    }

    #[test]
    fn a_right_try_does_not_count() {
        let (guesses, strangers) = (
            Guesses::new(&Clock::stopped(Timestamp::UNIX_EPOCH)),
            Guesser::Strangers(TypedEmail::new("jan@example.nl")),
        );
        for _ in 0..2 * FROM_NETWORK {
            let guess = guesses.attempt(strangers.clone(), address(1)).unwrap();
            guesses.was_right(guess);
            let asker = PasskeyAsker::Strangers(address(1).into());
            guesses.passkey_asked(asker.clone()).unwrap();
            guesses.passkey_was_right(&asker);
        }
    }

    #[test]
    fn one_network_is_slowed_whatever_accounts_it_tries_and_known_browsers_in_it_are_not() {
        let guesses = Guesses::new(&Clock::stopped(Timestamp::UNIX_EPOCH));
        for index in 0..FROM_NETWORK {
            let _ = guesses
                .attempt(
                    Guesser::Strangers(TypedEmail::new(&format!("{index}@example.nl"))),
                    address(1),
                )
                .unwrap();
        }
        let next = || Guesser::Strangers(TypedEmail::new("jan@example.nl"));
        assert_eq!(guesses.attempt(next(), address(1)).unwrap_err(), 36);
        assert!(guesses.attempt(next(), address(2)).is_ok());
        assert!(
            guesses
                .attempt(
                    Guesser::KnownBrowser(Token::random(TokenKind::KnownBrowser).hash()),
                    address(1),
                )
                .is_ok()
        );
    }

    #[test]
    fn passkeys_are_counted_by_themselves_and_who_is_known_does_not_pay_for_strangers() {
        let (guesses, strangers) = (
            Guesses::new(&Clock::stopped(Timestamp::UNIX_EPOCH)),
            PasskeyAsker::Strangers(address(1).into()),
        );
        for _ in 0..PASSKEYS_ASKED {
            guesses.passkey_asked(strangers.clone()).unwrap();
        }
        assert_eq!(guesses.passkey_asked(strangers), Err(36));
        let token = || Token::random(TokenKind::Session).hash();
        for other in [
            PasskeyAsker::Strangers(address(2).into()),
            PasskeyAsker::KnownBrowser(token()),
            PasskeyAsker::Session(token()),
        ] {
            assert_eq!(guesses.passkey_asked(other), Ok(()));
        }
        assert!(
            guesses
                .attempt(Guesser::Strangers(TypedEmail::new("jan@example.nl")), address(1))
                .is_ok()
        );
    }

    #[test]
    fn a_refused_try_does_not_weigh_on_the_network() {
        let (guesses, strangers) = (
            Guesses::new(&Clock::stopped(Timestamp::UNIX_EPOCH)),
            Guesser::Strangers(TypedEmail::new("jan@example.nl")),
        );
        for _ in 0..2 * FROM_NETWORK {
            let _ = guesses.attempt(strangers.clone(), address(1));
        }
        assert!(
            guesses
                .attempt(Guesser::Strangers(TypedEmail::new("piet@example.nl")), address(1))
                .is_ok()
        );
    }
}
