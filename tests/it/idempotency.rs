//! `Idempotency-Key`: a repeated POST has one effect, and gets the same answer again.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use klantportaal::db::{Single, ToParam};
use klantportaal::idempotency;
use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use serde_json::{Value, json};

use crate::customers::fields;
use crate::support::operations::{make_ids, missing, operations};
use crate::support::{
    Answer, Caller, InProcess, Instance, Key, Server, ServerProcess, access_token, filled, until,
    upload_of,
};

const HEADER: &str = "Idempotency-Key";
const REPLAYED: &str = "idempotent-replayed";
const CUSTOMERS: &str = "/v1/customers";
const DAY: SignedDuration = SignedDuration::from_hours(24);

async fn post(caller: &Caller, key: &str, path: &str, body: &Value) -> Answer {
    Answer::to(filled(
        caller.request(Method::POST, path).header(HEADER, key),
        &Method::POST,
        path,
        body,
    ))
    .await
}

/// What a repeated request gets again: status, headers and body without what each answer has of its own.
fn essence(answer: &Answer) -> (u16, Vec<(String, String)>, String) {
    let own = ["x-request-id", "date", "x-ratelimit-remaining", REPLAYED];
    let headers = answer.headers.iter().filter(|(name, _)| !own.contains(&name.as_str()));
    let mut headers: Vec<(String, String)> = headers
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    headers.sort();
    (answer.status, headers, answer.text())
}

fn is_replayed(answer: &Answer) -> bool {
    answer.header(REPLAYED).is_some_and(|value| value == "true")
}

#[track_caller]
fn assert_replayed(answer: &Answer, first: &Answer) {
    assert!(is_replayed(answer), "{answer}");
    assert_eq!(essence(answer), essence(first));
}

#[track_caller]
fn assert_in_progress(answer: &Answer) {
    assert!(answer.expect(409)["message"].as_str().unwrap().contains("in progress"), "{answer}");
    assert_eq!(answer.header("retry-after"), Some("1"), "{answer}");
}

/// How many customers of a name a portal has, at most 15.
async fn count(key: &Caller, name: &str) -> usize {
    let page = key.get(&format!("{CUSTOMERS}?search={name}")).await.expect(200);
    let found = page["data"].as_array().unwrap().iter();
    found.filter(|customer| customer["companyName"] == name).count()
}

async fn number(server: &Instance, sql: &'static str) -> i64 {
    server.db.row::<Single<i64>>(sql, &[]).await.unwrap().unwrap().0
}

/// A POST of a customer that the server is reading, and whose body ends when it is told to.
struct Slow(TcpStream, String);

impl Slow {
    fn begin(key: &Key, url: &str, idempotency_key: &str, body: &Value) -> Self {
        let (address, body) = (url.strip_prefix("http://").unwrap(), body.to_string());
        let (half, rest) = body.split_at(body.len() / 2);
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(120))).unwrap();
        write!(
            stream,
            "POST {CUSTOMERS} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {}\r\n{HEADER}: {idempotency_key}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\nExpect: 100-continue\r\n\r\n",
            key.token,
            body.len()
        )
        .unwrap();
        // It asks for the body once it has taken the key.
        let mut asked = [0; "HTTP/1.1 100 Continue\r\n\r\n".len()];
        stream.read_exact(&mut asked).unwrap();
        assert!(asked.starts_with(b"HTTP/1.1 100 "), "{}", String::from_utf8_lossy(&asked));
        stream.write_all(half.as_bytes()).unwrap();
        Self(stream, rest.to_owned())
    }

    fn end(mut self) -> String {
        self.0.write_all(self.1.as_bytes()).unwrap();
        let mut answer = String::new();
        self.0.read_to_string(&mut answer).unwrap();
        answer
    }
}

/// A request whose body is not valid, and which therefore uses up no key.
async fn post_invalid(key: &Key, idempotency_key: &str) -> Answer {
    post(key, idempotency_key, CUSTOMERS, &json!({})).await
}

both_engines! {
    async fn every_post_that_is_repeated_has_one_effect_and_the_same_answer(server: &Server) {
        let key = server.portal().await.key().await;
        let ids = make_ids(&key).await;
        let mut tried = 0;
        for operation in operations().into_iter().filter(|operation| operation.method == Method::POST) {
            let (path, body) = (operation.path(&ids), operation.body_with(&ids).unwrap_or(Value::Null));
            let first = post(&key, &operation.template, &path, &body).await;
            assert!(first.status < 300 && first.header(REPLAYED).is_none(), "{first}");
            for _ in 0..2 {
                assert_replayed(&post(&key, &operation.template, &path, &body).await, &first);
            }
            tried += 1;
        }
        assert!(tried >= 3, "{tried} operations");
    }

    async fn a_repeated_request_makes_nothing_and_a_new_key_does(server: &Server) {
        let portal = server.portal().await;
        let key = portal.key().await;
        let body = json!({ "companyName": "Eenmalig", "address": "A 1", "zipCode": "1234 AB", "city": "B", "primaryEmail": "a@example.nl", "shoeSize": 3 });
        let first = post(&key, "\"one\"", CUSTOMERS, &body).await;
        assert_eq!((first.status, first.header("x-ignored-fields")), (200, Some("shoeSize")), "{first}");
        // With and without quotes it is the same key.
        for same in ["one", "\"one\""] {
            assert_replayed(&post(&key, same, CUSTOMERS, &body).await, &first);
        }
        assert_eq!(count(&key, "Eenmalig").await, 1);
        let events = "SELECT COUNT(*) AS value FROM audit_events WHERE portal_id = ?1 AND action = 'customer_created'";
        let Single(events) = server.db.row::<Single<i64>>(events, &[portal.id.to_param()]).await.unwrap().unwrap();
        assert_eq!(events, 1, "nor is it recorded twice");
        assert!(!is_replayed(&post(&key, "two", CUSTOMERS, &body).await));
        key.post(CUSTOMERS, body.clone()).await.expect(200);
        assert_eq!(count(&key, "Eenmalig").await, 3);
        // The answer stays as it was, whatever becomes of the customer.
        let path = format!("{CUSTOMERS}/{}", first.json()["id"].as_str().unwrap());
        key.delete(&path).await.expect_nothing();
        assert_replayed(&post(&key, "one", CUSTOMERS, &body).await, &first);
    }

    async fn of_a_deleted_group_a_repeated_request_still_gets_its_answer(server: &Server) {
        let key = server.portal().await.key().await;
        let ids = make_ids(&key).await;
        let group = format!("/v1/customer-groups/{}", ids["customerGroupId"]);
        let (path, body) = (format!("{group}/customers"), json!({ "customers": [ids["customerId"]] }));
        let first = post(&key, "members", &path, &body).await;
        key.delete(&group).await.expect_nothing();
        assert_replayed(&post(&key, "members", &path, &body).await, &first);
        post(&key, "others", &path, &body).await.expect(404);
    }

    async fn a_form_in_parts_is_the_same_with_another_boundary(server: &Server) {
        let key = server.portal().await.key().await;
        let send = async |content: &str, name: &str, boundary: &str| {
            let (kind, body) = upload_of(name, content.as_bytes(), &[]);
            let [kind, body] = [kind, String::from_utf8(body).unwrap()].map(|text| text.replace("grens", boundary));
            let request = key.request(Method::POST, "/v1/files").header(HEADER, "one").header(CONTENT_TYPE, kind);
            Answer::to(request.body(body)).await
        };
        let first = send("inhoud", "a.txt", "grens").await;
        assert_eq!(first.status, 200, "{first}");
        for boundary in ["grens", "WebKitFormBoundary7MA4YWxk", "x"] {
            assert_replayed(&send("inhoud", "a.txt", boundary).await, &first);
        }
        for (content, name) in [("andere inhoud", "a.txt"), ("inhoud", "b.txt"), ("", "a.txt")] {
            assert_eq!(send(content, name, "grens").await.faulty_fields(), [HEADER], "{content} {name}");
        }
        assert_eq!(key.get("/v1/files").await.expect(200)["data"].as_array().unwrap().len(), 1);
    }

    async fn a_key_stands_for_one_request(server: &Server) {
        let key = server.portal().await.key().await;
        post(&key, "one", CUSTOMERS, &fields("Eerste")).await.expect(200);
        let others = [
            (CUSTOMERS.to_owned(), fields("Tweede")),
            (format!("{CUSTOMERS}?x=1"), fields("Eerste")),
            ("/v1/customer-groups".to_owned(), json!({ "name": "Tweede" })),
        ];
        for (path, body) in others {
            let refused = post(&key, "one", &path, &body).await;
            assert_eq!(refused.faulty_fields(), [HEADER]);
            assert!(refused.text().contains("another request") && !is_replayed(&refused), "{refused}");
        }
        // Nor is it another notation of the same JSON.
        let spaced = serde_json::to_string_pretty(&fields("Eerste")).unwrap();
        let request = key.request(Method::POST, CUSTOMERS).header(HEADER, "one").header("content-type", "application/json");
        assert_eq!(Answer::to(request.body(spaced)).await.faulty_fields(), [HEADER]);
        assert_eq!((count(&key, "Eerste").await, count(&key, "Tweede").await), (1, 0));
    }

    async fn a_request_that_is_refused_uses_up_no_key(server: &Server) {
        let portal = server.portal().await;
        let key = portal.key().await;
        let ids = make_ids(&key).await;
        post(&key, "one", CUSTOMERS, &json!({ "companyName": "Jansen" })).await.expect(422);
        let absent = format!("/v1/customer-groups/{}/customers", missing(&ids["customerGroupId"]));
        post(&key, "one", &absent, &json!({ "customers": [] })).await.expect(404);
        let reader = portal.key_with("customers.read".parse().unwrap(), Some(0)).await;
        post(&reader, "one", CUSTOMERS, &fields("Jansen")).await.expect(403);
        let made = post(&key, "one", CUSTOMERS, &fields("Jansen")).await;
        assert!(made.status == 200 && !is_replayed(&made), "{made}");
    }

    async fn of_many_at_once_one_is_carried_out(engine: Engine) {
        let server = Server::start(engine, &[]).await;
        // A second process on the same database.
        let mut flags = server.database.flags();
        flags.extend(["--listen".to_owned(), "127.0.0.1:0".to_owned()]);
        let beside = ServerProcess::start(server.database.folder(), &flags);
        let key = server.portal().await.key().await;
        let callers = [server.url.clone(), beside.url()].map(|url| Caller::new(&url, &server.http, Some(&key.token)));
        for round in 0..5 {
            let (name, idempotency_key) = (format!("Ronde{round}"), format!("round-{round}"));
            let body = fields(&name);
            let answers = join_all((0..20).map(|number| post(&callers[number % 2], &idempotency_key, CUSTOMERS, &body))).await;
            let (done, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
            refused.into_iter().for_each(assert_in_progress);
            assert_eq!(done.iter().filter(|answer| !is_replayed(answer)).count(), 1, "{done:?}");
            assert!(done.iter().all(|answer| answer.bytes == done[0].bytes), "{done:?}");
            assert_eq!(count(&key, &name).await, 1);
            for caller in &callers {
                assert_replayed(&post(caller, &idempotency_key, CUSTOMERS, &body).await, done[0]);
            }
        }
    }

    async fn while_the_first_is_in_progress_the_second_is_told_to_wait(server: &Server) {
        let portal = server.portal().await;
        let (key, other) = (portal.key().await, portal.key().await);
        let slow = Slow::begin(&key, &server.url, "slow", &fields("Traag"));
        assert_in_progress(&post_invalid(&key, "slow").await);
        assert_in_progress(&post(&key, "slow", CUSTOMERS, &fields("Traag")).await);
        post(&key, "quick", CUSTOMERS, &fields("Snel")).await.expect(200);
        post(&other, "slow", CUSTOMERS, &fields("Ander")).await.expect(200);
        let first = slow.end();
        assert!(first.starts_with("HTTP/1.1 200 ") && !first.to_lowercase().contains(REPLAYED), "{first}");
        let again = post(&key, "slow", CUSTOMERS, &fields("Traag")).await;
        assert!(is_replayed(&again) && first.ends_with(&again.text()), "{first}\n{again}");
        assert_eq!(count(&key, "Traag").await, 1);
    }

    async fn the_key_of_a_request_that_breaks_off_can_be_used_again(server: &Server) {
        let key = server.portal().await.key().await;
        let slow = Slow::begin(&key, &server.url, "broken", &fields("Afgebroken"));
        assert_in_progress(&post_invalid(&key, "broken").await);
        drop(slow);
        until("the key is free", async || post_invalid(&key, "broken").await.status == 422).await;
        post(&key, "broken", CUSTOMERS, &fields("Afgebroken")).await.expect(200);
        assert_eq!(count(&key, "Afgebroken").await, 1);
    }

    async fn each_portal_and_each_of_its_keys_has_keys_of_its_own(server: &Server) {
        let (portal, other) = (server.portal().await, server.portal().await);
        let (one, two, foreign) = (portal.key().await, portal.key().await, other.key().await);
        let first = post(&one, "1", CUSTOMERS, &fields("Jansen")).await;
        for key in [&two, &foreign] {
            let own = post(key, "1", CUSTOMERS, &fields("Jansen")).await;
            assert!(own.status == 200 && !is_replayed(&own), "{own}");
            assert_ne!(own.json()["id"], first.json()["id"]);
            assert_replayed(&post(key, "1", CUSTOMERS, &fields("Jansen")).await, &own);
        }
        assert_eq!((count(&one, "Jansen").await, count(&foreign, "Jansen").await), (2, 1));
    }

    async fn an_apps_next_token_gets_the_answers_of_the_one_before(server: &Server) {
        let (app, _, tokens) = server.connected().await;
        let first = post(&server.bearer(&tokens.access), "1", CUSTOMERS, &fields("Jansen")).await;
        first.expect(200);
        let next = access_token(&app.refresh(&tokens.refresh).await);
        assert_replayed(&post(&server.bearer(&next), "1", CUSTOMERS, &fields("Jansen")).await, &first);
        // Without the scope it gets nothing.
        let narrow = access_token(&app.refresh_with(&tokens.refresh, &[("scope", "customers.read")]).await);
        post(&server.bearer(&narrow), "1", CUSTOMERS, &fields("Jansen")).await.expect(403);
    }

    async fn a_revoked_token_gets_no_answer_again(server: &Server) {
        let portal = server.portal().await;
        let key = portal.key().await;
        post(&key, "1", CUSTOMERS, &fields("Jansen")).await.expect(200);
        portal.revoke_key(&key.id, Timestamp::now()).await.unwrap();
        let refused = post(&key, "1", CUSTOMERS, &fields("Jansen")).await;
        assert!(refused.status == 401 && !refused.text().contains("Jansen"), "{refused}");
    }

    async fn what_was_carried_out_is_known_even_if_the_process_dies_right_then(engine: Engine) {
        const EACH: usize = 40;
        let mut server = Server::start(engine, &[]).await;
        let portal = server.portal().await;
        let key = portal.key().await;
        let caller = |url: &str, http: &reqwest::Client| Caller::new(url, http, Some(&key.token));
        for round in 0..4_u64 {
            // It dies while some of these are being answered.
            let before = caller(&server.url, &server.http);
            let sending: Vec<_> = (0..EACH).map(|number| {
                let name = format!("r{round}n{number}");
                let request = before.request(Method::POST, CUSTOMERS).header(HEADER, &name).json(&fields(&name));
                tokio::spawn(async move { request.send().await.ok()?.error_for_status().ok()?.bytes().await.ok() })
            }).collect();
            tokio::time::sleep(Duration::from_millis(5 + 15 * round)).await;
            let (_, _, database) = server.end("KILL");
            server = Server::start_on(database, &[]).await;
            let after = caller(&server.url, &server.http);
            for (number, sent) in sending.into_iter().enumerate() {
                let name = format!("r{round}n{number}");
                let again = post(&after, &name, CUSTOMERS, &fields(&name)).await;
                again.expect(200);
                if let Some(first) = sent.await.unwrap() {
                    assert!(is_replayed(&again) && again.bytes == first, "{again}");
                }
                assert_eq!(count(&after, &name).await, 1, "{name}");
            }
        }
        let customers = number(&server, "SELECT COUNT(*) AS value FROM customers").await;
        assert_eq!(customers, 4 * EACH as i64);
    }

    async fn after_a_day_a_key_is_free_and_its_row_deleted(engine: Engine) {
        const ROWS: &str = "SELECT COUNT(*) AS value FROM idempotency_keys";
        const USED: &str = "SELECT CAST(COALESCE(SUM(key_count), 0) AS BIGINT) AS value FROM idempotency_usage";
        const BYTES: &str = "SELECT CAST(SUM(byte_count) AS BIGINT) AS value FROM idempotency_usage";
        const ANSWERS: &str = "SELECT CAST(SUM(LENGTH(answer)) AS BIGINT) AS value FROM idempotency_keys";
        let server = InProcess::start(engine).await;
        let key = server.portal().await.key().await;
        let first = post(&key, "1", CUSTOMERS, &fields("Jansen")).await;
        server.clock.advance(DAY - SignedDuration::from_secs(60));
        assert_replayed(&post(&key, "1", CUSTOMERS, &fields("Jansen")).await, &first);
        idempotency::clean_up(&server.cleaner(), server.clock.now()).await.unwrap();
        assert_eq!(number(&server, ROWS).await, 1);
        server.clock.advance(SignedDuration::from_secs(61));
        // It is free whether or not the row is still there.
        let second = post(&key, "1", CUSTOMERS, &fields("Pietersen")).await;
        assert!(second.status == 200 && !is_replayed(&second), "{second}");
        assert_replayed(&post(&key, "1", CUSTOMERS, &fields("Pietersen")).await, &second);
        assert_eq!((number(&server, ROWS).await, number(&server, USED).await), (1, 1));
        assert_eq!(number(&server, BYTES).await, number(&server, ANSWERS).await, "of the second answer");
        server.clock.advance(DAY);
        idempotency::clean_up(&server.cleaner(), server.clock.now()).await.unwrap();
        assert_eq!((number(&server, ROWS).await, number(&server, USED).await), (0, 0));
        assert_eq!(number(&server, "SELECT COUNT(*) AS value FROM idempotency_usage").await, 0);
    }

    async fn a_portal_has_so_many_keys_a_day(engine: Engine) {
        let server = InProcess::start_with(engine, |_| vec!["--max-idempotency-keys-per-portal=6".into()]).await;
        let (key, other) = (server.portal().await.key().await, server.portal().await.key().await);
        let body = fields("Jansen");
        let names: Vec<String> = (0..12).map(|number| number.to_string()).collect();
        let answers = join_all(names.iter().map(|name| post(&key, name, CUSTOMERS, &body))).await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 3, "{answers:?}");
        for (name, answer) in names.iter().zip(&answers) {
            if answer.status == 200 {
                assert_replayed(&post(&key, name, CUSTOMERS, &body).await, answer);
            } else {
                let message = answer.expect(409)["message"].to_string();
                assert!(message.contains("max-idempotency-keys-per-portal"), "{message}");
            }
        }
        assert_eq!(count(&key, "Jansen").await, 3, "what is refused makes nothing");
        key.post(CUSTOMERS, fields("Jansen")).await.expect(200);
        post(&other, "1", CUSTOMERS, &fields("Jansen")).await.expect(200);
    }

    async fn no_key_or_app_takes_the_room_of_the_others(engine: Engine) {
        let flags = ["--max-idempotency-keys-per-portal=24", "--default-rate-limit=0"];
        let server = InProcess::start_with(engine, |_| flags.map(Into::into).to_vec()).await;
        let (app, portal, tokens) = server.connected().await;
        let script = portal.key().await;
        let all_it_gets = async |caller: &Caller, name: &str| {
            let names: Vec<String> = (0..20).map(|number| format!("{name}-{number}")).collect();
            let body = fields(name);
            let answers = join_all(names.iter().map(|name| post(caller, name, CUSTOMERS, &body))).await;
            let (made, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
            for answer in refused {
                let message = answer.expect(409)["message"].to_string();
                assert!(message.contains("max-idempotency-keys-per-portal"), "{message}");
            }
            made.len()
        };
        let of_app = server.bearer(&tokens.access);
        assert_eq!(all_it_gets(&of_app, "App").await, 12, "half");
        // Nor does its next token get more.
        let next = server.bearer(&access_token(&app.refresh(&tokens.refresh).await));
        post(&next, "next", CUSTOMERS, &fields("App")).await.expect(409);
        assert_eq!(all_it_gets(&script, "Script").await, 6, "half of the rest");
        post(&*portal.key().await, "1", CUSTOMERS, &fields("Derde")).await.expect(200);
        assert_eq!(number(&server, "SELECT COUNT(*) AS value FROM idempotency_keys").await, 19);
    }

    async fn what_a_portal_s_answers_take_is_bounded(engine: Engine) {
        // Each of 40 kB, of a megabyte.
        let flags = ["--max-idempotency-megabytes-per-portal=1", "--default-rate-limit=0"];
        let server = InProcess::start_with(engine, |_| flags.map(Into::into).to_vec()).await;
        let (portal, other) = (server.portal().await, server.portal().await.key().await);
        let (key, beside) = (portal.key().await, portal.key().await);
        let mut customers = Vec::new();
        for number in 0..8 {
            let mut customer = fields(&format!("Groot {number}"));
            customer["notes"] = "x".repeat(5000).into();
            customers.push(key.post(CUSTOMERS, customer).await.expect(200)["id"].clone());
        }
        let group = key.post("/v1/customer-groups", json!({ "name": "Groot" })).await.expect(200);
        let path = format!("/v1/customer-groups/{}/customers", group["id"].as_str().unwrap());
        let body = json!({ "customers": customers });
        let names: Vec<String> = (0..20).map(|number| number.to_string()).collect();
        let answers = join_all(names.iter().map(|name| post(&key, name, &path, &body))).await;
        let (made, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
        let each = i64::try_from(made[0].bytes.len()).unwrap();
        assert!(each > 40_000 && (8..=12).contains(&made.len()), "{} of {each}", made.len());
        for answer in &refused {
            let message = answer.expect(409)["message"].to_string();
            assert!(message.contains("max-idempotency-megabytes-per-portal"), "{message}");
        }
        let stored = "SELECT CAST(SUM(LENGTH(answer)) AS BIGINT) AS value FROM idempotency_keys";
        let stored = number(&server, stored).await;
        assert!((500_000 - 2 * each..=500_000).contains(&stored), "{stored}");
        assert_eq!(number(&server, "SELECT CAST(SUM(byte_count) AS BIGINT) AS value FROM idempotency_usage").await, stored);
        // Small answers still fit, others' too, and another portal has room of its own.
        post(&key, "small", CUSTOMERS, &fields("Klein")).await.expect(200);
        post(&beside, "1", &path, &body).await.expect(200);
        post(&other, "1", CUSTOMERS, &fields("Elders")).await.expect(200);
    }

    async fn a_malformed_key_is_refused(server: &Server) {
        let key = server.portal().await.key().await;
        let longest = "x".repeat(255);
        for good in [longest.as_str(), "\"een sleutel\"", "a/b:c;d=e"] {
            post(&key, good, CUSTOMERS, &fields("Goed")).await.expect(200);
        }
        for wrong in ["", "\"\"", &format!("{longest}x"), "a b", "a,b", "\"a", "\"a\";b=1"] {
            let refused = post(&key, wrong, CUSTOMERS, &fields("Fout")).await;
            assert!(refused.expect(400)["message"].as_str().unwrap().contains("1 to 255"), "{refused}");
        }
        let twice = key.request(Method::POST, CUSTOMERS).header(HEADER, "a").header(HEADER, "a").json(&fields("Fout"));
        Answer::to(twice).await.expect(400);
        assert_eq!((count(&key, "Goed").await, count(&key, "Fout").await), (3, 0));
    }

    async fn other_methods_take_no_key(server: &Server) {
        let key = server.portal().await.key().await;
        let ids = make_ids(&key).await;
        let path = format!("{CUSTOMERS}/{}", ids["customerId"]);
        for name in ["Eerst", "Dan"] {
            let patch = key.request(Method::PATCH, &path).header(HEADER, "one").json(&json!({ "companyName": name }));
            let answer = Answer::to(patch).await;
            assert_eq!((&answer.expect(200)["companyName"], answer.header(REPLAYED)), (&json!(name), None));
        }
        let read = Answer::to(key.request(Method::GET, &path).header(HEADER, "a b")).await;
        assert_eq!((&read.expect(200)["companyName"], read.header(REPLAYED)), (&json!("Dan"), None));
    }

    async fn an_answer_that_is_too_large_is_not_stored_and_the_request_not_repeated(server: &Server) {
        let portal = server.portal().await;
        let key = portal.key().await;
        let mut customers = Vec::new();
        for number in 0..14 {
            let mut customer = fields(&format!("Groot {number}"));
            customer["notes"] = "x".repeat(5000).into();
            customers.push(key.post(CUSTOMERS, customer).await.expect(200)["id"].clone());
        }
        let group = key.post("/v1/customer-groups", json!({ "name": "Groot" })).await.expect(200);
        let path = format!("/v1/customer-groups/{}/customers", group["id"].as_str().unwrap());
        let body = json!({ "customers": customers });
        let first = post(&key, "large", &path, &body).await;
        first.expect(200);
        assert!(first.bytes.len() > idempotency::LONGEST_BODY);
        let again = post(&key, "large", &path, &body).await;
        assert!(again.expect(409)["message"].as_str().unwrap().contains("already been carried out"), "{again}");
        assert_eq!(again.header("retry-after"), None, "waiting doesn't help");
        let stored = "SELECT COALESCE(MAX(LENGTH(answer)), 0) AS value FROM idempotency_keys WHERE portal_id = ?1";
        let Single(stored) = server.db.row::<Single<i64>>(stored, &[portal.id.to_param()]).await.unwrap().unwrap();
        assert_eq!(stored, 0);
    }

    async fn answers_are_encrypted_for_their_own_request(server: &Server) {
        let portal = server.portal().await;
        let key = portal.key().await;
        let (one, two) = (fields("Geheimzinnig"), fields("Opvallend"));
        post(&key, "sleutel-een", CUSTOMERS, &one).await.expect(200);
        post(&key, "sleutel-twee", CUSTOMERS, &two).await.expect(200);
        let column = async |sql: &'static str| -> Vec<Vec<u8>> {
            let rows: Vec<Single<Vec<u8>>> = server.db.rows(sql, &[portal.id.to_param()]).await.unwrap();
            rows.into_iter().map(|Single(value)| value).collect()
        };
        let ids = column("SELECT id AS value FROM idempotency_keys WHERE portal_id = ?1 ORDER BY id").await;
        let answers = column("SELECT answer AS value FROM idempotency_keys WHERE portal_id = ?1 ORDER BY id").await;
        assert_eq!((ids.len(), answers.len()), (2, 2));
        for bytes in ids.iter().chain(&answers) {
            let text = String::from_utf8_lossy(bytes);
            assert!(["Geheim", "Opval", "sleutel", "example"].iter().all(|part| !text.contains(part)), "{text}");
        }
        // An answer that was moved to another request is not given, and nothing is made again.
        for (id, answer) in ids.iter().zip(answers.iter().rev()) {
            let sql = "UPDATE idempotency_keys SET answer = ?2 WHERE id = ?1";
            server.db.execute(sql, &[id.to_param(), answer.to_param()]).await.unwrap();
        }
        for (name, body) in [("sleutel-een", &one), ("sleutel-twee", &two)] {
            let refused = post(&key, name, CUSTOMERS, body).await;
            assert!(refused.expect(409)["message"].as_str().unwrap().contains("already been carried out"), "{refused}");
        }
        assert_eq!((count(&key, "Geheimzinnig").await, count(&key, "Opvallend").await), (1, 1));
    }

    async fn a_page_s_script_can_send_a_key_and_see_a_repeated_answer(server: &Server) {
        let key = server.portal().await.key().await;
        let ask = async || {
            let request = key.request(Method::POST, CUSTOMERS).header("Origin", "https://app.example").header(HEADER, "1");
            Answer::to(request.json(&fields("Jansen"))).await
        };
        ask().await.expect(200);
        let again = ask().await;
        let exposed = again.header("access-control-expose-headers").unwrap();
        assert!(is_replayed(&again) && exposed.split(',').any(|name| name == REPLAYED), "{again}");
    }
}
