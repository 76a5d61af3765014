//! Starting: what it accepts, refuses and logs; and stopping.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::json;

use crate::customers::fields;
use crate::support::{
    Browser, Database, Engine, Ran, Server, ServerProcess, block_on, klantportaal, until,
};

#[test]
fn a_copy_of_the_database_file_alone_is_whole_after_a_stop() {
    block_on(async {
        let server = Server::start(Engine::Sqlite, &[]).await;
        let key = server.portal().await.key().await;
        let made = key.post("/v1/customers", fields("Jansen")).await.expect(200);
        let (status, log, left) = server.end_beside("TERM");
        assert!(status.success(), "{log}");
        let copy = Database::fresh(Engine::Sqlite).await;
        for file in ["klantportaal.db", "encryption.key"] {
            std::fs::copy(left.database.folder().join(file), copy.folder().join(file)).unwrap();
        }
        drop(left);
        let server = Server::start_on(copy, &[]).await;
        let page = server.bearer(&key.token).get("/v1/customers").await.expect(200);
        assert_eq!(page["data"], json!([made]));
    });
}

#[test]
fn a_folder_without_its_database_is_not_begun_anew_unless_told_to() {
    block_on(async {
        let server = Server::start(Engine::Sqlite, &[]).await;
        let (_, _, database) = server.end("TERM");
        std::fs::remove_file(database.folder().join("klantportaal.db")).unwrap();
        let ran = Ran::of(klantportaal().arg("serve").args(database.flags()));
        for word in ["klantportaal.changes", "klantportaal.db", "--new-database"] {
            assert!(ran.fault().contains(word), "{ran:?}");
        }
        assert!(!database.folder().join("klantportaal.db").exists());
        drop(Server::start_on(database, &["--new-database"]).await);
    });
}

/// A refused start, and what it says.
fn refused(database: &Database, flags: &[&str]) -> String {
    let ran = Ran::of(klantportaal().arg("serve").args(database.flags()).args(flags));
    ran.fault().to_owned()
}

#[test]
fn a_folder_whose_database_was_emptied_is_not_begun_anew_unless_told_to() {
    block_on(async {
        let server = Server::start(Engine::Sqlite, &[]).await;
        let (_, _, database) = server.end("TERM");
        let file = database.folder().join("klantportaal.db");
        std::fs::write(&file, "").unwrap();
        for _ in 0..2 {
            let fault = refused(&database, &[]);
            for word in ["encryption.key", "klantportaal.db is empty", "--new-database"] {
                assert!(fault.contains(word), "{fault}");
            }
            assert_eq!(std::fs::metadata(&file).unwrap().len(), 0);
            // Other commands don't make a database of it either.
            let ran = Ran::of(klantportaal().args(["portal", "list"]).args(database.flags()));
            assert!(ran.fault().contains("there is no database"), "{ran:?}");
        }
        for name in ["klantportaal.db", "klantportaal.changes"] {
            std::fs::remove_file(database.folder().join(name)).unwrap();
        }
        let fault = refused(&database, &[]);
        assert!(
            fault.contains("encryption.key") && fault.contains("klantportaal.db is missing"),
            "{fault}"
        );
        drop(Server::start_on(database, &["--new-database"]).await);
    });
}

/// Everything in a folder that others may do anything with.
fn open_to_others(folder: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.metadata().unwrap().permissions().mode() & 0o077 != 0 {
            found.push(path.display().to_string());
        }
        if path.is_dir() {
            open_to_others(&path, found);
        }
    }
}

#[test]
fn nothing_that_is_kept_is_open_to_others_and_an_open_folder_is_warned_of() {
    block_on(async {
        for (mode, warned) in [(0o700, false), (0o755, true)] {
            let database = Database::fresh(Engine::Sqlite).await;
            std::fs::set_permissions(database.folder(), PermissionsExt::from_mode(mode)).unwrap();
            let server = Server::start_on(database, &[]).await;
            let browser = Browser::new(&server.url);
            let form = browser.page("/manage/register").await.form();
            let form = form
                .with("organisation", "Bakkerij")
                .with("name", "Jan")
                .with("email", "jan@example.nl");
            let answer = form.with("password", "juiste paard batterij").send(&browser).await;
            assert_eq!(answer.status, 200, "{answer}");
            let mail = server.database.folder().join("mail");
            let is_there =
                async || std::fs::read_dir(&mail).is_ok_and(|mut mails| mails.next().is_some());
            until("the mail is there", is_there).await;
            let mut found = Vec::new();
            open_to_others(server.database.folder(), &mut found);
            assert!(found.is_empty(), "{found:?}");
            let (_, log, _) = server.end("TERM");
            assert_eq!(log.contains("chmod 700"), warned, "{log}");
        }
    });
}

both_engines! {
    async fn a_database_of_another_program_is_left_as_it_is(engine: Engine) {
        for (script, table) in [
            ("CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT)", "notes"),
            ("CREATE TABLE migrations (id INTEGER, migration TEXT, batch INTEGER)", "migrations"),
            ("CREATE TABLE schema_migrations (version TEXT PRIMARY KEY)", "schema_migrations"),
        ] {
            let database = Database::fresh(engine).await;
            database.script(script).await;
            let before = database.schema().await;
            let file = database.folder().join("klantportaal.db");
            let bytes = std::fs::read(&file).ok();
            for flags in [&[][..], &["--new-database"]] {
                let fault = refused(&database, flags);
                for word in ["another program", table, "database of its own"] {
                    assert!(fault.contains(word), "{fault}");
                }
            }
            let ran = Ran::of(klantportaal().args(["portal", "list"]).args(database.flags()));
            assert!(ran.fault().contains("another program"), "{ran:?}");
            assert_eq!(database.schema().await, before, "{table}");
            assert_eq!(std::fs::read(&file).ok(), bytes, "{table}");
        }
    }

    async fn the_log_begins_with_version_settings_and_migrations(engine: Engine) {
        let flags = ["--smtp-url", "smtp://wie:gehe1m@127.0.0.1:1", "--audit-days", "123"];
        let server = Server::start_on(Database::fresh(engine).await, &flags).await;
        let key = server.portal().await.key().await;
        key.get("/v1/customers").await.expect(200);
        let (_, log, database) = server.end("TERM");
        let line = |part: &str| {
            let lines: Vec<&str> = log.lines().filter(|line| line.contains(part)).collect();
            assert_eq!(lines.len(), 1, "{part}:\n{log}");
            lines[0].to_owned()
        };
        assert!(line("klantportaal starts").contains(env!("CARGO_PKG_VERSION")));
        let settings = line("settings in force");
        assert!(settings.contains("audit-days=123") && settings.contains("access-token-seconds=3600"), "{settings}");
        assert!(settings.contains("smtp-url=…") && !log.contains("gehe1m"), "{log}");
        assert!(line("brought the database up to date").contains("0001_portals_apps_and_customers"));
        assert!(!log.contains("/v1/customers"), "requests are logged on demand only:\n{log}");
        let server = Server::start_on(database, &[]).await;
        let (_, log, _) = server.end("TERM");
        assert!(!log.contains("up to date"), "{log}");
    }

    async fn a_line_for_each_request_is_logged_on_demand(engine: Engine) {
        let server = Server::start(engine, &["--log-requests", "yes"]).await;
        let key = server.portal().await.key().await;
        key.get("/v1/customers?search=jansen").await.expect(200);
        server.nobody().get("/v1/customers").await.expect(401);
        let (_, log, _) = server.end("TERM");
        let lines: Vec<&str> = log.lines().filter(|line| line.contains("/v1/customers")).collect();
        assert_eq!(lines.len(), 2, "{log}");
        assert!(lines[0].contains("status=200") && lines[1].contains("status=401"), "{lines:?}");
        assert!(lines[0].contains("127.0.0.1") && lines[0].contains("GET") && !lines[0].contains("jansen"), "{lines:?}");
    }

    async fn a_failed_log_in_is_logged_with_its_address_and_without_what_was_typed(engine: Engine) {
        let server = Server::start(engine, &[]).await;
        let browser = Browser::new(&server.url);
        browser.log_in("niemand@example.nl", "verkeerd wachtwoord").await;
        let (portal, owner) = server.portal_and_browser().await;
        browser.log_in(&portal.owner_email, "verkeerd wachtwoord").await;
        let form = owner.page("/manage/reauthenticate").await.form().with("password", "verkeerd wachtwoord");
        assert_eq!(form.send(&owner).await.status, 200);
        let (_, log, _) = server.end("TERM");
        let lines: Vec<&str> = log.lines().filter(|line| line.contains("a log-in failed")).collect();
        assert!(lines.len() == 3 && lines.iter().all(|line| line.contains("127.0.0.1")), "{log}");
        assert_eq!(lines.iter().filter(|line| line.contains("account=acc_")).count(), 2, "{log}");
        assert!(!log.contains("niemand") && !log.contains("verkeerd") && !log.contains(&portal.owner_email), "{log}");
    }

    async fn without_a_mail_server_the_start_warns_and_each_kept_mail_is_told(engine: Engine) {
        let server = Server::start(engine, &[]).await;
        let (portal, browser) = (server.portal().await, Browser::new(&server.url));
        browser.page("/manage/forgot-password").await.form().with("email", &portal.owner_email).send(&browser).await;
        let link = server.mailbox(&portal.owner_email).link(1).await;
        until("the mail is told of", async || server.log().contains("a mail was kept and not sent")).await;
        let (_, log, database) = server.end("TERM");
        let lines = |log: &str, part: &str| log.lines().filter(|line| line.contains(part)).count();
        assert_eq!(lines(&log, "there is no mail server: mail is stored"), 1, "{log}");
        assert_eq!(lines(&log, "a mail was kept and not sent"), 1, "{log}");
        let secret = link.split("token=").nth(1).unwrap();
        assert!(!log.contains(secret) && !log.contains(&portal.owner_email), "{log}");
        let flags = ["--smtp-url", "smtp://mail.example.nl", "--mail-from", "noreply@example.nl"];
        let (_, log, database) = Server::start_on(database, &flags).await.end("TERM");
        assert_eq!((lines(&log, "unencrypted"), lines(&log, "no mail server")), (1, 0), "{log}");
        let flags = ["--smtp-url", "smtps://mail.example.nl"];
        let (_, log, database) = Server::start_on(database, &flags).await.end("TERM");
        assert_eq!((lines(&log, "set mail-from"), lines(&log, "unencrypted")), (1, 0), "{log}");
        let (_, log, _) = Server::start_on(database, &["--demo"]).await.end("TERM");
        assert_eq!(lines(&log, "no mail server: mail is stored"), 0, "a demo shows its mail: {log}");
    }

    async fn a_server_tells_those_who_watch_it_that_it_is_ready(engine: Engine) {
        let database = Database::fresh(engine).await;
        let flags = [database.flags(), vec!["--listen".into(), "127.0.0.1:0".into()]].concat();
        let process = ServerProcess::start(database.folder(), &flags);
        let url = process.url();
        let get = async |path: &str| reqwest::get(format!("{url}{path}")).await.unwrap();
        assert_eq!(get("/healthz").await.text().await.unwrap(), "ok\n");
        let ready = get("/readyz").await;
        assert_eq!((ready.status().as_u16(), ready.headers()["cache-control"].to_str().unwrap()), (200, "no-store"));
        assert_eq!(ready.json::<serde_json::Value>().await.unwrap(), json!({ "status": "ready" }));
    }
}
