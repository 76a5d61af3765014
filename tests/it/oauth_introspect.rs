//! `/oauth/introspect` (RFC 7662): an app sees its own tokens, as long as they work, and no others.

use jiff::SignedDuration;
use klantportaal::oauth::ConnectedApp;
use serde_json::{Value, json};

use crate::support::{Answer, App, Browser, InProcess, SCOPE, Tokens, basic};

async fn introspect(app: &App, token: &str) -> Value {
    let answer = app.post("/oauth/introspect", &app.signed(&[("token", token)]), &[]).await;
    assert_eq!(answer.header("cache-control"), Some("no-store"), "{answer}");
    answer.expect(200)
}

async fn expect_inactive(app: &App, token: &str) {
    assert_eq!(introspect(app, token).await, json!({ "active": false }), "{token}");
}

both_engines! {
    async fn an_app_sees_what_its_own_tokens_stand_for(server: &Server) {
        let (app, portal, tokens) = server.connected().await;
        let now = jiff::Timestamp::now().as_second();
        let access = introspect(&app, &tokens.access).await;
        let issued = access["iat"].as_i64().unwrap();
        assert!((now - 30..=now).contains(&issued), "{access}");
        let expected = json!({
            "active": true,
            "scope": SCOPE,
            "client_id": app.id,
            "token_type": "Bearer",
            "exp": issued + 3600,
            "iat": issued,
            "sub": portal.id,
            "iss": server.url,
        });
        assert_eq!(access, expected);
        let refresh = introspect(&app, &tokens.refresh).await;
        assert_eq!(refresh["exp"], refresh["iat"].as_i64().unwrap() + 90 * 24 * 3600, "without use it ends after 90 days");
        assert_eq!((&refresh["active"], &refresh["token_type"], &refresh["sub"]), (&true.into(), &Value::Null, &json!(portal.id)));
        let narrow = app.refresh_with(&tokens.refresh, &[("scope", "customers.read")]).await.expect(200);
        assert_eq!(introspect(&app, narrow["access_token"].as_str().unwrap()).await["scope"], "customers.read");
    }

    async fn what_is_not_its_own_is_as_unknown_as_nonsense(server: &Server) {
        let ((app, portal, tokens), stranger) = (server.connected().await, server.app().await);
        let key = portal.key().await;
        for token in [tokens.access.as_str(), &tokens.refresh, &key.token, &app.secret, &stranger.secret, "nonsense", "kpa_x"] {
            expect_inactive(&stranger, token).await;
        }
        for token in [key.token.as_str(), &app.secret] {
            expect_inactive(&app, token).await;
        }
    }

    async fn what_is_dead_is_inactive(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (app, (portal, browser)) = (server.rotating_app().await, server.portal_and_browser().await);
        let first = app.connect(&browser).await;
        let second = Tokens::of(&app.refresh(&first.refresh).await);
        expect_inactive(&app, &first.refresh).await;
        assert_eq!(introspect(&app, &second.refresh).await["active"], true);
        server.clock.advance(SignedDuration::from_secs(3600));
        expect_inactive(&app, &second.access).await;
        server.clock.advance(SignedDuration::from_hours(24 * 90));
        expect_inactive(&app, &second.refresh).await;
        // The browser's session is over as well by now.
        let browser = Browser::logged_in(&server.url, &portal.owner_email).await;
        let third = app.connect(&browser).await;
        let grant = ConnectedApp::list(&portal.store).await.unwrap().remove(0).id;
        portal.revoke_grant(&grant, server.clock.now()).await.unwrap();
        expect_inactive(&app, &third.access).await;
        expect_inactive(&app, &third.refresh).await;
        let fourth = app.connect(&browser).await;
        let answer = app.post("/oauth/revoke", &app.signed(&[("token", &fourth.refresh)]), &[]).await;
        assert_eq!(answer.status, 200, "{answer}");
        expect_inactive(&app, &fourth.access).await;
    }

    async fn only_who_proves_who_it_is_may_ask(server: &Server) {
        let (app, _, tokens) = server.connected().await;
        let token = ("token", tokens.access.as_str());
        let call = async |fields: &[(&str, &str)], headers: &[(&str, &str)]| app.post("/oauth/introspect", fields, headers).await;
        call(&[token], &[]).await.expect_oauth_error("invalid_request");
        call(&[token, ("client_id", app.id.as_str())], &[]).await.expect_oauth_error("invalid_client");
        // The token itself is no proof of who asks.
        let bearer = format!("Bearer {}", tokens.access);
        call(&[token], &[("authorization", &bearer)]).await.expect_oauth_error("invalid_client");
        call(&app.signed(&[]), &[]).await.expect_oauth_error("invalid_request");
        Answer::to(server.http.get(format!("{}/oauth/introspect?token={}", server.url, tokens.access))).await.expect_oauth_status(405, "invalid_request");
        let good = call(&[token], &[("authorization", &basic(app.id.as_str(), &app.secret))]).await;
        assert_eq!(good.expect(200)["active"], true);

        let (public, (_, browser)) = (server.public_app().await, server.portal_and_browser().await);
        let tokens = public.connect(&browser).await;
        public.post("/oauth/introspect", &public.signed(&[("token", &tokens.access)]), &[]).await.expect_oauth_error("invalid_client");
    }
}
