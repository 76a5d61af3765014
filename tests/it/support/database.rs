//! Fresh databases: a folder for SQLite, a database in the cluster of `TEST_POSTGRES_URL` for
//! PostgreSQL.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use klantportaal::db::DatabaseUrl;
use klantportaal::db::{DbError, Settings, WritingDb};
use tempfile::TempDir;
use tokio::sync::OnceCell;

use super::TestPostgres;
use super::postgres::PostgresDatabase;

/// Where data is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// An empty database and data folder; both go when this is dropped.
pub struct Database {
    dir: TempDir,
    url: String,
    _postgres: Option<PostgresDatabase>,
}

impl Database {
    pub async fn fresh(engine: Engine) -> Self {
        match engine {
            Engine::Sqlite => Self::in_folder("sqlite:klantportaal.db".into()),
            Engine::Postgres => {
                let postgres = TestPostgres::database().await;
                let url = postgres.url();
                Self { _postgres: Some(postgres), ..Self::in_folder(url) }
            }
        }
    }

    fn in_folder(url: String) -> Self {
        let mut builder = tempfile::Builder::new();
        builder.prefix("klantportaal-test-").permissions(PermissionsExt::from_mode(0o700));
        Self { dir: builder.tempdir().unwrap(), url, _postgres: None }
    }

    /// One that an earlier start brought up to date, and in which there are no rows yet. It is copied,
    /// which takes a fraction of what the migrations take.
    pub async fn up_to_date(engine: Engine) -> Self {
        static FILE: OnceCell<Vec<u8>> = OnceCell::const_new();
        static TEMPLATE: OnceCell<PostgresDatabase> = OnceCell::const_new();
        match engine {
            Engine::Sqlite => Self::of_file(FILE.get_or_init(Self::migrated_file).await),
            Engine::Postgres => {
                Self::of_template(TEMPLATE.get_or_init(Self::migrated_template).await).await
            }
        }
    }

    /// The same rows in a database of their own. Nobody may be connected to this one.
    pub async fn copy(&self) -> Self {
        match &self._postgres {
            None => Self::of_file(&std::fs::read(self.folder().join("klantportaal.db")).unwrap()),
            Some(postgres) => Self::of_template(postgres).await,
        }
    }

    fn of_file(file: &[u8]) -> Self {
        let copy = Self::in_folder("sqlite:klantportaal.db".into());
        let path = copy.folder().join("klantportaal.db");
        let mut options = OpenOptions::new();
        let made = options.write(true).create_new(true).mode(0o600).open(path);
        made.and_then(|mut made| made.write_all(file)).unwrap();
        copy
    }

    async fn of_template(template: &PostgresDatabase) -> Self {
        let postgres = TestPostgres::copy(template).await;
        let url = postgres.url();
        Self { _postgres: Some(postgres), ..Self::in_folder(url) }
    }

    async fn migrated_file() -> Vec<u8> {
        let database = Self::fresh(Engine::Sqlite).await;
        drop(database.open().await);
        // What the handle leaves in the write-ahead log, the last connection puts into the file.
        database.script("PRAGMA wal_checkpoint(TRUNCATE)").await;
        std::fs::read(database.folder().join("klantportaal.db")).unwrap()
    }

    async fn migrated_template() -> PostgresDatabase {
        let postgres = TestPostgres::database().await;
        let database = Self::in_folder(postgres.url());
        drop(database.open().await);
        postgres
    }

    /// One that is there already, and stays.
    pub fn at(url: &str) -> Self {
        Self { dir: tempfile::tempdir().unwrap(), url: url.to_owned(), _postgres: None }
    }

    /// The flags that make a command work on this database.
    pub fn flags(&self) -> Vec<String> {
        let connections = connections().to_string();
        [
            ["--data-dir", self.folder().to_str().unwrap()],
            ["--database-url", &self.url],
            ["--database-connections", &connections],
            // The machine may be busy with other tests.
            ["--database-wait-seconds", "60"],
        ]
        .concat()
        .into_iter()
        .map(str::to_owned)
        .collect()
    }

    pub fn folder(&self) -> &Path {
        self.dir.path()
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    /// Has it that the last clean-up started at `at`.
    pub async fn note_clean_up(&self, at: Timestamp) {
        let at = at.as_millisecond();
        self.script(&format!(
            "INSERT INTO periodic_work (name, started_at) VALUES ('clean-up', {at})
             ON CONFLICT (name) DO UPDATE SET started_at = excluded.started_at"
        ))
        .await;
    }

    /// Runs SQL without the product: to make of an empty database one of an earlier version.
    pub async fn script(&self, sql: &str) {
        let Ok(DatabaseUrl::Postgres(url)) = self.url.parse::<DatabaseUrl>() else {
            let connection =
                rusqlite::Connection::open(self.folder().join("klantportaal.db")).unwrap();
            return connection.execute_batch(sql).unwrap();
        };
        let (client, connection) =
            tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
        let connection = tokio::spawn(connection);
        client.batch_execute(&sql.replace(" WITHOUT ROWID", "")).await.unwrap();
        drop(client);
        connection.await.unwrap().unwrap();
    }

    /// A handle of the test's own, beside the server's.
    pub async fn open(&self) -> WritingDb {
        Self::open_at(&self.url, self.folder()).await.unwrap()
    }

    /// The same, of any database.
    pub async fn open_at(url: &str, folder: &Path) -> Result<WritingDb, DbError> {
        let settings = Settings {
            url: &url.parse().unwrap(),
            data_dir: folder,
            connections: connections(),
            wait: Duration::from_secs(60),
        };
        WritingDb::open(&settings).await
    }
}

/// How many PostgreSQL connections each server and each handle of a test may have: all that is
/// tested must also work with one.
fn connections() -> usize {
    std::env::var("TEST_DATABASE_CONNECTIONS").map_or(16, |count| count.parse().unwrap())
}
