//! How many rows depend on each row of a page, such as the customers in each group.

use std::collections::BTreeMap;

use crate::db::{from_row, params};
use crate::error::{Error, Result};
use crate::tenant::{Store, TenantSql};

/// A table whose rows refer to those of another.
#[derive(Debug, Clone, Copy)]
pub struct Dependents {
    /// The numbers by what they refer to; `?2` is a JSON array of ids.
    pub(crate) numbers: TenantSql,
}

/// Declares the table, and its column with the id that it refers to.
macro_rules! dependents {
    ($table:literal, $column:literal) => {
        $crate::lists::Dependents {
            numbers: $crate::tenant::TenantSql::per_engine(
                concat!(
                    "SELECT ",
                    $column,
                    " AS id, count(*) AS number FROM ",
                    $table,
                    " WHERE portal_id = ?1 AND ",
                    $column,
                    " IN (SELECT value FROM json_each(?2))
                      GROUP BY ",
                    $column
                ),
                concat!(
                    "SELECT ",
                    $column,
                    " AS id, count(*) AS number FROM ",
                    $table,
                    " WHERE portal_id = ?1 AND ",
                    $column,
                    " IN (SELECT jsonb_array_elements_text(CAST(?2 AS TEXT)::jsonb))
                      GROUP BY ",
                    $column
                ),
            ),
        }
    };
}
pub(crate) use dependents;

struct Number {
    id: String,
    number: i64,
}
from_row!(Number { id, number });

/// The numbers of some rows' dependents.
#[derive(Debug)]
pub struct Numbers(BTreeMap<String, i64>);

impl Numbers {
    /// That of the row with this id.
    pub fn of(&self, id: &str) -> i64 {
        self.0.get(id).copied().unwrap_or_default()
    }
}

impl Dependents {
    /// Those of each of these rows. It reads every dependent, so only pages ask for it.
    pub async fn numbers(&self, store: &Store, ids: &[&str]) -> Result<Numbers> {
        let ids = serde_json::to_string(ids).map_err(Error::internal)?;
        let numbers: Vec<Number> = store.rows(self.numbers, params![ids]).await?;
        Ok(Numbers(numbers.into_iter().map(|row| (row.id, row.number)).collect()))
    }

    /// Those of one row.
    pub async fn number(&self, store: &Store, id: &str) -> Result<i64> {
        Ok(self.numbers(store, &[id]).await?.of(id))
    }
}
