//! The history of customers: what was changed, by whom, on their pages.

use jiff::SignedDuration;
use klantportaal::db::{Single, ToParam};
use klantportaal::history::{AuthorKind, Entry, MAX_ENTRIES, What, clean_up, entries};
use klantportaal::tenant::Store;
use serde_json::json;

use crate::customers::fields;
use crate::support::{Browser, InProcess, Instance, Key, Page, Portal};

const KIND: &str = "customer";

/// All entries of a customer, the oldest first.
async fn all(store: &Store, id: &str) -> Vec<Entry> {
    let mut all = entries(store, (KIND, id), None, MAX_ENTRIES * 2).await.unwrap();
    all.reverse();
    all
}

/// What an entry says: `changed sleutel: city Ede > Epe`.
fn told(entry: &Entry) -> String {
    let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
    let changes = entry
        .changes
        .iter()
        .map(|change| format!("{} {} > {}", change.field, text(&change.old), text(&change.new)));
    let changes: Vec<String> = changes.collect();
    format!("{} {}: {}", entry.what.name(), entry.author_name, changes.join(", "))
}

async fn told_of(portal: &Portal, id: &str) -> Vec<String> {
    all(&portal.store, id).await.iter().map(told).collect()
}

/// A new customer's id and path in the API.
async fn customer(key: &Key) -> (String, String) {
    let made = key.post("/v1/customers", fields("Jansen")).await.expect(200);
    let id = made["id"].as_str().unwrap().to_owned();
    (id.clone(), format!("/v1/customers/{id}"))
}

/// The numbers of rows in the history of a portal.
async fn count(server: &Instance, portal: &Portal) -> i64 {
    let sql = "SELECT count(*) AS value FROM history WHERE portal_id = ?1";
    server.db.row::<Single<i64>>(sql, &[portal.id.to_param()]).await.unwrap().unwrap().0
}

/// The form of a customer, filled in.
async fn form(browser: &Browser, id: &str) -> crate::support::FilledForm {
    browser.page(&format!("/manage/customers/{id}/edit")).await.form()
}

both_engines! {
    async fn each_change_is_told_with_its_fields_and_its_author(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        let key = portal.key().await;
        let (id, path) = customer(&key).await;
        key.patch(&path, json!({ "city": "Ede", "phone": "073 123 45 67" })).await.expect(200);
        // What is the same, and what is refused, changes nothing.
        key.patch(&path, json!({ "city": "Ede" })).await.expect(200);
        key.patch(&path, json!({ "city": "" })).await.faulty_fields();
        let group = key.post("/v1/customer-groups", json!({ "name": "Leden", "customers": [id] })).await.expect(200);
        let group = format!("/v1/customer-groups/{}", group["id"].as_str().unwrap());
        key.post(&format!("{group}/customers"), json!({ "customers": [id] })).await.expect(200);
        key.delete(&format!("{group}/customers/{id}")).await.expect_nothing();
        let saved = form(&browser, &id).await.with("customerType", "private").with("phone", "").send(&browser).await;
        assert_eq!(saved.status, 303, "{saved}");
        let expected = [
            "created sleutel: ",
            "changed sleutel: phone - > 073 123 45 67, city Ons Dorp > Ede",
            "changed sleutel: groups - > Leden",
            "changed sleutel: groups Leden > -",
            "changed Eigenaar: customerType business > private, phone 073 123 45 67 > -",
        ];
        assert_eq!(told_of(&portal, &id).await, expected);
        let kinds: Vec<_> = all(&portal.store, &id).await.iter().map(|entry| entry.author_kind).collect();
        assert_eq!((kinds[0], kinds[4]), (AuthorKind::ApiKey, AuthorKind::Person));
        let page = browser.page(&format!("/manage/customers/{id}")).await;
        for shown in [
            "Soort klant: <del><bdi>Bedrijf</bdi></del> → <ins><bdi>Particulier</bdi></ins>",
            "Plaats: <del><bdi>Ons Dorp</bdi></del> → <ins><bdi>Ede</bdi></ins>",
            "Toegevoegd door <strong><bdi>sleutel</bdi></strong> <span class=\"muted\">(API-sleutel)</span>",
            "Gewijzigd door <strong><bdi>Eigenaar</bdi></strong>",
            "Groepen: <ins><bdi>Leden</bdi></ins>",
        ] {
            assert!(page.says(shown), "{shown} in {}", page.html);
        }
        key.delete(&path).await.expect_nothing();
        assert_eq!(told_of(&portal, &id).await.last().unwrap(), "deleted sleutel: ");
        let restore = browser.page("/manage/customers/bin").await.form_to("/bin/restore");
        assert_eq!(restore.send(&browser).await.status, 303);
        assert_eq!(told_of(&portal, &id).await.last().unwrap(), "restored Eigenaar: ");
        let ended = "SELECT count(*) AS value FROM history WHERE row_id = ?1 AND ended_at IS NOT NULL";
        let ended: Option<Single<i64>> = server.db.row(ended, &[id.as_str().to_param()]).await.unwrap();
        assert_eq!(ended.unwrap().0, 0, "it isn't deleted with what was in the bin");
    }

    async fn an_app_is_named_and_what_a_form_changes_is_one_entry(server: &Server) {
        let (app, (portal, browser)) = (server.app().await, server.portal_and_browser().await);
        let tokens = app.connect(&browser).await;
        let made = server.bearer(&tokens.access).post("/v1/customers", fields("Jansen")).await.expect(200);
        let id = made["id"].as_str().unwrap();
        let entry = all(&portal.store, id).await.remove(0);
        assert_eq!((entry.what, entry.author_kind), (What::Created, AuthorKind::App));
        assert!(!entry.author_name.is_empty());
        let group = portal.key().await.post("/v1/customer-groups", json!({ "name": "Leden" })).await.expect(200);
        let form = form(&browser, id).await.with("city", "Ede").with("groups", group["id"].as_str().unwrap());
        assert_eq!(form.send(&browser).await.status, 303);
        let page = browser.page(&format!("/manage/customers/{id}")).await;
        assert_eq!(page.html.matches("Gewijzigd door").count(), 1, "{}", page.html);
        assert!(page.says("<ins><bdi>Ede") && page.says("<ins><bdi>Leden"), "{}", page.html);
    }

    async fn of_two_changes_at_once_each_is_told(server: &Server) {
        let portal = server.portal().await;
        let key = portal.key().await;
        let (id, path) = customer(&key).await;
        let group = key.post("/v1/customer-groups", json!({ "name": "Leden" })).await.expect(200);
        let members = format!("/v1/customer-groups/{}/customers", group["id"].as_str().unwrap());
        let changes = (0..6).map(|number| key.patch(&path, json!({ "notes": format!("Regel {number}") })));
        let (changed, added) = tokio::join!(
            futures_util::future::join_all(changes),
            key.post(&members, json!({ "customers": [id] })),
        );
        changed.iter().for_each(|answer| drop(answer.expect(200)));
        added.expect(200);
        let all = all(&portal.store, &id).await;
        let numbers: Vec<i64> = all.iter().map(|entry| entry.number).collect();
        assert_eq!(numbers, (1..=8).collect::<Vec<_>>());
        // Each begins with what the one before left.
        let notes: Vec<_> = all.iter().flat_map(|entry| &entry.changes).filter(|change| change.field == "notes").collect();
        assert_eq!(notes.len(), 6);
        for pair in notes.windows(2) {
            assert_eq!(pair[0].new, pair[1].old, "{notes:?}");
        }
    }

    async fn the_newest_entries_are_kept_and_all_have_a_page(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        let key = portal.key().await;
        let (id, path) = customer(&key).await;
        let more = "INSERT INTO history (portal_id, kind, row_id, number, created_at, what, author_kind, author_id, author_name, changes)
            SELECT portal_id, kind, row_id, number + CAST(?2 AS BIGINT), created_at + CAST(?2 AS BIGINT), 'changed', author_kind, author_id, author_name,
                '[{\"field\":\"city\",\"new\":\"Plaats ' || CAST(number + CAST(?2 AS BIGINT) AS TEXT) || '\"}]'
            FROM history WHERE row_id = ?1";
        for power in 0..10 {
            server.db.execute(more, &[id.as_str().to_param(), (1_i64 << power).to_param()]).await.unwrap();
        }
        assert_eq!(count(server, &portal).await, 1024);
        key.patch(&path, json!({ "notes": "é".repeat(3000) })).await.expect(200);
        let all = all(&portal.store, &id).await;
        let numbers: Vec<i64> = all.iter().map(|entry| entry.number).collect();
        assert_eq!(numbers, (1025 - MAX_ENTRIES + 1..=1025).collect::<Vec<_>>());
        let new = all.last().unwrap().changes[0].new.as_ref().unwrap();
        assert_eq!((new.chars().count(), new.chars().last()), (201, Some('…')));
        // From page to page, each is seen once.
        let start = format!("/manage/customers/{id}/history?search=x");
        let (mut next, mut seen) = (Some(start.clone()), 0);
        let newest = browser.page(&format!("/manage/customers/{id}?search=x")).await;
        assert!(newest.links().contains(&start) && newest.says("Plaats 1024") && !newest.says("Plaats 1000"));
        while let Some(path) = next {
            let page = browser.page(&path).await;
            seen += page.html.matches("timeline-head").count();
            next = page.links().into_iter().find(|link| link.starts_with(&format!("{start}&before=")));
        }
        assert_eq!(seen, 500);
        for wrong in ["x", "0", "-1", "99999999999999999999", ""] {
            let answer = browser.get(&format!("/manage/customers/{id}/history?before={wrong}")).await;
            assert_eq!(answer.status, 400, "{wrong}");
            assert!(Page::of(&answer).says("<main"));
        }
    }

    async fn a_history_is_its_portals_and_goes_with_the_row(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (portal, neighbour) = (server.portal().await, server.portal().await);
        let (key, other) = (portal.key().await, neighbour.key().await);
        let ((id, path), (kept, _)) = (customer(&key).await, customer(&other).await);
        let (_, stranger) = server.portal_and_browser().await;
        for page in [format!("/manage/customers/{id}"), format!("/manage/customers/{id}/history")] {
            assert_eq!(stranger.get(&page).await.status, 404, "{page}");
        }
        assert!(all(&neighbour.store, &id).await.is_empty(), "another portal's");
        key.delete(&path).await.expect_nothing();
        let now = server.clock.now();
        let after = |hours: i64| now + SignedDuration::from_hours(hours);
        clean_up(&server.cleaner(), after(24 * 30 - 1)).await.unwrap();
        assert_eq!(count(&server, &portal).await, 2, "not a day too early");
        clean_up(&server.cleaner(), after(24 * 30 + 1)).await.unwrap();
        assert_eq!(count(&server, &portal).await, 0);
        assert_eq!(all(&neighbour.store, &kept).await.len(), 1, "whose row is there");
    }
}
