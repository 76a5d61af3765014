//! Refresh tokens: new access tokens, never more scopes, for their own app only.

use crate::support::{Tokens, access_token};

both_engines! {
    async fn a_refresh_gives_an_access_token_and_no_refresh_token(server: &Server) {
        let (app, portal, tokens) = server.connected().await;
        let fields = [("grant_type", "refresh_token"), ("refresh_token", tokens.refresh.as_str())];
        for answer in [app.call(&app.signed(&fields)).await, app.call_json(&app.signed(&fields)).await] {
            let body = answer.expect(200);
            let mut names: Vec<&String> = body.as_object().unwrap().keys().collect();
            names.sort();
            assert_eq!(names, ["access_token", "expires_in", "portal_id", "scope", "token_type"], "{answer}");
            assert_eq!(body["portal_id"], portal.id.as_str(), "{answer}");
            assert_eq!((&body["scope"], &body["expires_in"]), (&crate::support::SCOPE.into(), &3600.into()));
            assert_eq!(answer.header("cache-control"), Some("no-store"));
            server.bearer(&access_token(&answer)).get("/v1/customers").await.expect(200);
        }
        // The access token before it still has its hour.
        server.bearer(&tokens.access).get("/v1/customers").await.expect(200);
    }

    async fn scopes_may_shrink_and_never_grow(server: &Server) {
        let (app, (_, browser)) = (server.app().await, server.portal_and_browser().await);
        // The consent to everything stands beside, and lends this code nothing.
        app.connect(&browser).await;
        let code = app.ask().with("scope", "customers.read").allow(&browser).await.code();
        let narrow = Tokens::of(&app.exchange(&code).await);
        for wider in ["customers.read customers.write", "customers.write", "files.read", "nonsense", " ", "customers.*"] {
            app.refresh_with(&narrow.refresh, &[("scope", wider)]).await.expect_oauth_error("invalid_scope");
        }
        assert_eq!(app.refresh(&narrow.refresh).await.expect(200)["scope"], "customers.read");

        let wide = app.connect(&browser).await;
        let answer = app.refresh_with(&wide.refresh, &[("scope", "customers.read")]).await;
        assert_eq!(answer.expect(200)["scope"], "customers.read");
        server.bearer(&access_token(&answer)).post("/v1/customers", serde_json::json!({})).await.expect(403);
        // The refresh token itself has not shrunk.
        assert_eq!(app.refresh(&wide.refresh).await.expect(200)["scope"], crate::support::SCOPE);
        assert_eq!(app.refresh_with(&wide.refresh, &[("scope", "")]).await.expect(200)["scope"], crate::support::SCOPE);
    }

    async fn a_refresh_token_is_of_use_to_its_own_app_only(server: &Server) {
        let ((app, _, tokens), stranger) = (server.connected().await, server.app().await);
        let answer = stranger.refresh(&tokens.refresh).await;
        answer.expect_oauth_error("invalid_grant");
        assert_eq!(answer.text(), stranger.refresh("kpr_nonsense").await.text());
        app.refresh(&tokens.refresh).await.expect(200);
    }

    async fn an_unknown_or_missing_token_is_refused(server: &Server) {
        let (app, _, tokens) = server.connected().await;
        let mut typing_error = tokens.refresh.clone();
        typing_error.pop();
        for wrong in ["nonsense", typing_error.as_str(), &format!("{} ", tokens.refresh), &tokens.refresh.to_uppercase()] {
            app.refresh(wrong).await.expect_oauth_error("invalid_grant");
        }
        app.refresh("").await.expect_oauth_error("invalid_request");
        app.call(&app.signed(&[("grant_type", "refresh_token")])).await.expect_oauth_error("invalid_request");
    }
}
