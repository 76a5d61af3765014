//! A file that is opened only to look at it: nothing is written, neither to it nor beside it.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::OpenFlags;
use tokio::sync::watch;
use url::Url;

use super::damage::Damage;
use super::{DbError, Inner, Source, Sqlite, next_number, unusable};

impl Sqlite {
    /// Opens a file to look at it.
    ///
    /// A file that nobody uses has no log of changes beside it. SQLite would make one, and is told
    /// that the file does not change: see [`Sqlite::is_in_use_since`].
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
        let enqueued = watch::Sender::new(());
        Ok(Self(Arc::new(Inner { number, path, source, limit, writing: None, damage, enqueued })))
    }

    /// Whether somebody began to use a file that was opened to look at while nobody did. What was
    /// read since may be wrong.
    pub(in crate::db) fn is_in_use_since(&self) -> bool {
        self.0.source.flags.contains(OpenFlags::SQLITE_OPEN_URI) && log_of(&self.0.path).exists()
    }
}

fn log_of(path: &Path) -> std::path::PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-wal");
    name.into()
}
