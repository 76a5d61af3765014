//! The request log: the API requests of a key and an app, as shown to the portal's owner.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use klantportaal::db::{Single, ToParam};
use klantportaal::request_log::{self, Filter, Found, LogOf, LogSubject, StatusClass};
use serde_json::json;

use crate::support::{Browser, InProcess, Key, Page, Portal, access_token, until};

fn key_page(key: &Key) -> String {
    format!("/manage/settings/api-keys/{}", key.id)
}

/// What stands between a place of the page and the next tag, for each time that it stands there.
fn all_after<'a>(page: &'a Page, mark: &str) -> Vec<&'a str> {
    page.html.split(mark).skip(1).map(|rest| rest.split('<').next().unwrap()).collect()
}

/// The paths of a page's requests, in order.
fn paths(page: &Page) -> Vec<&str> {
    all_after(page, r#"<code class="path">"#)
        .into_iter()
        .filter(|text| text.starts_with('/'))
        .collect()
}

/// Lets a millisecond pass: requests of the same one are in no order.
async fn a_moment() {
    tokio::time::sleep(Duration::from_millis(2)).await;
}

async fn search(portal: &Portal, key: &Key, filter: &Filter) -> Found {
    LogOf::Subject(&portal.store, LogSubject::Key(key.id.clone()))
        .search(filter, None)
        .await
        .unwrap()
}

both_engines! {
    async fn an_owner_finds_every_request_of_a_key(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        let key = portal.key_with("customers.read".parse().unwrap(), Some(5)).await;
        let listed = key.get("/v1/customers?search=geheim").await;
        listed.expect(200);
        a_moment().await;
        key.get("/v1/customers/cst_bestaatniet").await.expect(404);
        a_moment().await;
        let refused = key.post("/v1/customers", json!({})).await;
        refused.expect(403);
        a_moment().await;
        key.get("/v1/bestaat-niet").await.expect(404);
        a_moment().await;
        key.get("/v1/customers?page=x").await.expect(422);
        a_moment().await;
        key.get("/v1/customer-groups").await.expect(429);
        let page = browser.page(&key_page(&key)).await;
        assert_eq!(paths(&page), [
            "/v1/customer-groups", "/v1/customers", "/v1/bestaat-niet", "/v1/customers", "/v1/customers/cst_bestaatniet", "/v1/customers"
        ]);
        assert!(!page.says("geheim"), "queries are not kept");
        for answer in [&listed, &refused] {
            assert!(page.says(answer.header("x-request-id").unwrap()), "{answer}");
        }
        for status in [200, 403, 404, 422, 429] {
            assert!(page.says(&format!(">{status}</span>")), "{status}");
        }
        // Each choice leaves only what fits it.
        let count = async |query: &str| paths(&browser.page(&format!("{}?{query}", key_page(&key))).await).len();
        assert_eq!(count("status=2xx").await, 1);
        assert_eq!(count("status=4xx").await, 5);
        assert_eq!(count("method=POST").await, 1);
        assert_eq!(count("search=CST_bestaat").await, 1);
        assert_eq!(count(&format!("search={}", refused.header("x-request-id").unwrap())).await, 1);
        assert_eq!(count("method=GET&status=4xx&search=customers").await, 2);
        assert_eq!(count("method=DELETE").await, 0);
    }

    async fn a_log_is_seen_by_its_own_portal_only(server: &Server) {
        let (portal, _) = server.portal_and_browser().await;
        let (stranger, strangers_browser) = server.portal_and_browser().await;
        let key = portal.key().await;
        key.get("/v1/customers").await.expect(200);
        assert_eq!(strangers_browser.get(&key_page(&key)).await.status, 404);
        let found = LogOf::Subject(&stranger.store, LogSubject::Key(key.id.clone())).search(&Filter::default(), None).await.unwrap();
        assert!(found.requests.is_empty());
        let nobody = Browser::new(&server.url);
        assert_eq!(nobody.get(&key_page(&key)).await.status, 303);
    }

    async fn a_wrong_query_of_a_log_is_told_as_such(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        let key = portal.key().await;
        for query in ["method=BREW", "status=9xx", "before=x", "before=-1-a", &format!("search={}", "x".repeat(201))] {
            assert_eq!(browser.get(&format!("{}?{query}", key_page(&key))).await.status, 400, "{query}");
        }
        assert!(browser.page(&format!("{}?search=%00%25_", key_page(&key))).await.says("Geen verzoeken gevonden"));
    }

    async fn pages_follow_each_other_without_a_gap(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (portal, browser) = server.portal_and_browser().await;
        let key = portal.key().await;
        for number in 0..120 {
            key.get(&format!("/v1/customers/cst_{number:03}")).await.expect(404);
            if number % 25 == 0 {
                // A look at the page writes a segment.
                browser.page(&key_page(&key)).await;
            }
        }
        let (mut address, mut seen, mut sizes) = (key_page(&key), Vec::new(), Vec::new());
        loop {
            let page = browser.page(&address).await;
            let found = paths(&page);
            sizes.push(found.len());
            seen.extend(found.into_iter().map(str::to_owned));
            match page.html.split(r#"href=""#).map(|rest| rest.split('"').next().unwrap()).find(|link| link.contains("before=")) {
                Some(link) => address = link.replace("&amp;", "&"),
                None => break,
            }
        }
        assert_eq!(sizes, [50, 50, 20]);
        seen.sort();
        let expected: Vec<String> = (0..120).map(|number| format!("/v1/customers/cst_{number:03}")).collect();
        assert_eq!(seen, expected, "each once");
    }

    async fn an_app_has_its_log_on_its_own_page(server: &Server) {
        let (app, (portal, browser)) = (server.app().await, server.portal_and_browser().await);
        let tokens = app.connect(&browser).await;
        server.bearer(&tokens.access).get("/v1/customers").await.expect(200);
        // Another token of the same grant is in the same log.
        let second = access_token(&app.refresh(&tokens.refresh).await);
        server.bearer(&second).get("/v1/customers/cst_2").await.expect(404);
        let list = browser.page("/manage/settings/connected-apps").await;
        let path = list.html.split(r#"href=""#).map(|rest| rest.split('"').next().unwrap()).find(|link| link.contains("connected-apps/grt_")).unwrap();
        let page = browser.page(path).await;
        let mut found = paths(&page);
        found.sort_unstable();
        assert_eq!(found, ["/v1/customers", "/v1/customers/cst_2"]);
        assert!(page.says("Boekhoud &lt;b&gt;Hulp&lt;/b&gt;"));
        let _ = portal;
    }

    async fn requests_with_a_dead_token_are_in_the_log_but_are_no_use_of_it(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (portal, browser) = server.portal_and_browser().await;
        let app = server.app().await;
        let tokens = app.connect(&browser).await;
        server.bearer(&tokens.access).get("/v1/customers").await.expect(200);
        server.clock.advance(SignedDuration::from_hours(2));
        server.bearer(&tokens.access).get("/v1/customers/cst_late").await.expect(401);
        let list = browser.page("/manage/settings/connected-apps").await;
        let path = list.html.split(r#"href=""#).map(|rest| rest.split('"').next().unwrap()).find(|link| link.contains("connected-apps/grt_")).unwrap();
        assert_eq!(paths(&browser.page(path).await).len(), 2);
        let used: Option<Single<i64>> = server.db.row("SELECT last_used_at AS value FROM grants", &[]).await.unwrap();
        assert!(used.unwrap().0 < Timestamp::now().as_millisecond() + 3_600_000, "the refused request is not the last use");
        let _ = portal;
    }

    async fn refused_requests_do_not_push_out_what_was_answered(engine: Engine) {
        let server = InProcess::stopped(engine).await;
        let portal = server.portal().await;
        let key = portal.key_with("customers.read".parse().unwrap(), Some(1)).await;
        key.get("/v1/customers/cst_buit").await.expect(404);
        let calls = (0..6).map(|_| {
            let caller = server.bearer(&key.token);
            tokio::spawn(async move {
                for _ in 0..200 {
                    caller.get("/v1/customers/cst_ruis").await.expect(429);
                }
            })
        });
        for call in calls.collect::<Vec<_>>() {
            call.await.unwrap();
        }
        server.server.write_down_usage().await;
        let sums = async |refused: bool| {
            let sql = "SELECT MAX(entries) || ' ' || CAST(SUM(entries + dropped) AS BIGINT) AS value
                 FROM request_log_segments WHERE refused = ?1";
            server.db.row::<Single<String>>(sql, &[refused.to_param()]).await.unwrap().unwrap().0
        };
        assert_eq!(sums(false).await, "1 1");
        let refused = sums(true).await;
        let (kept, all) = refused.split_once(' ').unwrap();
        // The housekeeper may have written in between: few are kept of each time.
        assert!(all == "1200" && kept.parse::<i64>().unwrap() <= 100, "{refused}");
        let errors = Filter { text: Some("cst_buit".into()), ..Filter::default() };
        assert_eq!(search(&portal, &key, &errors).await.requests.len(), 1);
    }

    async fn of_what_is_too_much_in_the_long_run_the_oldest_of_its_kind_goes(engine: Engine) {
        let server = InProcess::start(engine).await;
        let portal = server.portal().await;
        let key = portal.key().await;
        let now = Timestamp::now();
        // The higher the number, the newer.
        let insert = async |refused: bool, numbers: std::ops::Range<i64>, entries: i64| {
            for number in numbers {
                let sql = "INSERT INTO request_log_segments (id, portal_id, subject, refused, oldest, newest, entries, dropped, packed)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?7, 0, ?6)";
                let (id, at, packed) = (format!("seg_{number:03}"), now.as_millisecond() - 1_000_000 + number, Vec::<u8>::new());
                let params = [id.to_param(), portal.id.to_param(), key.id.to_param(), refused.to_param(), at.to_param(), packed.to_param(), entries.to_param()];
                server.db.execute(sql, &params).await.unwrap();
            }
        };
        insert(false, 0..11, 60_000).await;
        insert(true, 100..104, 60_000).await;
        let left = async || {
            let rows: Vec<Single<String>> = server.db.rows("SELECT id AS value FROM request_log_segments ORDER BY id", &[]).await.unwrap();
            rows.into_iter().map(|row| row.0).collect::<Vec<_>>()
        };
        request_log::clean_up(&server.cleaner(), now).await.unwrap();
        let answered: Vec<String> = (0..11).map(|number| format!("seg_{number:03}")).collect();
        assert_eq!(left().await, [&answered[..], &["seg_103".to_owned()]].concat(), "660000 answered ones are not too many; of the refused 60000 are kept");
        server.db.execute("DELETE FROM request_log_segments WHERE refused = ?1", &[false.to_param()]).await.unwrap();
        insert(false, 0..11, 200_000).await;
        request_log::clean_up(&server.cleaner(), now).await.unwrap();
        assert_eq!(left().await, ["seg_006", "seg_007", "seg_008", "seg_009", "seg_010", "seg_103"], "the newest million");
    }

    async fn what_is_older_than_thirty_days_is_forgotten(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (portal, browser) = server.portal_and_browser().await;
        let key = portal.key().await;
        key.get("/v1/customers/cst_old").await.expect(404);
        browser.page(&key_page(&key)).await;
        let now = Timestamp::now();
        request_log::clean_up(&server.cleaner(), now + SignedDuration::from_hours(29 * 24)).await.unwrap();
        assert_eq!(search(&portal, &key, &Filter::default()).await.requests.len(), 1);
        request_log::clean_up(&server.cleaner(), now + SignedDuration::from_hours(31 * 24)).await.unwrap();
        assert_eq!(search(&portal, &key, &Filter::default()).await.requests.len(), 0);
    }

    async fn a_burst_is_kept_up_to_a_bound_and_the_rest_is_counted(engine: Engine) {
        let server = InProcess::start(engine).await;
        let portal = server.portal().await;
        let key = portal.key().await;
        // The housekeeper may write in between, so the sum is what counts.
        let calls = (0..8).map(|_| {
            let caller = server.bearer(&key.token);
            tokio::spawn(async move {
                for _ in 0..200 {
                    caller.get("/v1/customers/cst_x").await.expect(404);
                }
            })
        });
        for call in calls.collect::<Vec<_>>() {
            call.await.unwrap();
        }
        // Which it does after some seconds anyway.
        let sums = "SELECT CAST(COALESCE(SUM(entries + dropped), 0) AS BIGINT) AS value FROM request_log_segments";
        let all = async || server.db.row::<Single<i64>>(sums, &[]).await.unwrap().unwrap().0;
        until("all are written down", async || all().await >= 1600).await;
        assert_eq!(all().await, 1600);
        let errors = Filter { status: Some(StatusClass::ClientError), ..Filter::default() };
        assert_eq!(search(&portal, &key, &errors).await.requests.len(), 50);
    }
}
