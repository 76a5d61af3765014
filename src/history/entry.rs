//! An entry of a row's history.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::db::{Column, FromColumn, from_row, params, text_enum};
use crate::error::Result;
use crate::tenant::{Store, TenantSql};

text_enum! {
    /// What happened to a row.
    pub What in "history.what." {
        /// It was created.
        Created = "created",
        /// Some of its fields were changed.
        Changed = "changed",
        /// It was deleted.
        Deleted = "deleted",
        /// It came back from the bin.
        Restored = "restored",
    }
}

text_enum! {
    /// The kind of author.
    pub AuthorKind {
        /// A person on a page.
        Person = "person",
        /// A program with one of the portal's keys.
        ApiKey = "api_key",
        /// An app with the portal's consent.
        App = "app",
        /// Somebody without an account, with a public link.
        Guest = "guest",
    }
}

/// A field that was changed, with its values as text: as the API shows them, and shortened if they
/// are long.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldChange {
    /// The name of the field on the wire.
    pub field: String,
    /// The value before; none if it was empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old: Option<String>,
    /// The value afterwards; none if it is empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new: Option<String>,
}

/// An entry.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its number among those of the row, from 1 on.
    pub number: i64,
    /// When it happened.
    pub created_at: Timestamp,
    /// What happened.
    pub what: What,
    /// The kind of author.
    pub author_kind: AuthorKind,
    /// The id of the account, of the API key, or of the portal's consent to the app.
    pub author_id: String,
    /// The author's name at that time; empty if it is unknown.
    pub author_name: String,
    /// The fields that were changed.
    pub changes: Vec<FieldChange>,
}

struct Stored {
    number: i64,
    created_at: Timestamp,
    what: What,
    author_kind: AuthorKind,
    author_id: String,
    author_name: String,
    changes: Changes,
}
from_row!(Stored { number, created_at, what, author_kind, author_id, author_name, changes });

/// The column with the changed fields.
struct Changes(Vec<FieldChange>);

impl FromColumn for Changes {
    fn from_column(column: Column<'_>) -> Option<Self> {
        serde_json::from_str(&String::from_column(column)?).ok().map(Self)
    }
}

const ENTRIES: TenantSql = TenantSql::new(
    "SELECT number, created_at, what, author_kind, author_id, author_name, changes FROM history
     WHERE portal_id = ?1 AND kind = ?2 AND row_id = ?3 AND number < ?4
     ORDER BY number DESC LIMIT ?5",
);

/// The entries of a row with a lower number than `before`, the newest first; at most `most`.
pub async fn entries(
    store: &Store,
    (kind, row): (&str, &str),
    before: Option<i64>,
    most: i64,
) -> Result<Vec<Entry>> {
    let before = before.unwrap_or(i64::MAX);
    let stored: Vec<Stored> = store.rows(ENTRIES, params![kind, row, before, most]).await?;
    let entry = |stored: Stored| Entry {
        number: stored.number,
        created_at: stored.created_at,
        what: stored.what,
        author_kind: stored.author_kind,
        author_id: stored.author_id,
        author_name: stored.author_name,
        changes: stored.changes.0,
    };
    Ok(stored.into_iter().map(entry).collect())
}
