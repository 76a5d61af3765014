//! Detects the remains of a database that was lost.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use super::sqlite::Content;
use super::{DatabaseUrl, DbError, Settings, is_empty_or_missing};

/// What a server stores in the data folder as soon as its database is ready.
const IN_DATA_FOLDER: [&str; 2] = ["mail", "encryption.key"];

/// In what way a file is no database.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lost {
    Missing,
    Empty,
    WithoutTables,
}

impl Lost {
    fn of(path: &Path) -> Option<Self> {
        match Content::of(path) {
            Content::Nothing if !path.exists() => Some(Self::Missing),
            Content::Nothing if is_empty_or_missing(path) => Some(Self::Empty),
            Content::Nothing => Some(Self::WithoutTables),
            Content::Ours | Content::Foreign(_) => None,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Empty | Self::WithoutTables => "empty",
        }
    }

    /// The files next to the database file that show that there was one. SQLite creates them next to
    /// a new database too, except a log next to an empty file.
    fn beside(self, path: &Path) -> Vec<OsString> {
        let file = path.file_name().unwrap_or_default();
        let with = |end: &str| [file, OsStr::new(end)].into_iter().collect::<OsString>();
        match self {
            Self::Missing => {
                let changes = path.with_extension("changes");
                let changes = changes.file_name().map(OsStr::to_owned);
                [with("-wal"), with("-shm")].into_iter().chain(changes).collect()
            }
            Self::Empty => vec![with("-wal")],
            Self::WithoutTables => Vec::new(),
        }
    }
}

/// Checks that a database about to be created is the first in the folder. If only its file was lost,
/// moved or emptied, a new one in its place would hide that.
///
/// # Errors
/// [`DbError::LeftOver`] when other files show that there was one.
pub fn check_left_over(settings: &Settings<'_>) -> Result<(), DbError> {
    let DatabaseUrl::Sqlite(path) = settings.url else { return Ok(()) };
    let path = settings.data_dir.join(path);
    let (Some(folder), Some(lost)) = (path.parent(), Lost::of(&path)) else { return Ok(()) };
    let mut found: Vec<String> = lost
        .beside(&path)
        .into_iter()
        .filter(|name| folder.join(name).exists())
        .map(|name| name.to_string_lossy().into_owned())
        .collect();
    for name in IN_DATA_FOLDER {
        let path = settings.data_dir.join(name);
        if path.is_file() {
            found.push(name.to_owned());
        } else if holds_anything(&path) {
            found.push(format!("{name}/"));
        }
    }
    // Looked at again, because a concurrent process creates the database before the other files.
    if found.is_empty() || Lost::of(&path) != Some(lost) {
        return Ok(());
    }
    Err(DbError::LeftOver {
        folder: folder.to_owned(),
        found: found.join(", "),
        file: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        state: lost.name(),
    })
}

fn holds_anything(folder: &Path) -> bool {
    std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn settings<'a>(url: &'a DatabaseUrl, data_dir: &'a Path) -> Settings<'a> {
        Settings { url, data_dir, connections: 1, wait: Duration::from_secs(1) }
    }

    #[test]
    fn a_folder_that_held_a_database_is_told_from_a_new_one() {
        let dir = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::Sqlite("a.db".into());
        let settings = settings(&url, dir.path());
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
        touch("encryption.key");
        assert!(check_left_over(&settings).is_err());
        std::fs::remove_file(dir.path().join("encryption.key")).unwrap();
        touch("a.changes");
        touch("a.db");
        check_left_over(&settings).unwrap();
    }

    #[test]
    fn an_empty_file_beside_the_files_of_a_database_is_none() {
        let dir = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::Sqlite("a.db".into());
        let settings = settings(&url, dir.path());
        let write = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).unwrap();
        let remove = |name: &str| std::fs::remove_file(dir.path().join(name)).unwrap();
        write("a.db", "");
        check_left_over(&settings).unwrap();
        for name in ["a.db-wal", "encryption.key"] {
            write(name, "x");
            let fault = check_left_over(&settings).unwrap_err().to_string();
            assert!(fault.contains(name) && fault.contains("a.db is empty"), "{fault}");
            remove(name);
        }
        write("encryption.key", "x");
        // What SQLite makes of an empty file.
        let connection = rusqlite::Connection::open(dir.path().join("a.db")).unwrap();
        connection.pragma_update(None, "journal_mode", "wal").unwrap();
        assert!(check_left_over(&settings).is_err());
        connection.execute_batch("CREATE TABLE others (id TEXT)").unwrap();
        // Refused when it is opened.
        check_left_over(&settings).unwrap();
        drop(connection);
        write("a.db", "no database");
        check_left_over(&settings).unwrap();
    }
}
