//! Receivers for tests: webhooks of apps at which messages are kept on this server.

use jiff::SignedDuration;

use super::apps::{WAITING, customer, grant};
use super::apps_log::developer;
use crate::support::{App, Browser, InProcess, until};

/// Makes a receiver on the page; returns the path of its page.
async fn receiver(browser: &Browser, app: &App) -> String {
    let form = browser.page(&format!("/developers/apps/{}/webhooks/new", app.id)).await.form();
    let made = form.with("to", "receiver").with("types", "customer-created").send(browser).await;
    made.header("location").unwrap_or_else(|| panic!("{made}")).to_owned()
}

async fn kept(server: &InProcess, count: i64) {
    let sql = "SELECT count(*) AS value FROM received_messages";
    let all = async || {
        let found = server.db.row::<klantportaal::db::Single<i64>>(sql, &[]).await.unwrap();
        found.unwrap().0
    };
    until("it is kept", async || all().await == count).await;
}

both_engines! {
    async fn a_receiver_shows_what_arrived_and_whether_the_signature_fits(engine: Engine) {
        // Nothing is let through: nothing is sent.
        let server = InProcess::start(engine).await;
        let (app, (portal, owner)) = (server.app().await, server.portal_and_browser().await);
        let browser = developer(&server, &app).await;
        let page = receiver(&browser, &app).await;
        assert!(browser.page(&format!("{page}/received")).await.html.contains("nog niets aangekomen"));
        app.connect(&owner).await;
        customer(&portal, "Vreemdnaam").await;
        kept(&server, 1).await;
        let shown = browser.page(&format!("{page}/received")).await;
        for text in ["Vreemdnaam", "webhook-signature: v1,", "webhook-id: evn_", portal.id.as_str(), ">Klopt<"] {
            assert!(shown.html.contains(text), "{text}: {}", shown.html);
        }
        assert!(browser.page(&format!("{page}/deliveries")).await.html.contains("204"));
        // After a rotation, what was signed before doesn't fit.
        assert_eq!(browser.page(&format!("{page}/rotate")).await.form().send(&browser).await.status, 303);
        assert!(browser.page(&format!("{page}/received")).await.html.contains("Klopt niet met het huidige geheim"));
        assert_eq!(browser.page(&format!("{page}/test")).await.form().send(&browser).await.status, 303);
        kept(&server, 2).await;
        // What the portal no longer allows is not shown; a test still is.
        portal.revoke_grant(&grant(&portal).await, server.clock.now()).await.unwrap();
        let shown = browser.page(&format!("{page}/received")).await;
        assert!(shown.html.contains("&quot;test&quot;: true") && shown.html.contains("geen toegang meer"), "{}", shown.html);
        assert!(!shown.html.contains("Vreemdnaam") && !shown.html.contains(portal.id.as_str()), "{}", shown.html);
        // A day later nothing is there.
        server.clock.advance(SignedDuration::from_hours(25));
        let browser = developer(&server, &app).await;
        assert!(browser.page(&format!("{page}/received")).await.html.contains("nog niets aangekomen"));
        klantportaal::events::clean_up(&server.cleaner(), klantportaal::events::MOST_OF_PORTAL, server.clock.now()).await.unwrap();
        kept(&server, 0).await;
    }

    async fn a_receiver_keeps_the_newest_messages_of_some_size(engine: Engine) {
        let server = InProcess::start(engine).await;
        let app = server.app().await;
        let browser = developer(&server, &app).await;
        let page = receiver(&browser, &app).await;
        let id = page.rsplit('/').next().unwrap().parse().unwrap();
        for number in 0..53 {
            let mut tx = server.db.begin().await.unwrap();
            let event = klantportaal::ids::EventId::random();
            let text = if number == 52 { format!("\"{}\"", "x".repeat(70_000)) } else { "{}".to_owned() };
            klantportaal::events::AppDelivery::test(&mut tx, &id, (&event, "customer-created"), text, server.clock.now()).await.unwrap();
            tx.commit().await.unwrap();
        }
        let logged = "SELECT count(*) AS value FROM app_webhook_deliveries WHERE status = 204";
        let count = async |sql: &'static str| server.db.row::<klantportaal::db::Single<i64>>(sql, &[]).await.unwrap().unwrap().0;
        until("all have arrived", async || count(logged).await == 52).await;
        kept(&server, 50).await;
        until("the large one was refused", async || count("SELECT count(*) AS value FROM app_webhook_deliveries WHERE status = 413").await > 0).await;
        until("and is tried again, as anywhere", async || count(WAITING).await == 1).await;
    }

    async fn only_a_receiver_has_the_page(engine: Engine) {
        let (server, outside) = super::apps::start(engine).await;
        let app = server.app().await;
        let (id, _) = super::apps::hook(&server, &app, &outside.at("app")).await;
        let browser = developer(&server, &app).await;
        let page = format!("/developers/apps/{}/webhooks/{id}/received", app.id);
        assert_eq!(browser.get(&page).await.status, 404);
    }
}
