//! Lists: pages, their URLs, and search.

use futures_util::FutureExt;
use futures_util::future::join_all;
use jiff::SignedDuration;
use klantportaal::db::{DbError, Single, ToParam};
use serde_json::{Value, json};

use crate::customers::fields;
use crate::support::{Engine, InProcess, Key, Server, until};

/// The names in a page.
fn names(page: &Value) -> Vec<&str> {
    page["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["companyName"].as_str().unwrap())
        .collect()
}

async fn found(key: &Key, search: &str) -> Vec<String> {
    let request = key.request(reqwest::Method::GET, "/v1/customers").query(&[("search", search)]);
    let page = crate::support::Answer::to(request).await.expect(200);
    let mut names: Vec<String> = names(&page).into_iter().map(str::to_owned).collect();
    names.sort();
    names
}

both_engines! {
    async fn pages_hold_fifteen_the_newest_first_and_lead_to_each_other(engine: Engine) {
        let server = InProcess::start(engine).await;
        let key = server.portal().await.key().await;
        for number in 1..=32 {
            server.clock.advance(SignedDuration::from_millis(10));
            key.post("/v1/customers", fields(&format!("Klant {number}"))).await.expect(200);
        }
        let path = format!("{}/v1/customers", server.url);
        let page = |number: i64| format!("{path}?page={number}");
        // Beside the number it says where the page before ended.
        let next = |answer: &Value, number: i64| {
            let last = answer["data"].as_array().unwrap().last().unwrap();
            let at: jiff::Timestamp = last["createdAt"].as_str().unwrap().parse().unwrap();
            let url = answer["next_page_url"].as_str().unwrap();
            let after = url.strip_prefix(&format!("{}&after=", page(number))).unwrap();
            assert_eq!(after.split_once('-').unwrap().1, last["id"].as_str().unwrap());
            assert!(after.starts_with(&at.as_second().to_string()), "{after}");
            json!(url)
        };
        let mut url = "/v1/customers".to_owned();
        let mut seen = Vec::new();
        for (number, from, to) in [(1, 1, 15), (2, 16, 30), (3, 31, 32)] {
            let answer = key.get(&url).await.expect(200);
            let envelope = json!({
                "current_page": number,
                "data": answer["data"],
                "first_page_url": page(1),
                "from": from,
                "next_page_url": if number < 3 { next(&answer, number + 1) } else { Value::Null },
                "path": path,
                "per_page": 15,
                "prev_page_url": if number > 1 { json!(page(number - 1)) } else { Value::Null },
                "to": to,
            });
            assert_eq!(answer, envelope);
            if let Some(previous) = answer["prev_page_url"].as_str() {
                assert_eq!(key.get(previous).await.expect(200)["current_page"], number - 1);
            }
            seen.extend(names(&answer).into_iter().map(str::to_owned));
            url = answer["next_page_url"].as_str().unwrap_or_default().to_owned();
        }
        assert_eq!(url, "", "the third page is the last");
        let expected: Vec<String> = (1..=32).rev().map(|number| format!("Klant {number}")).collect();
        assert_eq!(seen, expected);
        let past = key.get(&page(4)).await.expect(200);
        assert_eq!((&past["data"], &past["from"], &past["to"], &past["next_page_url"]), (&json!([]), &Value::Null, &Value::Null, &Value::Null));
        assert_eq!(past["prev_page_url"], page(3));
    }

    async fn a_full_last_page_has_no_next(engine: Engine) {
        let server = InProcess::start(engine).await;
        let key = server.portal().await.key().await;
        for number in 0..15 {
            key.post("/v1/customer-groups", json!({ "name": format!("Groep {number}") })).await.expect(200);
        }
        let page = key.get("/v1/customer-groups").await.expect(200);
        assert_eq!((page["data"].as_array().unwrap().len(), &page["next_page_url"]), (15, &Value::Null));
    }

    async fn an_empty_list_is_a_list(server: &Server) {
        let key = server.portal().await.key().await;
        for path in ["/v1/customers", "/v1/customer-groups"] {
            let page = key.get(path).await.expect(200);
            let url = format!("{}{path}", server.url);
            let expected = json!({
                "current_page": 1, "data": [], "first_page_url": format!("{url}?page=1"), "from": null,
                "next_page_url": null, "path": url, "per_page": 15, "prev_page_url": null, "to": null,
            });
            assert_eq!(page, expected);
        }
    }

    async fn a_page_is_a_number_from_one(server: &Server) {
        let key = server.portal().await.key().await;
        for wrong in ["0", "-1", "x", "", "1.5", "99999999999999999999", "1%00", "%FF"] {
            assert_eq!(key.get(&format!("/v1/customers?page={wrong}")).await.faulty_fields(), ["page"], "{wrong}");
        }
        for above in ["4294967296", "99999999999999999999"] {
            let told = key.get(&format!("/v1/customers?page={above}")).await.expect(422);
            assert!(told["errors"]["page"][0].as_str().unwrap().contains("1 to 4294967295"), "{told}");
        }
        let far = key.get("/v1/customers?page=4294967295").await.expect(200);
        assert_eq!(far["data"], json!([]));
        let wrong = format!("/v1/customers?page=0&after=x&search={}", "a".repeat(201));
        assert_eq!(key.get(&wrong).await.faulty_fields(), ["after", "page", "search"]);
        for wrong in ["", "5", "5-", "-5-cst_a", "5-cst_%27", "99999999999999999999-cst_a"] {
            assert_eq!(key.get(&format!("/v1/customers?after={wrong}")).await.faulty_fields(), ["after"], "{wrong}");
        }
        for wrong in ["0", "101", "-1", "x", "", "1.5"] {
            assert_eq!(key.get(&format!("/v1/customers?per_page={wrong}")).await.faulty_fields(), ["per_page"], "{wrong}");
        }
        // A parameter that we don't know is passed over.
        key.get("/v1/customers?sort=name").await.expect(200);
    }

    async fn a_search_looks_in_all_text_and_takes_it_literally(server: &Server) {
        let (key, stranger) = (server.portal().await.key().await, server.portal().await.key().await);
        for (name, city, email) in [
            ("Bakkerij Jänsen", "Ons Dorp", "info@bakker.example"),
            ("100% Fietsen", "Elders", "fiets@example.nl"),
            (r"Under_score \ BV", "Elders", "us@example.nl"),
        ] {
            let mut customer = fields(name);
            (customer["city"], customer["primaryEmail"]) = (json!(city), json!(email));
            key.post("/v1/customers", customer).await.expect(200);
        }
        stranger.post("/v1/customers", fields("Bakkerij van een ander")).await.expect(200);
        assert_eq!(found(&key, "bakkerij").await, ["Bakkerij Jänsen"]);
        assert_eq!(found(&key, " JÄNSEN ").await, ["Bakkerij Jänsen"]);
        assert_eq!(found(&key, "bakker.example").await, ["Bakkerij Jänsen"]);
        assert_eq!(found(&key, "elders").await, ["100% Fietsen", r"Under_score \ BV"]);
        assert_eq!(found(&key, "BV score elders").await, [r"Under_score \ BV"], "each word by itself");
        assert_eq!(found(&key, "score jansen").await, [] as [&str; 0]);
        assert_eq!(found(&key, "dorpsstraat").await.len(), 3);
        assert_eq!(found(&key, "%").await, ["100% Fietsen"]);
        assert_eq!(found(&key, "_").await, [r"Under_score \ BV"]);
        assert_eq!(found(&key, r"\").await, [r"Under_score \ BV"]);
        assert_eq!(found(&key, "a%b").await, [] as [&str; 0]);
        assert_eq!(found(&key, "' OR 1=1 --").await, [] as [&str; 0]);
        assert_eq!(found(&key, "  ").await.len(), 3);
        assert_eq!(key.get("/v1/customers?search=%00").await.faulty_fields(), ["search"]);
        assert_eq!(key.get("/v1/customers?search=%FF").await.expect(200)["data"], json!([]));
    }

    async fn a_search_goes_on_over_its_pages(engine: Engine) {
        let server = InProcess::start(engine).await;
        let key = server.portal().await.key().await;
        for number in 0..20 {
            key.post("/v1/customers", fields(&format!("A&B +é {number}"))).await.expect(200);
            key.post("/v1/customers", fields("Iets anders")).await.expect(200);
        }
        let first = key.get("/v1/customers?search=a%26b+%2B%C3%A9").await.expect(200);
        let second = key.get(first["next_page_url"].as_str().unwrap()).await.expect(200);
        assert_eq!((names(&first).len(), names(&second).len(), &second["next_page_url"]), (15, 5, &Value::Null));
        let mut all = [names(&first), names(&second)].concat();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 20);
        assert!(all.iter().all(|name| name.starts_with("A&B +é")));
        assert_eq!(key.get(second["prev_page_url"].as_str().unwrap()).await.expect(200), first);
    }

    async fn a_search_finds_what_people_type(server: &Server) {
        let key = server.portal().await.key().await;
        for name in [
            "Café De Zwaan", "Müller & Zn.", "ÉLAN Advies", "a_b Techniek", "axb Techniek", "Brasserie E\u{301}e\u{301}n",
            "Ĳsselstein Bouw", "Straße GmbH", "Fiancé’s", "İstanbul Döner", "Łódź Transport", "Jansen Bakkerij", "Ørsted", "Q7 ж",
        ] {
            let mut customer = fields(name);
            customer["phone"] = json!(if name == "Ørsted" { "+31 6-12 34 56 78" } else { "073 999 99 99" });
            key.post("/v1/customers", customer).await.expect(200);
        }
        for (typed, expected) in [
            ("CAFÉ", "Café De Zwaan"), ("cafe", "Café De Zwaan"), ("cafe\u{301}", "Café De Zwaan"), ("muller", "Müller & Zn."), ("élan", "ÉLAN Advies"),
            ("één", "Brasserie Één"), ("ijsselstein", "Ĳsselstein Bouw"), ("strasse", "Straße GmbH"), ("fiance's", "Fiancé’s"),
            ("istanbul", "İstanbul Döner"), ("lodz", "Łódź Transport"), ("bakkerij jansen", "Jansen Bakkerij"), ("orsted", "Ørsted"), ("a_b", "a_b Techniek"),
            ("0612345678", "Ørsted"), ("12 34 56 78", "Ørsted"), ("q7", "Q7 ж"), ("Ж", "Q7 ж"),
        ] {
            assert_eq!(found(&key, typed).await, [expected], "{typed}");
        }
        for nothing in ["\u{301}", "\u{200b} \u{ad}"] {
            assert_eq!(found(&key, nothing).await.len(), 14, "no word is looked for");
        }
        for name in ["Vaste klánten", "Losse klanten"] {
            key.post("/v1/customer-groups", json!({ "name": name })).await.expect(200);
        }
        let groups = key.get("/v1/customer-groups?search=KLANTEN+vast").await.expect(200);
        assert_eq!(groups["data"].as_array().unwrap().len(), 1);
    }

    async fn a_search_follows_each_change(server: &Server) {
        let key = server.portal().await.key().await;
        let made = key.post("/v1/customers", fields("Oude Naam")).await.expect(200);
        let path = format!("/v1/customers/{}", made["id"].as_str().unwrap());
        key.patch(&path, json!({ "companyName": "Nieuwe Naam" })).await.expect(200);
        assert_eq!(found(&key, "nieuwe").await, ["Nieuwe Naam"]);
        assert_eq!(found(&key, "oude").await, [] as [&str; 0]);
        key.delete(&path).await.expect_nothing();
        assert_eq!(found(&key, "nieuwe").await, [] as [&str; 0]);
        let left = server.db.rows::<Single<i64>>(
            "SELECT count(*) AS value FROM search_entries WHERE row_id = ?1", &[made["id"].as_str().unwrap().to_param()]).await.unwrap();
        assert_eq!(left[0].0, 0);
    }

    async fn whoever_follows_a_list_misses_nothing_while_it_changes(engine: Engine) {
        let server = InProcess::start(engine).await;
        let key = server.portal().await.key().await;
        for search in ["", "?search=klant"] {
            let mut ids = Vec::new();
            for number in 0..60 {
                server.clock.advance(SignedDuration::from_millis(if number % 3 == 0 { 1 } else { 0 }));
                ids.push(key.post("/v1/customers", fields(&format!("Klant {number}"))).await.expect(200)["id"].as_str().unwrap().to_owned());
            }
            let (mut seen, mut url, mut page) = (Vec::new(), format!("/v1/customers{search}"), 0);
            loop {
                let answer = key.get(&url).await.expect(200);
                let own = answer["data"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned());
                let own: Vec<String> = own.collect();
                // Of what was seen the last on the page goes, which is the position, and one comes.
                if page < 3 {
                    key.delete(&format!("/v1/customers/{}", own.last().unwrap())).await.expect_nothing();
                    key.post("/v1/customers", fields("Klant erbij")).await.expect(200);
                }
                seen.extend(own.into_iter().filter(|id| ids.contains(id)));
                page += 1;
                match answer["next_page_url"].as_str() {
                    Some(next) => url = next.to_owned(),
                    None => break,
                }
            }
            let expected: Vec<String> = ids.iter().rev().cloned().collect();
            seen.sort();
            let mut all = expected.clone();
            all.sort();
            assert_eq!(seen, all, "{search}");
            for id in &ids {
                key.delete(&format!("/v1/customers/{id}")).await;
            }
        }
    }

    async fn searches_wait_for_the_places_of_their_own_portal_only(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (portal, other) = (server.portal().await, server.portal().await.key().await);
        let key = portal.key().await;
        // What lasts as long as the test, and as many more as may wait.
        let long = match engine {
            Engine::Sqlite => "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 8000000) SELECT count(*) AS value FROM numbers",
            Engine::Postgres => "SELECT count(*) AS value FROM pg_sleep(3)",
        };
        let (db, owner) = (server.db.reading(), portal.id.as_str());
        let mut reads = Vec::new();
        while reads.len() < 1000 {
            let mut read = Box::pin(db.long_rows::<Single<i64>>(owner, long, &[]));
            match (&mut read).now_or_never() {
                None => reads.push(read),
                Some(Err(DbError::TooManyReads)) => break,
                Some(done) => panic!("it was read in place: {:?}", done.map(|rows| rows.len())),
            }
        }
        assert!((65..1000).contains(&reads.len()), "{}", reads.len());
        let lists = ["/v1/customers", "/v1/customer-groups"];
        let searches = lists.map(|list| format!("{list}?search=jansen"));
        // All at once, so that the long reads outlast them.
        let (refused, whole, others) = tokio::join!(
            join_all(searches.iter().map(|search| key.get(search))),
            join_all(lists.iter().map(|list| key.get(list))),
            join_all(searches.iter().map(|search| other.get(search))),
        );
        for refused in refused {
            assert_eq!(refused.expect(503)["code"], 503);
            assert!(refused.number("retry-after") > 0, "{refused}");
        }
        for answer in whole.iter().chain(&others) {
            answer.expect(200);
        }
        drop(reads);
        while key.get("/v1/customers?search=jansen").await.status == 503 {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    }

    async fn outdated_entries_are_renewed_after_a_start(engine: Engine) {
        let server = Server::start(engine, &[]).await;
        let portals = [server.portal().await, server.portal().await];
        let keys = [portals[0].key().await, portals[1].key().await];
        for key in &keys {
            for number in 0..60 {
                key.post("/v1/customers", fields(&format!("Café {number} o'Brien \\ \"b\""))).await.expect(200);
            }
        }
        let (_, _, database) = server.end("TERM");
        // As an earlier version entered them, and stopped in the midst of it.
        database.script("UPDATE search_entries SET text = 'oud' WHERE kind = 'customer'; DELETE FROM search_grams;
            DELETE FROM search_entries WHERE row_id = (SELECT max(id) FROM customers);
            UPDATE search_progress SET version = 1, portal_id = 'prt_zz' WHERE kind = 'customer';
            DELETE FROM finished_steps;").await;
        let server = Server::start_on(database, &[]).await;
        for key in &keys {
            let key = server.bearer(&key.token);
            until("the rows are entered", async || {
                let page = key.get("/v1/customers?search=cafe+59+%22b").await.expect(200);
                page["data"].as_array().unwrap().len() == 1
            }).await;
            let old = key.get("/v1/customers?search=oud").await.expect(200);
            assert_eq!(old["data"], json!([]));
        }
        let (_, _, database) = server.end("TERM");
        let db = database.open().await;
        for (rows, count) in [
            ("SELECT count(*) AS value FROM search_entries WHERE kind = 'customer'", 120),
            ("SELECT count(*) AS value FROM search_grams", 120),
        ] {
            assert_eq!(db.row::<Single<i64>>(rows, &[]).await.unwrap().unwrap().0, count, "{rows}");
        }
    }

    async fn several_instances_index_each_row_once(engine: Engine) {
        let server = Server::start(engine, &[]).await;
        let key = server.portal().await.key().await;
        for number in 0..150 {
            key.post("/v1/customers", fields(&format!("Café {number}"))).await.expect(200);
        }
        let (_, _, database) = server.end("TERM");
        database.script("DELETE FROM search_entries; DELETE FROM search_progress;").await;
        let db = database.open().await;
        let index = |_| tokio::spawn({
            let db = db.clone();
            async move { klantportaal::maintenance::complete_search_index(&db).await.unwrap() }
        });
        for instance in (0..3).map(index).collect::<Vec<_>>() {
            instance.await.unwrap();
        }
        for (rows, count) in [
            ("SELECT count(*) AS value FROM search_entries", 150),
            ("SELECT count(*) AS value FROM search_grams", 150),
            ("SELECT count(*) AS value FROM search_progress WHERE done", 10),
        ] {
            assert_eq!(db.row::<Single<i64>>(rows, &[]).await.unwrap().unwrap().0, count, "{rows}");
        }
    }

    async fn rows_of_before_the_index_are_found_after_a_start(engine: Engine) {
        let server = Server::start(engine, &[]).await;
        let portal = server.portal().await;
        let key = portal.key().await;
        for number in 0..120 {
            key.post("/v1/customers", fields(&format!("Café {number}"))).await.expect(200);
        }
        let (_, _, database) = server.end("TERM");
        database.script("DELETE FROM search_entries; DELETE FROM search_progress; DELETE FROM finished_steps;").await;
        let server = Server::start_on(database, &[]).await;
        let key = server.bearer(&key.token);
        until("the rows are entered", async || {
            let page = key.get("/v1/customers?search=cafe+119").await.expect(200);
            page["data"].as_array().unwrap().len() == 1
        }).await;
        let first = key.get("/v1/customers?search=cafe").await.expect(200);
        assert_eq!(first["data"][0]["companyName"], "Café 119", "the newest first");
    }
}
