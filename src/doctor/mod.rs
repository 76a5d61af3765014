//! What `klantportaal doctor` looks at: everything around the server that an operator can put right. It
//! works while the server runs and while it does not, writes nothing, and makes no database.

mod clock;
mod database;
mod disk;
mod encryption_key;
mod mail;
mod permissions;
mod public_address;

use std::fmt;

use crate::clock::Clock;
use crate::config::Config;
use crate::db::Db;

/// What is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Check {
    /// Whether the database is of this version, with all its tables.
    Schema,
    /// Whether its data is whole.
    Integrity,
    /// Who else may read and write the files.
    Permissions,
    /// Whether the key fits the database.
    EncryptionKey,
    /// Whether the time is right.
    Clock,
    /// Whether there is room.
    Disk,
    /// Whether mail reaches people.
    Mail,
    /// Whether browsers reach the server.
    PublicAddress,
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It works, but not as it should, or not for long.
    Warning,
    /// Something does not work, or data is in danger.
    Fault,
}

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Where it was found.
    pub check: Check,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong.
    pub problem: String,
    /// Why it matters.
    pub reason: String,
    /// What to do, as a command where there is one.
    pub remedy: String,
}

/// All that was found.
#[derive(Debug, Clone, Default)]
pub struct Diagnosis {
    /// What was looked at. What could not be looked at is missing here.
    pub checked: Vec<Check>,
    /// What is wrong, in the order of the checks.
    pub findings: Vec<Finding>,
}

impl Check {
    /// All of them, in the order in which they are made.
    pub const ALL: [Self; 8] = [
        Self::Schema,
        Self::Integrity,
        Self::Permissions,
        Self::EncryptionKey,
        Self::Clock,
        Self::Disk,
        Self::Mail,
        Self::PublicAddress,
    ];

    /// Its name for people.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Schema => "schema",
            Self::Integrity => "integrity",
            Self::Permissions => "permissions",
            Self::EncryptionKey => "encryption key",
            Self::Clock => "clock",
            Self::Disk => "disk",
            Self::Mail => "mail",
            Self::PublicAddress => "public address",
        }
    }

    /// Its name for programs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::EncryptionKey => "encryptionKey",
            Self::PublicAddress => "publicAddress",
            other => other.title(),
        }
    }

    fn fault(self, problem: impl Into<String>, reason: &str, remedy: impl Into<String>) -> Finding {
        self.finding(Severity::Fault, problem, reason, remedy)
    }

    fn warning(
        self,
        problem: impl Into<String>,
        reason: &str,
        remedy: impl Into<String>,
    ) -> Finding {
        self.finding(Severity::Warning, problem, reason, remedy)
    }

    fn finding(
        self,
        severity: Severity,
        problem: impl Into<String>,
        reason: &str,
        remedy: impl Into<String>,
    ) -> Finding {
        Finding {
            check: self,
            severity,
            problem: problem.into(),
            reason: reason.to_owned(),
            remedy: remedy.into(),
        }
    }
}

impl Severity {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Fault => "fault",
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { check, severity, problem, reason, remedy } = self;
        write!(f, "{}: {}: {problem}", severity.name(), check.title())?;
        write!(f, "\n    Why it matters: {reason}\n    What to do:     {remedy}")
    }
}

impl Diagnosis {
    /// How bad the worst finding is; `None` when nothing is wrong.
    pub fn worst(&self) -> Option<Severity> {
        self.findings.iter().map(|finding| finding.severity).max()
    }

    fn add(&mut self, check: Check, found: impl IntoIterator<Item = Finding>) {
        self.checked.push(check);
        self.findings.extend(found);
    }
}

/// Looks at everything; with `ask_address`, also whether the server's own addresses lead to it.
pub async fn examine(config: &Config, clock: &Clock, ask_address: bool) -> Diagnosis {
    let mut diagnosis = Diagnosis::default();
    let db = database::examine(config, &mut diagnosis).await;
    diagnosis.add(Check::Permissions, permissions::examine(config));
    if let Some(db) = &db {
        diagnosis.add(Check::EncryptionKey, encryption_key::examine(config, db).await);
        diagnosis.add(Check::Clock, clock::examine(db, clock).await);
    }
    diagnosis.add(Check::Disk, disk::examine(config));
    diagnosis.add(Check::Mail, mail::examine(config).await);
    diagnosis.add(Check::PublicAddress, public_address::examine(config, ask_address).await);
    diagnosis
}

/// That the database could not be asked.
fn unanswered(check: Check, error: &crate::db::DbError, db: &Db) -> Finding {
    let what = match db {
        Db::Sqlite(_) => "the database file",
        Db::Postgres(_) => "PostgreSQL",
    };
    check.fault(
        format!("{what} gave no answer: {error}"),
        "what this check looks at is not known",
        "mend what is said of the database first, then run `klantportaal doctor` again",
    )
}
