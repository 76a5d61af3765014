//! What arrives at the webhooks of apps, and what no longer does.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use jiff::SignedDuration;
use klantportaal::clients::{App as Client, AppWebhook, AppWebhookDetails};
use klantportaal::db::{Single, ToParam};
use klantportaal::ids::{GrantId, WebhookId};
use klantportaal::maintenance::tell_of_failing_webhooks;
use klantportaal::oauth::ConnectedApp;
use klantportaal::quotas;
use serde_json::{Value, json};

use super::delivery::verify;
use super::receiver::{ALLOW, Receiver};
use crate::customers::fields;
use crate::support::{App, Engine, InProcess, Instance, Portal, until};

/// Deliveries that are not done.
pub const WAITING: &str = "SELECT count(*) AS value FROM jobs WHERE kind = 'app_webhook'";

/// A webhook of an app, which is told of new and deleted customers; returns its secret, too.
pub async fn hook(server: &InProcess, app: &App, url: &str) -> (WebhookId, String) {
    let (db, keys) = (&server.db, &server.server.sealing_keys);
    let types = ["customer-created", "customer-deleted"].map(str::to_owned).into();
    let details = AppWebhookDetails { url: url.to_owned(), is_receiver: false, types };
    let mut tx = db.begin().await.unwrap();
    let now = server.clock.now();
    let id = AppWebhook::create(&mut tx, keys, &app.id, &details, (100, now)).await.unwrap();
    tx.commit().await.unwrap();
    let webhook = AppWebhook::find(&db.reading(), &app.id, &id).await.unwrap();
    (id, webhook.secret(keys).unwrap().reveal())
}

pub async fn start(engine: Engine) -> (InProcess, Receiver) {
    (InProcess::start_with(engine, |_| vec![ALLOW.into()]).await, Receiver::start().await)
}

pub async fn customer(portal: &Portal, name: &str) -> Value {
    portal.key().await.post("/v1/customers", fields(name)).await.expect(200)
}

/// The grant of a portal's only connected app.
pub async fn grant(portal: &Portal) -> GrantId {
    let connected = ConnectedApp::list(&portal.store.reading()).await.unwrap();
    connected.into_iter().next().unwrap().id
}

/// Waits until an attempt failed, so that the event waits to be sent again.
pub async fn failed_once(server: &Instance, receiver: &Receiver, path: &str) {
    receiver.wait_for(path, 1).await;
    let waiting = "SELECT count(*) AS value FROM jobs
                   WHERE kind = 'app_webhook' AND state = 'waiting' AND attempts = 1";
    until("it waits to be sent again", async || receiver.count(server, waiting).await == 1).await;
}

both_engines! {
    async fn an_app_is_told_what_happens_in_each_portal_that_connected_it(engine: Engine) {
        let (server, receiver) = start(engine).await;
        let (app, other) = (server.app().await, server.app().await);
        let (_, secret) = hook(&server, &app, &receiver.at("app")).await;
        hook(&server, &other, &receiver.at("vreemd")).await;
        let ((one, browser), (two, second)) = (server.portal_and_browser().await, server.portal_and_browser().await);
        for browser in [&browser, &second] {
            app.connect(browser).await;
        }
        let stranger = server.portal().await;
        customer(&stranger, "Niemand").await;
        let mut expected = BTreeSet::new();
        for (portal, name) in [(&one, "Jansen"), (&two, "De Vries")] {
            let made = customer(portal, name).await;
            expected.insert((portal.id.to_string(), made.to_string()));
        }
        let got = receiver.wait_for("app", 2).await;
        for got in &got {
            verify(got, &secret);
            assert!(!got.headers.contains_key("x-webhook-signature"), "the secret itself is not sent");
            assert_eq!((&got.body["type"], &got.body["sequence"]), (&json!("customer-created"), &json!(1)));
        }
        let told = |got: &super::receiver::Got| (got.body["portalId"].as_str().unwrap().to_owned(), got.body["data"].to_string());
        assert_eq!(got.iter().map(told).collect::<BTreeSet<_>>(), expected);
        until("nothing waits", async || receiver.count(&server, WAITING).await == 0).await;
        assert_eq!((receiver.got("app").len(), receiver.got("vreemd").len()), (2, 0));
    }

    async fn nothing_is_delivered_after_a_revocation_not_even_what_waited(engine: Engine) {
        let (server, receiver) = start(engine).await;
        let app = server.app().await;
        hook(&server, &app, &receiver.at("app")).await;
        let ((portal, browser), (still, second)) = (server.portal_and_browser().await, server.portal_and_browser().await);
        for browser in [&browser, &second] {
            app.connect(browser).await;
        }
        receiver.fail("app");
        customer(&portal, "Jansen").await;
        failed_once(&server, &receiver, "app").await;
        portal.revoke_grant(&grant(&portal).await, server.clock.now()).await.unwrap();
        receiver.mend();
        customer(&portal, "De Vries").await;
        assert_eq!(receiver.count(&server, WAITING).await, 1, "what happens from now on makes no delivery");
        server.clock.advance(SignedDuration::from_secs(10));
        until("what waited is dropped", async || receiver.count(&server, WAITING).await == 0).await;
        // Another portal still lets the app know.
        customer(&still, "Bakker").await;
        let got = receiver.wait_for("app", 2).await;
        assert_eq!((got.len(), &got[1].body["portalId"]), (2, &json!(still.id.as_str())));
        // A new consent counts from then on.
        app.connect(&browser).await;
        let made = customer(&portal, "Visser").await;
        assert_eq!(receiver.wait_for("app", 3).await[2].body["data"], made);
    }

    async fn what_waits_ends_with_the_scope_the_app_the_developer_and_the_portal(engine: Engine) {
        let (server, receiver) = start(engine).await;
        for (what, end) in [
            ("scope", "UPDATE grants SET scopes = 'customers.write appointments.read' WHERE app_id = ?1"),
            ("app", "UPDATE apps SET disabled_at = 1 WHERE id = ?1"),
            ("developer", "UPDATE developers SET disabled_at = 1 WHERE id = (SELECT developer_id FROM apps WHERE id = ?1)"),
            ("portal", "UPDATE portals SET deleted_at = 1 WHERE id = (SELECT portal_id FROM grants WHERE app_id = ?1)"),
        ] {
            let (app, (portal, browser)) = (server.app().await, server.portal_and_browser().await);
            hook(&server, &app, &receiver.at(what)).await;
            app.connect(&browser).await;
            receiver.fail(what);
            customer(&portal, "Jansen").await;
            failed_once(&server, &receiver, what).await;
            assert_eq!(server.db.execute(end, &[app.id.to_param()]).await.unwrap(), 1, "{what}");
            receiver.mend();
            server.clock.advance(SignedDuration::from_secs(10));
            until("what waited is dropped", async || receiver.count(&server, WAITING).await == 0).await;
            if what != "portal" {
                customer(&portal, "De Vries").await;
                assert_eq!(receiver.count(&server, WAITING).await, 0, "{what}");
            }
            assert_eq!(receiver.got(what).len(), 1, "{what}");
        }
    }

    async fn deleting_an_app_or_its_webhook_drops_what_waits(engine: Engine) {
        let (server, receiver) = start(engine).await;
        for what in ["app", "webhook"] {
            let (app, (portal, browser)) = (server.app().await, server.portal_and_browser().await);
            let (id, _) = hook(&server, &app, &receiver.at(what)).await;
            app.connect(&browser).await;
            receiver.fail(what);
            customer(&portal, "Jansen").await;
            failed_once(&server, &receiver, what).await;
            let mut tx = server.db.begin().await.unwrap();
            if what == "app" {
                klantportaal::clients::delete_app_in(&mut tx, &app.developer, &app.id, server.clock.now()).await.unwrap();
            } else {
                AppWebhook::delete(&mut tx, &app.id, &id).await.unwrap();
            }
            tx.commit().await.unwrap();
            for left in [WAITING, "SELECT count(*) AS value FROM app_webhooks", "SELECT count(*) AS value FROM app_webhook_deliveries"] {
                assert_eq!(receiver.count(&server, left).await, 0, "{what}: {left}");
            }
        }
    }

    async fn an_app_has_a_limited_number_of_webhooks_however_many_are_made_at_once(engine: Engine) {
        let server = InProcess::start(engine).await;
        let app = server.app().await;
        let make = async |number: usize| {
            let mut tx = server.db.begin().await.unwrap();
            quotas::APP_WEBHOOKS.lock(&mut tx, &app.id).await.unwrap();
            Client::of_developer(&mut tx, &app.developer, &app.id).await.unwrap();
            let details = AppWebhookDetails { url: format!("https://hooks.example/{number}"), is_receiver: false, types: vec!["customer-created".to_owned()] };
            let made = AppWebhook::create(&mut tx, &server.server.sealing_keys, &app.id, &details, (3, server.clock.now())).await;
            if made.is_ok() {
                tx.commit().await.unwrap();
            }
            made.is_ok()
        };
        let made = join_all((0..6).map(make)).await;
        assert_eq!(made.into_iter().filter(|made| *made).count(), 3);
        assert_eq!(AppWebhook::list(&server.db.reading(), &app.id).await.unwrap().len(), 3);
    }

    async fn one_that_fails_for_five_days_is_switched_off_and_the_developer_is_told(engine: Engine) {
        let (server, receiver) = start(engine).await;
        let (app, (portal, browser)) = (server.app().await, server.portal_and_browser().await);
        hook(&server, &app, &receiver.at("app")).await;
        app.connect(&browser).await;
        receiver.fail("app");
        let now = server.clock.now();
        let failing = "UPDATE app_webhooks SET failing_since = ?1";
        server.db.execute(failing, &[(now - SignedDuration::from_hours(4 * 24)).to_param()]).await.unwrap();
        let owner = "SELECT a.email AS value FROM accounts a JOIN developer_members m ON m.account_id = a.id WHERE m.developer_id = ?1";
        let Single(owner): Single<String> = server.db.row(owner, &[app.developer.to_param()]).await.unwrap().unwrap();
        let mailbox = server.mailbox(&owner);
        for _ in 0..2 {
            tell_of_failing_webhooks(&server.server, now).await.unwrap();
        }
        let link = format!("/developers/apps/{}/webhooks/wbh_", app.id);
        assert!(mailbox.wait_for(1).await.contains(&link), "people are warned once");
        server.db.execute(failing, &[(now - SignedDuration::from_hours(5 * 24)).to_param()]).await.unwrap();
        customer(&portal, "Jansen").await;
        let off = "SELECT count(*) AS value FROM app_webhooks WHERE switched_off_at IS NOT NULL";
        until("it is off", async || receiver.count(&server, off).await == 1).await;
        until("what waits is dropped", async || receiver.count(&server, WAITING).await == 0).await;
        let recorded = "SELECT count(*) AS value FROM audit_events WHERE action = 'webhook_switched_off' AND developer_id IS NOT NULL";
        assert_eq!(receiver.count(&server, recorded).await, 1);
        for _ in 0..2 {
            tell_of_failing_webhooks(&server.server, now).await.unwrap();
        }
        assert!(mailbox.wait_for(2).await.contains("staat uit"));
        customer(&portal, "De Vries").await;
        assert_eq!(receiver.count(&server, WAITING).await, 0);
    }
}
