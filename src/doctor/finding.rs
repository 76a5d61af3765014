//! Checks and what they find.

use std::fmt;

use crate::db::Db;

/// A check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Check {
    /// The version and schema of the database.
    Schema,
    /// The integrity of its data.
    Integrity,
    /// The access of other users to the files.
    Permissions,
    /// The encryption key of the database.
    EncryptionKey,
    /// The clock.
    Clock,
    /// The disk space.
    Disk,
    /// The contents of stored files.
    Files,
    /// The virus scanner.
    Scanner,
    /// Background jobs.
    Jobs,
    /// Mail delivery.
    Mail,
    /// The public addresses.
    PublicAddress,
}

/// The severity of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It works, but not properly, or not for long.
    Warning,
    /// Something does not work, or data is in danger.
    Fault,
}

/// A problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The check that found it.
    pub check: Check,
    /// Its severity.
    pub severity: Severity,
    /// The problem.
    pub problem: String,
    /// Why it matters.
    pub reason: String,
    /// What to do, as a command where there is one.
    pub remedy: String,
}

/// The results.
#[derive(Debug, Clone, Default)]
pub struct Diagnosis {
    /// The completed checks.
    pub checked: Vec<Check>,
    /// The problems, in the order of the checks.
    pub findings: Vec<Finding>,
}

impl Check {
    /// All checks, in order.
    pub const ALL: [Self; 11] = [
        Self::Schema,
        Self::Integrity,
        Self::Permissions,
        Self::EncryptionKey,
        Self::Clock,
        Self::Disk,
        Self::Files,
        Self::Scanner,
        Self::Jobs,
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
            Self::Files => "files",
            Self::Scanner => "scanner",
            Self::Jobs => "jobs",
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

    pub(super) fn fault(
        self,
        problem: impl Into<String>,
        reason: &str,
        remedy: impl Into<String>,
    ) -> Finding {
        self.finding(Severity::Fault, problem, reason, remedy)
    }

    pub(super) fn warning(
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
    /// The highest severity; `None` without problems.
    pub fn worst(&self) -> Option<Severity> {
        self.findings.iter().map(|finding| finding.severity).max()
    }

    pub(super) fn add(&mut self, check: Check, found: impl IntoIterator<Item = Finding>) {
        self.checked.push(check);
        self.findings.extend(found);
    }
}

/// The finding that the database could not be queried.
pub(super) fn unanswered(check: Check, error: &crate::db::DbError, db: &Db) -> Finding {
    let what = match db {
        Db::Sqlite(_) => "the database file",
        Db::Postgres(_) => "PostgreSQL",
    };
    check.fault(
        format!("{what} does not respond: {error}"),
        "this check could not be completed",
        "first fix the reported problem of the database, then run `klantportaal doctor` again",
    )
}
