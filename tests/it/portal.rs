//! `/v1/portal`: whose portal a token is for, and what it can do there.

use jiff::{SignedDuration, Timestamp};
use klantportaal::api_keys::NewApiKey;
use klantportaal::auth::{AddressList, ScopeSet};
use klantportaal::db::ToParam;
use reqwest::Method;
use serde_json::json;

use crate::support::{Answer, SCOPE, access_token};

const PORTAL: &str = "/v1/portal";

both_engines! {
    async fn a_key_learns_its_portal_its_scopes_and_its_end(server: &Server) {
        let (portal, other) = (server.portal().await, server.portal().await.key().await);
        let rename = "UPDATE portals SET name = 'De Korenaar', time_zone = 'America/Curacao' WHERE id = ?1";
        server.db.execute(rename, &[portal.id.to_param()]).await.unwrap();
        let expires_at = Timestamp::from_second(Timestamp::now().as_second() + 3600).unwrap();
        let key = NewApiKey {
            name: "sleutel".into(),
            scopes: "files.read customers.read".parse().unwrap(),
            expires_at: Some(expires_at),
            rate_limit: Some(0),
            allowed_addresses: AddressList::default(),
        };
        let shown = portal.make_key(key).await.get(PORTAL).await.expect(200);
        let end = shown["token"]["expiresAt"].as_str().unwrap();
        assert!(end.parse::<Timestamp>().unwrap() == expires_at && end.ends_with("-04:00"), "{shown}");
        let token = json!({ "kind": "api_key", "scopes": ["customers.read", "files.read"], "expiresAt": end });
        assert_eq!(shown, json!({ "id": portal.id, "name": "De Korenaar", "timeZone": "America/Curacao", "isTestPortal": false, "language": null, "color": null, "token": token }));
        let shown = other.get(PORTAL).await.expect(200);
        assert_ne!(shown["id"], portal.id.as_str());
        assert_eq!((&shown["name"], &shown["token"]["expiresAt"]), (&json!("Bakkerij Jansen"), &json!(null)));
    }

    async fn an_app_learns_which_portal_let_it_in(server: &Server) {
        let (app, portal, tokens) = server.connected().await;
        let shown = server.bearer(&tokens.access).get(PORTAL).await.expect(200);
        let scopes: Vec<&str> = SCOPE.split(' ').collect();
        assert_eq!((&shown["id"], &shown["token"]["kind"], &shown["token"]["scopes"]), (&json!(portal.id), &json!("app"), &json!(scopes)));
        let end: Timestamp = shown["token"]["expiresAt"].as_str().unwrap().parse().unwrap();
        let left = end.duration_since(Timestamp::now());
        assert!(left > SignedDuration::from_mins(55) && left <= SignedDuration::from_mins(60), "{shown}");
        let narrow = access_token(&app.refresh_with(&tokens.refresh, &[("scope", "customers.read")]).await);
        let shown = server.bearer(&narrow).get(PORTAL).await.expect(200);
        assert_eq!(shown["token"]["scopes"], json!(["customers.read"]), "of the token, not of the consent");
    }

    async fn any_valid_token_is_enough_and_another_is_not(server: &Server) {
        let portal = server.portal().await;
        let key = portal.key_with(ScopeSet::default(), Some(0)).await;
        assert_eq!(key.get(PORTAL).await.expect(200)["token"]["scopes"], json!([]));
        assert_eq!(Answer::to(key.request(Method::HEAD, PORTAL)).await.status, 200);
        key.post(PORTAL, json!({})).await.expect(405);
        portal.revoke_key(&key.id, Timestamp::now()).await.unwrap();
        key.get(PORTAL).await.expect(401);
        server.nobody().get(PORTAL).await.expect(401);
    }
}
