//! Addresses of tests. The server limits what one address may ask for in an hour, so tests that share
//! a server must not come from the same.

use std::cell::Cell;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU16, Ordering};

thread_local! {
    static OWN: Cell<Ipv4Addr> = const { Cell::new(Ipv4Addr::LOCALHOST) };
}

/// The address of the browsers of the test that runs on this thread.
pub fn own_address() -> Ipv4Addr {
    OWN.get()
}

/// Gives the test that runs on this thread a loopback address that no other test has.
pub(super) fn take_own_address() {
    static TAKEN: AtomicU16 = AtomicU16::new(1);
    let [high, low] = TAKEN.fetch_add(1, Ordering::Relaxed).to_be_bytes();
    OWN.set(Ipv4Addr::new(127, 1, high, low));
}

/// An address that nobody listens on, for a program that can't choose a port by itself. The system never
/// gives such a port to anybody who asks for any, and no two tests get the same.
pub fn free_address() -> SocketAddr {
    static NEXT: LazyLock<AtomicU16> = LazyLock::new(|| AtomicU16::new(rand::random()));
    loop {
        let port = 20_000 + NEXT.fetch_add(1, Ordering::Relaxed) % 12_000;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        if TcpListener::bind(address).is_ok() {
            return address;
        }
    }
}
