//! Exporting the list of customers.

use jiff::Timestamp;
use jiff::civil::Date;
use klantportaal::fields::Fields;
use klantportaal::resources::customers::{CustomerCreate, queries};
use serde_json::{Value, json};

use crate::customers::fields;
use crate::support::{Answer, Instance, Key, Portal};

const EXPORT: &str = "/manage/customers/export";

/// The rows of a CSV file, with its heads.
fn csv(answer: &Answer, delimiter: u8) -> Vec<Vec<String>> {
    let kind = answer.header("content-type");
    assert_eq!((answer.status, kind), (200, Some("text/csv; charset=utf-8")), "{answer}");
    let bytes = answer.bytes.strip_prefix("\u{feff}".as_bytes()).expect("a byte order mark");
    let reader =
        csv::ReaderBuilder::new().delimiter(delimiter).has_headers(false).from_reader(bytes);
    let cells = |row: csv::StringRecord| row.iter().map(str::to_owned).collect();
    reader.into_records().map(|row| cells(row.unwrap())).collect()
}

/// The objects of an NDJSON file.
fn ndjson(answer: &Answer) -> Vec<Value> {
    let kind = answer.header("content-type");
    assert_eq!((answer.status, kind), (200, Some("application/x-ndjson")), "{answer}");
    let text = String::from_utf8(answer.bytes.clone()).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Adds many customers, in one transaction.
async fn fill(portal: &Portal, count: usize) {
    let mut tx = portal.store.begin().await.unwrap();
    for number in 0..count {
        let mut fields =
            Fields::json(fields(&format!("Klant {number:03}")).to_string().as_bytes()).unwrap();
        let CustomerCreate(details) = fields.read().unwrap();
        queries::insert(&mut tx, details, Timestamp::now()).await.unwrap();
    }
    tx.commit().await.unwrap();
}

/// The day in the portal's time zone.
fn today() -> Date {
    Timestamp::now().in_tz("Europe/Amsterdam").unwrap().date()
}

/// What the audit log says was exported.
async fn told(server: &Instance, portal: &Portal) -> Vec<String> {
    let sql = "SELECT actor || ': ' || subject AS value FROM audit_events
               WHERE portal_id = ?1 AND action = 'rows_exported' ORDER BY created_at, id";
    let rows: Vec<klantportaal::db::Single<String>> =
        server.db.rows(sql, &[klantportaal::db::ToParam::to_param(&portal.id)]).await.unwrap();
    rows.into_iter().map(|row| row.0).collect()
}

both_engines! {
    async fn a_list_of_several_pages_is_exported_whole_and_in_its_order(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        fill(&portal, 405).await;
        let (other, _) = server.portal_and_browser().await;
        fill(&other, 3).await;
        let expected: Vec<String> = (0..405).map(|number| format!("Klant {number:03}")).collect();
        for format in ["csv", "ndjson"] {
            let names = async |query: &str| -> Vec<String> {
                let file = browser.get(&format!("{EXPORT}?format={format}{query}")).await;
                match format {
                    "csv" => csv(&file, b';')[1..].iter().map(|row| row[0].clone()).collect(),
                    _ => ndjson(&file).iter().map(|row| row["companyName"].as_str().unwrap().to_owned()).collect(),
                }
            };
            assert_eq!(names("&sort=companyName").await, expected);
            assert_eq!(names("&sort=-companyName").await.first().unwrap(), "Klant 404");
            // The page that was open doesn't matter.
            assert_eq!(names("&sort=companyName&page=3&per_page=50").await, expected);
            let with_40: Vec<String> = expected.iter().filter(|name| name.contains("40")).cloned().collect();
            assert_eq!(names("&search=klant+40&sort=companyName").await, with_40);
            assert_eq!(names("&search=klant").await.len(), 405);
            assert_eq!(names("&search=nergens").await, Vec::<String>::new());
        }
    }

    async fn a_file_opens_in_the_spreadsheet_of_its_reader(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        let key = portal.key().await;
        let mut customer = fields("=HYPERLINK(\"http://x\");A, B");
        customer["phone"] = json!("+31 73 123 45 67");
        customer["notes"] = json!("Eén\r\n\"twee\"");
        key.post("/v1/customers", customer).await.expect(200);
        for (lang, delimiter, head) in [("nl", b';', "E-mailadres"), ("en", b',', "E-mail address")] {
            browser.set_cookie("language", lang);
            let before = today();
            let file = browser.get(&format!("{EXPORT}?format=csv")).await;
            let rows = csv(&file, delimiter);
            assert_eq!(rows.len(), 2);
            assert!(rows[0].iter().any(|cell| cell == head), "{rows:?}");
            let row = &rows[1];
            assert_eq!(row[0], "'=HYPERLINK(\"http://x\");A, B");
            assert!(row.contains(&"'+31 73 123 45 67".to_owned()), "{row:?}");
            assert!(row.contains(&"Eén\r\n\"twee\"".to_owned()), "{row:?}");
            assert!(row.contains(&"jan@example.nl".to_owned()), "{row:?}");
            let name = if lang == "nl" { "klanten" } else { "customers" };
            let disposition = file.header("content-disposition").unwrap();
            let is_named = |day: Date| disposition.starts_with(&format!("attachment; filename=\"bakkerij-jansen-{name}-{day}.csv\""));
            assert!(is_named(before) || is_named(today()), "{disposition}");
        }
    }

    async fn software_gets_what_the_api_shows(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        let key = portal.key().await;
        key.post("/v1/customers", fields("Een")).await.expect(200);
        key.post("/v1/customers", fields("Twee")).await.expect(200);
        let file = browser.get(&format!("{EXPORT}?format=ndjson&sort=companyName")).await;
        let list = key.get("/v1/customers?sort=companyName").await.expect(200);
        assert_eq!(json!(ndjson(&file)), list["data"]);
        assert!(file.header("content-disposition").unwrap().contains(".ndjson"));
    }

    async fn an_export_is_told_and_what_it_was_narrowed_to(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        fill(&portal, 1).await;
        let page = browser.page(&format!("{EXPORT}?search=klant&customerType=business")).await;
        assert!(page.says("gezocht en gefilterd"), "{}", page.html);
        let link = page.links().into_iter().find(|link| link.contains("format=csv")).unwrap();
        assert!(told(server, &portal).await.is_empty(), "the page exports nothing");
        assert_eq!(csv(&browser.get(&link).await, b';').len(), 2);
        assert_eq!(browser.get(&format!("{EXPORT}?format=ndjson")).await.status, 200);
        assert_eq!(browser.get(&format!("{EXPORT}?format=xlsx")).await.status, 400);
        let mut told = told(server, &portal).await;
        told.sort();
        let owner = &portal.owner_email;
        let mut expected = [
            format!("{owner}: Klanten, search=klant, customerType=business (csv)"),
            format!("{owner}: Klanten (ndjson)"),
        ];
        expected.sort();
        assert_eq!(told, expected);
    }

    async fn ticked_rows_are_exported_alone_and_in_the_order_of_the_list(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        let stranger = server.portal().await.key().await;
        let key = portal.key().await;
        let add = async |key: &Key, name: &str| {
            let made = key.post("/v1/customers", fields(name)).await.expect(200);
            made["id"].as_str().unwrap().to_owned()
        };
        let (a, b, gone) = (add(&key, "A").await, add(&key, "B").await, add(&key, "Weg").await);
        add(&key, "C").await;
        let foreign = add(&stranger, "Vreemd").await;
        let mut form = browser.page("/manage/customers?sort=-companyName").await.form_to("/ticked");
        let ids = [&b, &a, &gone, &foreign].map(|id| ("ticked".to_owned(), id.clone()));
        form.fields.extend(ids);
        let page = form.with("action", "export").send_to_page(&browser).await;
        assert!(page.says("4 aangevinkte rijen"), "{}", page.html);
        assert!(page.links().contains(&"/manage/customers?sort=-companyName".to_owned()), "the way back");
        key.delete(&format!("/v1/customers/{gone}")).await.expect_nothing();
        for format in ["csv", "ndjson"] {
            let link = page.links().into_iter().find(|link| link.contains(format)).unwrap();
            let file = browser.get(&link).await;
            let names: Vec<String> = match format {
                "csv" => csv(&file, b';')[1..].iter().map(|row| row[0].clone()).collect(),
                _ => ndjson(&file).iter().map(|row| row["companyName"].as_str().unwrap().to_owned()).collect(),
            };
            assert_eq!(names, ["B", "A"], "{link}");
        }
        let mut told = told(server, &portal).await;
        told.sort();
        let owner = &portal.owner_email;
        assert_eq!(told, ["csv", "ndjson"].map(|format| format!("{owner}: Klanten, 2 aangevinkte rijen ({format})")));
        for (ids, status) in [(vec!["x"; 100], 200), (vec![""], 200), (vec!["x"; 101], 400)] {
            let path = format!("{EXPORT}?format=csv&ticked={}", ids.join(","));
            assert_eq!(browser.get(&path).await.status, status, "{path}");
        }
    }

    async fn who_is_not_logged_in_exports_nothing(server: &Server) {
        let stranger = crate::support::Browser::new(&server.url);
        let answer = stranger.get(&format!("{EXPORT}?format=csv")).await;
        assert_eq!(answer.status, 303, "{answer}");
        assert!(answer.header("location").unwrap().starts_with("/manage/login"));
    }
}
