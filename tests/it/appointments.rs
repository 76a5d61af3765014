//! `/v1/appointments`.

use futures_util::future::join_all;
use klantportaal::db::{Single, ToParam};
use serde_json::{Value, json};

use crate::customers::fields;
use crate::support::{Answer, InProcess, Instance, Key};

const PATH: &str = "/v1/appointments";

/// A request on a day, from an hour on.
fn request(day: &str, from: &str, to: &str) -> Value {
    json!({
        "name": "Onderhoud cv-ketel", "startsAt": format!("{day} {from}"), "endsAt": format!("{day} {to}"),
        "attendeeName": "Sanne van Dijk", "attendeeEmail": "sanne@korenaar.example",
    })
}

fn with(mut body: Value, more: Value) -> Value {
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

fn id(row: &Value) -> &str {
    row["id"].as_str().unwrap()
}

fn at(row: &Value) -> String {
    format!("{PATH}/{}", id(row))
}

async fn make(key: &Key, body: Value) -> Value {
    key.post(PATH, body).await.expect(200)
}

async fn decide(key: &Key, row: &Value, status: &str) -> Answer {
    key.patch(&at(row), json!({ "status": status })).await
}

async fn scheduled(key: &Key, body: Value) -> Value {
    let row = make(key, body).await;
    decide(key, &row, "scheduled").await.expect(200)
}

fn count(answers: &[Answer], status: u16) -> usize {
    answers.iter().filter(|answer| answer.status == status).count()
}

async fn events(server: &Instance, row: &Value) -> Vec<String> {
    let sql = "SELECT type AS value FROM events WHERE resource_id = ?1 ORDER BY sequence";
    let events: Vec<Single<String>> = server.db.rows(sql, &[id(row).to_param()]).await.unwrap();
    events.into_iter().map(|Single(event)| event).collect()
}

both_engines! {
    async fn an_appointment_is_requested_and_shown_in_the_contracts_shape(server: &Server) {
        let key = server.portal().await.key().await;
        let body = with(request("2031-07-01", "10:00", "11:30"), json!({ "onlineMeetingLink": "https://bellen.example/a" }));
        let made = make(&key, body).await;
        assert!(id(&made).starts_with("apt_"));
        assert_eq!(made, json!({
            "id": id(&made), "name": "Onderhoud cv-ketel", "customerId": null,
            "startsAt": "2031-07-01T10:00:00+02:00", "endsAt": "2031-07-01T11:30:00+02:00",
            "attendeeName": "Sanne van Dijk", "attendeeEmail": "sanne@korenaar.example", "status": "pending",
            "onlineMeetingLink": "https://bellen.example/a", "timeZone": "Europe/Amsterdam",
            "createdAt": made["createdAt"], "updatedAt": made["createdAt"],
        }));
        assert_eq!(key.get(&at(&made)).await.expect(200), made);
        assert_eq!(key.get(PATH).await.expect(200)["data"], json!([made]));
        for found in ["?search=korenaar", "?status=pending", "?startsFrom=2031-07-01&startsTo=2031-07-01", "?sort=startsAt"] {
            assert_eq!(key.get(&format!("{PATH}{found}")).await.expect(200)["data"], json!([made]), "{found}");
        }
        for none in ["?search=slagerij", "?status=scheduled", "?startsFrom=2031-07-02", "?customerId=cst_abc12345def678"] {
            assert_eq!(key.get(&format!("{PATH}{none}")).await.expect(200)["data"], json!([]), "{none}");
        }
    }

    async fn a_customer_attends_unless_somebody_else_is_named(server: &Server) {
        let key = server.portal().await.key().await;
        let customer = key.post("/v1/customers", fields("Bakkerij")).await.expect(200);
        let mut body = with(request("2031-07-01", "10:00", "11:00"), json!({ "customerId": id(&customer) }));
        let named = make(&key, body.clone()).await;
        assert_eq!((&named["attendeeName"], &named["customerId"]), (&json!("Sanne van Dijk"), &customer["id"]));
        for name in ["attendeeName", "attendeeEmail"] {
            body.as_object_mut().unwrap().remove(name);
        }
        let own = make(&key, body).await;
        assert_eq!((&own["attendeeName"], &own["attendeeEmail"]), (&customer["companyName"], &customer["primaryEmail"]));
        let of_customer = key.get(&format!("{PATH}?customerId={}&sort=startsAt", id(&customer))).await.expect(200);
        assert_eq!(of_customer["data"].as_array().unwrap().len(), 2);
    }

    async fn what_is_wrong_with_an_appointment_is_said_of_each_field(server: &Server) {
        let key = server.portal().await.key().await;
        let plain = request("2031-07-01", "10:00", "11:00");
        for (more, faulty) in [
            (json!({ "name": " " }), vec!["name"]),
            (json!({ "startsAt": "2031-07-01T10:00:00Z" }), vec!["startsAt"]),
            (json!({ "startsAt": "2031-02-30 10:00", "endsAt": "morgen" }), vec!["endsAt", "startsAt"]),
            (json!({ "endsAt": "2031-07-01 10:00" }), vec!["endsAt"]),
            (json!({ "endsAt": "2031-06-30 11:00" }), vec!["endsAt"]),
            (json!({ "endsAt": "2031-07-15 10:01" }), vec!["endsAt"]),
            (json!({ "customerId": "cst_abc12345def678" }), vec!["customerId"]),
            (json!({ "customerId": "x" }), vec!["customerId"]),
            (json!({ "attendeeEmail": "sanne" }), vec!["attendeeEmail"]),
            (json!({ "onlineMeetingLink": "javascript:alert(1)" }), vec!["onlineMeetingLink"]),
        ] {
            let answer = key.post(PATH, with(plain.clone(), more.clone())).await;
            assert_eq!((answer.status, answer.faulty_fields()), (422, faulty.into_iter().map(str::to_owned).collect()), "{more}");
        }
        let missing = key.post(PATH, json!({})).await;
        assert_eq!(missing.faulty_fields(), ["attendeeEmail", "attendeeName", "endsAt", "name", "startsAt"]);
        assert_eq!(key.get(PATH).await.expect(200)["data"], json!([]));
        // Exactly two weeks.
        make(&key, with(plain, json!({ "endsAt": "2031-07-15 10:00" }))).await;
    }

    async fn only_a_request_is_decided_on_and_cancelling_is_final(server: &Server) {
        let key = server.portal().await.key().await;
        let made = make(&key, request("2031-07-01", "10:00", "11:00")).await;
        for wrong in [json!({ "status": "pending" }), json!({ "status": "x" }), json!({})] {
            assert_eq!(key.patch(&at(&made), wrong).await.faulty_fields(), ["status"]);
        }
        let first = decide(&key, &made, "scheduled").await.expect(200);
        assert_eq!(first["status"], "scheduled");
        for again in ["scheduled", "canceled"] {
            let answer = decide(&key, &made, again).await;
            assert_eq!((answer.status, answer.faulty_fields()), (422, vec!["status".to_owned()]), "{answer}");
        }
        assert_eq!(key.get(&at(&made)).await.expect(200), first);
        for _ in 0..2 {
            let canceled = key.delete(&at(&made)).await.expect(200);
            assert_eq!(canceled["status"], "canceled");
            assert_eq!(key.get(&at(&made)).await.expect(200), canceled);
        }
        assert_eq!(decide(&key, &made, "scheduled").await.status, 422);
        assert_eq!(events(server, &made).await, ["appointment-created", "appointment-canceled"], "cancelled once");
        let refused = make(&key, request("2031-07-01", "10:00", "11:00")).await;
        assert_eq!(decide(&key, &refused, "canceled").await.expect(200)["status"], "canceled");
        assert_eq!(events(server, &refused).await, ["appointment-created", "appointment-canceled"]);
        let sql = "SELECT count(*) AS value FROM history WHERE row_id = ?1 AND ended_at IS NULL";
        let entries: Option<Single<i64>> = server.db.row(sql, &[id(&made).to_param()]).await.unwrap();
        assert_eq!(entries.unwrap().0, 3, "created, scheduled and cancelled");
    }

    async fn a_revision_that_is_not_the_last_changes_nothing(server: &Server) {
        let key = server.portal().await.key().await;
        let made = make(&key, request("2031-07-01", "10:00", "11:00")).await;
        let send = async |method: reqwest::Method, tag: &str| {
            let request = key.request(method, &at(&made)).header("if-match", tag);
            Answer::to(request.json(&json!({ "status": "scheduled" }))).await
        };
        assert_eq!(send(reqwest::Method::PATCH, "\"2\"").await.status, 412);
        let scheduled = send(reqwest::Method::PATCH, "\"1\"").await;
        assert_eq!((scheduled.status, scheduled.header("etag")), (200, Some("\"2\"")));
        let request = key.request(reqwest::Method::DELETE, &at(&made)).header("if-match", "\"1\"");
        assert_eq!(Answer::to(request).await.status, 412);
        let request = key.request(reqwest::Method::DELETE, &at(&made)).header("if-match", "\"2\"");
        assert_eq!(Answer::to(request).await.header("etag"), Some("\"3\""));
    }

    async fn requests_overlap_and_scheduled_appointments_do_not(server: &Server) {
        let key = server.portal().await.key().await;
        let (one, other) = (make(&key, request("2031-07-01", "10:00", "11:00")).await, make(&key, request("2031-07-01", "10:30", "11:30")).await);
        decide(&key, &one, "scheduled").await.expect(200);
        let taken = decide(&key, &other, "scheduled").await;
        assert_eq!((taken.status, taken.faulty_fields()), (422, vec!["status".to_owned()]), "{taken}");
        assert!(taken.text().contains("10:00") && taken.text().contains("11:00"), "{taken}");
        // Nor is it requested, whichever part of the time is taken.
        for (from, to, status) in [
            ("10:00", "11:00", 422), ("09:00", "10:00:01", 422), ("10:59:59", "12:00", 422), ("10:15", "10:30", 422), ("09:00", "12:00", 422),
            ("09:00", "10:00", 200), ("11:00", "12:00", 200),
        ] {
            let answer = key.post(PATH, request("2031-07-01", from, to)).await;
            assert_eq!(answer.status, status, "{from} to {to}: {answer}");
            let faulty = if status == 422 { vec!["startsAt".to_owned()] } else { vec![] };
            assert_eq!(if status == 422 { answer.faulty_fields() } else { vec![] }, faulty);
        }
        // What is cancelled takes no time.
        key.delete(&at(&one)).await.expect(200);
        decide(&key, &other, "scheduled").await.expect(200);
        // Another portal has a calendar of its own.
        let stranger = server.portal().await.key().await;
        scheduled(&stranger, request("2031-07-01", "10:30", "11:30")).await;
    }

    async fn of_fifty_at_once_that_overlap_one_is_scheduled(server: &Server) {
        let key = server.portal().await.key().await;
        let bodies = (0..50).map(|number| request("2031-07-01", &format!("10:{number:02}"), "11:30"));
        let rows = join_all(bodies.map(|body| make(&key, body))).await;
        let answers = join_all(rows.iter().map(|row| decide(&key, row, "scheduled"))).await;
        assert_eq!((count(&answers, 200), count(&answers, 422)), (1, 49));
        let all = key.get(&format!("{PATH}?status=scheduled")).await.expect(200);
        assert_eq!(all["data"].as_array().unwrap().len(), 1);
        // The same one, by fifty at once.
        let one = make(&key, request("2031-07-02", "10:00", "11:00")).await;
        let answers = join_all((0..50).map(|_| decide(&key, &one, "scheduled"))).await;
        assert_eq!((count(&answers, 200), count(&answers, 422)), (1, 49));
        // Cancelled by fifty at once, it is so once.
        let answers = join_all((0..50).map(async |_| key.delete(&at(&one)).await)).await;
        assert_eq!(count(&answers, 200), 50);
        assert_eq!(events(server, &one).await, ["appointment-created", "appointment-canceled"]);
    }

    async fn the_database_itself_excludes_two_at_once(server: &Server) {
        let key = server.portal().await.key().await;
        let one = scheduled(&key, request("2031-07-01", "10:00", "11:00")).await;
        let others = join_all((0..20).map(|number| make(&key, request("2031-07-02", &format!("10:{number:02}"), "11:00")))).await;
        let set = "UPDATE appointments SET status = 'scheduled' WHERE id = ?1";
        let params: Vec<_> = others.iter().map(|row| [id(row).to_param()]).collect();
        let results = join_all(params.iter().map(|params| server.db.execute(set, params))).await;
        assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1, "{results:?}");
        let taken = others.iter().zip(&results).find(|(_, result)| result.is_ok()).unwrap().0;
        // A move, and a new row.
        let moved = "UPDATE appointments SET starts_at = (SELECT o.starts_at FROM appointments o WHERE o.id = ?2),
             ends_at = (SELECT o.ends_at FROM appointments o WHERE o.id = ?2) WHERE id = ?1";
        let error = server.db.execute(moved, &[id(&one).to_param(), id(taken).to_param()]).await;
        assert!(error.is_err(), "it moves onto another");
        let copy = "INSERT INTO appointments (portal_id, id, name, status, starts_at, ends_at, starts_local, time_zone, attendee_name, attendee_email, created_at, updated_at)
             SELECT portal_id, 'apt_copy', name, status, starts_at, ends_at, starts_local, time_zone, attendee_name, attendee_email, 1, 1
             FROM appointments WHERE id = ?1";
        assert!(server.db.execute(copy, &[id(&one).to_param()]).await.is_err(), "there are two of it");
        assert_eq!(key.get(&at(&one)).await.expect(200), one);
    }

    async fn a_time_is_what_the_clocks_show_also_when_they_change(server: &Server) {
        let key = server.portal().await.key().await;
        for (from, to, starts, ends, local) in [
            // The clocks go forward from 2 to 3: a skipped time is moved on.
            ("2031-03-30 01:30", "2031-03-30 02:30", "2031-03-30T01:30:00+01:00", "2031-03-30T03:30:00+02:00", "2031-03-30 01:30:00"),
            ("2031-03-30 02:30", "2031-03-30 04:00", "2031-03-30T03:30:00+02:00", "2031-03-30T04:00:00+02:00", "2031-03-30 03:30:00"),
            // They go back from 3 to 2: the first of two is meant.
            ("2031-10-26 02:30", "2031-10-26 03:30", "2031-10-26T02:30:00+02:00", "2031-10-26T03:30:00+01:00", "2031-10-26 02:30:00"),
            ("2031-10-25 10:00", "2031-10-26 10:00", "2031-10-25T10:00:00+02:00", "2031-10-26T10:00:00+01:00", "2031-10-25 10:00:00"),
        ] {
            let body = with(request("2031-01-01", "10:00", "11:00"), json!({ "startsAt": from, "endsAt": to }));
            let made = make(&key, body).await;
            assert_eq!((&made["startsAt"], &made["endsAt"]), (&json!(starts), &json!(ends)), "{from}");
            let sql = "SELECT starts_local AS value FROM appointments WHERE id = ?1";
            let kept: Option<Single<String>> = server.db.row(sql, &[id(&made).to_param()]).await.unwrap();
            assert_eq!(kept.unwrap().0, local);
        }
        // Where the clocks go forward in between, it would end before it starts.
        let body = with(request("2031-01-01", "10:00", "11:00"), json!({ "startsAt": "2031-03-30 02:30", "endsAt": "2031-03-30 03:15" }));
        assert_eq!(key.post(PATH, body).await.faulty_fields(), ["endsAt"]);
    }

    async fn a_portal_that_moves_keeps_the_zone_of_its_appointments(engine: Engine) {
        let server = InProcess::start(engine).await;
        let portal = server.portal().await;
        let key = portal.key().await;
        let made = make(&key, request("2031-07-01", "10:00", "11:00")).await;
        let moved = "UPDATE portals SET time_zone = 'Europe/Lisbon' WHERE id = ?1";
        assert_eq!(server.db.execute(moved, &[portal.id.to_param()]).await.unwrap(), 1);
        let key = portal.key().await;
        let shown = key.get(&at(&made)).await.expect(200);
        assert_eq!((&shown["startsAt"], &shown["timeZone"]), (&json!("2031-07-01T09:00:00+01:00"), &json!("Europe/Amsterdam")));
        assert_eq!(make(&key, request("2031-07-02", "10:00", "11:00")).await["timeZone"], "Europe/Lisbon");
    }

    async fn appointments_go_with_their_customer_and_come_back(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (portal, browser) = server.portal_and_browser().await;
        let key = portal.key().await;
        let customer = key.post("/v1/customers", fields("Bakkerij")).await.expect(200);
        let of_customer = |day: &str| with(request(day, "10:00", "11:00"), json!({ "customerId": id(&customer) }));
        let (kept, taken) = (scheduled(&key, of_customer("2031-07-01")).await, scheduled(&key, of_customer("2031-07-02")).await);
        key.delete(&format!("/v1/customers/{}", id(&customer))).await.expect_nothing();
        key.get(&at(&kept)).await.expect(404);
        let other = scheduled(&key, request("2031-07-02", "10:30", "11:30")).await;
        let bin = browser.page("/manage/customers/bin").await;
        assert_eq!(bin.form_to("/bin/restore").send(&browser).await.status, 303);
        assert_eq!(key.get(&at(&kept)).await.expect(200), kept);
        assert_eq!(key.get(&at(&taken)).await.expect(200), with(taken.clone(), json!({ "status": "pending" })), "its time was taken");
        assert_eq!(key.get(&at(&other)).await.expect(200), other);
        let found = key.get(&format!("{PATH}?search=onderhoud&status=scheduled")).await.expect(200);
        assert_eq!(found["data"].as_array().unwrap().len(), 2, "they are found again");
    }

    async fn a_full_portal_takes_no_more_requests(engine: Engine) {
        let server = InProcess::start_with(engine, |_| vec!["--max-appointments-per-portal=3".to_owned()]).await;
        let key = server.portal().await.key().await;
        let answers = join_all((0..10).map(|_| key.post(PATH, request("2031-07-01", "10:00", "11:00")))).await;
        assert_eq!((count(&answers, 200), count(&answers, 409)), (3, 7));
    }
}
