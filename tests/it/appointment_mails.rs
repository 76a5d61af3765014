//! What people are told of appointments by mail, with a file for their calendars.

use klantportaal::db::{Single, ToParam};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::customers::fields;
use crate::support::{Browser, InProcess, Instance, Key, MailServer, Mailbox, until};

const LIST: &str = "/manage/appointments";

/// A customer with an address of its own.
async fn customer(key: &Key, more: Value) -> (String, String) {
    let email = format!("klant-{:016x}@example.nl", rand::random::<u64>());
    let mut details = fields("Bakkerij");
    details["primaryEmail"] = json!(email);
    for (name, value) in more.as_object().unwrap() {
        details[name] = value.clone();
    }
    let customer = key.post("/v1/customers", details).await.expect(200);
    (customer["id"].as_str().unwrap().to_owned(), email)
}

/// A request of a customer, on a day at ten; its path in the API.
async fn request(key: &Key, customer: &str, day: &str) -> String {
    let body = json!({
        "name": "Onderhoud, jaarlijks", "startsAt": format!("{day} 10:00"), "endsAt": format!("{day} 11:00"),
        "customerId": customer, "onlineMeetingLink": "https://bellen.example/a",
    });
    let made = key.post("/v1/appointments", body).await.expect(200);
    format!("/v1/appointments/{}", made["id"].as_str().unwrap())
}

async fn schedule(key: &Key, path: &str) {
    key.patch(path, json!({ "status": "scheduled" })).await.expect(200);
}

/// The lines of the last file for calendars, once there are `count` mails.
async fn told(mailbox: &Mailbox, count: usize) -> (String, Vec<String>) {
    let text = mailbox.wait_for(count).await;
    let file = mailbox.calendars().pop().unwrap();
    (text, file.replace("\r\n ", "").lines().map(str::to_owned).collect())
}

#[track_caller]
fn has(lines: &[String], expected: &[&str]) {
    for line in expected {
        assert!(lines.iter().any(|own| own == line), "{line} in {lines:#?}");
    }
}

/// Sends the form of a page with these values.
async fn send(browser: &Browser, page: &str, values: &[(&str, &str)]) {
    let form = browser.page(page).await.form_to(page);
    let form = values.iter().fold(form, |form, (name, value)| form.with(name, value));
    let answer = form.send(browser).await;
    assert_eq!(answer.status, 303, "{answer}");
}

async fn waiting(server: &Instance, portal: &str) -> i64 {
    let sql =
        "SELECT count(*) AS value FROM jobs WHERE portal_id = ?1 AND kind = 'appointment_mail'";
    let count: Option<Single<i64>> = server.db.row(sql, &[portal.to_param()]).await.unwrap();
    count.unwrap().0
}

both_engines! {
    async fn a_customer_hears_of_what_is_scheduled_moved_and_cancelled(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        let key = portal.key().await;
        let (customer, email) = customer(&key, json!({})).await;
        let mailbox = server.mailbox(&email);
        let path = request(&key, &customer, "2031-07-01").await;
        schedule(&key, &path).await;
        let (text, lines) = told(&mailbox, 1).await;
        assert!(text.contains("1 jul 2031 10:00 – 11:00") && text.contains("Onderhoud, jaarlijks"), "{text}");
        assert!(text.lines().any(|line| line == "https://bellen.example/a"), "{text}");
        let uid = format!("UID:{}@klantportaal", path.rsplit('/').next().unwrap());
        let attendee = format!("ATTENDEE;CN=\"Bakkerij\";ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED;RSVP=FALSE:mailto:{email}");
        has(&lines, &[
            "METHOD:REQUEST", "SEQUENCE:2", "DTSTART:20310701T080000Z", "DTEND:20310701T090000Z",
            "SUMMARY:Onderhoud\\, jaarlijks", "URL:https://bellen.example/a", &uid, &attendee,
        ]);

        let page = path.replace("/v1", "/manage");
        let edit = format!("{page}/edit");
        let winter = [
            ("name", "Onderhoud, jaarlijks"), ("startsAt", "2031-12-01T10:00"), ("endsAt", "2031-12-01T11:00"),
            ("onlineMeetingLink", "https://bellen.example/a"), ("attendeeName", "Bakkerij"), ("attendeeEmail", &email),
        ];
        send(&browser, &edit, &winter).await;
        let (text, lines) = told(&mailbox, 2).await;
        assert!(text.contains("verplaatst") && text.contains("1 dec 2031 10:00 – 11:00"), "{text}");
        has(&lines, &["METHOD:REQUEST", "SEQUENCE:3", "DTSTART:20311201T090000Z", &uid]);
        // A change of nothing is told to nobody.
        send(&browser, &edit, &winter).await;
        send(&browser, &edit, &[&winter[1..], &[("name", "Reparatie")]].concat()).await;
        let (text, lines) = told(&mailbox, 3).await;
        assert!(text.contains("gewijzigd") && text.contains("Reparatie"), "{text}");
        has(&lines, &["SEQUENCE:5", "SUMMARY:Reparatie"]);

        send(&browser, &format!("{page}/cancel"), &[]).await;
        let (text, lines) = told(&mailbox, 4).await;
        assert!(text.contains("gaat niet door") && !text.contains("https://bellen"), "{text}");
        has(&lines, &["METHOD:CANCEL", "STATUS:CANCELLED", "SEQUENCE:6", &uid]);
        // A mail is there before its job has ended.
        until("its job has ended", async || waiting(server, portal.id.as_str()).await == 0).await;
        key.delete(&path).await.expect(200);
        assert_eq!(waiting(server, portal.id.as_str()).await, 0, "it was cancelled already");
    }

    async fn a_deletion_cancels_and_a_restored_appointment_is_a_later_version(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        let key = portal.key().await;
        let (customer, email) = customer(&key, json!({ "language": "en" })).await;
        let mailbox = server.mailbox(&email);
        let path = request(&key, &customer, "2031-07-01").await;
        schedule(&key, &path).await;
        let (text, _) = told(&mailbox, 1).await;
        assert!(text.contains("You have an appointment") && !text.contains("afspraak"), "{text}");
        let page = path.replace("/v1", "/manage");
        send(&browser, &format!("{page}/delete"), &[]).await;
        has(&told(&mailbox, 2).await.1, &["METHOD:CANCEL", "SEQUENCE:3"]);
        let restore = browser.page(&format!("{LIST}/bin")).await.form_to("/bin/restore");
        assert_eq!(restore.send(&browser).await.status, 303);
        has(&told(&mailbox, 3).await.1, &["METHOD:REQUEST", "SEQUENCE:4"]);
    }

    async fn nobody_hears_of_requests_nor_of_what_is_over(server: &Server) {
        let portal = server.portal().await;
        let key = portal.key().await;
        let (customer, _) = customer(&key, json!({})).await;
        let turned_down = request(&key, &customer, "2031-07-01").await;
        key.patch(&turned_down, json!({ "status": "canceled" })).await.expect(200);
        let over = request(&key, &customer, "2020-07-01").await;
        schedule(&key, &over).await;
        key.delete(&over).await.expect(200);
        assert_eq!(waiting(server, portal.id.as_str()).await, 0);
    }

    async fn two_of_the_same_job_send_the_same_mail(engine: Engine) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = InProcess::start_with(engine, |_| vec![format!("--smtp-url=smtp://{address}")]).await;
        let key = server.portal().await.key().await;
        let (customer, _) = customer(&key, json!({})).await;
        let path = request(&key, &customer, "2031-07-01").await;
        schedule(&key, &path).await;
        // As if the process had ended after the mail server took it, and before that was recorded.
        let again = "INSERT INTO jobs (kind, payload, portal_id, lane, order_key, run_at, planned, created_at)
             SELECT kind, payload, portal_id, lane, order_key, run_at, planned, created_at FROM jobs WHERE kind = 'appointment_mail'";
        assert_eq!(server.db.execute(again, &[]).await.unwrap(), 1);
        let mails = MailServer::on(listener).wait_for(2).await;
        assert_eq!(mails[0].header("Message-ID"), mails[1].header("Message-ID"));
        assert_eq!((&mails[0].text, &mails[0].calendar), (&mails[1].text, &mails[1].calendar));
        let (kind, file) = mails[0].calendar.clone().unwrap();
        assert_eq!(kind, "text/calendar; charset=utf-8; method=REQUEST");
        assert!(file.starts_with("BEGIN:VCALENDAR\n") && file.contains("\nMETHOD:REQUEST\n"), "{file}");
    }
}
