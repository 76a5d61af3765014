//! A pair of counters in a memory-mapped file beside the SQLite database: how many writing
//! transactions were begun and how many of them are done, over all processes that use the file.
//!
//! A reader that sees both equal, and equal to what it saw when it read something, knows without
//! touching the database that nothing was written since. The write lock of SQLite serialises the
//! writers, so `begun` needs no more than a plain increment; a writer that dies half-way leaves the
//! two unequal (readers then go to the database) until the next write heals them.

#![allow(unsafe_code)]

use std::fs::OpenOptions;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use memmap2::MmapRaw;

const SIZE: u64 = 2 * size_of::<u64>() as u64;

pub(super) struct ChangeCounter {
    map: MmapRaw,
}

impl ChangeCounter {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        if file.metadata()?.len() < SIZE {
            file.set_len(SIZE)?;
        }
        Ok(Self { map: MmapRaw::map_raw(&file)? })
    }

    fn counter(&self, index: usize) -> &AtomicU64 {
        // SAFETY: the map is page-aligned, at least two u64 long (see `open`), lives as long as
        // `self`, and every process reaches these bytes through atomics only.
        unsafe { AtomicU64::from_ptr(self.map.as_mut_ptr().cast::<u64>().add(index)) }
    }

    fn begun(&self) -> &AtomicU64 {
        self.counter(0)
    }

    fn done(&self) -> &AtomicU64 {
        self.counter(1)
    }

    /// The present version, or `None` while a write is under way.
    pub(super) fn version(&self) -> Option<u64> {
        let done = self.done().load(Ordering::Acquire);
        (self.begun().load(Ordering::Acquire) == done).then_some(done)
    }

    /// To be called by a writer that holds SQLite's write lock, before it commits.
    pub(super) fn begin(&self) -> u64 {
        let number =
            self.begun().load(Ordering::Acquire).max(self.done().load(Ordering::Acquire)) + 1;
        self.begun().store(number, Ordering::SeqCst);
        number
    }

    /// To be called when the write with this number is committed or undone.
    pub(super) fn end(&self, number: u64) {
        self.done().fetch_max(number, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair() -> (tempfile::TempDir, ChangeCounter, ChangeCounter) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("changes");
        let (one, other) =
            (ChangeCounter::open(&path).unwrap(), ChangeCounter::open(&path).unwrap());
        (dir, one, other)
    }

    #[test]
    fn a_write_elsewhere_is_seen_here() {
        let (_dir, here, there) = pair();
        let before = here.version().unwrap();
        let number = there.begin();
        assert_eq!(here.version(), None, "a write is under way");
        there.end(number);
        assert_ne!(here.version().unwrap(), before);
    }

    #[test]
    fn a_writer_that_died_is_healed_by_the_next() {
        let (_dir, here, there) = pair();
        there.begin();
        assert_eq!(here.version(), None);
        let number = here.begin();
        here.end(number);
        assert_eq!(there.version(), Some(number));
    }

    #[test]
    fn a_slow_end_does_not_undo_a_later_one() {
        let (_dir, here, there) = pair();
        let slow = here.begin();
        let fast = there.begin();
        there.end(fast);
        here.end(slow);
        assert_eq!(here.version(), Some(fast));
    }
}
