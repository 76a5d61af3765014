//! Apps without a secret: identified by their id alone, and protected by PKCE; and confidential
//! apps that require it too.

use crate::support::{ASSERTION_TYPE, Answer, CALLBACK, Tokens, VERIFIER, basic};

both_engines! {
    async fn a_public_app_goes_the_whole_way_by_its_id_alone(server: &Server) {
        let (app, (_, browser)) = (server.public_app().await, server.portal_and_browser().await);
        let code = app.code(&browser).await;
        let fields =
            [("grant_type", "authorization_code"), ("client_id", app.id.as_str()), ("redirect_uri", CALLBACK), ("code", &code), ("code_verifier", VERIFIER)];
        let tokens = Tokens::of(&app.call_json(&fields).await);
        server.bearer(&tokens.access).get("/v1/customers").await.expect(200);
        let fields = [("grant_type", "refresh_token"), ("client_id", app.id.as_str()), ("refresh_token", &tokens.refresh)];
        let next = Tokens::of(&app.call(&fields).await);
        server.bearer(&next.access).get("/v1/customers").await.expect(200);
    }

    async fn a_public_app_has_no_secret_that_could_be_right(server: &Server) {
        let (app, other, (_, browser)) = (server.public_app().await, server.app().await, server.portal_and_browser().await);
        let tokens = app.connect(&browser).await;
        let fields = [("grant_type", "refresh_token"), ("refresh_token", tokens.refresh.as_str())];
        for secret in ["x", other.secret.as_str()] {
            let with_secret = [&fields[..], &[("client_id", app.id.as_str()), ("client_secret", secret)]].concat();
            app.call(&with_secret).await.expect_oauth_error("invalid_client");
            app.call_basic(app.id.as_str(), secret, &fields).await.expect_oauth_error("invalid_client");
        }
        // An empty one is none: so do libraries send the id of an app without a secret.
        let answer = app.call_with(&fields, &[("authorization", &basic(app.id.as_str(), ""))]).await;
        app.refresh(&Tokens::of(&answer).refresh).await.expect(200);
    }

    async fn a_client_is_told_how_its_app_authenticates_and_nothing_about_secrets(server: &Server) {
        let (app, public, keyed) = (server.app().await, server.public_app().await, server.keyed_app().await);
        let said = async |id: &str, more: &[(&str, &str)]| {
            let fields = [&[("grant_type", "refresh_token"), ("refresh_token", "kpr_x"), ("client_id", id)], more].concat();
            let answer = app.call(&fields).await;
            answer.expect_oauth_status(401, "invalid_client");
            answer.json()["error_description"].as_str().unwrap().to_owned()
        };
        let unknown = "app_00000000000000";
        let wrong = [("client_secret", "kps_x")];
        assert!(said(unknown, &[]).await.contains("there is no app with this client_id"));
        assert!(said("typo", &[]).await.contains("there is no app with this client_id"));
        let of_app = said(app.id.as_str(), &[]).await;
        assert!(of_app.contains("authenticates with its client_secret"), "{of_app}");
        assert_eq!(said(unknown, &wrong).await, said(app.id.as_str(), &wrong).await, "whether the app or the secret is wrong");
        for secret in ["x", app.secret.as_str()] {
            let of_public = said(public.id.as_str(), &[("client_secret", secret)]).await;
            assert!(of_public.contains("send its client_id alone"), "{of_public}");
        }
        for more in [&wrong[..], &[]] {
            let of_keyed = said(keyed.app.id.as_str(), more).await;
            assert!(of_keyed.contains("private_key_jwt"), "{of_keyed}");
        }
        for (other, says) in [(&app, "client_secret"), (&public, "client_id alone")] {
            let mut claims = keyed.claims(jiff::Timestamp::now().as_second());
            for name in ["iss", "sub"] {
                claims[name] = other.id.as_str().into();
            }
            let asserted = keyed.assertion(&claims);
            let told = said(other.id.as_str(), &[("client_assertion_type", ASSERTION_TYPE), ("client_assertion", &asserted)]).await;
            assert!(told.contains(says), "{told}");
        }
    }

    async fn only_who_has_the_secret_is_told_that_an_app_is_disabled(server: &Server) {
        let (app, public, keyed) = (server.app().await, server.public_app().await, server.keyed_app().await);
        let fields = [("grant_type", "refresh_token"), ("refresh_token", "kpr_x")];
        let said = |answer: &Answer| {
            answer.expect_oauth_status(401, "invalid_client");
            answer.json()["error_description"].as_str().unwrap().to_owned()
        };
        let of_strangers = async || {
            let mut all = Vec::new();
            for (app, more) in [(&app, vec![]), (&app, vec![("client_secret", "kps_x")]), (&keyed.app, vec![]), (&keyed.app, vec![("client_secret", "kps_x")])] {
                all.push(said(&app.call(&[&fields[..], &[("client_id", app.id.as_str())], &more].concat()).await));
            }
            all
        };
        let before = of_strangers().await;
        for id in [&app.id, &public.id, &keyed.app.id] {
            server.cli(&["app", "disable", id.as_str()]).json();
        }
        assert_eq!(of_strangers().await, before);
        let right = said(&app.refresh("kpr_x").await);
        assert!(right.contains("this app is disabled") && right.contains("operator"), "{right}");
        assert_eq!(said(&keyed.post("/oauth/tokens", &fields).await), right);
        let of_public = said(&public.refresh("kpr_x").await);
        assert!(!of_public.contains("disabled") && of_public.contains("can't be used now"), "{of_public}");
    }

    async fn the_id_alone_is_not_enough_for_a_confidential_app(server: &Server) {
        for app in [server.app().await, server.rotating_app().await, server.careful_app().await] {
            let fields = [("grant_type", "refresh_token"), ("refresh_token", "kpr_x"), ("client_id", app.id.as_str())];
            app.call(&fields).await.expect_oauth_error("invalid_client");
            app.call(&[&fields[..], &[("client_secret", "")]].concat()).await.expect_oauth_error("invalid_client");
        }
    }

    async fn without_a_challenge_there_is_no_code_for_those_who_need_one(server: &Server) {
        let (_, browser) = server.portal_and_browser().await;
        for app in [server.public_app().await, server.careful_app().await] {
            let plain = app.ask().without("code_challenge").without("code_challenge_method");
            crate::support::Back::of(&browser.get(&plain.path()).await).expect_error("invalid_request", Some("xyz"));
            let code = app.ask().with_challenge().allow(&browser).await.code();
            app.exchange_with(&code, &[]).await.expect_oauth_error("invalid_grant");
            app.exchange_with(&code, &[("code_verifier", &VERIFIER.to_uppercase())]).await.expect_oauth_error("invalid_grant");
            app.exchange_with(&code, &[("code_verifier", VERIFIER)]).await.expect(200);
        }
    }

    async fn a_code_from_before_the_switch_needs_a_challenge_too(server: &Server) {
        let (app, (_, browser)) = (server.app().await, server.portal_and_browser().await);
        let (plain, safe) = (app.code(&browser).await, app.ask().with_challenge().allow(&browser).await.code());
        let switch = "UPDATE apps SET require_pkce = TRUE WHERE id = ?1";
        server.db.execute(switch, &[klantportaal::db::ToParam::to_param(&app.id)]).await.unwrap();
        app.exchange(&plain).await.expect_oauth_error("invalid_grant");
        app.exchange_with(&safe, &[("code_verifier", VERIFIER)]).await.expect(200);
    }

    async fn a_public_apps_tokens_are_of_no_use_to_another(server: &Server) {
        let (app, other, (_, browser)) = (server.public_app().await, server.public_app().await, server.portal_and_browser().await);
        let (code, tokens) = (app.code(&browser).await, app.connect(&browser).await);
        other.exchange(&code).await.expect_oauth_error("invalid_grant");
        other.refresh(&tokens.refresh).await.expect_oauth_error("invalid_grant");
        app.exchange(&code).await.expect(200);
        app.refresh(&tokens.refresh).await.expect(200);
    }
}
