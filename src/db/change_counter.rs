//! Two pairs of counters in a memory-mapped file beside the SQLite database, for all processes that
//! use it: how many writes have begun and how many have ended, of anything ([`Counted::Writes`])
//! and of token data ([`Counted::TokenData`], see [`super::Db::token_data_version`]).
//!
//! If both of a pair are equal, and equal to their values when a reader last read, the reader knows
//! without touching the database that nothing was written since. `begun` is raised before the
//! commit and `done` after it, so a reader that sees a new version reads the new data. SQLite's
//! write lock serialises the writers, so `begun` only needs a plain increment; a writer that dies
//! halfway leaves a pair unequal (readers then query the database) until the next write repairs it.
//!
//! All processes must use the same file, even if somebody deletes or replaces it. So the file
//! contains its own inode number, and each writer checks that its file is still in place. A process
//! that has the old file replaces it with a new one and invalidates the old one; a process without
//! it waits for that. If the file is truncated, its page reads as zeros, which is no version
//! ([`super::lost_page`]).

#![allow(unsafe_code)]

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicPtr, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use memmap2::MmapRaw;

use super::{DbError, lost_page};

/// The magic bytes of the file; the last one is the version of its layout. A process that doesn't
/// know the layout refuses the file instead of leaving a pair as it is.
const MAGIC: u64 = u64::from_le_bytes(*b"kpchang2");

/// The layout of the file.
const PLACE_MAGIC: usize = 0;
const PLACE_INODE: usize = 1;
const FIRST_PAIR: usize = 2;
const SIZE: usize = 6 * size_of::<u64>();

/// What a pair of counters counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Counted {
    /// All writes.
    Writes,
    /// Those that changed token data.
    TokenData,
}

/// A write that is about to be committed.
#[derive(Debug)]
pub(super) struct Write {
    /// Its number among all writes.
    number: u64,
    /// Its number among those of token data, if it is one.
    of_token_data: Option<u64>,
}

impl Counted {
    const ALL: [Self; 2] = [Self::Writes, Self::TokenData];

    const fn begun(self) -> usize {
        FIRST_PAIR + 2 * self as usize
    }

    const fn done(self) -> usize {
        self.begun() + 1
    }
}

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
    pub(super) fn version(&self, of: Counted) -> Option<u64> {
        let done = self.at(of.done()).load(Ordering::Acquire);
        (self.at(of.begun()).load(Ordering::Acquire) == done && done != 0).then_some(done)
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
    pub(super) fn begin(&self, changes_token_data: bool) -> io::Result<Write> {
        if !self.is_in_place() {
            self.renew()?;
        }
        // A writer that died left a pair unequal. Somebody else holds the lock now, so its commit is
        // in the database or never will be.
        for of in Counted::ALL {
            let begun = self.at(of.begun()).load(Ordering::SeqCst);
            self.at(of.done()).fetch_max(begun, Ordering::SeqCst);
        }
        let number = self.raise(Counted::Writes);
        Ok(Write {
            number,
            of_token_data: changes_token_data.then(|| self.raise(Counted::TokenData)),
        })
    }

    fn raise(&self, of: Counted) -> u64 {
        let number = self.at(of.done()).load(Ordering::SeqCst) + 1;
        self.at(of.begun()).store(number, Ordering::SeqCst);
        number
    }

    /// Call this when the write is committed or rolled back.
    pub(super) fn end(&self, write: &Write) {
        if let Some(number) = write.of_token_data {
            self.at(Counted::TokenData.done()).fetch_max(number, Ordering::SeqCst);
        }
        self.at(Counted::Writes.done()).fetch_max(write.number, Ordering::SeqCst);
    }

    /// Opens the file with which another process replaced the lost one, or replaces it.
    fn renew(&self) -> io::Result<()> {
        // Processes that still use the old file see a write that never ends.
        for of in Counted::ALL {
            self.at(of.begun()).store(u64::MAX, Ordering::SeqCst);
        }
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
        && word(Counted::Writes.begun()) != u64::MAX;
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
    for word in [MAGIC, file.metadata()?.ino(), version, version, version, version] {
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
        let before = here.version(Counted::Writes).unwrap();
        let number = there.begin(false).unwrap();
        assert_eq!(here.version(Counted::Writes), None, "a write is under way");
        there.end(&number);
        assert_ne!(here.version(Counted::Writes).unwrap(), before);
    }

    #[test]
    fn a_writer_that_died_is_healed_by_the_next() {
        let (_dir, _, here, there) = pair();
        there.begin(false).unwrap();
        assert_eq!(here.version(Counted::Writes), None);
        let number = here.begin(false).unwrap();
        here.end(&number);
        assert_eq!(there.version(Counted::Writes), Some(number.number));
    }

    #[test]
    fn token_data_has_a_version_of_its_own() {
        let (_dir, _, here, there) = pair();
        let version = || here.version(Counted::TokenData);
        let before = version();
        assert!(before.is_some());
        let write = there.begin(false).unwrap();
        assert_eq!(version(), before, "another write is under way");
        there.end(&write);
        assert_eq!(version(), before);
        let write = there.begin(true).unwrap();
        assert_eq!((version(), here.version(Counted::Writes)), (None, None));
        there.end(&write);
        let after = version();
        assert!(after > before);
        // One that dies is healed by any other write, and never repeats its number.
        there.begin(true).unwrap();
        assert_eq!(version(), None);
        let healing = here.begin(false).unwrap();
        assert!(there.version(Counted::TokenData) > after);
        assert_eq!(here.version(Counted::Writes), None);
        here.end(&healing);
    }

    #[test]
    fn a_slow_end_does_not_undo_a_later_one() {
        let (_dir, _, here, there) = pair();
        let slow = here.begin(false).unwrap();
        let fast = there.begin(false).unwrap();
        there.end(&fast);
        here.end(&slow);
        assert_eq!(here.version(Counted::Writes), Some(fast.number));
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
            let before = here.version(Counted::Writes).unwrap();
            harm(&path);
            // A process that never saw the old file doesn't accept a new one of its own.
            assert!(matches!(ChangeCounter::open(&path, LIMIT), Err(DbError::ForeignCounter(_))));
            let number = there.begin(false).unwrap();
            there.end(&number);
            assert_ne!(here.version(Counted::Writes), Some(before), "the write is seen");
            assert_ne!(there.version(Counted::Writes), Some(before));
            let number = here.begin(false).unwrap();
            here.end(&number);
            assert_eq!(
                (here.version(Counted::Writes), there.version(Counted::Writes)),
                (Some(number.number), Some(number.number))
            );
            let third = ChangeCounter::open(&path, LIMIT).unwrap();
            assert_eq!(third.version(Counted::Writes), Some(number.number));
        }
    }

    #[test]
    fn a_lost_file_is_made_anew_when_nobody_uses_it() {
        let (_dir, path, here, there) = pair();
        drop((here, there));
        std::fs::remove_file(&path).unwrap();
        ChangeCounter::open(&path, LIMIT).unwrap().version(Counted::Writes).unwrap();
    }
}
