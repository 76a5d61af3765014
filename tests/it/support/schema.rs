//! The tables of a database, past and present.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use klantportaal::db::DatabaseUrl;
use klantportaal::db::schema::{ON_POSTGRES, ON_SQLITE};

use super::{Database, Engine};

/// One folder of `migrations/`.
pub struct Migration {
    pub name: String,
    folder: PathBuf,
}

impl Migration {
    /// All of them, in the order of their names.
    pub fn all() -> Vec<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
        let mut all: Vec<Self> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| {
                let entry = entry.unwrap();
                Self { name: entry.file_name().into_string().unwrap(), folder: entry.path() }
            })
            .collect();
        all.sort_by(|one, other| one.name.cmp(&other.name));
        all
    }

    /// Those up to a number, as a version recorded them that knew no names.
    pub fn up_to(number: &str) -> Vec<Self> {
        Self::all().into_iter().filter(|migration| migration.number() <= number).collect()
    }

    pub fn number(&self) -> &str {
        &self.name[..4]
    }

    /// Statements of this migration for an engine.
    pub fn script(&self, engine: Engine) -> String {
        let own = match engine {
            Engine::Sqlite => "sqlite.sql",
            Engine::Postgres => "postgres.sql",
        };
        self.file("schema.sql") + &self.file(own)
    }

    /// Statements that add rows to the tables that this migration made or changed.
    pub fn example_rows(&self) -> String {
        self.file("example_rows.sql")
    }

    fn file(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder.join(name)).unwrap_or_default()
    }
}

const SQLITE_TABLES: &str = "
    SELECT name FROM sqlite_schema
    WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND sql NOT LIKE 'CREATE VIRTUAL TABLE%'
    AND NOT EXISTS (
        SELECT 1 FROM sqlite_schema virtual
        WHERE virtual.sql LIKE 'CREATE VIRTUAL TABLE%'
        AND substr(sqlite_schema.name, 1, length(virtual.name) + 1) = virtual.name || '_'
    )";
const POSTGRES_TABLES: &str = "
    SELECT relname::text FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace";

impl Database {
    /// Its whole schema, as statements.
    pub async fn schema(&self) -> String {
        let parts = match self.engine() {
            Engine::Sqlite => self.texts(ON_SQLITE).await,
            Engine::Postgres => self.texts(ON_POSTGRES).await,
        };
        parts.join("\n\n") + "\n"
    }

    /// How many rows each table has. Those in which SQLite keeps a full-text index are left out.
    pub async fn rows_by_table(&self) -> BTreeMap<String, u64> {
        let tables = match self.engine() {
            Engine::Sqlite => self.texts(SQLITE_TABLES).await,
            Engine::Postgres => self.texts(POSTGRES_TABLES).await,
        };
        let counts: Vec<String> = tables
            .iter()
            .map(|table| format!("SELECT '{table} ' || CAST(count(*) AS TEXT) FROM {table}"))
            .collect();
        if counts.is_empty() {
            return BTreeMap::new();
        }
        let counted = self.texts(&counts.join(" UNION ALL ")).await;
        counted
            .iter()
            .map(|line| line.split_once(' ').unwrap())
            .map(|(table, count)| (table.to_owned(), count.parse().unwrap()))
            .collect()
    }

    /// How many rows hold `value` in a column of this name, for each table that has such a column.
    pub async fn rows_with(&self, column: &str, value: &str) -> BTreeMap<String, u64> {
        let tables = match self.engine() {
            Engine::Sqlite => format!(
                "SELECT s.name FROM sqlite_schema s JOIN pragma_table_info(s.name) c ON c.name = '{column}' WHERE s.type = 'table'"
            ),
            Engine::Postgres => format!(
                "SELECT c.relname::text FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
                 WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND a.attname = '{column}'"
            ),
        };
        let mut counts = BTreeMap::new();
        for table in self.texts(&tables).await {
            let count =
                format!("SELECT CAST(count(*) AS TEXT) FROM {table} WHERE {column} = '{value}'");
            counts.insert(table, self.texts(&count).await[0].parse().unwrap());
        }
        counts
    }

    pub fn engine(&self) -> Engine {
        match self.url().parse().unwrap() {
            DatabaseUrl::Sqlite(_) => Engine::Sqlite,
            DatabaseUrl::Postgres(_) => Engine::Postgres,
        }
    }

    /// The first column of an answer, asked without the product.
    async fn texts(&self, sql: &str) -> Vec<String> {
        let Ok(DatabaseUrl::Postgres(url)) = self.url().parse::<DatabaseUrl>() else {
            let path = self.folder().join("klantportaal.db");
            let connection = rusqlite::Connection::open(path).unwrap();
            let mut statement = connection.prepare(sql).unwrap();
            let rows = statement.query_map([], |row| row.get(0)).unwrap();
            return rows.map(Result::unwrap).collect();
        };
        let (client, connection) =
            tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
        let connection = tokio::spawn(connection);
        let texts = client.query(sql, &[]).await.unwrap().iter().map(|row| row.get(0)).collect();
        drop(client);
        connection.await.unwrap().unwrap();
        texts
    }
}
