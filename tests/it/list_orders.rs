//! The orders of lists: each is total, and whoever follows one misses nothing that was there
//! throughout.

use jiff::SignedDuration;
use klantportaal::db::Single;
use serde_json::{Value, json};

use crate::customers::fields;
use crate::support::operations::document;
use crate::support::{Answer, InProcess, Key, Server, until};

/// The orders of a list, in both directions, as its documentation has them.
fn orders(template: &str) -> Vec<String> {
    let document = document();
    let parameters = document["paths"][template]["get"]["parameters"].as_array().unwrap().clone();
    let sort = parameters.into_iter().find(|parameter| parameter["name"] == "sort").unwrap();
    let pattern = sort["schema"]["pattern"].as_str().unwrap().to_owned();
    let fields = pattern.strip_prefix("^-?(").unwrap().strip_suffix(")$").unwrap();
    let orders: Vec<String> =
        fields.split('|').flat_map(|field| [field.to_owned(), format!("-{field}")]).collect();
    assert!(orders.len() >= 6, "{orders:?}");
    orders
}

/// The lists with a customer's group, each with its template.
fn lists(group: &str) -> [(&'static str, String); 3] {
    [
        ("/customers", "/v1/customers".to_owned()),
        ("/customer-groups", "/v1/customer-groups".to_owned()),
        (
            "/customer-groups/{customerGroupId}/customers",
            format!("/v1/customer-groups/{group}/customers"),
        ),
    ]
}

fn id(row: &Value) -> String {
    row["id"].as_str().unwrap().to_owned()
}

fn rows(page: &Value) -> Vec<Value> {
    page["data"].as_array().unwrap().clone()
}

/// All rows of a list, by `next_page_url`.
async fn walk(key: &Key, url: &str) -> Vec<Value> {
    let (mut all, mut next) = (Vec::new(), Some(url.to_owned()));
    while let Some(url) = next {
        let page = key.get(&url).await.expect(200);
        all.extend(rows(&page));
        next = page["next_page_url"].as_str().map(str::to_owned);
    }
    all
}

/// All rows of a list, by page numbers.
async fn leaf(key: &Key, url: &str) -> Vec<Value> {
    let mut all = Vec::new();
    for page in 1.. {
        let own = rows(&key.get(&format!("{url}&page={page}")).await.expect(200));
        if own.is_empty() {
            break;
        }
        all.extend(own);
    }
    all
}

fn ids(rows: &[Value]) -> Vec<String> {
    rows.iter().map(id).collect()
}

fn sorted(mut ids: Vec<String>) -> Vec<String> {
    ids.sort();
    ids
}

both_engines! {
    async fn every_order_is_total_and_the_same_backwards(engine: Engine) {
        let server = InProcess::start(engine).await;
        let key = server.portal().await.key().await;
        // At three times, with names that only differ in what doesn't count, and changed at two.
        let (mut customers, mut groups) = (Vec::new(), Vec::new());
        for number in 0..12 {
            if number % 4 == 0 {
                server.clock.advance(SignedDuration::from_secs(1));
            }
            let name = ["Élan", "elan", "ELAN", "Zwaan"][number % 4];
            customers.push(id(&key.post("/v1/customers", fields(name)).await.expect(200)));
            groups.push(id(&key.post("/v1/customer-groups", json!({ "name": name })).await.expect(200)));
        }
        let group = &groups[5];
        key.post(&format!("/v1/customer-groups/{group}/customers"), json!({ "customers": customers })).await.expect(200);
        for number in 0..5 {
            server.clock.advance(SignedDuration::from_secs(i64::from(number == 3)));
            key.patch(&format!("/v1/customers/{}", customers[number]), json!({ "city": "Elders" })).await.expect(200);
            key.patch(&format!("/v1/customer-groups/{}", groups[number]), json!({ "name": "Elan" })).await.expect(200);
        }
        for (template, list) in lists(group) {
            let all = sorted(if template == "/customer-groups" { groups.clone() } else { customers.clone() });
            for narrowing in ["", "&search=an", "&createdFrom=2020-01-01", "&search=elan&createdFrom=2020-01-01"] {
                let mut forward = Vec::new();
                for order in orders(template) {
                    let url = format!("{list}?sort={order}&per_page=5{narrowing}");
                    let seen = walk(&key, &url).await;
                    if !narrowing.contains("elan") {
                        assert_eq!(sorted(ids(&seen)), all, "{url}");
                    }
                    assert_eq!(leaf(&key, &url).await, seen, "{url}: pages by number are the same");
                    // The index for searches orders those of one millisecond by when they were added.
                    if narrowing == "&search=an" && order == "-createdAt" {
                        continue;
                    }
                    match order.strip_prefix('-') {
                        None => forward = ids(&seen),
                        Some(_) => {
                            let backwards: Vec<String> = forward.iter().rev().cloned().collect();
                            assert_eq!(ids(&seen), backwards, "{url}");
                        }
                    }
                    let field = order.trim_start_matches('-');
                    if field.ends_with("At") && !order.starts_with('-') {
                        assert!(seen.is_sorted_by_key(|row| row[field].as_str().unwrap().to_owned()), "{url}");
                    }
                }
            }
        }
    }

    async fn names_are_in_the_same_order_on_each_engine(server: &Server) {
        let key = server.portal().await.key().await;
        let names = ["'t Hoekje", "1001 Nacht", "andijk", "Ångström", "Bakker 10", "Bakker 9", "élan", "Élan BV", "ELF", "Ĳssel", "Zwaan", "Ωmega"];
        for name in [5, 0, 11, 3, 8, 1, 10, 2, 7, 4, 9, 6].map(|place| names[place]) {
            key.post("/v1/customers", fields(name)).await.expect(200);
            key.post("/v1/customer-groups", json!({ "name": name })).await.expect(200);
        }
        for (list, field) in [("/v1/customers", "companyName"), ("/v1/customer-groups", "name")] {
            let seen = walk(&key, &format!("{list}?sort={field}&per_page=5")).await;
            assert_eq!(seen.iter().map(|row| row[field].as_str().unwrap()).collect::<Vec<_>>(), names);
        }
        // A name without any letter that counts, and one that folds to far more than it is.
        for name in ["\u{301}a".to_owned(), "\u{fdfa}".repeat(200), "\u{10fffd}".repeat(200)] {
            key.post("/v1/customers", fields(&name)).await.expect(200);
        }
        for order in ["companyName", "-companyName"] {
            assert_eq!(walk(&key, &format!("/v1/customers?sort={order}&per_page=1")).await.len(), 15, "{order}");
        }
    }

    async fn whoever_follows_any_order_misses_nothing_that_was_there_throughout(engine: Engine) {
        let server = InProcess::start(engine).await;
        let key = server.portal().await.key().await;
        let tick = || server.clock.advance(SignedDuration::from_millis(1));
        let add = async |name: String| {
            tick();
            id(&key.post("/v1/customers", fields(&name)).await.expect(200))
        };
        let group = id(&key.post("/v1/customer-groups", json!({ "name": "Leden" })).await.expect(200));
        let rename = async |id: &str, name: &str| {
            tick();
            key.patch(&format!("/v1/customers/{id}"), json!({ "companyName": name })).await.expect(200);
        };
        let lists = lists(&group);
        let all: Vec<(&str, String)> =
            orders("/customers").into_iter().map(|order| ("", order)).collect();
        let narrowed = ["&search=klant", "&customerType=business"].iter().flat_map(|narrowing| {
            ["-createdAt", "companyName"].map(|order| (*narrowing, order.to_owned()))
        });
        let narrowed: Vec<(&str, String)> = narrowed.collect();
        for (list, narrowing, order) in all
            .iter()
            .chain(&narrowed)
            .map(|(narrowing, order)| (&lists[0].1, narrowing, order))
            .chain(narrowed[..2].iter().map(|(narrowing, order)| (&lists[2].1, narrowing, order)))
        {
            let mut there = Vec::new();
            for number in 0..16 {
                there.push(add(format!("Klant {}", number * 7 % 16)).await);
            }
            let join = json!({ "customers": there });
            key.post(&format!("/v1/customer-groups/{group}/customers"), join).await.expect(200);
            let (mut seen, mut next) = (Vec::new(), Some(format!("{list}?sort={order}&per_page=4{narrowing}")));
            let (mut deleted, mut renamed) = (Vec::new(), Vec::new());
            for page in 0.. {
                let Some(url) = next.take() else { break };
                let answer = key.get(&url).await.expect(200);
                let own = ids(&rows(&answer));
                next = answer["next_page_url"].as_str().map(str::to_owned);
                if page < 3 && own.len() == 4 {
                    // The last one goes, which is the position; one that was seen and one that
                    // wasn't are renamed to both ends; and new ones come at both ends.
                    key.delete(&format!("/v1/customers/{}", own[3])).await.expect_nothing();
                    deleted.push(own[3].clone());
                    rename(&own[1], "Klant zzz").await;
                    renamed.push(own[1].clone());
                    let unseen = there.iter().rfind(|id| !seen.contains(*id) && !own.contains(id) && !renamed.contains(id));
                    if let Some(unseen) = unseen.cloned() {
                        rename(&unseen, "Klant 0").await;
                        renamed.push(unseen);
                    }
                    add("Klant".to_owned()).await;
                    add("Klant zzzz".to_owned()).await;
                }
                seen.extend(own);
            }
            let never_changes = order.ends_with("createdAt");
            let counts = |id: &&String| never_changes || !renamed.contains(id);
            let expected: Vec<String> = there.iter().filter(counts).cloned().collect();
            let of_them: Vec<String> =
                seen.iter().filter(|id| there.contains(id)).filter(counts).cloned().collect();
            assert!(deleted.len() == 3 && expected.len() >= 10, "{list} {order} {narrowing}");
            assert_eq!(sorted(of_them), sorted(expected), "{list} {order} {narrowing}");
            let left = walk(&key, "/v1/customers?per_page=100").await;
            for id in ids(&left) {
                key.delete(&format!("/v1/customers/{id}")).await.expect_nothing();
            }
        }
    }

    async fn a_position_of_another_portal_leads_to_own_rows_only(server: &Server) {
        let (key, stranger) = (server.portal().await.key().await, server.portal().await.key().await);
        for name in ["A", "B", "C"] {
            key.post("/v1/customers", fields(name)).await.expect(200);
            stranger.post("/v1/customers", fields(&format!("Vreemd {name}"))).await.expect(200);
        }
        for order in orders("/customers") {
            for narrowing in ["", "&search=a", "&customerType=business"] {
                let foreign = stranger.get(&format!("/v1/customers?sort={order}&per_page=1{narrowing}")).await.expect(200);
                let next = foreign["next_page_url"].as_str().unwrap_or_default().to_owned();
                if next.is_empty() {
                    continue;
                }
                let own = walk(&key, &next).await;
                let names: Vec<&str> = own.iter().map(|row| row["companyName"].as_str().unwrap()).collect();
                assert!(names.iter().all(|name| !name.contains("Vreemd")), "{next}: {names:?}");
            }
        }
    }

    async fn a_position_belongs_to_its_order(server: &Server) {
        let key = server.portal().await.key().await;
        for name in ["A", "B", "C"] {
            key.post("/v1/customers", fields(name)).await.expect(200);
        }
        let mut positions = Vec::new();
        for order in orders("/customers") {
            let page = key.get(&format!("/v1/customers?sort={order}&per_page=1")).await.expect(200);
            let url: reqwest::Url = page["next_page_url"].as_str().unwrap().parse().unwrap();
            let (_, after) = url.query_pairs().find(|(name, _)| name == "after").unwrap();
            positions.push((order, after.into_owned()));
        }
        for (own, after) in &positions {
            for order in orders("/customers") {
                let request = key.request(reqwest::Method::GET, "/v1/customers").query(&[("sort", order.as_str()), ("after", after)]);
                let answer = Answer::to(request).await;
                if order.trim_start_matches('-') == own.trim_start_matches('-') {
                    answer.expect(200);
                } else {
                    assert_eq!(answer.faulty_fields(), ["after"], "{after} in {order}");
                }
            }
        }
        for forged in ["companyName.-cst_a", "companyName.JyBPUiAxPTEgLS0-cst_a", "companyName.JyBPUiAxPTEgLS0-cst_'", "companyName.AA-cst_a", "companyName.YQ-prt_a"] {
            let answer = key.get(&format!("/v1/customers?sort=companyName&after={forged}")).await;
            assert!([200, 422].contains(&answer.status), "{forged}: {answer}");
        }
        assert_eq!(key.get("/v1/customers?sort=companyName&after=companyName.AA-cst_a").await.faulty_fields(), ["after"], "NUL");
    }

    async fn rows_of_earlier_versions_are_sorted_too_and_get_their_keys(engine: Engine) {
        let server = Server::start(engine, &[]).await;
        let key = server.portal().await.key().await;
        let names = ["andijk", "Élan", "elf", "Zwaan"];
        for name in names {
            key.post("/v1/customers", fields(name)).await.expect(200);
            key.post("/v1/customer-groups", json!({ "name": name })).await.expect(200);
        }
        let (_, _, database) = server.end("TERM");
        database.script("UPDATE customers SET name_key = NULL, updated_at = NULL; UPDATE customer_groups SET name_key = NULL, updated_at = NULL;
            DELETE FROM finished_steps;").await;
        let server = Server::start_on(database, &[]).await;
        let key = server.bearer(&key.token);
        until("the rows have their keys", async || {
            let mut orders = Vec::new();
            for (list, field) in [("/v1/customers", "companyName"), ("/v1/customer-groups", "name")] {
                let page = key.get(&format!("{list}?sort={field}")).await.expect(200);
                let order = rows(&page).iter().map(|row| row[field].as_str().unwrap().to_owned()).collect::<Vec<_>>();
                assert_eq!(order.len(), names.len(), "none is missing meanwhile");
                assert!(rows(&page).iter().all(|row| row["updatedAt"] == row["createdAt"]));
                orders.push(order);
            }
            orders.iter().all(|order| *order == names)
        }).await;
        let (_, _, database) = server.end("TERM");
        let db = database.open().await;
        let missing: Vec<Single<i64>> =
            db.rows("SELECT count(*) AS value FROM customers WHERE name_key IS NULL", &[]).await.unwrap();
        assert_eq!(missing[0].0, 0);
    }
}
