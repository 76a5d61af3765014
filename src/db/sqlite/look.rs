//! Opening a file read-only: nothing is written, neither to it nor beside it.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::OpenFlags;
use url::Url;

use super::damage::Damage;
use super::{DbError, Inner, Source, Sqlite, next_number, unusable};

impl Sqlite {
    /// Opens a file read-only.
    ///
    /// An unused file has no write-ahead log beside it. SQLite would create one, so it is told that
    /// the file is immutable: see [`Sqlite::is_in_use_since`].
    pub(in crate::db) fn open_to_look(path: &Path, limit: Duration) -> Result<Self, DbError> {
        let path = std::path::absolute(path).map_err(unusable(path))?;
        let source = if log_of(&path).exists() {
            Source { name: path.clone(), flags: OpenFlags::empty() }
        } else {
            let mut uri = Url::from_file_path(&path)
                .map_err(|()| DbError::Missing(path.display().to_string()))?;
            uri.set_query(Some("immutable=1"));
            Source { name: uri.as_str().into(), flags: OpenFlags::SQLITE_OPEN_URI }
        };
        let number = next_number();
        let damage = Damage::default();
        Ok(Self(Arc::new(Inner { number, path, source, limit, writing: None, damage })))
    }

    /// Whether a process started to use a file that was unused when it was opened read-only. Data
    /// read since then can be wrong.
    pub(in crate::db) fn is_in_use_since(&self) -> bool {
        self.0.source.flags.contains(OpenFlags::SQLITE_OPEN_URI) && log_of(&self.0.path).exists()
    }
}

fn log_of(path: &Path) -> std::path::PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-wal");
    name.into()
}
