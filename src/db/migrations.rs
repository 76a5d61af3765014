//! Migrations of the schema. Each folder of `migrations/` is one migration, which runs once, in the
//! order of the folder names; see `docs/decisions/0019-migrations.md`.

use super::value::Single;
use super::{Db, DbError, Queryable, Settings, Tx, from_row, params};

struct Migration {
    name: &'static str,
    /// The script for both engines.
    schema: &'static str,
    /// The additional script for one engine.
    sqlite: &'static str,
    postgres: &'static str,
}

const MIGRATIONS: &[Migration] = include!(concat!(env!("OUT_DIR"), "/migrations.rs"));

/// The version of this program.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Version 0.1.0 recorded the numbers at the start of the names, in its own table.
const VERSION_OF_NUMBERS: &str = "0.1.0";

/// An arbitrary number, the same for every instance.
const LOCK: i64 = 0x6b6c_616e_7470_6f72;

/// The tables that record our migrations. Other programs have tables of the same names.
pub(super) const RECORDS_ON_SQLITE: &str = "SELECT name AS value FROM sqlite_schema WHERE type = 'table'
     AND (name = 'migrations' AND EXISTS (SELECT 1 FROM pragma_table_info('migrations') WHERE name = 'product_version')
          OR name = 'schema_migrations' AND EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'portals'))";
const RECORDS_ON_POSTGRES: &str = "SELECT relname::text AS value FROM pg_class c
     WHERE oid = to_regclass('migrations')
           AND EXISTS (SELECT 1 FROM pg_attribute WHERE attrelid = c.oid AND attname = 'product_version' AND NOT attisdropped)
        OR oid = to_regclass('schema_migrations') AND to_regclass('portals') IS NOT NULL";

/// A table, of a database without those.
pub(super) const OTHER_TABLE_ON_SQLITE: &str = "SELECT name AS value FROM sqlite_schema
     WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite~_%' ESCAPE '~' ORDER BY name LIMIT 1";
/// As above, in the schema that our tables are created in; those of extensions are nobody's data.
const OTHER_TABLE_ON_POSTGRES: &str = "SELECT relname::text AS value FROM pg_class c
     WHERE relnamespace = to_regnamespace(current_schema()::text) AND relkind IN ('r', 'p')
       AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
     ORDER BY relname LIMIT 1";

/// A migration that was applied to a database.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Applied {
    name: String,
    product_version: String,
}
from_row!(Applied { name, product_version });

/// The migrations recorded in a database.
enum Recorded {
    Nothing,
    Numbers(Vec<Applied>),
    Names(Vec<Applied>),
}

/// Creates the schema, or brings it up to date.
///
/// # Errors
/// When this version can't bring the database up to date, or it is another program's; nothing is
/// written then.
pub(super) async fn run(db: &Db) -> Result<(), DbError> {
    let mut tx = db.begin().await?;
    if tx.is_postgres() {
        // SQLite's transaction is exclusive already; here several instances can start at once. They
        // wait, and a migration runs, for as long as necessary. A table with triggers that are still
        // to fire can't be altered, so none is put off.
        tx.script(&format!(
            "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0; \
             SET CONSTRAINTS ALL IMMEDIATE; SELECT pg_advisory_xact_lock({LOCK})"
        ))
        .await?;
    }
    let tables = tables(&mut tx, db).await?;
    let recorded = recorded(&mut tx, &tables).await?;
    if let Recorded::Nothing = recorded {
        expect_no_other_table(&mut tx, db).await?;
    }
    let missing = missing(recorded.applied(), MIGRATIONS)?;
    if let Recorded::Nothing | Recorded::Numbers(_) = recorded {
        tx.script("CREATE TABLE migrations (name TEXT PRIMARY KEY, product_version TEXT NOT NULL)")
            .await?;
    }
    if let Recorded::Numbers(applied) = &recorded {
        for migration in applied {
            record(&mut tx, &migration.name, &migration.product_version).await?;
        }
        tx.script("DROP TABLE schema_migrations").await?;
    }
    for migration in missing {
        let failed = |error| DbError::Migration(migration.name, Box::new(error));
        let own = if tx.is_postgres() { migration.postgres } else { migration.sqlite };
        tx.script(migration.schema).await.map_err(failed)?;
        tx.script(own).await.map_err(failed)?;
        record(&mut tx, migration.name, VERSION).await?;
    }
    tx.commit().await?;
    if !missing.is_empty() {
        let names: Vec<&str> = missing.iter().map(|migration| migration.name).collect();
        tracing::info!(migrations = names.join(" "), "brought the database up to date");
    }
    Ok(())
}

async fn record(tx: &mut Tx, name: &str, version: &str) -> Result<(), DbError> {
    let sql = "INSERT INTO migrations (name, product_version) VALUES (?1, ?2)";
    tx.execute(sql, params![name, version]).await.map(drop)
}

/// Checks that a database has exactly this version, without changing it.
///
/// # Errors
/// When it has another version, or there is none.
pub(super) async fn check(db: &Db, settings: &Settings<'_>) -> Result<(), DbError> {
    let tables = tables(db, db).await?;
    let recorded = recorded(db, &tables).await?;
    if let Recorded::Nothing = recorded {
        expect_no_other_table(db, db).await?;
        return Err(DbError::Missing(format!("{:?}", settings.url)));
    }
    if missing(recorded.applied(), MIGRATIONS)?.is_empty() {
        Ok(())
    } else {
        Err(DbError::Older { ours: VERSION })
    }
}

/// Which of the tables that record migrations exist.
async fn tables(asked: impl Queryable, db: &Db) -> Result<Vec<Single<String>>, DbError> {
    let sql = match db {
        Db::Sqlite(_) => RECORDS_ON_SQLITE,
        Db::Postgres(_) => RECORDS_ON_POSTGRES,
    };
    asked.rows(sql, params![]).await
}

/// Checks that a database without our tables has no others.
///
/// # Errors
/// [`DbError::Foreign`].
async fn expect_no_other_table(asked: impl Queryable, db: &Db) -> Result<(), DbError> {
    let sql = match db {
        Db::Sqlite(_) => OTHER_TABLE_ON_SQLITE,
        Db::Postgres(_) => OTHER_TABLE_ON_POSTGRES,
    };
    match asked.rows(sql, params![]).await?.pop() {
        Some(Single(table)) => Err(DbError::Foreign { table }),
        None => Ok(()),
    }
}

async fn recorded(asked: impl Queryable, tables: &[Single<String>]) -> Result<Recorded, DbError> {
    if tables.iter().any(|Single(name)| name == "migrations") {
        let mut applied: Vec<Applied> =
            asked.rows("SELECT name, product_version FROM migrations", params![]).await?;
        // PostgreSQL's own order depends on the cluster's language.
        applied.sort_by(|one, other| one.name.cmp(&other.name));
        return Ok(Recorded::Names(applied));
    }
    if tables.is_empty() {
        return Ok(Recorded::Nothing);
    }
    let sql = "SELECT version AS value FROM schema_migrations ORDER BY version";
    let numbers: Vec<Single<i64>> = asked.rows(sql, params![]).await?;
    Ok(Recorded::Numbers(numbers.into_iter().map(|Single(number)| numbered(number)).collect()))
}

/// The migration with this number in version 0.1.0.
fn numbered(number: i64) -> Applied {
    let start = format!("{number:04}_");
    let known = MIGRATIONS.iter().find(|migration| migration.name.starts_with(&start));
    match known {
        Some(known) => {
            Applied { name: known.name.into(), product_version: VERSION_OF_NUMBERS.into() }
        }
        None => Applied { name: format!("{number:04}"), product_version: "unknown".into() },
    }
}

impl Recorded {
    fn applied(&self) -> &[Applied] {
        match self {
            Self::Nothing => &[],
            Self::Numbers(applied) | Self::Names(applied) => applied,
        }
    }
}

/// The migrations of `known` that a database lacks which went through `applied`. Both are in the
/// order of their names.
///
/// # Errors
/// When it went through one that is not known, or lacks one from the middle.
fn missing<'a>(applied: &[Applied], known: &'a [Migration]) -> Result<&'a [Migration], DbError> {
    let unknown = |applied: &&Applied| known.iter().all(|known| known.name != applied.name);
    if let Some(newer) = applied.iter().rfind(unknown) {
        return Err(DbError::Newer {
            migration: newer.name.clone(),
            theirs: newer.product_version.clone(),
            ours: VERSION,
        });
    }
    match known.iter().zip(applied).find(|(known, applied)| known.name != applied.name) {
        Some((lacking, later)) => {
            Err(DbError::Gap { lacking: lacking.name, later: later.name.clone() })
        }
        None => Ok(&known[applied.len()..]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: [Migration; 3] = [known("0001_a"), known("0002_b"), known("0002_c")];

    const fn known(name: &'static str) -> Migration {
        Migration { name, schema: "", sqlite: "", postgres: "" }
    }

    fn missing_after(applied: &[&str]) -> Result<Vec<&'static str>, DbError> {
        let applied: Vec<Applied> = applied
            .iter()
            .map(|name| Applied { name: (*name).into(), product_version: "9.9.9".into() })
            .collect();
        static STATIC: &[Migration] = &KNOWN;
        Ok(missing(&applied, STATIC)?.iter().map(|migration| migration.name).collect())
    }

    #[test]
    fn what_a_database_lacks_at_its_end_is_applied() {
        assert_eq!(missing_after(&[]).unwrap(), ["0001_a", "0002_b", "0002_c"]);
        assert_eq!(missing_after(&["0001_a"]).unwrap(), ["0002_b", "0002_c"]);
        assert!(missing_after(&["0001_a", "0002_b", "0002_c"]).unwrap().is_empty());
    }

    #[test]
    fn a_database_that_lacks_one_from_the_middle_is_refused_by_its_name() {
        let fault = missing_after(&["0001_a", "0002_c"]).unwrap_err().to_string();
        assert!(fault.contains("0002_b") && fault.contains("0002_c"), "{fault}");
    }

    #[test]
    fn a_database_of_a_newer_version_is_refused_with_both_versions() {
        for applied in [&["0001_a", "0002_b", "0002_c", "0003_d"][..], &["0001_a", "0001_b"]] {
            let fault = missing_after(applied).unwrap_err().to_string();
            assert!(fault.contains("9.9.9") && fault.contains(VERSION), "{fault}");
        }
    }

    #[test]
    fn numbers_of_version_0_1_0_are_known_by_their_names() {
        assert_eq!(numbered(6).name, "0006_second_factors");
        assert_eq!(numbered(7).name, "0007", "there never was one");
    }
}
