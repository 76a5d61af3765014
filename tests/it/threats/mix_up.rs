//! Mix-up: an app that knows several authorization servers must see which one answered (RFC 9700
//! section 4.4, RFC 9207). That a client library notices a wrong or missing `iss` is shown in
//! `tests/browser/oauth.test.mjs`.

use klantportaal::clients::AppProtection;
use reqwest::Method;

use crate::support::{Answer, Back, Browser, InProcess};

#[track_caller]
fn expect_issuer(back: &Back, issuer: &str) {
    assert_eq!(back.get("iss"), Some(issuer), "{back:?}");
}

both_engines! {
    async fn every_answer_to_an_app_says_who_gives_it(server: &Server) {
        let (app, (_, browser)) = (server.app().await, server.portal_and_browser().await);
        let metadata = Answer::to(server.http.get(format!("{}/.well-known/oauth-authorization-server", server.url))).await.expect(200);
        let issuer = metadata["issuer"].as_str().unwrap();
        assert_eq!(metadata["authorization_response_iss_parameter_supported"], true);
        // Declined, allowed, and given again without a question.
        expect_issuer(&app.ask().deny(&browser).await, issuer);
        expect_issuer(&app.ask().allow(&browser).await, issuer);
        let unasked = browser.get(&app.ask().path()).await;
        expect_issuer(&Back::of(&unasked), issuer);
        let pushed = app.ask_pushed(&app.ask()).await;
        expect_issuer(&Back::of(&browser.get(&pushed.path()).await), issuer);
        // Faulty, be somebody logged in or not.
        for (name, value) in [
            ("response_type", "token"),
            ("response_mode", "fragment"),
            ("scope", "nonsense"),
            ("scope", "files.read"),
            ("state", ""),
            ("prompt", "none"),
            ("request", "e30.e30."),
            ("request_uri", "https://evil.example/"),
            ("resource", "https://evil.example/"),
            ("dpop_jkt", "x"),
            ("code_challenge_method", "plain"),
            // What a request says of the issuer counts for nothing.
            ("iss", "https://evil.example"),
        ] {
            for browser in [&browser, &Browser::new(&server.url)] {
                let ask = app.ask().with(name, value);
                let ask = if name == "iss" { ask.with("scope", "nonsense") } else { ask };
                let back = Back::of(&browser.get(&ask.path()).await);
                assert!(back.get("error").is_some() && back.get("code").is_none(), "{back:?}");
                expect_issuer(&back, issuer);
            }
        }
        AppProtection { require_pushed_requests: true, ..AppProtection::default() }.save(&server.db, &app.developer, &app.id).await.unwrap();
        expect_issuer(&Back::of(&browser.get(&app.ask().path()).await), issuer);
    }

    async fn the_issuer_is_the_setting_and_not_the_requests_host(engine: Engine) {
        let mut port = 0;
        let server = InProcess::start_with(engine, |chosen| {
            port = chosen;
            vec![format!("--manage-url=http://manage.localhost:{port}")]
        })
        .await;
        let path = server.app().await.ask().with("scope", "nonsense").path();
        let request = server.http.request(Method::GET, format!("{}{path}", server.url)).header("host", format!("manage.localhost:{port}"));
        let answer = Answer::to(request.header("x-forwarded-host", "evil.example").header("forwarded", "host=evil.example")).await;
        expect_issuer(&Back::of(&answer), &format!("http://manage.localhost:{port}"));
    }
}
