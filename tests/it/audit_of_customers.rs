//! Audit events for creating, changing and deleting customers and groups.

use klantportaal::db::Single;
use serde_json::json;

use crate::customers::fields;
use crate::support::{InProcess, Instance, Portal};

/// The portal's events about its data, the oldest first: who, what, to what.
async fn told(server: &Instance, portal: &Portal) -> Vec<String> {
    let sql = "SELECT actor_kind || ' ' || actor || ': ' || action || ' ' || subject AS value FROM audit_events
               WHERE portal_id = ?1 AND (action LIKE 'customer%' OR action = 'many_rows_changed') ORDER BY created_at, id";
    let rows: Vec<Single<String>> =
        server.db.rows(sql, &[klantportaal::db::ToParam::to_param(&portal.id)]).await.unwrap();
    rows.into_iter().map(|Single(row)| row).collect()
}

both_engines! {
    async fn each_change_by_the_api_is_told_with_its_key(engine: Engine) {
        let server = InProcess::start(engine).await;
        let portal = server.portal().await;
        let key = portal.key().await;
        let tick = || server.clock.advance(jiff::SignedDuration::from_millis(5));
        let customer = key.post("/v1/customers", fields("Jansen")).await.expect(200);
        let (id, path) = (customer["id"].as_str().unwrap(), format!("/v1/customers/{}", customer["id"].as_str().unwrap()));
        tick();
        key.patch(&path, json!({ "companyName": "De Vries" })).await.expect(200);
        tick();
        let group = key.post("/v1/customer-groups", json!({ "name": "Leden" })).await.expect(200);
        let (group_id, group_path) = (group["id"].as_str().unwrap(), format!("/v1/customer-groups/{}", group["id"].as_str().unwrap()));
        for _ in 0..2 {
            tick();
            key.post(&format!("{group_path}/customers"), json!({ "customers": [id] })).await.expect(200);
        }
        tick();
        key.delete(&format!("{group_path}/customers/{id}")).await.expect_nothing();
        key.delete(&format!("{group_path}/customers/{id}")).await.expect(404);
        tick();
        key.patch(&group_path, json!({ "name": "Stamgasten" })).await.expect(200);
        tick();
        key.delete(&group_path).await.expect_nothing();
        tick();
        key.delete(&path).await.expect_nothing();
        // What is refused changes nothing.
        key.patch(&path, json!({ "city": "X" })).await.expect(404);
        key.post("/v1/customers", json!({})).await.faulty_fields();
        let expected = [
            format!("customer_created Jansen ({id})"),
            format!("customer_changed De Vries ({id})"),
            format!("customer_group_created Leden ({group_id})"),
            format!("customer_group_changed Leden ({group_id})"),
            format!("customer_group_changed Leden ({group_id})"),
            format!("customer_group_changed Stamgasten ({group_id})"),
            format!("customer_group_deleted Stamgasten ({group_id})"),
            format!("customer_deleted De Vries ({id})"),
        ]
        .map(|event| format!("api_key sleutel: {event}"));
        assert_eq!(told(&server, &portal).await, expected);
    }

    async fn each_change_on_a_page_is_told_with_its_person(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        let mut form = browser.page("/manage/customers/new").await.form();
        for (name, value) in [("companyName", "Jansen"), ("primaryEmail", "a@jansen.example"), ("address", "B 1"), ("zipCode", "1234 AB"), ("city", "C"), ("countryCode", "NL"), ("customerType", "business")] {
            form = form.with(name, value);
        }
        let made = form.clone().send(&browser).await;
        let path = made.header("location").unwrap().to_owned();
        let edit = format!("{path}/edit");
        let revision = browser.page(&edit).await.form().field("filled_from").unwrap().to_owned();
        form.action = edit;
        assert_eq!(form.with("filled_from", &revision).with("city", "D").send(&browser).await.status, 303);
        assert_eq!(browser.page(&format!("{path}/delete")).await.form().send(&browser).await.status, 303);
        let id = path.rsplit('/').next().unwrap();
        let mut expected = ["created", "changed", "deleted"]
            .map(|what| format!("person {}: customer_{what} Jansen ({id})", portal.owner_email));
        let mut events = told(server, &portal).await;
        events.sort();
        expected.sort();
        assert_eq!(events, expected);
    }

    async fn an_import_fills_the_log_with_no_more_than_a_hundred_events(engine: Engine) {
        let server = InProcess::start(engine).await;
        let portal = server.portal().await;
        let key = portal.key().await;
        for number in 0..105 {
            key.post("/v1/customers", fields(&format!("Klant {number}"))).await.expect(200);
        }
        let events = told(&server, &portal).await;
        assert_eq!(events.len(), 101);
        assert_eq!(events.iter().filter(|event| event.contains("many_rows_changed")).count(), 1);
        // Another kind of change, and the next hour, are told again.
        let group = key.post("/v1/customer-groups", json!({ "name": "Leden" })).await.expect(200);
        server.clock.advance(jiff::SignedDuration::from_hours(1));
        key.post("/v1/customers", fields("Later")).await.expect(200);
        let events = told(&server, &portal).await;
        assert_eq!(events.len(), 103, "{group}");
        assert!(events.last().unwrap().contains("Later"));
    }
}
