//! The pages of webhooks.

use klantportaal::accounts::{Organisation, Role};
use serde_json::json;

use super::receiver::{ALLOW, Receiver};
use super::{NOWHERE, create, path};
use crate::customers::fields;
use crate::support::{Browser, InProcess, PASSWORD, Page, until};

const PATH: &str = "/manage/settings/webhooks";

both_engines! {
    async fn a_webhook_is_made_looked_at_and_deleted_on_pages(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        let key = portal.key().await;
        assert!(browser.page(PATH).await.html.contains("Nog geen webhooks"));
        let form = || async { browser.page(&format!("{PATH}/new")).await.form().with("type", "customer-deleted") };
        let refused = form().await.with("url", "https://127.0.0.1/").send(&browser).await;
        let again = Page::of(&refused);
        assert!(again.html.contains("afgesloten netwerk"), "{}", again.html);
        // A form that is sent twice makes one.
        let (one, two) = (form().await.with("url", NOWHERE), form().await.with("url", NOWHERE));
        let made = one.send(&browser).await.header("location").unwrap().to_owned();
        assert_eq!(two.send(&browser).await.header("location").unwrap(), made);
        let listed = key.get("/v1/webhooks").await.expect(200)["data"].clone();
        assert_eq!(listed.as_array().unwrap().len(), 1);
        let webhook = &listed[0];
        assert_eq!((&webhook["type"], &webhook["url"]), (&json!("customer-deleted"), &json!(NOWHERE)));
        let secret = webhook["secret"].as_str().unwrap();
        let page = browser.page(&made).await;
        assert!(page.html.contains(NOWHERE) && !page.html.contains(secret));
        assert!(browser.page(&format!("{made}/secret")).await.html.contains(secret));
        assert_eq!(browser.page(&format!("{made}/delete")).await.form().send(&browser).await.status, 303);
        key.get(&path(webhook)).await.expect(404);
    }

    async fn only_those_who_manage_keys_see_webhooks(server: &Server) {
        let (portal, _) = server.portal_and_browser().await;
        let webhook = create(&portal.key().await, "customer-created", NOWHERE).await;
        let (colleague, email) = server.person("Collega").await;
        server.let_in(&Organisation::Portal(portal.id.clone()), &colleague, Role::Member).await;
        let browser = Browser::new(&server.url);
        assert_eq!(browser.log_in(&email, PASSWORD).await.status, 303);
        for path in [PATH.to_owned(), format!("{PATH}/{}", webhook["id"].as_str().unwrap()), format!("{PATH}/{}/secret", webhook["id"].as_str().unwrap())] {
            let answer = browser.get(&path).await;
            assert!(answer.status == 403 && !answer.text().contains(webhook["secret"].as_str().unwrap()), "{path}: {answer}");
        }
    }

    async fn a_test_has_its_own_id_and_what_is_sent_again_has_the_same(engine: Engine) {
        let server = InProcess::start_with(engine, |_| vec![ALLOW.into()]).await;
        let receiver = Receiver::start().await;
        let (portal, browser) = server.portal_and_browser().await;
        let key = portal.key().await;
        let webhook = create(&key, "customer-created", &receiver.at("ok")).await;
        let page = format!("{PATH}/{}", webhook["id"].as_str().unwrap());
        for count in [1, 2] {
            assert_eq!(browser.page(&format!("{page}/test")).await.form().send(&browser).await.status, 303);
            receiver.wait_for("ok", count).await;
        }
        let tests = receiver.got("ok");
        assert_ne!(tests[0].header("webhook-id"), tests[1].header("webhook-id"));
        assert_eq!((&tests[0].body["test"], &tests[0].body["type"]), (&json!(true), &json!("customer-created")));
        assert_eq!(tests[0].body["data"], json!({ "id": webhook["id"], "type": "customer-created", "url": webhook["url"] }));
        key.post("/v1/customers", fields("Jansen")).await.expect(200);
        let real = receiver.wait_for("ok", 3).await[2].clone();
        assert_eq!((real.body.get("test"), &real.body["sequence"]), (None, &json!(1)));
        until("all are logged", async || receiver.count(&server, "SELECT count(*) AS value FROM webhook_deliveries WHERE status = 204").await == 3).await;
        let log = browser.page(&page).await;
        let newest = log.html.split("/deliveries/").nth(1).unwrap().split('"').next().unwrap();
        let delivery = format!("{page}/deliveries/{newest}");
        let shown = browser.page(&delivery).await;
        assert!(shown.html.contains(real.header("webhook-id")) && shown.html.contains("Jansen"), "{}", shown.html);
        assert_eq!(browser.page(&format!("{delivery}/again")).await.form().send(&browser).await.status, 303);
        let again = receiver.wait_for("ok", 4).await[3].clone();
        assert_eq!((again.header("webhook-id"), &again.text), (real.header("webhook-id"), &real.text));
        // The header with the secret itself can be left out.
        assert_eq!(browser.page(&format!("{page}/header")).await.form().send(&browser).await.status, 303);
        key.post("/v1/customers", fields("De Vries")).await.expect(200);
        let without = receiver.wait_for("ok", 5).await[4].clone();
        assert!(!without.headers.contains_key("x-webhook-signature") && !without.header("webhook-signature").is_empty());
    }
}
