//! Fresh databases: a folder for SQLite, a database in the cluster of `TEST_POSTGRES_URL` for
//! PostgreSQL.

use std::path::Path;
use std::time::Duration;

use klantportaal::config::DatabaseUrl;
use klantportaal::db::{DbError, Settings, WritingDb};
use tempfile::TempDir;
use url::Url;

/// Where data is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// An empty database and data folder; the folder goes when this is dropped.
pub struct Database {
    dir: TempDir,
    url: String,
}

impl Database {
    pub async fn fresh(engine: Engine) -> Self {
        let dir = tempfile::Builder::new().prefix("klantportaal-test-").tempdir().unwrap();
        let url = match engine {
            Engine::Sqlite => "sqlite:klantportaal.db".to_owned(),
            Engine::Postgres => fresh_postgres().await,
        };
        Self { dir, url }
    }

    /// One that is there already.
    pub fn at(url: &str) -> Self {
        Self { dir: tempfile::tempdir().unwrap(), url: url.to_owned() }
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

/// The cluster that the tests use.
pub struct TestPostgres;

impl TestPostgres {
    fn url() -> String {
        std::env::var("TEST_POSTGRES_URL").unwrap_or_else(|_| {
            panic!("TEST_POSTGRES_URL is not set: run the tests with `scripts/test rust`, which starts a PostgreSQL cluster for them")
        })
    }

    /// Its password, if it has one.
    pub fn password() -> Option<String> {
        Url::parse(&Self::url()).unwrap().password().map(str::to_owned)
    }
}

async fn fresh_postgres() -> String {
    let cluster = TestPostgres::url();
    let name = format!("it_{:016x}", rand::random::<u64>());
    let (client, connection) = tokio_postgres::connect(&cluster, tokio_postgres::NoTls)
        .await
        .expect("TEST_POSTGRES_URL is reached");
    let connection = tokio::spawn(connection);
    client.batch_execute(&format!("CREATE DATABASE {name}")).await.unwrap();
    drop(client);
    connection.await.unwrap().unwrap();
    let mut url = Url::parse(&cluster).unwrap();
    url.set_path(&name);
    url.into()
}
