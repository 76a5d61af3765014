//! The usage of an app: portals, requests by day, and refusals.

use jiff::SignedDuration;
use klantportaal::oauth::{ConnectedApp, Grant};
use klantportaal::request_log::AppDay;
use serde_json::json;

use crate::support::{
    Answer, App, Browser, CALLBACK, InProcess, PASSWORD, Page, Portal, SigningKey, ath,
};

/// The browser of somebody of the app's developer.
async fn developers_browser(server: &InProcess, app: &App) -> Browser {
    let portal = server.portal().await;
    let account = server.owner(&portal).await;
    let sql = "INSERT INTO developer_members (developer_id, account_id, role, created_at) VALUES (?1, ?2, 'owner', 0)";
    let params = [
        klantportaal::db::ToParam::to_param(&app.developer),
        klantportaal::db::ToParam::to_param(&account.id),
    ];
    server.db.execute(sql, &params).await.unwrap();
    let browser = Browser::new(&server.url);
    let form = browser.page("/developers/login").await.form();
    let answer =
        form.with("email", &portal.owner_email).with("password", PASSWORD).send(&browser).await;
    assert_eq!(answer.status, 303, "{answer}");
    browser
}

async fn usage(browser: &Browser, app: &App) -> Page {
    browser.page(&format!("/developers/apps/{}/usage", app.id)).await
}

/// The only day's counts: requests, errors, and refused for want of a scope, expired, revoked, over
/// the limit.
async fn counts(server: &InProcess, browser: &Browser, app: &App) -> [i64; 6] {
    usage(browser, app).await;
    let days = AppDay::list(&server.db, &app.id, server.clock.now()).await.unwrap();
    let [day] = &days[..] else { panic!("{days:?}") };
    [
        day.requests,
        day.errors,
        day.refused_scope,
        day.refused_expired,
        day.refused_revoked,
        day.refused_rate_limit,
    ]
}

/// The only day's requests, errors, and refused for want of a good proof.
async fn proof_counts(server: &InProcess, browser: &Browser, app: &App) -> [i64; 3] {
    usage(browser, app).await;
    let days = AppDay::list(&server.db, &app.id, server.clock.now()).await.unwrap();
    let [day] = &days[..] else { panic!("{days:?}") };
    [day.requests, day.errors, day.refused_proof]
}

async fn grant_of(server: &InProcess, app: &App, portal: &Portal) -> Grant {
    Grant::current(&server.db, &portal.id, &app.id).await.unwrap().unwrap()
}

both_engines! {
    async fn a_developer_sees_requests_and_why_tokens_were_refused(engine: Engine) {
        let server = InProcess::stopped_with(engine, |_| vec!["--default-rate-limit=5".into()]).await;
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
        portal.revoke_grant(&grant_of(&server, &app, &portal).await.id, server.clock.now()).await.unwrap();
        narrow.get("/v1/customers").await.expect(401);
        let page = usage(&browser, &app).await;
        let days = AppDay::list(&server.db, &app.id, server.clock.now()).await.unwrap();
        let sum = |count: fn(&AppDay) -> i64| days.iter().map(count).sum::<i64>();
        assert_eq!((sum(|day| day.requests), sum(|day| day.refused_expired), sum(|day| day.refused_revoked)), (10, 1, 1));
        assert!(page.says("/v1/customers/cst_bestaatniet"), "{}", page.html);
    }

    async fn a_developer_sees_tokens_whose_proof_did_not_count(engine: Engine) {
        let server = InProcess::stopped(engine).await;
        let (app, key) = (server.app().await, SigningKey::new());
        let (browser, (portal, owner)) = (developers_browser(&server, &app).await, server.portal_and_browser().await);
        let now = server.clock.now().as_second();
        let code = app.code(&owner).await;
        let fields = app.signed(&[("grant_type", "authorization_code"), ("redirect_uri", CALLBACK), ("code", &code)]);
        let token = crate::support::access_token(&app.post_proven("/oauth/tokens", &fields, &key, now).await);
        let url = format!("{}/v1/customers", server.url);
        let get = async |scheme: &str, token: &str, proof: Option<&str>| {
            let request = server.http.get(&url).header("authorization", format!("{scheme} {token}"));
            Answer::to(proof.into_iter().fold(request, |request, proof| request.header("dpop", proof))).await
        };
        let claims = |nonce: &str| json!({ "htm": "GET", "htu": url, "iat": now, "ath": ath(&token), "nonce": nonce });
        // As Bearer, and without a proof.
        get("Bearer", &token, None).await.expect(401);
        let refused = get("DPoP", &token, None).await;
        let nonce = refused.header("dpop-nonce").unwrap_or_else(|| panic!("no nonce: {refused}"));
        assert_eq!(proof_counts(&server, &browser, &app).await, [2, 2, 2]);
        // A good one, the same again, one by another key, one with an old nonce.
        let proof = key.proof(claims(nonce));
        get("DPoP", &token, Some(&proof)).await.expect(200);
        get("DPoP", &token, Some(&proof)).await.expect(401);
        get("DPoP", &token, Some(&SigningKey::new().proof(claims(nonce)))).await.expect(401);
        get("DPoP", &token, Some(&key.proof(claims("verouderd")))).await.expect(401);
        assert_eq!(proof_counts(&server, &browser, &app).await, [5, 4, 4], "to lack the nonce is the way to get it");
        // One that is not bound, as if it were.
        let unbound = app.connect(&owner).await.access;
        get("DPoP", &unbound, Some(&key.proof(claims(nonce)))).await.expect(401);
        assert_eq!(proof_counts(&server, &browser, &app).await, [6, 5, 5]);
        // The owner sees them too.
        let grant = ConnectedApp::list(&portal.store).await.unwrap().remove(0);
        let page = owner.page(&format!("/manage/settings/connected-apps/{}", grant.id)).await;
        assert_eq!(page.html.matches(">401</span>").count(), 5, "{}", page.html);
    }

    async fn a_developer_sees_why_the_app_got_no_tokens(engine: Engine) {
        let server = InProcess::stopped(engine).await;
        let (app, other) = (server.app().await, server.app().await);
        let (browser, (_, owner)) = (developers_browser(&server, &app).await, server.portal_and_browser().await);
        assert!(!usage(&browser, &app).await.says("invalid_client"));
        app.with_secret("fout".into()).refresh("x").await.expect_oauth_error("invalid_client");
        app.with_secret(other.secret.clone()).exchange("x").await.expect_oauth_error("invalid_client");
        app.call_basic(app.id.as_str(), "fout", &[("grant_type", "refresh_token")]).await.expect_oauth_error("invalid_client");
        app.refresh("x").await.expect_oauth_error("invalid_grant");
        let code = app.code(&owner).await;
        app.exchange(&code).await.expect(200);
        app.exchange(&code).await.expect_oauth_error("invalid_grant");
        other.exchange(&code).await.expect_oauth_error("invalid_grant");
        // Nobody's: the app does not exist.
        let unknown = server.known_app("app_bestaatniet".parse().unwrap(), app.developer.clone(), app.secret.clone());
        unknown.refresh("x").await.expect_oauth_error("invalid_client");
        let page = usage(&browser, &app).await;
        assert!(page.says("invalid_client") && page.says("De laatste 30 dagen was er geen verzoek"), "{}", page.html);
        let days = async |app: &App| {
            let days = AppDay::list(&server.db, &app.id, server.clock.now()).await.unwrap();
            days.iter().map(|day| (day.requests, day.invalid_client, day.invalid_grant)).collect::<Vec<_>>()
        };
        assert_eq!((days(&app).await, days(&other).await), (vec![(0, 3, 2)], vec![(0, 0, 1)]));
        // They add up.
        app.refresh("x").await.expect_oauth_error("invalid_grant");
        usage(&browser, &app).await;
        assert_eq!(days(&app).await, [(0, 3, 3)]);
    }

    async fn the_portals_are_those_that_give_access_now(engine: Engine) {
        let server = InProcess::stopped(engine).await;
        let app = server.app().await;
        let browser = developers_browser(&server, &app).await;
        assert!(usage(&browser, &app).await.says("Nog geen portaal heeft je app toegang gegeven."));
        let (portal, owner) = server.portal_and_browser().await;
        app.connect(&owner).await;
        let page = usage(&browser, &app).await;
        assert!(page.says("Bakkerij Jansen") && page.says(portal.id.as_str()), "{}", page.html);
        portal.revoke_grant(&grant_of(&server, &app, &portal).await.id, server.clock.now()).await.unwrap();
        assert!(!usage(&browser, &app).await.says(portal.id.as_str()));
    }

    async fn the_usage_of_anothers_app_is_not_shown(engine: Engine) {
        let server = InProcess::stopped(engine).await;
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
