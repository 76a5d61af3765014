//! A partly overwritten database file.

use futures_util::future::join_all;

use crate::customers::fields;
use crate::support::{Browser, Database, Engine, Ran, Server, block_on, klantportaal, until};

/// Waits until the log says something; returns the log.
async fn wait_for_log(server: &Server, text: &str) -> String {
    until(&format!("the log says {text}"), async || server.log().contains(text)).await;
    server.log()
}

#[test]
fn requests_that_meet_a_damage_are_all_told_so_and_others_go_on() {
    block_on(async {
        let server = Server::start(Engine::Sqlite, &[]).await;
        let portal = server.portal().await;
        let (key, email) = (portal.key().await, portal.owner_email.clone());
        key.post("/v1/customers", fields("Jansen")).await.expect(200);
        let (_, _, database) = server.end("TERM");
        database.flip_first_page_of("customers");
        let server = Server::start_on(database, &[]).await;
        let key = server.bearer(&key.token);
        let answers = join_all((0..20).map(|number| {
            let key = &key;
            async move {
                match number % 2 {
                    0 => key.get("/v1/customers").await,
                    _ => key.post("/v1/customers", fields("Pietersen")).await,
                }
            }
        }));
        for answer in answers.await {
            assert_eq!(answer.status, 503, "{answer}");
            assert!(answer.number("retry-after") > 0, "{answer}");
        }
        let browser = Browser::logged_in(&server.url, &email).await;
        let page = browser.get("/manage/customers").await;
        assert_eq!(page.status, 503, "{page}");
        assert!(page.text().contains("beheerder"), "{page}");
        key.get("/v1/customer-groups").await.expect(200);
        assert_eq!(server.nobody().get("/healthz").await.status, 200);
        assert_eq!(server.nobody().get("/readyz").await.expect(503)["reason"], "damaged");
        let (_, log, _) = server.end("TERM");
        let told = log.matches("requests that meet the damage").count();
        assert_eq!(told, 1, "one line, not one for each request:\n{log}");
        assert!(log.contains("klantportaal doctor"), "{log}");
        assert!(!log.contains("a request failed"), "{log}");
    });
}

#[test]
fn a_damage_that_nobody_met_is_found_at_the_start() {
    block_on(async {
        let server = Server::start(Engine::Sqlite, &[]).await;
        let (_, _, database) = server.end("TERM");
        database.flip_first_page_of("device_codes");
        let server = Server::start_on(database, &[]).await;
        let log = wait_for_log(&server, "the database was looked through").await;
        assert!(log.contains("klantportaal doctor"), "{log}");
        assert_eq!(server.nobody().get("/readyz").await.expect(503)["reason"], "damaged");
        assert_eq!(server.nobody().get("/healthz").await.status, 200);
        let (status, log, _) = server.end("TERM");
        assert!(status.success(), "{log}");
    });
}

#[test]
fn a_file_that_is_no_database_is_told_with_what_to_do() {
    block_on(async {
        let server = Server::start(Engine::Sqlite, &[]).await;
        let (_, _, database) = server.end("TERM");
        database.flip(0, 100);
        let ran = Ran::of(klantportaal().arg("serve").args(database.flags()));
        assert!(ran.fault().contains("klantportaal doctor"), "{ran:?}");
    });
}

#[test]
fn a_whole_file_is_looked_through_without_a_word() {
    block_on(async {
        let database = Database::fresh(Engine::Sqlite).await;
        let server = Server::start_on(database, &[]).await;
        let db = server.database.open().await;
        db.look_through(&tokio_util::sync::CancellationToken::new()).await.unwrap();
        let (_, log, _) = server.end("TERM");
        assert!(!log.contains("ERROR") && !log.contains("looked through"), "{log}");
    });
}
