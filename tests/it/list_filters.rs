//! Filters of lists, by the API and on pages.

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::customers::fields;
use crate::support::{Answer, InProcess, Key};

/// The names that a list has with these parameters, in its order.
async fn found(key: &Key, list: &str, parameters: &[(&str, &str)]) -> Vec<String> {
    let request = key.request(reqwest::Method::GET, list).query(parameters);
    let page = Answer::to(request).await.expect(200);
    let name =
        |row: &Value| row["companyName"].as_str().or(row["name"].as_str()).unwrap().to_owned();
    page["data"].as_array().unwrap().iter().map(name).collect()
}

fn id(row: &Value) -> &str {
    row["id"].as_str().unwrap()
}

async fn customer(key: &Key, name: &str, kind: &str) -> Value {
    let mut customer = fields(name);
    customer["customerType"] = json!(kind);
    key.post("/v1/customers", customer).await.expect(200)
}

both_engines! {
    async fn filters_leave_out_what_does_not_meet_all_of_them(server: &Server) {
        let (key, stranger) = (server.portal().await.key().await, server.portal().await.key().await);
        let mut rows = Vec::new();
        for (name, kind) in [("Bakker Een", "business"), ("Bakker Twee", "private"), ("Slager Een", "business"), ("Slager Twee", "private")] {
            rows.push(customer(&key, name, kind).await);
        }
        let foreign = customer(&stranger, "Bakker Vreemd", "business").await;
        let group = key.post("/v1/customer-groups", json!({ "name": "Leden", "customers": [id(&rows[0]), id(&rows[1]), id(&rows[2])] })).await.expect(200);
        let empty = key.post("/v1/customer-groups", json!({ "name": "Leeg" })).await.expect(200);
        let their_group = stranger.post("/v1/customer-groups", json!({ "name": "Vreemd", "customers": [id(&foreign)] })).await.expect(200);
        let list = "/v1/customers";
        let members = format!("/v1/customer-groups/{}/customers", id(&group));
        let none: [&str; 0] = [];
        for (parameters, expected) in [
            (vec![("customerType", "private")], &["Slager Twee", "Bakker Twee"][..]),
            (vec![("customerType", "private"), ("search", "bakker")], &["Bakker Twee"]),
            (vec![("customerType", "business"), ("search", "een"), ("sort", "companyName")], &["Bakker Een", "Slager Een"]),
            (vec![("customerGroupId", id(&group))], &["Slager Een", "Bakker Twee", "Bakker Een"]),
            (vec![("customerGroupId", id(&group)), ("customerType", "business"), ("sort", "companyName")], &["Bakker Een", "Slager Een"]),
            (vec![("customerGroupId", id(&group)), ("search", "twee")], &["Bakker Twee"]),
            (vec![("customerGroupId", id(&empty))], &none),
            (vec![("customerGroupId", id(&their_group))], &none),
            (vec![("customerGroupId", "cug_bestaatniet")], &none),
            (vec![("createdFrom", "2020-01-01"), ("createdTo", "2020-12-31")], &none),
        ] {
            assert_eq!(found(&key, list, &parameters).await, expected, "{parameters:?}");
        }
        assert_eq!(found(&key, &members, &[("customerType", "business"), ("sort", "-companyName")]).await, ["Slager Een", "Bakker Een"]);
        assert_eq!(found(&key, &members, &[("customerType", "private"), ("search", "slager")]).await, none);
        let groups = "/v1/customer-groups";
        assert_eq!(found(&key, groups, &[("customerId", id(&rows[0]))]).await, ["Leden"]);
        for other in [id(&rows[3]), id(&foreign)] {
            assert_eq!(found(&key, groups, &[("customerId", other)]).await, none);
        }
        // The parameters stay in the addresses of the other pages.
        let first = Answer::to(key.request(reqwest::Method::GET, list).query(&[("customerGroupId", id(&group)), ("search", "een"), ("per_page", "1")])).await.expect(200);
        assert_eq!(first["per_page"], 1);
        let second = key.get(first["next_page_url"].as_str().unwrap()).await.expect(200);
        assert_eq!((&second["data"][0]["companyName"], &second["next_page_url"]), (&json!("Bakker Een"), &Value::Null));
        assert_eq!(key.get(second["prev_page_url"].as_str().unwrap()).await.expect(200), first);
    }

    async fn a_range_includes_its_first_and_its_last(engine: Engine) {
        let server = InProcess::start(engine).await;
        let key = server.portal().await.key().await;
        let mut rows = Vec::new();
        for name in ["A", "B", "C"] {
            server.clock.advance(SignedDuration::from_hours(24 * 40));
            rows.push(customer(&key, name, "business").await);
        }
        let at = |row: &Value, field: &str| row[field].as_str().unwrap().to_owned();
        let list = "/v1/customers";
        let created: Vec<String> = rows.iter().map(|row| at(row, "createdAt")).collect();
        for order in ["createdAt", "-createdAt", "companyName", "-updatedAt"] {
            let names = async |from: &str, to: &str| {
                let mut names = found(&key, list, &[("createdFrom", from), ("createdTo", to), ("sort", order)]).await;
                names.sort();
                names
            };
            assert_eq!(names(&created[1], &created[1]).await, ["B"], "{order}");
            assert_eq!(names(&created[0], &created[1]).await, ["A", "B"], "{order}");
            assert_eq!(names(&created[1][..10], &created[2][..10]).await, ["B", "C"], "{order}");
            assert_eq!(names(&created[2], &created[0]).await, [] as [&str; 0], "{order}");
        }
        // A plus sign that was not encoded is a space.
        let plain = key.get(&format!("{list}?createdTo={}", created[0])).await.expect(200);
        assert_eq!(plain["data"].as_array().unwrap().len(), 1, "{plain}");

        // What counts as a change: of its details, and of its groups.
        server.clock.advance(SignedDuration::from_hours(24 * 40));
        let changed = key.patch(&format!("{list}/{}", id(&rows[1])), json!({ "city": "Elders" })).await.expect(200);
        let since = at(&changed, "updatedAt");
        assert_ne!(since, created[1]);
        assert_eq!(changed["createdAt"], json!(created[1]));
        assert_eq!(found(&key, list, &[("updatedFrom", &since)]).await, ["B"]);
        server.clock.advance(SignedDuration::from_secs(2));
        let group = key.post("/v1/customer-groups", json!({ "name": "Leden", "customers": [id(&rows[0])] })).await.expect(200);
        let names = async || found(&key, list, &[("updatedFrom", &since), ("sort", "-updatedAt")]).await;
        assert_eq!(names().await, ["A", "B"]);
        server.clock.advance(SignedDuration::from_secs(2));
        key.post(&format!("/v1/customer-groups/{}/customers", id(&group)), json!({ "customers": [id(&rows[2])] })).await.expect(200);
        assert_eq!(names().await, ["C", "A", "B"]);
        server.clock.advance(SignedDuration::from_secs(2));
        key.delete(&format!("/v1/customer-groups/{}/customers/{}", id(&group), id(&rows[0]))).await.expect_nothing();
        assert_eq!(names().await, ["A", "C", "B"]);
        server.clock.advance(SignedDuration::from_secs(2));
        let renamed = key.patch(&format!("/v1/customer-groups/{}", id(&group)), json!({ "name": "Anders" })).await.expect(200);
        assert_ne!(renamed["updatedAt"], renamed["createdAt"]);
        assert_eq!(names().await, ["A", "C", "B"], "a group's name isn't shown with its customers");
        key.delete(&format!("/v1/customer-groups/{}", id(&group))).await.expect_nothing();
        assert_eq!(names().await, ["C", "A", "B"]);
    }

    async fn an_invalid_filter_is_refused_and_never_passed_over(server: &Server) {
        let key = server.portal().await.key().await;
        for (query, faulty) in [
            ("customerGroupId=", vec!["customerGroupId"]),
            ("customerGroupId=cst_a", vec!["customerGroupId"]),
            ("customerGroupId=%27%20OR%201=1", vec!["customerGroupId"]),
            ("customerType=vip&createdFrom=gisteren", vec!["createdFrom", "customerType"]),
            ("createdTo=2026-02-30", vec!["createdTo"]),
            ("updatedFrom=2026-11-24T25:00:00Z&per_page=0", vec!["per_page", "updatedFrom"]),
            ("updatedTo=%00", vec!["updatedTo"]),
            ("customerType=private&customerType=business", vec!["customerType"]),
            ("sort=createdAt&sort=companyName", vec!["sort"]),
        ] {
            assert_eq!(key.get(&format!("/v1/customers?{query}")).await.faulty_fields(), faulty, "{query}");
        }
        for extreme in ["0001-01-01", "9999-12-31", "9999-12-31 23:59:59", "-009999-01-02T01:59:59Z"] {
            for name in ["createdFrom", "createdTo"] {
                found(&key, "/v1/customers", &[(name, extreme)]).await;
            }
        }
        // A group's list has no filter for groups.
        let group = key.post("/v1/customer-groups", json!({ "name": "Leden" })).await.expect(200);
        let answer = key.get(&format!("/v1/customer-groups/{0}/customers?customerGroupId={0}", id(&group))).await;
        assert_eq!((answer.status, answer.header("x-ignored-fields")), (200, Some("customerGroupId")), "{answer}");
    }

    async fn a_page_sorts_filters_and_counts(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        let key = portal.key().await;
        let mut ids = Vec::new();
        for number in 0..30 {
            let kind = if number % 3 == 0 { "private" } else { "business" };
            ids.push(id(&customer(&key, &format!("Klant {number:02}"), kind).await).to_owned());
        }
        let group = key.post("/v1/customer-groups", json!({ "name": "Leden <b>", "customers": ids[..4] })).await.expect(200);
        let list = "/manage/customers";
        let page = browser.page(list).await;
        assert!(page.says("1 t/m 25 van 30") && page.says("Klant 29") && !page.says("Klant 04"), "{}", page.html);
        let links = page.links();
        for link in ["?sort=companyName", "?sort=createdAt", "?per_page=50", "?per_page=100", "?page=2&after="] {
            assert!(links.iter().any(|known| known.starts_with(&format!("{list}{link}"))), "{link}: {links:?}");
        }
        assert!(page.says(r#"aria-sort="descending"><a href="/manage/customers?sort=createdAt">Toegevoegd"#), "{}", page.html);

        let by_name = browser.page(&format!("{list}?sort=companyName&per_page=50")).await;
        assert!(by_name.says(r#"aria-sort="ascending"><a href="/manage/customers?per_page=50&amp;sort=-companyName">Naam"#), "{}", by_name.html);
        assert!(by_name.html.find("Klant 03").unwrap() < by_name.html.find("Klant 20").unwrap());
        assert!(by_name.says("1 t/m 30 van 30") && by_name.says(r#"<span aria-current="true">50</span>"#));

        // The form sends all of its fields, also the empty ones.
        let query = format!("search=klant&customerGroupId={}&customerType=private&createdFrom=2020-01-01&createdTo=&updatedFrom=&updatedTo=&sort=companyName", id(&group));
        let filtered = browser.page(&format!("{list}?{query}")).await;
        assert!(filtered.says("1 t/m 2 van 2") && filtered.says("Klant 00") && filtered.says("Klant 03"), "{}", filtered.html);
        for chip in ["Groep: Leden &lt;b&gt;", "Soort klant: Particulier", "Toegevoegd vanaf: 1 jan 2020"] {
            assert!(filtered.says(chip), "{chip}: {}", filtered.html);
        }
        let links = filtered.links();
        let without_group = format!("{list}?search=klant&customerType=private&createdFrom=2020-01-01&sort=companyName");
        assert!(links.contains(&without_group), "{links:?}");
        assert!(links.contains(&format!("{list}?search=klant&sort=companyName")), "all at once: {links:?}");
        // The form holds what is asked.
        let (chosen, private) = (format!("value=\"{}\" selected", id(&group)), "value=\"private\" selected");
        for held in [&chosen, private, "name=\"createdFrom\" value=\"2020-01-01\"", "name=\"sort\" value=\"companyName\""] {
            assert!(filtered.says(held), "{held}: {}", filtered.html);
        }

        let nothing = browser.page(&format!("{list}?createdTo=2020-01-01")).await;
        assert!(nothing.says("Niets gevonden") && nothing.says("Toegevoegd t/m: 1 jan 2020") && !nothing.says("Nog geen klanten"), "{}", nothing.html);
        for wrong in ["customerType=vip", "createdFrom=gisteren", "per_page=0", "per_page=1000"] {
            assert_eq!(browser.get(&format!("{list}?{wrong}")).await.status, 400, "{wrong}");
        }

        let groups = browser.page("/manage/customer-groups?sort=-name").await;
        assert!(groups.says(r#"aria-sort="descending"><a href="/manage/customer-groups?sort=name">"#), "{}", groups.html);
        let members = browser.page(&format!("/manage/customer-groups/{}?sort=companyName&customerType=private", id(&group))).await;
        assert!(members.says("1 t/m 2 van 2"), "{}", members.html);
    }
}
