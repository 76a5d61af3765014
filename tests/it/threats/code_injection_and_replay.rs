//! Authorization codes that were stolen, guessed or used before (RFC 9700 section 4.5, RFC 6749
//! section 10.5).

use jiff::Timestamp;
use klantportaal::oauth::ConnectedApp;

use crate::support::{CALLBACK, SCOPE, Tokens, VERIFIER};

/// A verifier that is well formed and not the right one.
const THIEF: &str = "thief-thief-thief-thief-thief-thief-thief-thief";

both_engines! {
    async fn a_stolen_code_is_worth_nothing_in_another_transaction_of_its_app(server: &Server) {
        // The thief begins a transaction of their own at the app, and puts the victim's code into
        // its answer: the app then sends the thief's verifier.
        let (_, victim) = server.portal_and_browser().await;
        for app in [server.public_app().await, server.careful_app().await, server.app().await] {
            let code = app.ask().with_challenge().allow(&victim).await.code();
            app.exchange_with(&code, &[("code_verifier", &"thief".repeat(10))]).await.expect_oauth_error("invalid_grant");
            app.exchange_with(&code, &[]).await.expect_oauth_error("invalid_grant");
            app.exchange_with(&code, &[("code_verifier", VERIFIER)]).await.expect(200);
        }
    }

    async fn a_stolen_code_is_worth_nothing_without_the_apps_secret(server: &Server) {
        let (app, (_, victim)) = (server.app().await, server.portal_and_browser().await);
        let code = app.code(&victim).await;
        for secret in ["kps_nonsense", "", "kps_", &server.app().await.secret] {
            app.with_secret(secret.to_owned()).exchange_with(&code, &[]).await.expect_oauth_error("invalid_client");
        }
        let tokens = Tokens::of(&app.exchange(&code).await);
        // Nor does such a thief end by a replay what the app got.
        app.with_secret("kps_nonsense".to_owned()).exchange(&code).await.expect_oauth_error("invalid_client");
        server.bearer(&tokens.access).get("/v1/customers").await.expect(200);
    }

    async fn a_code_is_for_the_redirect_uri_that_it_was_sent_to(server: &Server) {
        let other = "https://app.example/other";
        let (app, (_, victim)) = (server.app_with(&[CALLBACK, other], SCOPE).await, server.portal_and_browser().await);
        let code = app.ask().with("redirect_uri", other).allow(&victim).await.code();
        // Both are the app's own, and yet only one is the code's.
        app.exchange(&code).await.expect_oauth_error("invalid_grant");
        app.call(&app.signed(&[("grant_type", "authorization_code"), ("redirect_uri", other), ("code", &code)])).await.expect(200);
    }

    async fn what_came_of_a_code_ends_when_it_is_used_again(server: &Server) {
        let (app, (_, browser)) = (server.rotating_app().await, server.portal_and_browser().await);
        let code = app.code(&browser).await;
        let first = Tokens::of(&app.exchange(&code).await);
        let second = Tokens::of(&app.refresh(&first.refresh).await);
        app.exchange(&code).await.expect_oauth_error("invalid_grant");
        for tokens in [&first, &second] {
            server.bearer(&tokens.access).get("/v1/customers").await.expect(401);
            app.refresh(&tokens.refresh).await.expect_oauth_error("invalid_grant");
        }
    }

    async fn who_saw_a_code_go_by_ends_nothing_that_came_of_it(server: &Server) {
        let other = "https://app.example/other";
        let (_, browser) = server.portal_and_browser().await;
        for app in [server.public_app().await, server.careful_app().await, server.app_with(&[CALLBACK, other], SCOPE).await] {
            let code = app.ask().with_challenge().allow(&browser).await.code();
            let tokens = Tokens::of(&app.exchange_with(&code, &[("code_verifier", VERIFIER)]).await);
            let with = async |redirect_uri: &str, verifier: &str| {
                let fields = [("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", redirect_uri), ("code_verifier", verifier)];
                app.call(&app.signed(&fields)).await
            };
            let refused = with(CALLBACK, "").await;
            refused.expect_oauth_error("invalid_grant");
            for (redirect_uri, verifier) in [(CALLBACK, "x"), (CALLBACK, THIEF), (other, VERIFIER), ("https://evil.example/", VERIFIER), (other, "")] {
                assert_eq!(with(redirect_uri, verifier).await.text(), refused.text(), "what is wrong with it is nobody's business");
            }
            server.bearer(&tokens.access).get("/v1/customers").await.expect(200);
            let tokens = Tokens { access: crate::support::access_token(&app.refresh(&tokens.refresh).await), ..tokens };
            // Who has the verifier as well is one of two that the code was given to.
            with(CALLBACK, VERIFIER).await.expect_oauth_error("invalid_grant");
            server.bearer(&tokens.access).get("/v1/customers").await.expect(401);
            app.refresh(&tokens.refresh).await.expect_oauth_error("invalid_grant");
        }
    }

    async fn a_code_ends_with_its_consent(server: &Server) {
        let (app, (portal, browser)) = (server.app().await, server.portal_and_browser().await);
        let code = app.code(&browser).await;
        let grant = ConnectedApp::list(&portal.store).await.unwrap().remove(0).id;
        portal.revoke_grant(&grant, Timestamp::now()).await.unwrap();
        app.exchange(&code).await.expect_oauth_error("invalid_grant");
    }

    async fn no_code_is_like_another(server: &Server) {
        let (app, (_, browser)) = (server.app().await, server.portal_and_browser().await);
        let (one, other) = (app.code(&browser).await, app.code(&browser).await);
        let (start, end) = one.split_at(one.len() / 2);
        for guess in [
            format!("{start}{}", &other[other.len() / 2..]),
            format!("{}{end}", &other[..other.len() / 2]),
            one.to_lowercase(),
            format!("{one} "),
            format!("{one}{other}"),
            one.replacen("kpc_", "KPC_", 1),
            one[4..].to_owned(),
            "kpc_".to_owned() + &"0".repeat(49),
        ] {
            app.exchange(&guess).await.expect_oauth_error("invalid_grant");
        }
        app.exchange(&one).await.expect(200);
        app.exchange(&other).await.expect(200);
    }
}
