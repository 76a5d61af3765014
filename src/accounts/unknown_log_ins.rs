//! Failed log-ins with e-mail addresses that have no account. They only belong in the operator's
//! log, and anybody can cause any number of them, so they are counted in memory, and one event
//! reports all since the previous one.

use std::collections::HashSet;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use super::TypedEmail;
use crate::audit::{Action, Actor, Event};
use crate::db::Tx;
use crate::error::Result;
use crate::network::Network;

/// The maximum number of distinct addresses and networks; beyond it, the event says "or more".
const TOLD_APART: usize = 10_000;

/// Counts failed log-ins with unknown addresses.
#[derive(Debug, Default)]
pub struct UnknownLogIns(Mutex<Counted>);

#[derive(Debug, Default)]
struct Counted {
    tries: u64,
    emails: HashSet<TypedEmail>,
    networks: HashSet<Network>,
}

impl UnknownLogIns {
    /// Counts one failed log-in.
    pub fn count(&self, email: &str, address: IpAddr) {
        let mut counted = self.counted();
        counted.tries += 1;
        if counted.emails.len() < TOLD_APART {
            counted.emails.insert(TypedEmail::new(email));
        }
        if counted.networks.len() < TOLD_APART {
            counted.networks.insert(address.into());
        }
    }

    /// Records the count since the last time, if any, within a transaction; if that fails, the
    /// count is kept.
    pub async fn record(&self, tx: &mut Tx, now: Timestamp) -> Result<()> {
        let counted = std::mem::take(&mut *self.counted());
        if counted.tries == 0 {
            return Ok(());
        }
        let subject = counted.to_string();
        let event = Event {
            action: Action::UnknownLogInsFailed,
            actor: Actor::System,
            subject: &subject,
            portal: None,
            developer: None,
            caller: None,
        };
        event.record(tx, now).await.inspect_err(|_| {
            let mut again = self.counted();
            again.tries += counted.tries;
            again.emails.extend(&counted.emails);
            again.networks.extend(&counted.networks);
        })
    }

    fn counted(&self) -> MutexGuard<'_, Counted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Display for Counted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let number = |count: usize| {
            if count < TOLD_APART { count.to_string() } else { format!("{count} or more") }
        };
        let (emails, networks) = (number(self.emails.len()), number(self.networks.len()));
        write!(f, "{} (addresses: {emails}, networks: {networks})", self.tries)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_are_counted_and_addresses_and_networks_told_apart() {
        let log_ins = UnknownLogIns::default();
        for (email, last) in [("a@example.nl", 1), ("A@example.nl ", 2), ("b@example.nl", 1)] {
            log_ins.count(email, [203, 0, 113, last].into());
        }
        assert_eq!(log_ins.counted().to_string(), "3 (addresses: 2, networks: 2)");
        for number in 0..2 * TOLD_APART {
            log_ins.count(&format!("{number}@example.nl"), [203, 0, 113, 1].into());
        }
        let text = log_ins.counted().to_string();
        assert_eq!(text, "20003 (addresses: 10000 or more, networks: 2)");
    }
}
