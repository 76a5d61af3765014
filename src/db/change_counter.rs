//! A pair of counters in a memory-mapped file beside the SQLite database: how many writing
//! transactions were begun and how many of them are done, over all processes that use the file.
//!
//! A reader that sees both equal, and equal to what it saw when it read something, knows without
//! touching the database that nothing was written since. The write lock of SQLite serialises the
//! writers, so `begun` needs no more than a plain increment; a writer that dies half-way leaves the
//! two unequal (readers then go to the database) until the next write heals them.
//!
//! All processes must look at the same file, whatever somebody does to it meanwhile. So the file
//! names its own inode, and each writer looks whether its file is still in its place. Who has the old
//! one puts a new one there and makes the old one useless; who has not waits for them. When the file
//! is cut short, its page reads as zeros, which is no version ([`super::lost_page`]).

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

/// How the file begins.
const MAGIC: u64 = u64::from_le_bytes(*b"kpchange");

/// What stands where in the file.
const PLACE_MAGIC: usize = 0;
const PLACE_INODE: usize = 1;
const PLACE_BEGUN: usize = 2;
const PLACE_DONE: usize = 3;
const SIZE: usize = 4 * size_of::<u64>();

/// How often it is looked whether another process has put the file back.
const PAUSE: Duration = Duration::from_millis(20);

pub(super) struct ChangeCounter {
    path: PathBuf,
    /// The counters of the file that is used now.
    present: AtomicPtr<AtomicU64>,
    /// The files that are or were used: readers may still be looking.
    maps: Mutex<Vec<Mapped>>,
    /// Locked by all who use a file of this folder.
    _folder: File,
}

struct Mapped {
    map: MmapRaw,
    _page: lost_page::Kept,
}

impl ChangeCounter {
    /// Takes the file that the others use. If nobody uses one, makes it.
    ///
    /// # Errors
    /// [`DbError::ForeignCounter`] when the file is missing though others use the database, and they
    /// do not put it back within `limit`; [`DbError::Folder`] when it cannot be made.
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
                // Nobody else is here; but somebody may have been, a moment ago.
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

    /// The present version, or `None` while a write is under way.
    pub(super) fn version(&self) -> Option<u64> {
        let done = self.at(PLACE_DONE).load(Ordering::Acquire);
        (self.at(PLACE_BEGUN).load(Ordering::Acquire) == done && done != 0).then_some(done)
    }

    /// Whether the file is still where all look for it, and whole.
    pub(super) fn is_in_place(&self) -> bool {
        std::fs::metadata(&self.path).is_ok_and(|found| {
            found.len() >= SIZE as u64
                && self.at(PLACE_MAGIC).load(Ordering::Relaxed) == MAGIC
                && self.at(PLACE_INODE).load(Ordering::Relaxed) == found.ino()
        })
    }

    /// To be called by a writer that holds SQLite's write lock, before it commits.
    ///
    /// # Errors
    /// When the file was lost and cannot be put back.
    pub(super) fn begin(&self) -> io::Result<u64> {
        if !self.is_in_place() {
            self.renew()?;
        }
        let (begun, done) = (self.at(PLACE_BEGUN), self.at(PLACE_DONE));
        let number = begun.load(Ordering::Acquire).max(done.load(Ordering::Acquire)) + 1;
        begun.store(number, Ordering::SeqCst);
        Ok(number)
    }

    /// To be called when the write with this number is committed or undone.
    pub(super) fn end(&self, number: u64) {
        self.at(PLACE_DONE).fetch_max(number, Ordering::SeqCst);
    }

    /// Takes the file that another process has put in the place of the lost one, or puts one there.
    fn renew(&self) -> io::Result<()> {
        // Whoever still looks at the old file sees a write that never ends.
        self.at(PLACE_BEGUN).store(u64::MAX, Ordering::SeqCst);
        let mapped = match adopt(&self.path)? {
            Some(mapped) => mapped,
            None => {
                create(&self.path)?;
                adopt(&self.path)?.ok_or_else(|| io::Error::other("it was lost again"))?
            }
        };
        tracing::warn!(file = %self.path.display(), "the file was removed or changed, and is replaced");
        let mut maps = self.maps.lock().unwrap_or_else(PoisonError::into_inner);
        self.present.store(mapped.map.as_mut_ptr().cast(), Ordering::Release);
        maps.push(mapped);
        Ok(())
    }
}

/// Maps the file at this path, if it is one of ours and no copy.
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

/// Makes a file whose versions were never used before, and puts it in its place when it is whole.
fn create(path: &Path) -> io::Result<()> {
    let new = path.with_extension(format!("changes-{}", std::process::id()));
    let _ = std::fs::remove_file(&new);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new)?;
    let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let version = u64::try_from(since_1970.as_nanos()).unwrap_or(1);
    // Written, not only made as long: the disk must have room for it before it is mapped.
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
            // Who has never seen the old file does not get by with a new one of its own.
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
