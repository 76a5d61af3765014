//! What the audit log says of webhooks.

use klantportaal::db::{Single, ToParam};

use super::create;
use crate::support::{InProcess, Instance, Portal};

/// The portal's events about webhooks, the oldest first: who did what.
async fn told(server: &Instance, portal: &Portal) -> Vec<String> {
    let sql = "SELECT actor_kind || ' ' || action || ' ' || subject AS value FROM audit_events
               WHERE portal_id = ?1 AND action LIKE 'webhook%' ORDER BY created_at, id";
    let rows: Vec<Single<String>> = server.db.rows(sql, &[portal.id.to_param()]).await.unwrap();
    rows.into_iter().map(|Single(row)| row).collect()
}

both_engines! {
    async fn each_change_of_a_webhook_is_told_without_the_path_of_its_address(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (portal, browser) = server.portal_and_browser().await;
        let key = portal.key().await;
        let webhook = create(&key, "offer-accepted", "https://hooks.korenaar.example/geheim").await;
        let id = webhook["id"].as_str().unwrap();
        let page = format!("/manage/settings/webhooks/{id}");
        for form in ["header", "on", "test"] {
            server.clock.advance(jiff::SignedDuration::from_millis(5));
            assert_eq!(browser.page(&format!("{page}/{form}")).await.form().send(&browser).await.status, 303);
        }
        let logged = "INSERT INTO webhook_deliveries (portal_id, webhook_id, id, event_id, job_id, attempt, sent_at, took_ms, status, answer)
                      SELECT portal_id, ?1, 'dlv_a', id, 0, 1, 1, 20, 204, '' FROM events WHERE resource_id = ?1";
        server.db.execute(logged, &[id.to_param()]).await.unwrap();
        let event = "INSERT INTO events (portal_id, id, type, resource_id, sequence, data, created_at)
                     SELECT portal_id, 'evn_a', 'offer-accepted', 'off_a', 1, '{}', created_at FROM events WHERE resource_id = ?1";
        server.db.execute(event, &[id.to_param()]).await.unwrap();
        let zone = jiff::tz::TimeZone::get("Europe/Amsterdam").unwrap();
        for form in ["deliveries/dlv_a/again", "replay", "rotate", "delete"] {
            server.clock.advance(jiff::SignedDuration::from_millis(5));
            let shown = browser.page(&format!("{page}/{form}")).await.form();
            let today = zone.to_datetime(server.clock.now()).date();
            let filled = match form {
                "replay" => shown.with("from", &today.yesterday().unwrap().to_string()).with("to", &today.to_string()),
                "rotate" => shown.with("overlap", "none"),
                _ => shown,
            };
            assert_eq!(filled.send(&browser).await.status, 303);
        }
        let subject = format!("offer-accepted → hooks.korenaar.example ({id})");
        let expected = [
            "api_key webhook_created",
            "person webhook_changed",
            "person webhook_switched_on",
            "person webhook_tested",
            "person webhook_sent_again",
            "person webhook_replayed",
            "person webhook_secret_rotated",
            "person webhook_deleted",
        ];
        assert_eq!(told(&server, &portal).await, expected.map(|event| format!("{event} {subject}")));
    }
}
