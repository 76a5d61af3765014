//! A database that is busy, full, read-only, hung or gone: requests fail in good time with 503 or
//! 507, and service resumes by itself.

use std::time::Duration;

use futures_util::future::join_all;
use klantportaal::db::{DatabaseUrl, Single};
use rusqlite::Connection;
use serde_json::json;

use crate::customers::fields;
use crate::support::{
    Answer, Browser, Caller, Cluster, Database, Engine, Instance, PASSWORD, Server, ServerProcess,
    SmallDisk, block_on, until,
};

/// Somebody who holds what every write of customers and every log-in needs.
enum Holder {
    Sqlite(Connection),
    Postgres(tokio_postgres::Client),
}

impl Holder {
    async fn hold(database: &Database) -> Self {
        match database.url().parse().unwrap() {
            DatabaseUrl::Sqlite(path) => {
                let connection = Connection::open(database.folder().join(path)).unwrap();
                connection.busy_timeout(Duration::from_secs(60)).unwrap();
                connection.execute_batch("BEGIN IMMEDIATE").unwrap();
                Self::Sqlite(connection)
            }
            DatabaseUrl::Postgres(url) => {
                let (client, connection) =
                    tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
                tokio::spawn(connection);
                client
                    .batch_execute(
                        "BEGIN; LOCK TABLE customers, accounts, sessions, leak_reports, readiness_probes, oauth_tokens, authorization_codes
                         IN SHARE ROW EXCLUSIVE MODE",
                    )
                    .await
                    .unwrap();
                Self::Postgres(client)
            }
        }
    }

    async fn let_go(self) {
        match self {
            Self::Sqlite(connection) => connection.execute_batch("ROLLBACK").unwrap(),
            Self::Postgres(client) => client.batch_execute("ROLLBACK").await.unwrap(),
        }
    }
}

#[track_caller]
fn assert_unavailable(answer: &Answer, status: u16) {
    assert_eq!(answer.status, status, "{answer}");
    assert!(answer.number("retry-after") > 0, "{answer}");
}

/// Waits until service has resumed: on a slow machine, what waited meanwhile comes first and can
/// take longer than a request waits.
async fn assert_resumes(key: &Caller, nobody: &Caller) {
    until("customers are made again", async || {
        let answer = key.post("/v1/customers", fields("Jansen")).await;
        if answer.status != 200 {
            assert_unavailable(&answer, 503);
        }
        answer.status == 200
    })
    .await;
    until("it is ready again", async || nobody.get("/readyz").await.status == 200).await;
    assert_eq!(nobody.get("/readyz").await.expect(200), json!({ "status": "ready" }));
}

/// How often the log says that the database cannot be used.
fn told(log: &str) -> usize {
    log.matches("the database is unavailable").count()
}

both_engines! {
    async fn who_waits_for_a_busy_database_is_told_so(engine: Engine) {
        let server = Server::start(engine, &["--database-wait-seconds", "1"]).await;
        let portal = server.portal().await;
        let (key, browser) = (portal.key().await, Browser::new(&server.url));
        let form = browser.page("/manage/login").await.form().with("email", &portal.owner_email).with("password", PASSWORD);
        let holder = Holder::hold(&server.database).await;
        let answers = join_all((0..6).map(|_| key.post("/v1/customers", fields("Jansen")))).await;
        for answer in &answers {
            assert_unavailable(answer, 503);
        }
        let page = form.send(&browser).await;
        assert_unavailable(&page, 503);
        assert!(page.header("content-type").unwrap().starts_with("text/html"), "{page}");
        let ready = server.nobody().get("/readyz").await;
        assert_eq!(ready.expect(503)["reason"], "busy");
        assert_eq!(server.nobody().get("/healthz").await.status, 200);
        key.get("/v1/customers").await.expect(200);
        let found = json!({ "token": klantportaal::auth::Token::random(klantportaal::auth::TokenKind::ApiKey).reveal() });
        assert_unavailable(&server.nobody().post("/leaks", found).await, 503);
        holder.let_go().await;
        assert_resumes(&key, &server.nobody()).await;
        let (_, log, _) = server.end("TERM");
        assert!((1..=3).contains(&told(&log)), "one line, not one for each request:\n{log}");
    }

    async fn more_writers_than_connections_wait_for_a_lock_and_go_on(engine: Engine) {
        let server = Server::start(engine, &["--database-connections", "2"]).await;
        let mut people = Vec::new();
        for _ in 0..6 {
            let (portal, browser) = (server.portal().await, Browser::new(&server.url));
            let form = browser.page("/manage/login").await.form();
            people.push((form.with("email", &portal.owner_email).with("password", PASSWORD), browser));
        }
        let key = server.portal().await.key().await;
        let holder = Holder::hold(&server.database).await;
        let logging_in = tokio::spawn(async move {
            join_all(people.into_iter().map(|(form, browser)| async move { form.send(&browser).await.status })).await
        });
        tokio::time::sleep(Duration::from_secs(2)).await;
        holder.let_go().await;
        assert_eq!(logging_in.await.unwrap(), [303; 6]);
        key.get("/v1/customers").await.expect(200);
        key.post("/v1/customers", fields("Jansen")).await.expect(200);
    }

    async fn a_lock_that_is_let_go_in_time_is_waited_for(engine: Engine) {
        let server = Server::start(engine, &[]).await;
        let key = server.portal().await.key().await;
        let holder = Holder::hold(&server.database).await;
        let waiting = tokio::spawn(async move { join_all((0..4).map(|_| key.post("/v1/customers", fields("Jansen")))).await });
        tokio::time::sleep(Duration::from_millis(300)).await;
        holder.let_go().await;
        for answer in waiting.await.unwrap() {
            answer.expect(200);
        }
    }
}

#[test]
fn a_full_disk_is_told_apart_and_passes() {
    if !SmallDisk::can_be_mounted() {
        return;
    }
    block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let mut disk = SmallDisk::start(folder.path(), &[]);
        let url = disk.process.url();
        let nobody = crate::support::Caller::new(&url, &reqwest::Client::new(), None);
        disk.fill();
        let ready = nobody.get("/readyz").await;
        assert_eq!(ready.expect(503)["reason"], "disk full");
        assert_eq!(nobody.get("/healthz").await.status, 200);
        let browser = Browser::new(&url);
        let form = browser.page("/manage/register").await.form();
        let form = form
            .with("organisation", "Bakkerij")
            .with("name", "Jan")
            .with("email", "jan@example.nl")
            .with("password", PASSWORD);
        assert_unavailable(&form.send(&browser).await, 507);
        disk.empty();
        until("it is ready again", async || nobody.get("/readyz").await.status == 200).await;
        let (_, log) = disk.process.end("TERM");
        assert_eq!(told(&log), 1, "{log}");
        assert!(log.contains("disk full"), "{log}");
    });
}

#[test]
fn a_full_disk_takes_no_file_and_shows_no_part_of_one() {
    if !SmallDisk::can_be_mounted() {
        return;
    }
    block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::up_to_date(Engine::Postgres).await;
        let disk = SmallDisk::start(folder.path(), &["--database-url", database.url()]);
        let instance = Instance::at(disk.process.url(), database.url(), folder.path()).await;
        let key = instance.portal().await.key().await;
        // The first while it is received, the second while it is put into its place.
        for size in [12_000_000, 5_000_000] {
            let answer = key.upload("/v1/files", "groot.bin", vec![b'x'; size], &[]).await;
            assert_unavailable(&answer, 507);
            assert_eq!(key.get("/v1/files").await.expect(200)["data"], json!([]));
        }
        key.upload("/v1/files", "klein.bin", vec![b'x'; 3_000_000], &[]).await.expect(200);
    });
}

#[test]
fn a_postgres_that_hangs_holds_nobody_up_for_ever() {
    block_on(async {
        let (cluster, folder) = (Cluster::start(), tempfile::tempdir().unwrap());
        let flags =
            ["--data-dir", folder.path().to_str().unwrap(), "--database-url", cluster.url()];
        let flags =
            flags.into_iter().chain(["--listen", "127.0.0.1:0", "--database-wait-seconds", "3"]);
        let flags: Vec<String> = flags.map(str::to_owned).collect();
        let process = ServerProcess::start(folder.path(), &flags);
        let instance = Instance::at(process.url(), cluster.url(), folder.path()).await;
        let portal = instance.portal().await;
        let (key, browser) = (portal.key().await, Browser::new(&instance.url));
        key.post("/v1/customers", fields("Jansen")).await.expect(200);
        let form = browser
            .page("/manage/login")
            .await
            .form()
            .with("email", &portal.owner_email)
            .with("password", PASSWORD);
        cluster.hang();
        for _ in 0..2 {
            let (lists, writes) = tokio::join!(
                join_all((0..20).map(|_| key.get("/v1/customers"))),
                join_all((0..20).map(|_| key.post("/v1/customers", fields("Jansen")))),
            );
            for answer in lists.iter().chain(&writes) {
                assert_unavailable(answer, 503);
            }
        }
        assert_unavailable(&form.send(&browser).await, 503);
        instance.nobody().get("/readyz").await.expect(503);
        assert_eq!(instance.nobody().get("/healthz").await.status, 200);
        cluster.resume();
        assert_resumes(&key, &instance.nobody()).await;
        key.get("/v1/customers").await.expect(200);
        let (status, log) = process.end("TERM");
        assert!(status.success(), "{log}");
    });
}

#[test]
fn a_postgres_that_may_only_be_read_is_unavailable_for_writes() {
    block_on(async {
        let server = Server::start(Engine::Postgres, &[]).await;
        let key = server.portal().await.key().await;
        server
            .database
            .script(
                "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = on', current_database()); END $$;
                 SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
            )
            .await;
        let mut answer = key.post("/v1/customers", fields("Jansen")).await;
        // The first may still meet the connection that was ended.
        if answer.status == 503 {
            answer = key.post("/v1/customers", fields("Jansen")).await;
        }
        assert_unavailable(&answer, 503);
        key.get("/v1/customers").await.expect(200);
        let (_, log, _) = server.end("TERM");
        assert!(log.contains("read-only"), "{log}");
    });
}

#[test]
fn postgres_itself_ends_what_waits_holds_or_runs_for_too_long() {
    block_on(async {
        let database = Database::fresh(Engine::Postgres).await;
        let db = database.open().await;
        let limits = "SELECT name || ' ' || setting AS value FROM pg_settings
             WHERE name IN ('idle_in_transaction_session_timeout', 'lock_timeout', 'statement_timeout') ORDER BY name";
        let one =
            "SELECT current_setting('lock_timeout') || ' ' || current_setting('statement_timeout')
             || ' ' || current_setting('idle_in_transaction_session_timeout') AS value";
        // On the connection of a list, of a transaction, and on the one for point reads.
        let expected = [
            "idle_in_transaction_session_timeout 30000",
            "lock_timeout 60000",
            "statement_timeout 30000",
        ];
        let of_list: Vec<Single<String>> = db.rows(limits, &[]).await.unwrap();
        let of_transaction: Vec<Single<String>> =
            db.begin().await.unwrap().rows(limits, &[]).await.unwrap();
        for found in [of_list, of_transaction] {
            assert_eq!(found.into_iter().map(|Single(limit)| limit).collect::<Vec<_>>(), expected);
        }
        let of_point_read: Option<Single<String>> = db.row(one, &[]).await.unwrap();
        assert_eq!(of_point_read.unwrap().0, "1min 30s 30s");
    });
}
