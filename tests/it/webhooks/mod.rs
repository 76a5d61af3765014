//! Webhooks: making them, and what they are sent.

mod addresses;
mod apps;
mod apps_log;
mod apps_pages;
mod apps_receiver;
mod audit;
mod delivery;
mod failing;
mod pages;
pub mod receiver;
mod replay;
mod rotation;

use klantportaal::db::{Single, ToParam};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::operations::missing;
use crate::support::{Answer, InProcess, Key};

/// An address that leads nowhere.
pub const NOWHERE: &str = "https://hooks.korenaar.example/klantportaal";

pub async fn create(key: &Key, event: &str, url: &str) -> Value {
    key.post("/v1/webhooks", json!({ "type": event, "url": url })).await.expect(200)
}

pub fn path(webhook: &Value) -> String {
    format!("/v1/webhooks/{}", webhook["id"].as_str().unwrap())
}

/// The types of the contract.
fn types() -> Vec<String> {
    let contract: Value =
        serde_saphyr::from_str(include_str!("../../../contract/openapi.yaml")).unwrap();
    let types = contract["components"]["schemas"]["WebhookType"]["enum"].as_array().unwrap();
    types.iter().map(|name| name.as_str().unwrap().to_owned()).collect()
}

both_engines! {
    async fn a_webhook_is_made_shown_and_deleted_in_the_contracts_shape(server: &Server) {
        let key = server.portal().await.key().await;
        let made = create(&key, "customer-created", "HTTPS://Hooks.Korenaar.example:443/a?b=c").await;
        let id = made["id"].as_str().unwrap();
        assert!(id.starts_with("wbh_"), "{made}");
        let secret = made["secret"].as_str().unwrap();
        assert!(secret.starts_with("whsec_") && secret.len() == 6 + 44, "{secret}");
        let url = "https://hooks.korenaar.example/a?b=c";
        assert_eq!(made, json!({ "id": id, "type": "customer-created", "url": url, "secret": secret, "createdAt": made["createdAt"] }));
        assert!(made["createdAt"].as_str().unwrap().parse::<jiff::Timestamp>().is_ok());
        assert_eq!(key.get(&path(&made)).await.expect(200), made, "the secret can be read again");
        let other = create(&key, "customer-created", url).await;
        assert_ne!(other["secret"], made["secret"]);
        assert_eq!(key.get("/v1/webhooks").await.expect(200)["data"], json!([other, made]));
        assert_eq!(key.get("/v1/webhooks?type=customer-deleted").await.expect(200)["data"], json!([]));
        key.delete(&path(&made)).await.expect_nothing();
        key.get(&path(&made)).await.expect(404);
        key.delete(&path(&made)).await.expect(404);
        assert_eq!(key.get("/v1/webhooks").await.expect(200)["data"], json!([other]));
    }

    async fn each_type_of_the_contract_can_be_chosen_and_no_other(server: &Server) {
        let key = server.portal().await.key().await;
        let types = types();
        assert_eq!(types.len(), 23);
        for name in types {
            assert_eq!(create(&key, &name, NOWHERE).await["type"], name);
        }
        for body in [json!({ "url": NOWHERE }), json!({ "type": "customer-updated", "url": NOWHERE }), json!({ "type": null, "url": NOWHERE })] {
            assert_eq!(key.post("/v1/webhooks", body).await.faulty_fields(), ["type"]);
        }
        for url in [json!(null), json!(""), json!("hooks.korenaar.example"), json!("https://jan:geheim@hooks.korenaar.example/"), json!(7)] {
            let answer = key.post("/v1/webhooks", json!({ "type": "customer-created", "url": url })).await;
            assert_eq!(answer.faulty_fields(), ["url"], "{url}");
        }
    }

    async fn a_webhook_of_another_portal_is_not_there(server: &Server) {
        let (key, stranger) = (server.portal().await.key().await, server.portal().await.key().await);
        let webhook = create(&key, "customer-created", NOWHERE).await;
        let unknown = format!("/v1/webhooks/{}", missing(webhook["id"].as_str().unwrap()));
        for method in [Method::GET, Method::DELETE] {
            for path in [&path(&webhook), &unknown] {
                stranger.call(method.clone(), path, None).await.expect(404);
            }
        }
        assert_eq!(stranger.get("/v1/webhooks").await.expect(200)["data"], json!([]));
        key.get(&path(&webhook)).await.expect(200);
    }

    async fn a_secret_is_not_in_the_database_in_clear(engine: Engine) {
        use base64::Engine as _;
        let server = InProcess::start(engine).await;
        let key = server.portal().await.key().await;
        let (one, two) = (create(&key, "customer-created", NOWHERE).await, create(&key, "customer-deleted", NOWHERE).await);
        let clear = base64::engine::general_purpose::STANDARD.decode(&one["secret"].as_str().unwrap()[6..]).unwrap();
        let of = async |webhook: &Value| {
            let sql = "SELECT secret AS value FROM webhooks WHERE id = ?1";
            server.db.row::<Single<Vec<u8>>>(sql, &[webhook["id"].as_str().unwrap().to_param()]).await.unwrap().unwrap().0
        };
        let sealed = of(&one).await;
        assert!(!sealed.windows(8).any(|part| part == &clear[..8]), "the secret is there in clear");
        // Whoever writes it to another webhook has nothing of it.
        let moved = "UPDATE webhooks SET secret = ?1 WHERE id = ?2";
        server.db.execute(moved, &[sealed.to_param(), two["id"].as_str().unwrap().to_param()]).await.unwrap();
        let answer = Answer::unchecked(key.request(Method::GET, &path(&two))).await;
        assert_eq!(answer.status, 500, "{answer}");
        assert_eq!(key.get(&path(&one)).await.expect(200), one);
    }

    async fn a_portal_has_a_limited_number_of_webhooks_however_many_are_made_at_once(engine: Engine) {
        let server = InProcess::start_with(engine, |_| vec!["--max-webhooks-per-portal=3".into()]).await;
        let key = server.portal().await.key().await;
        let body = json!({ "type": "customer-created", "url": NOWHERE });
        let made = futures_util::future::join_all((0..8).map(|_| key.post("/v1/webhooks", body.clone()))).await;
        assert_eq!(made.iter().filter(|answer| answer.status == 200).count(), 3);
        assert!(made.iter().all(|answer| [200, 409].contains(&answer.status)));
        let listed = key.get("/v1/webhooks").await.expect(200);
        key.delete(&path(&listed["data"][0])).await.expect_nothing();
        create(&key, "customer-created", NOWHERE).await;
    }

    async fn the_search_finds_webhooks_for_those_who_manage_them(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        create(&portal.key().await, "offer-accepted", "https://vreemdwoord.example/").await;
        let found = browser.page("/manage/search?q=vreemdwoord").await;
        assert!(found.html.contains("/manage/settings/webhooks/wbh_"), "{}", found.html);
    }
}
