//! Looks at a file: nothing is written, neither to it nor beside it.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, OptionalExtension};
use tokio::sync::watch;
use url::Url;

use super::damage::Damage;
use super::{DbError, Inner, Source, Sqlite, next_number, unusable};
use crate::db::is_empty_or_missing;
use crate::db::migrations::{OTHER_TABLE_ON_SQLITE, RECORDS_ON_SQLITE};

/// What a file contains.
pub(in crate::db) enum Content {
    /// No tables, or there is no file.
    Nothing,
    /// Klantportaal's tables, or something unreadable.
    Ours,
    /// Only tables of another program, such as this one.
    Foreign(String),
}

impl Content {
    /// The content of the file at a path.
    pub(in crate::db) fn of(path: &Path) -> Self {
        if is_empty_or_missing(path) {
            return Self::Nothing;
        }
        // Opening the database says what is wrong with it.
        Self::read(path).unwrap_or(Self::Ours)
    }

    fn read(path: &Path) -> Result<Self, DbError> {
        let connection = source(path)?.connect()?;
        if first(&connection, RECORDS_ON_SQLITE)?.is_some() {
            return Ok(Self::Ours);
        }
        let other = first(&connection, OTHER_TABLE_ON_SQLITE)?;
        Ok(other.map_or(Self::Nothing, Self::Foreign))
    }
}

fn first(connection: &Connection, sql: &str) -> Result<Option<String>, DbError> {
    Ok(connection.query_row(sql, [], |row| row.get(0)).optional()?)
}

impl Sqlite {
    /// Opens a file to look at it.
    pub(in crate::db) fn open_to_look(path: &Path, limit: Duration) -> Result<Self, DbError> {
        let path = std::path::absolute(path).map_err(unusable(path))?;
        let source = source(&path)?;
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

/// What to open to look at a file.
///
/// A file that nobody uses has no log of changes beside it. SQLite would make one, and is told that
/// the file does not change: see [`Sqlite::is_in_use_since`].
fn source(path: &Path) -> Result<Source, DbError> {
    let path = std::path::absolute(path).map_err(unusable(path))?;
    if log_of(&path).exists() {
        return Ok(Source { name: path, flags: OpenFlags::empty() });
    }
    let mut uri =
        Url::from_file_path(&path).map_err(|()| DbError::Missing(path.display().to_string()))?;
    uri.set_query(Some("immutable=1"));
    Ok(Source { name: uri.as_str().into(), flags: OpenFlags::SQLITE_OPEN_URI })
}

fn log_of(path: &Path) -> std::path::PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-wal");
    name.into()
}
