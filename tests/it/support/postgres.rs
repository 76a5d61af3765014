//! Databases in the cluster of `TEST_POSTGRES_URL`. Each is dropped when its test is done with it.
//! What a test process leaves behind, however it ended, is dropped by the next one: their names
//! identify the process, which holds a lock for as long as it lives.

use std::sync::LazyLock;
use std::sync::mpsc as blocking;
use std::thread;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio_postgres::{Client, NoTls};
use url::Url;

/// The cluster that the tests use.
pub struct TestPostgres;

/// A database of the cluster, until this is dropped.
pub struct PostgresDatabase {
    name: String,
}

/// The process's part of the cluster.
struct Lease {
    number: i32,
    /// Names of databases that nobody needs any more.
    done_with: UnboundedSender<String>,
}

static LEASE: LazyLock<Lease> = LazyLock::new(Lease::take);

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

    /// A new and empty database.
    pub async fn database() -> PostgresDatabase {
        Self::create("template1").await
    }

    /// A copy of a database that nobody is connected to.
    pub async fn copy(of: &PostgresDatabase) -> PostgresDatabase {
        Self::create(&of.name).await
    }

    async fn create(template: &str) -> PostgresDatabase {
        let lease = tokio::task::block_in_place(|| LEASE.number);
        let name = format!("it_{lease:08x}_{:016x}", rand::random::<u64>());
        let client = Self::connect().await;
        let create = format!("CREATE DATABASE {name} TEMPLATE {template}");
        client.batch_execute(&create).await.unwrap();
        PostgresDatabase { name }
    }

    async fn connect() -> Client {
        let (client, connection) = tokio_postgres::connect(&Self::url(), NoTls)
            .await
            .expect("TEST_POSTGRES_URL is reached");
        tokio::spawn(connection);
        client
    }
}

impl PostgresDatabase {
    pub fn url(&self) -> String {
        let mut url = Url::parse(&TestPostgres::url()).unwrap();
        url.set_path(&self.name);
        url.into()
    }
}

impl Drop for PostgresDatabase {
    fn drop(&mut self) {
        // Nobody waits for it; a failing test least of all.
        let _ = LEASE.done_with.send(std::mem::take(&mut self.name));
    }
}

impl Lease {
    fn take() -> Self {
        let number = rand::random::<i32>() & i32::MAX;
        let (done_with, names) = unbounded_channel();
        let (tell, taken) = blocking::channel();
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(drop_databases(number, names, tell));
        });
        taken.recv().expect("TEST_POSTGRES_URL is reached");
        Self { number, done_with }
    }
}

/// Takes the lock of a lease; then drops what others left behind, and what this process is done with.
async fn drop_databases(
    lease: i32,
    mut names: UnboundedReceiver<String>,
    taken: blocking::Sender<()>,
) {
    let client = TestPostgres::connect().await;
    client.execute("SELECT pg_advisory_lock($1, 0)", &[&lease]).await.unwrap();
    taken.send(()).unwrap();
    drop_left_behind(&client, lease).await;
    while let Some(name) = names.recv().await {
        drop_database(&client, &name).await;
    }
}

async fn drop_left_behind(client: &Client, own: i32) {
    let all =
        "SELECT datname::text FROM pg_database WHERE datname ~ '^it_[0-9a-f]{8}_[0-9a-f]{16}$'";
    for row in client.query(all, &[]).await.unwrap() {
        let name: String = row.get(0);
        let lease = i32::from_str_radix(&name[3..11], 16).unwrap();
        let take = "SELECT pg_try_advisory_lock($1, 0)";
        if lease != own && client.query_one(take, &[&lease]).await.unwrap().get(0) {
            drop_database(client, &name).await;
            client.execute("SELECT pg_advisory_unlock($1, 0)", &[&lease]).await.unwrap();
        }
    }
}

async fn drop_database(client: &Client, name: &str) {
    // One that cannot be dropped now is left behind.
    let _ = client.batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
}
