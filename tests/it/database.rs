//! What happens to the database: migrations, several processes at once, restarts and crashes.

use std::collections::BTreeSet;
use std::process::Command;
use std::time::Duration;

use futures_util::future::join_all;
use klantportaal::db::{Single, waiting};
use serde_json::{Value, json};

use crate::customers::fields;
use crate::support::{
    Database, Engine, Key, PASSWORD, Ran, Server, ServerProcess, block_on, klantportaal,
};

/// The ids of all customers, over all pages.
async fn customers(key: &Key) -> BTreeSet<String> {
    let (mut ids, mut url) = (BTreeSet::new(), Some("/v1/customers".to_owned()));
    while let Some(next) = url {
        let page = key.get(&next).await.expect(200);
        ids.extend(
            page["data"]
                .as_array()
                .unwrap()
                .iter()
                .map(|row| row["id"].as_str().unwrap().to_owned()),
        );
        url = page["next_page_url"].as_str().map(str::to_owned);
    }
    ids
}

both_engines! {
    async fn several_servers_may_make_a_new_database_at_once(engine: Engine) {
        let database = Database::fresh(engine).await;
        let flags = [database.flags(), vec!["--listen".into(), "127.0.0.1:0".into()]].concat();
        let servers: Vec<_> = (0..4).map(|_| ServerProcess::start(database.folder(), &flags)).collect();
        for server in &servers {
            server.url();
        }
        for server in servers {
            let (status, log) = server.end("TERM");
            assert!(status.success(), "{log}");
        }
        assert_eq!(Ran::of(klantportaal().args(["portal", "list"]).args(database.flags())).json(), json!([]));
    }

    async fn only_serve_makes_a_database(engine: Engine) {
        let database = Database::fresh(engine).await;
        let mistyped = database.folder().join("daat").join("a");
        let flags = match engine {
            Engine::Sqlite => vec!["--data-dir".to_owned(), mistyped.to_str().unwrap().to_owned()],
            Engine::Postgres => database.flags(),
        };
        let commands: [&[&str]; 4] = [&["portal", "list"], &["api-key", "list", "--portal", "prt_aaaaaaaaaaaaaa"], &["app", "list"], &["audit", "list"]];
        for command in commands {
            let ran = Ran::of(klantportaal().args(command).args(&flags));
            assert!(ran.fault().contains("serve"), "{ran:?}");
        }
        assert!(!database.folder().join("daat").exists());
        if engine == Engine::Postgres {
            assert!(database.rows_by_table().await.is_empty());
        }
    }

    async fn a_command_leaves_a_database_of_another_version_as_it_is(engine: Engine) {
        let server = Server::start(engine, &[]).await;
        let (_, _, database) = server.end("TERM");
        let list = || Ran::of(klantportaal().args(["portal", "list"]).args(database.flags()));
        assert_eq!(list().json(), json!([]));
        database.script("DELETE FROM migrations WHERE name = (SELECT max(name) FROM migrations)").await;
        assert!(list().fault().contains("brings it up to date"));
        database.script("INSERT INTO migrations VALUES ('9999_from_the_future', '99.1.0')").await;
        assert!(list().fault().contains("99.1.0"));
    }

    async fn a_later_start_finds_everything_again(engine: Engine) {
        let server = Server::start(engine, &[]).await;
        let portal = server.portal().await;
        let key = portal.key().await;
        let made = key.post("/v1/customers", fields("Jansen")).await.expect(200);
        let used = |server: &Server| server.cli(&["api-key", "list", "--portal", portal.id.as_str()]).json()[0]["lastUsedAt"].clone();
        let (status, log, database) = server.end("TERM");
        assert!(status.success(), "{log}");
        let server = Server::start_on(database, &[]).await;
        assert!(used(&server).is_string(), "a server that stops writes down what was used");
        let page = server.bearer(&key.token).get("/v1/customers").await.expect(200);
        assert_eq!(page["data"], json!([made]));
    }

    async fn other_processes_write_while_the_server_does(engine: Engine) {
        let server = Server::start(engine, &[]).await;
        let portal = server.portal().await;
        let key = portal.key().await;
        let flags = server.database.flags();
        let create = move || -> Command {
            let mut command = klantportaal();
            let arguments = ["api-key", "create", "--portal", portal.id.as_str(), "--name", "x", "--scope", "customers.read"];
            command.args(arguments).args(&flags);
            command
        };
        let commands = tokio::task::spawn_blocking(move || (0..4).flat_map(|_| Ran::all(vec![create(), create(), create()])).collect::<Vec<_>>());
        let mut made = BTreeSet::new();
        while !commands.is_finished() || made.is_empty() {
            let answers = join_all((0..4).map(|_| key.post("/v1/customers", fields("Jansen")))).await;
            made.extend(answers.iter().map(|answer| answer.expect(200)["id"].as_str().unwrap().to_owned()));
        }
        for ran in commands.await.unwrap() {
            let token = ran.json()["key"].as_str().unwrap().to_owned();
            server.bearer(&token).get("/v1/customers").await.expect(200);
        }
        assert_eq!(customers(&key).await, made);
    }

    async fn of_two_who_take_the_same_address_at_once_both_get_the_same_account(engine: Engine) {
        let database = Database::fresh(engine).await;
        drop(database.open().await);
        let flags = database.flags();
        let create = move || {
            let arguments = ["portal", "create", "--name", "x", "--owner-email", "jan@example.nl", "--password-stdin"];
            Ran::with_input(klantportaal().args(arguments).args(&flags), PASSWORD).json()
        };
        let running: Vec<_> = (0..3).map(|_| std::thread::spawn(create.clone())).collect();
        let made: Vec<Value> = running.into_iter().map(|thread| thread.join().unwrap()).collect();
        let owners: BTreeSet<&str> = made.iter().map(|portal| portal["ownerId"].as_str().unwrap()).collect();
        let portals: BTreeSet<&str> = made.iter().map(|portal| portal["portalId"].as_str().unwrap()).collect();
        assert_eq!((owners.len(), portals.len()), (1, 3));
    }

    async fn what_was_answered_survives_a_crash(engine: Engine) {
        let server = Server::start(engine, &[]).await;
        let key = server.portal().await.key().await;
        let (answered, mut answers) = tokio::sync::mpsc::unbounded_channel();
        let writers: Vec<_> = (0..4)
            .map(|_| {
                let (request, answered) = (key.request(reqwest::Method::POST, "/v1/customers").json(&fields("Jansen")), answered.clone());
                tokio::spawn(async move {
                    while let Ok(response) = request.try_clone().unwrap().send().await {
                        let Ok(row) = response.json::<Value>().await else { return };
                        answered.send(row["id"].as_str().unwrap().to_owned()).unwrap();
                    }
                })
            })
            .collect();
        drop(answered);
        let mut made = BTreeSet::new();
        while made.len() < 40 {
            made.insert(answers.recv().await.unwrap());
        }
        let (status, _, database) = server.end("KILL");
        assert!(!status.success());
        for writer in writers {
            writer.await.unwrap();
        }
        while let Some(id) = answers.recv().await {
            made.insert(id);
        }
        let server = Server::start_on(database, &[]).await;
        let kept = customers(&Key::new(&key.id, &key.token, server.bearer(&key.token))).await;
        assert!(made.is_subset(&kept), "{} answers were lost", made.difference(&kept).count());
        assert!(kept.len() - made.len() <= 4, "at most those under way came in without an answer");
    }
}

#[test]
fn whoever_repeats_a_refused_request_at_once_meets_no_lock_of_it() {
    block_on(async {
        let lock = "SELECT pg_try_advisory_xact_lock(47) AS value";
        let database = Database::fresh(Engine::Postgres).await;
        let (db, other) = (database.open().await, database.open().await);
        for _ in 0..100 {
            let refused = async {
                let mut tx = db.begin().await.unwrap();
                let locked: Option<Single<bool>> = tx.row(lock, &[]).await.unwrap();
                assert!(locked.unwrap().0);
            };
            waiting::at_most(Duration::from_secs(60), refused).await.unwrap();
            let is_free: Option<Single<bool>> = other.row(lock, &[]).await.unwrap();
            assert!(is_free.unwrap().0);
        }
    });
}
