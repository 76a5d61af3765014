//! The pages of customers and groups: concurrent edits, duplicates, and going back.

use serde_json::json;

use crate::customers::fields;
use crate::support::{Browser, FilledForm, Page};

/// The form of a page, with a customer in it.
async fn filled(browser: &Browser, path: &str, name: &str) -> FilledForm {
    let mut form = browser.page(path).await.form();
    for (field, value) in [
        ("companyName", name),
        ("primaryEmail", "info@jansen.example"),
        ("address", "Kade 1"),
        ("zipCode", "6711aa"),
        ("city", "Ede"),
        ("countryCode", "NL"),
        ("customerType", "business"),
    ] {
        form = form.with(field, value);
    }
    form
}

both_engines! {
    async fn of_two_tabs_the_second_sees_both_versions_and_chooses(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        let key = portal.key().await;
        let made = key.post("/v1/customers", fields("Jansen")).await.expect(200);
        let path = format!("/manage/customers/{}/edit", made["id"].as_str().unwrap());
        let api = format!("/v1/customers/{}", made["id"].as_str().unwrap());
        let (first, second) = (filled(&browser, &path, "Jansen").await, filled(&browser, &path, "Jansen").await);
        assert_eq!(first.with("city", "Eerste stad").with("anyway", "1").send(&browser).await.status, 303);
        let answer = second.with("city", "Tweede stad").send(&browser).await;
        let page = Page::of(&answer);
        for shown in ["Iemand anders heeft dit net gewijzigd", "Eerste stad", "Tweede stad"] {
            assert!(page.says(shown), "{shown} in {answer}");
        }
        assert_eq!(key.get(&api).await.expect(200)["city"], "Eerste stad", "nothing was reverted");
        // Whoever has seen both decides.
        let form = filled(&browser, &path, "Jansen").await;
        let saved = page.form().field("filled_from").unwrap().to_owned();
        assert_eq!(form.with("filled_from", &saved).with("city", "Tweede stad").send(&browser).await.status, 303);
        assert_eq!(key.get(&api).await.expect(200)["city"], "Tweede stad");
        // The API is another tab, and a form that doesn't say where it began is refused.
        let form = filled(&browser, &path, "Jansen").await;
        key.patch(&api, json!({ "notes": "Net gebeld" })).await.expect(200);
        assert!(Page::of(&form.clone().without("filled_from").with("city", "Vierde stad").send(&browser).await).says("Net gebeld"));
        assert_eq!(key.get(&api).await.expect(200)["city"], "Tweede stad");
        // What the form left as it was stays as it is saved; only what both changed is asked.
        let form = form.with("city", "Derde stad");
        assert_eq!(form.clone().send(&browser).await.status, 303);
        let now = key.get(&api).await.expect(200);
        assert_eq!((&now["city"], &now["notes"]), (&json!("Derde stad"), &json!("Net gebeld")));
        key.patch(&api, json!({ "notes": "Later" })).await.expect(200);
        let page = Page::of(&form.with("notes", "Eerder").send(&browser).await);
        let asked = page.html.split("<tbody").nth(1).unwrap().split("</tbody>").next().unwrap();
        assert!(asked.contains("Later") && asked.contains("Eerder") && !asked.contains("Tweede stad"), "{asked}");
    }

    async fn of_two_who_rename_a_group_the_second_sees_both_names(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        let key = portal.key().await;
        let group = key.post("/v1/customer-groups", json!({ "name": "Oud" })).await.expect(200);
        let path = format!("/manage/customer-groups/{}/rename", group["id"].as_str().unwrap());
        let (first, second) = (browser.page(&path).await.form(), browser.page(&path).await.form());
        assert_eq!(first.with("name", "Eerste naam").send(&browser).await.status, 303);
        let page = Page::of(&second.with("name", "Tweede naam").send(&browser).await);
        assert!(page.says("Eerste naam") && page.says("Tweede naam"));
        let form = page.form().with("name", "Tweede naam");
        assert_eq!(form.send(&browser).await.status, 303);
        assert!(browser.page("/manage/customer-groups").await.says("Tweede naam"));
    }

    async fn a_customer_who_may_be_there_is_warned_of_and_saved_all_the_same(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        let key = portal.key().await;
        let new = "/manage/customers/new";
        assert_eq!(filled(&browser, new, "Café Jansen").await.send(&browser).await.status, 303);
        let there = key.get("/v1/customers").await.expect(200)["data"][0].clone();
        let link = format!("/manage/customers/{}", there["id"].as_str().unwrap());
        assert_eq!(there["zipCode"], "6711 AA");
        for (field, value, others) in [
            ("primaryEmail", "INFO@jansen.example", [("companyName", "Anders"), ("zipCode", "1234 AB")]),
            ("companyName", "CAFE  jansen", [("primaryEmail", "x@y.example"), ("zipCode", "6711 Aa")]),
        ] {
            let mut form = filled(&browser, new, "Café Jansen").await.with(field, value);
            for (field, value) in others {
                form = form.with(field, value);
            }
            let page = Page::of(&form.clone().send(&browser).await);
            assert!(page.says("Misschien staat deze klant er al in") && page.links().contains(&link), "{field}");
            assert_eq!(form.with("anyway", "1").send(&browser).await.status, 303);
        }
        let other = filled(&browser, new, "Iets anders").await.with("primaryEmail", "z@y.example");
        assert_eq!(other.send(&browser).await.status, 303, "one at the same postal code is another");
        assert_eq!(key.get("/v1/customers").await.expect(200)["data"].as_array().unwrap().len(), 4);
        key.post("/v1/customers", there).await.expect(200);
        // Another portal's customers are nobody's business.
        let (_, stranger) = server.portal_and_browser().await;
        assert_eq!(filled(&stranger, new, "Café Jansen").await.send(&stranger).await.status, 303);
    }

    async fn whoever_saves_or_turns_back_finds_the_list_as_it_was(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        let key = portal.key().await;

        for number in 0..16 {
            let mut customer = fields(&format!("Klant {number}"));
            customer["primaryEmail"] = json!(format!("k{number}@example.nl"));
            key.post("/v1/customers", customer).await.expect(200);
        }
        let query = "?search=klant&amp;customerType=business&amp;sort=companyName&amp;per_page=15&amp;page=2";
        let plain = query.replace("&amp;", "&");
        let list = browser.page(&format!("/manage/customers{plain}")).await;
        let link = list.links().into_iter().find(|link| link.starts_with("/manage/customers/cst_")).unwrap();
        assert!(link.ends_with(&plain), "{link}");
        let page = browser.page(&link).await;
        assert!(page.says(&format!("href=\"/manage/customers{query}\"")), "the way back");
        let form = filled(&browser, &link.replace('?', "/edit?"), "Klant 9").await;
        assert!(form.action.ends_with(&plain));
        let saved = form.with("primaryEmail", "k9@example.nl").send(&browser).await;
        assert_eq!((saved.status, saved.header("location")), (303, Some(link.as_str())), "to the customer");
        let delete = link.replace('?', "/delete?");
        let gone = browser.page(&delete).await.form().send(&browser).await;
        assert_eq!(gone.header("location"), Some(format!("/manage/customers{plain}").as_str()));
    }

    async fn a_customers_page_shows_the_customer_and_leads_to_the_form(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        let key = portal.key().await;
        let mut customer = fields("Jansen & Zn. <b>");
        for (name, value) in [
            ("phone", "+31 (0)73 123 45 67"),
            ("contactPerson", "Sanne van Dijk"),
            ("primaryEmail", "a+b@jansen.example"),
            ("kvkNumber", "12345678"),
            ("notes", "Eerste regel\nTweede <i>regel</i>"),
            ("language", "en"),
        ] {
            customer[name] = json!(value);
        }
        let customer = key.post("/v1/customers", customer).await.expect(200);
        let (id, city) = (customer["id"].as_str().unwrap(), customer["city"].as_str().unwrap());
        let group = key.post("/v1/customer-groups", json!({ "name": "Leden", "customers": [id] })).await.expect(200);
        let path = format!("/manage/customers/{id}");
        let page = browser.page(&format!("{path}?search=jansen")).await;
        for shown in [
            r#"href="mailto:a%2Bb@jansen.example""#,
            r#"href="tel:+31731234567">+31 (0)73 123 45 67"#,
            "Sanne van Dijk", "12345678", "Engels", city,
            "Tweede &lt;i&gt;regel&lt;/i&gt;",
            "Jansen &amp; Zn. &lt;b&gt;",
        ] {
            assert!(page.says(shown), "{shown} in {}", page.html);
        }
        assert!(!page.says("<form class=\"form\""), "a page, not a form: {}", page.html);
        let links = page.links();
        for link in [
            format!("{path}/edit?search=jansen"),
            format!("{path}/delete?search=jansen"),
            format!("/manage/customer-groups/{}", group["id"].as_str().unwrap()),
        ] {
            assert!(links.contains(&link), "{link} in {links:?}");
        }
        let edit = browser.page(&format!("{path}/edit?search=jansen")).await;
        assert!(edit.links().contains(&format!("{path}?search=jansen")), "cancelling leads back");
        // Another portal's customer is none.
        let (_, stranger) = server.portal_and_browser().await;
        for page in [path.clone(), format!("{path}/edit")] {
            assert_eq!(stranger.get(&page).await.status, 404);
        }
    }

    async fn a_list_opened_beyond_its_end_offers_the_last_page_that_there_is(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        let key = portal.key().await;
        let empty = browser.page("/manage/customers?page=999").await;
        assert!(empty.says("Nog geen klanten") && !empty.says("page=998"), "{}", empty.html);
        let mut ids = Vec::new();
        for number in 0..31 {
            let name = format!("{} {number}", if number < 17 { "Bakker" } else { "Slager" });
            ids.push(key.post("/v1/customers", fields(&name)).await.expect(200)["id"].clone());
            if number > 0 {
                key.post("/v1/customer-groups", json!({ "name": format!("Groep {number}") })).await.expect(200);
            }
        }
        let members: Vec<_> = ids[..16].to_vec();
        let group = key.post("/v1/customer-groups", json!({ "name": "Leden", "customers": members })).await.expect(200);
        let group = format!("/manage/customer-groups/{}", group["id"].as_str().unwrap());
        let (add, customers, groups) = (format!("{group}/add"), "/manage/customers", "/manage/customer-groups");
        for (list, search, last) in [
            (customers, "", 3),
            (customers, "search=bakker&", 2),
            (groups, "", 3),
            (groups, "search=groep&", 2),
            (&group, "", 2),
            (&group, "search=bakker&", 2),
            (&add, "", 3),
            (&add, "search=slager&", 1),
        ] {
            for far in [last + 1, 999, 4_294_967_295_u32] {
                let page = browser.page(&format!("{list}?{search}per_page=15&page={far}")).await;
                let way = |page| format!("{list}?{search}per_page=15&page={page}");
                let ways: Vec<String> = page.links().into_iter().filter(|link| link.starts_with(&format!("{list}?")) && link.contains("&page=")).collect();
                let expected = if last == 1 { vec![way(1)] } else { vec![way(last), way(1)] };
                assert_eq!(ways, expected, "{list} {search} {far}");
            }
            let shown = browser.page(&format!("{list}?{search}per_page=15&page={last}")).await;
            assert!(shown.says("<tbody") && !shown.says(r#"rel="next""#), "{list} {search}");
        }
        let none = browser.page("/manage/customers?search=kapper&page=999").await;
        assert!(none.says("Niets gevonden") && !none.says("page=998"), "{}", none.html);
    }

    async fn a_customer_is_saved_with_its_groups_or_not_at_all(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        let key = portal.key().await;
        let mut groups = Vec::new();
        for number in 0..101 {
            let group = key.post("/v1/customer-groups", json!({ "name": format!("Groep {number}") })).await.expect(200);
            groups.push(("groups".to_owned(), group["id"].as_str().unwrap().to_owned()));
        }
        let new = "/manage/customers/new";
        let mut form = filled(&browser, new, "Jansen").await;
        form.fields.extend(groups.iter().cloned());
        let refused = form.send(&browser).await;
        assert_eq!(refused.status, 409, "{refused}");
        assert_eq!(key.get("/v1/customers").await.expect(200)["data"], json!([]), "no half of it");
        form.fields.pop();
        let path = form.send(&browser).await.header("location").unwrap().to_owned();
        let saved = async || key.get("/v1/customers").await.expect(200)["data"][0].clone();
        let first = saved().await;
        assert_eq!(first["customerGroups"].as_array().unwrap().len(), 100);
        let edit = format!("{path}/edit");
        let mut form = browser.page(&edit).await.form().with("city", "Elders").with("anyway", "1");
        form.fields.push(groups[100].clone());
        assert_eq!(form.send(&browser).await.status, 409);
        assert_eq!(saved().await, first, "no half of a change");
    }

    async fn a_group_is_filled_and_emptied_by_ticking_many(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        let key = portal.key().await;
        let mut ids = Vec::new();
        for number in 0..3 {
            ids.push(key.post("/v1/customers", fields(&format!("Klant {number}"))).await.expect(200)["id"].as_str().unwrap().to_owned());
        }
        let group = key.post("/v1/customer-groups", json!({ "name": "Leden", "customers": [ids[0]] })).await.expect(200);
        let path = format!("/manage/customer-groups/{}", group["id"].as_str().unwrap());
        let add = format!("{path}/add?search=klant");
        let page = browser.page(&add).await;
        assert_eq!(page.choices("customers").len(), 2, "who is in it cannot be ticked");
        assert!(Page::of(&page.form_to("/add").send(&browser).await).says("Vink eerst een of meer klanten aan."));
        let mut form = page.form_to("/add");
        form.fields.extend(ids[1..].iter().map(|id| ("customers".to_owned(), id.clone())));
        let answer = form.send(&browser).await;
        assert_eq!(answer.header("location"), Some(add.as_str()));
        let members = async || key.get(&format!("/v1/customer-groups/{}/customers", group["id"].as_str().unwrap())).await.expect(200)["data"].as_array().unwrap().len();
        assert_eq!(members().await, 3);
        let mut form = browser.page(&path).await.form_to("/remove");
        form.fields.extend(ids[..2].iter().map(|id| ("customers".to_owned(), id.clone())));
        assert_eq!(form.send(&browser).await.status, 303);
        assert_eq!(members().await, 1);
    }

    async fn what_is_ticked_stays_ticked_from_page_to_page(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        let key = portal.key().await;
        for number in 0..27 {
            key.post("/v1/customers", fields(&format!("Klant {number}"))).await.expect(200);
        }
        let group = key.post("/v1/customer-groups", json!({ "name": "Leden" })).await.expect(200);
        let path = format!("/manage/customer-groups/{}", group["id"].as_str().unwrap());
        let members = async || {
            let page = key.get(&format!("/v1/customer-groups/{}/customers", group["id"].as_str().unwrap())).await.expect(200);
            page["data"].as_array().unwrap().len()
        };
        let to_page = |page: &Page| page.html.split("name=\"to_page\" value=\"").nth(1).unwrap().split('"').next().unwrap().replace("&amp;", "&");
        // The ids that a form sends as it stands.
        let ticked = |form: &FilledForm| form.fields.iter().filter(|(name, _)| name == "customers").count();
        let first = browser.page(&format!("{path}/add")).await;
        let form = first.form_to("/add").with("customers", &first.choices("customers")[0]).with("to_page", &to_page(&first));
        let second = Page::of(&form.send(&browser).await);
        assert!(second.says("Op een andere pagina is ook 1 klant aangevinkt."), "{}", second.html);
        assert_eq!((ticked(&second.form_to("/add")), members().await), (1, 0), "nothing is saved yet");
        let mut form = second.form_to("/add");
        let here = second.choices("customers").into_iter().find(|id| !form.fields.iter().any(|(_, value)| value == id));
        form.fields.push(("customers".to_owned(), here.unwrap()));
        let back = Page::of(&form.clone().with("to_page", &to_page(&second)).send(&browser).await);
        assert_eq!(ticked(&back.form_to("/add")), 2, "{}", back.html);
        assert_eq!(form.send(&browser).await.status, 303);
        assert_eq!(members().await, 2);
        // A form leads to no page but those of its own list.
        for elsewhere in ["/manage/customers?page=2", "https://evil.example/add?page=2"] {
            let answer = browser.page(&format!("{path}/add")).await.form_to("/add").with("to_page", elsewhere).send(&browser).await;
            assert!(answer.status != 303 && Page::of(&answer).says("Vink eerst een of meer klanten aan."), "{answer}");
        }
    }

    async fn a_group_of_a_name_that_is_there_is_warned_of_and_saved_all_the_same(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        let key = portal.key().await;
        let other = key.post("/v1/customer-groups", json!({ "name": "Anders" })).await.expect(200);
        let rename = format!("/manage/customer-groups/{}/rename", other["id"].as_str().unwrap());
        let count = async || key.get("/v1/customer-groups").await.expect(200)["data"].as_array().unwrap().len();
        for (path, name, typed, more) in
            [("/manage/customer-groups/new", "Café's", " CAFE's", 1), (rename.as_str(), "Zorg", "ZORG", 0)]
        {
            let there = key.post("/v1/customer-groups", json!({ "name": name })).await.expect(200);
            let link = format!("/manage/customer-groups/{}", there["id"].as_str().unwrap());
            let before = count().await;
            let form = browser.page(path).await.form().with("name", typed);
            let page = Page::of(&form.clone().send(&browser).await);
            assert!(page.says("Er is al een groep met deze naam") && page.links().contains(&link), "{}", page.html);
            assert_eq!(count().await, before);
            assert_eq!(page.form().with("name", typed).with("anyway", "1").send(&browser).await.status, 303);
            assert_eq!(count().await, before + more);
        }
        let (_, stranger) = server.portal_and_browser().await;
        let form = stranger.page("/manage/customer-groups/new").await.form().with("name", "Café's");
        assert_eq!(form.send(&stranger).await.status, 303, "another portal's groups are nobody's business");
    }

    async fn a_record_that_is_not_there_leaves_the_menu_and_leads_to_its_list(server: &Server) {
        let (_, browser) = server.portal_and_browser().await;
        for (path, status, list) in [
            ("/manage/customers/cst_000000000000000", 404, "/manage/customers"),
            ("/manage/customers/nonsense/delete", 404, "/manage/customers"),
            ("/manage/customers?page=abc", 400, "/manage/customers"),
            ("/manage/customer-groups/nonsense", 404, "/manage/customer-groups"),
            ("/manage/settings/api-keys/nonsense", 404, "/manage/settings/api-keys"),
        ] {
            let answer = browser.get(path).await;
            let page = Page::of(&answer);
            assert_eq!(answer.status, status, "{path}: {answer}");
            for link in ["/manage/customers", "/manage/customer-groups", "/manage/settings/team"] {
                assert!(page.links().iter().any(|href| href == link), "{path} without {link}: {answer}");
            }
            let main = page.html.split("<main").nth(1).unwrap().split("</main>").next().unwrap();
            assert!(main.contains(&format!("href=\"{list}\"")), "{path}: {main}");
        }
    }
}
