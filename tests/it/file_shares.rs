//! `/v1/file-shares`.

use futures_util::future::join_all;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::customers::fields;
use crate::support::{InProcess, Key};

const PATH: &str = "/v1/file-shares";

pub fn id(row: &Value) -> &str {
    row["id"].as_str().unwrap()
}

/// The path of a share's public page.
pub fn public(share: &Value) -> String {
    let href = share["links"]["publicShare"]["href"].as_str().unwrap();
    format!("/{}", href.splitn(4, '/').last().unwrap())
}

pub async fn file(key: &Key, name: &str, content: &str) -> String {
    let file = key.upload("/v1/files", name, content, &[]).await.expect(200);
    id(&file).to_owned()
}

pub async fn share(key: &Key, body: Value) -> Value {
    key.post(PATH, body).await.expect(200)
}

fn names(share: &Value) -> Vec<&str> {
    let content = share["sharedContent"].as_array().unwrap().iter();
    content.map(|entry| entry["name"].as_str().unwrap()).collect()
}

both_engines! {
    async fn files_are_shared_listed_and_no_longer_shared(server: &Server) {
        let key = server.portal().await.key().await;
        let customer = key.post("/v1/customers", fields("Bakkerij")).await.expect(200);
        let (one, two) = (file(&key, "b.txt", "een").await, file(&key, "a.txt", "twee").await);
        let directory = key.post("/v1/files", json!({ "name": "Map" })).await.expect(200);
        let body = json!({ "content": [one, id(&directory), two, one], "customerId": id(&customer) });
        let made = share(&key, body).await;
        assert!(id(&made).starts_with("fss_"));
        assert_eq!(names(&made), ["Map", "a.txt", "b.txt"], "each once, directories first");
        assert_eq!(made["sharedWithCustomerId"], customer["id"]);
        let expected = json!({ "href": format!("{}/v1/customers/{}", server.url, id(&customer)), "type": "application/json" });
        assert_eq!(made["links"]["customer"], expected);
        assert_eq!(made["links"]["publicShare"]["type"], "text/html");
        assert!(public(&made).starts_with("/shares/kpf_"), "{made}");
        assert_eq!(key.get(&format!("{PATH}/{}", id(&made))).await.expect(200), made, "the link is shown again");
        assert_eq!(made["sharedContent"][2]["fileShareId"], made["id"]);

        let open = share(&key, json!({ "content": [two], "name": "Tekening", "expiresAt": "2031-01-01 12:00:00", "password": "paard-en-wagen" })).await;
        assert_eq!(open["links"]["customer"], Value::Null);
        assert_eq!((&open["sharedWithCustomerId"], &open["name"]), (&Value::Null, &json!("Tekening")));
        assert_eq!((&open["expiresAt"], &open["hasPassword"]), (&json!("2031-01-01T12:00:00+01:00"), &json!(true)));
        assert!(!open.to_string().contains("paard"), "{open}");
        let all = key.get(PATH).await.expect(200);
        assert_eq!(all["data"], json!([open, key.get(&format!("{PATH}/{}", id(&made))).await.expect(200)]));
        let own = key.get(&format!("{PATH}?customerId={}", id(&customer))).await.expect(200);
        assert_eq!(id(&own["data"][0]), id(&made));
        let found = key.get(&format!("{PATH}?search=tekening")).await.expect(200);
        assert_eq!(id(&found["data"][0]), id(&open));

        key.delete(&format!("{PATH}/{}", id(&open))).await.expect_nothing();
        key.get(&format!("{PATH}/{}", id(&open))).await.expect(404);
        key.delete(&format!("{PATH}/{}", id(&open))).await.expect(404);
        // What is deleted is no longer shared, and a share goes with its customer.
        key.delete(&format!("/v1/files/{one}")).await.expect_nothing();
        let left = key.get(&format!("{PATH}/{}", id(&made))).await.expect(200);
        assert_eq!(names(&left), ["Map", "a.txt"]);
        key.delete(&format!("/v1/customers/{}", id(&customer))).await.expect_nothing();
        key.get(&format!("{PATH}/{}", id(&made))).await.expect(404);
        assert_eq!(server.nobody().get(&public(&made)).await.status, 404);
    }

    async fn what_cannot_be_shared_is_named(server: &Server) {
        let key = server.portal().await.key().await;
        let one = file(&key, "a.txt", "een").await;
        let many: Vec<String> = (0..101).map(|number| format!("fsf_x{number}")).collect();
        for (body, faults) in [
            (json!({}), vec!["content"]),
            (json!({ "content": [] }), vec!["content"]),
            (json!({ "content": many }), vec!["content"]),
            (json!({ "content": ["cst_abc12345def678"] }), vec!["content"]),
            (json!({ "content": "fsf_abc12345def678" }), vec!["content"]),
            (json!({ "content": ["fsf_abc12345def678"] }), vec!["content"]),
            (json!({ "content": [one], "customerId": "cst_abc12345def678" }), vec!["customerId"]),
            (json!({ "content": [one], "password": "12345", "expiresAt": "2024-04-31 10:00:00" }), vec!["expiresAt", "password"]),
            (json!({ "content": [one], "expiresAt": "2020-01-01 10:00:00" }), vec!["expiresAt"]),
            (json!({ "content": [one], "name": "\u{200b}" }), vec!["name"]),
        ] {
            assert_eq!(key.post(PATH, body.clone()).await.faulty_fields(), faults, "{body}");
        }
        assert_eq!(key.get(PATH).await.expect(200)["data"], json!([]));
    }

    async fn a_share_and_the_end_of_its_file_at_once_leave_no_loose_end(server: &Server) {
        let key = server.portal().await.key().await;
        for _ in 0..4 {
            let one = file(&key, "a.txt", "een").await;
            let (path, body) = (format!("/v1/files/{one}"), json!({ "content": [one] }));
            let (shared, deleted) = tokio::join!(key.post(PATH, body), key.delete(&path));
            deleted.expect_nothing();
            assert!([200, 422].contains(&shared.status), "{shared}");
        }
        // Of several who stop the same sharing at once, one does.
        let one = file(&key, "a.txt", "een").await;
        let made = share(&key, json!({ "content": [one] })).await;
        let path = format!("{PATH}/{}", id(&made));
        let ended = join_all((0..4).map(|_| key.delete(&path))).await;
        let mut statuses: Vec<u16> = ended.iter().map(|answer| answer.status).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [204, 404, 404, 404]);
    }

    async fn a_portal_has_only_so_many(engine: Engine) {
        let flags = |_| vec!["--max-file-shares-per-portal=2".to_owned()];
        let server = InProcess::start_with(engine, flags).await;
        let key = server.portal().await.key().await;
        let one = file(&key, "a.txt", "een").await;
        let made = join_all((0..4).map(|_| key.post(PATH, json!({ "content": [one] })))).await;
        assert_eq!(made.iter().filter(|answer| answer.status == 200).count(), 2);
        assert!(made.iter().all(|answer| [200, 409].contains(&answer.status)));
    }

    async fn a_link_ends_at_its_time(engine: Engine) {
        let server = InProcess::start(engine).await;
        let key = server.portal().await.key().await;
        let one = file(&key, "a.txt", "een").await;
        let end = server.clock.now() + SignedDuration::from_hours(30);
        let end = jiff::tz::TimeZone::get("Europe/Amsterdam").unwrap().to_datetime(end);
        let end = end.strftime("%Y-%m-%d %H:%M:%S").to_string();
        let made = share(&key, json!({ "content": [one], "expiresAt": end })).await;
        assert_eq!(server.nobody().get(&public(&made)).await.status, 200);
        server.clock.advance(SignedDuration::from_hours(31));
        assert_eq!(server.nobody().get(&public(&made)).await.status, 404);
        assert_eq!(key.get(&format!("{PATH}/{}", id(&made))).await.expect(200)["downloads"], 0);
    }
}
