//! Files that are sent along with messages of tickets.

use std::path::PathBuf;

use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use klantportaal::db::{Single, ToParam};
use klantportaal::maintenance::remove_orphans;
use reqwest::Method;
use serde_json::{Value, json};

use crate::customers::fields;
use crate::support::tickets::{OPEN, add};
use crate::support::{Answer, Browser, InProcess, Instance, Key, Portal};

const PICTURE: &[u8] = b"\x89PNG\r\n\x1a\n...";

/// Writes in a ticket with files, by the form of a page that ends in this action.
async fn write(browser: &Browser, page: &str, action: &str, files: &[(&str, &[u8])]) -> Answer {
    let own = if action == "/note" { action } else { "" };
    let form = browser.page(&format!("{page}{own}")).await.form_to(action);
    let field = if action == "/note" { "note" } else { "message" };
    form.with(field, "Zie de bijlage.").send_with(browser, files).await
}

async fn attachments(key: &Key, ticket: &str) -> Vec<Value> {
    let shown = key.get(&format!("/v1/tickets/{ticket}")).await.expect(200);
    let messages = shown["messages"].as_array().unwrap().iter();
    messages.flat_map(|message| message["attachments"].as_array().unwrap().clone()).collect()
}

async fn open(server: &Instance, link: &str) -> Answer {
    Answer::to(server.nobody().request(Method::GET, link)).await
}

async fn link(key: &Key, ticket: &str, attachment: &Value) -> String {
    let id = attachment["id"].as_str().unwrap();
    let path = format!("/v1/tickets/{ticket}/attachments/{id}/download");
    key.get(&path).await.expect(200)["link"].as_str().unwrap().to_owned()
}

/// The contents that are stored of a portal.
fn contents(server: &Instance, portal: &Portal) -> Vec<PathBuf> {
    let folder = server.database.folder().join("files").join(portal.id.as_str());
    let all = std::fs::read_dir(folder).into_iter().flatten();
    all.map(|entry| entry.unwrap().path()).collect()
}

/// How many bytes count as the portal's files.
async fn bytes(server: &Instance, portal: &Portal) -> i64 {
    let sql =
        "SELECT row_count AS value FROM portal_totals WHERE portal_id = ?1 AND kind = 'file_byte'";
    let row: Option<Single<i64>> = server.db.row(sql, &[portal.id.to_param()]).await.unwrap();
    row.map_or(0, |Single(bytes)| bytes)
}

pub async fn clean_up(server: &InProcess) {
    let later = Timestamp::now() + SignedDuration::from_hours(3);
    remove_orphans(&server.cleaner(), &server.server.objects, later).await.unwrap();
}

async fn send(browser: &Browser, page: &str, action: &str) {
    let answer = browser.page(page).await.form_to(action).send(browser).await;
    assert_eq!(answer.status, 303, "{answer}");
}

both_engines! {
    async fn files_are_sent_along_listed_and_downloaded(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        let key = portal.key().await;
        let form = browser.page("/manage/tickets/new").await.form_to("/new");
        let form = form.with("title", "Lekkage").with("message", "Zie de foto.");
        let files: [(&str, &[u8]); 2] = [("C:\\map\\Foto\u{202e}.png", PICTURE), ("leeg.txt", b"")];
        let opened = form.send_with(&browser, &files).await;
        let page = opened.header("location").unwrap_or_else(|| panic!("{opened}")).to_owned();
        let again = form.send_with(&browser, &files).await;
        assert_eq!(again.header("location"), Some(page.as_str()), "a form that is sent twice");
        assert_eq!(contents(server, &portal).len(), 2, "it is stored once");
        let ticket = page.rsplit('/').next().unwrap();
        let listed = attachments(&key, ticket).await;
        let (first, second) = (&listed[0], &listed[1]);
        assert!(first["id"].as_str().unwrap().starts_with("tma_"));
        assert_eq!(*first, json!({ "id": first["id"], "name": "Foto.png", "size": 11, "mime": "image/png" }));
        assert_eq!((&second["name"], &second["size"]), (&json!("leeg.txt"), &json!(0)));
        let sql = "SELECT data AS value FROM events WHERE portal_id = ?1 AND type = 'ticket-created'";
        let events: Vec<Single<String>> = server.db.rows(sql, &[portal.id.to_param()]).await.unwrap();
        let event: Value = serde_json::from_str(&events[0].0).unwrap();
        assert_eq!(event["messages"][0]["attachments"], json!(listed), "an event has them too");

        let shown = browser.page(&page).await;
        let path = format!("{page}/attachments/{}", first["id"].as_str().unwrap());
        assert!(shown.says(&format!("href=\"{path}\"")) && shown.says("Foto.png") && shown.says("11 B"), "{}", shown.html);
        for download in [browser.get(&path).await, open(server, &link(&key, ticket, first).await).await] {
            assert_eq!((download.status, download.bytes.as_slice()), (200, PICTURE), "{download}");
            assert!(download.header("content-disposition").unwrap().starts_with("attachment; filename=\"Foto.png\""), "{download}");
            assert_eq!(download.header("x-content-type-options"), Some("nosniff"));
            assert!(download.header("content-security-policy").unwrap().contains("sandbox"), "{download}");
        }
        assert_eq!(Browser::new(&server.url).get(&path).await.status, 303, "only for members");

        let reply = browser.page(&page).await.form_to("/reply").with("message", "Dank.");
        let twins = [Browser::twin(&browser), Browser::twin(&browser)];
        let rapport: [(&str, &[u8]); 1] = [("rapport.txt", b"Alles in orde.")];
        for answer in join_all(twins.iter().map(|twin| reply.send_with(twin, &rapport))).await {
            assert_eq!(answer.status, 303, "{answer}");
        }
        assert_eq!((attachments(&key, ticket).await.len(), contents(server, &portal).len()), (3, 3));
    }

    async fn the_files_of_an_internal_note_are_for_members_only(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        let key = portal.key().await;
        let ticket = add(&portal.store, None, &OPEN).await;
        let page = format!("/manage/tickets/{ticket}");
        assert_eq!(write(&browser, &page, "/note", &[("garantie.txt", b"geheim")]).await.status, 303);
        assert!(attachments(&key, &ticket).await.is_empty());
        let shown = browser.page(&page).await;
        let start = shown.html.find(&format!("{page}/attachments/")).unwrap();
        let path = shown.html[start..].split('"').next().unwrap();
        assert_eq!(browser.get(path).await.bytes, b"geheim");
        key.get(&format!("{}/download", path.replace("/manage/", "/v1/"))).await.expect(404);
    }

    async fn attachments_go_with_their_ticket_and_come_back_with_it(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (portal, browser) = server.portal_and_browser().await;
        let key = portal.key().await;
        let customer = key.post("/v1/customers", fields("Bakkerij")).await.expect(200);
        let customer = customer["id"].as_str().unwrap();
        let ticket = add(&portal.store, Some(customer), &OPEN).await;
        let page = format!("/manage/tickets/{ticket}");
        assert_eq!(write(&browser, &page, "/reply", &[("foto.png", PICTURE)]).await.status, 303);
        let own = attachments(&key, &ticket).await[0].clone();
        let (id, url) = (own["id"].as_str().unwrap(), link(&key, &ticket, &own).await);
        clean_up(&server).await;
        assert_eq!(open(&server, &url).await.status, 200, "it has a ticket");

        send(&browser, &format!("{page}/delete"), "/delete").await;
        assert_eq!((open(&server, &url).await.status, browser.get(&format!("{page}/attachments/{id}")).await.status), (410, 404));
        clean_up(&server).await;
        send(&browser, "/manage/tickets/bin", "/bin/restore").await;
        assert_eq!(open(&server, &link(&key, &ticket, &own).await).await.bytes, PICTURE);

        key.delete(&format!("/v1/customers/{customer}")).await.expect_nothing();
        clean_up(&server).await;
        send(&browser, "/manage/customers/bin", "/bin/restore").await;
        assert_eq!(open(&server, &link(&key, &ticket, &own).await).await.bytes, PICTURE);
        assert_eq!(bytes(&server, &portal).await, 11);

        send(&browser, &format!("{page}/delete"), "/delete").await;
        send(&browser, &format!("/manage/tickets/bin/{ticket}/delete"), "/delete").await;
        clean_up(&server).await;
        assert_eq!((contents(&server, &portal).len(), bytes(&server, &portal).await), (0, 0), "deleted for good");
    }

    async fn attachments_take_room_of_the_portals_files(engine: Engine) {
        let flags = ["--max-file-megabytes-per-portal=2", "--max-file-megabytes=2"];
        let server = InProcess::start_with(engine, |_| flags.map(str::to_owned).to_vec()).await;
        let (portal, browser) = server.portal_and_browser().await;
        let page = format!("/manage/tickets/{}", add(&portal.store, None, &OPEN).await);
        let many: Vec<(&str, &[u8])> = vec![("a.txt", b"a"); 21];
        let refused = browser.page(&page).await.form_to("/reply").with("message", "Zie bijlagen.");
        let refused = refused.send_with(&browser, &many).await;
        let shown = refused.text();
        assert!(shown.contains("error-summary") && shown.contains("Hier passen er hoogstens 20") && shown.contains("Zie bijlagen."), "{shown}");
        let content = vec![b'x'; 900_000];
        let twins: Vec<Browser> = (0..4).map(|_| Browser::twin(&browser)).collect();
        let file: [(&str, &[u8]); 1] = [("groot.bin", &content)];
        let answers = join_all(twins.iter().map(|twin| write(twin, &page, "/reply", &file))).await;
        let written = answers.iter().filter(|answer| answer.status == 303 && answer.header("location") == Some(page.as_str())).count();
        assert_eq!(written, 2, "{answers:?}");
        assert_eq!((contents(&server, &portal).len(), bytes(&server, &portal).await), (2, 1_800_000));
        let key = portal.key().await;
        let messages = key.get(&page.replace("/manage/", "/v1/")).await.expect(200)["messages"].clone();
        assert_eq!(messages.as_array().unwrap().len(), 3, "what was refused is no message");
    }

    async fn the_lost_content_of_an_attachment_is_told(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        let key = portal.key().await;
        let ticket = add(&portal.store, None, &OPEN).await;
        let page = format!("/manage/tickets/{ticket}");
        assert_eq!(write(&browser, &page, "/reply", &[("foto.png", PICTURE)]).await.status, 303);
        let own = attachments(&key, &ticket).await[0].clone();
        let url = link(&key, &ticket, &own).await;
        let content = contents(server, &portal).remove(0);
        std::fs::remove_file(&content).unwrap();
        assert_eq!(open(server, &url).await.status, 410);
        assert_eq!(browser.get(&format!("{page}/attachments/{}", own["id"].as_str().unwrap())).await.status, 409);
        let name = content.file_name().unwrap().to_str().unwrap();
        let found = server.cli(&["doctor"]).stdout;
        assert!(found.contains("fault: files: ") && found.contains(name), "{found}");
    }
}
