//! The tables' history: each file of `migrations/` runs once, in the order of its number, on both
//! engines.

use super::value::Single;
use super::{Db, DbError, Tx, params};

const MIGRATIONS: &[(i64, &str)] = &[
    (1, include_str!("../../migrations/0001_main_road.sql")),
    (2, include_str!("../../migrations/0002_audit.sql")),
    (3, include_str!("../../migrations/0003_oauth_clients.sql")),
    (4, include_str!("../../migrations/0004_protocol.sql")),
    (5, include_str!("../../migrations/0005_keys.sql")),
    (6, include_str!("../../migrations/0006_second_factors.sql")),
    (8, include_str!("../../migrations/0008_resource_servers.sql")),
    (9, include_str!("../../migrations/0009_consents.sql")),
    (10, include_str!("../../migrations/0010_device_flow.sql")),
    (12, include_str!("../../migrations/0012_audit_log.sql")),
    (15, include_str!("../../migrations/0015_known_browsers.sql")),
    (16, include_str!("../../migrations/0016_invitations.sql")),
    (17, include_str!("../../migrations/0017_groups_of_customers.sql")),
    (18, include_str!("../../migrations/0018_what_remains.sql")),
    (19, include_str!("../../migrations/0019_confirmed_where_registered.sql")),
    (21, include_str!("../../migrations/0021_outbox.sql")),
    (22, include_str!("../../migrations/0022_invitation_ids.sql")),
];

/// What the engines have no common words for: it runs after the migration of its number.
const ON_SQLITE: &[(i64, &str)] = &[
    (12, include_str!("../../migrations/0012_append_only.sqlite.sql")),
    (17, include_str!("../../migrations/0017_groups_of_customers.sqlite.sql")),
];
const ON_POSTGRES: &[(i64, &str)] = &[
    (12, include_str!("../../migrations/0012_append_only.postgres.sql")),
    (17, include_str!("../../migrations/0017_groups_of_customers.postgres.sql")),
];

/// Any number will do, as long as every instance takes the same.
const LOCK: i64 = 0x6b6c_616e_7470_6f72;

pub(super) async fn run(db: &Db) -> Result<(), DbError> {
    let mut tx = db.begin().await?;
    if let Tx::Postgres(_) = tx {
        // SQLite's transaction is exclusive already; here several instances may start at once.
        tx.row::<Unit>(
            "SELECT 1 AS value FROM (SELECT pg_advisory_xact_lock(?1)) AS locked",
            params![LOCK],
        )
        .await?;
    }
    tx.script("CREATE TABLE IF NOT EXISTS schema_migrations (version BIGINT PRIMARY KEY)").await?;
    let current = tx
        .row::<Single<Option<i64>>>(
            "SELECT max(version) AS value FROM schema_migrations",
            params![],
        )
        .await?;
    let current = current.and_then(|Single(version)| version).unwrap_or(0);
    for (version, sql) in MIGRATIONS.iter().filter(|(version, _)| *version > current) {
        tx.script(sql).await?;
        let own = if let Tx::Postgres(_) = tx { ON_POSTGRES } else { ON_SQLITE };
        for (_, sql) in own.iter().filter(|(number, _)| number == version) {
            tx.script(sql).await?;
        }
        tx.execute("INSERT INTO schema_migrations (version) VALUES (?1)", params![*version])
            .await?;
        tracing::info!(version, "migrated the database");
    }
    tx.commit().await
}

struct Unit;

impl super::FromRow for Unit {
    fn from_row(_: &mut super::Row<'_>) -> Result<Self, DbError> {
        Ok(Self)
    }
}
