//! New secrets of webhooks.

use klantportaal::db::{Single, ToParam};
use klantportaal::sealed::KeyId;
use serde_json::Value;

use super::receiver::{ALLOW, Got, Receiver};
use super::{NOWHERE, create, path};
use crate::customers::fields;
use crate::support::{Browser, InProcess, Key, Page, Ran, Server, klantportaal};

const ONE: &str = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";
const OTHER: &str = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY=";

/// Whether a delivery fits with a secret.
fn fits(got: &Got, secret: &str) -> bool {
    let library = standardwebhooks::Webhook::new(secret).unwrap();
    library.verify(got.text.as_bytes(), &got.headers).is_ok()
}

fn page(webhook: &Value, end: &str) -> String {
    format!("/manage/settings/webhooks/{}/{end}", webhook["id"].as_str().unwrap())
}

async fn rotate(browser: &Browser, webhook: &Value, overlap: &str) {
    let form = browser.page(&page(webhook, "rotate")).await.form().with("overlap", overlap);
    let answer = form.send(browser).await;
    assert_eq!(
        (answer.status, answer.header("location").unwrap()),
        (303, &*page(webhook, "secret")),
        "{answer}"
    );
}

async fn secret(key: &Key, webhook: &Value) -> String {
    key.get(&path(webhook)).await.expect(200)["secret"].as_str().unwrap().to_owned()
}

both_engines! {
    async fn after_a_rotation_both_secrets_fit_until_the_old_one_ends(engine: Engine) {
        let server = InProcess::start_with(engine, |_| vec![ALLOW.into()]).await;
        let receiver = Receiver::start().await;
        let (portal, browser) = server.portal_and_browser().await;
        let key = portal.key().await;
        let webhook = create(&key, "customer-created", &receiver.at("ok")).await;
        let first = secret(&key, &webhook).await;
        rotate(&browser, &webhook, "1h").await;
        let second = secret(&key, &webhook).await;
        let shown = browser.page(&page(&webhook, "secret")).await;
        assert!(first != second && shown.html.contains(&second) && !shown.html.contains(&first));
        assert!(shown.says("ook met het vorige geheim ondertekend"));
        key.post("/v1/customers", fields("Een")).await.expect(200);
        let got = receiver.wait_for("ok", 1).await.remove(0);
        assert_eq!(got.header("webhook-signature").split(' ').count(), 2);
        assert!(fits(&got, &first) && fits(&got, &second));
        assert_eq!(got.header("x-webhook-signature"), second);
        let end = "UPDATE webhooks SET previous_until = ?1";
        server.db.execute(end, &[server.clock.now().to_param()]).await.unwrap();
        key.post("/v1/customers", fields("Twee")).await.expect(200);
        let got = receiver.wait_for("ok", 2).await.remove(1);
        assert!(!fits(&got, &first) && fits(&got, &second));
        // What has leaked ends at once.
        rotate(&browser, &webhook, "none").await;
        let third = secret(&key, &webhook).await;
        key.post("/v1/customers", fields("Drie")).await.expect(200);
        let got = receiver.wait_for("ok", 3).await.remove(2);
        assert!(!fits(&got, &first) && !fits(&got, &second) && fits(&got, &third));
    }

    async fn a_form_that_is_sent_twice_rotates_once(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        let key = portal.key().await;
        let webhook = create(&key, "customer-created", NOWHERE).await;
        let form = browser.page(&page(&webhook, "rotate")).await.form().with("overlap", "8d");
        let refused = form.send(&browser).await;
        assert!(Page::of(&refused).says("Kies hoe lang"), "{refused}");
        let form = browser.page(&page(&webhook, "rotate")).await.form().with("overlap", "24h");
        form.clone().send(&browser).await;
        let rotated = secret(&key, &webhook).await;
        form.send(&browser).await;
        assert_ne!(rotated, webhook["secret"]);
        assert_eq!(secret(&key, &webhook).await, rotated);
    }

    async fn another_encryption_key_first_seals_both_secrets_anew(engine: Engine) {
        let server = Server::start(engine, &["--encryption-keys", ONE]).await;
        let (portal, browser) = server.portal_and_browser().await;
        let (id, token) = { let key = portal.key().await; (key.id.clone(), key.token.clone()) };
        let of = |server: &Server| Key::new(&id, &token, server.bearer(&token));
        let webhook = create(&of(&server), "customer-created", NOWHERE).await;
        rotate(&browser, &webhook, "7d").await;
        let now = secret(&of(&server), &webhook).await;
        let (_, _, database) = server.end("TERM");
        let both = format!("{OTHER},{ONE}");
        let server = Server::start_on(database, &["--encryption-keys", &both]).await;
        let (_, _, database) = server.end("TERM");
        let server = Server::start_on(database, &["--encryption-keys", OTHER]).await;
        assert_eq!(secret(&of(&server), &webhook).await, now);
        let keys: Vec<Option<KeyId>> = {
            let mut keys = Vec::new();
            for column in ["secret", "previous_secret"] {
                let sql = format!("SELECT {column} AS value FROM webhooks WHERE id = ?1").leak();
                let id = webhook["id"].as_str().unwrap();
                let sealed: Option<Single<Vec<u8>>> = server.db.row(sql, &[id.to_param()]).await.unwrap();
                keys.push(KeyId::of_sealed(&sealed.unwrap().0));
            }
            keys
        };
        assert!(keys[0].is_some() && keys[0] == keys[1], "both are sealed with the new key");
        // Who loses the key gets a new secret, and the old ones are over.
        let (_, _, database) = server.end("TERM");
        Ran::of(klantportaal().args(["encryption-key", "reset"]).args(database.flags())).json();
        let server = Server::start_on(database, &["--encryption-keys", ONE]).await;
        assert_ne!(secret(&of(&server), &webhook).await, now);
        let left = "SELECT count(*) AS value FROM webhooks WHERE previous_secret IS NOT NULL";
        assert_eq!(server.db.row::<Single<i64>>(left, &[]).await.unwrap().unwrap().0, 0);
    }
}
