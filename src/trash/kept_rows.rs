//! The rows of a table that are kept, as JSON of their columns.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use serde_json::Value;

use crate::db::{Single, params};
use crate::error::{Error, Result};
use crate::search::Searched;
use crate::tenant::{StoreTx, TenantSql};

/// The most rows of a table that can depend on a row in the bin. One with more is deleted for good.
pub const MOST_DEPENDENT: i64 = 10_000;

/// What is kept of a table: the rows of which a column has the id of the deleted row.
#[derive(Debug, Clone, Copy)]
pub struct KeptRows {
    /// The table, which has a `portal_id`.
    pub table: &'static str,
    /// The column with the id of the deleted row.
    pub own: &'static str,
    /// The columns that are kept, in lists that are read one after the other, without `portal_id` and
    /// without those that triggers fill.
    pub columns: &'static [&'static [&'static str]],
    /// A column with the id of another row, and the table of that row: if it is gone, what refers to
    /// it isn't restored.
    pub refers_to: Option<(&'static str, &'static str)>,
    /// Columns that come back otherwise than they were kept, with the expressions of their values, in
    /// which `{column}` is what was kept of a column.
    pub adapted: &'static [(&'static str, &'static str)],
    /// The rows in the search index, of a table that is searched.
    pub searched: Option<Searched>,
}

impl KeptRows {
    /// All columns.
    pub fn columns(&self) -> impl Iterator<Item = &'static str> {
        self.columns.iter().copied().flatten().copied()
    }

    /// The rows, as a JSON array of objects; none if there are too many.
    pub(super) async fn read(&self, tx: &mut StoreTx, id: &str) -> Result<Option<Value>> {
        let kept: Option<Single<String>> =
            tx.row(self.select(), params![id, MOST_DEPENDENT + 1]).await?;
        let kept = kept.map_or_else(|| "[]".to_owned(), |Single(kept)| kept);
        let kept: Vec<Value> = serde_json::from_str(&kept).map_err(Error::internal)?;
        let is_much = i64::try_from(kept.len()).is_ok_and(|count| count > MOST_DEPENDENT);
        Ok((!is_much).then_some(Value::Array(kept)))
    }

    /// Inserts the rows again. A column that was added to the table since has its default. Returns how
    /// many there are.
    pub(super) async fn write(&self, tx: &mut StoreTx, rows: &[Value]) -> Result<u64> {
        let Some(Value::Object(first)) = rows.first() else { return Ok(0) };
        let columns: Vec<&str> = self.columns().filter(|name| first.contains_key(*name)).collect();
        let insert = self.insert(&columns);
        let ids: Vec<&str> = rows.iter().filter_map(|row| row["id"].as_str()).collect();
        let written = serde_json::to_string(rows).map_err(Error::internal)?;
        let count = tx.execute(insert, params![written]).await?;
        if let Some(searched) = self.searched {
            for id in ids {
                searched.add(tx, id).await?;
            }
        }
        Ok(count)
    }

    fn select(&self) -> TenantSql {
        let Self { table, own, .. } = self;
        let pairs: Vec<String> = self.columns().map(|name| format!("'{name}', c.{name}")).collect();
        let from =
            format!("FROM (SELECT * FROM {table} WHERE portal_id = ?1 AND {own} = ?2 LIMIT ?3) c");
        built(
            format!("SELECT json_group_array(json_object({})) AS value {from}", pairs.join(", ")),
            format!("SELECT COALESCE(jsonb_agg(to_jsonb(c)), '[]'::jsonb)::text AS value {from}"),
        )
    }

    /// The expression of a column that is restored; `value` is that of what was kept of one, which is null of a
    /// column that was added since.
    fn restored(&self, name: &str, value: &dyn Fn(&str) -> String) -> String {
        let adapted = self.adapted.iter().find(|(adapted, _)| *adapted == name);
        adapted.map_or_else(
            || value(name),
            |(_, expression)| {
                self.columns().fold((*expression).to_owned(), |expression, column| {
                    expression.replace(&format!("{{{column}}}"), &value(column))
                })
            },
        )
    }

    fn insert(&self, columns: &[&str]) -> TenantSql {
        let sql = |rows: String, value: &dyn Fn(&str) -> String| {
            let (table, names) = (self.table, columns.join(", "));
            let values = columns.iter().map(|name| self.restored(name, value));
            let values = values.collect::<Vec<_>>().join(", ");
            let other = self.refers_to.map_or_else(String::new, |(column, other)| {
                format!("JOIN {other} o ON o.portal_id = ?1 AND o.id = {}", value(column))
            });
            format!(
                "INSERT INTO {table} (portal_id, {names}) SELECT ?1, {values} FROM {rows} r {other}
                 WHERE TRUE ON CONFLICT DO NOTHING"
            )
        };
        let table = self.table;
        built(
            sql("json_each(?2)".to_owned(), &|name| format!("json_extract(r.value, '$.{name}')")),
            sql(
                format!("jsonb_populate_recordset(NULL::{table}, CAST(?2 AS TEXT)::jsonb)"),
                &|name| format!("r.{name}"),
            ),
        )
    }
}

/// A statement that is built once. There are few: a table has one to read, and one to write for each
/// version of its columns whose rows are in the bin.
fn built(sqlite: String, postgres: String) -> TenantSql {
    static BUILT: Mutex<BTreeMap<String, TenantSql>> = Mutex::new(BTreeMap::new());
    let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
    *built
        .entry(sqlite)
        .or_insert_with_key(|sqlite| TenantSql::per_engine(sqlite.clone().leak(), postgres.leak()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEMBERS: KeptRows = KeptRows {
        table: "members",
        own: "customer_id",
        columns: &[&["customer_id"], &["group_id"]],
        refers_to: Some(("group_id", "groups")),
        adapted: &[],
        searched: None,
    };

    #[test]
    fn statements_are_built_of_columns() {
        assert_eq!(
            MEMBERS.select().on_sqlite(),
            "SELECT json_group_array(json_object('customer_id', c.customer_id, 'group_id', c.group_id)) AS value \
             FROM (SELECT * FROM members WHERE portal_id = ?1 AND customer_id = ?2 LIMIT ?3) c"
        );
        let insert = MEMBERS.insert(&["group_id"]).on_sqlite();
        assert!(insert.starts_with(
            "INSERT INTO members (portal_id, group_id) SELECT ?1, json_extract(r.value, '$.group_id') \
             FROM json_each(?2) r JOIN groups o ON o.portal_id = ?1 AND o.id = json_extract(r.value, '$.group_id')"
        ), "{insert}");
        let adapted = KeptRows { adapted: &[("group_id", "upper({group_id})")], ..MEMBERS };
        let insert_adapted = adapted.insert(&["customer_id", "group_id"]).on_sqlite();
        assert!(insert_adapted.contains(
            "SELECT ?1, json_extract(r.value, '$.customer_id'), upper(json_extract(r.value, '$.group_id')) FROM"
        ), "{insert_adapted}");
        // A column that was added since is null.
        let earlier = adapted.insert(&["group_id"]).on_sqlite();
        assert!(!earlier.contains('{'), "{earlier}");
        // The same text again is the same statement.
        assert!(std::ptr::eq(insert, MEMBERS.insert(&["group_id"]).on_sqlite()));
    }
}
