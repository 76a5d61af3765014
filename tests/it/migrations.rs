//! Migrating databases of earlier versions, and refusing others.

use std::path::Path;

use crate::support::{Database, Engine, Migration, Ran, Server, klantportaal};

/// Version 0.1.0 recorded numbers, up to this one.
const LAST_NUMBER: &str = "0022";

/// A database that went through these migrations, with rows, before this version came.
async fn earlier(engine: Engine, migrations: &[Migration]) -> Database {
    let database = Database::fresh(engine).await;
    let scripts = migrations.iter().map(|migration| with_rows(engine, migration));
    database.script(&(scripts.collect::<String>() + &record_of(migrations))).await;
    database
}

fn with_rows(engine: Engine, migration: &Migration) -> String {
    migration.script(engine) + &migration.example_rows()
}

/// What records that a database went through these migrations.
fn record_of(migrations: &[Migration]) -> String {
    let mut script = String::new();
    if migrations.iter().all(|migration| migration.number() <= LAST_NUMBER) {
        script += "CREATE TABLE schema_migrations (version BIGINT PRIMARY KEY);";
        for migration in migrations {
            let number: u32 = migration.number().parse().unwrap();
            script += &format!("INSERT INTO schema_migrations (version) VALUES ({number});");
        }
    } else {
        script += "CREATE TABLE migrations (name TEXT PRIMARY KEY, product_version TEXT NOT NULL);";
        for migration in migrations {
            let name = &migration.name;
            script += &format!("INSERT INTO migrations VALUES ('{name}', '0.1.0');");
        }
    }
    script
}

/// A start of the server on a database that it refuses; its message.
fn refused(database: &Database) -> String {
    let ran = Ran::of(klantportaal().arg("serve").args(database.flags()));
    ran.fault().to_owned()
}

both_engines! {
    async fn every_earlier_schema_comes_forward_with_its_rows(engine: Engine) {
        let present = Database::fresh(engine).await;
        drop(present.open().await);
        let present = present.schema().await;
        let all = Migration::all();
        let growing = Database::fresh(engine).await;
        for count in 1..=all.len() {
            let name = &all[count - 1].name;
            growing.script(&with_rows(engine, &all[count - 1])).await;
            let database = growing.copy().await;
            database.script(&record_of(&all[..count])).await;
            let mut before = database.rows_by_table().await;
            before.remove("schema_migrations");
            drop(database.open().await);
            let mut after = database.rows_by_table().await;
            assert_eq!(after.get("migrations"), Some(&(all.len() as u64)), "{name}");
            assert_eq!(database.schema().await, present, "{name}");
            after.retain(|table, _| before.contains_key(table));
            before.retain(|table, _| after.contains_key(table));
            before.remove("migrations");
            after.remove("migrations");
            assert_eq!(after, before, "rows of {name}");
            if count == all.len() {
                let empty: Vec<_> = after.iter().filter(|(_, rows)| **rows == 0).collect();
                assert!(empty.is_empty(), "no migration's example_rows.sql has rows for {empty:?}");
            }
        }
    }

    async fn the_present_schema_is_written_down(engine: Engine) {
        let database = Database::fresh(engine).await;
        drop(database.open().await);
        let (schema, name) = (database.schema().await, match engine {
            Engine::Sqlite => "sqlite.sql",
            Engine::Postgres => "postgres.sql",
        });
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/schema").join(name);
        if std::env::var_os("WRITE_SCHEMA").is_some() {
            std::fs::write(&path, &schema).unwrap();
        }
        let written = std::fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(written, schema, "docs/schema/{name} is not the present schema; write it anew: \
            WRITE_SCHEMA=1 scripts/test rust -- --test it migrations::");
    }

    async fn a_database_of_a_newer_version_is_refused_untouched(engine: Engine) {
        let server = Server::start(engine, &[]).await;
        let (_, _, database) = server.end("TERM");
        database.script("INSERT INTO migrations VALUES ('9999_from_the_future', '99.1.0')").await;
        let (schema, rows) = (database.schema().await, database.rows_by_table().await);
        let fault = refused(&database);
        for word in ["99.1.0", "9999_from_the_future", env!("CARGO_PKG_VERSION"), "backup"] {
            assert!(fault.contains(word), "{word} is missing: {fault}");
        }
        assert_eq!((database.schema().await, database.rows_by_table().await), (schema, rows));
    }

    async fn a_newer_database_that_records_numbers_is_refused_too(engine: Engine) {
        let database = earlier(engine, &Migration::up_to("0022")).await;
        database.script("INSERT INTO schema_migrations (version) VALUES (99)").await;
        let schema = database.schema().await;
        let fault = refused(&database);
        assert!(fault.contains("0099"), "{fault}");
        assert_eq!(database.schema().await, schema);
    }

    async fn a_database_that_lacks_a_migration_from_the_middle_is_refused_untouched(engine: Engine) {
        let mut migrations = Migration::up_to("0022");
        migrations.retain(|migration| migration.number() != "0008");
        let database = earlier(engine, &migrations).await;
        let schema = database.schema().await;
        let fault = refused(&database);
        assert!(fault.contains("0008_resource_servers") && fault.contains("0009_consents"), "{fault}");
        assert_eq!(database.schema().await, schema);
    }

    async fn a_migration_that_fails_is_named_and_leaves_nothing(engine: Engine) {
        let database = earlier(engine, &Migration::up_to("0015")).await;
        // What the next migration but one makes is there already.
        database.script("ALTER TABLE customers ADD COLUMN group_ids TEXT").await;
        let schema = database.schema().await;
        let fault = refused(&database);
        assert!(fault.contains("0017_group_ids_of_customers"), "{fault}");
        assert_eq!(database.schema().await, schema);
    }

    async fn several_instances_may_bring_a_database_up_to_date_at_once(engine: Engine) {
        let database = earlier(engine, &Migration::up_to("0010")).await;
        let opening: Vec<_> = (0..4)
            .map(|_| {
                let (url, folder) = (database.url().to_owned(), database.folder().to_owned());
                tokio::spawn(async move { Database::open_at(&url, &folder).await.map(drop) })
            })
            .collect();
        for opened in opening {
            opened.await.unwrap().unwrap();
        }
        let applied = database.rows_by_table().await["migrations"];
        assert_eq!(applied, Migration::all().len() as u64);
    }
}
