//! The log of an app's webhook: what its developer sees of a portal's data, and for how long.

use jiff::SignedDuration;
use klantportaal::accounts::{Organisation, Role};

use super::apps::{customer, grant, hook, start};
use super::receiver::Receiver;
use crate::support::{App, Browser, InProcess, PASSWORD, until};

/// A browser of somebody who manages an app.
pub async fn developer(server: &InProcess, app: &App) -> Browser {
    let (account, email) = server.person("Ontwikkelaar").await;
    server.let_in(&Organisation::Developer(app.developer.clone()), &account, Role::Admin).await;
    let browser = Browser::new(&server.url);
    let form = browser.page("/developers/login").await.form();
    let form = form.with("email", &email).with("password", PASSWORD);
    assert_eq!(form.send(&browser).await.status, 303);
    browser
}

/// The path of the newest attempt in a log.
async fn newest(browser: &Browser, log: &str) -> String {
    let page = browser.page(log).await;
    let id = page.html.split("/deliveries/").nth(1).unwrap().split('"').next().unwrap().to_owned();
    format!("{log}/{id}")
}

async fn logged(server: &InProcess, receiver: &Receiver, count: i64) {
    let attempts = "SELECT count(*) AS value FROM app_webhook_deliveries";
    until("it is logged", async || receiver.count(server, attempts).await == count).await;
}

both_engines! {
    async fn the_log_shows_what_was_sent_only_while_the_portal_lets_the_app_read_it(engine: Engine) {
        let (server, receiver) = start(engine).await;
        let (app, (portal, owner)) = (server.app().await, server.portal_and_browser().await);
        let (id, _) = hook(&server, &app, &receiver.at("app")).await;
        app.connect(&owner).await;
        receiver.fail("app");
        let made = customer(&portal, "Vreemdnaam").await;
        receiver.wait_for("app", 1).await;
        logged(&server, &receiver, 1).await;
        let browser = developer(&server, &app).await;
        let page = format!("/developers/apps/{}/webhooks/{id}", app.id);
        let log = format!("{page}/deliveries");
        let attempt = newest(&browser, &log).await;
        let shown = browser.page(&attempt).await;
        for text in ["Vreemdnaam", portal.id.as_str(), "customer-created", "er ging iets mis", "500"] {
            assert!(shown.html.contains(text), "{text}: {}", shown.html);
        }
        let found = async |text: &str| browser.page(&format!("{log}?search={text}")).await.html.contains("/deliveries/dlv_");
        assert!(found("vreemdnaam").await && found("iets").await && found("500").await && !found("bestaatniet").await);
        // Sent again, it is the same.
        receiver.mend();
        assert_eq!(browser.page(&format!("{attempt}/again")).await.form().send(&browser).await.status, 303);
        let got = receiver.wait_for("app", 2).await;
        assert_eq!((got[0].header("webhook-id"), &got[0].text), (got[1].header("webhook-id"), &got[1].text));
        logged(&server, &receiver, 2).await;
        let asked = browser.page(&format!("{attempt}/again")).await.form();
        portal.revoke_grant(&grant(&portal).await, server.clock.now()).await.unwrap();
        server.clock.advance(SignedDuration::from_secs(10));
        let shown = browser.page(&attempt).await;
        assert!(shown.html.contains("geen toegang meer") && shown.html.contains("500"), "{}", shown.html);
        for gone in ["Vreemdnaam", made["id"].as_str().unwrap(), "er ging iets mis", "/again"] {
            assert!(!shown.html.contains(gone), "{gone}: {}", shown.html);
        }
        // Nor does a search tell what was in it.
        assert!(!found("vreemdnaam").await && !found("iets").await && found("500").await);
        assert_eq!(asked.send(&browser).await.status, 409);
        assert_eq!(receiver.got("app").len(), 2);
    }

    async fn a_test_says_no_portal_and_can_be_sent_again(engine: Engine) {
        let (server, receiver) = start(engine).await;
        let app = server.app().await;
        let (id, secret) = hook(&server, &app, &receiver.at("app")).await;
        let browser = developer(&server, &app).await;
        let page = format!("/developers/apps/{}/webhooks/{id}", app.id);
        assert_eq!(browser.page(&format!("{page}/test")).await.form().send(&browser).await.status, 303);
        let test = receiver.wait_for("app", 1).await.remove(0);
        super::delivery::verify(&test, &secret);
        assert_eq!((&test.body["test"], test.body.get("portalId")), (&true.into(), None));
        assert_eq!(test.body["data"]["id"], id.as_str());
        logged(&server, &receiver, 1).await;
        let attempt = newest(&browser, &format!("{page}/deliveries")).await;
        assert!(browser.page(&attempt).await.html.contains(test.header("webhook-id")));
        assert_eq!(browser.page(&format!("{attempt}/again")).await.form().send(&browser).await.status, 303);
        let again = receiver.wait_for("app", 2).await.remove(1);
        assert_eq!((again.header("webhook-id"), &again.text), (test.header("webhook-id"), &test.text));
    }
}
