//! Checks that the database exists, has this version, and is intact.

use super::finding::{Check, Diagnosis, Finding, unanswered};
use crate::config::Config;
use crate::db::{DatabaseUrl, Db, DbError, Settings, Single, check_left_over, params};

/// How to repair a damaged file.
const REPAIR: &str = "stop the server (systemctl stop klantportaal), copy the data folder (cp -a), then restore the \
     last backup. Without a backup, save what can be read: sqlite3 klantportaal.db .recover | sqlite3 recovered.db, and \
     look at recovered.db before you put it in the place of klantportaal.db";

/// Checks it; returns it if it can be queried further.
pub(super) async fn examine(config: &Config, diagnosis: &mut Diagnosis) -> Option<Db> {
    let settings = config.database();
    loop {
        let db = match Db::open_to_look(&settings).await {
            Ok(db) => db,
            Err(error) => {
                diagnosis.add(Check::Schema, Some(unusable(&error, &settings)));
                return None;
            }
        };
        let (schema, mut integrity) = (schema(&db, &settings).await, integrity(&db).await);
        if db.is_in_use_since() {
            // A server started in the meantime, and changed the data.
            continue;
        }
        let is_usable = schema.is_ok();
        let schema = match schema {
            Err(DbError::Damaged(what)) => {
                if integrity.is_empty() {
                    integrity.push(damaged(&what));
                }
                Vec::new()
            }
            Err(error) => vec![unusable(&error, &settings)],
            Ok(findings) => findings,
        };
        diagnosis.add(Check::Schema, schema);
        diagnosis.add(Check::Integrity, integrity);
        return is_usable.then_some(db);
    }
}

/// The finding for a database that can't be used at all.
fn unusable(error: &DbError, settings: &Settings<'_>) -> Finding {
    let problem = error.to_string();
    match error {
        DbError::Missing(place) => match check_left_over(settings) {
            Err(left_over) => Check::Schema.fault(
                left_over.to_string(),
                "the server does not start, and all data is missing",
                "restore the last backup into the data folder",
            ),
            Ok(()) => Check::Schema.fault(
                format!("there is no database in {place}"),
                "either the server has not been set up yet, or these settings differ from the server's",
                "run this command with the server's own settings (--data-dir, --database-url or --config), or create a database: klantportaal serve",
            ),
        },
        DbError::Newer { .. } => Check::Schema.fault(
            problem,
            "a version that does not know the database's schema could damage its data, so the server does not start",
            "install that version of klantportaal, or a later one",
        ),
        DbError::Older { .. } => Check::Schema.fault(
            problem,
            "commands refuse to work on it; it has never been used by a server of this version",
            "make a backup, then bring it up to date: klantportaal serve",
        ),
        DbError::Foreign { .. } => Check::Schema.fault(
            problem,
            "the server does not start",
            "set database-url or data-dir to klantportaal's own database, or to an empty place",
        ),
        DbError::Gap { .. } => Check::Schema.fault(
            problem,
            "its schema is unknown, so the server does not start",
            "restore the last backup",
        ),
        DbError::Damaged(what) => damaged(what),
        _ => match settings.url {
            DatabaseUrl::Sqlite(_) => Check::Schema.fault(
                problem,
                "the server does not start, or responds to every request with 503",
                format!(
                    "check that the user who runs this command can read the file: ls -la {}",
                    settings.data_dir.display()
                ),
            ),
            DatabaseUrl::Postgres(_) => Check::Schema.fault(
                problem,
                "the server does not start, or responds to every request with 503",
                "check that PostgreSQL is running, and the host, user, password and name in database-url: psql \"$KLANTPORTAAL_DATABASE_URL\" -c 'SELECT 1'",
            ),
        },
    }
}

fn damaged(what: &str) -> Finding {
    Check::Integrity.fault(
        format!("the database is damaged: {what}"),
        "part of the data cannot be read, requests that need it get 503, and every write can make it worse",
        REPAIR,
    )
}

/// # Errors
/// When the database can't be used.
async fn schema(db: &Db, settings: &Settings<'_>) -> Result<Vec<Finding>, DbError> {
    db.check_version(settings).await?;
    let differences = db.schema_differences().await?;
    let missing = (!differences.missing.is_empty()).then(|| {
        Check::Schema.fault(
            format!("the database lacks: {}", differences.missing.join(", ")),
            "requests that need it fail, are slow, or lose safeguards",
            "the schema was changed by hand: restore the last backup, or create what is missing from docs/schema/ of this version",
        )
    });
    let different = (!differences.different.is_empty()).then(|| {
        Check::Schema.warning(
            format!("the schema of the database differs in: {}", differences.different.join(", ")),
            "a later version may be unable to bring it up to date",
            "compare it with docs/schema/ of this version; another notation with the same meaning, such as that of another PostgreSQL version, is harmless",
        )
    });
    Ok(missing.into_iter().chain(different).collect())
}

async fn integrity(db: &Db) -> Vec<Finding> {
    match db {
        Db::Sqlite(_) => sqlite_integrity(db).await,
        Db::Postgres(_) => postgres_integrity(db).await,
    }
}

async fn texts(db: &Db, sql: &'static str) -> Result<Vec<String>, DbError> {
    let texts: Vec<Single<String>> = db.long_rows("", sql, params![]).await?;
    Ok(texts.into_iter().map(|Single(text)| text).collect())
}

async fn sqlite_integrity(db: &Db) -> Vec<Finding> {
    let mut findings = Vec::new();
    match texts(db, "SELECT integrity_check AS value FROM pragma_integrity_check LIMIT 20").await {
        Ok(found) if found == ["ok"] => {}
        Ok(found) => findings.push(damaged(&found.join("; "))),
        Err(DbError::Damaged(what)) => findings.push(damaged(&what)),
        Err(error) => findings.push(unanswered(Check::Integrity, &error, db)),
    }
    let orphans = r#"SELECT "table" || ' without ' || parent || ' (' || count(*) || ')' AS value
         FROM pragma_foreign_key_check GROUP BY "table", parent ORDER BY "table", parent"#;
    match texts(db, orphans).await {
        Ok(found) if found.is_empty() => {}
        Ok(found) => findings.push(Check::Integrity.fault(
            format!("rows refer to missing rows: {}", found.join(", ")),
            "the file was changed by another program or is damaged; such rows cannot be viewed or deleted",
            REPAIR,
        )),
        // It was reported above.
        Err(_) => {}
    }
    findings
}

/// PostgreSQL maintains its own files; only its indexes can be checked, if the extension for that
/// is installed.
async fn postgres_integrity(db: &Db) -> Vec<Finding> {
    let mut findings = Vec::new();
    let version = "SELECT CAST(current_setting('server_version_num') AS BIGINT) AS value";
    match db.row::<Single<i64>>(version, params![]).await {
        Ok(Some(Single(number))) if number < OLDEST_POSTGRES => {
            findings.push(Check::Integrity.warning(
                format!(
                    "PostgreSQL {} is older than the versions klantportaal is tested with",
                    number / 10_000
                ),
                "this version no longer gets bug fixes",
                "upgrade PostgreSQL (pg_upgrade)",
            ));
        }
        Ok(_) => {}
        Err(error) => return vec![unanswered(Check::Integrity, &error, db)],
    }
    let invalid = "SELECT c.relname::text AS value FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
         WHERE NOT i.indisvalid AND c.relnamespace = to_regnamespace(current_schema()::text) ORDER BY 1";
    match texts(db, invalid).await {
        Ok(found) if found.is_empty() => {}
        Ok(found) => findings.push(Check::Integrity.fault(
            format!(
                "these indexes are invalid, and PostgreSQL does not use them: {}",
                found.join(", ")
            ),
            "values that must be unique can occur twice, and requests are slow",
            format!("psql \"$KLANTPORTAAL_DATABASE_URL\" -c 'REINDEX INDEX {}'", found[0]),
        )),
        Err(error) => return vec![unanswered(Check::Integrity, &error, db)],
    }
    findings.extend(indexes_are_whole(db).await);
    findings
}

/// The oldest supported major version, in the notation of `server_version_num`.
const OLDEST_POSTGRES: i64 = 140_000;

async fn indexes_are_whole(db: &Db) -> Option<Finding> {
    let may = "SELECT EXISTS (
             SELECT 1 FROM pg_extension e JOIN pg_proc p ON p.pronamespace = e.extnamespace
             WHERE e.extname = 'amcheck' AND p.proname = 'bt_index_check' AND pg_catalog.has_function_privilege(p.oid, 'EXECUTE')) AS value";
    if !matches!(db.row(may, params![]).await, Ok(Some(Single(true)))) {
        return None;
    }
    let check = "SELECT count(CAST(bt_index_check(c.oid::regclass) AS TEXT)) AS value
         FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am a ON a.oid = c.relam
         WHERE a.amname = 'btree' AND i.indisvalid AND c.relnamespace = to_regnamespace(current_schema()::text)";
    match db.long_rows::<Single<i64>>("", check, params![]).await {
        // Otherwise the query failed, or took longer than a statement can.
        Err(DbError::Damaged(what)) => Some(Check::Integrity.fault(
            format!("an index is damaged: {what}"),
            "existing rows are not found, or are found twice",
            "find the cause first (disk, memory, locale of the operating system), then rebuild: psql \"$KLANTPORTAAL_DATABASE_URL\" -c 'REINDEX DATABASE'",
        )),
        _ => None,
    }
}
