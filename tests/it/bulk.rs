//! Rows that are ticked in a list and changed together.

use futures_util::future::join_all;
use klantportaal::db::Single;
use klantportaal::quotas::{CUSTOMER_GROUPS, CUSTOMERS};
use serde_json::json;

use crate::customers::fields;
use crate::support::operations::missing;
use crate::support::{Answer, Browser, FilledForm, InProcess, Key, Page};

const LIST: &str = "/manage/customers";

async fn customers(key: &Key, count: usize) -> Vec<String> {
    let mut ids = Vec::new();
    for number in 0..count {
        let made = key.post("/v1/customers", fields(&format!("Klant {number}"))).await.expect(200);
        ids.push(made["id"].as_str().unwrap().to_owned());
    }
    ids
}

async fn group(key: &Key, name: &str) -> String {
    let made = key.post("/v1/customer-groups", json!({ "name": name })).await.expect(200);
    made["id"].as_str().unwrap().to_owned()
}

/// The form of a list with these rows ticked, and a button pressed.
async fn ticked(browser: &Browser, list: &str, ids: &[String], action: &str) -> FilledForm {
    let mut form = browser.page(list).await.form_to("/ticked");
    form.fields.extend(ids.iter().map(|id| ("ticked".to_owned(), id.clone())));
    form.with("action", action)
}

/// Confirms the deletion of ticked rows; the page afterwards.
async fn confirmed(browser: &Browser, asked: &Answer) -> Page {
    Page::of(asked).form_to("/ticked/delete").send_to_page(browser).await
}

async fn members(key: &Key, group: &str) -> usize {
    let page = key.get(&format!("/v1/customer-groups/{group}/customers?per_page=100")).await;
    page.expect(200)["data"].as_array().unwrap().len()
}

both_engines! {
    async fn ticked_customers_are_deleted_together_and_come_back_together(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        let stranger = server.portal().await.key().await;
        let key = portal.key().await;
        let (mut ids, foreign) = (customers(&key, 4).await, customers(&stranger, 1).await.remove(0));
        let stays = ids.pop().unwrap();
        let absent = missing(&stays);
        let some = [ids.clone(), vec![foreign.clone(), absent]].concat();
        let asked = ticked(&browser, &format!("{LIST}?sort=companyName"), &some, "delete").await.send(&browser).await;
        assert!(Page::of(&asked).says("5 klanten verwijderen?"), "{asked}");
        assert_eq!(CUSTOMERS.count(&portal.store).await.unwrap(), 4, "nothing is deleted without asking");
        // One of them goes meanwhile.
        key.delete(&format!("/v1/customers/{}", ids[2])).await.expect_nothing();
        let form = Page::of(&asked).form_to("/ticked/delete");
        let answer = form.send(&browser).await;
        assert_eq!(answer.header("location"), Some("/manage/customers?sort=companyName"), "{answer}");
        let page = browser.page(LIST).await;
        assert!(page.says("2 klanten zijn verwijderd."), "{}", page.html);
        assert_eq!(CUSTOMERS.count(&portal.store).await.unwrap(), 1);
        stranger.get(&format!("/v1/customers/{foreign}")).await.expect(200);
        let page = page.form_to("/bin/restore").send_to_page(&browser).await;
        assert!(page.says("2 klanten zijn teruggezet."), "{}", page.html);
        assert_eq!(CUSTOMERS.count(&portal.store).await.unwrap(), 3, "what was deleted by itself stays so");
    }

    async fn ticked_customers_are_put_into_a_group_and_taken_out(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        let stranger = server.portal().await.key().await;
        let key = portal.key().await;
        let (ids, foreign) = (customers(&key, 3).await, customers(&stranger, 1).await);
        let (own, foreign_group) = (group(&key, "Leden").await, group(&stranger, "Leden").await);
        let some = [ids.clone(), foreign].concat();
        let form = ticked(&browser, LIST, &some, "add").await;
        let page = form.clone().with("group", &own).send_to_page(&browser).await;
        assert!(page.says("3 klanten zitten nu in de groep."), "{}", page.html);
        assert_eq!(members(&key, &own).await, 3);
        for (group, says) in [("", "Kies eerst een groep."), (foreign_group.as_str(), "Kies eerst een groep.")] {
            let refused = form.clone().with("group", group).send(&browser).await;
            let page = Page::of(&refused);
            assert!(page.says(says), "{}", page.html);
            // What was ticked still is.
            assert_eq!(page.form_to("/ticked").fields.iter().filter(|(name, _)| name == "ticked").count(), 3);
        }
        let form = ticked(&browser, LIST, &ids[..1], "remove").await.with("group", &own);
        let page = form.send_to_page(&browser).await;
        assert!(page.says("De klant is uit de groep gehaald."), "{}", page.html);
        assert!(form.send_to_page(&browser).await.says("Er is niets gewijzigd."));
        assert_eq!(members(&key, &own).await, 2);
    }

    async fn all_of_them_or_none(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        let key = portal.key().await;
        let ids = customers(&key, 3).await;
        // One of them is in as many groups as can be.
        for number in 0..100 {
            let body = json!({ "name": format!("Groep {number}"), "customers": [ids[2]] });
            key.post("/v1/customer-groups", body).await.expect(200);
        }
        let own = group(&key, "Leden").await;
        let answer = ticked(&browser, LIST, &ids, "add").await.with("group", &own).send(&browser).await;
        assert_eq!(answer.status, 409, "{answer}");
        assert_eq!(members(&key, &own).await, 0);
    }

    async fn what_is_faulty_is_refused(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        let key = portal.key().await;
        let ids = customers(&key, 1).await;
        let form = ticked(&browser, LIST, &[], "delete").await;
        assert!(Page::of(&form.send(&browser).await).says("Vink eerst iets aan"));
        let many: Vec<String> = (0..101).map(|number| format!("cst_{number}")).collect();
        for action in ["delete", "add"] {
            let answer = ticked(&browser, LIST, &many, action).await.send(&browser).await;
            assert!(answer.text().contains("hoogstens"), "{answer}");
        }
        let answer = ticked(&browser, LIST, &["cug_a".to_owned()], "delete").await.send(&browser).await;
        assert!(answer.text().contains("error-summary"), "{answer}");
        // Not all of them at once by another road either.
        let asked = ticked(&browser, LIST, &ids, "delete").await.send(&browser).await;
        let mut form = Page::of(&asked).form_to("/ticked/delete");
        form.fields.extend(many.into_iter().map(|id| ("ticked".to_owned(), id)));
        let answer = form.send(&browser).await;
        assert!(answer.text().contains("hoogstens"), "{answer}");
        assert_eq!(CUSTOMERS.count(&portal.store).await.unwrap(), 1);
        let answer = ticked(&browser, LIST, &ids, "shred").await.send(&browser).await;
        assert!(answer.text().contains("Kies eerst een groep."), "{answer}");
        // Who opens the question by itself is led back.
        assert_eq!(browser.get("/manage/customers/ticked/delete").await.header("location"), Some(LIST));
    }

    async fn ticked_groups_are_deleted_and_come_back_with_their_customers(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        let key = portal.key().await;
        let ids = customers(&key, 2).await;
        let mut groups = Vec::new();
        for name in ["Leden", "Horeca"] {
            let made = key.post("/v1/customer-groups", json!({ "name": name, "customers": ids })).await.expect(200);
            groups.push(made["id"].as_str().unwrap().to_owned());
        }
        let asked = ticked(&browser, "/manage/customer-groups", &groups, "delete").await.send(&browser).await;
        assert!(Page::of(&asked).says("2 groepen verwijderen?"), "{asked}");
        let page = confirmed(&browser, &asked).await;
        assert!(page.says("2 groepen zijn verwijderd."), "{}", page.html);
        assert_eq!(CUSTOMER_GROUPS.count(&portal.store).await.unwrap(), 0);
        let page = page.form_to("/bin/restore").send_to_page(&browser).await;
        assert!(page.says("2 groepen zijn teruggezet."), "{}", page.html);
        for group in &groups {
            assert_eq!(members(&key, group).await, 2);
        }
    }

    async fn of_two_who_delete_the_same_at_once_each_row_is_deleted_once(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (portal, browser) = server.portal_and_browser().await;
        let key = portal.key().await;
        let ids = customers(&key, 6).await;
        let asked = ticked(&browser, LIST, &ids[..4], "delete").await.send(&browser).await;
        let one = Page::of(&asked).form_to("/ticked/delete");
        let asked = ticked(&browser, LIST, &ids[2..], "delete").await.send(&browser).await;
        let other = Page::of(&asked).form_to("/ticked/delete");
        let browsers = [Browser::twin(&browser), Browser::twin(&browser)];
        let answers = join_all([one.send(&browsers[0]), other.send(&browsers[1])]).await;
        assert!(answers.iter().all(|answer| answer.status == 303), "{answers:?}");
        assert_eq!(CUSTOMERS.count(&portal.store).await.unwrap(), 0);
        let sql = "SELECT count(*) AS value FROM events WHERE type = 'customer-deleted'";
        let deleted: Option<Single<i64>> = server.db.row(sql, &[]).await.unwrap();
        assert_eq!(deleted.unwrap().0, 6);
        // Undoing both brings all of them back.
        let pages = join_all(browsers.iter().map(|browser| browser.page(LIST))).await;
        for (page, browser) in pages.iter().zip(&browsers) {
            assert_eq!(page.form_to("/bin/restore").send(browser).await.status, 303);
        }
        assert_eq!(CUSTOMERS.count(&portal.store).await.unwrap(), 6);
    }
}
