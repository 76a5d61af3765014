//! PKCE downgrade: a code that is obtained or redeemed without the required challenge or verifier
//! (RFC 7636, RFC 9700 sections 2.1.1 and 4.8).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use klantportaal::clients::AppProtection;
use sha2::{Digest, Sha256};

use crate::support::{App, Back, Browser, VERIFIER};

async fn code(app: &App, browser: &Browser, verifier: &str) -> String {
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
    app.ask()
        .with("code_challenge", &challenge)
        .with("code_challenge_method", "S256")
        .allow(browser)
        .await
        .code()
}

both_engines! {
    async fn the_verifier_of_the_challenge_is_needed(server: &Server) {
        let (app, (_, browser)) = (server.app().await, server.portal_and_browser().await);
        let code = code(&app, &browser, VERIFIER).await;
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER.as_bytes()));
        app.exchange(&code).await.expect_oauth_error("invalid_grant");
        for wrong in ["", "x", challenge.as_str(), &VERIFIER.to_lowercase(), &VERIFIER[1..], &format!("{VERIFIER} "), &"a".repeat(43)] {
            app.exchange_with(&code, &[("code_verifier", wrong)]).await.expect_oauth_error("invalid_grant");
        }
        app.exchange_with(&code, &[("code_verifier", VERIFIER)]).await.expect(200);
    }

    async fn verifiers_are_as_long_as_the_standard_allows(server: &Server) {
        let (app, (_, browser)) = (server.app().await, server.portal_and_browser().await);
        for (verifier, good) in [("a".repeat(42), false), ("a".repeat(43), true), ("a-._~Z9".repeat(18), true), ("a".repeat(129), false), ("a b".repeat(20), false)] {
            let code = code(&app, &browser, &verifier).await;
            let answer = app.exchange_with(&code, &[("code_verifier", &verifier)]).await;
            if good { drop(answer.expect(200)) } else { answer.expect_oauth_error("invalid_grant") }
        }
    }

    async fn a_request_without_a_challenge_cannot_be_given_a_verifier(server: &Server) {
        let (app, (_, browser)) = (server.app().await, server.portal_and_browser().await);
        let code = app.code(&browser).await;
        app.exchange_with(&code, &[("code_verifier", VERIFIER)]).await.expect_oauth_error("invalid_grant");
        app.exchange(&code).await.expect(200);
    }

    async fn a_challenge_belongs_to_its_own_code(server: &Server) {
        let (app, (_, browser)) = (server.app().await, server.portal_and_browser().await);
        let (own, other) = ("a".repeat(50), "b".repeat(50));
        let (one, two) = (code(&app, &browser, &own).await, code(&app, &browser, &other).await);
        app.exchange_with(&one, &[("code_verifier", &other)]).await.expect_oauth_error("invalid_grant");
        app.exchange_with(&two, &[("code_verifier", &other)]).await.expect(200);
        app.exchange_with(&one, &[("code_verifier", &own)]).await.expect(200);
    }

    async fn an_app_that_must_use_it_cannot_be_led_around_it(server: &Server) {
        let (_, browser) = server.portal_and_browser().await;
        for app in [server.public_app().await, server.careful_app().await] {
            let with = app.ask().with_challenge();
            // The challenge was taken out of the request on its way, or made one that anybody can
            // meet.
            let requests = [
                with.clone().without("code_challenge").without("code_challenge_method"),
                with.clone().without("code_challenge"),
                with.clone().without("code_challenge_method"),
                with.clone().with("code_challenge", ""),
                with.clone().with("code_challenge_method", "plain"),
                with.clone().with("code_challenge_method", "S512"),
                with.clone().with("code_challenge", VERIFIER).with("code_challenge_method", "plain"),
            ];
            for ask in requests {
                Back::of(&browser.get(&ask.path()).await).expect_error("invalid_request", Some("xyz"));
                app.push(&ask).await.expect_oauth_error("invalid_request");
            }
            // What is pushed cannot be changed by the address.
            let pushed = app.ask_pushed(&with).await.and("code_challenge", "").and("code_challenge_method", "plain");
            let code = pushed.allow(&browser).await.code();
            app.exchange_with(&code, &[]).await.expect_oauth_error("invalid_grant");
            app.exchange_with(&code, &[("code_verifier", VERIFIER)]).await.expect(200);
        }
    }

    async fn an_app_that_begins_to_need_it_redeems_no_code_from_before(server: &Server) {
        let (app, (_, browser)) = (server.app().await, server.portal_and_browser().await);
        let code = app.code(&browser).await;
        AppProtection { require_pkce: true, ..AppProtection::default() }.save(&server.db, &app.developer, &app.id).await.unwrap();
        app.exchange(&code).await.expect_oauth_error("invalid_grant");
    }
}
