//! Limits on the mail that portals write to people without an account, so that nobody is flooded with it.

use jiff::SignedDuration;

use crate::clock::Clock;
use crate::ids::PortalId;
use crate::throttle::Throttle;
use crate::values::EmailAddress;

const WINDOW: SignedDuration = SignedDuration::from_hours(1);
/// Mails per hour by one portal to one address.
const TO_ITS_ADDRESS: u32 = 60;
/// Mails per hour to one address, by all portals.
const TO_ADDRESS: u32 = 300;
/// Mails per hour by one portal.
const BY_PORTAL: u32 = 1000;
/// The minimum number of addresses and portals to remember.
const REMEMBERED: usize = 50_000;

/// The mails of the last hour.
#[derive(Debug)]
pub struct GuestMailLimits {
    own_addresses: Throttle<(PortalId, String)>,
    addresses: Throttle<String>,
    portals: Throttle<PortalId>,
}

impl GuestMailLimits {
    /// Empty counters.
    pub fn new(clock: &Clock) -> Self {
        Self {
            own_addresses: Throttle::new(clock, TO_ITS_ADDRESS, WINDOW, REMEMBERED),
            addresses: Throttle::new(clock, TO_ADDRESS, WINDOW, REMEMBERED),
            portals: Throttle::new(clock, BY_PORTAL, WINDOW, REMEMBERED),
        }
    }

    /// Counts a mail.
    ///
    /// # Errors
    /// How many seconds it has to wait.
    pub fn count(&self, portal: &PortalId, address: &str) -> Result<(), u32> {
        let address = EmailAddress::comparable(address);
        self.own_addresses.attempt((portal.clone(), address.clone()))?;
        self.addresses.attempt(address)?;
        self.portals.attempt(portal.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_portals_have_limits() {
        let limits = GuestMailLimits::new(&Clock::default());
        let mut portals = (0..6).map(|_| PortalId::random());
        let one = portals.next().unwrap();
        for _ in 0..TO_ITS_ADDRESS {
            limits.count(&one, "Jan@Bakker.example").unwrap();
        }
        limits.count(&one, "jan@bakker.example").unwrap_err();
        for _ in 1..TO_ADDRESS / TO_ITS_ADDRESS {
            let other = portals.next().unwrap();
            for _ in 0..TO_ITS_ADDRESS {
                limits.count(&other, "jan@bakker.example").unwrap();
            }
        }
        let last = portals.next().unwrap();
        limits.count(&last, "jan@bakker.example").unwrap_err();
        for number in TO_ITS_ADDRESS..BY_PORTAL {
            limits.count(&one, &format!("klant{number}@bakker.example")).unwrap();
        }
        limits.count(&one, "piet@bakker.example").unwrap_err();
        limits.count(&last, "piet@bakker.example").unwrap();
    }
}
