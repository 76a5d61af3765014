//! Reminders of appointments: one before each, wherever it moves, as the portal's settings say.

use jiff::SignedDuration;
use jiff::tz::TimeZone;
use klantportaal::db::{Single, ToParam};
use serde_json::json;

use crate::support::{Answer, Browser, FilledForm, InProcess, Instance, Key, Portal, until};

const SETTINGS: &str = "/manage/settings/appointments";

/// What the clocks show so many hours from now.
fn at(server: &InProcess, hours: i64) -> String {
    let moment = server.clock.now() + SignedDuration::from_hours(hours);
    let zone = TimeZone::get("Europe/Amsterdam").unwrap();
    zone.to_datetime(moment).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// A scheduled appointment that takes the hour after so many: its path in the API, and the address of its person.
async fn scheduled(server: &InProcess, key: &Key, hours: i64) -> (String, String) {
    let email = format!("klant-{:016x}@example.nl", rand::random::<u64>());
    let body = json!({
        "name": "Onderhoud", "startsAt": at(server, hours), "endsAt": at(server, hours + 1),
        "attendeeName": "Sanne", "attendeeEmail": email, "onlineMeetingLink": "https://bellen.example/a",
    });
    let made = key.post("/v1/appointments", body).await.expect(200);
    let path = format!("/v1/appointments/{}", made["id"].as_str().unwrap());
    key.patch(&path, json!({ "status": "scheduled" })).await.expect(200);
    (path, email)
}

/// Moves an appointment to the hour after so many.
async fn move_to(server: &InProcess, browser: &Browser, (path, email): (&str, &str), hours: i64) {
    let page = format!("{}/edit", path.replace("/v1", "/manage"));
    let form = browser.page(&page).await.form_to("/edit");
    let form = form.with("startsAt", &at(server, hours)).with("endsAt", &at(server, hours + 1));
    let form = form.with("name", "Onderhoud").with("attendeeName", "Sanne");
    let form =
        form.with("attendeeEmail", email).with("onlineMeetingLink", "https://bellen.example/a");
    assert_eq!(form.send(browser).await.status, 303);
}

async fn settings(browser: &Browser) -> FilledForm {
    browser.page(SETTINGS).await.form_to(SETTINGS)
}

/// Remembers how many hours before people are reminded; none for never.
async fn remind(browser: &Browser, hours: &str) -> Answer {
    settings(browser).await.with("reminderHours", hours).send(browser).await
}

/// Lets time pass until so many hours from when it was `start`, and all that is due by then is done.
async fn pass(server: &InProcess, hours: i64) {
    all_due_is_done(server).await;
    server.clock.advance(SignedDuration::from_hours(hours));
    all_due_is_done(server).await;
}

async fn all_due_is_done(server: &InProcess) {
    let due = "SELECT count(*) AS value FROM jobs WHERE ended_at IS NULL AND run_at <= ?1";
    let is_done = async || {
        let now = server.clock.now();
        matches!(server.db.row(due, &[now.to_param()]).await.unwrap(), Some(Single(0_i64)))
    };
    until("all that is due is done", is_done).await;
}

/// How many reminders of a portal are planned.
async fn planned(server: &Instance, portal: &Portal) -> i64 {
    let sql = "SELECT count(*) AS value FROM jobs
               WHERE portal_id = ?1 AND kind = 'appointment_reminder' AND state = 'waiting'";
    let count: Option<Single<i64>> = server.db.row(sql, &[portal.id.to_param()]).await.unwrap();
    count.unwrap().0
}

fn count(server: &Instance, email: &str) -> usize {
    server.mailbox(email).texts().len()
}

both_engines! {
    async fn each_person_is_reminded_once_wherever_the_appointment_moves(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (portal, browser) = server.portal_and_browser().await;
        let key = portal.key().await;
        let (_, plain) = scheduled(&server, &key, 30).await;
        let (to_cancel, off) = scheduled(&server, &key, 31).await;
        let (to_move, moved) = scheduled(&server, &key, 32).await;
        let (to_return, back) = scheduled(&server, &key, 33).await;
        let (_, soon) = scheduled(&server, &key, 10).await;
        key.delete(&to_cancel).await.expect(200);
        move_to(&server, &browser, (&to_move, &moved), 80).await;
        // There and back again: of two reminders of the same time one counts.
        move_to(&server, &browser, (&to_return, &back), 90).await;
        move_to(&server, &browser, (&to_return, &back), 33).await;
        pass(&server, 10).await;
        let texts = server.mailbox(&plain).texts();
        assert_eq!(texts.len(), 2, "{texts:?}");
        assert!(texts[1].contains("herinnering") && texts[1].contains("Onderhoud"), "{}", texts[1]);
        assert!(texts[1].lines().any(|line| line == "https://bellen.example/a"), "{}", texts[1]);
        let now = [&off, &moved, &back, &soon].map(|email| count(&server, email));
        assert_eq!(now, [2, 2, 4, 1], "cancelled; moved; moved twice and reminded; told an hour ago");
        pass(&server, 60).await;
        let later = [&plain, &off, &moved, &back, &soon].map(|email| count(&server, email));
        assert_eq!(later, [2, 2, 3, 4, 1]);
    }

    async fn a_restored_appointment_is_reminded_of_once(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (portal, browser) = server.portal_and_browser().await;
        let key = portal.key().await;
        let (path, email) = scheduled(&server, &key, 30).await;
        let page = format!("{}/delete", path.replace("/v1", "/manage"));
        assert_eq!(browser.page(&page).await.form_to("/delete").send(&browser).await.status, 303);
        let restore = browser.page("/manage/appointments/bin").await.form_to("/bin/restore");
        assert_eq!(restore.send(&browser).await.status, 303);
        pass(&server, 10).await;
        assert_eq!(count(&server, &email), 4, "scheduled, cancelled, scheduled and reminded");
    }

    async fn an_appointment_has_one_planned_reminder_at_most(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (portal, browser) = server.portal_and_browser().await;
        let key = portal.key().await;
        let (path, email) = scheduled(&server, &key, 30).await;
        let (other, _) = scheduled(&server, &key, 40).await;
        assert_eq!(planned(&server, &portal).await, 2);
        for hours in [80, 90, 50] {
            move_to(&server, &browser, (&path, &email), hours).await;
            assert_eq!(planned(&server, &portal).await, 2, "moved to {hours}");
        }
        let page = format!("{}/delete", path.replace("/v1", "/manage"));
        for _ in 0..2 {
            assert_eq!(browser.page(&page).await.form_to("/delete").send(&browser).await.status, 303);
            assert_eq!(planned(&server, &portal).await, 1, "deleted");
            let restore = browser.page("/manage/appointments/bin").await.form_to("/bin/restore");
            assert_eq!(restore.send(&browser).await.status, 303);
            assert_eq!(planned(&server, &portal).await, 2, "restored");
        }
        // Too soon for a reminder.
        move_to(&server, &browser, (&path, &email), 10).await;
        assert_eq!(planned(&server, &portal).await, 1);
        key.delete(&other).await.expect(200);
        assert_eq!(planned(&server, &portal).await, 0, "cancelled");
    }

    async fn a_test_portal_mails_nobody(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (portal, browser) = server.portal_and_browser().await;
        let key = portal.key().await;
        let promise = "herinnering per e-mail";
        assert!(browser.page(SETTINGS).await.says(promise));
        let developer = "INSERT INTO developers (id, name, created_at) VALUES ('dev_a', 'a', 1)";
        server.db.execute(developer, &[]).await.unwrap();
        let sandbox = "UPDATE portals SET sandbox_of = 'dev_a' WHERE id = ?1";
        server.db.execute(sandbox, &[portal.id.to_param()]).await.unwrap();
        assert!(!browser.page(SETTINGS).await.says(promise));
        let (_, email) = scheduled(&server, &key, 30).await;
        pass(&server, 10).await;
        assert_eq!(planned(&server, &portal).await, 0, "its time has come");
        assert_eq!(count(&server, &email), 0);
    }

    async fn the_settings_say_when_or_never(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (portal, browser) = server.portal_and_browser().await;
        let key = portal.key().await;
        assert!(browser.page(SETTINGS).await.html.contains(r#"value="24""#));
        for wrong in ["0", "673", "-1", "1.5", "een dag"] {
            let page = settings(&browser).await.with("reminderHours", wrong).send_to_page(&browser).await;
            assert!(page.html.contains("error-summary"), "{wrong}: {}", page.html);
        }
        for _ in 0..2 {
            assert_eq!(remind(&browser, "2").await.header("location"), Some(SETTINGS));
        }
        let (_, late) = scheduled(&server, &key, 10).await;
        pass(&server, 7).await;
        assert_eq!(count(&server, &late), 1);
        pass(&server, 2).await;
        assert_eq!(count(&server, &late), 2);
        let (_, never) = scheduled(&server, &key, 10).await;
        remind(&browser, "").await;
        let (_, nor_this) = scheduled(&server, &key, 20).await;
        pass(&server, 30).await;
        assert_eq!([&never, &nor_this].map(|email| count(&server, email)), [1, 1]);
        let sql = "SELECT count(*) AS value FROM audit_events WHERE portal_id = ?1 AND action = 'appointment_settings_changed'";
        let told: Option<Single<i64>> = server.db.row(sql, &[portal.id.to_param()]).await.unwrap();
        assert_eq!(told.unwrap().0, 2, "what stays the same is no change");
    }

    async fn of_two_who_change_the_settings_the_second_is_told(server: &Server) {
        let (_, browser) = server.portal_and_browser().await;
        let (one, other) = (settings(&browser).await, settings(&browser).await);
        assert_eq!(one.with("reminderHours", "2").send(&browser).await.status, 303);
        let page = other.with("reminderHours", "3").send_to_page(&browser).await;
        assert!(page.html.contains(r#"value="3""#), "{}", page.html);
        let again = page.form_to(SETTINGS).with("reminderHours", "3");
        assert_eq!(again.send(&browser).await.status, 303, "the second decides");
        assert!(browser.page(SETTINGS).await.html.contains(r#"value="3""#));
    }
}
