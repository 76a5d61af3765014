//! The pages of punch cards: issuing, the counter, and stamping.

use klantportaal::db::{Single, ToParam};
use serde_json::{Value, json};

use crate::customers::fields;
use crate::support::{Browser, FilledForm, Instance, Key};

const LIST: &str = "/manage/punch-cards";

/// A card and a customer, made with the API.
async fn made(key: &Key) -> (String, String) {
    let card = json!({ "name": "Koffiekaart", "punches": 3, "punchLabel": "kopje koffie" });
    let card = key.post("/v1/punch-cards", card).await.expect(200);
    let customer = key.post("/v1/customers", fields("Houder")).await.expect(200);
    let id = |row: &Value| row["id"].as_str().unwrap().to_owned();
    (id(&card), id(&customer))
}

/// Issues the card on its page; the path of the issued card.
async fn issue(browser: &Browser, card: &str, customer: &str) -> String {
    let path = format!("{LIST}/{card}/issue/{customer}");
    let issued = browser.page(&path).await.form_to(&path).send(browser).await;
    assert_eq!(issued.status, 303, "{issued}");
    issued.header("location").unwrap().to_owned()
}

async fn left(key: &Key, page: &str) -> i64 {
    let path = page.replace("/manage", "/v1");
    key.get(&path).await.expect(200)["punchesLeft"].as_i64().unwrap()
}

async fn stamp_form(browser: &Browser, page: &str) -> FilledForm {
    browser.page(page).await.form_to("/stamp")
}

async fn actions(server: &Instance, portal: &str) -> Vec<String> {
    let sql = "SELECT DISTINCT action AS value FROM audit_events
         WHERE portal_id = ?1 AND action LIKE 'punch_card%' ORDER BY action";
    let rows: Vec<Single<String>> = server.db.rows(sql, &[portal.to_param()]).await.unwrap();
    rows.into_iter().map(|Single(action)| action).collect()
}

both_engines! {
    async fn a_card_is_made_changed_deleted_restored_and_deleted_for_good(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        let new = browser.page(&format!("{LIST}/new")).await.form_to("/new");
        let empty = new.clone().send_to_page(&browser).await;
        assert!(empty.html.contains("error-summary"), "each field that is missing is named");
        let filled = [("name", "Lessenkaart"), ("punches", "10"), ("punchLabel", "les"), ("forSale", "true"), ("price", "1.250,-"), ("vatRate", "21"), ("expiryValue", "12"), ("expirePeriod", "months")];
        let filled = filled.iter().fold(new, |form, (name, value)| form.with(name, value));
        let (one, other) = (filled.send(&browser).await, filled.send(&browser).await);
        assert_eq!((one.status, one.header("location")), (303, other.header("location")), "{one}");
        let path = one.header("location").unwrap().to_owned();
        let key = portal.key().await;
        let cards = key.get("/v1/punch-cards").await.expect(200)["data"].clone();
        assert_eq!(cards.as_array().unwrap().len(), 1, "a form that is sent twice makes one");
        assert_eq!((&cards[0]["price"], &cards[0]["expiryValue"]), (&json!("1250.00"), &json!(12)));
        let page = browser.page(&path).await;
        assert!(page.says("Lessenkaart") && page.says("1.250,00") && page.says("12 maanden"), "{}", page.html);

        let edit = browser.page(&format!("{path}/edit")).await;
        assert!(edit.says(r#"value="1.250,00""#), "{}", edit.html);
        let same = [("name", "Lessenkaart"), ("punches", "10"), ("punchLabel", "les"), ("vatRate", "")];
        let edit = same.iter().fold(edit.form_to("/edit"), |form, (name, value)| form.with(name, value));
        let unsold = edit.with("forSale", "").with("price", "").with("expiryValue", "").with("expirePeriod", "");
        assert_eq!(unsold.send(&browser).await.status, 303);
        let saved = key.get("/v1/punch-cards").await.expect(200)["data"][0].clone();
        assert_eq!((&saved["forSale"], &saved["price"], &saved["expiryPeriode"]), (&json!(false), &Value::Null, &Value::Null));

        for _ in 0..2 {
            let delete = browser.page(&format!("{path}/delete")).await.form_to("/delete");
            assert_eq!(delete.send(&browser).await.status, 303);
            assert_eq!(browser.get(&path).await.status, 404);
            if key.get("/v1/punch-cards").await.expect(200)["data"] == json!([]) && actions(server, portal.id.as_str()).await.contains(&"punch_card_restored".to_owned()) {
                break;
            }
            let bin = browser.page(&format!("{LIST}/bin")).await;
            assert_eq!(bin.form_to("/bin/restore").send(&browser).await.status, 303);
        }
        let id = path.rsplit('/').next().unwrap();
        let discard = browser.page(&format!("{LIST}/bin/{id}/delete")).await.form_to("/delete");
        assert_eq!(discard.send(&browser).await.status, 303);
        assert_eq!(actions(server, portal.id.as_str()).await, [
            "punch_card_changed", "punch_card_created", "punch_card_deleted", "punch_card_deleted_for_good", "punch_card_restored",
        ]);
    }

    async fn a_card_is_issued_found_by_its_code_and_stamped(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        let key = portal.key().await;
        let (card, customer) = made(&key).await;
        let chosen = browser.page(&format!("{LIST}/{card}/issue")).await;
        assert!(chosen.html.contains(&format!("/issue/{customer}")), "{}", chosen.html);
        let of_customer = browser.page(&format!("{LIST}/issue/{customer}")).await;
        assert!(of_customer.html.contains(&format!("/{card}/issue/{customer}")), "{}", of_customer.html);

        let path = format!("{LIST}/{card}/issue/{customer}");
        let form = browser.page(&path).await.form_to(&path);
        let (one, other) = (form.send(&browser).await, form.send(&browser).await);
        assert_eq!(one.header("location"), other.header("location"), "a form that is sent twice issues one");
        let page = one.header("location").unwrap().to_owned();
        let code = key.get(&page.replace("/manage", "/v1")).await.expect(200)["code"].as_str().unwrap().to_owned();
        let on_customers = browser.page(&format!("/manage/customers/{customer}")).await;
        assert!(on_customers.says(&code) && on_customers.says("3 / 3"), "{}", on_customers.html);

        // At the counter, typed in any way.
        for typed in [code.clone(), code.to_lowercase().replace('-', ""), format!("%20{}%20", code.replace('-', "%20"))] {
            let found = browser.get(&format!("{LIST}/counter?code={typed}")).await;
            assert_eq!((found.status, found.header("location")), (303, Some(page.as_str())), "{typed}");
        }
        for unknown in ["AAAA-AAAA", "x", "a%00b", &"A".repeat(5000)] {
            let told = browser.get(&format!("{LIST}/counter?code={unknown}")).await;
            assert!(told.status == 200 && told.text().contains("error-summary"), "{told}");
        }
        let (_, stranger) = server.portal_and_browser().await;
        assert_eq!(stranger.get(&format!("{LIST}/counter?code={code}")).await.status, 200, "another portal's is none");

        assert_eq!(stamp_form(&browser, &page).await.with("stamps", "2").send(&browser).await.status, 303);
        assert_eq!(left(&key, &page).await, 1);
        let refused = stamp_form(&browser, &page).await.with("stamps", "2").send_to_page(&browser).await;
        assert!(refused.html.contains("error-summary"), "{}", refused.html);
        assert_eq!(stamp_form(&browser, &page).await.with("stamps", "1").with("action", "back").send(&browser).await.status, 303);
        assert_eq!(left(&key, &page).await, 2);
        let shown = browser.page(&page).await;
        assert_eq!(shown.html.matches("timeline-head").count(), 3, "issued, stamped and given back: {}", shown.html);
        let history = browser.page(&format!("{page}/history")).await;
        assert_eq!(history.html.matches("timeline-head").count(), 3);
        assert_eq!(actions(server, portal.id.as_str()).await, ["punch_card_created", "punch_card_issued", "punch_card_stamped"]);
    }

    async fn a_stamp_that_is_sent_twice_counts_once(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        let key = portal.key().await;
        let (card, customer) = made(&key).await;
        let page = issue(&browser, &card, &customer).await;
        let form = stamp_form(&browser, &page).await.with("stamps", "1");
        let (one, other) = futures_util::future::join(form.send(&browser), form.send(&browser)).await;
        let stamped = [&one, &other].into_iter().filter(|answer| answer.status == 303 && answer.header("location") == Some(page.as_str())).count();
        assert_eq!((stamped, left(&key, &page).await), (1, 2), "{} and {}", one.status, other.status);
        let third = form.send_to_page(&browser).await;
        assert_eq!(left(&key, &page).await, 2);
        assert!(third.says("intussen afgestempeld"), "{}", third.html);
    }

    async fn only_the_counter_may_use_the_camera_and_it_works_without(server: &Server) {
        let (_, browser) = server.portal_and_browser().await;
        let counter = browser.get(&format!("{LIST}/counter")).await;
        assert!(counter.header("permissions-policy").unwrap().contains("camera=(self)"));
        let html = counter.text();
        assert!(html.contains("data-scanner hidden") && html.contains(r#"name="code""#), "{html}");
        assert!(browser.get(LIST).await.header("permissions-policy").unwrap().contains("camera=()"));
    }
}
