//! Database errors, and which of them are temporary.

use std::path::PathBuf;

use tokio_postgres::error::SqlState;

use super::postgres;

/// A database error.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// A UNIQUE or PRIMARY KEY constraint refused the row.
    #[error("a row with the same key already exists")]
    Duplicate,
    /// A column's value doesn't match the type it is read into.
    #[error("column {column} has an unexpected value")]
    Column {
        /// Name of the column.
        column: &'static str,
    },
    /// The engine found its data corrupted.
    #[error(
        "the database is damaged ({0}): stop the server, keep a copy of the data, and run \
         `klantportaal doctor`, which tells how far the damage goes and what to do"
    )]
    Damaged(String),
    /// An error from SQLite.
    #[error("SQLite: {0}")]
    Sqlite(rusqlite::Error),
    /// An error from PostgreSQL.
    #[error("PostgreSQL: {}", postgres::reason(.0))]
    Postgres(tokio_postgres::Error),
    /// No connection is available.
    #[error("no database connection: {0}")]
    Connection(String),
    /// Something took longer than a request can wait; the text says what.
    #[error("waited too long for {0}")]
    TooLong(&'static str),
    /// A value can't be stored as JSON.
    #[error("a job of the kind {kind} cannot be stored: {reason}")]
    Payload {
        /// The kind of job.
        kind: &'static str,
        /// Why.
        reason: String,
    },
    /// A portal has too many long reads in progress.
    #[error("too many long reads of one portal are already waiting")]
    TooManyReads,
    /// The database's file was removed or replaced while it was open.
    #[error(
        "the database file {0} was removed or replaced while the server was running; put the original \
         file back, and the server works again, or restart the server to use another one"
    )]
    Gone(PathBuf),
    /// The data folder cannot be used.
    #[error("data folder: {0}: {1}")]
    Folder(PathBuf, std::io::Error),
    /// There is no database yet, and this command doesn't create one.
    #[error("there is no database in {0}; `klantportaal serve` creates one. Check the setting")]
    Missing(String),
    /// Starting would create a new database beside the remains of another.
    #[error(
        "{folder} contains {found}, but the database {file} is {state}. Put the database back (with its \
         -wal file, if there was one), or start once with --new-database to create an empty one"
    )]
    LeftOver {
        /// The folder.
        folder: PathBuf,
        /// The files that were found there.
        found: String,
        /// The name of the database file.
        file: String,
        /// "missing" or "empty".
        state: &'static str,
    },
    /// The database is another program's.
    #[error(
        "the database contains tables of another program, such as {table}, and none of klantportaal. \
         Nothing was changed. Give klantportaal a database of its own: see database-url and data-dir"
    )]
    Foreign {
        /// One of its tables.
        table: String,
    },
    /// Changes of other processes would not be noticed.
    #[error(
        "{0} was removed or replaced while another process uses the database, which would not \
         learn of changes; restart that process"
    )]
    ForeignCounter(PathBuf),
    /// The database has a migration that this version doesn't know.
    #[error(
        "the database was brought up to date by klantportaal {theirs} (migration {migration}), and \
         this is klantportaal {ours}, which does not have that migration. Nothing was changed. \
         Start version {theirs} or later, or restore the backup from before the upgrade"
    )]
    Newer {
        /// The newest unknown migration.
        migration: String,
        /// The version that applied it.
        theirs: String,
        /// The version of this program.
        ours: &'static str,
    },
    /// The database has an earlier version, and this command doesn't upgrade it.
    #[error(
        "the database is older than klantportaal {ours}; `klantportaal serve` brings it up \
         to date"
    )]
    Older {
        /// The version of this program.
        ours: &'static str,
    },
    /// The database lacks a migration, but has a later one.
    #[error(
        "the database has the migration {later}, but lacks the earlier {lacking}. \
         Nothing was changed. Restore a backup, or for a development database, create a \
         new one"
    )]
    Gap {
        /// The migration that it lacks.
        lacking: &'static str,
        /// A later one that it has.
        later: String,
    },
    /// A migration failed; the database is unchanged.
    #[error("migration {0} failed, and the database is unchanged: {1}")]
    Migration(&'static str, Box<Self>),
}

/// Why the database is temporarily unavailable, for reasons other than the statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outage {
    /// It is locked for too long.
    Busy,
    /// Its disk is full.
    Full,
    /// It is read-only.
    ReadOnly,
    /// It doesn't respond, or its file is gone.
    Unreachable,
    /// The requested data is corrupted.
    Damaged,
}

impl Outage {
    /// One word for logs and monitoring.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Busy => "busy",
            Self::Full => "disk full",
            Self::ReadOnly => "read-only",
            Self::Unreachable => "unreachable",
            Self::Damaged => "damaged",
        }
    }
}

impl DbError {
    /// The same error once more, for another request that it concerns.
    pub(super) fn same(&self) -> Self {
        use rusqlite::Error::SqliteFailure;
        match self {
            Self::Sqlite(SqliteFailure(code, text)) => {
                Self::Sqlite(SqliteFailure(*code, text.clone()))
            }
            Self::Damaged(what) => Self::Damaged(what.clone()),
            Self::Gone(path) => Self::Gone(path.clone()),
            Self::Folder(path, error) => {
                Self::Folder(path.clone(), std::io::Error::new(error.kind(), error.to_string()))
            }
            other => Self::Connection(other.to_string()),
        }
    }

    /// Why the database is temporarily unavailable; `None` for other errors.
    pub fn outage(&self) -> Option<Outage> {
        match self {
            Self::Sqlite(error) => of_sqlite(error.sqlite_error_code()?),
            Self::Postgres(error) => match error.code() {
                Some(code) => of_postgres(code),
                // Without a server code: the connection broke or was never established.
                None => Some(Outage::Unreachable),
            },
            Self::Damaged(_) => Some(Outage::Damaged),
            Self::TooLong(_) => Some(Outage::Busy),
            Self::Connection(_) | Self::Gone(_) | Self::Folder(..) | Self::ForeignCounter(_) => {
                Some(Outage::Unreachable)
            }
            _ => None,
        }
    }
}

/// Whether SQLite found its file damaged.
pub(super) const fn is_damage(code: rusqlite::ErrorCode) -> bool {
    use rusqlite::ErrorCode;
    matches!(code, ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
}

const fn of_sqlite(code: rusqlite::ErrorCode) -> Option<Outage> {
    use rusqlite::ErrorCode;
    match code {
        ErrorCode::DatabaseBusy
        | ErrorCode::DatabaseLocked
        | ErrorCode::FileLockingProtocolFailed => Some(Outage::Busy),
        ErrorCode::DiskFull => Some(Outage::Full),
        ErrorCode::ReadOnly => Some(Outage::ReadOnly),
        ErrorCode::CannotOpen | ErrorCode::SystemIoFailure | ErrorCode::PermissionDenied => {
            Some(Outage::Unreachable)
        }
        _ => None,
    }
}

/// By the classes of PostgreSQL's documentation, appendix A.
fn of_postgres(code: &SqlState) -> Option<Outage> {
    match *code {
        SqlState::DISK_FULL => Some(Outage::Full),
        SqlState::READ_ONLY_SQL_TRANSACTION => Some(Outage::ReadOnly),
        SqlState::LOCK_NOT_AVAILABLE
        | SqlState::QUERY_CANCELED
        | SqlState::TOO_MANY_CONNECTIONS
        | SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT
        | SqlState::T_R_DEADLOCK_DETECTED
        | SqlState::T_R_SERIALIZATION_FAILURE => Some(Outage::Busy),
        SqlState::ADMIN_SHUTDOWN | SqlState::CRASH_SHUTDOWN | SqlState::CANNOT_CONNECT_NOW => {
            Some(Outage::Unreachable)
        }
        // Connections (08) and the machine (58).
        _ if code.code().starts_with("08") || code.code().starts_with("58") => {
            Some(Outage::Unreachable)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_engines_say_of_themselves_is_told_apart() {
        let sqlite = |code| {
            let error = rusqlite::ffi::Error::new(code);
            DbError::from(rusqlite::Error::SqliteFailure(error, None)).outage()
        };
        assert_eq!(sqlite(rusqlite::ffi::SQLITE_BUSY), Some(Outage::Busy));
        assert_eq!(sqlite(rusqlite::ffi::SQLITE_FULL), Some(Outage::Full));
        assert_eq!(sqlite(rusqlite::ffi::SQLITE_READONLY_DBMOVED), Some(Outage::ReadOnly));
        assert_eq!(sqlite(rusqlite::ffi::SQLITE_IOERR_WRITE), Some(Outage::Unreachable));
        for code in [rusqlite::ffi::SQLITE_CORRUPT_INDEX, rusqlite::ffi::SQLITE_NOTADB] {
            assert_eq!(sqlite(code), Some(Outage::Damaged));
        }
        assert_eq!(sqlite(rusqlite::ffi::SQLITE_CONSTRAINT), None);
        let postgres = |code| of_postgres(&SqlState::from_code(code));
        assert_eq!(postgres("53100"), Some(Outage::Full));
        assert_eq!(postgres("25006"), Some(Outage::ReadOnly));
        assert_eq!(postgres("55P03"), Some(Outage::Busy));
        assert_eq!(postgres("08006"), Some(Outage::Unreachable));
        assert_eq!(postgres("57P01"), Some(Outage::Unreachable));
        assert_eq!(postgres("42601"), None, "a fault of ours");
        assert_eq!(DbError::Duplicate.outage(), None);
    }
}
