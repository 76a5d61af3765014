//! Secrets in the place of others: none opens what another kind is for.

use crate::support::Tokens;

both_engines! {
    async fn only_keys_and_access_tokens_open_the_api(server: &Server) {
        let (app, (_, browser)) = (server.app().await, server.portal_and_browser().await);
        let (code, tokens) = (app.code(&browser).await, app.connect(&browser).await);
        let session = browser.cookie("manage").unwrap();
        for (secret, what) in [(&code, "a code"), (&tokens.refresh, "a refresh token"), (&app.secret, "an app's secret"), (&session, "a session")] {
            let answer = server.bearer(secret).get("/v1/customers").await;
            assert_eq!(answer.status, 401, "{what}: {answer}");
            assert!(!answer.text().contains(secret.as_str()));
        }
        server.bearer(&tokens.access).get("/v1/customers").await.expect(200);
        // The code was not used up by any of this.
        app.exchange(&code).await.expect(200);
    }

    async fn nothing_but_a_refresh_token_refreshes(server: &Server) {
        let (app, (portal, browser)) = (server.app().await, server.portal_and_browser().await);
        let (code, tokens, key) = (app.code(&browser).await, app.connect(&browser).await, portal.key().await);
        for secret in [&tokens.access, &code, &key.token, &app.secret, &browser.cookie("manage").unwrap()] {
            app.refresh(secret).await.expect_oauth_error("invalid_grant");
        }
    }

    async fn nothing_but_a_code_is_exchanged(server: &Server) {
        let (app, (portal, browser)) = (server.app().await, server.portal_and_browser().await);
        let (tokens, key) = (app.connect(&browser).await, portal.key().await);
        for secret in [&tokens.access, &tokens.refresh, &key.token, &app.secret] {
            app.exchange(secret).await.expect_oauth_error("invalid_grant");
        }
        server.bearer(&tokens.access).get("/v1/customers").await.expect(200);
    }

    async fn nothing_but_a_secret_is_an_apps_secret(server: &Server) {
        let (mut app, (portal, browser)) = (server.app().await, server.portal_and_browser().await);
        let (tokens, key) = (app.connect(&browser).await, portal.key().await);
        for secret in [tokens.access, tokens.refresh, key.token, app.id.to_string(), browser.cookie("manage").unwrap()] {
            app.secret = secret;
            app.refresh("kpr_x").await.expect_oauth_error("invalid_client");
        }
    }

    async fn nothing_but_a_session_logs_in(server: &Server) {
        let (app, (portal, browser)) = (server.app().await, server.portal_and_browser().await);
        let (tokens, key, visitor) = (app.connect(&browser).await, portal.key().await, browser.cookie("visitor").unwrap());
        for secret in [tokens.access, tokens.refresh, key.token, app.secret, visitor] {
            browser.set_cookie("manage", &secret);
            let answer = browser.get("/manage").await;
            assert_eq!((answer.status, answer.header("location")), (303, Some("/manage/login")), "{answer}");
        }
    }

    async fn an_access_token_stays_within_its_portal_and_scopes(server: &Server) {
        let ((_, portal, tokens), (_, _, others)) = (server.connected().await, server.connected().await);
        let customer = serde_json::json!({ "companyName": "A", "address": "B 1", "zipCode": "1234 AB", "city": "C", "primaryEmail": "a@example.nl" });
        let id = server.bearer(&tokens.access).post("/v1/customers", customer).await.expect(200)["id"].as_str().unwrap().to_owned();
        portal.key().await.get(&format!("/v1/customers/{id}")).await.expect(200);
        server.bearer(&others.access).get(&format!("/v1/customers/{id}")).await.expect(404);
        let _: Tokens = others;
    }
}
