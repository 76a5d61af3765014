//! Events: written with the change that they tell of, and numbered for each resource.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::future::join_all;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use klantportaal::auth::Scope;
use klantportaal::db::{Single, ToParam, WritingDb};
use klantportaal::events::{self, Bounds, Event, EventData, EventType};
use klantportaal::tenant::Store;
use reqwest::Method;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use crate::customers::fields;
use crate::support::{InProcess, Key, Server};

const DAY: SignedDuration = SignedDuration::from_hours(24);

/// A resource of the tests.
#[derive(Debug, Clone, Serialize, JsonSchema)]
struct Parcel {
    id: String,
    writer: usize,
    round: usize,
}

impl EventData for Parcel {
    const SCOPE: Scope = Scope::CustomersRead;

    fn resource_id(&self) -> &str {
        &self.id
    }
}

const MOVED: EventType<Parcel> = EventType::new("parcel-moved", "A parcel was moved.");

/// A resource with much data.
#[derive(Debug, Clone, Serialize, JsonSchema)]
struct LargeParcel {
    id: String,
    contents: String,
}

impl EventData for LargeParcel {
    const SCOPE: Scope = Scope::CustomersRead;

    fn resource_id(&self) -> &str {
        &self.id
    }
}

const LARGE_MOVED: EventType<LargeParcel> = EventType::new("parcel-moved", "A parcel was moved.");

fn large_parcel(id: &str) -> LargeParcel {
    LargeParcel { id: id.to_owned(), contents: "é".repeat(2000) }
}

fn parcel(id: &str) -> Parcel {
    Parcel { id: id.to_owned(), writer: 0, round: 0 }
}

/// The events of a resource, as they are sent.
async fn events_of(store: &Store, id: &str) -> Vec<Value> {
    let zone = TimeZone::get("Europe/Amsterdam").unwrap();
    let events = Event::of_resource(store, id, &zone).await.unwrap();
    events.into_iter().map(|event| serde_json::to_value(event).unwrap()).collect()
}

async fn count(db: &WritingDb, sql: &'static str) -> i64 {
    db.row::<Single<i64>>(sql, &[]).await.unwrap().unwrap().0
}

const EVENTS: &str = "SELECT count(*) AS value FROM events";
const SEQUENCES: &str = "SELECT count(*) AS value FROM event_sequences";

/// Customers and events that contradict each other.
const CONTRADICTIONS: &str = "
    SELECT count(*) AS value FROM (
        SELECT c.id FROM customers c WHERE NOT EXISTS (
            SELECT 1 FROM events e WHERE e.resource_id = c.id AND e.type = 'customer-created' AND e.sequence = 1)
        UNION ALL
        SELECT c.id FROM customers c WHERE EXISTS (
            SELECT 1 FROM events e WHERE e.resource_id = c.id AND e.type = 'customer-deleted')
        UNION ALL
        SELECT e.id FROM events e WHERE e.type = 'customer-created'
            AND NOT EXISTS (SELECT 1 FROM customers c WHERE c.id = e.resource_id)
            AND NOT EXISTS (SELECT 1 FROM events d
                WHERE d.resource_id = e.resource_id AND d.type = 'customer-deleted' AND d.sequence = 2)
    ) AS wrong";

/// Creates customers and deletes every second one, until the server is gone. Tells the ids that were
/// answered.
async fn create_and_delete(key: &Key, created: tokio::sync::mpsc::UnboundedSender<String>) {
    for number in 0.. {
        let post = key.request(Method::POST, "/v1/customers").json(&fields("Jansen"));
        let Ok(answer) = post.send().await else { return };
        let Ok(customer) = answer.json::<Value>().await else { return };
        let id = customer["id"].as_str().unwrap().to_owned();
        if number % 2 == 0 {
            let delete = key.request(Method::DELETE, &format!("/v1/customers/{id}"));
            if delete.send().await.is_err() {
                return;
            }
        }
        created.send(id).unwrap();
    }
}

both_engines! {
    async fn a_customer_has_one_event_for_its_creation_and_one_for_its_deletion(server: &Server) {
        let portal = server.portal().await;
        let key = portal.key().await;
        let created = key.post("/v1/customers", fields("Jansen")).await.expect(200);
        let id = created["id"].as_str().unwrap();
        let path = format!("/v1/customers/{id}");
        let changed = key.patch(&path, json!({ "city": "Ede" })).await.expect(200);
        key.delete(&path).await.expect_nothing();
        // What is refused changes nothing.
        key.delete(&path).await.expect(404);
        key.post("/v1/customers", json!({})).await.faulty_fields();
        let events = events_of(&portal.store, id).await;
        let expected = [("customer-created", created.clone()), ("customer-deleted", changed)];
        assert_eq!(events.len(), expected.len(), "{events:?}");
        for (event, (number, (name, data))) in events.iter().zip((1..).zip(expected)) {
            assert!(event["id"].as_str().unwrap().starts_with("evn_"), "{event}");
            assert_eq!(event["type"], name);
            assert_eq!(event["portalId"], portal.id.as_str());
            assert_eq!(event["sequence"], number);
            assert_eq!(event["data"], data);
            let at = event["createdAt"].as_str().unwrap();
            assert_eq!(at[19..], created["createdAt"].as_str().unwrap()[19..], "the portal's offset");
        }
        assert_ne!(events[0]["id"], events[1]["id"]);
    }

    async fn pages_emit_what_the_api_emits(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        let mut form = browser.page("/manage/customers/new").await.form();
        for (name, value) in [("companyName", "Jansen"), ("primaryEmail", "a@jansen.example"), ("address", "B 1"), ("zipCode", "1234 AB"), ("city", "C"), ("countryCode", "NL"), ("customerType", "business")] {
            form = form.with(name, value);
        }
        let path = form.send(&browser).await.header("location").unwrap().to_owned();
        let id = path.rsplit('/').next().unwrap();
        let shown = portal.key().await.get(&format!("/v1/customers/{id}")).await.expect(200);
        assert_eq!(browser.page(&format!("{path}/delete")).await.form().send(&browser).await.status, 303);
        let events = events_of(&portal.store, id).await;
        let told: Vec<_> = events.iter().map(|event| (&event["type"], &event["sequence"], &event["data"])).collect();
        let (created, deleted) = (json!("customer-created"), json!("customer-deleted"));
        assert_eq!(told, [(&created, &json!(1), &shown), (&deleted, &json!(2), &shown)]);
    }

    async fn the_last_event_shows_what_was_deleted(engine: Engine) {
        let server = InProcess::start(engine).await;
        let portal = server.portal().await;
        let key = portal.key().await;
        let created = key.post("/v1/customers", fields("Jansen")).await.expect(200);
        let id = created["id"].as_str().unwrap();
        let path = format!("/v1/customers/{id}");
        // Changed by a transaction that is not committed yet when the customer is deleted.
        let mut tx = server.db.begin().await.unwrap();
        let change = "UPDATE customers SET city = 'Elders' WHERE id = ?1";
        assert_eq!(tx.execute(change, &[id.to_param()]).await.unwrap(), 1);
        let commit = async {
            tokio::time::sleep(Duration::from_millis(500)).await;
            tx.commit().await.unwrap();
        };
        let (deleted, ()) = tokio::join!(key.delete(&path), commit);
        deleted.expect_nothing();
        let events = events_of(&portal.store, id).await;
        assert_eq!(events[1]["data"]["city"], "Elders", "{events:?}");
    }

    async fn whoever_is_refused_in_the_last_moment_has_emitted_nothing(engine: Engine) {
        let server = InProcess::start_with(engine, |_| vec!["--max-customers-per-portal=3".into()]).await;
        let key = server.portal().await.key().await;
        let answers = join_all((0..12).map(|_| key.post("/v1/customers", fields("Jansen")))).await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 3);
        assert_eq!((count(&server.db, EVENTS).await, count(&server.db, SEQUENCES).await), (3, 3));
        assert_eq!(count(&server.db, CONTRADICTIONS).await, 0);
    }

    async fn a_transaction_that_is_dropped_takes_its_events_and_their_numbers_back(engine: Engine) {
        let server = InProcess::start(engine).await;
        let portal = server.portal().await;
        for is_committed in [true, false, false, true] {
            let mut tx = portal.store.begin().await.unwrap();
            for _ in 0..2 {
                tx.emit(MOVED, &parcel("pcl_a"), server.clock.now()).await.unwrap();
            }
            if is_committed {
                tx.commit().await.unwrap();
            }
        }
        let events = events_of(&portal.store, "pcl_a").await;
        let numbers: Vec<_> = events.iter().map(|event| event["sequence"].as_i64().unwrap()).collect();
        assert_eq!(numbers, [1, 2, 3, 4]);
    }

    async fn events_of_a_resource_are_numbered_without_gaps_however_many_emit_at_once(engine: Engine) {
        const WRITERS: usize = 8;
        const ROUNDS: usize = 6;
        let server = InProcess::start(engine).await;
        let (portal, other) = (server.portal().await, server.portal().await);
        let emit = |writer| {
            let store = portal.store.clone();
            tokio::spawn(async move {
                for round in 0..ROUNDS {
                    let mut tx = store.begin().await.unwrap();
                    let moved = Parcel { id: "pcl_a".to_owned(), writer, round };
                    tx.emit(MOVED, &moved, Timestamp::now()).await.unwrap();
                    tokio::time::sleep(Duration::from_millis(1)).await;
                    if (writer + round) % 3 != 0 {
                        tx.commit().await.unwrap();
                    }
                }
            })
        };
        // At no moment is a number seen before a smaller one.
        let db = server.db.clone();
        let reader = tokio::spawn(async move {
            let gap = "SELECT COALESCE(max(sequence), 0) - count(*) AS value FROM events";
            loop {
                assert_eq!(count(&db, gap).await, 0);
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        });
        for writer in (0..WRITERS).map(emit).collect::<Vec<_>>() {
            writer.await.unwrap();
        }
        reader.abort();
        assert!(reader.await.unwrap_err().is_cancelled());
        let events = events_of(&portal.store, "pcl_a").await;
        let numbers: Vec<_> = events.iter().map(|event| event["sequence"].as_u64().unwrap()).collect();
        assert_eq!(numbers, (1..=(WRITERS * ROUNDS * 2 / 3) as u64).collect::<Vec<_>>());
        for writer in 0..WRITERS {
            let rounds: Vec<_> = events.iter().filter(|event| event["data"]["writer"] == writer).map(|event| event["data"]["round"].as_u64()).collect();
            assert!(rounds.is_sorted(), "{rounds:?}");
        }
        // Another portal, and another resource, count for themselves.
        for (store, id) in [(&other.store, "pcl_a"), (&portal.store, "pcl_b")] {
            let mut tx = store.begin().await.unwrap();
            tx.emit(MOVED, &parcel(id), Timestamp::now()).await.unwrap();
            tx.commit().await.unwrap();
            assert_eq!(events_of(store, id).await[0]["sequence"], 1);
        }
    }

    async fn no_kill_parts_an_event_from_its_change(engine: Engine) {
        let mut server = Server::start(engine, &[]).await;
        let (id, token) = { let key = server.portal().await.key().await; (key.id.clone(), key.token.clone()) };
        let mut answered = BTreeSet::new();
        for round in 1..=3 {
            let (created, mut told) = tokio::sync::mpsc::unbounded_channel();
            let writers: Vec<_> = (0..4).map(|_| {
                let (key, created) = (Key::new(&id, &token, server.bearer(&token)), created.clone());
                tokio::spawn(async move { create_and_delete(&key, created).await })
            }).collect();
            drop(created);
            while answered.len() < round * 15 {
                answered.insert(told.recv().await.unwrap());
            }
            let (_, _, database) = server.end("KILL");
            for writer in writers {
                writer.await.unwrap();
            }
            while let Some(id) = told.recv().await {
                answered.insert(id);
            }
            server = Server::start_on(database, &[]).await;
            assert_eq!(count(&server.db, CONTRADICTIONS).await, 0, "round {round}");
            let created = "SELECT resource_id AS value FROM events WHERE type = 'customer-created'";
            let created: Vec<Single<String>> = server.db.rows(created, &[]).await.unwrap();
            let created: BTreeSet<String> = created.into_iter().map(|Single(id)| id).collect();
            assert!(answered.is_subset(&created), "round {round}");
        }
    }

    async fn events_go_after_thirty_days_and_numbers_with_their_resource(engine: Engine) {
        let server = InProcess::start(engine).await;
        let portal = server.portal().await;
        let key = portal.key().await;
        let [stays, goes] = [key.post("/v1/customers", fields("Blijft")).await, key.post("/v1/customers", fields("Gaat")).await]
            .map(|answer| answer.expect(200)["id"].as_str().unwrap().to_owned());
        key.delete(&format!("/v1/customers/{goes}")).await.expect_nothing();
        let now = server.clock.now();
        for (days, events, sequences) in [(29, 3, 2), (31, 0, 1)] {
            events::clean_up(&server.cleaner(), events::MOST_OF_PORTAL, now + DAY * days).await.unwrap();
            assert_eq!((count(&server.db, EVENTS).await, count(&server.db, SEQUENCES).await), (events, sequences), "after {days} days");
        }
        key.delete(&format!("/v1/customers/{stays}")).await.expect_nothing();
        assert_eq!(events_of(&portal.store, &stays).await[0]["sequence"], 2, "it is counted on");
    }

    async fn of_too_many_events_of_a_portal_the_oldest_go(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (full, other) = (server.portal().await, server.portal().await);
        let now = server.clock.now();
        for (portal, number) in [(&full, 10), (&other, 4)] {
            let mut tx = portal.store.begin().await.unwrap();
            for minute in 0..number {
                tx.emit(MOVED, &parcel("pcl_a"), now + SignedDuration::from_mins(minute)).await.unwrap();
            }
            tx.commit().await.unwrap();
        }
        let most = Bounds { number: 4, ..events::MOST_OF_PORTAL };
        events::clean_up(&server.cleaner(), most, now).await.unwrap();
        for (portal, first) in [(&full, 7), (&other, 1)] {
            let left = events_of(&portal.store, "pcl_a").await;
            assert_eq!((left.len(), left[0]["sequence"].as_i64()), (4, Some(first)));
        }
    }

    async fn of_too_large_events_of_a_portal_the_oldest_go(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (full, other) = (server.portal().await, server.portal().await);
        let now = server.clock.now();
        // Letters of two bytes, which count as two.
        let each = serde_json::to_string(&large_parcel("pcl_a")).unwrap().len();
        assert!(each > 4000);
        let bytes = u32::try_from(each * 3 + each / 2).unwrap();
        for (portal, number) in [(&full, 10), (&other, 3)] {
            let mut tx = portal.store.begin().await.unwrap();
            for minute in 0..number {
                tx.emit(LARGE_MOVED, &large_parcel("pcl_a"), now + SignedDuration::from_mins(minute)).await.unwrap();
            }
            tx.commit().await.unwrap();
        }
        events::clean_up(&server.cleaner(), Bounds { bytes, ..events::MOST_OF_PORTAL }, now).await.unwrap();
        for (portal, first) in [(&full, 8), (&other, 1)] {
            let left = events_of(&portal.store, "pcl_a").await;
            assert_eq!((left.len(), left[0]["sequence"].as_i64()), (3, Some(first)));
        }
    }

    async fn the_newest_events_stay_while_more_are_emitted(engine: Engine) {
        const WRITERS: usize = 4;
        const EACH: i64 = 20;
        let server = InProcess::start(engine).await;
        let portal = server.portal().await;
        let now = server.clock.now();
        let each = serde_json::to_string(&large_parcel("pcl_0")).unwrap().len();
        let bytes = u32::try_from(each * 10).unwrap();
        let most = Bounds { bytes, ..events::MOST_OF_PORTAL };
        let writers = (0..WRITERS).map(async |writer| {
            let id = format!("pcl_{writer}");
            for round in 0..EACH {
                let mut tx = portal.store.begin().await.unwrap();
                // Each moment is of one event only.
                let moment = now + SignedDuration::from_secs(round * 10 + i64::try_from(writer).unwrap());
                tx.emit(LARGE_MOVED, &large_parcel(&id), moment).await.unwrap();
                tx.commit().await.unwrap();
            }
        });
        let cleaner = async {
            for _ in 0..10 {
                events::clean_up(&server.cleaner(), most, now).await.unwrap();
            }
        };
        tokio::join!(join_all(writers), cleaner);
        events::clean_up(&server.cleaner(), most, now).await.unwrap();
        assert_eq!(count(&server.db, EVENTS).await, 10);
        let size = "SELECT CAST(SUM(size) AS BIGINT) AS value FROM events";
        assert_eq!(count(&server.db, size).await, i64::from(bytes));
        for writer in 0..WRITERS {
            let left = events_of(&portal.store, &format!("pcl_{writer}")).await;
            assert_eq!(left.last().unwrap()["sequence"], EACH, "the newest stay");
        }
    }
}
