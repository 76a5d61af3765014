//! Importing customers from a CSV file.

use std::time::Duration;

use klantportaal::db::{Single, ToParam};
use klantportaal::jobs::{Attempt, Job};
use klantportaal::resources::customers::Customer;
use klantportaal::transfer::{ImportContext, ImportJob};
use serde_json::json;

use crate::customers::fields;
use crate::support::{Answer, Browser, FilledForm, InProcess, Instance, Page, Portal};

const IMPORTS: &str = "/manage/customers/imports";

/// Sends a file; one that is not taken leads to its page again.
pub async fn send(browser: &Browser, file: &[u8]) -> Answer {
    let form = browser.page(IMPORTS).await.form();
    let mut body = Vec::new();
    for (name, value) in &form.fields {
        body.extend(
            format!(
                "--grens\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
            )
            .bytes(),
        );
    }
    body.extend(b"--grens\r\nContent-Disposition: form-data; name=\"file\"; filename=\"klanten.csv\"\r\nContent-Type: text/csv\r\n\r\n");
    body.extend_from_slice(file);
    body.extend(b"\r\n--grens--\r\n");
    browser.post_raw(IMPORTS, "multipart/form-data; boundary=grens", body, &[]).await
}

/// The path of the import of a file that is taken.
pub async fn upload(browser: &Browser, file: &str) -> String {
    let answer = send(browser, file.as_bytes()).await;
    assert_eq!(answer.status, 303, "{answer}");
    answer.header("location").unwrap().strip_suffix("/columns").unwrap().to_owned()
}

/// The page of an import once no job works on it any more.
pub async fn settled(browser: &Browser, path: &str) -> Page {
    loop {
        let page = browser.page(path).await;
        if !page.html.contains("data-refresh") {
            return page;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// The form of the columns, with what is chosen in each.
async fn columns(browser: &Browser, path: &str) -> FilledForm {
    let page = browser.page(&format!("{path}/columns")).await;
    with_choices(&page)
}

fn with_choices(page: &Page) -> FilledForm {
    let value = |text: &str, name: &str| {
        let (_, rest) = text.split_once(&format!("{name}=\""))?;
        Some(rest.split('"').next().unwrap().to_owned())
    };
    let selects =
        page.html.split("<select").skip(1).map(|rest| rest.split("</select>").next().unwrap());
    selects.fold(page.form_to("/columns"), |form, select| {
        let mut options = select.split("<option").skip(1);
        let chosen = options.find(|option| option.split('>').next().unwrap().contains(" selected"));
        let field = chosen.and_then(|option| value(option, "value")).unwrap_or_default();
        form.with(&value(select, "name").unwrap(), &field)
    })
}

/// Takes the columns as they were guessed, and waits for the check.
pub async fn checked(browser: &Browser, path: &str) -> Page {
    let answer = columns(browser, path).await.send(browser).await;
    assert_eq!(answer.status, 303, "{answer}");
    settled(browser, path).await
}

pub async fn start(browser: &Browser, page: &Page, duplicates: &str) -> Answer {
    page.form_to("/start").with("duplicates", duplicates).send(browser).await
}

fn csv(rows: impl IntoIterator<Item = String>) -> String {
    let heads = "Bedrijf;E-mail;Straat;Postcode;Plaats;Telefoon;KvK\r\n".to_owned();
    heads + &rows.into_iter().collect::<String>()
}

fn row(number: usize) -> String {
    format!(
        "Klant {number};klant{number}@example.nl;Kade {number};1234 AB;Ede;'+31 6 1234 5678;\r\n"
    )
}

async fn count(server: &Instance, portal: &Portal) -> i64 {
    let sql = "SELECT count(*) AS value FROM customers WHERE portal_id = ?1";
    server.db.row(sql, &[portal.id.to_param()]).await.unwrap().map_or(0, |Single(count)| count)
}

async fn told(server: &Instance, portal: &Portal) -> Vec<String> {
    let sql = "SELECT action || ' ' || actor || ': ' || subject AS value FROM audit_events
               WHERE portal_id = ?1 AND (action LIKE 'import%' OR action LIKE 'customer%') ORDER BY created_at, id";
    let rows: Vec<Single<String>> = server.db.rows(sql, &[portal.id.to_param()]).await.unwrap();
    rows.into_iter().map(|Single(text)| text.split(" (imp_").next().unwrap().to_owned()).collect()
}

both_engines! {
    async fn a_file_is_checked_imported_and_undone_as_a_whole(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        let key = portal.key().await;
        let mut known = fields("Bestaande");
        known["primaryEmail"] = json!("KLANT3@example.nl");
        key.post("/v1/customers", known).await.expect(200);
        let rows = (0..250).map(row).chain([
            "Zonder adres;zonder@example.nl;;1234 AB;Ede;;\r\n".to_owned(),
            "Te weinig;cellen@example.nl\r\n".to_owned(),
            row(7),
        ]);
        let path = upload(&browser, &csv(rows)).await;
        let guessed = columns(&browser, &path).await;
        for (place, field) in ["companyName", "primaryEmail", "address", "zipCode", "city", "phone", "kvkNumber"].iter().enumerate() {
            assert_eq!(guessed.field(&format!("column-{place}")), Some(*field));
        }
        let page = checked(&browser, &path).await;
        for shown in ["Klant 0", "251 rijen importeren", "Straat", "Deze rij heeft 2 cellen, en de eerste regel 7.", "Staan al in je portaal", "Dubbel in het bestand"] {
            assert!(page.says(shown), "{shown} in {}", page.html);
        }
        let faults = browser.get(&format!("{path}/faults")).await;
        let text = String::from_utf8(faults.bytes).unwrap();
        assert!(text.starts_with("\u{feff}Rij;Kolom;Wat er mis is\r\n252;Straat;"), "{text}");
        assert_eq!(count(server, &portal).await, 1, "nothing was imported yet");

        assert_eq!(start(&browser, &page, "skip").await.status, 303);
        let page = settled(&browser, &path).await;
        assert!(page.says("Klaar") && page.says("Overgeslagen"), "{}", page.html);
        assert_eq!(count(server, &portal).await, 250);
        let found = key.get("/v1/customers?search=klant+249").await.expect(200);
        assert_eq!((&found["data"][0]["phone"], &found["data"][0]["city"]), (&json!("+31 6 1234 5678"), &json!("Ede")));
        let changed = found["data"][0]["id"].as_str().unwrap();
        key.patch(&format!("/v1/customers/{changed}"), json!({ "city": "Gent" })).await.expect(200);
        let owner = &portal.owner_email;
        let events = told(server, &portal).await;
        assert_eq!(events[1..events.len() - 1], [
            format!("import_started {owner}: klanten.csv: 253 !2"),
            format!("import_ended {owner}: klanten.csv: +249 ~0 =2 !2"),
        ], "{events:?}");

        let ask = browser.page(&format!("{path}/undo")).await;
        assert_eq!(ask.form_to("/undo").send(&browser).await.status, 303);
        let page = settled(&browser, &path).await;
        assert!(page.says("Ongedaan gemaakt") && page.says("Weer verwijderd") && page.says("Gebleven"), "{}", page.html);
        assert_eq!(count(server, &portal).await, 2, "the one before, and the one that was changed");
        let undone = format!("import_undone {owner}: klanten.csv: -248");
        assert!(told(server, &portal).await.contains(&undone), "{undone}");
        let left: i64 = server.db.row("SELECT count(*) AS value FROM import_pieces WHERE portal_id = ?1", &[portal.id.to_param()])
            .await.unwrap().map_or(0, |Single(count)| count);
        assert_eq!(left, 0, "the file is gone");
    }

    async fn rows_that_are_there_already_are_updated_or_imported_anyway(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        let key = portal.key().await;
        let mut known = fields("Oude naam");
        known["primaryEmail"] = json!("klant1@example.nl");
        known["notes"] = json!("Blijft");
        let known = key.post("/v1/customers", known).await.expect(200);
        for (duplicates, total) in [("update", 2), ("create", 4)] {
            let path = upload(&browser, &csv((1..3).map(row))).await;
            let page = checked(&browser, &path).await;
            assert_eq!(start(&browser, &page, duplicates).await.status, 303);
            settled(&browser, &path).await;
            assert_eq!(count(server, &portal).await, total, "{duplicates}");
        }
        let now = key.get(&format!("/v1/customers/{}", known["id"].as_str().unwrap())).await.expect(200);
        assert_eq!((&now["companyName"], &now["notes"]), (&json!("Klant 1"), &json!("Blijft")));
    }

    async fn a_file_that_cannot_be_read_is_answered_with_what_to_do(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        let long = format!("Naam\n{}", "a".repeat(10_000_000));
        let wide = "a;".repeat(200);
        for (file, shown) in [
            (&b""[..], "Dit bestand is leeg."),
            (b"\n", "Dit bestand is leeg."),
            (b"Naam;Plaats\n", "geen rijen"),
            (b"Naam\nJan\0sen\n", "geen tekstbestand"),
            (b"\x7fELF\0\0\0", "geen tekstbestand"),
            (b"PK\x03\x04abcd", "Excel-bestand"),
            ("Naam\nCaf\u{e9}\n".as_bytes(), ""),
            (b"Naam\nCaf\xc3\xa9\xff\n", "geen UTF-8"),
            (b"Naam\n\"Jansen\nPietersen\n", "sluitende aanhalingsteken"),
            (long.as_bytes(), "langer dan 128 kB"),
            (wide.as_bytes(), "meer dan 100 kolommen"),
        ] {
            let answer = send(&browser, file).await;
            if shown.is_empty() {
                assert_eq!(answer.status, 303, "{answer}");
                continue;
            }
                        assert!(Page::of(&answer).says(shown), "{shown} in {answer}");
        }
        assert_eq!(count(server, &portal).await, 0);
    }

    async fn columns_must_fill_what_is_required_and_each_field_once(server: &Server) {
        let (_, browser) = server.portal_and_browser().await;
        let path = upload(&browser, "Naam;Iets;Plaats\nJansen;x;Ede\n").await;
        let form = columns(&browser, &path).await.with("column-1", "city");
        let answer = form.send(&browser).await;
        let page = Page::of(&answer);
        for shown in ["Een eerdere kolom bevat dit al", "nog geen kolom voor gekozen: E-mailadres"] {
            assert!(page.says(shown), "{shown} in {}", page.html);
        }
        assert_eq!(with_choices(&page).field("column-1"), Some("city"), "what was chosen is shown");
        assert_eq!(page.form_to("/cancel").send(&browser).await.status, 303);
        assert!(browser.page(&path).await.says("Geannuleerd"));
    }

    async fn nothing_happens_twice_when_a_run_is_cut_off_and_two_go_on(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (portal, browser) = server.portal_and_browser().await;
        let path = upload(&browser, &csv((0..1000).map(row))).await;
        let id = path.rsplit('/').next().unwrap();
        let context = ImportContext {
            db: server.db.clone(),
            clock: server.clock.clone(),
            quotas: server.server.config.quotas.clone(),
        };
        let run = || {
            let job: ImportJob<Customer> =
                serde_json::from_value(json!({ "portal": portal.id, "import": id })).unwrap();
            let context = context.clone();
            async move {
                let attempt = Attempt { id: "1".parse().unwrap(), number: 1, created_at: jiff::Timestamp::now() };
                job.run(&context, attempt).await.unwrap();
            }
        };
        let form = columns(&browser, &path).await;
        assert_eq!(form.send(&browser).await.status, 303);
        run().await;
        let page = browser.page(&path).await;
        assert_eq!(start(&browser, &page, "create").await.status, 303);
        let cut = tokio::spawn(run());
        while count(&server, &portal).await == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        cut.abort();
        assert!(cut.await.is_err() || count(&server, &portal).await == 1000);
        let (one, other) = (tokio::spawn(run()), tokio::spawn(run()));
        one.await.unwrap();
        other.await.unwrap();
        assert_eq!(count(&server, &portal).await, 1000);
        let sql = "SELECT count(*) AS value FROM import_created WHERE portal_id = ?1";
        let noted: Single<i64> = server.db.row(sql, &[portal.id.to_param()]).await.unwrap().unwrap();
        assert_eq!(noted.0, 1000);
        assert!(browser.page(&path).await.says("Klaar"));
    }

    async fn a_portal_without_room_is_told_before_anything_is_imported(engine: Engine) {
        let server = InProcess::start_with(engine, |_| vec!["--max-customers-per-portal=2".to_owned()]).await;
        let (portal, browser) = server.portal_and_browser().await;
        let path = upload(&browser, &csv((0..3).map(row))).await;
        let checked = "UPDATE imports SET state = 'checked' WHERE portal_id = ?1";
        server.db.execute(checked, &[portal.id.to_param()]).await.unwrap();
        let answer = start(&browser, &browser.page(&path).await, "skip").await;
        assert_eq!(answer.status, 409, "{answer}");
        assert!(Page::of(&answer).says("max-customers-per-portal"), "{answer}");
        // One job at a time, and a file that waits makes way for the next.
        let working = "UPDATE imports SET state = 'running' WHERE portal_id = ?1";
        server.db.execute(working, &[portal.id.to_param()]).await.unwrap();
        let answer = send(&browser, csv([row(1)]).as_bytes()).await;
        assert_eq!(answer.status, 409, "{answer}");
        assert!(Page::of(&answer).says("Er loopt al een import"), "{answer}");
        assert_eq!(browser.page(&path).await.form_to("/cancel").send(&browser).await.status, 303);
        upload(&browser, &csv([row(1)])).await;
    }

    async fn imports_and_files_go_after_their_time(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (portal, browser) = server.portal_and_browser().await;
        upload(&browser, &csv((0..3).map(row))).await;
        let pieces = "SELECT count(*) AS value FROM import_pieces WHERE portal_id = ?1";
        let imports = "SELECT count(*) AS value FROM imports WHERE portal_id = ?1";
        let count = async |sql: &'static str| -> i64 {
            server.db.row(sql, &[portal.id.to_param()]).await.unwrap().map_or(0, |Single(count)| count)
        };
        for (hours, left, kept) in [(23, 1, 1), (25, 0, 1), (30 * 24 + 1, 0, 0)] {
            let now = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(hours);
            klantportaal::transfer::clean_up(&server.cleaner(), now).await.unwrap();
            assert_eq!((count(pieces).await, count(imports).await), (left, kept), "after {hours} hours");
        }
    }
}
