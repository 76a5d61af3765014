//! Checks for free disk space.

use std::path::{Path, PathBuf};

use super::finding::{Check, Finding};
use crate::config::Config;
use crate::db::DatabaseUrl;

const MB: u64 = 1024 * 1024;

/// Below this, writes will soon fail.
const TOO_LITTLE: u64 = 100 * MB;

/// Below this, the operator should know.
const LITTLE: u64 = 1024 * MB;

/// The number of files that can still be created.
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

/// The free bytes of a disk, and the number of files that can still be created, if limited.
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
    const REASON: &str =
        "when the disk is full, everything that writes fails with 507: logging in, the API, mail";
    let remedy = format!(
        "find what takes the space (du -xh {0} | sort -h | tail), and free some or enlarge the disk (df -h {0})",
        place.display()
    );
    let room = format!("the disk of {} has {} MB left", place.display(), free.bytes / MB);
    if free.bytes < TOO_LITTLE {
        return Some(Check::Disk.fault(room, REASON, remedy));
    }
    if free.files.is_some_and(|files| files < FEW_FILES) {
        let problem = format!("the disk of {} can hold hardly any more files", place.display());
        return Some(Check::Disk.fault(
            problem,
            REASON,
            format!("remove files that are not needed (df -i {})", place.display()),
        ));
    }
    (free.bytes < LITTLE).then(|| Check::Disk.warning(room, REASON, remedy))
}

#[cfg(test)]
mod tests {
    use super::super::finding::Severity;
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
