//! What programs and people get, as plain files in `tests/snapshots/`: a change of one is seen in review.
//! `WRITE_SNAPSHOTS=1` writes them anew. What differs each time (ids, times, secrets, ports) is left out.

use std::path::Path;

use jiff::Timestamp;
use klantportaal::db::{Single, ToParam};
use serde_json::{Value, json};

use crate::support::{Browser, Instance, Portal};

/// Compares a text with its file.
#[track_caller]
fn compare(name: &str, text: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots");
    let (path, text) = (folder.join(name), format!("{}\n", text.trim_end()));
    if std::env::var_os("WRITE_SNAPSHOTS").is_some() {
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(&path, &text).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(
        written, text,
        "tests/snapshots/{name} differs; if that is on purpose, write it anew: \
         WRITE_SNAPSHOTS=1 scripts/test rust -- --test it snapshots::"
    );
}

/// A text without the server's address, ids and secrets.
fn lasting(server: &Instance, text: &str) -> String {
    let text = text.replace(&server.url, "http://server");
    let (mut kept, mut word) = (String::new(), String::new());
    for c in text.chars().chain(['\n']) {
        if c.is_ascii_alphanumeric() || c == '_' {
            word.push(c);
            continue;
        }
        match word.split_once('_') {
            Some((kind, rest)) if (3..=4).contains(&kind.len()) && rest.len() >= 14 => {
                kept.push_str(kind);
                kept.push_str("_…");
            }
            _ => kept.push_str(&word),
        }
        word.clear();
        kept.push(c);
    }
    kept.trim_end().to_owned()
}

/// The same for JSON, also without times.
fn lasting_json(server: &Instance, value: &Value) -> String {
    fn without_times(value: &mut Value) {
        match value {
            Value::String(text) if text.parse::<Timestamp>().is_ok() => "(a time)".clone_into(text),
            Value::Array(items) => items.iter_mut().for_each(without_times),
            Value::Object(fields) => {
                for (name, value) in fields.iter_mut() {
                    if name == "requestId" {
                        *value = json!("…");
                    }
                    without_times(value);
                }
            }
            _ => {}
        }
    }
    let mut value = value.clone();
    without_times(&mut value);
    lasting(server, &serde_json::to_string_pretty(&value).unwrap())
}

/// What was answered to a key, by what was asked for.
async fn views(portal: &Portal) -> Vec<(&'static str, Value)> {
    let key = portal.key().await;
    let customer = json!({
        "companyName": "Bakkerij De Korenaar", "address": "Molenstraat 12", "zipCode": "5211 DR",
        "city": "Den Bosch", "primaryEmail": "info@korenaar.example",
    });
    let created = key.post("/v1/customers", customer).await.expect(200);
    let one = format!("/v1/customers/{}", created["id"].as_str().unwrap());
    let group = key.post("/v1/customer-groups", json!({ "name": "Vaste klanten" })).await;
    let all = vec![
        ("portal", key.get("/v1/portal").await.expect(200)),
        ("customer", key.get(&one).await.expect(200)),
        ("customers", key.get("/v1/customers").await.expect(200)),
        ("customer-group", group.json()),
        ("invalid", key.post("/v1/customers", json!({ "zipCode": "x" })).await.expect(422)),
        ("not-found", key.get("/v1/customers/cst_abc12345def678").await.expect(404)),
    ];
    key.delete(&one).await;
    all
}

both_engines! {
    async fn the_openapi_document(server: &Server) {
        let document = Browser::new(&server.url).get("/docs/openapi.json").await.json();
        compare("openapi.json", &serde_json::to_string_pretty(&document).unwrap().replace(&server.url, "http://server"));
    }

    async fn views_errors_and_events(server: &Server) {
        let portal = server.portal().await;
        for (name, view) in views(&portal).await {
            compare(&format!("view-{name}.json"), &lasting_json(server, &view));
        }
        let sql = "SELECT type || ' ' || data AS value FROM events WHERE portal_id = ?1 ORDER BY type";
        let events: Vec<Single<String>> = server.db.rows(sql, &[portal.id.to_param()]).await.unwrap();
        for Single(event) in events {
            let (kind, data) = event.split_once(' ').unwrap();
            compare(&format!("event-{kind}.json"), &lasting_json(server, &serde_json::from_str(data).unwrap()));
        }
    }

    async fn mail(server: &Server) {
        for lang in ["nl", "en"] {
            let portal = server.portal().await;
            let browser = Browser::new(&server.url);
            browser.set_cookie("language", lang);
            let form = browser.page("/manage/forgot-password").await.form();
            form.with("email", &portal.owner_email).send(&browser).await;
            let mailbox = server.mailbox(&portal.owner_email);
            mailbox.link(1).await;
            let text = lasting(server, &mailbox.texts()[0]).replace(&portal.owner_email, "owner@example.nl");
            compare(&format!("mail-password-reset-{lang}.txt"), &text);
        }
    }
}
