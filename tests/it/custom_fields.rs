//! The fields that a portal adds to its customers: their pages, and their values in the API, in forms, in
//! searches, in exports and in the history.

use std::time::Duration;

use futures_util::future::join;
use klantportaal::accounts::{Organisation, Role};
use klantportaal::db::{Single, ToParam};
use serde_json::{Value, json};

use crate::customers::fields;
use crate::import;
use crate::support::{Answer, Browser, Instance, Key, Page, Portal};

const PATH: &str = "/manage/settings/customer-fields";

/// Adds a field on its page.
pub async fn add(browser: &Browser, name: &str, more: &[(&str, &str)]) -> Answer {
    let form = browser.page(&format!("{PATH}/new")).await.form_to("/new").with("name", name);
    more.iter().fold(form, |form, (name, value)| form.with(name, value)).send(browser).await
}

/// A portal with a field of each kind.
async fn with_fields(server: &Instance) -> (Portal, Browser, Key) {
    let (portal, browser) = server.portal_and_browser().await;
    for (name, kind, choices) in [
        ("Branche", "choice", "Horeca\r\n\r\n Detailhandel \r\nHoreca"),
        ("Aantal tafels", "number", ""),
        ("Contract sinds", "date", ""),
        ("Nieuwsbrief", "yesNo", ""),
        ("Bijnaam", "text", ""),
        ("Werkwijze", "longText", ""),
    ] {
        let added = add(&browser, name, &[("kind", kind), ("choices", choices)]).await;
        assert_eq!((added.status, added.header("location")), (303, Some(PATH)), "{added}");
    }
    let key = portal.key().await;
    (portal, browser, key)
}

/// Values of all of them.
fn values() -> Value {
    json!({
        "aantalTafels": 12.5,
        "bijnaam": "De Keet",
        "branche": "Horeca",
        "contractSinds": "2024-02-29",
        "nieuwsbrief": false,
        "werkwijze": "Eerst bellen\nDan pas mailen",
    })
}

/// A customer with these values: its path in the API, and that of its page.
async fn customer(key: &Key, values: &Value) -> (String, String) {
    let mut new = fields("Jansen");
    new["customFields"] = values.clone();
    let made = key.post("/v1/customers", new).await.expect(200);
    let id = made["id"].as_str().unwrap();
    (format!("/v1/customers/{id}"), format!("/manage/customers/{id}"))
}

async fn values_of(key: &Key, path: &str) -> Value {
    key.get(path).await.expect(200)["customFields"].clone()
}

/// Waits until the values of a deleted field are removed, and `left` fields are left.
async fn removed(server: &Instance, portal: &Portal, left: i64) {
    while count(server, portal).await > left {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// How many definitions the portal has, also those that are being removed.
async fn count(server: &Instance, portal: &Portal) -> i64 {
    let sql = "SELECT count(*) AS value FROM customer_fields WHERE portal_id = ?1";
    server.db.row::<Single<i64>>(sql, &[portal.id.to_param()]).await.unwrap().unwrap().0
}

both_engines! {
    async fn values_are_written_and_read_by_programs(server: &Server) {
        let (_, _, key) = with_fields(server).await;
        let plain = key.post("/v1/customers", fields("Jansen")).await.expect(200);
        assert_eq!(plain["customFields"], json!({}));
        let (path, _) = customer(&key, &values()).await;
        assert_eq!(values_of(&key, &path).await, values());
        let other = key.patch(&path, json!({ "city": "Ede" })).await.expect(200);
        assert_eq!(other["customFields"], values(), "what isn't sent stays");
        let revision = key.get(&path).await.header("etag").unwrap().to_owned();
        let changed = key.patch(&path, json!({ "customFields": { "aantalTafels": 12, "bijnaam": null } })).await.expect(200);
        let mut expected = values();
        expected["aantalTafels"] = json!(12);
        expected.as_object_mut().unwrap().remove("bijnaam");
        assert_eq!(changed["customFields"], expected, "each member is a change of its own");
        let after = key.get(&path).await;
        assert_ne!(after.header("etag").unwrap(), revision, "the revision moves with the values");
        assert_eq!(after.expect(200)["customFields"], expected);
        let list = key.get("/v1/customers?search=keet").await.expect(200);
        assert_eq!(list["data"].as_array().unwrap().len(), 0, "an emptied value is not found");
    }

    async fn each_fault_is_named_by_its_path(server: &Server) {
        let (_, _, key) = with_fields(server).await;
        let (path, _) = customer(&key, &values()).await;
        let faulty = json!({
            "aantalTafels": "veel",
            "bijnaam": "x".repeat(201),
            "branche": "horeca",
            "contractSinds": "29-02-2024",
            "nieuwsbrief": "ja",
            "omzet": 3,
            "werkwijze": { "a": 1 },
        });
        let mut expected: Vec<String> = faulty.as_object().unwrap().keys().map(|name| format!("customFields.{name}")).collect();
        // What is no value at all is told at once, before the portal's fields are known.
        let shape = expected.pop().unwrap();
        let mut new = fields("Jansen");
        new["customFields"] = faulty.clone();
        assert_eq!(key.post("/v1/customers", new.clone()).await.faulty_fields(), std::slice::from_ref(&shape));
        assert_eq!(key.patch(&path, json!({ "customFields": faulty })).await.faulty_fields(), [shape]);
        new["customFields"].as_object_mut().unwrap().remove("werkwijze");
        assert_eq!(key.post("/v1/customers", new.clone()).await.faulty_fields(), expected);
        assert_eq!(key.patch(&path, json!({ "customFields": new["customFields"] })).await.faulty_fields(), expected);
        for wrong in [json!(null), json!([]), json!("x")] {
            assert_eq!(key.patch(&path, json!({ "customFields": wrong })).await.faulty_fields(), ["customFields"], "{wrong}");
        }
        assert_eq!(values_of(&key, &path).await, values(), "nothing was changed");
        let other = server.portal().await.key().await;
        let mut new = fields("Jansen");
        new["customFields"] = json!({ "branche": "Horeca" });
        assert_eq!(other.post("/v1/customers", new).await.faulty_fields(), ["customFields.branche"], "another portal has its own");
    }

    async fn values_are_on_the_page_in_its_form_in_history_searches_and_exports(server: &Server) {
        let (_, browser, key) = with_fields(server).await;
        let (path, page) = customer(&key, &json!({ "branche": "Horeca" })).await;
        let edit = format!("{page}/edit");
        let filled_in = browser.page(&edit).await;
        assert!(filled_in.says(r#"<option value="Horeca" selected>"#), "{}", filled_in.html);
        let form = filled_in.form_to("/edit").with("customFields.branche", "Horeca");
        let wrong = form.clone().with("customFields.aantalTafels", "veel").send(&browser).await;
        let again = Page::of(&wrong);
        assert!(again.says("Aantal tafels: Vul een getal in") && again.says(r#"value="veel""#), "{}", again.html);
        let good = form.with("customFields.aantalTafels", "12,5").with("customFields.contractSinds", "2024-02-29")
            .with("customFields.nieuwsbrief", "true").with("customFields.bijnaam", "De <b>Keet</b>");
        assert_eq!(good.send(&browser).await.status, 303);
        let expected = json!({ "aantalTafels": 12.5, "bijnaam": "De <b>Keet</b>", "branche": "Horeca", "contractSinds": "2024-02-29", "nieuwsbrief": true });
        assert_eq!(values_of(&key, &path).await, expected);
        let shown = browser.page(&page).await;
        for text in ["Aantal tafels", "12,5", "29 feb 2024", "De &lt;b&gt;Keet&lt;/b&gt;"] {
            assert!(shown.html.matches(text).count() >= 2, "{text} among the facts and in the history: {}", shown.html);
        }
        assert!(!shown.says("customFields"));
        let found = async |text: &str| key.get(&format!("/v1/customers?search={text}")).await.expect(200)["data"].as_array().unwrap().len();
        assert_eq!((found("keet").await, found("horeca").await, found("bijnaam").await), (1, 1, 0), "values are found, and not their names");
        let csv = browser.get("/manage/customers/export?format=csv").await;
        let text = String::from_utf8(csv.bytes.clone()).unwrap();
        let (heads, rows) = text.split_once('\n').unwrap();
        assert!(heads.trim_end().ends_with("Branche;Aantal tafels;Contract sinds;Nieuwsbrief;Bijnaam;Werkwijze"), "{heads}");
        assert!(rows.contains("Horeca;12,5;2024-02-29;ja;De <b>Keet</b>;"), "{rows}");
    }

    async fn values_are_imported_as_people_write_them(server: &Server) {
        let (_, browser, key) = with_fields(server).await;
        let file = "Naam;E-mail;Adres;Postcode;Plaats;Branche;Aantal tafels;Nieuwsbrief\r\n\
                    De Keet;keet@example.nl;Kade 1;6711 AA;Ede;horeca;12,5;ja\r\n\
                    De Schuur;schuur@example.nl;Kade 2;6711 AA;Ede;Landbouw;veel;misschien\r\n";
        let path = import::upload(&browser, file).await;
        let page = import::checked(&browser, &path).await;
        for text in ["Horeca", "12.5", "Kies een van: Horeca, Detailhandel", "Vul een getal in"] {
            assert!(page.says(text), "{text} in {}", page.html);
        }
        assert_eq!(import::start(&browser, &page, "skip").await.status, 303);
        import::settled(&browser, &path).await;
        let list = key.get("/v1/customers").await.expect(200);
        let all: Vec<&Value> = list["data"].as_array().unwrap().iter().map(|customer| &customer["customFields"]).collect();
        assert_eq!(all, [&json!({ "aantalTafels": 12.5, "branche": "Horeca", "nieuwsbrief": true })]);
    }

    async fn a_required_field_is_asked_by_forms_and_not_of_programs(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        let key = portal.key().await;
        add(&browser, "Klantnummer", &[("kind", "text"), ("required", "1")]).await;
        let (path, page) = customer(&key, &json!({})).await;
        let form = browser.page(&format!("{page}/edit")).await.form_to("/edit");
        let refused = Page::of(&form.clone().with("city", "Ede").send(&browser).await);
        assert!(refused.says("Klantnummer: Dit veld is verplicht"), "{}", refused.html);
        assert_eq!(form.with("customFields.klantnummer", "K1").send(&browser).await.status, 303);
        let emptied = key.patch(&path, json!({ "customFields": { "klantnummer": null } })).await;
        assert_eq!(emptied.faulty_fields(), ["customFields.klantnummer"]);
        assert_eq!(values_of(&key, &path).await, json!({ "klantnummer": "K1" }));
        let new = browser.page("/manage/customers/new").await.form_to("/new");
        let typed = [("companyName", "B"), ("primaryEmail", "b@example.nl"), ("address", "C 1"), ("zipCode", "1234 AB"), ("city", "D")];
        let new = typed.iter().fold(new, |form, (name, value)| form.with(name, value));
        assert!(Page::of(&new.send(&browser).await).says("Klantnummer: Dit veld is verplicht"));
    }

    async fn a_field_is_renamed_and_moved_and_keeps_its_values(server: &Server) {
        let (portal, browser, key) = with_fields(server).await;
        let (path, page) = customer(&key, &values()).await;
        let edit = browser.page(&format!("{PATH}/branche")).await.form_to("/branche");
        let saved = edit.with("name", "Sector").with("choices", "Landbouw").send(&browser).await;
        assert_eq!(saved.status, 303, "{saved}");
        assert_eq!(values_of(&key, &path).await, values(), "a choice that is no longer offered stays");
        assert!(browser.page(&page).await.says("Sector"));
        key.patch(&path, json!({ "customFields": { "branche": "Horeca" } })).await.expect(200);
        assert_eq!(key.patch(&path, json!({ "customFields": { "branche": "Detailhandel" } })).await.faulty_fields(), ["customFields.branche"]);
        let form = browser.page(&format!("{page}/edit")).await.form_to("/edit");
        assert_eq!(form.with("city", "Ede").send(&browser).await.status, 303, "and is no hindrance in the form");
        let up = browser.page(PATH).await.form_to("/contractSinds/up");
        assert_eq!(up.send(&browser).await.status, 303);
        let list = browser.page(PATH).await.html;
        let place = |name: &str| list.find(&format!(">{name}<")).unwrap_or_else(|| panic!("{name} in {list}"));
        assert!(place("Sector") < place("Contract sinds") && place("Contract sinds") < place("Aantal tafels"));
        let told = "SELECT action || ' ' || subject AS value FROM audit_events WHERE portal_id = ?1 AND action LIKE 'customer_field%' ORDER BY created_at, id";
        let told: Vec<Single<String>> = server.db.rows(told, &[portal.id.to_param()]).await.unwrap();
        let told: Vec<String> = told.into_iter().map(|told| told.0).collect();
        assert_eq!(told.len(), 8, "{told:?}");
        assert_eq!(told[0], "customer_field_created Branche (branche)");
        assert_eq!(told[6..], ["customer_field_changed Sector (branche)", "customer_field_changed Contract sinds (contractSinds)"]);
    }

    async fn deleting_a_field_says_how_many_have_a_value_and_removes_them(server: &Server) {
        let (portal, browser, key) = with_fields(server).await;
        let (path, page) = customer(&key, &values()).await;
        let (other, _) = customer(&key, &json!({ "branche": "Horeca" })).await;
        let (gone, _) = customer(&key, &values()).await;
        key.delete(&gone).await.expect_nothing();
        let before = key.get(&path).await.header("etag").unwrap().to_owned();
        let ask = browser.page(&format!("{PATH}/branche/delete")).await;
        assert!(ask.says("2 klanten hebben hier iets ingevuld"), "{}", ask.html);
        let unused = browser.page(&format!("{PATH}/werkwijze/delete")).await;
        assert!(unused.says("Eén klant"), "{}", unused.html);
        assert_eq!(ask.form_to("/delete").send(&browser).await.status, 303);
        assert_eq!(key.patch(&path, json!({ "customFields": { "branche": "Detailhandel" } })).await.faulty_fields(), ["customFields.branche"], "at once");
        assert!(!browser.page(&page).await.says("Branche"), "at once");
        removed(server, &portal, 5).await;
        let told = "SELECT subject AS value FROM audit_events WHERE portal_id = ?1 AND action = 'customer_field_deleted'";
        let told: Option<Single<String>> = server.db.row(told, &[portal.id.to_param()]).await.unwrap();
        assert_eq!(told.unwrap().0, "Branche (branche)");
        let mut expected = values();
        expected.as_object_mut().unwrap().remove("branche");
        let after = key.get(&path).await;
        assert_ne!(after.header("etag").unwrap(), before);
        assert_eq!(after.expect(200)["customFields"], expected);
        assert_eq!(values_of(&key, &other).await, json!({}));
        let found = key.get("/v1/customers?search=horeca").await.expect(200);
        assert_eq!(found["data"].as_array().unwrap().len(), 0);
        // A new field with the same name doesn't get old values, not even from the bin.
        add(&browser, "Branche", &[("kind", "number")]).await;
        assert_eq!(values_of(&key, &path).await, expected);
        let bin = browser.page("/manage/customers/bin").await.form_to("/restore");
        assert_eq!(bin.send(&browser).await.status, 303);
        let restored = values_of(&key, &gone).await;
        assert_eq!(restored["bijnaam"], "De Keet", "{restored}");
    }

    async fn a_customer_who_comes_back_has_no_values_of_deleted_fields(server: &Server) {
        let (portal, browser, key) = with_fields(server).await;
        let (path, _) = customer(&key, &values()).await;
        key.delete(&path).await.expect_nothing();
        let ask = browser.page(&format!("{PATH}/branche/delete")).await;
        assert_eq!(ask.form_to("/delete").send(&browser).await.status, 303);
        removed(server, &portal, 5).await;
        let bin = browser.page("/manage/customers/bin").await.form_to("/restore");
        assert_eq!(bin.send(&browser).await.status, 303);
        let mut expected = values();
        expected.as_object_mut().unwrap().remove("branche");
        assert_eq!(values_of(&key, &path).await, expected);
    }

    async fn of_two_who_add_the_same_field_at_once_each_has_a_key(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        let other = Browser::logged_in(&server.url, &portal.owner_email).await;
        let (one, two) = join(add(&browser, "Branche", &[("kind", "text")]), add(&other, "Branche", &[("kind", "text")])).await;
        assert_eq!((one.status, two.status), (303, 303), "{one} {two}");
        let list = browser.page(PATH).await;
        assert!(list.says(">branche<") && list.says(">branche2<"), "{}", list.html);
    }

    async fn of_two_who_change_a_field_at_once_the_second_is_told(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        add(&browser, "Branche", &[("kind", "text")]).await;
        let other = Browser::logged_in(&server.url, &portal.owner_email).await;
        let (one, two) = (browser.page(&format!("{PATH}/branche")).await, other.page(&format!("{PATH}/branche")).await);
        let (one, two) = (one.form_to("/branche").with("name", "Sector"), two.form_to("/branche").with("name", "Tak"));
        let (one, two) = join(one.send(&browser), two.send(&other)).await;
        let is_saved = |answer: &Answer| answer.header("location") == Some(PATH);
        assert!(is_saved(&one) != is_saved(&two), "{one} {two}");
    }

    async fn a_value_that_is_written_while_its_field_is_deleted_does_not_stay(server: &Server) {
        let (portal, browser, key) = with_fields(server).await;
        let (path, _) = customer(&key, &json!({})).await;
        let delete = browser.page(&format!("{PATH}/branche/delete")).await.form_to("/delete");
        let change = json!({ "customFields": { "branche": "Horeca" } });
        let (deleted, changed) = join(delete.send(&browser), key.patch(&path, change)).await;
        assert_eq!(deleted.status, 303, "{deleted}");
        assert!([200, 422].contains(&changed.status), "{changed}");
        removed(server, &portal, 5).await;
        assert_eq!(values_of(&key, &path).await, json!({}));
    }

    async fn fields_are_bounded_and_for_those_who_manage_the_business(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        let wrong = Page::of(&add(&browser, "", &[("kind", "choice"), ("choices", " \r\n ")]).await);
        assert!(wrong.says("Naam: Dit veld is verplicht") && wrong.says("Keuzes: Dit veld is verplicht"), "{}", wrong.html);
        let long = "x".repeat(101);
        let long = Page::of(&add(&browser, "Branche", &[("kind", "choice"), ("choices", &long)]).await);
        assert!(long.says("ten hoogste 100 tekens"), "{}", long.html);
        let mut tx = portal.store.begin().await.unwrap();
        for number in 1..=30 {
            let details = klantportaal::resources::customers::FieldDetails { name: format!("Veld {number}"), choices: String::new(), is_required: false };
            let kind = klantportaal::resources::customers::FieldKind::Line;
            klantportaal::resources::customers::insert_field(&mut tx, &format!("veld{number}"), kind, &details, jiff::Timestamp::now()).await.unwrap();
        }
        tx.commit().await.unwrap();
        assert!(!browser.page(PATH).await.links().contains(&format!("{PATH}/new")));
        let many = Page::of(&add(&browser, "Nog een", &[("kind", "text")]).await);
        assert!(many.says("ten hoogste 30 eigen velden"), "{}", many.html);
        assert_eq!(count(server, &portal).await, 30);
        let (colleague, email) = server.person("Collega").await;
        server.let_in(&Organisation::Portal(portal.id.clone()), &colleague, Role::Member).await;
        let colleague = Browser::logged_in(&server.url, &email).await;
        assert_eq!(colleague.get(PATH).await.status, 403);
        assert_eq!(browser.get(&format!("{PATH}/onbekend")).await.status, 404);
    }
}
