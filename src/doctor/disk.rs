//! Whether there is room for what is still to be written.

use std::path::{Path, PathBuf};

use super::{Check, Finding};
use crate::config::{Config, DatabaseUrl};

const MB: u64 = 1024 * 1024;

/// Below this little is written any more for long.
const TOO_LITTLE: u64 = 100 * MB;

/// Below this an operator should know.
const LITTLE: u64 = 1024 * MB;

/// Files that can still be made.
const FEW_FILES: u64 = 1000;

pub(super) fn examine(config: &Config) -> Vec<Finding> {
    let mut places = vec![config.data_dir.clone()];
    if let DatabaseUrl::Sqlite(file) = &config.database_url {
        let file = config.data_dir.join(file);
        places
            .extend(file.parent().map(Path::to_owned).filter(|folder| *folder != config.data_dir));
    }
    places
        .iter()
        .filter_map(|place| free(place).map(|free| (place, free)))
        .filter_map(found)
        .collect()
}

/// Free bytes of a disk, and how many files can still be made, where that is bounded.
struct Free {
    bytes: u64,
    files: Option<u64>,
}

fn free(place: &Path) -> Option<Free> {
    let found = rustix::fs::statvfs(place).ok()?;
    let files = (found.f_files > 0).then_some(found.f_favail);
    Some(Free { bytes: found.f_bavail.saturating_mul(found.f_frsize), files })
}

fn found((place, free): (&PathBuf, Free)) -> Option<Finding> {
    const REASON: &str = "when the disk is full, everything that writes is answered with 507: logging in, the API, mail";
    let remedy = format!(
        "see what takes the room (du -xh {0} | sort -h | tail), and make some or enlarge the disk (df -h {0})",
        place.display()
    );
    let room = format!("the disk of {} has {} MB left", place.display(), free.bytes / MB);
    if free.bytes < TOO_LITTLE {
        return Some(Check::Disk.fault(room, REASON, remedy));
    }
    if free.files.is_some_and(|files| files < FEW_FILES) {
        let problem =
            format!("hardly any more files can be made on the disk of {}", place.display());
        return Some(Check::Disk.fault(
            problem,
            REASON,
            format!("remove files that nobody needs (df -i {})", place.display()),
        ));
    }
    (free.bytes < LITTLE).then(|| Check::Disk.warning(room, REASON, remedy))
}

#[cfg(test)]
mod tests {
    use super::super::Severity;
    use super::*;

    fn severity(bytes: u64, files: Option<u64>) -> Option<Severity> {
        found((&PathBuf::from("/data"), Free { bytes, files })).map(|finding| finding.severity)
    }

    #[test]
    fn little_room_is_warned_of_and_less_is_a_fault() {
        assert_eq!(severity(2 * LITTLE, None), None);
        assert_eq!(severity(2 * LITTLE, Some(1_000_000)), None);
        assert_eq!(severity(LITTLE - 1, None), Some(Severity::Warning));
        assert_eq!(severity(TOO_LITTLE - 1, None), Some(Severity::Fault));
        assert_eq!(severity(2 * LITTLE, Some(3)), Some(Severity::Fault));
    }

    #[test]
    fn a_disk_that_is_there_can_be_asked() {
        let folder = tempfile::tempdir().unwrap();
        assert!(free(folder.path()).unwrap().bytes > 0);
        assert!(free(Path::new("/nowhere/at/all")).is_none());
    }
}
