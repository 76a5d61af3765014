//! The pages of an app's webhooks.

use std::collections::BTreeSet;

use klantportaal::clients::AppWebhook;
use klantportaal::db::{Single, ToParam};

use super::NOWHERE;
use super::apps::{hook, start};
use super::apps_log::developer;
use crate::support::{InProcess, Page};

both_engines! {
    async fn a_webhook_of_an_app_is_made_changed_and_deleted_on_pages(engine: Engine) {
        let server = InProcess::start(engine).await;
        let app = server.app().await;
        let browser = developer(&server, &app).await;
        let list = format!("/developers/apps/{}/webhooks", app.id);
        assert!(browser.page(&list).await.html.contains("Nog geen webhooks"));
        let form = || async { browser.page(&format!("{list}/new")).await.form() };
        let refused = form().await.with("url", "https://127.0.0.1/").with("types", "customer-created").send(&browser).await;
        assert!(Page::of(&refused).html.contains("afgesloten netwerk"), "{refused}");
        let without = form().await.with("url", NOWHERE).send(&browser).await;
        assert!(Page::of(&without).html.contains("minstens één gebeurtenis"), "{without}");
        // A form that is sent twice makes one.
        let (one, two) = (form().await, form().await);
        let made = one.with("url", NOWHERE).with("types", "customer-created").send(&browser).await;
        let page = made.header("location").unwrap().to_owned();
        let again = two.with("url", NOWHERE).with("types", "customer-created").send(&browser).await;
        assert_eq!(again.header("location").unwrap(), page);
        let all = AppWebhook::list(&server.db.reading(), &app.id).await.unwrap();
        let [webhook] = &all[..] else { panic!("{all:?}") };
        let secret = webhook.secret(&server.server.sealing_keys).unwrap().reveal();
        let shown = browser.page(&page).await;
        assert!(shown.html.contains(NOWHERE) && !shown.html.contains(&secret));
        assert!(browser.page(&format!("{page}/secret")).await.html.contains(&secret));
        let post = async |what: &str| browser.page(&format!("{page}/{what}")).await.form().send(&browser).await.status;
        assert_eq!(post("rotate").await, 303);
        assert!(!browser.page(&format!("{page}/secret")).await.html.contains(&secret));
        let rotated = AppWebhook::find(&server.db.reading(), &app.id, &webhook.id).await.unwrap();
        let renewed = rotated.secret(&server.server.sealing_keys).unwrap().reveal();
        // The app asks no scope for tickets, which the page says.
        let types = browser.page(&format!("{page}/types")).await.form().with("types", "ticket-created");
        assert_eq!(types.send(&browser).await.status, 303);
        assert!(browser.page(&page).await.html.contains("tickets.read"));
        // Of two who choose another address, the second sees both.
        let place = || async { browser.page(&format!("{page}/place")).await.form() };
        let refused = place().await.with("url", "https://127.0.0.1/").send(&browser).await;
        assert!(Page::of(&refused).html.contains("afgesloten netwerk"), "{refused}");
        let (one, two) = (place().await, place().await);
        let set = "UPDATE app_webhooks SET failing_since = 1, warned_at = 1 WHERE id = ?1";
        server.db.execute(set, &[webhook.id.to_param()]).await.unwrap();
        assert_eq!(one.with("url", &format!("{NOWHERE}/twee")).send(&browser).await.status, 303);
        let refused = two.with("url", &format!("{NOWHERE}/drie")).send(&browser).await;
        let both = Page::of(&refused).html;
        assert!(both.contains("/twee") && both.contains("/drie"), "{both}");
        let moved = AppWebhook::find(&server.db.reading(), &app.id, &webhook.id).await.unwrap();
        assert_eq!((moved.url.as_str(), moved.failing_since), (&*format!("{NOWHERE}/twee"), None));
        assert_eq!(moved.secret(&server.server.sealing_keys).unwrap().reveal(), renewed);
        assert_eq!(post("off").await, 303);
        let off = browser.page(&page).await;
        assert!(off.html.contains("tot iemand de webhook weer aanzet") && !off.html.contains(&format!("{page}/test")));
        assert_eq!(post("on").await, 303);
        assert!(browser.page(&page).await.html.contains(&format!("{page}/test")));
        assert_eq!(post("delete").await, 303);
        assert_eq!(browser.get(&page).await.status, 404);
        // The audit log tells each change, without the path of the address.
        let told = "SELECT action || ' ' || subject AS value FROM audit_events WHERE developer_id = ?1 AND action LIKE 'webhook%'";
        let told: Vec<Single<String>> = server.db.rows(told, &[app.developer.to_param()]).await.unwrap();
        let told: BTreeSet<String> = told.into_iter().map(|Single(row)| row).collect();
        let actions = ["webhook_created", "webhook_secret_rotated", "webhook_changed", "webhook_stopped", "webhook_switched_on", "webhook_deleted"];
        let app = klantportaal::clients::App::of_developer(&server.db.reading(), &app.developer, &app.id).await.unwrap();
        assert_eq!(told, actions.map(|action| format!("{action} {} → hooks.korenaar.example", app.name)).into());
    }

    async fn a_webhook_of_another_app_or_developer_is_not_there(engine: Engine) {
        let (server, receiver) = start(engine).await;
        let (app, other) = (server.app().await, server.app().await);
        let (id, _) = hook(&server, &app, &receiver.at("app")).await;
        let (own, stranger) = (developer(&server, &app).await, developer(&server, &other).await);
        for page in ["", "/types", "/place", "/secret", "/rotate", "/off", "/test", "/deliveries", "/delete"] {
            let path = |app: &klantportaal::ids::AppId| format!("/developers/apps/{app}/webhooks/{id}{page}");
            assert_eq!(own.get(&path(&app.id)).await.status, 200, "{page}");
            assert_eq!(stranger.get(&path(&app.id)).await.status, 404, "{page}");
            assert_eq!(stranger.get(&path(&other.id)).await.status, 404, "{page}");
        }
    }
}
