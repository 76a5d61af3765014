//! Keys that stop counting: revoked, by whichever process, or expired.

use jiff::{SignedDuration, Timestamp};
use klantportaal::auth::{AddressList, NewApiKey, ScopeSet};

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
