//! What a developer sees of an app: portals, requests by day, and what was refused.

use jiff::{SignedDuration, Timestamp};
use klantportaal::oauth::Grant;
use klantportaal::request_log::AppDay;
use serde_json::json;

use crate::support::{App, Browser, InProcess, PASSWORD, Page, Portal};

/// The browser of somebody of the app's developer.
async fn developers_browser(server: &InProcess, app: &App) -> Browser {
    let portal = server.portal().await;
    let account = server.owner(&portal).await;
    let sql = "INSERT INTO developer_members (developer_id, account_id, role, created_at) VALUES (?1, ?2, 'owner', 0)";
    let params = [klantportaal::db::ToParam::to_param(&app.developer), klantportaal::db::ToParam::to_param(&account.id)];
    server.db.execute(sql, &params).await.unwrap();
    let browser = Browser::new(&server.url);
    let form = browser.page("/developers/login").await.form();
    let answer = form.with("email", &portal.owner_email).with("password", PASSWORD).send(&browser).await;
    assert_eq!(answer.status, 303, "{answer}");
    browser
}

async fn usage(browser: &Browser, app: &App) -> Page {
    browser.page(&format!("/developers/apps/{}/usage", app.id)).await
}

/// The only day's counts: requests, errors, and refused for want of a scope, expired, revoked, over the limit.
async fn counts(server: &InProcess, browser: &Browser, app: &App) -> [i64; 6] {
    usage(browser, app).await;
    let days = AppDay::list(&server.db, &app.id, server.clock.now()).await.unwrap();
    let [day] = &days[..] else { panic!("{days:?}") };
    [day.requests, day.errors, day.refused_scope, day.refused_expired, day.refused_revoked, day.refused_rate_limit]
}

async fn grant_of(server: &InProcess, app: &App, portal: &Portal) -> Grant {
    Grant::current(&server.db, &portal.id, &app.id).await.unwrap().unwrap()
}

both_engines! {
    async fn a_developer_sees_requests_and_why_tokens_were_refused(engine: Engine) {
        let server = InProcess::start_with(engine, |_| vec!["--default-rate-limit=5".into()]).await;
        let app = server.app().await;
        let browser = developers_browser(&server, &app).await;
        let (portal, owner) = server.portal_and_browser().await;
        let tokens = app.connect(&owner).await;
        let caller = server.bearer(&tokens.access);
        caller.get("/v1/customers").await.expect(200);
        caller.get("/v1/customers/cst_bestaatniet").await.expect(404);
        assert_eq!(counts(&server, &browser, &app).await, [2, 1, 0, 0, 0, 0]);
        let narrow = app.refresh_with(&tokens.refresh, &[("scope", "customers.read")]).await;
        let narrow = server.bearer(&crate::support::access_token(&narrow));
        narrow.post("/v1/customers", json!({})).await.expect(403);
        for _ in 0..4 {
            narrow.get("/v1/customers").await.expect(200);
        }
        narrow.get("/v1/customers").await.expect(429);
        assert_eq!(counts(&server, &browser, &app).await, [8, 3, 1, 0, 0, 1]);
        // Both days of the clock's next two hours count; the test does not mind midnight.
        server.clock.advance(SignedDuration::from_hours(2));
        caller.get("/v1/customers").await.expect(401);
        Grant::revoke(&portal.store, &grant_of(&server, &app, &portal).await.id, Timestamp::now()).await.unwrap();
        narrow.get("/v1/customers").await.expect(401);
        let page = usage(&browser, &app).await;
        let days = AppDay::list(&server.db, &app.id, server.clock.now()).await.unwrap();
        let sum = |count: fn(&AppDay) -> i64| days.iter().map(count).sum::<i64>();
        assert_eq!((sum(|day| day.requests), sum(|day| day.refused_expired), sum(|day| day.refused_revoked)), (10, 1, 1));
        assert!(page.says("/v1/customers/cst_bestaatniet"), "{}", page.html);
    }

    async fn the_portals_are_those_that_give_access_now(engine: Engine) {
        let server = InProcess::start(engine).await;
        let app = server.app().await;
        let browser = developers_browser(&server, &app).await;
        assert!(usage(&browser, &app).await.says("Nog geen portaal heeft je app toegang gegeven."));
        let (portal, owner) = server.portal_and_browser().await;
        app.connect(&owner).await;
        let page = usage(&browser, &app).await;
        assert!(page.says("Bakkerij Jansen") && page.says(portal.id.as_str()), "{}", page.html);
        Grant::revoke(&portal.store, &grant_of(&server, &app, &portal).await.id, Timestamp::now()).await.unwrap();
        assert!(!usage(&browser, &app).await.says(portal.id.as_str()));
    }

    async fn the_usage_of_anothers_app_is_not_shown(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (app, other) = (server.app().await, server.app().await);
        let browser = developers_browser(&server, &app).await;
        assert_eq!(browser.get(&format!("/developers/apps/{}/usage", other.id)).await.status, 404);
        let (_, owner) = server.portal_and_browser().await;
        let tokens = other.connect(&owner).await;
        server.bearer(&tokens.access).get("/v1/customers/cst_geheim").await.expect(404);
        let page = usage(&browser, &app).await;
        assert!(!page.says("cst_geheim"));
    }
}
