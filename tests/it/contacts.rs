//! The contacts of customers: in the API, and on pages.

use serde_json::{Value, json};

use crate::customers::fields;
use crate::support::{Browser, FilledForm, Key, Page};

fn contact(name: &str) -> Value {
    json!({ "name": name, "role": null, "email": null, "phone": null })
}

/// A new customer with these contacts: its path in the API, and that of its page.
async fn customer(key: &Key, contacts: &[Value]) -> (String, String) {
    let mut new = fields("Jansen");
    new["contacts"] = json!(contacts);
    let made = key.post("/v1/customers", new).await.expect(200);
    let id = made["id"].as_str().unwrap();
    (format!("/v1/customers/{id}"), format!("/manage/customers/{id}"))
}

async fn names(key: &Key, path: &str) -> Vec<String> {
    let customer = key.get(path).await.expect(200);
    let contacts = customer["contacts"].as_array().unwrap().iter();
    contacts.map(|contact| contact["name"].as_str().unwrap().to_owned()).collect()
}

async fn form(browser: &Browser, path: &str) -> FilledForm {
    let mut forms = browser.page(path).await.forms().into_iter();
    forms.rfind(|form| form.action == path).unwrap()
}

both_engines! {
    async fn contacts_are_written_and_read_as_a_whole(server: &Server) {
        let key = server.portal().await.key().await;
        let made = key.post("/v1/customers", fields("Jansen")).await.expect(200);
        assert_eq!(made["contacts"], json!([]));
        let path = format!("/v1/customers/{}", made["id"].as_str().unwrap());
        let sanne = json!({ "name": "Sanne van Dijk", "role": "Inkoop", "email": "sanne@jansen.example", "phone": "06 12 34 56 78" });
        let two = json!([sanne, contact("Piet \"P.\" Café")]);
        let changed = key.patch(&path, json!({ "contacts": two })).await.expect(200);
        assert_eq!(changed["contacts"], two);
        assert_eq!(key.get(&path).await.expect(200)["contacts"], two);
        assert_eq!(key.get("/v1/customers").await.expect(200)["data"][0]["contacts"], two);
        let other = key.patch(&path, json!({ "city": "Ede" })).await.expect(200);
        assert_eq!(other["contacts"], two, "what isn't sent stays");
        // What was read can be sent back.
        let back = key.patch(&path, json!({ "contacts": other["contacts"] })).await.expect(200);
        assert_eq!(back["contacts"], two);
        assert_eq!(key.patch(&path, json!({ "contacts": [] })).await.expect(200)["contacts"], json!([]));
    }

    async fn each_fault_is_named_by_its_path(server: &Server) {
        let key = server.portal().await.key().await;
        let (path, _) = customer(&key, &[contact("Sanne")]).await;
        let faulty = json!([
            { "name": "", "email": "sanne@" },
            { "role": "x".repeat(101), "phone": "bel mij" },
            "Piet",
            { "name": 3 },
        ]);
        let expected = ["contacts.0.email", "contacts.0.name", "contacts.1.name", "contacts.1.phone", "contacts.1.role", "contacts.2", "contacts.3.name"];
        let mut new = fields("Jansen");
        new["contacts"] = faulty.clone();
        assert_eq!(key.post("/v1/customers", new).await.faulty_fields(), expected);
        assert_eq!(key.patch(&path, json!({ "contacts": faulty })).await.faulty_fields(), expected);
        let many: Vec<Value> = (0..51).map(|number| contact(&format!("Persoon {number}"))).collect();
        for wrong in [json!(null), json!("x"), json!({}), json!(true), json!(many)] {
            assert_eq!(key.patch(&path, json!({ "contacts": wrong })).await.faulty_fields(), ["contacts"], "{wrong}");
        }
        let most = key.patch(&path, json!({ "contacts": many[..50] })).await.expect(200);
        assert_eq!(most["contacts"].as_array().unwrap().len(), 50);
        let unknown = key.patch(&path, json!({ "contacts": [{ "name": "Sanne", "mail": "x" }] })).await;
        assert_eq!(unknown.header("x-ignored-fields"), Some("contacts.0.mail"), "{unknown}");
    }

    async fn a_customer_is_found_by_its_contacts(server: &Server) {
        let key = server.portal().await.key().await;
        let (path, _) = customer(&key, &[json!({ "name": "Sanne van Dijk", "role": "Inkoop", "email": "sanne@jansen.example", "phone": "06 12 34 56 78" })]).await;
        customer(&key, &[]).await;
        let found = async |text: &str| {
            let list = key.get(&format!("/v1/customers?search={text}")).await.expect(200);
            list["data"].as_array().unwrap().len()
        };
        for text in ["sanne%20dijk", "inkoop", "sanne@jansen", "06%2012%2034"] {
            assert_eq!(found(text).await, 1, "{text}");
        }
        for text in ["role", "phone", "null"] {
            assert_eq!(found(text).await, 0, "{text}");
        }
        key.patch(&path, json!({ "contacts": [] })).await.expect(200);
        assert_eq!(found("inkoop").await, 0);
    }

    async fn contacts_are_added_changed_and_removed_on_pages(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        let key = portal.key().await;
        let (api, page) = customer(&key, &[]).await;
        let new = format!("{page}/contacts/new");
        assert!(browser.page(&page).await.links().contains(&new));
        let faulty = form(&browser, &new).await.with("name", "").with("email", "sanne@").send(&browser).await;
        let again = Page::of(&faulty);
        assert!(again.says("Dit veld is verplicht") && again.says(r#"value="sanne@""#), "{}", again.html);
        let filled = form(&browser, &new).await.with("name", "Sanne <b>").with("email", "sanne@jansen.example").with("phone", "06-12345678");
        for _ in 0..2 {
            let saved = filled.clone().send(&browser).await;
            assert_eq!((saved.status, saved.header("location")), (303, Some(page.as_str())));
        }
        assert_eq!(names(&key, &api).await, ["Sanne <b>"], "sent twice, added once");
        let shown = browser.page(&page).await;
        assert!(shown.says("Sanne &lt;b&gt;") && shown.says("mailto:sanne@jansen.example") && shown.says("tel:0612345678"), "{}", shown.html);
        assert_eq!(form(&browser, &new).await.with("name", "Piet").send(&browser).await.status, 303);
        assert!(browser.page(&format!("{page}/contacts/1")).await.says(r#"value="sanne@jansen.example""#));
        let edit = form(&browser, &format!("{page}/contacts/1")).await;
        assert_eq!(edit.with("name", "Sanne van Dijk").with("role", "Inkoop").send(&browser).await.status, 303);
        let remove = form(&browser, &format!("{page}/contacts/1/remove")).await;
        assert_eq!(remove.clone().send(&browser).await.status, 303);
        assert_eq!(remove.send(&browser).await.status, 303);
        assert_eq!(names(&key, &api).await, ["Piet"], "the other one is not removed by a form that is sent twice");
        for number in ["0", "2", "99999999999999999999", "x", "-1"] {
            assert_eq!(browser.get(&format!("{page}/contacts/{number}")).await.status, 404, "{number}");
            assert_eq!(browser.get(&format!("{page}/contacts/{number}/remove")).await.status, 404, "{number}");
        }
        let many: Vec<Value> = (0..50).map(|number| contact(&format!("Persoon {number}"))).collect();
        let full = form(&browser, &new).await.with("name", "Een te veel");
        key.patch(&api, json!({ "contacts": many })).await.expect(200);
        assert_eq!(full.send(&browser).await.status, 409);
        assert!(!browser.page(&page).await.links().contains(&new));
    }

    async fn who_changes_a_contact_changes_the_one_that_the_form_showed(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        let key = portal.key().await;
        let (api, page) = customer(&key, &[contact("Een"), contact("Twee"), contact("Drie")]).await;
        let second = form(&browser, &format!("{page}/contacts/2")).await;
        let first = form(&browser, &format!("{page}/contacts/1")).await;
        assert_eq!(form(&browser, &format!("{page}/contacts/1/remove")).await.send(&browser).await.status, 303);
        assert_eq!(second.with("name", "Twee!").send(&browser).await.status, 303);
        assert_eq!(names(&key, &api).await, ["Twee!", "Drie"]);
        // Somebody else has changed it: both versions are shown.
        let form_of_third = form(&browser, &format!("{page}/contacts/2")).await;
        key.patch(&api, json!({ "contacts": [contact("Twee!"), contact("Drie van hen")] })).await.expect(200);
        let told = Page::of(&form_of_third.with("name", "Drie van mij").send(&browser).await);
        assert!(told.says("Iemand anders heeft dit net gewijzigd") && told.says("Drie van hen") && told.says("Drie van mij"), "{}", told.html);
        assert_eq!(names(&key, &api).await, ["Twee!", "Drie van hen"]);
        assert_eq!(told.form().with("name", "Drie van mij").send(&browser).await.status, 303);
        assert_eq!(names(&key, &api).await, ["Twee!", "Drie van mij"]);
        // One that is gone is not brought back, nor is another one overwritten.
        assert_ne!(first.with("name", "Een!").send(&browser).await.status, 303);
        assert_eq!(names(&key, &api).await, ["Twee!", "Drie van mij"]);
    }

    async fn changes_of_contacts_at_once_are_all_there(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        let key = portal.key().await;
        let (api, page) = customer(&key, &[contact("Een"), contact("Twee")]).await;
        let forms = [
            form(&browser, &format!("{page}/contacts/new")).await.with("name", "Drie"),
            form(&browser, &format!("{page}/contacts/new")).await.with("name", "Vier"),
            form(&browser, &format!("{page}/contacts/1")).await.with("name", "Een!"),
            form(&browser, &format!("{page}/contacts/2")).await.with("name", "Twee!"),
        ];
        let (answers, patched) = tokio::join!(
            futures_util::future::join_all(forms.iter().map(|form| form.send(&browser))),
            key.patch(&api, json!({ "notes": "Ook" })),
        );
        answers.iter().for_each(|answer| assert_eq!(answer.status, 303, "{answer}"));
        patched.expect(200);
        let mut all = names(&key, &api).await;
        all.sort();
        assert_eq!(all, ["Drie", "Een!", "Twee!", "Vier"]);
        let now = key.get(&api).await.expect(200);
        assert_eq!(now["notes"], "Ook");
    }

    async fn the_contacts_of_another_portals_customer_are_nobodys_business(server: &Server) {
        let (portal, stranger) = (server.portal().await, server.portal_and_browser().await);
        let key = portal.key().await;
        let (api, page) = customer(&key, &[contact("Geheim")]).await;
        let (_, own) = customer(&stranger.0.key().await, &[contact("Eigen")]).await;
        for path in ["", "/contacts/new", "/contacts/1", "/contacts/1/remove"] {
            let answer = stranger.1.get(&format!("{page}{path}")).await;
            assert_eq!(answer.status, 404, "{path}");
            assert!(!answer.text().contains("Geheim"));
        }
        for path in ["/contacts/new", "/contacts/1", "/contacts/1/remove"] {
            let mut form = form(&stranger.1, &format!("{own}{path}")).await;
            form.action = format!("{page}{path}");
            let answer = form.with("name", "Gekaapt").send(&stranger.1).await;
            assert_eq!(answer.status, 404, "{path}: {answer}");
        }
        stranger.0.key().await.patch(&api, json!({ "contacts": [] })).await.expect(404);
        assert_eq!(names(&key, &api).await, ["Geheim"]);
    }
}
