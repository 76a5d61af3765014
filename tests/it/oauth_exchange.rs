//! Exchanging a code for tokens: once, within 60 seconds, by its app and with its redirect URI.

use jiff::SignedDuration;
use reqwest::Method;

use crate::support::{Answer, CALLBACK, InProcess, SCOPE, Tokens};

#[track_caller]
fn expect_tokens(answer: &Answer) -> Tokens {
    let body = answer.expect(200);
    let mut names: Vec<&String> = body.as_object().unwrap().keys().collect();
    names.sort();
    assert_eq!(
        names,
        ["access_token", "expires_in", "portal_id", "refresh_token", "scope", "token_type"],
        "{answer}"
    );
    assert_eq!(
        (&body["token_type"], &body["expires_in"], &body["scope"]),
        (&"Bearer".into(), &3600.into(), &SCOPE.into()),
        "{answer}"
    );
    assert_eq!(
        (answer.header("cache-control"), answer.header("pragma")),
        (Some("no-store"), Some("no-cache")),
        "{answer}"
    );
    assert_eq!(answer.header("content-type"), Some("application/json"), "{answer}");
    Tokens::of(answer)
}

both_engines! {
    async fn a_code_becomes_tokens_by_form_and_by_json(server: &Server) {
        let (app, (portal, browser)) = (server.app().await, server.portal_and_browser().await);
        let customer = portal.key().await;
        customer.get("/v1/customers").await.expect(200);
        for json in [false, true] {
            let code = app.code(&browser).await;
            let fields = [("grant_type", "authorization_code"), ("redirect_uri", CALLBACK), ("code", &code)];
            let fields = app.signed(&fields);
            let answer = if json { app.call_json(&fields).await } else { app.call(&fields).await };
            let tokens = expect_tokens(&answer);
            server.bearer(&tokens.access).get("/v1/customers").await.expect(200);
            assert_eq!(answer.json()["portal_id"], portal.id.as_str(), "{answer}");
            assert!(tokens.access.starts_with("kpa_") && tokens.refresh.starts_with("kpr_") && code.starts_with("kpc_"));
        }
    }

    async fn the_answer_says_what_was_consented_to(server: &Server) {
        let (app, (_, browser)) = (server.app().await, server.portal_and_browser().await);
        let code = app.ask().with("scope", "customers.read  customers.read").allow(&browser).await.code();
        let answer = app.exchange(&code).await;
        assert_eq!(answer.expect(200)["scope"], "customers.read");
        let api = server.bearer(&Tokens::of(&answer).access);
        api.get("/v1/customers").await.expect(200);
        api.post("/v1/customers", serde_json::json!({})).await.expect(403);
    }

    async fn a_second_use_fails_and_kills_the_tokens_of_the_first(server: &Server) {
        let (app, (_, browser)) = (server.app().await, server.portal_and_browser().await);
        let (code, bystander) = (app.code(&browser).await, app.connect(&browser).await);
        let tokens = Tokens::of(&app.exchange(&code).await);
        let refreshed = crate::support::access_token(&app.refresh(&tokens.refresh).await);
        app.exchange(&code).await.expect_oauth_error("invalid_grant");
        for token in [&tokens.access, &refreshed] {
            server.bearer(token).get("/v1/customers").await.expect(401);
        }
        app.refresh(&tokens.refresh).await.expect_oauth_error("invalid_grant");
        // Other codes of the same consent have nothing to do with it.
        server.bearer(&bystander.access).get("/v1/customers").await.expect(200);
        app.refresh(&bystander.refresh).await.expect(200);
        app.exchange(&code).await.expect_oauth_error("invalid_grant");
    }

    async fn without_a_challenge_a_second_use_is_one_whatever_else_is_wrong_with_it(server: &Server) {
        let (app, (_, browser)) = (server.app().await, server.portal_and_browser().await);
        for change in [("redirect_uri", "https://evil.example/"), ("code_verifier", "x")] {
            let code = app.code(&browser).await;
            let tokens = Tokens::of(&app.exchange(&code).await);
            let fields = [("grant_type", "authorization_code"), ("redirect_uri", CALLBACK), ("code", &code)];
            let mut fields = app.signed(&fields);
            fields.retain(|(name, _)| *name != change.0);
            fields.push(change);
            app.call(&fields).await.expect_oauth_error("invalid_grant");
            server.bearer(&tokens.access).get("/v1/customers").await.expect(401);
        }
    }

    async fn an_attempt_that_fails_leaves_the_code_good(server: &Server) {
        let (app, stranger, (_, browser)) = (server.app().await, server.app().await, server.portal_and_browser().await);
        let code = app.code(&browser).await;
        stranger.exchange(&code).await.expect_oauth_error("invalid_grant");
        let mut fields = vec![("grant_type", "authorization_code"), ("redirect_uri", "https://app.example/callback/"), ("code", &code)];
        app.call(&app.signed(&fields)).await.expect_oauth_error("invalid_grant");
        fields.remove(1);
        app.call(&app.signed(&fields)).await.expect_oauth_error("invalid_request");
        app.call(&app.signed(&[("grant_type", "authorization_code"), ("redirect_uri", CALLBACK)])).await.expect_oauth_error("invalid_request");
        expect_tokens(&app.exchange(&code).await);
    }

    async fn another_apps_replay_kills_nothing(server: &Server) {
        let (app, stranger, (_, browser)) = (server.app().await, server.app().await, server.portal_and_browser().await);
        let code = app.code(&browser).await;
        let tokens = Tokens::of(&app.exchange(&code).await);
        let replayed = stranger.exchange(&code).await;
        replayed.expect_oauth_error("invalid_grant");
        // It is answered like a code that never was.
        let unknown = stranger.exchange("kpc_nonsense").await;
        assert_eq!(replayed.text(), unknown.text());
        server.bearer(&tokens.access).get("/v1/customers").await.expect(200);
    }

    async fn only_the_redirect_uri_of_the_request_counts(server: &Server) {
        let app = server.app_with(&["http://127.0.0.1/cb", "https://app.example/callback"], "customers.read").await;
        let (_, browser) = server.portal_and_browser().await;
        let uri = "http://127.0.0.1:5000/cb";
        let code = app.ask().with("scope", "customers.read").with("redirect_uri", uri).allow(&browser).await.code();
        for other in [CALLBACK, "http://127.0.0.1/cb", "http://127.0.0.1:5001/cb", ""] {
            let answer = app.call(&app.signed(&[("grant_type", "authorization_code"), ("redirect_uri", other), ("code", &code)])).await;
            answer.expect_oauth_error(if other.is_empty() { "invalid_request" } else { "invalid_grant" });
        }
        app.call(&app.signed(&[("grant_type", "authorization_code"), ("redirect_uri", uri), ("code", &code)])).await.expect(200);
    }

    async fn a_code_ends_after_sixty_seconds(engine: Engine) {
        let server = InProcess::stopped(engine).await;
        let (app, (_, browser)) = (server.app().await, server.portal_and_browser().await);
        let (one, other) = (app.code(&browser).await, app.code(&browser).await);
        server.clock.advance(SignedDuration::from_secs(45));
        expect_tokens(&app.exchange(&one).await);
        server.clock.advance(SignedDuration::from_secs(15));
        app.exchange(&other).await.expect_oauth_error("invalid_grant");
    }

    async fn a_replay_is_told_long_after_the_code_ended(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (app, (_, browser)) = (server.app().await, server.portal_and_browser().await);
        let code = app.code(&browser).await;
        let tokens = Tokens::of(&app.exchange(&code).await);
        server.clock.advance(SignedDuration::from_hours(7 * 24));
        let access = crate::support::access_token(&app.refresh(&tokens.refresh).await);
        klantportaal::oauth::clean_up(&server.cleaner(), server.clock.now()).await.unwrap();
        app.exchange(&code).await.expect_oauth_error("invalid_grant");
        server.bearer(&access).get("/v1/customers").await.expect(401);
    }

    async fn an_access_token_ends_after_an_hour_and_the_refresh_token_does_not(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (app, _, tokens) = server.connected().await;
        let api = server.bearer(&tokens.access);
        server.clock.advance(SignedDuration::from_secs(3540));
        api.get("/v1/customers").await.expect(200);
        server.clock.advance(SignedDuration::from_secs(60));
        let answer = api.get("/v1/customers").await;
        assert!(answer.expect(401)["message"].as_str().unwrap().contains("expired"), "{answer}");
        assert_eq!(answer.challenge(), r#"Bearer realm="api", error="invalid_token", scope="customers.read""#, "{answer}");
        // What cleaning up forgets must not bring anything back, nor take anything away.
        server.clock.advance(SignedDuration::from_hours(60 * 24));
        klantportaal::oauth::clean_up(&server.cleaner(), server.clock.now()).await.unwrap();
        api.get("/v1/customers").await.expect(401);
        let fresh = crate::support::access_token(&app.refresh(&tokens.refresh).await);
        server.bearer(&fresh).get("/v1/customers").await.expect(200);
    }

    async fn the_lifetime_of_access_tokens_is_a_setting(engine: Engine) {
        let server = InProcess::stopped_with(engine, |_| ["--access-token-seconds", "120"].map(str::to_owned).into()).await;
        let (app, (_, browser)) = (server.app().await, server.portal_and_browser().await);
        let answer = app.exchange(&app.code(&browser).await).await;
        assert_eq!(answer.expect(200)["expires_in"], 120);
        let tokens = Tokens::of(&answer);
        assert_eq!(app.refresh(&tokens.refresh).await.expect(200)["expires_in"], 120);
        server.clock.advance(SignedDuration::from_secs(90));
        server.bearer(&tokens.access).get("/v1/customers").await.expect(200);
        server.clock.advance(SignedDuration::from_secs(30));
        server.bearer(&tokens.access).get("/v1/customers").await.expect(401);
    }

    async fn the_endpoint_takes_post_only(server: &Server) {
        let app = server.app().await;
        for method in [Method::GET, Method::PUT, Method::DELETE, Method::PATCH] {
            let url = format!("{}/oauth/tokens?client_id={}&grant_type=authorization_code", server.url, app.id);
            let answer = Answer::to(server.http.request(method, url)).await;
            answer.expect_oauth_status(405, "invalid_request");
            assert_eq!(answer.header("allow"), Some("POST"), "{answer}");
        }
    }
}
