//! Pages of a mapped file that no longer exist because the file was truncated. Accessing such a
//! page raises SIGBUS, which kills the process. Pages registered here are replaced by a page of
//! zeros instead.

#![allow(unsafe_code)]

use std::io;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The maximum number of registered pages; a process has one per open database.
const MOST: usize = 1024;

/// The smallest page size of any machine; no more than this is accessed in each page.
const PAGE: usize = 4096;

static PAGES: [AtomicUsize; MOST] = [const { AtomicUsize::new(0) }; MOST];

/// Keeps a page registered until it is dropped.
pub(super) struct Kept(usize);

/// Registers a page by its address.
///
/// # Errors
/// When too many are registered, or the system call fails.
pub(super) fn keep(address: usize) -> io::Result<Kept> {
    static HANDLED: OnceLock<bool> = OnceLock::new();
    if !*HANDLED.get_or_init(handle) {
        return Err(io::Error::other("the signal SIGBUS cannot be handled"));
    }
    let free = |page: &AtomicUsize| {
        page.compare_exchange(0, address, Ordering::SeqCst, Ordering::SeqCst).is_ok()
    };
    let slot = PAGES.iter().position(free).ok_or(io::ErrorKind::OutOfMemory)?;
    Ok(Kept(slot))
}

impl Drop for Kept {
    fn drop(&mut self) {
        PAGES[self.0].store(0, Ordering::SeqCst);
    }
}

/// Installs the handler.
fn handle() -> bool {
    // SAFETY: an all-zero `sigaction` is a valid one; the handler has the signature that SA_SIGINFO
    // asks for, and does only what a signal handler may.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = on_sigbus as *const () as usize;
        action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
        libc::sigaction(libc::SIGBUS, &raw const action, std::ptr::null_mut()) == 0
    }
}

extern "C" fn on_sigbus(signal: libc::c_int, info: *mut libc::siginfo_t, _: *mut libc::c_void) {
    // SAFETY: the system gives a valid `info`; `mmap` replaces a page that only `ChangeCounter` looks
    // at, and only through atomics; `signal` puts the system's own way back, by which the process
    // ends when the instruction is tried again.
    unsafe {
        let address = (*info).si_addr().addr() & !(PAGE - 1);
        let named = PAGES.iter().any(|page| page.load(Ordering::SeqCst) == address);
        let (access, kind) = (
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_FIXED | libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
        );
        let page = std::ptr::with_exposed_provenance_mut(address);
        if address == 0 || !named || libc::mmap(page, PAGE, access, kind, -1, 0) == libc::MAP_FAILED
        {
            libc::signal(signal, libc::SIG_DFL);
        }
    }
}
