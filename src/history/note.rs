//! Adding an entry, in the transaction of the change.

use super::{AuthorKind, FieldChange, What};
use crate::changes::{Author, Change};
use crate::db::{Single, params};
use crate::error::{Error, Result};
use crate::tenant::{StoreTx, TenantSql};
use crate::verifier::{Principal, Subject};

/// The number of entries of a row that are kept; the oldest go first.
pub const MAX_ENTRIES: i64 = 500;

/// The maximum size of an entry's fields, in bytes of JSON. Of those beyond it, only the names are
/// kept.
const MAX_BYTES: usize = 16 * 1024;

/// The maximum number of fields in an entry.
const MAX_FIELDS: usize = 100;

/// Counts on from the row's last entry. Of a token, the name is that of its key or app.
const INSERT: TenantSql = TenantSql::new(
    "INSERT INTO history (portal_id, kind, row_id, number, created_at, what, author_kind, author_id,
         author_name, changes)
     VALUES (?1, ?2, ?3,
         (SELECT COALESCE(MAX(h.number), 0) + 1 FROM history h
          WHERE h.portal_id = ?1 AND h.kind = ?2 AND h.row_id = ?3),
         ?4, ?5, ?6, ?7,
         COALESCE(CAST(?8 AS TEXT),
             (SELECT k.name FROM api_keys k WHERE k.portal_id = ?1 AND k.id = ?7),
             (SELECT a.name FROM grants g JOIN apps a ON a.id = g.app_id
              WHERE g.portal_id = ?1 AND g.id = ?7),
             ''),
         ?9)
     RETURNING number AS value",
);
const FORGET: TenantSql = TenantSql::new(
    "DELETE FROM history WHERE portal_id = ?1 AND kind = ?2 AND row_id = ?3 AND number <= ?4",
);
const END: TenantSql = TenantSql::new(
    "UPDATE history SET ended_at = ?4 WHERE portal_id = ?1 AND kind = ?2 AND row_id = ?3",
);

impl Change<'_> {
    /// Adds an entry to the history of a row (its kind and id). The transaction has locked the row, or
    /// creates it. A change of no field is none.
    ///
    /// # Errors
    /// [`Error::Internal`] when the fields can't be written as JSON.
    pub async fn note(
        &self,
        tx: &mut StoreTx,
        (kind, row): (&str, &str),
        what: What,
        mut fields: Vec<FieldChange>,
    ) -> Result<()> {
        if what == What::Changed && fields.is_empty() {
            return Ok(());
        }
        limit(&mut fields);
        let fields = serde_json::to_string(&fields).map_err(Error::internal)?;
        let (author_kind, name) = match self.author {
            Author::Person(session) if session.name.is_empty() => {
                (AuthorKind::Person, Some(session.email.as_str()))
            }
            Author::Person(session) => (AuthorKind::Person, Some(session.name.as_str())),
            Author::Token(Principal { subject: Subject::ApiKey(_), .. }) => {
                (AuthorKind::ApiKey, None)
            }
            Author::Token(_) => (AuthorKind::App, None),
            Author::Guest(_) => (AuthorKind::Guest, None),
            Author::Correspondent { address, .. } => (AuthorKind::Guest, Some(address)),
            Author::Import(importer) => (AuthorKind::Person, Some(importer.email.as_str())),
        };
        let author = self.author.id();
        let entry = params![kind, row, self.now, what, author_kind, author, name, fields];
        let number = tx.row(INSERT, entry).await?.map_or(0, |Single::<i64>(number)| number);
        if number > MAX_ENTRIES {
            tx.execute(FORGET, params![kind, row, number - MAX_ENTRIES]).await?;
        }
        let ended_at = (what == What::Deleted).then_some(self.now);
        if matches!(what, What::Deleted | What::Restored) {
            tx.execute(END, params![kind, row, ended_at]).await?;
        }
        Ok(())
    }
}

/// Keeps an entry within its limits.
fn limit(fields: &mut Vec<FieldChange>) {
    fields.truncate(MAX_FIELDS);
    let mut size = 0;
    for field in fields {
        size += [&field.old, &field.new].into_iter().flatten().map(String::len).sum::<usize>();
        if size > MAX_BYTES {
            (field.old, field.new) = (None, None);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_has_a_maximum_size() {
        let field = |number: usize| FieldChange {
            field: format!("field{number}"),
            old: Some("x".repeat(600)),
            new: Some("y".repeat(400)),
        };
        let mut fields: Vec<_> = (0..MAX_FIELDS + 50).map(field).collect();
        limit(&mut fields);
        assert_eq!(fields.len(), MAX_FIELDS);
        assert!(fields[0].old.is_some() && fields[15].new.is_some());
        assert!(fields[16].old.is_none() && fields[MAX_FIELDS - 1].new.is_none());
        assert!(serde_json::to_string(&fields).unwrap().len() < MAX_BYTES + 10_000);
    }
}
