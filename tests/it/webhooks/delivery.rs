//! What arrives at webhooks.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use jiff::SignedDuration;
use klantportaal::auth::Scope;
use klantportaal::db::Single;
use klantportaal::events::{EventData, EventType, WebhookSecret};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use super::receiver::{ALLOW, Got, Receiver};
use super::{create, path};
use crate::customers::fields;
use crate::support::{InProcess, Key, Server, until};

/// A resource of the tests, whose events have a type that webhooks know.
#[derive(Serialize, JsonSchema)]
struct Parcel {
    id: String,
}

impl EventData for Parcel {
    const SCOPE: Scope = Scope::CustomersRead;

    fn resource_id(&self) -> &str {
        &self.id
    }
}

const MOVED: EventType<Parcel> = EventType::new("customer-created", "A parcel was moved.");

/// Deliveries that are not done.
const WAITING: &str = "SELECT count(*) AS value FROM jobs WHERE kind = 'webhook'";

/// Checks a delivery with the library of Standard Webhooks.
#[track_caller]
pub fn verify(got: &Got, secret: &str) {
    let library = standardwebhooks::Webhook::new(secret).unwrap();
    library.verify(got.text.as_bytes(), &got.headers).unwrap();
    let other = WebhookSecret::random().reveal();
    let other = standardwebhooks::Webhook::new(&other).unwrap();
    assert!(other.verify(got.text.as_bytes(), &got.headers).is_err());
    assert_eq!(got.body["id"], got.header("webhook-id"));
}

async fn customer(key: &Key, name: &str) -> Value {
    key.post("/v1/customers", fields(name)).await.expect(200)
}

async fn delete(key: &Key, customer: &Value) {
    key.delete(&format!("/v1/customers/{}", customer["id"].as_str().unwrap()))
        .await
        .expect_nothing();
}

async fn start(engine: crate::support::Engine) -> (InProcess, Receiver) {
    (InProcess::start_with(engine, |_| vec![ALLOW.into()]).await, Receiver::start().await)
}

both_engines! {
    async fn a_change_reaches_the_webhooks_of_its_type_signed(engine: Engine) {
        let (server, receiver) = start(engine).await;
        let portal = server.portal().await;
        let (key, stranger) = (portal.key().await, server.portal().await.key().await);
        let one = create(&key, "customer-created", &receiver.at("een")).await;
        let two = create(&key, "customer-created", &receiver.at("twee")).await;
        let gone = create(&key, "customer-deleted", &receiver.at("weg")).await;
        create(&key, "offer-created", &receiver.at("anders")).await;
        create(&stranger, "customer-created", &receiver.at("vreemd")).await;
        let made = customer(&key, "Jansen").await;
        delete(&key, &made).await;
        let (first, second) = (receiver.wait_for("een", 1).await, receiver.wait_for("twee", 1).await);
        let last = receiver.wait_for("weg", 1).await;
        for (got, webhook, name, sequence) in [(&first[0], &one, "customer-created", 1), (&second[0], &two, "customer-created", 1), (&last[0], &gone, "customer-deleted", 2)] {
            let secret = webhook["secret"].as_str().unwrap();
            verify(got, secret);
            assert_eq!(got.header("x-webhook-signature"), secret);
            assert_eq!(got.header("content-type"), "application/json");
            let Value::Object(body) = &got.body else { panic!("{}", got.text) };
            let names: BTreeSet<&str> = body.keys().map(String::as_str).collect();
            assert_eq!(names, BTreeSet::from(["id", "type", "portalId", "createdAt", "sequence", "data"]));
            assert_eq!((&got.body["type"], &got.body["sequence"], &got.body["data"]), (&json!(name), &json!(sequence), &made));
            assert_eq!(got.body["portalId"], portal.id.as_str());
        }
        assert_eq!(first[0].header("webhook-id"), second[0].header("webhook-id"), "it is one event");
        until("nothing waits", async || receiver.count(&server, WAITING).await == 0).await;
        assert_eq!((receiver.got("een").len(), receiver.got("anders").len(), receiver.got("vreemd").len()), (1, 0, 0));
    }

    async fn what_is_rolled_back_reaches_nobody(engine: Engine) {
        let server = InProcess::start_with(engine, |_| vec![ALLOW.into(), "--max-customers-per-portal=1".into()]).await;
        let receiver = Receiver::start().await;
        let key = server.portal().await.key().await;
        create(&key, "customer-created", &receiver.at("ok")).await;
        let made = customer(&key, "Jansen").await;
        key.post("/v1/customers", fields("De Vries")).await.expect(409);
        let got = receiver.wait_for("ok", 1).await;
        assert_eq!(got[0].body["data"], made);
        until("nothing waits", async || receiver.count(&server, WAITING).await == 0).await;
        assert_eq!(receiver.got("ok").len(), 1);
    }

    async fn what_fails_is_sent_again_with_the_same_id_and_logged(engine: Engine) {
        let (server, receiver) = start(engine).await;
        let key = server.portal().await.key().await;
        let webhook = create(&key, "customer-created", &receiver.at("soms")).await;
        receiver.fail("soms");
        customer(&key, "Jansen").await;
        receiver.wait_for("soms", 1).await;
        let logged = "SELECT count(*) AS value FROM webhook_deliveries WHERE status = 500 AND answer = 'er ging iets mis' AND attempt = 1";
        until("the failure is logged", async || receiver.count(&server, logged).await == 1).await;
        receiver.mend();
        server.clock.advance(SignedDuration::from_secs(10));
        let got = receiver.wait_for("soms", 2).await;
        assert_eq!((got[0].header("webhook-id"), &got[0].text), (got[1].header("webhook-id"), &got[1].text));
        verify(&got[1], webhook["secret"].as_str().unwrap());
        let arrived = "SELECT count(*) AS value FROM webhook_deliveries WHERE status = 204 AND attempt = 2";
        until("the success is logged", async || receiver.count(&server, arrived).await == 1).await;
        assert_eq!(receiver.count(&server, "SELECT count(*) AS value FROM webhooks WHERE failing_since IS NOT NULL").await, 0);
    }

    async fn a_redirect_is_not_followed(engine: Engine) {
        let (server, receiver) = start(engine).await;
        let key = server.portal().await.key().await;
        create(&key, "customer-created", &receiver.at("moved")).await;
        customer(&key, "Jansen").await;
        let logged = "SELECT count(*) AS value FROM webhook_deliveries WHERE status = 302";
        until("the failure is logged", async || receiver.count(&server, logged).await == 1).await;
        assert!(receiver.got("ok").is_empty());
    }

    async fn the_events_of_a_resource_arrive_in_their_order(engine: Engine) {
        let (server, receiver) = start(engine).await;
        let portal = server.portal().await;
        create(&portal.key().await, "customer-created", &receiver.at("rij")).await;
        receiver.fail("rij");
        for id in ["pcl_a", "pcl_a", "pcl_a", "pcl_b"] {
            let mut tx = portal.store.begin().await.unwrap();
            tx.emit(MOVED, &Parcel { id: id.to_owned() }, server.clock.now()).await.unwrap();
            tx.commit().await.unwrap();
        }
        let held = "SELECT count(*) AS value FROM jobs WHERE held";
        until("the later ones wait for the first", async || receiver.count(&server, held).await == 2).await;
        let failed = "SELECT count(*) AS value FROM webhook_deliveries";
        until("the first of both failed", async || receiver.count(&server, failed).await >= 2).await;
        let numbers = |got: &[Got], id: &str| -> Vec<i64> {
            got.iter().filter(|got| got.body["data"]["id"] == id).map(|got| got.body["sequence"].as_i64().unwrap()).collect()
        };
        let before = receiver.got("rij");
        assert!(numbers(&before, "pcl_a").iter().all(|number| *number == 1), "{before:?}");
        assert_eq!(numbers(&before, "pcl_b").first(), Some(&1), "another resource does not wait");
        receiver.mend();
        server.clock.advance(SignedDuration::from_secs(10));
        until("all arrive", async || receiver.count(&server, WAITING).await == 0).await;
        let got = receiver.got("rij");
        assert_eq!(numbers(&got[before.len()..], "pcl_a"), [1, 2, 3]);
    }

    async fn an_endpoint_that_hangs_delays_no_other(engine: Engine) {
        let (server, receiver) = start(engine).await;
        let key = server.portal().await.key().await;
        for path in ["hangs", "ok"] {
            create(&key, "customer-created", &receiver.at(path)).await;
        }
        join_all((0..12).map(|_| customer(&key, "Jansen"))).await;
        // All of them, while the first requests still wait for an answer.
        receiver.wait_for("ok", 12).await;
        let answered = "SELECT count(*) AS value FROM webhook_deliveries d JOIN webhooks w ON w.id = d.webhook_id WHERE w.url LIKE '%hangs'";
        assert_eq!(receiver.count(&server, answered).await, 0);
        assert!(receiver.got("hangs").len() <= 4, "few requests wait at once");
    }

    /// More deliveries that hang than there are places.
    async fn a_portal_whose_endpoints_hang_delays_no_other(engine: Engine) {
        let (server, receiver) = start(engine).await;
        let (key, other) = (server.portal().await.key().await, server.portal().await.key().await);
        for _ in 0..80 {
            create(&key, "customer-created", &receiver.at("hangs")).await;
        }
        create(&other, "customer-created", &receiver.at("ok")).await;
        join_all((0..4).map(|_| customer(&key, "Jansen"))).await;
        receiver.wait_for("hangs", 80).await;
        join_all((0..8).map(|_| customer(&other, "Jansen"))).await;
        receiver.wait_for("ok", 8).await;
        let count = receiver.got("hangs").len();
        assert!(count < 256, "{count} deliveries of the other portal came first");
    }

    async fn what_waits_ends_with_its_webhook(engine: Engine) {
        let (server, receiver) = start(engine).await;
        let key = server.portal().await.key().await;
        let (one, other) = (create(&key, "customer-created", &receiver.at("een")).await, create(&key, "customer-created", &receiver.at("twee")).await);
        receiver.fail("een");
        receiver.fail("twee");
        customer(&key, "Jansen").await;
        until("both failed", async || receiver.count(&server, "SELECT count(*) AS value FROM webhook_deliveries").await == 2).await;
        until("both wait", async || receiver.count(&server, "SELECT count(*) AS value FROM jobs WHERE kind = 'webhook' AND state = 'waiting'").await == 2).await;
        key.delete(&path(&one)).await.expect_nothing();
        let subjects: Vec<Single<String>> = server.db.rows("SELECT subject AS value FROM jobs WHERE kind = 'webhook'", &[]).await.unwrap();
        assert_eq!(subjects.iter().map(|Single(id)| id.as_str()).collect::<Vec<_>>(), [other["id"].as_str().unwrap()]);
        let logs: Vec<Single<String>> = server.db.rows("SELECT webhook_id AS value FROM webhook_deliveries", &[]).await.unwrap();
        assert_eq!(logs.len(), 1, "its log goes too");
    }

    async fn no_kill_loses_a_delivery(engine: Engine) {
        let receiver = Receiver::start().await;
        let mut server = Server::start(engine, &[ALLOW]).await;
        let (id, token) = { let key = server.portal().await.key().await; (key.id.clone(), key.token.clone()) };
        let key = |server: &Server| Key::new(&id, &token, server.bearer(&token));
        create(&key(&server), "customer-created", &receiver.at("ok")).await;
        let mut made = BTreeSet::new();
        for round in 0..2 {
            let own = key(&server);
            for number in 0..10 {
                made.insert(customer(&own, &format!("Klant {round}.{number}")).await["id"].as_str().unwrap().to_owned());
            }
            let (_, _, database) = server.end("KILL");
            server = Server::start_on(database, &[ALLOW]).await;
            // As if the claims of the process that was killed had run out.
            let abandon = "UPDATE jobs SET claimed_until = 1 WHERE state = 'running' AND claimed_until IS NOT NULL";
            server.db.execute(abandon, &[]).await.unwrap();
        }
        let arrived = || -> BTreeSet<String> { receiver.got("ok").iter().map(|got| got.body["data"]["id"].as_str().unwrap().to_owned()).collect() };
        until("all arrived", async || arrived().is_superset(&made)).await;
        assert_eq!(arrived(), made);
    }
}
