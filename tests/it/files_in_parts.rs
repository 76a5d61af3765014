//! Files that are uploaded in parts on the pages of the manage portal.

use futures_util::future::join_all;
use jiff::SignedDuration;
use klantportaal::accounts::{Organisation, Role};
use klantportaal::db::{Single, ToParam};
use klantportaal::ids::FileUploadId;
use klantportaal::maintenance::remove_orphans;
use klantportaal::objects::Objects;
use klantportaal::removal::remove_deleted;
use serde_json::{Value, json};

use crate::files::{
    clean_up, contents, directory, id, link, names, open, peak_memory, until_contents, upload,
};
use crate::scanner::{expect_held, told};
use crate::support::clamd::{Clamd, FakeClamd, VIRUS, until_scans};
use crate::support::{
    Answer, Browser, Engine, InProcess, Instance, Key, Server, block_on, until, upload_of,
};

const PAGE: &str = "/manage/files";

/// The size of a part.
pub const PART: usize = 8 * 1024 * 1024;

/// Sends what the script of a directory's page sends.
pub struct Script {
    pub browser: Browser,
    hidden: Vec<(String, String)>,
}

impl Script {
    pub async fn on_page(browser: Browser) -> Self {
        let form = browser.page(PAGE).await.form_to("/upload");
        let hidden = form.fields.into_iter().filter(|(name, _)| name != "new").collect();
        Self { browser, hidden }
    }

    pub async fn logged_in(server: &Instance, email: &str) -> Self {
        Self::on_page(Browser::logged_in(&server.url, email).await).await
    }

    pub async fn post(
        &self,
        path: &str,
        fields: &[(&str, &str)],
        file: Option<(&str, &[u8])>,
    ) -> Answer {
        let hidden = self.hidden.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let all: Vec<(&str, &str)> = hidden.chain(fields.iter().copied()).collect();
        let (name, content) = file.unwrap_or_default();
        let (kind, body) = upload_of(name, content, &all);
        self.browser.post_raw(path, &kind, body, &[("accept", "application/json")]).await
    }

    pub async fn begin(&self, id: &str, name: &str, size: usize) -> Answer {
        self.begin_in("root", id, name, size).await
    }

    pub async fn begin_in(&self, directory: &str, id: &str, name: &str, size: usize) -> Answer {
        let size = size.to_string();
        let fields = [
            ("new", id),
            ("directory", directory),
            ("name", name),
            ("size", &size),
            ("modified", "1764331200000"),
        ];
        self.post("/manage/files/uploads", &fields, None).await
    }

    pub async fn part(&self, id: &str, number: usize, content: &[u8]) -> Answer {
        let path = format!("/manage/files/uploads/{id}/parts/{number}");
        self.post(&path, &[], Some(("part", content))).await
    }

    pub async fn finish(&self, id: &str) -> Answer {
        self.post(&format!("/manage/files/uploads/{id}/finish"), &[], None).await
    }

    pub async fn cancel(&self, id: &str) -> Answer {
        self.post(&format!("/manage/files/uploads/{id}/cancel"), &[], None).await
    }

    /// Sends all parts of a content, of which so many have arrived.
    pub async fn send_from(&self, id: &str, received: usize, content: &[u8]) {
        for (index, part) in content.chunks(PART).enumerate().skip(received) {
            let answer = self.part(id, index + 1, part).await.expect(200);
            assert_eq!(answer, json!({ "received": index + 1 }));
        }
    }

    /// Uploads a file; returns its id.
    pub async fn upload(&self, name: &str, content: &[u8]) -> String {
        let id = new_id();
        self.begin(&id, name, content.len()).await.expect(200);
        self.send_from(&id, 0, content).await;
        file_of(&self.finish(&id).await)
    }
}

pub fn new_id() -> String {
    FileUploadId::random().to_string()
}

/// The id of the file that there is now.
pub fn file_of(answer: &Answer) -> String {
    answer.expect(200)["path"].as_str().unwrap().rsplit('/').next().unwrap().to_owned()
}

/// Of more than one part, and nowhere the same.
pub fn content_of(length: usize) -> Vec<u8> {
    (0..length.div_ceil(4)).flat_map(|number| (number as u32).to_le_bytes()).take(length).collect()
}

async fn download(server: &Instance, key: &Key, id: &str) -> Vec<u8> {
    let file = key.get(&format!("/v1/files/{id}")).await.expect(200);
    open(server, &link(key, &file).await, &[]).await.bytes
}

async fn count(server: &Instance, sql: &'static str) -> i64 {
    server.db.row::<Single<i64>>(sql, &[]).await.unwrap().unwrap().0
}

/// What the server says of an upload that goes on with this part.
fn expects(answer: &Answer, status: u16, part: usize, length: usize) {
    let said = answer.expect(status);
    assert_eq!((&said["expected"], &said["length"]), (&json!(part), &json!(length)), "{said}");
    assert!(said["message"].as_str().unwrap().contains(&format!("eel {part}")), "{said}");
}

both_engines! {
    async fn a_file_in_parts_is_one_file_however_often_they_are_sent(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        let (key, script) = (portal.key().await, Script::on_page(browser).await);
        let mut content = content_of(2 * PART + 5);
        content[..5].copy_from_slice(b"%PDF-");
        let (own, parts) = (new_id(), content.chunks(PART).collect::<Vec<_>>());
        for _ in 0..2 {
            assert_eq!(script.begin(&own, "Tekening.pdf", content.len()).await.expect(200), json!({ "received": 0 }));
        }
        expects(&script.part(&own, 2, parts[1]).await, 409, 1, PART);
        expects(&script.part(&own, 0, parts[0]).await, 409, 1, PART);
        expects(&script.part(&own, 1, &parts[0][1..]).await, 422, 1, PART);
        expects(&script.finish(&own).await, 409, 1, PART);
        for received in [1, 1] {
            assert_eq!(script.part(&own, 1, parts[0]).await.expect(200), json!({ "received": received }));
        }
        let other = script.part(&own, 1, parts[1]).await.expect(409);
        assert!(other["message"].as_str().unwrap().contains("een ander bestand"), "{other}");
        script.part(&own, 2, parts[1]).await.expect(200);
        let page = script.browser.page(PAGE).await;
        for text in ["Tekening.pdf", "data-received=\"2\"", "data-modified=\"1764331200000\"", "data-size=\"16777221\"", "16,8 MB"] {
            assert!(page.says(text), "{text}: {}", page.html);
        }
        assert!(names(&key, "").await.is_empty(), "nothing of it is a file yet");
        expects(&script.part(&own, 3, b"zes---").await, 422, 3, 5);
        assert_eq!(script.part(&own, 1, parts[0]).await.expect(200), json!({ "received": 2 }), "what was repeated is told how far it is");
        script.part(&own, 3, parts[2]).await.expect(200);
        expects(&script.part(&own, 4, b"te veel").await, 409, 4, 0);
        let file = file_of(&script.finish(&own).await);
        for _ in 0..2 {
            assert_eq!(file_of(&script.finish(&own).await), file, "the same file");
        }
        script.part(&own, 3, parts[2]).await.expect(404);
        let row = key.get(&format!("/v1/files/{file}")).await.expect(200);
        assert_eq!((&row["name"], &row["size"], &row["mime"]), (&json!("Tekening.pdf"), &json!(content.len()), &json!("application/pdf")));
        assert!(download(server, &key, &file).await == content);
        let sql = "SELECT count(*) AS value FROM audit_events WHERE portal_id = ?1 AND action = 'file_added'";
        let events: Option<Single<i64>> = server.db.row(sql, &[portal.id.to_param()]).await.unwrap();
        assert_eq!(events.unwrap().0, 1);
        assert!(!script.browser.page(PAGE).await.says("data-received"));
        until_contents(server, portal.id.as_str(), 1).await;
        script.upload("tekening.PDF", b"anders").await;
        assert_eq!(names(&key, "").await, ["Tekening.pdf", "tekening (2).PDF"]);
    }

    async fn of_the_same_part_sent_twice_at_once_one_is_stored(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        let key = portal.key().await;
        let mut scripts = Vec::new();
        for _ in 0..4 {
            scripts.push(Script::on_page(Browser::twin(&browser)).await);
        }
        let (own, content) = (new_id(), content_of(PART + 7));
        let begun = join_all(scripts.iter().map(|script| script.begin(&own, "Film.mp4", content.len()))).await;
        assert!(begun.iter().all(|answer| answer.status == 200), "{begun:?}");
        // One of them sends something else of the same length.
        let other = vec![b'x'; PART];
        let firsts = join_all(scripts.iter().enumerate().map(|(index, script)| {
            script.part(&own, 1, if index == 3 { &other } else { &content[..PART] })
        })).await;
        let is_other = firsts[3].status == 200;
        for (index, answer) in firsts.iter().enumerate() {
            assert_eq!(answer.status, if (index == 3) == is_other { 200 } else { 409 }, "{index}: {answer}");
        }
        until_contents(server, portal.id.as_str(), 1).await;
        let seconds = join_all(scripts.iter().map(|script| script.part(&own, 2, &content[PART..]))).await;
        assert!(seconds.iter().all(|answer| answer.json() == json!({ "received": 2 })), "{seconds:?}");
        let ends = join_all(scripts.iter().map(|script| script.finish(&own))).await;
        let mut files: Vec<String> = ends.iter().map(file_of).collect();
        files.dedup();
        assert_eq!((files.len(), names(&key, "").await.len()), (1, 1));
        let first = if is_other { &other } else { &content[..PART] };
        assert!(download(server, &key, &files[0]).await == [first, &content[PART..]].concat());
        until_contents(server, portal.id.as_str(), 1).await;
    }

    async fn what_is_still_to_come_takes_its_room(engine: Engine) {
        let flags = ["--max-file-megabytes-per-portal=20", "--max-file-megabytes=16", "--default-rate-limit=0"];
        let server = InProcess::start_with(engine, |_| flags.map(str::to_owned).to_vec()).await;
        let (portal, browser) = server.portal_and_browser().await;
        let (key, script) = (portal.key().await, Script::on_page(browser).await);
        let (first, second) = (new_id(), new_id());
        let large = script.begin(&first, "a.bin", 16_000_001).await.expect(422);
        assert!(large["message"].as_str().unwrap().contains("16000 kB"), "{large}");
        let content = content_of(16_000_000);
        script.begin(&first, "a.bin", content.len()).await.expect(200);
        let full = script.begin(&second, "b.bin", 4_000_001).await.expect(409);
        assert!(full["message"].as_str().unwrap().contains("max-file-megabytes-per-portal"), "{full}");
        let megabytes = vec![b'x'; 4_000_001];
        let full = key.upload("/v1/files", "c.bin", &megabytes, &[]).await.expect(409);
        assert!(full["message"].as_str().unwrap().contains("max-file-megabytes-per-portal"), "{full}");
        upload(&key, "d.bin", &megabytes[1..]).await;
        // Its own room is there for its parts, and for the file.
        script.send_from(&first, 0, &content).await;
        file_of(&script.finish(&first).await);
        script.begin(&second, "b.bin", 1).await.expect(409);
        let file = key.get("/v1/files?search=d.bin").await.expect(200)["data"][0].clone();
        key.delete(&format!("/v1/files/{}", id(&file))).await.expect_nothing();
        script.begin(&second, "b.bin", 4_000_000).await.expect(200);
        script.cancel(&second).await.expect(200);
        script.cancel(&second).await.expect(404);
        script.begin(&second, "b.bin", 4_000_000).await.expect(200);

        let other = server.portal_and_browser().await.1;
        let other = Script::on_page(other).await;
        let begun = join_all((0..101).map(async |_| other.begin(&new_id(), "e.bin", 1).await.status)).await;
        assert_eq!(begun.iter().filter(|status| **status == 200).count(), 100);
        let refused = other.begin(&new_id(), "e.bin", 1).await.expect(409);
        assert!(refused["message"].as_str().unwrap().contains("100"), "{refused}");
    }

    async fn nobody_else_reaches_an_upload(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        let script = Script::on_page(browser).await;
        let (own, done, content) = (new_id(), new_id(), content_of(PART + 1));
        script.begin(&done, "klaar.bin", 3).await.expect(200);
        script.send_from(&done, 0, b"een").await;
        file_of(&script.finish(&done).await);
        script.begin(&own, "Geheim.bin", content.len()).await.expect(200);
        script.part(&own, 1, &content[..PART]).await.expect(200);
        let (colleague, email) = server.person("Collega").await;
        server.let_in(&Organisation::Portal(portal.id.clone()), &colleague, Role::Owner).await;
        let colleague = Script::logged_in(server, &email).await;
        let stranger = Script::on_page(server.portal_and_browser().await.1).await;
        for other in [&colleague, &stranger] {
            assert!(!other.browser.page(PAGE).await.says("Geheim.bin"));
            other.part(&own, 2, &content[PART..]).await.expect(404);
            other.finish(&own).await.expect(404);
            other.cancel(&own).await.expect(404);
            other.finish(&done).await.expect(404);
        }
        colleague.begin(&own, "Geheim.bin", content.len()).await.expect(404);
        // In another portal the id is another one.
        stranger.begin(&own, "Eigen.bin", 1).await.expect(200);
        assert!(script.browser.page(PAGE).await.says("data-received=\"1\""));
        let unknown = script.begin_in("fsd_bestaatniet0000", &new_id(), "a.bin", 1).await.expect(422);
        assert!(unknown["message"].as_str().unwrap().contains("bestaat niet"), "{unknown}");
        for (name, size) in [("size", "-1"), ("size", "0"), ("size", "veel"), ("modified", "x"), ("directory", "fsf_a")] {
            let fields = [("new", "fup_nieuw"), ("directory", "root"), ("name", "a"), ("size", "1"), ("modified", "0")];
            let fields = fields.map(|(known, value)| (known, if known == name { size } else { value }));
            script.post("/manage/files/uploads", &fields, None).await.expect(400);
        }
    }

    async fn who_is_logged_out_or_removed_sends_nothing_more(server: &Server) {
        let portal = server.portal().await;
        let (account, email) = server.person("Collega").await;
        let organisation = Organisation::Portal(portal.id.clone());
        server.let_in(&organisation, &account, Role::Member).await;
        let script = Script::logged_in(server, &email).await;
        let (own, content) = (new_id(), content_of(2 * PART));
        script.begin(&own, "a.bin", content.len()).await.expect(200);
        script.part(&own, 1, &content[..PART]).await.expect(200);
        let values = [portal.id.to_param(), account.to_param()];
        let remove = "DELETE FROM portal_members WHERE portal_id = ?1 AND account_id = ?2";
        server.db.execute(remove, &values).await.unwrap();
        assert_ne!(script.part(&own, 2, &content[PART..]).await.status, 200);
        assert_ne!(script.finish(&own).await.status, 200);
        server.let_in(&organisation, &account, Role::Member).await;
        let end = "DELETE FROM sessions WHERE account_id = ?1";
        server.db.execute(end, &[account.to_param()]).await.unwrap();
        for answer in [script.part(&own, 2, &content[PART..]).await, script.begin(&new_id(), "b.bin", 1).await, script.cancel(&own).await] {
            assert!(answer.status == 303 && answer.header("location").unwrap().contains("login"), "{answer}");
        }
        // After logging in it goes on where it was.
        let again = Script::logged_in(server, &email).await;
        assert!(again.browser.page(PAGE).await.says("data-received=\"1\""));
        again.send_from(&own, 1, &content).await;
        let file = file_of(&again.finish(&own).await);
        assert!(download(server, &portal.key().await, &file).await == content);
        // Another's form isn't one's own.
        let forged = [("csrf", "x"), ("size", "1"), ("modified", "0"), ("directory", "root")].map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(again.browser.post_only("/manage/files/uploads", &forged).await.status, 403);
    }

    async fn what_nobody_goes_on_with_ends_after_a_day(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (portal, browser) = server.portal_and_browser().await;
        let (script, content) = (Script::on_page(browser).await, content_of(2 * PART));
        let own = new_id();
        script.begin(&own, "a.bin", content.len()).await.expect(200);
        clean_up(&server, 23).await;
        script.part(&own, 1, &content[..PART]).await.expect(200);
        server.db.execute("UPDATE file_uploads SET created_at = 1", &[]).await.unwrap();
        clean_up(&server, 23).await;
        assert_eq!(contents(&server, portal.id.as_str()).len(), 1);
        clean_up(&server, 25).await;
        assert!(contents(&server, portal.id.as_str()).is_empty());
        for sql in ["SELECT count(*) AS value FROM file_uploads", "SELECT count(*) AS value FROM file_upload_parts", "SELECT row_count AS value FROM portal_totals WHERE kind = 'file_byte'"] {
            assert_eq!(count(&server, sql).await, 0, "{sql}");
        }
        script.part(&own, 2, &content[PART..]).await.expect(404);
    }

    async fn with_a_portal_its_uploads_are_removed(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (portal, browser) = server.portal_and_browser().await;
        let (script, own) = (Script::on_page(browser).await, new_id());
        script.begin(&own, "a.bin", 2 * PART).await.expect(200);
        script.part(&own, 1, &content_of(PART)).await.expect(200);
        let delete = "UPDATE portals SET deleted_at = 1 WHERE id = ?1";
        server.db.execute(delete, &[portal.id.to_param()]).await.unwrap();
        remove_deleted(&server.cleaner(), 400, jiff::Timestamp::now()).await.unwrap();
        assert_eq!(count(&server, "SELECT count(*) AS value FROM file_uploads").await, 0);
        clean_up(&server, 3).await;
        assert!(!server.database.folder().join("files").join(portal.id.as_str()).exists());
    }

    async fn a_directory_stays_while_something_is_uploaded_to_it(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        let (key, script) = (portal.key().await, Script::on_page(browser).await);
        let folder = directory(&key, "Foto's").await;
        let (path, own) = (format!("/v1/files/{}", id(&folder)), new_id());
        script.begin_in(id(&folder), &own, "Foto.jpg", 3).await.expect(200);
        let refused = key.delete(&path).await.expect(422);
        assert!(refused["errors"][""][0].as_str().unwrap().contains("still being uploaded"), "{refused}");
        let page = format!("/manage/files/directories/{}", id(&folder));
        assert!(script.browser.page(&page).await.says(&own) && !script.browser.page(PAGE).await.says(&own));
        // Without a script it can be cancelled.
        let form = script.browser.page(&page).await.form_to("/cancel");
        let answer = form.send(&script.browser).await;
        assert_eq!((answer.status, answer.header("location")), (303, Some(&*page)), "{answer}");
        assert!(script.browser.page(&page).await.says("geannuleerd"));
        let again = new_id();
        script.begin_in(id(&folder), &again, "Foto.jpg", 3).await.expect(200);
        script.send_from(&again, 0, b"een").await;
        file_of(&script.finish(&again).await);
        assert_eq!(names(&key, &format!("?directory={}", id(&folder))).await, ["Foto.jpg"]);
    }

    async fn a_lost_part_is_told_and_the_doctor_names_it(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        let (script, own) = (Script::on_page(browser).await, new_id());
        script.begin(&own, "a.bin", 3).await.expect(200);
        script.part(&own, 1, b"een").await.expect(200);
        let stored = contents(server, portal.id.as_str());
        std::fs::remove_file(&stored[0]).unwrap();
        let refused = script.finish(&own).await.expect(409);
        assert!(refused["message"].as_str().unwrap().contains("verdwenen"), "{refused}");
        let found = server.cli(&["doctor"]).stdout;
        assert!(found.contains("fault: files: ") && found.contains(&own), "{found}");
        script.cancel(&own).await.expect(200);
        assert!(!server.cli(&["doctor"]).stdout.contains(&own));
    }

    async fn a_large_file_arrives_in_parts_in_little_memory(engine: Engine) {
        let server = Server::start(engine, &[]).await;
        let (portal, browser) = server.portal_and_browser().await;
        let script = Script::on_page(browser).await;
        script.upload("klein.bin", b"een").await;
        let (before, own, part) = (peak_memory(&server), new_id(), vec![7; PART]);
        script.begin(&own, "groot.bin", 15 * PART).await.expect(200);
        for number in 1..=15 {
            script.part(&own, number, &part).await.expect(200);
        }
        let file = file_of(&script.finish(&own).await);
        let grown = peak_memory(&server) - before;
        assert!(grown < 64_000, "{grown} kB more");
        let row = portal.key().await.get(&format!("/v1/files/{file}")).await.expect(200);
        assert_eq!(row["size"], 15 * PART);
    }

    async fn a_file_in_parts_is_scanned_as_a_whole(engine: Engine) {
        let scanner = FakeClamd::start();
        let server = InProcess::start_with(engine, |_| vec![scanner.flag()]).await;
        let (portal, browser) = server.portal_and_browser().await;
        let (key, script) = (portal.key().await, Script::on_page(browser).await);
        let clean = script.upload("goed.bin", &content_of(PART + 9)).await;
        until_scans(&server, "clean", 1).await;
        let mut content = vec![b'x'; PART + 100];
        content[PART - 5..PART - 5 + VIRUS.len()].copy_from_slice(VIRUS);
        let found = script.upload("Foto.bin", &content).await;
        until_scans(&server, "blocked", 1).await;
        expect_held(&key, &format!("/v1/files/{found}/download"), "has blocked").await;
        assert_eq!(told(&server, "file_blocked").await, ["Foto.bin"]);
        key.get(&format!("/v1/files/{clean}/download")).await.expect(200);
        assert_eq!(count(&server, "SELECT count(*) AS value FROM content_scans").await, 2, "parts aren't scanned");
    }

    async fn a_killed_server_loses_no_part_that_arrived(engine: Engine) {
        let server = Server::start(engine, &[]).await;
        let (portal, browser) = server.portal_and_browser().await;
        let (key, email) = (portal.key().await, portal.owner_email.clone());
        let content = content_of(PART + 1000);
        let ids: Vec<String> = (0..3).map(|_| new_id()).collect();
        let mut scripts = Vec::new();
        for _ in &ids {
            scripts.push(Script::on_page(Browser::twin(&browser)).await);
        }
        // Whatever it is at when it is killed: beginning, receiving, storing, joining or removing.
        let mut database = server.end("TERM").2;
        for round in 0..4_u64 {
            let server = Server::start_on(database, &[]).await;
            let script = Script::logged_in(&server, &email).await;
            let uploads = join_all(ids.iter().map(async |id| {
                let _ = post_anyhow(&script, id, &content).await;
            }));
            let kill = async {
                tokio::time::sleep(std::time::Duration::from_millis(60 + 130 * round)).await;
                tokio::task::spawn_blocking(move || server.end("KILL").2).await.unwrap()
            };
            database = tokio::join!(uploads, kill).1;
        }
        // What a killed process was doing is taken over after two minutes.
        database.script("UPDATE jobs SET claimed_until = 0 WHERE state = 'running'").await;
        let server = Server::start_on(database, &[]).await;
        let key = Key::new(&key.id, &key.token, server.bearer(&key.token));
        let script = Script::logged_in(&server, &email).await;
        let mut files = Vec::new();
        for id in &ids {
            files.push(post_anyhow(&script, id, &content).await.unwrap());
        }
        for file in &files {
            assert!(download(&server, &key, file).await == content);
        }
        assert_eq!(names(&key, "").await.len(), 3);
        until("the parts are removed", async || count(&server, "SELECT count(*) AS value FROM jobs WHERE kind = 'remove_parts'").await == 0).await;
        let objects = Objects::from_settings(&InProcess::settings(&[]).files, server.database.folder()).unwrap();
        let later = jiff::Timestamp::now() + SignedDuration::from_hours(25);
        remove_orphans(&server.cleaner(), &objects, later).await.unwrap();
        assert_eq!(contents(&server, portal.id.as_str()).len(), 3);
    }
}

/// Sends a file from wherever it is to its end; none if the server goes away in between.
async fn post_anyhow(script: &Script, own: &str, content: &[u8]) -> Option<String> {
    let post = async |what: &str, fields: &[(&str, &str)], part: &[u8]| -> Option<(u16, Value)> {
        let path = format!("/manage/files/uploads{what}");
        let hidden = script.hidden.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let all: Vec<(&str, &str)> = hidden.chain(fields.iter().copied()).collect();
        let (kind, body) = upload_of("part", part, &all);
        let request = script.browser.request_to_post(&path).header("content-type", kind);
        let answer = request.header("accept", "application/json").body(body).send().await.ok()?;
        Some((answer.status().as_u16(), answer.json().await.ok()?))
    };
    // It may be done, so that beginning would be a new one.
    if let (200, done) = post(&format!("/{own}/finish"), &[], b"").await? {
        return Some(done["path"].as_str().unwrap().rsplit('/').next().unwrap().to_owned());
    }
    let size = content.len().to_string();
    let fields = [
        ("new", own),
        ("directory", "root"),
        ("name", "a.bin"),
        ("size", &size),
        ("modified", "0"),
    ];
    let (status, begun) = post("", &fields, b"").await?;
    assert_eq!(status, 200, "{begun}");
    let received = begun["received"].as_u64().unwrap() as usize;
    for (index, part) in content.chunks(PART).enumerate().skip(received) {
        let (status, answer) = post(&format!("/{own}/parts/{}", index + 1), &[], part).await?;
        assert_eq!(status, 200, "{answer}");
    }
    let (status, done) = post(&format!("/{own}/finish"), &[], b"").await?;
    assert_eq!(status, 200, "{done}");
    Some(done["path"].as_str().unwrap().rsplit('/').next().unwrap().to_owned())
}

/// ClamAV itself gets the parts as one content.
#[test]
fn clamd_finds_what_is_split_over_two_parts() {
    block_on(async {
        let clamd = Clamd::start("AlertExceedsMax yes\nStreamMaxLength 30M\n").await;
        let server = Server::start(Engine::Sqlite, &[&clamd.flag()]).await;
        let (portal, browser) = server.portal_and_browser().await;
        let (key, script) = (portal.key().await, Script::on_page(browser).await);
        // The test file of EICAR, in pieces so that nobody takes this source for it.
        let eicar =
            [r"X5O!P%@AP[4\PZX54(P^)7CC)7}", "$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"].concat();
        let mut content = vec![b' '; 2 * PART];
        content[PART - 30..PART - 30 + eicar.len()].copy_from_slice(eicar.as_bytes());
        let found = script.upload("eicar.bin", &content).await;
        until_scans(&server, "blocked", 1).await;
        expect_held(&key, &format!("/v1/files/{found}/download"), "has blocked").await;
    });
}
