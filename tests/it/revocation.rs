//! Keys that stop working: revoked, by any process, or expired.

use jiff::{SignedDuration, Timestamp};
use klantportaal::api_keys::NewApiKey;
use klantportaal::auth::{AddressList, ScopeSet};

use crate::support::InProcess;

both_engines! {
    async fn a_key_that_another_process_revokes_is_dead_on_the_very_next_request(server: &Server) {
        let portal = server.portal().await;
        for _ in 0..30 {
            let key = portal.key().await;
            // Several, so that whatever remembers keys remembers this one.
            for _ in 0..3 {
                key.get("/v1/customers").await.expect(200);
            }
            assert_eq!(server.cli(&["api-key", "revoke", key.id.as_str()]).json()["revoked"], true);
            let message = key.get("/v1/customers").await.expect(401)["message"].clone();
            assert!(message.as_str().unwrap().contains("revoked"), "{message}");
        }
    }

    async fn revoking_one_key_leaves_the_others(server: &Server) {
        let portal = server.portal().await;
        let (one, other) = (portal.key().await, portal.key().await);
        one.get("/v1/customers").await.expect(200);
        portal.revoke_key(&one.id, Timestamp::now()).await.unwrap();
        one.get("/v1/customers").await.expect(401);
        other.get("/v1/customers").await.expect(200);
    }

    async fn a_key_is_only_revoked_by_its_own_portal(server: &Server) {
        let (portal, stranger) = (server.portal().await, server.portal().await);
        let key = portal.key().await;
        assert!(stranger.revoke_key(&key.id, Timestamp::now()).await.is_err());
        key.get("/v1/customers").await.expect(200);
    }

    async fn a_key_ends_when_it_expires(engine: Engine) {
        let server = InProcess::start(engine).await;
        let expires_at = Some(Timestamp::now() + SignedDuration::from_secs(600));
        let new = NewApiKey { name: "kort".into(), scopes: ScopeSet::all(), expires_at, rate_limit: Some(0), allowed_addresses: AddressList::default() };
        let key = server.portal().await.make_key(new).await;
        key.get("/v1/customers").await.expect(200);
        server.clock.advance(SignedDuration::from_secs(540));
        key.get("/v1/customers").await.expect(200);
        server.clock.advance(SignedDuration::from_secs(60));
        let message = key.get("/v1/customers").await.expect(401)["message"].clone();
        assert!(message.as_str().unwrap().contains("expired"), "{message}");
    }
}

/// What somebody might do to the file by which a server learns of other processes' writes.
const HARMS: [fn(&std::path::Path); 3] = [
    |path| std::fs::remove_file(path).unwrap(),
    |path| drop(std::fs::File::create(path).unwrap()),
    |path| {
        let copy = path.with_extension("copy");
        std::fs::copy(path, &copy).unwrap();
        std::fs::rename(copy, path).unwrap();
    },
];

#[test]
fn a_key_is_dead_after_its_revocation_whatever_became_of_the_counters_file() {
    crate::support::block_on(async {
        let server = crate::support::Server::start(crate::support::Engine::Sqlite, &[]).await;
        let portal = server.portal().await;
        for harm in HARMS {
            let key = portal.key().await;
            key.get("/v1/customers").await.expect(200);
            harm(&server.database.folder().join("klantportaal.changes"));
            let ran = server.cli(&["api-key", "revoke", key.id.as_str()]);
            assert!(ran.success, "{ran:?}");
            key.get("/v1/customers").await.expect(401);
        }
        let (status, log, _) = server.end("TERM");
        assert!(status.success(), "{log}");
    });
}

#[test]
fn a_lost_counters_file_is_restored_although_nobody_writes() {
    crate::support::block_on(async {
        let database = crate::support::Database::fresh(crate::support::Engine::Sqlite).await;
        let db = database.open().await;
        let file = database.folder().join("klantportaal.changes");
        std::fs::remove_file(&file).unwrap();
        db.look_after().await.unwrap();
        assert!(file.exists());
        // It is the one that both use.
        let other = database.open().await;
        let before = db.token_data_version().await.unwrap();
        let mut tx = other.begin().await.unwrap();
        tx.execute("UPDATE token_data_version SET version = version + 1", &[]).await.unwrap();
        tx.commit().await.unwrap();
        assert_ne!(db.token_data_version().await, Some(before));
    });
}

#[test]
fn nothing_is_written_to_a_database_file_that_is_gone() {
    crate::support::block_on(async {
        let server = crate::support::Server::start(crate::support::Engine::Sqlite, &[]).await;
        let key = server.portal().await.key().await;
        let file = server.database.folder().join("klantportaal.db");
        let away = file.with_extension("away");
        std::fs::rename(&file, &away).unwrap();
        let made = key.post("/v1/customers", crate::customers::fields("Jansen")).await;
        assert_eq!(made.status, 503, "{made}");
        assert_eq!(server.nobody().get("/readyz").await.expect(503)["reason"], "unreachable");
        std::fs::rename(&away, &file).unwrap();
        key.post("/v1/customers", crate::customers::fields("Jansen")).await.expect(200);
    });
}
