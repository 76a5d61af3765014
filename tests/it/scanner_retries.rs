//! What becomes of contents that are scanned late, twice or never.

use jiff::{SignedDuration, Timestamp};
use klantportaal::db::{Single, ToParam};
use klantportaal::ids::FileId;
use klantportaal::objects::{Object, ObjectKey};
use serde_json::json;

use crate::customers::fields;
use crate::file_shares::{file, id};
use crate::scanner::{expect_held, held_virus, reply_with, start, told};
use crate::support::clamd::{
    FakeClamd, RIDDLE, VIRUS, hurry, until_counted, until_scans, until_unreachable,
};
use crate::support::tickets::{OPEN, add};
use crate::support::{Browser, Instance, Key, Server};
use crate::ticket_attachments::clean_up;

const SCANS: &str = "SELECT count(*) AS value FROM content_scans";
const JOBS: &str = "SELECT count(*) AS value FROM jobs WHERE kind = 'scan_content'";

async fn expect_blocked(key: &Key, file: &str) {
    expect_held(key, &format!("/v1/files/{file}/download"), "has blocked").await;
}

async fn finding(server: &Instance, file: &str) -> String {
    let sql = "SELECT finding AS value FROM content_scans WHERE file_id = ?1";
    let found: Option<Single<String>> = server.db.row(sql, &[file.to_param()]).await.unwrap();
    found.unwrap().0
}

async fn send(browser: &Browser, page: &str, action: &str) {
    let answer = browser.page(page).await.form_to(action).send(browser).await;
    assert_eq!(answer.status, 303, "{answer}");
}

both_engines! {
    async fn a_content_without_a_verdict_is_scanned_less_and_less_and_then_blocked(engine: Engine) {
        let scanner = FakeClamd::start();
        let server = start(engine, &scanner).await;
        let (portal, browser) = server.portal_and_browser().await;
        let key = portal.key().await;
        let riddle = file(&key, "raadsel.txt", RIDDLE).await;
        let failed = "SELECT count(*) AS value FROM content_scans WHERE failures > 0 AND state = 'scanning'";
        until_counted(&server, failed, 1).await;
        // Soon at first, and then after two hours.
        let soon = "SELECT count(*) AS value FROM jobs WHERE kind = 'scan_content' AND NOT planned AND last_error LIKE '%memory%'";
        until_counted(&server, soon, 1).await;
        server.database.script("UPDATE content_scans SET failures = 4").await;
        hurry(&server, "scan_content").await;
        let later = "SELECT count(*) AS value FROM jobs j JOIN content_scans s ON s.portal_id = j.portal_id
             WHERE j.kind = 'scan_content' AND j.planned AND j.run_at > s.created_at + 7000000";
        until_counted(&server, later, 1).await;
        until_counted(&server, JOBS, 1).await;
        expect_held(&key, &format!("/v1/files/{riddle}/download"), "being scanned").await;
        server.database.script("UPDATE content_scans SET failures = 15").await;
        hurry(&server, "scan_content").await;
        until_scans(&server, "blocked", 1).await;
        until_counted(&server, JOBS, 0).await;
        assert_eq!(finding(&server, &riddle).await, "no_verdict");
        let shown = browser.page(&format!("/manage/files/{riddle}")).await;
        assert!(shown.says("de scan geeft geen uitslag") && !shown.says("memory"), "{}", shown.html);
        assert_eq!(told(&server, "file_blocked").await, ["raadsel.txt"]);
        expect_blocked(&key, &riddle).await;
    }

    async fn a_content_that_is_missing_is_blocked_and_one_of_a_deleted_file_forgotten(engine: Engine) {
        let scanner = FakeClamd::start();
        let server = start(engine, &scanner).await;
        let portal = server.portal().await;
        let key = portal.key().await;
        scanner.go_away();
        let missing = file(&key, "weg.txt", "weg").await;
        until_unreachable(&server, 1).await;
        let folder = server.database.folder().join("files").join(portal.id.as_str());
        std::fs::remove_file(folder.join(&missing)).unwrap();
        server.database.script("UPDATE content_scans SET failures = 15").await;
        scanner.come_back();
        hurry(&server, "scan_content").await;
        until_scans(&server, "blocked", 1).await;
        assert_eq!(finding(&server, &missing).await, "missing");
        assert_eq!(told(&server, "file_blocked").await, ["weg.txt"]);
        key.delete(&format!("/v1/files/{missing}")).await.expect_nothing();
        until_counted(&server, SCANS, 0).await;

        let deleted = held_virus(&scanner, &key).await;
        key.delete(&format!("/v1/files/{deleted}")).await.expect_nothing();
        until_counted(&server, SCANS, 0).await;
        scanner.release();
        until_counted(&server, JOBS, 0).await;
        until_counted(&server, SCANS, 0).await;
        assert_eq!(told(&server, "file_blocked").await, ["weg.txt"], "nobody has it any more");
    }

    async fn a_scanner_that_takes_connections_and_dies_says_nothing_of_a_content(engine: Engine) {
        let scanner = FakeClamd::start();
        let server = start(engine, &scanner).await;
        let key = server.portal().await.key().await;
        scanner.set_loading(true);
        let stored = file(&key, "goed.txt", "alles goed").await;
        let waits = "SELECT count(*) AS value FROM jobs j JOIN content_scans s ON s.portal_id = j.portal_id
             WHERE j.kind = 'scan_content' AND j.attempts > 0 AND j.last_error IS NOT NULL AND s.failures = 0";
        until_counted(&server, waits, 1).await;
        server.database.script("UPDATE content_scans SET failures = 15").await;
        hurry(&server, "scan_content").await;
        let again = "SELECT count(*) AS value FROM jobs j JOIN content_scans s ON s.portal_id = j.portal_id
             WHERE j.kind = 'scan_content' AND j.attempts > 1 AND j.state = 'waiting' AND s.failures = 15";
        until_counted(&server, again, 1).await;
        scanner.set_loading(false);
        hurry(&server, "scan_content").await;
        until_scans(&server, "clean", 1).await;
        key.get(&format!("/v1/files/{stored}/download")).await.expect(200);
    }

    async fn what_is_found_in_a_released_content_blocks_it_all_the_same(engine: Engine) {
        let scanner = FakeClamd::start();
        let server = start(engine, &scanner).await;
        let key = server.portal().await.key().await;
        let virus = held_virus(&scanner, &key).await;
        // What `files release-waiting` does, of which this process has not heard.
        server.database.script("DELETE FROM content_scans").await;
        scanner.release();
        until_scans(&server, "blocked", 1).await;
        expect_blocked(&key, &virus).await;
        assert_eq!(told(&server, "file_blocked").await, ["fout.txt"]);
    }

    async fn files_are_scanned_again_when_the_operator_says_so(engine: Engine) {
        let scanner = FakeClamd::start();
        let server = Server::start(engine, &[&scanner.flag()]).await;
        let key = server.portal().await.key().await;
        let (mended, other) = (file(&key, "goed.txt", "alles goed").await, file(&key, "ook.txt", "ook goed").await);
        until_scans(&server, "clean", 2).await;
        let again = |which: &str| server.cli(&["files", "scan-again", &scanner.flag(), which]).json();
        let released = async |file: &str| key.get(&format!("/v1/files/{file}/download")).await.expect(200);

        server.database.script("UPDATE content_scans SET state = 'blocked', finding = 'missing', failures = 16").await;
        assert_eq!(again("--blocked"), json!({ "scannedAgain": 2 }));
        until_scans(&server, "clean", 2).await;
        released(&mended).await;
        // The job of a scan is gone, and that of another one goes on waiting.
        scanner.go_away();
        let waiting = file(&key, "wacht.txt", "wacht").await;
        until_unreachable(&server, 1).await;
        server.database.script("UPDATE content_scans SET state = 'scanning'").await;
        scanner.come_back();
        assert_eq!(again("--waiting"), json!({ "scannedAgain": 3 }));
        until_scans(&server, "clean", 3).await;
        until_counted(&server, JOBS, 0).await;
        for file in [&mended, &other, &waiting] {
            released(file).await;
        }
        // One from before there was a scanner.
        server.database.script("DELETE FROM content_scans").await;
        assert_eq!(again(&other), json!({ "scannedAgain": 1 }));
        until_scans(&server, "clean", 1).await;
        assert_eq!(told(&server, "files_scanned_again").await, ["2", "3", "1"]);

        let refused = |arguments: &[&str]| {
            let ran = server.cli(&[&["files", "scan-again"], arguments].concat());
            assert!(!ran.success, "{ran:?}");
            ran.stderr
        };
        let flag = scanner.flag();
        let unknown = FileId::random().to_string();
        assert!(refused(&[&flag, &unknown]).contains("there is no file or attachment"));
        assert!(refused(&[&other]).contains("scanner is not set"));
        assert!(refused(&[&flag]).contains("--blocked"));
        refused(&[&flag, "--blocked", "--waiting"]);
    }

    async fn scans_that_no_row_has_are_forgotten(engine: Engine) {
        let scanner = FakeClamd::start();
        let server = start(engine, &scanner).await;
        let key = server.portal().await.key().await;
        file(&key, "goed.txt", "alles goed").await;
        until_scans(&server, "clean", 1).await;
        let orphan = "INSERT INTO content_scans (portal_id, file_id, state, created_at)
             SELECT portal_id, 'fsf_weg', 'clean', 1 FROM content_scans";
        server.database.script(orphan).await;
        clean_up(&server).await;
        until_counted(&server, SCANS, 1).await;
    }

    async fn two_scans_of_a_content_block_it_once(engine: Engine) {
        let scanner = FakeClamd::start();
        let server = start(engine, &scanner).await;
        let key = server.portal().await.key().await;
        let virus = held_virus(&scanner, &key).await;
        // As if another process had taken the first one for dead.
        let again = "INSERT INTO jobs (kind, payload, lane, run_at, planned, created_at)
             SELECT kind, payload, 'other', 0, FALSE, created_at FROM jobs WHERE kind = 'scan_content'";
        server.database.script(again).await;
        scanner.until_held(2).await;
        scanner.release();
        until_counted(&server, JOBS, 0).await;
        expect_blocked(&key, &virus).await;
        assert_eq!(told(&server, "file_blocked").await, ["fout.txt"]);
    }

    async fn a_verdict_does_not_count_for_what_was_stored_since(engine: Engine) {
        let scanner = FakeClamd::start();
        let server = start(engine, &scanner).await;
        let portal = server.portal().await;
        let key = portal.key().await;
        scanner.hold();
        let stored = file(&key, "goed.txt", "alles goed").await;
        scanner.until_held(1).await;
        let object = ObjectKey::of(&portal.id, &stored.parse().unwrap());
        let content = server.server.objects.put(object, Object::of_bytes(VIRUS)).await.unwrap();
        let mut tx = server.db.begin().await.unwrap();
        content.keep(&mut tx, Timestamp::now() + SignedDuration::from_secs(1)).await.unwrap();
        tx.commit().await.unwrap();
        scanner.release();
        until_scans(&server, "blocked", 1).await;
        expect_blocked(&key, &stored).await;
    }

    async fn a_blocked_attachment_is_still_blocked_when_its_ticket_comes_back(engine: Engine) {
        let scanner = FakeClamd::start();
        let server = start(engine, &scanner).await;
        let (portal, browser) = server.portal_and_browser().await;
        let key = portal.key().await;
        let customer = key.post("/v1/customers", fields("Bakkerij")).await.expect(200);
        let ticket = add(&portal.store, customer["id"].as_str(), &OPEN).await;
        let page = format!("/manage/tickets/{ticket}");
        let attached = reply_with(&browser, &key, ticket.as_str(), &[("fout.txt", VIRUS)]).await;
        until_scans(&server, "blocked", 1).await;
        let path = format!("/v1/tickets/{ticket}/attachments/{}/download", id(&attached[0]));
        assert_eq!(told(&server, "file_blocked").await, ["fout.txt"]);

        send(&browser, &format!("{page}/delete"), "/delete").await;
        clean_up(&server).await;
        send(&browser, "/manage/tickets/bin", "/bin/restore").await;
        expect_held(&key, &path, "has blocked").await;
        key.delete(&format!("/v1/customers/{}", id(&customer))).await.expect_nothing();
        clean_up(&server).await;
        send(&browser, "/manage/customers/bin", "/bin/restore").await;
        expect_held(&key, &path, "has blocked").await;

        send(&browser, &format!("{page}/delete"), "/delete").await;
        send(&browser, &format!("/manage/tickets/bin/{ticket}/delete"), "/delete").await;
        until_counted(&server, SCANS, 1).await;
        clean_up(&server).await;
        until_counted(&server, SCANS, 0).await;
    }
}
