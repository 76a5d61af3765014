//! Client confusion: codes, tokens and secrets of one app used by another (RFC 9700 section 2.5,
//! RFC 6749 section 10.1).

use serde_json::json;

use crate::support::{App, CALLBACK, InProcess, Tokens, basic};

async fn introspected(app: &App, token: &str) -> serde_json::Value {
    app.post("/oauth/introspect", &app.signed(&[("token", token)]), &[]).await.expect(200)
}

both_engines! {
    async fn codes_and_refresh_tokens_are_of_use_to_their_own_app_only(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (_, browser) = server.portal_and_browser().await;
        let (first, second) = (server.app().await, server.public_app().await);
        for (app, thief) in [(&first, server.app().await), (&first, second.clone()), (&second, first.clone()), (&second, server.public_app().await), (&first, server.rotating_app().await)] {
            // The thief has a consent of the same portal, too.
            thief.connect(&browser).await;
            let code = app.code(&browser).await;
            let unknown = thief.exchange("kpc_nonsense").await.text();
            for more in [vec![], vec![("code_verifier", crate::support::VERIFIER)]] {
                let answer = thief.exchange_with(&code, &more).await;
                answer.expect_oauth_error("invalid_grant");
                assert_eq!(answer.text(), unknown, "a code of another app is told from none");
            }
            let tokens = Tokens::of(&app.exchange(&code).await);
            let refused = thief.refresh(&tokens.refresh).await;
            refused.expect_oauth_error("invalid_grant");
            assert_eq!(refused.text(), thief.refresh("kpr_nonsense").await.text());
            // Neither try did the app any harm.
            server.bearer(&tokens.access).get("/v1/customers").await.expect(200);
            app.refresh(&tokens.refresh).await.expect(200);
        }
    }

    async fn one_apps_id_with_anothers_secret_is_no_app(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (app, thief, (_, browser)) = (server.app().await, server.app().await, server.portal_and_browser().await);
        let (code, tokens) = (app.code(&browser).await, app.connect(&browser).await);
        let mixed = app.with_secret(thief.secret.clone());
        let exchange = [("grant_type", "authorization_code"), ("redirect_uri", CALLBACK), ("code", code.as_str())];
        let refresh = [("grant_type", "refresh_token"), ("refresh_token", tokens.refresh.as_str())];
        for fields in [&exchange[..], &refresh[..]] {
            mixed.call(&mixed.signed(fields)).await.expect_oauth_error("invalid_client");
            app.call_basic(app.id.as_str(), &thief.secret, fields).await.expect_oauth_error("invalid_client");
            // The app's own id beside the thief's credentials: in the body, and doubled.
            let named = [fields, &[("client_id", app.id.as_str())]].concat();
            app.call_basic(thief.id.as_str(), &thief.secret, &named).await.expect_oauth_error("invalid_request");
            app.call(&[&thief.signed(fields)[..], &[("client_id", app.id.as_str())]].concat()).await.expect_oauth_error("invalid_request");
            app.call(&[&thief.signed(fields)[..], &[("client_secret", app.secret.as_str())]].concat()).await.expect_oauth_error("invalid_request");
        }
        for path in ["/oauth/introspect", "/oauth/revoke"] {
            app.post(path, &mixed.signed(&[("token", &tokens.access)]), &[]).await.expect_oauth_error("invalid_client");
        }
        server.bearer(&tokens.access).get("/v1/customers").await.expect(200);
        app.exchange(&code).await.expect(200);
    }

    async fn a_confidential_app_cannot_be_played_as_a_public_one_nor_the_reverse(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (app, public, (_, browser)) = (server.app().await, server.public_app().await, server.portal_and_browser().await);
        let tokens = app.connect(&browser).await;
        let without = app.with_secret(String::new());
        without.refresh(&tokens.refresh).await.expect_oauth_error("invalid_client");
        without.push(&app.ask()).await.expect_oauth_error("invalid_client");
        // A secret that a public app cannot have does not make it another.
        let own = public.connect(&browser).await;
        public.with_secret(app.secret.clone()).refresh(&own.refresh).await.expect_oauth_error("invalid_client");
        public.with_secret(app.secret.clone()).refresh(&tokens.refresh).await.expect_oauth_error("invalid_client");
        // Anybody can say the id of a public app, so it is told nothing about tokens.
        public.post("/oauth/introspect", &public.signed(&[("token", &own.access)]), &[]).await.expect_oauth_error("invalid_client");
        public.refresh(&own.refresh).await.expect(200);
    }

    async fn an_app_neither_sees_nor_revokes_what_is_anothers(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (app, thief, (portal, browser)) = (server.app().await, server.app().await, server.portal_and_browser().await);
        let (tokens, key) = (app.connect(&browser).await, portal.key().await);
        thief.connect(&browser).await;
        for token in [&tokens.access, &tokens.refresh, &key.token, &app.secret] {
            assert_eq!(introspected(&thief, token).await, json!({ "active": false }));
            for hint in ["access_token", "refresh_token", "x"] {
                let answer = thief.post("/oauth/revoke", &thief.signed(&[("token", token), ("token_type_hint", hint)]), &[]).await;
                assert_eq!((answer.status, answer.text().as_str()), (200, "{}"), "{answer}");
            }
        }
        server.bearer(&tokens.access).get("/v1/customers").await.expect(200);
        key.get("/v1/customers").await.expect(200);
        app.refresh(&tokens.refresh).await.expect(200);
        assert_eq!(introspected(&app, &tokens.access).await["active"], true);
    }

    async fn a_pushed_request_is_its_own_apps(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (app, thief, (_, browser)) = (server.app().await, server.app().await, server.portal_and_browser().await);
        let pushed = app.ask_pushed(&app.ask()).await;
        for ask in [pushed.clone().with("client_id", thief.id.as_str()), pushed.clone().and("client_id", thief.id.as_str())] {
            let answer = browser.get(&ask.path()).await;
            assert_eq!((answer.status, answer.header("location")), (400, None), "{answer}");
        }
        pushed.allow(&browser).await.code();
    }

    async fn apps_and_resource_servers_are_not_each_other(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (app, planner, (_, browser)) = (server.app().await, server.resource_server("customers.read").await, server.portal_and_browser().await);
        let tokens = app.connect(&browser).await;
        for (id, secret) in [(planner.id.as_str(), app.secret.as_str()), (app.id.as_str(), planner.secret.as_str())] {
            planner.call(&[("token", &tokens.access)], &[("authorization", &basic(id, secret))]).await.expect_oauth_error("invalid_client");
        }
        let refresh = [("grant_type", "refresh_token"), ("refresh_token", tokens.refresh.as_str())];
        app.call_basic(&planner.id, &planner.secret, &refresh).await.expect_oauth_error("invalid_client");
        for path in ["/oauth/revoke", "/oauth/par"] {
            let header = basic(&planner.id, &planner.secret);
            app.post(path, &[("token", &tokens.access)], &[("authorization", &header)]).await.expect_oauth_error("invalid_client");
        }
        server.bearer(&tokens.access).get("/v1/customers").await.expect(200);
    }
}
