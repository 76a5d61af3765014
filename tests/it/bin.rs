//! The bin: what was deleted is restored as it was, by one of several at once, within 30 days.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use jiff::SignedDuration;
use klantportaal::db::{Single, ToParam};
use klantportaal::quotas::CUSTOMERS;
use klantportaal::resources;
use klantportaal::trash::clean_up;
use serde_json::{Value, json};

use crate::customers::fields;
use crate::support::pages::Party;
use crate::support::{Browser, Engine, FilledForm, InProcess, Instance, Key, Page};

const BIN: &str = "/manage/customers/bin";

async fn customer(key: &Key, name: &str) -> String {
    let mut body = fields(name);
    body["primaryEmail"] = json!(format!("{}@example.nl", name.to_lowercase()));
    key.post("/v1/customers", body).await.expect(200)["id"].as_str().unwrap().to_owned()
}

async fn group(key: &Key, name: &str, customers: &[&str]) -> String {
    let body = json!({ "name": name, "customers": customers });
    key.post("/v1/customer-groups", body).await.expect(200)["id"].as_str().unwrap().to_owned()
}

fn at(id: &str) -> String {
    format!("/v1/customers/{id}")
}

/// Deletes a customer on its page; the page afterwards.
async fn delete_on_page(browser: &Browser, id: &str) -> Page {
    let path = format!("/manage/customers/{id}/delete");
    browser.page(&path).await.form_to("/delete").send_to_page(browser).await
}

/// The button of the bin that restores a row.
async fn restore_button(browser: &Browser, id: &str) -> FilledForm {
    let forms = browser.page(BIN).await.forms().into_iter();
    let form = forms.into_iter().find(|form| form.field("id") == Some(id));
    form.unwrap_or_else(|| panic!("{id} is not in the bin"))
}

async fn names_of_events(server: &Instance, id: &str) -> Vec<String> {
    let sql = "SELECT type AS value FROM events WHERE resource_id = ?1 ORDER BY sequence";
    let rows: Vec<Single<String>> = server.db.rows(sql, &[id.to_param()]).await.unwrap();
    rows.into_iter().map(|Single(name)| name).collect()
}

async fn actions(server: &Instance, id: &str) -> Vec<String> {
    let sql = "SELECT action AS value FROM audit_events WHERE subject LIKE ?1 ORDER BY action";
    let like = format!("%({id})");
    let rows: Vec<Single<String>> = server.db.rows(sql, &[like.to_param()]).await.unwrap();
    rows.into_iter().map(|Single(action)| action).collect()
}

async fn count(server: &Instance, sql: &'static str) -> i64 {
    server.db.row::<Single<i64>>(sql, &[]).await.unwrap().unwrap().0
}

/// The answer without what says when it was changed.
fn unchanged(mut row: Value) -> Value {
    row.as_object_mut().unwrap().remove("updatedAt");
    row
}

both_engines! {
    async fn a_restored_customer_is_as_before_but_for_its_revision(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (portal, browser) = server.portal_and_browser().await;
        let key = portal.key().await;
        let id = customer(&key, "Visser").await;
        let (kept, gone) = (group(&key, "Leden", &[&id]).await, group(&key, "Horeca", &[&id]).await);
        key.patch(&at(&id), json!({ "notes": "Een \"regel\"\nen ook 😀 \\ 'nog' een", "kvkNumber": "12345678" })).await.expect(200);
        let before = key.get(&at(&id)).await;
        let tag = before.header("etag").unwrap().to_owned();
        let before = before.expect(200);
        server.clock.advance(SignedDuration::from_secs(5));
        let page = delete_on_page(&browser, &id).await;
        key.get(&at(&id)).await.expect(404);
        assert_eq!(CUSTOMERS.count(&portal.store).await.unwrap(), 0);
        assert!(page.says("De klant is verwijderd.") && page.says("Ongedaan maken"), "{}", page.html);
        key.delete(&format!("/v1/customer-groups/{gone}")).await.expect_nothing();
        server.clock.advance(SignedDuration::from_secs(5));
        let page = page.form_to("/bin/restore").send_to_page(&browser).await;
        assert!(page.says("De klant is teruggezet.") && page.says("Visser"), "{}", page.html);
        let after = key.get(&at(&id)).await;
        assert_ne!(after.header("etag"), Some(tag.as_str()));
        let after = after.expect(200);
        let mut expected = unchanged(before.clone());
        expected["customerGroups"] = json!([kept]);
        assert_eq!(unchanged(after.clone()), expected);
        assert!(after["updatedAt"].as_str() > before["updatedAt"].as_str());
        assert_eq!(CUSTOMERS.count(&portal.store).await.unwrap(), 1);
        // Nobody who read it before can overwrite it.
        let patch = key.request(reqwest::Method::PATCH, &at(&id)).header("if-match", &tag).json(&json!({ "city": "X" }));
        assert_eq!(patch.send().await.unwrap().status(), 412);
        let found = key.get("/v1/customers?search=visser").await.expect(200);
        assert_eq!(found["data"].as_array().unwrap().len(), 1);
        let members = key.get(&format!("/v1/customer-groups/{kept}/customers")).await.expect(200);
        assert_eq!(members["data"][0]["id"], json!(id));
        assert_eq!(names_of_events(&server, &id).await, ["customer-created", "customer-deleted", "customer-created"]);
        assert_eq!(actions(&server, &id).await, ["customer_changed", "customer_created", "customer_deleted", "customer_restored"]);
    }

    async fn the_message_after_a_deletion_is_for_its_own_site(server: &Server) {
        let party = Party::new(server).await;
        let path = format!("/manage/customers/{}/delete", party.ids["customerId"]);
        let form = party.browser.page(&path).await.form_to("/delete");
        let answer = party.browser.post_only(&form.action, &form.fields).await;
        assert_eq!(answer.status, 303, "{answer}");
        // Another tab may be first.
        let elsewhere = party.browser.page("/developers/apps").await;
        assert!(!elsewhere.says("/bin/restore") && !elsewhere.says("De klant is verwijderd."), "{}", elsewhere.html);
        let list = party.browser.page("/manage/customers").await;
        assert!(list.says("De klant is verwijderd.") && list.says("/bin/restore"), "{}", list.html);
    }

    async fn the_bin_shows_who_deleted_what_and_deletes_it_for_good(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (portal, browser) = server.portal_and_browser().await;
        let (_, stranger) = server.portal_and_browser().await;
        let key = portal.key().await;
        let (one, other) = (customer(&key, "Visser").await, customer(&key, "Bakker").await);
        delete_on_page(&browser, &one).await;
        key.delete(&at(&other)).await.expect_nothing();
        let page = browser.page(BIN).await;
        for shown in ["Visser", "Bakker", "sleutel", "Terugzetten"] {
            assert!(page.says(shown), "{shown} in {}", page.html);
        }
        assert!(!stranger.page(BIN).await.says("Visser"));
        let button = restore_button(&browser, &one).await;
        let mut foreign = stranger.page("/manage/customers/new").await.form();
        foreign.action = button.action.clone();
        let page = foreign.with("id", &one).send_to_page(&stranger).await;
        assert!(page.says("Dit staat niet meer in de prullenbak."), "{}", page.html);
        assert_eq!(stranger.get(&format!("{BIN}/{one}/delete")).await.status, 404);
        let ask = browser.page(&format!("{BIN}/{one}/delete")).await;
        assert!(ask.says("definitief verwijderen?"));
        let page = ask.form_to("/delete").send_to_page(&browser).await;
        assert!(page.says("Definitief verwijderd.") && !page.says("Visser") && page.says("Bakker"), "{}", page.html);
        let page = button.send_to_page(&browser).await;
        assert!(page.says("Dit staat niet meer in de prullenbak."), "{}", page.html);
        key.get(&at(&one)).await.expect(404);
        assert!(actions(&server, &one).await.contains(&"customer_deleted_for_good".to_owned()));
    }

    async fn of_several_who_restore_the_same_customer_one_does(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (portal, browser) = server.portal_and_browser().await;
        let key = portal.key().await;
        let id = customer(&key, "Visser").await;
        delete_on_page(&browser, &id).await;
        let form = restore_button(&browser, &id).await;
        let browsers: Vec<Browser> = (0..6).map(|_| Browser::twin(&browser)).collect();
        let pages = join_all(browsers.iter().map(|browser| form.send_to_page(browser))).await;
        let restored = pages.iter().filter(|page| page.says("De klant is teruggezet.")).count();
        let late = pages.iter().filter(|page| page.says("Dit staat niet meer in de prullenbak.")).count();
        assert_eq!((restored, late), (1, 5));
        assert_eq!(CUSTOMERS.count(&portal.store).await.unwrap(), 1);
        assert_eq!(names_of_events(&server, &id).await, ["customer-created", "customer-deleted", "customer-created"]);
    }

    async fn no_more_are_restored_than_the_portal_can_have(engine: Engine) {
        let server = InProcess::start_with(engine, |_| vec!["--max-customers-per-portal=3".into()]).await;
        let (portal, browser) = server.portal_and_browser().await;
        let key = portal.key().await;
        let ids = [customer(&key, "Een").await, customer(&key, "Twee").await, customer(&key, "Drie").await];
        for id in &ids {
            delete_on_page(&browser, id).await;
        }
        customer(&key, "Vier").await;
        // Two places are left for three.
        let mut forms = Vec::new();
        for id in &ids {
            forms.push(restore_button(&browser, id).await);
        }
        let browsers: Vec<Browser> = ids.iter().map(|_| Browser::twin(&browser)).collect();
        let answers = join_all(forms.iter().zip(&browsers).map(|(form, browser)| form.send(browser))).await;
        let (done, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 303);
        assert_eq!((done.len(), refused.len()), (2, 1), "{answers:?}");
        assert!(refused[0].status == 409 && refused[0].text().contains("max-customers-per-portal"), "{}", refused[0]);
        assert_eq!(CUSTOMERS.count(&portal.store).await.unwrap(), 3);
        // Whoever was refused is still in the bin.
        assert_eq!(count(&server, "SELECT count(*) AS value FROM trash").await, 1);
    }

    async fn a_restored_group_has_those_of_its_customers_that_exist(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (portal, browser) = server.portal_and_browser().await;
        let key = portal.key().await;
        let [stays, goes, full] = [customer(&key, "Blijft").await, customer(&key, "Gaat").await, customer(&key, "Vol").await];
        let id = group(&key, "Leden", &[&stays, &goes, &full]).await;
        let path = format!("/manage/customer-groups/{id}/delete");
        let page = browser.page(&path).await.form_to("/delete").send_to_page(&browser).await;
        assert!(page.says("Ongedaan maken"), "{}", page.html);
        key.delete(&at(&goes)).await.expect_nothing();
        for number in 0..100 {
            group(&key, &format!("Groep {number}"), &[&full]).await;
        }
        let page = page.form_to("/bin/restore").send_to_page(&browser).await;
        assert!(page.says("De groep is teruggezet."), "{}", page.html);
        let members = key.get(&format!("/v1/customer-groups/{id}/customers")).await.expect(200);
        let members: Vec<&str> = members["data"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap()).collect();
        assert_eq!(members, [stays.as_str()]);
        assert_eq!(key.get(&at(&full)).await.expect(200)["customerGroups"].as_array().unwrap().len(), 100);
        let ask = format!("/manage/customer-groups/bin/{id}/delete");
        assert_eq!(browser.get(&ask).await.status, 404, "it is no longer in the bin");
        key.delete(&format!("/v1/customer-groups/{id}")).await.expect_nothing();
        assert_eq!(browser.page(&ask).await.form_to("/delete").send(&browser).await.status, 303);
        let told: BTreeSet<String> = actions(&server, &id).await.into_iter().collect();
        for action in ["customer_group_restored", "customer_group_deleted_for_good"] {
            assert!(told.contains(action), "{told:?}");
        }
    }

    async fn after_thirty_days_it_is_gone(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (portal, browser) = server.portal_and_browser().await;
        let key = portal.key().await;
        let id = customer(&key, "Visser").await;
        key.delete(&at(&id)).await.expect_nothing();
        let deleted_at = server.clock.now();
        let month = SignedDuration::from_hours(30 * 24);
        clean_up(&server.cleaner(), deleted_at + month - SignedDuration::from_mins(1)).await.unwrap();
        assert_eq!(count(&server, "SELECT count(*) AS value FROM trash").await, 1);
        let form = restore_button(&browser, &id).await;
        let soon = "UPDATE trash SET expires_at = ?1";
        server.db.execute(soon, &[deleted_at.to_param()]).await.unwrap();
        // Also before the clean-up comes.
        assert!(!browser.page(BIN).await.says("Visser"));
        assert!(form.send_to_page(&browser).await.says("Dit staat niet meer in de prullenbak."));
        clean_up(&server.cleaner(), deleted_at + month).await.unwrap();
        assert_eq!(count(&server, "SELECT count(*) AS value FROM trash").await, 0);
        key.get(&at(&id)).await.expect(404);
    }

    async fn a_full_bin_drops_its_oldest(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (portal, neighbour) = (server.portal().await, server.portal().await);
        let fill = "INSERT INTO trash (portal_id, kind, id, name, deletion, deleted_at, deleted_by, expires_at, content, size)
             WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 10000)
             SELECT CAST(?1 AS TEXT), 'customer', 'cst_' || n, 'x', 'dlt_a', n, 'x', 9000000000000, '{}', 2 FROM numbers";
        for portal in [&portal, &neighbour] {
            server.db.execute(fill, &[portal.id.to_param()]).await.unwrap();
        }
        let key = portal.key().await;
        let id = customer(&key, "Visser").await;
        key.delete(&at(&id)).await.expect_nothing();
        let rows = |sql| count(&server, sql);
        assert_eq!(rows("SELECT count(*) AS value FROM trash WHERE name = 'Visser'").await, 1);
        assert!(rows("SELECT count(*) AS value FROM trash").await < 20_000, "one portal keeps no more than 10,000");
        assert_eq!(rows("SELECT min(deleted_at) AS value FROM trash").await, 1, "another portal keeps its own");
        assert_eq!(rows("SELECT count(*) AS value FROM trash WHERE deleted_at <= 101").await, 101);
        // And by size.
        for sql in ["DELETE FROM trash WHERE portal_id = ?1 AND deleted_at < 9900", "UPDATE trash SET size = 1048576 WHERE portal_id = ?1"] {
            server.db.execute(sql, &[portal.id.to_param()]).await.unwrap();
        }
        let id = customer(&key, "Bakker").await;
        key.delete(&at(&id)).await.expect_nothing();
        let size = "SELECT CAST(SUM(size) AS BIGINT) AS value FROM trash WHERE size > 2";
        assert!(rows(size).await <= 32 * 1024 * 1024);
        assert_eq!(rows("SELECT count(*) AS value FROM trash WHERE name = 'Bakker'").await, 1);
    }

    async fn every_column_is_kept(engine: Engine) {
        let server = InProcess::start(engine).await;
        // Made by triggers out of other rows, which are kept.
        let made = [("customers", "group_ids")];
        for rows in resources::trash().flat_map(|trash| trash.rows) {
            let sql = match engine {
                Engine::Sqlite => "SELECT name AS value FROM pragma_table_info(?1)",
                Engine::Postgres => "SELECT CAST(column_name AS TEXT) AS value FROM information_schema.columns WHERE table_name = CAST(?1 AS TEXT)",
            };
            let columns: Vec<Single<String>> = server.db.rows(sql, &[rows.table.to_param()]).await.unwrap();
            let columns: BTreeSet<&str> = columns.iter().map(|Single(name)| name.as_str())
                .filter(|name| *name != "portal_id" && !made.contains(&(rows.table, *name))).collect();
            assert_eq!(rows.columns().collect::<BTreeSet<_>>(), columns, "{}", rows.table);
        }
    }

    async fn a_row_from_before_a_column_was_added_has_its_default(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (portal, browser) = server.portal_and_browser().await;
        let key = portal.key().await;
        let id = customer(&key, "Visser").await;
        delete_on_page(&browser, &id).await;
        let older = r#"{"customers":[{"id":"ID","created_at":1,"revision":4,"company_name":"Visser","address":"Dorpsstraat 1","zip_code":"1234 AB","city":"Ons Dorp","country_code":"NL","primary_email":"jan@example.nl"}]}"#;
        let older = older.replace("ID", &id);
        server.db.execute("UPDATE trash SET content = ?1", &[older.to_param()]).await.unwrap();
        let page = restore_button(&browser, &id).await.send_to_page(&browser).await;
        assert!(page.says("De klant is teruggezet."), "{}", page.html);
        let row = key.get(&at(&id)).await;
        assert_eq!(row.header("etag"), Some("\"5\""));
        assert_eq!(row.expect(200)["customerType"], json!("business"));
    }
}
