//! Webhooks that fail for a long time.

use jiff::{SignedDuration, Timestamp};
use klantportaal::db::ToParam;
use klantportaal::maintenance::tell_of_failing_webhooks;

use super::receiver::{ALLOW, Receiver};
use super::{create, path};
use crate::customers::fields;
use crate::support::{InProcess, Instance, until};

const DAY: SignedDuration = SignedDuration::from_hours(24);

/// Lets a webhook have failed since a time.
async fn failing_since(server: &Instance, since: Timestamp) {
    let sql = "UPDATE webhooks SET failing_since = ?1";
    assert_eq!(server.db.execute(sql, &[since.to_param()]).await.unwrap(), 1);
}

both_engines! {
    async fn a_webhook_is_switched_off_after_five_days_of_nothing_but_failure(engine: Engine) {
        let server = InProcess::start_with(engine, |_| vec![ALLOW.into()]).await;
        let receiver = Receiver::start().await;
        let (portal, browser) = server.portal_and_browser().await;
        let key = portal.key().await;
        let webhook = create(&key, "customer-created", &receiver.at("stuk")).await;
        let page = format!("/manage/settings/webhooks/{}", webhook["id"].as_str().unwrap());
        receiver.fail("stuk");
        // Four days are not enough.
        let now = server.clock.now();
        failing_since(&server, now - 4 * DAY).await;
        for _ in 0..2 {
            tell_of_failing_webhooks(&server.server, now).await.unwrap();
        }
        let mailbox = server.mailbox(&portal.owner_email);
        assert!(mailbox.wait_for(1).await.contains("werkt niet"), "people are warned once");
        key.post("/v1/customers", fields("Een")).await.expect(200);
        receiver.wait_for("stuk", 1).await;
        let waiting = "SELECT count(*) AS value FROM jobs WHERE kind = 'webhook' AND state = 'waiting'";
        until("it waits to be sent again", async || receiver.count(&server, waiting).await == 1).await;
        assert_eq!(receiver.count(&server, "SELECT count(*) AS value FROM webhooks WHERE switched_off_at IS NULL").await, 1);
        failing_since(&server, now - 5 * DAY).await;
        key.post("/v1/customers", fields("Twee")).await.expect(200);
        let off = "SELECT count(*) AS value FROM webhooks WHERE switched_off_at IS NOT NULL";
        until("it is off", async || receiver.count(&server, off).await == 1).await;
        until("what waits is dropped", async || receiver.count(&server, "SELECT count(*) AS value FROM jobs WHERE kind = 'webhook'").await == 0).await;
        assert!(browser.page(&page).await.html.contains(&format!("{page}/on")));
        let recorded = "SELECT count(*) AS value FROM audit_events WHERE action = 'webhook_switched_off'";
        assert_eq!(receiver.count(&server, recorded).await, 1);
        for _ in 0..2 {
            tell_of_failing_webhooks(&server.server, now).await.unwrap();
        }
        assert!(mailbox.wait_for(2).await.contains("staat uit"));
        // It gets nothing, until somebody switches it on.
        receiver.mend();
        key.post("/v1/customers", fields("Drie")).await.expect(200);
        assert_eq!(receiver.count(&server, "SELECT count(*) AS value FROM jobs WHERE kind = 'webhook'").await, 0);
        let count = receiver.got("stuk").len();
        assert_eq!(browser.page(&format!("{page}/on")).await.form().send(&browser).await.status, 303);
        let last = key.post("/v1/customers", fields("Vier")).await.expect(200);
        let got = receiver.wait_for("stuk", count + 1).await;
        assert_eq!(got.last().unwrap().body["data"], last);
        key.get(&path(&webhook)).await.expect(200);
    }

    async fn one_success_ends_the_count_of_days(engine: Engine) {
        let server = InProcess::start_with(engine, |_| vec![ALLOW.into()]).await;
        let receiver = Receiver::start().await;
        let key = server.portal().await.key().await;
        create(&key, "customer-created", &receiver.at("ok")).await;
        failing_since(&server, server.clock.now() - 6 * DAY).await;
        key.post("/v1/customers", fields("Een")).await.expect(200);
        let works = "SELECT count(*) AS value FROM webhooks WHERE failing_since IS NULL AND switched_off_at IS NULL";
        until("it works", async || receiver.count(&server, works).await == 1).await;
    }
}
