//! `/v1/file-requests`, the public page to upload, and the pages of the portal.

use futures_util::future::join_all;
use jiff::SignedDuration;
use klantportaal::db::{Single, ToParam};
use serde_json::{Value, json};

use crate::customers::fields;
use crate::file_shares::id;
use crate::support::{Answer, Browser, FilledForm, InProcess, Instance, Key, Page};

const PATH: &str = "/v1/file-requests";
const LIST: &str = "/manage/file-requests";

/// The path of a request's public page.
fn public(request: &Value) -> String {
    let href = request["links"]["publicRequest"]["href"].as_str().unwrap();
    format!("/{}", href.splitn(4, '/').last().unwrap())
}

async fn ask(key: &Key, body: Value) -> Value {
    key.post(PATH, body).await.expect(200)
}

async fn again(key: &Key, request: &Value) -> Value {
    key.get(&format!("{PATH}/{}", id(request))).await.expect(200)
}

/// Sends a form with these files, each in the field with this name.
pub async fn upload(guest: &Browser, form: &FilledForm, files: &[(&str, &str, &str)]) -> Answer {
    let mut body = String::new();
    for (name, value) in &form.fields {
        body += &format!(
            "--grens\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        );
    }
    for (field, name, content) in files {
        body += &format!(
            "--grens\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\n\r\n{content}\r\n"
        );
    }
    body += "--grens--\r\n";
    guest.post_raw(&form.action, "multipart/form-data; boundary=grens", body, &[]).await
}

async fn form(guest: &Browser, link: &str) -> FilledForm {
    guest.page(link).await.form_to(link)
}

fn asked(request: &Value, index: usize) -> &str {
    id(&request["requestedFiles"][index])
}

async fn content(server: &Instance, key: &Key, file: &Value) -> String {
    let link = key.get(&format!("/v1/files/{}/download", file.as_str().unwrap())).await.expect(200);
    server.nobody().get(link["link"].as_str().unwrap().trim_start_matches(&server.url)).await.text()
}

async fn actions(server: &Instance, portal: &str) -> Vec<String> {
    let sql = "SELECT DISTINCT action AS value FROM audit_events
         WHERE portal_id = ?1 AND action LIKE 'file_request%' ORDER BY action";
    let rows: Vec<Single<String>> = server.db.rows(sql, &[portal.to_param()]).await.unwrap();
    rows.into_iter().map(|Single(action)| action).collect()
}

both_engines! {
    async fn files_are_asked_for_uploaded_and_complete(server: &Server) {
        let key = server.portal().await.key().await;
        let customer = key.post("/v1/customers", fields("Bakkerij")).await.expect(200);
        let directory = key.post("/v1/files", json!({ "name": "Jaar" })).await.expect(200);
        let made = ask(&key, json!({
            "name": "Jaarstukken", "description": "Graag snel", "customerId": id(&customer), "directoryId": id(&directory),
            "requestedFiles": [{ "name": "Balans", "required": true, "maxFileSize": 1 }, { "name": "Foto" }], "dueAt": "2031-01-01 12:00:00",
        })).await;
        assert!(id(&made).starts_with("frq_") && asked(&made, 0).starts_with("fqf_"));
        let first = json!({ "id": asked(&made, 0), "name": "Balans", "description": null, "required": true, "maxFileSize": 1, "uploadedFileId": null });
        assert_eq!((&made["requestedFiles"][0], &made["requestedFiles"][1]["required"]), (&first, &json!(false)));
        assert_eq!((&made["customerId"], &made["directoryId"]), (&customer["id"], &directory["id"]));
        assert_eq!((&made["completedAt"], &made["dueAt"]), (&Value::Null, &json!("2031-01-01T12:00:00+01:00")));
        assert_eq!(made["links"]["customer"]["href"], format!("{}/v1/customers/{}", server.url, id(&customer)));
        assert_eq!(again(&key, &made).await, made);
        assert_eq!(key.get(PATH).await.expect(200)["data"], json!([made]));

        let (guest, link) = (Browser::new(&server.url), public(&made));
        let page = guest.get(&link).await;
        for (name, value) in [("x-robots-tag", "noindex, nofollow"), ("referrer-policy", "no-referrer")] {
            assert_eq!(page.header(name), Some(value), "{page}");
        }
        let own = form(&guest, &link).await;
        let large = "x".repeat(1025);
        for (files, fault) in [(vec![], "Kies"), (vec![(asked(&made, 0), "a.txt", large.as_str())], "te groot")] {
            let refused = Page::of(&upload(&guest, &own, &files).await);
            assert!(refused.says(fault), "{}", refused.html);
        }
        assert_eq!(again(&key, &made).await, made, "nothing came in");
        let sent = upload(&guest, &own, &[(asked(&made, 0), "balans.txt", "1025")]).await;
        assert_eq!((sent.status, sent.header("location")), (303, Some(link.as_str())), "{sent}");
        assert_eq!(upload(&guest, &own, &[(asked(&made, 0), "balans.txt", "1025")]).await.status, 303, "a form that is sent twice is one upload");
        let done = again(&key, &made).await;
        assert!(done["completedAt"].is_string() && done["requestedFiles"][1]["uploadedFileId"].is_null(), "{done}");
        let file = &done["requestedFiles"][0]["uploadedFileId"];
        assert_eq!(content(server, &key, file).await, "1025");
        let within = key.get(&format!("/v1/files?directory={}", id(&directory))).await.expect(200);
        assert_eq!(within["data"].as_array().unwrap().len(), 1, "{within}");
        let page = guest.page(&link).await;
        assert!(page.says("balans.txt") && !page.html.contains(file.as_str().unwrap()), "by its name only: {}", page.html);
        let other = Page::of(&upload(&guest, &form(&guest, &link).await, &[(asked(&made, 0), "ander.txt", "2")]).await);
        assert!(other.says("al een bestand ontvangen"), "what came in stays: {}", other.html);

        // A deleted file is gone, and its request goes on.
        key.delete(&format!("/v1/files/{}", file.as_str().unwrap())).await.expect_nothing();
        assert!(again(&key, &made).await["requestedFiles"][0]["uploadedFileId"].is_null());
        key.delete(&format!("{PATH}/{}", id(&made))).await.expect_nothing();
        key.get(&format!("{PATH}/{}", id(&made))).await.expect(404);
        assert_eq!(guest.get(&link).await.status, 404);
        assert_eq!(upload(&guest, &own, &[(asked(&made, 1), "foto.txt", "f")]).await.status, 404);
    }

    async fn of_two_uploads_at_once_one_comes_in(server: &Server) {
        let portal = server.portal().await;
        let key = portal.key().await;
        let made = ask(&key, json!({ "name": "A", "requestedFiles": [{ "name": "B", "required": true }] })).await;
        let link = public(&made);
        let guests: Vec<Browser> = (0..4).map(|_| Browser::new(&server.url)).collect();
        let forms = join_all(guests.iter().map(|guest| form(guest, &link))).await;
        let texts = ["een", "twee", "drie", "vier"];
        let files: Vec<[(&str, &str, &str); 1]> = texts.map(|text| [(asked(&made, 0), "a.txt", text)]).into();
        let sent = join_all((0..4).map(|index| upload(&guests[index], &forms[index], &files[index]))).await;
        let won: Vec<usize> = (0..4).filter(|index| sent[*index].status == 303).collect();
        assert_eq!(won.len(), 1, "{:?}", sent.iter().map(|answer| answer.status).collect::<Vec<_>>());
        let refused = sent.iter().find(|answer| answer.status != 303).unwrap();
        assert!(Page::of(refused).says("al een bestand ontvangen"), "{refused}");
        let done = again(&key, &made).await;
        assert_eq!(content(server, &key, &done["requestedFiles"][0]["uploadedFileId"]).await, texts[won[0]]);
        assert_eq!(key.get("/v1/files").await.expect(200)["data"].as_array().unwrap().len(), 1);
        let folder = server.database.folder().join("files").join(portal.id.as_str());
        assert_eq!(std::fs::read_dir(folder).unwrap().count(), 1, "the others' contents are gone");
    }

    async fn what_cannot_be_asked_is_named(server: &Server) {
        let key = server.portal().await.key().await;
        let file = json!({ "name": "A" });
        let many: Vec<Value> = vec![file.clone(); 11];
        for (body, faults) in [
            (json!({}), vec!["name", "requestedFiles"]),
            (json!({ "name": "A", "requestedFiles": [] }), vec!["requestedFiles"]),
            (json!({ "name": "A", "requestedFiles": many }), vec!["requestedFiles"]),
            (json!({ "name": "A", "requestedFiles": [{ "name": "", "maxFileSize": 0 }] }), vec!["requestedFiles.0.maxFileSize", "requestedFiles.0.name"]),
            (json!({ "name": "A", "requestedFiles": [file], "customerId": "cst_abc12345def678" }), vec!["customerId"]),
            (json!({ "name": "A", "requestedFiles": [file], "directoryId": "fsd_abc12345def678" }), vec!["directoryId"]),
            (json!({ "name": "A", "requestedFiles": [file], "directoryId": "fsf_abc12345def678" }), vec!["directoryId"]),
            (json!({ "name": "A", "requestedFiles": [file], "dueAt": "2020-01-01 10:00:00" }), vec!["dueAt"]),
        ] {
            assert_eq!(key.post(PATH, body.clone()).await.faulty_fields(), faults, "{body}");
        }
        assert_eq!(key.get(PATH).await.expect(200)["data"], json!([]));
    }

    async fn a_customer_is_asked_on_pages_reminded_and_no_longer_asked(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        let key = portal.key().await;
        let email = format!("klant-{:016x}@example.nl", rand::random::<u64>());
        let mut details = fields("Bakkerij");
        details["primaryEmail"] = json!(email);
        let customer = key.post("/v1/customers", details).await.expect(200);
        let path = format!("{LIST}/with/{}", id(&customer));
        assert!(browser.page(&format!("/manage/customers/{}", id(&customer))).await.html.contains(&path));
        let own = browser.page(&path).await.form_to(&path);
        assert!(own.clone().send_to_page(&browser).await.html.contains("error-summary"));
        let own = own.with("name", "Stukken").with("requestedFiles", "Balans\n\nKopie contract\n").with("optionalFiles", "Foto");
        let answer = own.clone().send(&browser).await;
        assert_eq!(answer.status, 303, "{answer}");
        let page = answer.header("location").unwrap().to_owned();
        assert_eq!(own.send(&browser).await.header("location"), Some(page.as_str()), "a form that is sent twice makes one");
        let made = key.get(&page.replace("/manage", "/v1")).await.expect(200);
        let required: Vec<bool> = made["requestedFiles"].as_array().unwrap().iter().map(|file| file["required"].as_bool().unwrap()).collect();
        assert_eq!(required, [true, true, false]);
        let shown = browser.page(&page).await;
        assert!(shown.says("0 van 3 ontvangen") && shown.html.contains(&public(&made)), "{}", shown.html);
        assert!(browser.page(LIST).await.says("Stukken"));
        let remind = shown.form_to("/remind");
        assert_eq!(remind.send(&browser).await.status, 303);
        let mail = server.mailbox(&email).wait_for(1).await;
        assert!(mail.contains(&public(&made)) && mail.contains("Stukken"), "{mail}");

        let guest = Browser::new(&server.url);
        let own = form(&guest, &public(&made)).await;
        let files = [(asked(&made, 0), "a.txt", "een"), (asked(&made, 1), "a.txt", "twee")];
        assert_eq!(upload(&guest, &own, &files).await.status, 303);
        let shown = browser.page(&page).await;
        assert!(shown.says("2 van 3 ontvangen"), "{}", shown.html);
        assert_eq!(key.get("/v1/files").await.expect(200)["data"].as_array().unwrap().len(), 2, "nothing is overwritten");
        assert!(!shown.html.contains("/remind"), "nobody has to be asked");
        assert!(shown.says("Balans (a.txt)") && shown.says("Opnieuw gevraagd: ") && shown.says(&email), "{}", shown.html);
        assert_eq!(remind.send(&browser).await.status, 409);
        let delete = browser.page(&format!("{page}/delete")).await.form_to("/delete");
        assert_eq!(delete.send(&browser).await.header("location"), Some(LIST));
        assert_eq!(actions(server, portal.id.as_str()).await, ["file_request_answered", "file_request_created", "file_request_deleted", "file_request_reminded"]);
    }

    async fn customers_are_reminded_in_time_as_long_as_something_is_missing(engine: Engine) {
        let server = InProcess::start(engine).await;
        let key = server.portal().await.key().await;
        let customer = key.post("/v1/customers", fields("Bakkerij")).await.expect(200);
        let email = customer["primaryEmail"].as_str().unwrap().to_owned();
        let due = server.clock.now() + SignedDuration::from_hours(5 * 24);
        let due = jiff::tz::TimeZone::get("Europe/Amsterdam").unwrap().to_datetime(due);
        let due = due.strftime("%Y-%m-%d %H:%M:%S").to_string();
        let body = |name: &str| json!({ "name": name, "customerId": id(&customer), "dueAt": due, "requestedFiles": [{ "name": "B", "required": true }] });
        let (open, gone) = (ask(&key, body("Open")).await, ask(&key, body("Ingetrokken")).await);
        key.delete(&format!("{PATH}/{}", id(&gone))).await.expect_nothing();
        server.clock.advance(SignedDuration::from_hours(49));
        let mail = server.mailbox(&email).wait_for(1).await;
        assert!(mail.contains(&public(&open)), "{mail}");
        let guest = Browser::new(&server.url);
        let own = form(&guest, &public(&open)).await;
        assert_eq!(upload(&guest, &own, &[(asked(&open, 0), "a.txt", "een")]).await.status, 303);
        server.clock.advance(SignedDuration::from_hours(5 * 24));
        server.queue_is_empty().await;
        assert_eq!(server.mailbox(&email).texts().len(), 1, "nothing is missing any more");
    }

    async fn a_customer_is_asked_again_once_an_hour(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (portal, browser) = server.portal_and_browser().await;
        let key = portal.key().await;
        let customer = key.post("/v1/customers", fields("Bakkerij")).await.expect(200);
        let email = customer["primaryEmail"].as_str().unwrap().to_owned();
        let made = ask(&key, json!({ "name": "Stukken", "customerId": id(&customer), "requestedFiles": [{ "name": "B", "required": true }] })).await;
        let page = format!("{LIST}/{}", id(&made));
        let form = browser.page(&page).await.form_to("/remind");
        // At once in two windows, and again a moment later.
        let twins = [Browser::twin(&browser), Browser::twin(&browser)];
        for sent in join_all(twins.iter().map(|twin| form.send(twin))).await {
            assert_eq!((sent.status, sent.header("location")), (303, Some(page.as_str())), "{sent}");
        }
        server.clock.advance(SignedDuration::from_secs(59));
        assert_eq!(form.send(&browser).await.status, 303);
        server.queue_is_empty().await;
        assert_eq!(server.mailbox(&email).texts().len(), 1);
        let shown = browser.page(&page).await;
        assert!(shown.says("het afgelopen uur opnieuw gevraagd") && !shown.html.contains("/remind"), "{}", shown.html);

        server.clock.advance(SignedDuration::from_mins(58));
        let refused = form.clone().send_to_page(&browser).await;
        assert!(refused.says("minder dan een uur geleden al opnieuw gevraagd"), "{}", refused.html);
        browser.get("/language/en?next=/manage").await;
        let refused = form.clone().send_to_page(&browser).await;
        assert!(refused.says("was asked again less than an hour ago"), "{}", refused.html);
        browser.get("/language/nl?next=/manage").await;
        server.queue_is_empty().await;
        assert_eq!(server.mailbox(&email).texts().len(), 1);

        server.clock.advance(SignedDuration::from_mins(2));
        assert_eq!(browser.page(&page).await.form_to("/remind").send(&browser).await.status, 303);
        let mail = server.mailbox(&email).wait_for(2).await;
        assert!(mail.contains(&public(&made)), "{mail}");
        for shown in [browser.page(&page).await, browser.page(&format!("{page}/history")).await] {
            assert_eq!(shown.html.matches("Opnieuw gevraagd: ").count(), 2, "{}", shown.html);
        }
        let (_, stranger) = server.portal_and_browser().await;
        for action in ["/history", ""] {
            assert_eq!(stranger.get(&format!("{page}{action}")).await.status, 404);
        }

        // The history goes with the request, also when that goes with its customer.
        key.delete(&format!("/v1/customers/{}", id(&customer))).await.expect_nothing();
        let ended = "SELECT count(*) AS value FROM history WHERE row_id = ?1 AND ended_at IS NOT NULL";
        let ended: Option<Single<i64>> = server.db.row(ended, &[id(&made).to_param()]).await.unwrap();
        assert_eq!(ended.map(|Single(count)| count), Some(3));
    }

    async fn an_upload_without_room_ends_early(engine: Engine) {
        let flags = |_| vec!["--max-file-megabytes-per-portal=1".to_owned()];
        let server = InProcess::start_with(engine, flags).await;
        let key = server.portal().await.key().await;
        let made = ask(&key, json!({ "name": "A", "requestedFiles": [{ "name": "B" }] })).await;
        let (guest, link) = (Browser::new(&server.url), public(&made));
        let own = form(&guest, &link).await;
        let large = "x".repeat(1_500_000);
        let refused = upload(&guest, &own, &[(asked(&made, 0), "a.txt", &large)]).await;
        assert_eq!(refused.status, 409, "{}", refused.status);
        assert!(again(&key, &made).await["requestedFiles"][0]["uploadedFileId"].is_null());
    }
}
