//! Sending what happened within some days once more, and searching what was sent.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use klantportaal::db::ToParam;
use serde_json::Value;

use super::receiver::{ALLOW, Got, Receiver};
use super::{create, path};
use crate::customers::fields;
use crate::support::{Answer, Browser, InProcess, Instance, Page, until};

/// The day so many days ago.
fn day(ago: i64) -> String {
    let moment = Timestamp::now() - SignedDuration::from_hours(24 * ago);
    moment.strftime("%Y-%m-%d").to_string()
}

fn page(webhook: &Value) -> String {
    format!("/manage/settings/webhooks/{}", webhook["id"].as_str().unwrap())
}

async fn replay(browser: &Browser, webhook: &Value, days: [&str; 2], which: &str) -> Answer {
    let form = browser.page(&format!("{}/replay", page(webhook))).await.form();
    form.with("from", days[0]).with("to", days[1]).with("which", which).send(browser).await
}

/// How many attempts are logged.
async fn logged(receiver: &Receiver, server: &Instance, count: i64) {
    let sql = "SELECT count(*) AS value FROM webhook_deliveries";
    until("all are logged", async || receiver.count(server, sql).await == count).await;
}

fn names(got: &[Got]) -> Vec<&str> {
    got.iter().map(|got| got.body["data"]["companyName"].as_str().unwrap()).collect()
}

/// Lets the event of a customer have happened at noon of a day in the portal's time zone.
async fn happened(server: &Instance, customer: &Value, day: &str) {
    let noon = day.parse::<jiff::civil::Date>().unwrap().at(12, 0, 0, 0);
    let noon = TimeZone::get("Europe/Amsterdam").unwrap().to_timestamp(noon).unwrap();
    let sql = "UPDATE events SET created_at = ?1 WHERE resource_id = ?2";
    let values = [noon.to_param(), customer["id"].as_str().unwrap().to_param()];
    assert_eq!(server.db.execute(sql, &values).await.unwrap(), 1);
}

both_engines! {
    async fn what_happened_on_some_days_is_sent_again_with_the_same_ids(engine: Engine) {
        let server = InProcess::start_with(engine, |_| vec![ALLOW.into()]).await;
        let receiver = Receiver::start().await;
        let (portal, browser) = server.portal_and_browser().await;
        let (key, stranger) = (portal.key().await, server.portal().await.key().await);
        // Before there was a webhook, on another day, and of another portal.
        let early = key.post("/v1/customers", fields("Vroeg")).await.expect(200);
        let before = key.post("/v1/customers", fields("Eerder")).await.expect(200);
        stranger.post("/v1/customers", fields("Vreemd")).await.expect(200);
        let webhook = create(&key, "customer-created", &receiver.at("ok")).await;
        let arrived = key.post("/v1/customers", fields("Aangekomen")).await.expect(200);
        let first = receiver.wait_for("ok", 1).await.remove(0);
        logged(&receiver, &server, 1).await;
        assert_eq!(browser.page(&format!("{}/test", page(&webhook))).await.form().send(&browser).await.status, 303);
        logged(&receiver, &server, 2).await;
        let (last, first_day) = (&*day(4), &*day(6));
        for (customer, day) in [(&early, last), (&before, first_day), (&arrived, last)] {
            happened(&server, customer, day).await;
        }
        // Only what never arrived; then everything.
        let answer = replay(&browser, &webhook, [last, last], "missed").await;
        assert_eq!(answer.header("location"), Some(&*page(&webhook)), "{answer}");
        let got = receiver.wait_for("ok", 3).await;
        assert_eq!(names(&got[2..]), ["Vroeg"]);
        logged(&receiver, &server, 3).await;
        replay(&browser, &webhook, [first_day, last], "all").await;
        let got = receiver.wait_for("ok", 6).await;
        logged(&receiver, &server, 6).await;
        let mut again = names(&got[3..]);
        again.sort_unstable();
        assert_eq!(again, ["Aangekomen", "Eerder", "Vroeg"]);
        let same = got[3..].iter().find(|got| got.body["data"]["companyName"] == "Aangekomen").unwrap();
        assert_eq!((same.header("webhook-id"), &same.body["data"]), (first.header("webhook-id"), &first.body["data"]));
        assert_eq!(receiver.got("ok").len(), 6);
    }

    async fn a_period_without_anything_to_send_is_told(engine: Engine) {
        let server = InProcess::start_with(engine, |_| vec![ALLOW.into()]).await;
        let receiver = Receiver::start().await;
        let (portal, browser) = server.portal_and_browser().await;
        let key = portal.key().await;
        let webhook = create(&key, "customer-created", &receiver.at("ok")).await;
        let (last, first_day) = (&*day(7), &*day(8));
        for (days, said) in [
            ([first_day, last], "is er niets om te sturen"),
            ([last, first_day], "ligt voor de eerste"),
            (["gisteren", first_day], "datum"),
        ] {
            let refused = replay(&browser, &webhook, days, "all").await;
            assert!(Page::of(&refused).says(said), "{days:?}: {refused}");
        }
        // One that is off, or of another portal, gets nothing.
        let (_, stranger) = server.portal_and_browser().await;
        assert_eq!(stranger.get(&format!("{}/replay", page(&webhook))).await.status, 404);
        let form = browser.page(&format!("{}/replay", page(&webhook))).await.form();
        server.db.execute("UPDATE webhooks SET switched_off_at = 1", &[]).await.unwrap();
        let refused = form.with("from", last).with("to", last).send(&browser).await;
        assert!(refused.text().contains("staat uit"), "{refused}");
        key.get(&path(&webhook)).await.expect(200);
    }

    async fn the_log_is_searched_by_what_was_sent_and_what_came_back(engine: Engine) {
        let server = InProcess::start_with(engine, |_| vec![ALLOW.into()]).await;
        let receiver = Receiver::start().await;
        let (portal, browser) = server.portal_and_browser().await;
        let key = portal.key().await;
        let webhook = create(&key, "customer-created", &receiver.at("soms")).await;
        receiver.fail("soms");
        let failed = key.post("/v1/customers", fields("Slagerij 100%_vers")).await.expect(200);
        logged(&receiver, &server, 1).await;
        receiver.mend();
        let fine = key.post("/v1/customers", fields("Bakkerij")).await.expect(200);
        logged(&receiver, &server, 2).await;
        let (failed, fine) = (failed["id"].as_str().unwrap(), fine["id"].as_str().unwrap());
        let event = receiver.got("soms")[1].header("webhook-id").to_owned();
        for (text, finds) in [
            ("", [true, true]),
            ("slagerij", [true, false]),
            ("100%25_v", [true, false]),
            ("100%25x", [false, false]),
            ("er+ging+iets", [true, false]),
            ("500", [true, false]),
            (&*event, [false, true]),
            (fine, [false, true]),
            ("204", [false, true]),
            ("~", [false, false]),
        ] {
            let found = browser.page(&format!("{}/deliveries?search={text}", page(&webhook))).await;
            assert_eq!([failed, fine].map(|id| found.html.contains(id)), finds, "{text}");
        }
        let long = "x".repeat(201);
        assert_eq!(browser.get(&format!("{}/deliveries?search={long}", page(&webhook))).await.status, 400);
    }
}
