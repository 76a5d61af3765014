//! A pair of counters in a memory-mapped file beside the SQLite database: how many write
//! transactions have begun and how many have ended, across all processes that use the file.
//!
//! If both are equal, and equal to their values when a reader last read, the reader knows without
//! touching the database that nothing was written since. SQLite's write lock serialises the
//! writers, so `begun` only needs a plain increment; a writer that dies halfway leaves the two
//! unequal (readers then query the database) until the next write repairs them.
//!
//! All processes must use the same file, even if somebody deletes or replaces it. So the file
//! contains its own inode number, and each writer checks that its file is still in place. A process
//! that has the old file replaces it with a new one and invalidates the old one; a process without
//! it waits for that. If the file is truncated, its page reads as zeros, which is no version
//! ([`super::lost_page`]).

#![allow(unsafe_code)]

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicPtr, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use memmap2::MmapRaw;

use super::{DbError, lost_page};

/// The magic bytes of the file.
const MAGIC: u64 = u64::from_le_bytes(*b"kpchange");

/// The layout of the file.
const PLACE_MAGIC: usize = 0;
const PLACE_INODE: usize = 1;
const PLACE_BEGUN: usize = 2;
const PLACE_DONE: usize = 3;
const SIZE: usize = 4 * size_of::<u64>();

/// How often to check whether another process has restored the file.
const PAUSE: Duration = Duration::from_millis(20);

pub(super) struct ChangeCounter {
    path: PathBuf,
    /// The counters of the current file.
    present: AtomicPtr<AtomicU64>,
    /// The files in use now or before: readers may still use old ones.
    maps: Mutex<Vec<Mapped>>,
    /// Locked by all processes that use a file in this folder.
    _folder: File,
}

struct Mapped {
    map: MmapRaw,
    _page: lost_page::Kept,
}

impl ChangeCounter {
    /// Opens the file that other processes use, or creates it if there are none.
    ///
    /// # Errors
    /// [`DbError::ForeignCounter`] when the file is missing although others use the database, and
    /// they don't restore it within `limit`; [`DbError::Folder`] when it can't be created.
    pub(super) fn open(path: &Path, limit: Duration) -> Result<Self, DbError> {
        let fault = |error| DbError::Folder(path.to_owned(), error);
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        let folder = File::open(parent.unwrap_or(Path::new("."))).map_err(fault)?;
        let began = Instant::now();
        let mapped = loop {
            if let Some(mapped) = adopt(path).map_err(fault)? {
                break mapped;
            }
            if folder.try_lock().is_ok() {
                // No other process uses it now, but one may have a moment ago.
                if adopt(path).map_err(fault)?.is_none() {
                    create(path).map_err(fault)?;
                }
                folder.lock_shared().map_err(fault)?;
            } else if began.elapsed() < limit {
                std::thread::sleep(PAUSE);
            } else {
                return Err(DbError::ForeignCounter(path.to_owned()));
            }
        };
        folder.lock_shared().map_err(fault)?;
        Ok(Self {
            path: path.to_owned(),
            present: AtomicPtr::new(mapped.map.as_mut_ptr().cast()),
            maps: Mutex::new(vec![mapped]),
            _folder: folder,
        })
    }

    fn at(&self, place: usize) -> &AtomicU64 {
        // SAFETY: the map is page-aligned, holds `SIZE` bytes (or what `lost_page` puts there), is
        // kept in `maps` as long as `self` lives, and is reached through atomics only.
        unsafe { &*self.present.load(Ordering::Acquire).add(place) }
    }

    /// The current version, or `None` during a write.
    pub(super) fn version(&self) -> Option<u64> {
        let done = self.at(PLACE_DONE).load(Ordering::Acquire);
        (self.at(PLACE_BEGUN).load(Ordering::Acquire) == done && done != 0).then_some(done)
    }

    /// Whether the file is still in place and complete.
    pub(super) fn is_in_place(&self) -> bool {
        std::fs::metadata(&self.path).is_ok_and(|found| {
            found.len() >= SIZE as u64
                && self.at(PLACE_MAGIC).load(Ordering::Relaxed) == MAGIC
                && self.at(PLACE_INODE).load(Ordering::Relaxed) == found.ino()
        })
    }

    /// Call this before committing, while holding SQLite's write lock.
    ///
    /// # Errors
    /// When the file was lost and can't be restored.
    pub(super) fn begin(&self) -> io::Result<u64> {
        if !self.is_in_place() {
            self.renew()?;
        }
        let (begun, done) = (self.at(PLACE_BEGUN), self.at(PLACE_DONE));
        let number = begun.load(Ordering::Acquire).max(done.load(Ordering::Acquire)) + 1;
        begun.store(number, Ordering::SeqCst);
        Ok(number)
    }

    /// Call this when the write with this number is committed or rolled back.
    pub(super) fn end(&self, number: u64) {
        self.at(PLACE_DONE).fetch_max(number, Ordering::SeqCst);
    }

    /// Opens the file with which another process replaced the lost one, or replaces it.
    fn renew(&self) -> io::Result<()> {
        // Processes that still use the old file see a write that never ends.
        self.at(PLACE_BEGUN).store(u64::MAX, Ordering::SeqCst);
        let mapped = match adopt(&self.path)? {
            Some(mapped) => mapped,
            None => {
                create(&self.path)?;
                adopt(&self.path)?.ok_or_else(|| io::Error::other("it was lost again"))?
            }
        };
        tracing::warn!(file = %self.path.display(), "the file was removed or changed; replacing it");
        let mut maps = self.maps.lock().unwrap_or_else(PoisonError::into_inner);
        self.present.store(mapped.map.as_mut_ptr().cast(), Ordering::Release);
        maps.push(mapped);
        Ok(())
    }
}

/// Maps the file at this path, if it is ours and not a copy.
fn adopt(path: &Path) -> io::Result<Option<Mapped>> {
    let file = match OpenOptions::new().read(true).write(true).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let found = file.metadata()?;
    if found.len() < SIZE as u64 {
        return Ok(None);
    }
    let map = MmapRaw::map_raw(&file)?;
    let kept = lost_page::keep(map.as_mut_ptr().addr())?;
    let word = |place: usize| {
        // SAFETY: as in `ChangeCounter::at`.
        unsafe { &*map.as_mut_ptr().cast::<AtomicU64>().add(place) }.load(Ordering::Acquire)
    };
    let is_ours = word(PLACE_MAGIC) == MAGIC
        && word(PLACE_INODE) == found.ino()
        && word(PLACE_BEGUN) != u64::MAX;
    Ok(is_ours.then_some(Mapped { map, _page: kept }))
}

/// Creates a file with versions that were never used before, and moves it into place when it is
/// complete.
fn create(path: &Path) -> io::Result<()> {
    let new = path.with_extension(format!("changes-{}", std::process::id()));
    let _ = std::fs::remove_file(&new);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new)?;
    let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let version = u64::try_from(since_1970.as_nanos()).unwrap_or(1);
    // Written, not just extended: the disk must have space for it before it is mapped.
    for word in [MAGIC, file.metadata()?.ino(), version, version] {
        file.write_all(&word.to_ne_bytes())?;
    }
    std::fs::rename(&new, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_millis(50);

    fn pair() -> (tempfile::TempDir, PathBuf, ChangeCounter, ChangeCounter) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.changes");
        let open = || ChangeCounter::open(&path, LIMIT).unwrap();
        let (one, other) = (open(), open());
        (dir, path, one, other)
    }

    #[test]
    fn a_write_elsewhere_is_seen_here() {
        let (_dir, _, here, there) = pair();
        let before = here.version().unwrap();
        let number = there.begin().unwrap();
        assert_eq!(here.version(), None, "a write is under way");
        there.end(number);
        assert_ne!(here.version().unwrap(), before);
    }

    #[test]
    fn a_writer_that_died_is_healed_by_the_next() {
        let (_dir, _, here, there) = pair();
        there.begin().unwrap();
        assert_eq!(here.version(), None);
        let number = here.begin().unwrap();
        here.end(number);
        assert_eq!(there.version(), Some(number));
    }

    #[test]
    fn a_slow_end_does_not_undo_a_later_one() {
        let (_dir, _, here, there) = pair();
        let slow = here.begin().unwrap();
        let fast = there.begin().unwrap();
        there.end(fast);
        here.end(slow);
        assert_eq!(here.version(), Some(fast));
    }

    #[test]
    fn whatever_is_done_to_the_file_no_write_goes_unseen() {
        type Harm = fn(&Path);
        let harms: [Harm; 5] = [
            |path| std::fs::remove_file(path).unwrap(),
            |path| drop(File::create(path).unwrap()),
            |path| File::options().write(true).open(path).unwrap().set_len(8).unwrap(),
            |path| {
                let copy = path.with_extension("copy");
                std::fs::copy(path, &copy).unwrap();
                std::fs::rename(copy, path).unwrap();
            },
            |path| std::fs::write(path, [0; SIZE]).unwrap(),
        ];
        for harm in harms {
            let (_dir, path, here, there) = pair();
            let before = here.version().unwrap();
            harm(&path);
            // A process that never saw the old file doesn't accept a new one of its own.
            assert!(matches!(ChangeCounter::open(&path, LIMIT), Err(DbError::ForeignCounter(_))));
            let number = there.begin().unwrap();
            there.end(number);
            assert_ne!(here.version(), Some(before), "the write is seen");
            assert_ne!(there.version(), Some(before));
            let number = here.begin().unwrap();
            here.end(number);
            assert_eq!((here.version(), there.version()), (Some(number), Some(number)));
            let third = ChangeCounter::open(&path, LIMIT).unwrap();
            assert_eq!(third.version(), Some(number));
        }
    }

    #[test]
    fn a_lost_file_is_made_anew_when_nobody_uses_it() {
        let (_dir, path, here, there) = pair();
        drop((here, there));
        std::fs::remove_file(&path).unwrap();
        ChangeCounter::open(&path, LIMIT).unwrap().version().unwrap();
    }
}
