//! What is remembered of token data: other writes leave it, and no change of it goes unnoticed.

use std::cell::Cell;

use klantportaal::db::{Db, Remembered, Single, ToParam};
use tokio_util::sync::CancellationToken;

use crate::customers::fields;
use crate::support::{Caller, InProcess, ServerProcess};

/// Statements that write, each with whether it changes token data. They work on the rows of
/// [`InProcess::connected`].
const WRITES: [(&str, bool); 23] = [
    ("UPDATE api_keys SET last_used_at = 5", false),
    ("UPDATE api_keys SET revoked_at = revoked_at, scopes = scopes", false),
    ("UPDATE api_keys SET rate_limit = 7", true),
    ("UPDATE api_keys SET revoked_at = 5", true),
    ("UPDATE oauth_tokens SET last_used_at = 5 WHERE kind = 'refresh'", false),
    ("UPDATE oauth_tokens SET scopes = 'customers.read'", true),
    ("UPDATE oauth_tokens SET dpop_jkt = token_hash WHERE kind = 'access'", true),
    (
        "INSERT INTO oauth_tokens (id, token_hash, kind, grant_id, code_id, scopes, created_at)
         SELECT 'other', 'other', kind, grant_id, code_id, scopes, created_at FROM oauth_tokens WHERE kind = 'access'",
        false,
    ),
    ("UPDATE oauth_tokens SET revoked_at = 5 WHERE id = 'other'", true),
    ("UPDATE grants SET last_used_at = 5", false),
    ("UPDATE grants SET revoked_at = 5", true),
    ("UPDATE grants SET revoked_at = NULL", true),
    ("UPDATE portals SET name = 'Anders'", false),
    ("UPDATE portals SET time_zone = 'Europe/London'", true),
    ("UPDATE portals SET deleted_at = 5", true),
    ("UPDATE apps SET deleted_at = NULL", false),
    ("UPDATE apps SET disabled_at = 5", true),
    ("UPDATE app_secrets SET expires_at = 5", true),
    ("UPDATE developers SET disabled_at = 5", true),
    ("UPDATE resource_servers SET previous_hash = secret_hash", true),
    ("DELETE FROM resource_servers", true),
    ("DELETE FROM customers", false),
    // With all that belongs to it.
    ("DELETE FROM portals", true),
];

/// Counts how often a key is looked up.
async fn look_up(remembered: &Remembered<String, i64>, looked: &Cell<u32>, key: &str) -> i64 {
    let sql = "SELECT created_at AS value FROM api_keys WHERE id = ?1";
    let value = |Single(value): Single<i64>| {
        looked.set(looked.get() + 1);
        value
    };
    remembered.row(key.into(), sql, &[key.to_param()], value).await.unwrap().unwrap()
}

fn memory(db: &Db) -> (Remembered<String, i64>, Cell<u32>) {
    (Remembered::new(db.clone(), 10), Cell::new(0))
}

both_engines! {
    async fn each_change_of_token_data_advances_its_version_and_no_other_write_does(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (_, portal, _) = server.connected().await;
        portal.key().await.post("/v1/customers", fields("Jansen")).await.expect(200);
        server.queue_is_empty().await;
        server
            .database
            .script(
                "INSERT INTO resource_servers (id, name, scopes, secret_hash, secret_start, created_at)
                 VALUES ('rs', 'Uren', 'customers.read', 'x', 'x', 1)",
            )
            .await;
        // As another process has them.
        let (here, there) = (&server.db, &server.server.db);
        for (write, changes) in WRITES {
            let before = here.token_data_version().await;
            assert!(before.is_some());
            let mut tx = there.begin().await.unwrap();
            assert!(tx.execute(write, &[]).await.unwrap() > 0, "{write}");
            drop(tx);
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            assert_eq!(here.token_data_version().await, before, "rolled back: {write}");
            there.execute(write, &[]).await.unwrap();
            let after = here.token_data_version().await;
            assert!(after.is_some());
            assert_eq!(after != before, changes, "{write}");
        }
    }

    async fn what_is_remembered_outlives_other_writes_but_no_change(engine: Engine) {
        let server = InProcess::start(engine).await;
        let portal = server.portal().await;
        let key = portal.key().await;
        let (here, there) = (&server.db, &server.server.db);
        let (remembered, looked) = memory(here);
        for _ in 0..20 {
            there.execute("UPDATE portals SET name = name || '!'", &[]).await.unwrap();
            look_up(&remembered, &looked, key.id.as_str()).await;
        }
        assert_eq!(looked.get(), 1);
        for created_at in 0..20_i64 {
            there.execute("UPDATE api_keys SET created_at = ?1", &[created_at.to_param()]).await.unwrap();
            for _ in 0..2 {
                assert_eq!(look_up(&remembered, &looked, key.id.as_str()).await, created_at);
            }
        }
        assert_eq!(looked.get(), 21);
    }

    async fn revoked_is_dead_on_the_next_request_of_every_server_while_others_write(server: &Server) {
        let (portal, busy) = (server.portal().await, server.portal().await.key().await);
        let flags = [server.database.flags(), vec!["--listen".into(), "127.0.0.1:0".into()]].concat();
        let beside = ServerProcess::start(server.database.folder(), &flags);
        let beside_url = beside.url();
        let stop = CancellationToken::new();
        let writers: Vec<_> = (0..4)
            .map(|number| {
                let url = if number % 2 == 0 { &server.url } else { &beside_url };
                let (caller, stop) = (Caller::new(url, &server.http, Some(&busy.token)), stop.clone());
                tokio::spawn(async move {
                    let mut written = 0;
                    while !stop.is_cancelled() {
                        caller.post("/v1/customers", fields("Jansen")).await.expect(200);
                        written += 1;
                    }
                    written
                })
            })
            .collect();
        for number in 0..40 {
            let key = portal.key().await;
            let of_both = [&server.url, &beside_url].map(|url| Caller::new(url, &server.http, Some(&key.token)));
            for _ in 0..3 {
                for caller in &of_both {
                    caller.get("/v1/customers").await.expect(200);
                }
            }
            if number % 10 == 0 {
                server.cli(&["api-key", "revoke", key.id.as_str()]).json();
            } else {
                portal.revoke_key(&key.id, jiff::Timestamp::now()).await.unwrap();
            }
            for caller in &of_both {
                caller.get("/v1/customers").await.expect(401);
            }
        }
        stop.cancel();
        for writer in writers {
            assert!(writer.await.unwrap() > 0, "there was no load");
        }
        assert!(beside.end("TERM").0.success());
    }
}

#[test]
fn a_row_that_sqlite_replaces_counts_as_deleted() {
    crate::support::block_on(async {
        let server = InProcess::start(crate::support::Engine::Sqlite).await;
        server.portal().await.key().await;
        let before = server.db.token_data_version().await;
        let replace = "INSERT OR REPLACE INTO api_keys (id, portal_id, name, token_hash, token_start, scopes, created_at)
             SELECT id, portal_id, name, id, token_start, '', created_at FROM api_keys";
        server.server.db.execute(replace, &[]).await.unwrap();
        assert_ne!(server.db.token_data_version().await, before);
    });
}
