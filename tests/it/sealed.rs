//! The seeds of authenticator apps: sealed in the database with a key that is not in it.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use klantportaal::db::{Single, ToParam};
use klantportaal::sealed::KeyId;

use crate::support::{
    Authenticator, Browser, Database, Engine, InProcess, Instance, PASSWORD, Portal, Ran, Server,
    klantportaal,
};

const ONE: &str = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";
const OTHER: &str = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY=";

fn key_file(database: &Database) -> PathBuf {
    database.folder().join("encryption.key")
}

async fn seeds(server: &Instance) -> Vec<Vec<u8>> {
    let rows: Vec<Single<Vec<u8>>> =
        server.db.rows("SELECT secret AS value FROM totp_factors", &[]).await.unwrap();
    rows.into_iter().map(|Single(seed)| seed).collect()
}

/// The id of the key that the only seed is sealed with.
async fn key_of_seed(server: &Instance) -> KeyId {
    let seeds = seeds(server).await;
    assert_eq!(seeds.len(), 1);
    KeyId::of_sealed(&seeds[0]).expect("the seed is sealed")
}

/// Sets an app up on a server that is a process of its own.
async fn with_app(server: &Server) -> (Portal, Authenticator) {
    let (portal, browser) = server.portal_and_browser().await;
    let app = Authenticator::set_up(&browser, &klantportaal::clock::Clock::default()).await;
    (portal, app)
}

/// Logs in with the code of the step that comes, which counts already.
async fn logs_in(server: &Instance, portal: &Portal, app: &Authenticator) {
    let browser = Browser::new(&server.url);
    let step = browser.log_in(&portal.owner_email, PASSWORD).await;
    let form = browser.page(step.header("location").unwrap()).await.form();
    let answer = form.with("code", &app.next_code()).send(&browser).await;
    assert_eq!((answer.status, answer.header("location")), (303, Some("/manage")), "{answer}");
}

/// What a start says that fails.
fn refused(database: &Database, flags: &[&str]) -> String {
    let listen = ["--listen", "127.0.0.1:0"];
    let mut command = klantportaal();
    command.arg("serve").args(database.flags()).args(listen).args(flags);
    Ran::of(&mut command).fault().to_owned()
}

both_engines! {
    async fn a_seed_is_sealed_for_its_own_account(engine: Engine) {
        let server = InProcess::start(engine).await;
        let ((_, one), (portal, two)) = (server.portal_and_browser().await, server.portal_and_browser().await);
        let form = one.page("/manage/account/second-factor/app").await.form();
        let plain = totp_rs::Secret::try_from_base32(form.field("secret").unwrap()).unwrap();
        let code = Authenticator::of(form.field("secret").unwrap(), &server.clock).code();
        assert_eq!(form.with("code", &code).send(&one).await.status, 200);
        let sealed = seeds(&server).await.remove(0);
        assert!(!sealed.windows(8).any(|part| plain.as_bytes().starts_with(part)), "the seed is there in clear");
        // Whoever writes it to another account has nothing of it.
        let app = Authenticator::set_up(&two, &server.clock).await;
        let moved = "UPDATE totp_factors SET secret = ?1 WHERE account_id = ?2";
        server.db.execute(moved, &[sealed.to_param(), server.owner(&portal).await.id.to_param()]).await.unwrap();
        let browser = Browser::new(&server.url);
        let step = browser.log_in(&portal.owner_email, PASSWORD).await;
        let form = browser.page(step.header("location").unwrap()).await.form();
        assert_eq!(form.with("code", &app.next_code()).send(&browser).await.status, 500);
    }

    async fn the_key_is_made_once_and_seeds_of_before_are_sealed_at_the_start(engine: Engine) {
        let server = Server::start(engine, &[]).await;
        let mode = std::fs::metadata(key_file(&server.database)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let key = std::fs::read_to_string(key_file(&server.database)).unwrap();
        let (portal, app) = with_app(&server).await;
        let before = seeds(&server).await;
        // As version 0.1.0 kept it.
        let plain = totp_rs::Secret::try_from_base32(app.base32()).unwrap();
        server.db.execute("UPDATE totp_factors SET secret = ?1", &[plain.as_bytes().to_param()]).await.unwrap();
        server.db.execute("DELETE FROM sealing_key", &[]).await.unwrap();
        let (_, log, database) = server.end("TERM");
        assert!(!log.contains(key.trim()) && log.contains("encryption.key"), "{log}");
        let server = Server::start_on(database, &[]).await;
        assert_eq!(std::fs::read_to_string(key_file(&server.database)).unwrap(), key);
        assert!(key_of_seed(&server).await == KeyId::of_sealed(&before[0]).unwrap());
        logs_in(&server, &portal, &app).await;
    }

    async fn a_key_that_does_not_fit_is_refused_and_told(engine: Engine) {
        let server = Server::start(engine, &["--encryption-keys", ONE]).await;
        assert!(!key_file(&server.database).exists(), "the setting goes before the file");
        with_app(&server).await;
        let id = key_of_seed(&server).await.to_string();
        let (_, _, database) = server.end("TERM");
        let missing = refused(&database, &[]);
        assert!(missing.contains(&id) && missing.contains("encryption.key") && missing.contains("KLANTPORTAAL_ENCRYPTION_KEYS"), "{missing}");
        assert!(!key_file(&database).exists(), "none is made in the place of the one that is missing");
        let other = refused(&database, &["--encryption-keys", OTHER]);
        assert!(other.contains(&id) && other.contains("same key") && !other.contains(OTHER), "{other}");
        std::fs::write(key_file(&database), "onzin\n").unwrap();
        let malformed = refused(&database, &[]);
        assert!(malformed.contains("base64") && !malformed.contains("onzin"), "{malformed}");
        let faulty = refused(&database, &["--encryption-keys", "geheim"]);
        assert!(faulty.contains("--encryption-keys") && !faulty.contains("geheim"), "{faulty}");
        drop(Server::start_on(database, &["--encryption-keys", ONE]).await);
    }

    async fn after_a_lost_key_the_operator_starts_over(engine: Engine) {
        let server = Server::start(engine, &["--encryption-keys", ONE]).await;
        let (portal, _) = with_app(&server).await;
        let (_, _, database) = server.end("TERM");
        assert!(refused(&database, &["--encryption-keys", OTHER]).contains("encryption-key reset"));
        let reset = Ran::of(klantportaal().args(["encryption-key", "reset"]).args(database.flags())).json();
        assert_eq!(reset["authenticatorsRemoved"], 1);
        let server = Server::start_on(database, &["--encryption-keys", OTHER]).await;
        let browser = Browser::logged_in(&server.url, &portal.owner_email).await;
        assert!(browser.page("/manage/account/activity").await.says("De beheerder van de server"));
    }

    async fn another_key_first_seals_everything_anew(engine: Engine) {
        let server = Server::start(engine, &["--encryption-keys", ONE]).await;
        let (portal, app) = with_app(&server).await;
        let old = key_of_seed(&server).await;
        let (_, _, database) = server.end("TERM");
        let both = format!("{OTHER},{ONE}");
        let server = Server::start_on(database, &["--encryption-keys", &both]).await;
        assert_ne!(key_of_seed(&server).await, old);
        let (_, _, database) = server.end("TERM");
        assert!(refused(&database, &["--encryption-keys", ONE]).contains("same key"));
        let server = Server::start_on(database, &["--encryption-keys", OTHER]).await;
        logs_in(&server, &portal, &app).await;
    }

    async fn of_two_instances_that_begin_at_once_one_key_remains(engine: Engine) {
        if engine == Engine::Sqlite {
            return;
        }
        let database = Database::fresh(engine).await;
        drop(database.open().await);
        let starts = join_starts(&database).await;
        assert_eq!(starts.iter().filter(|start| start.is_ok()).count(), 1, "{starts:?}");
        let message = starts.into_iter().find_map(Result::err).unwrap();
        assert!(message.contains("all instances need the same key"), "{message}");
    }
}

/// Claims a database with two keys at the same moment.
async fn join_starts(database: &Database) -> Vec<Result<(), String>> {
    let claim = async |key: &str| {
        let mut flags = database.flags();
        flags.extend(["--encryption-keys".to_owned(), key.to_owned()]);
        let config = InProcess::settings(&flags);
        let keys = klantportaal::server::sealing_keys(&config, &database.open().await).await;
        keys.map(drop).map_err(|error| error.to_string())
    };
    let (one, other) = futures_util::future::join(claim(ONE), claim(OTHER)).await;
    vec![one, other]
}
