//! What can go wrong in the database, and what of that is over by itself.

use std::path::PathBuf;

use tokio_postgres::error::SqlState;

use super::postgres;

/// What can go wrong in the database.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// A UNIQUE or PRIMARY KEY constraint refused the row.
    #[error("a row with the same key exists already")]
    Duplicate,
    /// A value that was read does not fit the type that it is read into.
    #[error("column {column} holds an unexpected value")]
    Column {
        /// Name of the column.
        column: &'static str,
    },
    /// SQLite refused.
    #[error("SQLite: {0}")]
    Sqlite(rusqlite::Error),
    /// PostgreSQL refused.
    #[error("PostgreSQL: {}", postgres::reason(.0))]
    Postgres(tokio_postgres::Error),
    /// No connection could be had.
    #[error("no database connection: {0}")]
    Connection(String),
    /// Something did not come in the time that a request may wait; the text says what.
    #[error("waited too long for {0}")]
    TooLong(&'static str),
    /// A portal has too many long reads under way.
    #[error("too many long reads of one portal wait already")]
    TooManyReads,
    /// The database's file was removed or replaced while it was open.
    #[error(
        "the database file {0} was removed or replaced while the server runs; put it back and \
         restart the server"
    )]
    Gone(PathBuf),
    /// The data folder cannot be used.
    #[error("data folder: {0}: {1}")]
    Folder(PathBuf, std::io::Error),
    /// There is no database yet, and this command does not make one.
    #[error("there is no database in {0}; `klantportaal serve` makes one. Is the setting right?")]
    Missing(String),
    /// A start would make a new database beside what is left of another.
    #[error(
        "{folder} holds {found} but no database {file}. Put the database back (with its -wal file, \
         if there was one), or start once with --new-database to begin with an empty one"
    )]
    LeftOver {
        /// The folder.
        folder: PathBuf,
        /// What was found there.
        found: String,
        /// The name that the database would have.
        file: String,
    },
    /// Changes of other processes would not be noticed.
    #[error(
        "{0} was removed or replaced while another process uses the database, which would not \
         learn of changes; restart that process"
    )]
    ForeignCounter(PathBuf),
    /// The database went through a migration that this version does not know.
    #[error(
        "the database was brought up to date by klantportaal {theirs} (migration {migration}), and \
         this is klantportaal {ours}, which does not know that migration. Nothing was changed. \
         Start version {theirs} or a later one, or restore the backup of before the upgrade"
    )]
    Newer {
        /// The newest migration that is not known.
        migration: String,
        /// The version that applied it.
        theirs: String,
        /// The version of this program.
        ours: &'static str,
    },
    /// The database is of an earlier version, and this command does not change that.
    #[error(
        "the database is of a version before klantportaal {ours}; `klantportaal serve` brings it up \
         to date"
    )]
    Older {
        /// The version of this program.
        ours: &'static str,
    },
    /// The database lacks a migration, but went through a later one.
    #[error(
        "the database went through the migration {later}, but not through the earlier {lacking}. \
         Nothing was changed. Restore a backup, or if the database is a developer's own, make a \
         new one"
    )]
    Gap {
        /// The migration that it lacks.
        lacking: &'static str,
        /// A later one that it has.
        later: String,
    },
    /// A migration failed; the database is as it was.
    #[error("the migration {0} failed, and the database is as it was before: {1}")]
    Migration(&'static str, Box<Self>),
}

/// Why the database cannot do its work for now, though nothing is wrong with what it was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outage {
    /// Others hold it for too long.
    Busy,
    /// Its disk is full.
    Full,
    /// It can be read only.
    ReadOnly,
    /// It does not answer, or its file is gone.
    Unreachable,
}

impl Outage {
    /// One word for a log or for who watches over the server.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Busy => "busy",
            Self::Full => "disk full",
            Self::ReadOnly => "read-only",
            Self::Unreachable => "unreachable",
        }
    }
}

impl DbError {
    /// Why the database cannot do its work for now; `None` when the fault lies elsewhere.
    pub fn outage(&self) -> Option<Outage> {
        match self {
            Self::Sqlite(error) => of_sqlite(error.sqlite_error_code()?),
            Self::Postgres(error) => match error.code() {
                Some(code) => of_postgres(code),
                // It has no code of the server's: the connection broke, or was never there.
                None => Some(Outage::Unreachable),
            },
            Self::TooLong(_) => Some(Outage::Busy),
            Self::Connection(_) | Self::Gone(_) | Self::Folder(..) | Self::ForeignCounter(_) => {
                Some(Outage::Unreachable)
            }
            _ => None,
        }
    }
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
            DbError::Sqlite(rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(code), None))
                .outage()
        };
        assert_eq!(sqlite(rusqlite::ffi::SQLITE_BUSY), Some(Outage::Busy));
        assert_eq!(sqlite(rusqlite::ffi::SQLITE_FULL), Some(Outage::Full));
        assert_eq!(sqlite(rusqlite::ffi::SQLITE_READONLY_DBMOVED), Some(Outage::ReadOnly));
        assert_eq!(sqlite(rusqlite::ffi::SQLITE_IOERR_WRITE), Some(Outage::Unreachable));
        assert_eq!(sqlite(rusqlite::ffi::SQLITE_CORRUPT), None, "that does not pass by itself");
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
