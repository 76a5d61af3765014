//! All open connections, and which ones to end.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::Limits;
use super::phase::{self, Phase};
use crate::network::Network;

/// How often connections are checked.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// All open connections.
pub(super) struct Table {
    limits: Limits,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    next: u64,
    connections: HashMap<u64, (Network, Arc<Phase>)>,
    of_network: HashMap<Network, usize>,
}

/// A connection's entry in the table, removed when this is dropped.
pub(super) struct Place {
    number: u64,
    phase: Arc<Phase>,
    table: Arc<Table>,
}

impl Place {
    pub(super) const fn phase(&self) -> &Arc<Phase> {
        &self.phase
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.table.open().remove(self.number);
    }
}

impl Open {
    fn remove(&mut self, number: u64) {
        let Some((network, _)) = self.connections.remove(&number) else { return };
        if let Some(count) = self.of_network.get_mut(&network) {
            *count -= 1;
            if *count == 0 {
                self.of_network.remove(&network);
            }
        }
    }

    /// Ends the connection that has waited longest, preferably an idle one, to make room.
    fn end_longest_waiting(&mut self, among: Option<Network>) -> bool {
        let longest = self
            .connections
            .iter()
            .filter(|(_, (network, _))| among.is_none_or(|among| among == *network))
            .filter_map(|(number, (_, phase))| Some((phase.waiting()?, Reverse(*number))))
            .max();
        let Some((_, Reverse(number))) = longest else { return false };
        if let Some((_, phase)) = self.connections.get(&number) {
            phase.time_out();
        }
        self.remove(number);
        true
    }
}

impl Table {
    pub(super) fn new(limits: Limits) -> Self {
        phase::tick();
        Self { limits, open: Mutex::default() }
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An entry for a connection from this address; `None` if all others are being served.
    pub(super) fn admit(self: &Arc<Self>, address: IpAddr) -> Option<Place> {
        let address = address.to_canonical();
        let (network, mut open) = (Network::from(address), self.open());
        let is_proxy = self.limits.proxies.iter().any(|proxy| proxy.contains(&address));
        let of_network = open.of_network.get(&network).copied().unwrap_or(0);
        if (!is_proxy
            && of_network >= self.limits.of_one_network
            && !open.end_longest_waiting(Some(network)))
            || (open.connections.len() >= self.limits.connections
                && !open.end_longest_waiting(None))
        {
            return None;
        }
        let (number, phase) = (open.next, Arc::new(Phase::new()));
        open.next += 1;
        open.connections.insert(number, (network, Arc::clone(&phase)));
        *open.of_network.entry(network).or_default() += 1;
        Some(Place { number, phase, table: Arc::clone(self) })
    }

    /// Ends the connection that has waited longest.
    pub(super) fn make_room(&self) {
        self.open().end_longest_waiting(None);
    }

    fn end_overdue(&self) {
        for (_, phase) in self.open().connections.values() {
            if phase.is_overdue(&self.limits) {
                phase.time_out();
            }
        }
    }

    /// Ends all connections, each after its request in progress.
    pub(super) fn stop(&self) {
        for (_, phase) in self.open().connections.values() {
            phase.stop();
        }
    }
}

/// Ends connections that wait too long, for as long as it is polled.
pub(super) async fn watch(table: Arc<Table>) {
    let mut look = tokio::time::interval(LOOK_EVERY);
    loop {
        look.tick().await;
        phase::tick();
        table.end_overdue();
    }
}
