//! Detects the remains of a database whose file is missing.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use super::{DatabaseUrl, DbError, Settings};

/// The other files in the data folder.
const BESIDE: &str = "mail";

/// Checks that a database about to be created is the first in the folder. If only its file was lost
/// or moved, an empty one in its place would hide that.
///
/// # Errors
/// [`DbError::LeftOver`] when other files show that there was one.
pub fn check_left_over(settings: &Settings<'_>) -> Result<(), DbError> {
    let DatabaseUrl::Sqlite(path) = settings.url else { return Ok(()) };
    let path = settings.data_dir.join(path);
    let (Some(folder), Some(file)) = (path.parent(), path.file_name()) else { return Ok(()) };
    let mut found: Vec<String> = ["-wal", "-shm"]
        .map(|end| [file, OsStr::new(end)].into_iter().collect::<OsString>())
        .into_iter()
        .chain(path.with_extension("changes").file_name().map(OsStr::to_owned))
        .filter(|name| folder.join(name).exists())
        .map(|name| name.to_string_lossy().into_owned())
        .collect();
    if holds_anything(&settings.data_dir.join(BESIDE)) {
        found.push(format!("{BESIDE}/"));
    }
    // Checked last, because a concurrent process creates it before all other files.
    if found.is_empty() || path.exists() {
        return Ok(());
    }
    Err(DbError::LeftOver {
        folder: folder.to_owned(),
        found: found.join(", "),
        file: file.to_string_lossy().into_owned(),
    })
}

fn holds_anything(folder: &Path) -> bool {
    std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_folder_that_held_a_database_is_told_from_a_new_one() {
        let dir = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::Sqlite("a.db".into());
        let settings = Settings {
            url: &url,
            data_dir: dir.path(),
            connections: 1,
            wait: Duration::from_secs(1),
        };
        let touch = |name: &str| std::fs::write(dir.path().join(name), "").unwrap();
        touch("notes.txt");
        std::fs::create_dir(dir.path().join("mail")).unwrap();
        check_left_over(&settings).unwrap();
        for name in ["mail/1.eml", "a.changes", "a.db-wal", "a.db-shm"] {
            touch(name);
            assert!(check_left_over(&settings).is_err(), "{name}");
            std::fs::remove_file(dir.path().join(name)).unwrap();
            check_left_over(&settings).unwrap();
        }
        touch("a.changes");
        touch("a.db");
        check_left_over(&settings).unwrap();
    }
}
