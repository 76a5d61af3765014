//! The virus scanner: nothing that it hasn't released leaves, by whatever way.

use klantportaal::db::{Single, ToParam};
use reqwest::Method;
use serde_json::{Value, json};

use crate::customers::fields;
use crate::file_requests;
use crate::file_shares::{file, id, public, share};
use crate::support::clamd::{
    Clamd, FakeClamd, VIRUS, hurry, until_counted, until_scans, until_unreachable,
};
use crate::support::tickets::{OPEN, add};
use crate::support::{
    Answer, Browser, Caller, Engine, InProcess, Instance, Key, Ran, Server, block_on, klantportaal,
};

const CUSTOMER: &str = "jan@example.nl";

/// The settings under which mail comes in.
const MAIL: &str = "--ticket-address=support@portaal.example";

pub async fn start(engine: Engine, scanner: &FakeClamd) -> InProcess {
    InProcess::start_with(engine, |_| vec![scanner.flag(), MAIL.to_owned()]).await
}

async fn download(server: &Instance, key: &Caller, file: &str) -> Answer {
    let link = key.get(&format!("/v1/files/{file}/download")).await.expect(200);
    open(server, &link).await
}

async fn open(server: &Instance, link: &Value) -> Answer {
    let link = link["link"].as_str().unwrap();
    Answer::to(server.nobody().request(Method::GET, link)).await
}

/// The subjects of the audit events of an action.
pub async fn told(server: &Instance, action: &str) -> Vec<String> {
    let sql = "SELECT subject AS value FROM audit_events WHERE action = ?1 ORDER BY created_at";
    let told: Vec<Single<String>> = server.db.rows(sql, &[action.to_param()]).await.unwrap();
    told.into_iter().map(|Single(subject)| subject).collect()
}

/// What the API says of a content that is held back.
pub async fn expect_held(key: &Caller, path: &str, said: &str) {
    let answer = key.get(path).await.expect(409);
    assert_eq!((&answer["code"], answer.get("link")), (&json!(409), None), "{answer}");
    assert!(answer["message"].as_str().unwrap().contains(said), "{answer}");
}

/// Tries every way to a shared file; returns what the pages say.
async fn expect_no_way(
    server: &InProcess,
    browser: &Browser,
    file: &str,
    page: &str,
) -> [String; 3] {
    for action in ["download", "preview"] {
        let answer = browser.get(&format!("/manage/files/{file}/{action}")).await;
        assert_eq!(answer.status, 409, "{answer}");
    }
    let guest = Browser::new(&server.url);
    let shown = guest.page(page).await;
    assert!(shown.forms().iter().all(|form| form.field("file").is_none()), "{}", shown.html);
    let own = browser.page(&format!("/manage/files/{file}")).await;
    for way in ["/download", "/preview"] {
        assert!(!own.says(&format!("/manage/files/{file}{way}")), "{}", own.html);
    }
    let list = browser.page("/manage/files").await;
    assert!(!list.says(&format!("/manage/files/{file}/download")), "{}", list.html);
    [shown.html, own.html, list.html]
}

/// Answers a ticket on its page, with files; returns what the API says of them.
pub async fn reply_with(
    browser: &Browser,
    key: &Caller,
    ticket: &str,
    files: &[(&str, &[u8])],
) -> Value {
    let page = browser.page(&format!("/manage/tickets/{ticket}")).await;
    let form = page.form_to("/reply").with("message", "Zie de bijlagen.");
    assert_eq!(form.send_with(browser, files).await.status, 303);
    let messages = key.get(&format!("/v1/tickets/{ticket}")).await.expect(200)["messages"].clone();
    messages.as_array().unwrap().last().unwrap()["attachments"].clone()
}

/// Stores a virus, whose scan waits for its verdict.
pub async fn held_virus(scanner: &FakeClamd, key: &Key) -> String {
    scanner.hold();
    let virus = file(key, "fout.txt", std::str::from_utf8(VIRUS).unwrap()).await;
    scanner.until_held(1).await;
    virus
}

both_engines! {
    async fn nothing_leaves_before_it_is_scanned(engine: Engine) {
        let scanner = FakeClamd::start();
        let server = start(engine, &scanner).await;
        let (portal, browser) = server.portal_and_browser().await;
        let key = portal.key().await;
        let first = file(&key, "eerste.pdf", "%PDF-1.7 alles goed").await;
        until_scans(&server, "clean", 1).await;
        let link = key.get(&format!("/v1/files/{first}/download")).await.expect(200);
        assert_eq!(open(&server, &link).await.bytes, b"%PDF-1.7 alles goed");
        let preview = format!("/manage/files/{first}/preview");
        assert!(browser.page(&format!("/manage/files/{first}")).await.says(&format!("<iframe src=\"{preview}\"")));
        assert_eq!(browser.get(&preview).await.bytes, b"%PDF-1.7 alles goed");
        let shared = share(&key, json!({ "content": [first] })).await;
        let guest = Browser::new(&server.url);
        let forms = guest.page(&public(&shared)).await.forms();
        let form = forms.into_iter().find(|form| form.field("file").is_some()).unwrap();
        assert!(browser.page(&format!("/manage/files/{first}")).await.says("Geen virus gevonden"));

        // As if they were being scanned again: a link or page that was there before leads nowhere either.
        server.database.script("UPDATE content_scans SET state = 'scanning'").await;
        for answer in [open(&server, &link).await, form.send(&guest).await] {
            assert_eq!((answer.status, answer.header("retry-after")), (409, Some("5")), "{answer}");
        }
        expect_held(&key, &format!("/v1/files/{first}/download"), "being scanned").await;
        for page in expect_no_way(&server, &browser, &first, &public(&shared)).await {
            assert!(page.contains("Virusscan bezig"), "{page}");
        }
        server.database.script("UPDATE content_scans SET state = 'clean'").await;
        assert_eq!(open(&server, &link).await.status, 200);

        scanner.go_away();
        let waiting = file(&key, "tweede.txt", "ook goed").await;
        until_unreachable(&server, 1).await;
        expect_held(&key, &format!("/v1/files/{waiting}/download"), "being scanned").await;
        let answer = form.with("file", &waiting).send(&guest).await;
        assert_eq!(answer.status, 404, "nobody learns of a file that isn't shared: {answer}");
        scanner.come_back();
        hurry(&server, "scan_content").await;
        until_scans(&server, "clean", 2).await;
        assert_eq!(download(&server, &key, &waiting).await.bytes, b"ook goed");
    }

    async fn what_the_scanner_refuses_never_leaves_and_can_be_deleted(engine: Engine) {
        let scanner = FakeClamd::start();
        let server = start(engine, &scanner).await;
        let (portal, browser) = server.portal_and_browser().await;
        let key = portal.key().await;
        let virus = std::str::from_utf8(VIRUS).unwrap();
        let uploaded = file(&key, "api.png", virus).await;
        let form = browser.page("/manage/files").await.form_to("/upload");
        assert_eq!(form.send_with(&browser, &[("pagina.txt", VIRUS)]).await.status, 303);
        let asked = json!({ "name": "Jaarwerk", "requestedFiles": [{ "name": "Bon" }] });
        let asked = key.post("/v1/file-requests", asked).await.expect(200);
        let href = asked["links"]["publicRequest"]["href"].as_str().unwrap();
        let page = format!("/{}", href.splitn(4, '/').last().unwrap());
        let guest = Browser::new(&server.url);
        let form = guest.page(&page).await.form_to(&page);
        let field = id(&asked["requestedFiles"][0]).to_owned();
        let sent = file_requests::upload(&guest, &form, &[(&field, "gast.txt", virus)]).await;
        assert_eq!(sent.status, 303, "{sent}");
        until_scans(&server, "blocked", 3).await;

        let listed = key.get("/v1/files").await.expect(200)["data"].clone();
        let listed = listed.as_array().unwrap();
        assert_eq!(listed.len(), 3);
        for file in listed {
            let shared = share(&key, json!({ "content": [id(file)] })).await;
            expect_held(&key, &format!("/v1/files/{}/download", id(file)), "has blocked").await;
            let pages = expect_no_way(&server, &browser, id(file), &public(&shared)).await;
            assert!(pages[0].contains("Geblokkeerd"), "{}", pages[0]);
            assert!(pages[1].contains("Proef.Virus"), "{}", pages[1]);
        }
        for name in ["api.png", "pagina.txt", "gast.txt"] {
            assert!(told(&server, "file_blocked").await.contains(&name.to_owned()), "{name}");
        }
        browser.set_cookie("language", "en");
        assert!(browser.page(&format!("/manage/files/{uploaded}")).await.says("Nobody can download it"));
        let form = browser.page(&format!("/manage/files/{uploaded}/delete")).await.form_to("/delete");
        assert_eq!(form.send(&browser).await.status, 303);
        until_scans(&server, "blocked", 2).await;
    }

    async fn files_of_tickets_are_scanned_before_they_are_shown_or_mailed(engine: Engine) {
        let scanner = FakeClamd::start();
        let server = start(engine, &scanner).await;
        let (portal, browser) = server.portal_and_browser().await;
        let key = portal.key().await;
        let customer = key.post("/v1/customers", fields("Bakkerij")).await.expect(200);
        let ticket = add(&portal.store, customer["id"].as_str(), &OPEN).await;
        let page = format!("/manage/tickets/{ticket}");
        scanner.go_away();
        let files: [(&str, &[u8]); 2] = [("goed.txt", b"alles goed"), ("fout.txt", VIRUS)];
        let attached = reply_with(&browser, &key, ticket.as_str(), &files).await;
        until_unreachable(&server, 2).await;
        let path = |index: usize| format!("tickets/{ticket}/attachments/{}", id(&attached[index]));
        for index in [0, 1] {
            expect_held(&key, &format!("/v1/{}/download", path(index)), "being scanned").await;
            assert_eq!(browser.get(&format!("/manage/{}", path(index))).await.status, 409);
        }
        let shown = browser.page(&page).await;
        assert!(shown.says("Virusscan bezig") && !shown.says("/attachments/"), "{}", shown.html);
        let failed = "SELECT count(*) AS value FROM jobs WHERE kind = 'ticket_mail' AND last_error LIKE '%being scanned%'";
        until_counted(&server, failed, 1).await;
        // However often it was tried: it looks again each minute.
        server.database.script("UPDATE jobs SET attempts = 9 WHERE kind = 'ticket_mail'").await;
        hurry(&server, "ticket_mail").await;
        let soon = "SELECT count(*) AS value FROM jobs WHERE kind = 'ticket_mail' AND state = 'waiting' AND attempts > 9
             AND run_at <= created_at + 3600000";
        until_counted(&server, soon, 1).await;

        scanner.come_back();
        hurry(&server, "scan_content").await;
        until_scans(&server, "blocked", 1).await;
        until_scans(&server, "clean", 1).await;
        hurry(&server, "ticket_mail").await;
        let mail = server.mailbox(CUSTOMER).source(1).await;
        assert!(mail.contains("filename=\"goed.txt\"") && !mail.contains("filename=\"fout.txt\""), "{mail}");
        let text = server.mailbox(CUSTOMER).wait_for(1).await;
        let blocked = "omdat een virusscanner ze heeft geblokkeerd: fout.txt (";
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains(blocked) && !text.contains("Vraag"), "{text}");
        let shown = browser.page(&page).await;
        assert!(shown.says("Geblokkeerd") && !shown.says(&path(1)) && shown.says(&path(0)), "{}", shown.html);
        assert_eq!(browser.get(&format!("/manage/{}", path(0))).await.bytes, b"alles goed");
        expect_held(&key, &format!("/v1/{}/download", path(1)), "has blocked").await;

        let to = mail.lines().find_map(|line| line.strip_prefix("Reply-To: ")).unwrap().trim();
        let answer = format!(
            "From: Jan <{CUSTOMER}>\nMessage-ID: <a1@example.nl>\nSubject: Re: Lekkage\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: text/plain\n\nHierbij.\n--x\nContent-Type: text/plain; name=per-mail.txt\nContent-Disposition: attachment; filename=per-mail.txt\n\n{}\n--x--\n",
            std::str::from_utf8(VIRUS).unwrap()
        );
        let mut command = klantportaal();
        command.args(["mail", "receive", "--recipient", to]).args([scanner.flag(), MAIL.to_owned()]);
        Ran::with_input(command.args(server.database.flags()), &answer.replace('\n', "\r\n")).json();
        until_scans(&server, "blocked", 2).await;
    }

    async fn a_scan_survives_the_death_of_the_server_and_waits_without_a_scanner(engine: Engine) {
        let scanner = FakeClamd::start();
        scanner.go_away();
        let server = Server::start(engine, &[&scanner.flag()]).await;
        let key = server.portal().await.key().await;
        let token = key.token.clone();
        let (clean, blocked) = (file(&key, "goed.txt", "alles goed").await, file(&key, "fout.txt", "een VIRUS").await);
        until_unreachable(&server, 2).await;
        let (_, _, database) = server.end("KILL");
        database.script("UPDATE jobs SET claimed_until = 0 WHERE state = 'running'").await;
        scanner.come_back();
        let server = Server::start_on(database, &[&scanner.flag()]).await;
        let key = server.bearer(&token);
        hurry(&server, "scan_content").await;
        until_scans(&server, "blocked", 1).await;
        until_scans(&server, "clean", 1).await;
        let link = key.get(&format!("/v1/files/{clean}/download")).await.expect(200);
        assert_eq!(open(&server, &link).await.bytes, b"alles goed");

        // A process without the setting releases nothing by itself.
        scanner.go_away();
        let waiting = key.upload("/v1/files", "laat.txt", "later", &[]).await.expect(200);
        let waiting = id(&waiting);
        until_unreachable(&server, 1).await;
        let (_, _, database) = server.end("TERM");
        let server = Server::start_on(database, &[]).await;
        let key = server.bearer(&token);
        hurry(&server, "scan_content").await;
        let unscanned = key.upload("/v1/files", "nieuw.txt", "nieuw", &[]).await.expect(200);
        let unscanned = id(&unscanned);
        assert_eq!(download(&server, &key, unscanned).await.bytes, b"nieuw");
        key.delete(&format!("/v1/files/{unscanned}")).await.expect_nothing();
        let others = "SELECT count(*) AS value FROM jobs WHERE kind <> 'scan_content' AND state <> 'failed' AND NOT planned";
        until_counted(&server, others, 0).await;
        expect_held(&key, &format!("/v1/files/{waiting}/download"), "being scanned").await;
        let found = server.cli(&["doctor"]).stdout;
        assert!(found.contains("scanner is not set, and files wait for it: 1"), "{found}");

        let refused = server.cli(&["files", "release-waiting", &scanner.flag()]);
        assert!(!refused.success && refused.stderr.contains("scanner is set"), "{refused:?}");
        let released = server.cli(&["files", "release-waiting"]).json();
        assert_eq!(released, json!({ "released": 1 }));
        assert_eq!(told(&server, "waiting_files_released").await, ["1"]);
        assert_eq!(server.cli(&["jobs", "list", "--kind", "scan_content"]).json(), json!([]));
        assert_eq!(download(&server, &key, waiting).await.bytes, b"later");
        key.get(&format!("/v1/files/{blocked}/download")).await.expect(409);
    }

    async fn the_doctor_tells_what_is_wrong_with_the_scanner(engine: Engine) {
        let scanner = FakeClamd::start();
        scanner.go_away();
        let server = Server::start(engine, &[&scanner.flag()]).await;
        let key = server.portal().await.key().await;
        file(&key, "a.txt", "een").await;
        let doctor = || server.cli(&["doctor", &scanner.flag()]).stdout;
        let found = doctor();
        assert!(found.contains("fault: scanner: clamd:/") && found.contains("start clamd"), "{found}");
        assert!(!found.contains("files wait for the scanner"), "{found}");
        server.database.script("UPDATE content_scans SET created_at = 1").await;
        let found = doctor();
        assert!(found.contains("files wait for the scanner since 1970"), "{found}");
        scanner.come_back();
        let found = doctor();
        assert!(found.contains("does not find the test file") && found.contains("set AlertExceedsMax yes"), "{found}");
    }
}

/// ClamAV itself, with signatures of our own.
#[test]
fn clamd_finds_what_it_knows_and_the_doctor_reads_its_settings() {
    block_on(async {
        let clamd = Clamd::start("AlertExceedsMax yes\nStreamMaxLength 2M\n").await;
        let flags = [clamd.flag(), "--max-file-megabytes=2".to_owned()];
        let server = Server::start(Engine::Sqlite, &[&flags[0], &flags[1]]).await;
        let key = server.portal().await.key().await;
        // The test file of EICAR, in parts so that nobody takes this source for it.
        let eicar =
            [r"X5O!P%@AP[4\PZX54(P^)7CC)7}", "$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"].concat();
        let (found, clean) =
            (file(&key, "eicar.com", &eicar).await, file(&key, "a.txt", "alles goed").await);
        let large = file(&key, "groot.bin", &"x".repeat(1_900_000)).await;
        until_scans(&server, "clean", 2).await;
        until_scans(&server, "blocked", 1).await;
        for name in [&clean, &large] {
            assert_eq!(download(&server, &key, name).await.status, 200);
        }
        expect_held(&key, &format!("/v1/files/{found}/download"), "has blocked").await;
        let doctor = |largest: &str| server.cli(&["doctor", &clamd.flag(), largest]).stdout;
        let fine = doctor("--max-file-megabytes=2");
        assert!(!fine.contains("scanner:"), "{fine}");
        let larger = doctor("--max-file-megabytes=3");
        assert!(larger.contains("warning: scanner: StreamMaxLength"), "{larger}");

        let lenient = Clamd::start("AlertExceedsMax no\n").await;
        let found = server.cli(&["doctor", &lenient.flag(), "--max-file-megabytes=2"]).stdout;
        assert!(found.contains("set AlertExceedsMax yes") && !found.contains("EICAR"), "{found}");
    });
}
