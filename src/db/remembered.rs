//! What was found of token data, in memory: the rows that a token, an API key or a client's
//! credentials depend on. It is remembered until any process changes such a row
//! ([`Db::token_data_version`]); other writes leave it. See
//! `docs/decisions/0044-a-version-of-token-data.md`.
//!
//! The tables with token data are those that the statements given to [`Remembered::row`] read. Each
//! has triggers that advance the version; debug builds, and so all tests, panic when one lacks.

use std::hash::Hash;

use quick_cache::sync::Cache;

use super::{Db, DbError, FromRow, Param};

/// Values made of found rows, each with the version at which it was looked up. A row that isn't
/// found is not remembered: an INSERT doesn't change the version.
pub struct Remembered<K, V> {
    db: Db,
    found: Cache<K, (u64, V)>,
}

impl<K: Eq + Hash, V: Clone> Remembered<K, V> {
    /// An empty memory for at most `most` values.
    pub fn new(db: Db, most: usize) -> Self {
        Self { db, found: Cache::new(most) }
    }

    /// The value of `key`: the remembered one, or what `value` makes of the statement's row. The
    /// statement must find its row by a unique key, and must not compare anything with the time.
    ///
    /// # Errors
    /// As [`Db::row`].
    pub async fn row<T: FromRow>(
        &self,
        key: K,
        sql: &'static str,
        params: &[Param<'_>],
        value: impl FnOnce(T) -> V,
    ) -> Result<Option<V>, DbError> {
        #[cfg(debug_assertions)]
        covered::check(sql);
        // Read first: a row that is looked up later is at least as new.
        let version = self.db.token_data_version().await;
        if let Some(version) = version
            && let Some((_, value)) = self.found.get(&key).filter(|(known, _)| *known == version)
        {
            return Ok(Some(value));
        }
        // Boxed, because it is rare and would make every request's future larger.
        let looked_up = Box::pin(self.db.row(sql, params));
        let Some(row) = looked_up.await? else { return Ok(None) };
        let value = value(row);
        if let Some(version) = version {
            self.found.insert(key, (version, value.clone()));
        }
        Ok(Some(value))
    }
}

/// Whether the tables of a statement have the triggers that advance the version.
#[cfg(debug_assertions)]
mod covered {
    use std::collections::{BTreeSet, HashSet};
    use std::sync::{Arc, LazyLock, Mutex, PoisonError};

    use rusqlite::Connection;
    use rusqlite::hooks::{AuthAction, Authorization};

    use crate::db::schema::{EXPECTED_ON_POSTGRES, EXPECTED_ON_SQLITE};

    /// # Panics
    /// When a change of what the statement reads would go unnoticed.
    pub(super) fn check(sql: &'static str) {
        static CHECKED: LazyLock<Mutex<HashSet<&'static str>>> = LazyLock::new(Mutex::default);
        if CHECKED.lock().unwrap_or_else(PoisonError::into_inner).insert(sql) {
            let unnoticed = unnoticed(sql);
            assert!(unnoticed.is_empty(), "no trigger notices a change of {unnoticed:?}: {sql}");
        }
    }

    /// The columns that the statement reads, also through views, whose change doesn't advance the
    /// version on both engines.
    pub(super) fn unnoticed(sql: &str) -> Vec<String> {
        let read = columns(sql);
        assert!(!read.is_empty(), "it reads nothing: {sql}");
        let is_noticed = |(table, column): &(String, String)| {
            [EXPECTED_ON_SQLITE, EXPECTED_ON_POSTGRES].iter().all(|schema| {
                let trigger = |event: &str| {
                    let name = format!(" TRIGGER {table}_{event}_token_data AFTER ");
                    schema.split("\n\n").find(|statement| {
                        statement.lines().next().is_some_and(|line| line.contains(&name))
                    })
                };
                let old = format!("old.{column}");
                trigger("deleted").is_some()
                    && trigger("updated").is_some_and(|statement| {
                        let letters = |c: char| !c.is_alphanumeric() && c != '_' && c != '.';
                        statement.to_lowercase().split(letters).any(|word| word == old)
                    })
            })
        };
        read.into_iter()
            .filter(|read| !is_noticed(read))
            .map(|(table, column)| format!("{table}.{column}"))
            .collect()
    }

    /// The tables' columns that SQLite reads for a statement.
    fn columns(sql: &str) -> BTreeSet<(String, String)> {
        let mut connection = Connection::open_in_memory().expect("SQLite can use memory");
        for statement in EXPECTED_ON_SQLITE.split("\n\n") {
            // The tables that a virtual table makes for itself are there already.
            let _ = connection.execute_batch(statement);
        }
        let views: HashSet<String> = EXPECTED_ON_SQLITE
            .lines()
            .filter_map(|line| line.strip_prefix("CREATE VIEW ")?.split(' ').next())
            .map(str::to_owned)
            .collect();
        let read: Arc<Mutex<BTreeSet<(String, String)>>> = Arc::default();
        let noted = Arc::clone(&read);
        connection
            .authorizer(Some(move |context: rusqlite::hooks::AuthContext<'_>| {
                if let AuthAction::Read { table_name, column_name } = context.action
                    && !views.contains(table_name)
                    && !column_name.is_empty()
                {
                    let mut noted = noted.lock().unwrap_or_else(PoisonError::into_inner);
                    noted.insert((table_name.to_owned(), column_name.to_owned()));
                }
                Authorization::Allow
            }))
            .expect("an authorizer can be set");
        drop(connection.prepare(sql).unwrap_or_else(|error| panic!("{error}: {sql}")));
        let read = read.lock().unwrap_or_else(PoisonError::into_inner);
        read.clone()
    }
}

#[cfg(all(test, debug_assertions))]
mod tests {
    use super::covered::unnoticed;

    #[test]
    fn what_no_trigger_notices_is_named() {
        assert_eq!(unnoticed("SELECT scopes FROM api_keys WHERE token_hash = ?1"), [""; 0]);
        let unused = "SELECT k.id, k.last_used_at, m.role FROM api_keys k
             JOIN portal_members m ON m.portal_id = k.portal_id";
        assert_eq!(
            unnoticed(unused),
            ["api_keys.last_used_at", "portal_members.portal_id", "portal_members.role"]
        );
        // Through a view.
        assert_eq!(unnoticed("SELECT id FROM live_grants WHERE id = ?1"), [""; 0]);
    }
}
