//! Errors of `/oauth/authorize`: a page if the owner must not be redirected, otherwise a redirect.

use crate::support::{Answer, App, Ask, Back, Browser, CALLBACK, Page};

const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// Requests that are told to the app, with the error and whether it gets its state.
fn faults(good: &Ask) -> Vec<(Ask, &'static str, bool)> {
    let of = |change: &[(&str, &str)], error: &'static str| {
        (change.iter().fold(good.clone(), |ask, (name, value)| ask.with(name, value)), error, true)
    };
    let s256 = ("code_challenge_method", "S256");
    vec![
        (good.clone().without("state"), "invalid_request", false),
        (good.clone().with("state", ""), "invalid_request", false),
        (good.clone().and("state", "xyz"), "invalid_request", false),
        (good.clone().without("response_type"), "invalid_request", true),
        (good.clone().without("scope"), "invalid_scope", true),
        (good.clone().and("scope", "customers.read"), "invalid_request", true),
        (good.clone().and("response_type", "code"), "invalid_request", true),
        (good.clone().and("prompt", "consent").and("prompt", "login"), "invalid_request", true),
        (
            good.clone()
                .and("code_challenge", CHALLENGE)
                .and("code_challenge", CHALLENGE)
                .and(s256.0, s256.1),
            "invalid_request",
            true,
        ),
        of(&[("response_type", "")], "invalid_request"),
        of(&[("response_type", "token")], "unsupported_response_type"),
        of(&[("response_type", "id_token")], "unsupported_response_type"),
        of(&[("response_type", "code token")], "unsupported_response_type"),
        of(&[("response_type", "CODE")], "unsupported_response_type"),
        of(&[("response_mode", "fragment")], "invalid_request"),
        of(&[("response_mode", "form_post")], "invalid_request"),
        of(&[("prompt", "none")], "invalid_request"),
        of(&[("prompt", "select_account")], "invalid_request"),
        of(&[("prompt", "Login")], "invalid_request"),
        of(&[("scope", "")], "invalid_scope"),
        of(&[("scope", "  ")], "invalid_scope"),
        of(&[("scope", "customers.read nonsense")], "invalid_scope"),
        of(&[("scope", "Customers.Read")], "invalid_scope"),
        of(&[("scope", "customers.read,customers.write")], "invalid_scope"),
        of(&[("scope", "*")], "invalid_scope"),
        of(&[("scope", "customers.read files.read")], "invalid_scope"),
        of(&[("code_challenge", CHALLENGE)], "invalid_request"),
        of(&[("code_challenge", CHALLENGE), ("code_challenge_method", "plain")], "invalid_request"),
        of(&[("code_challenge", CHALLENGE), ("code_challenge_method", "s256")], "invalid_request"),
        of(&[("code_challenge", &CHALLENGE[1..]), s256], "invalid_request"),
        of(&[("code_challenge", &format!("{CHALLENGE}=")), s256], "invalid_request"),
        of(&[("code_challenge", &CHALLENGE.replace('-', "+")), s256], "invalid_request"),
        of(&[("code_challenge", "te kort"), s256], "invalid_request"),
        of(&[s256], "invalid_request"),
        of(&[("request", "eyJhbGciOiJub25lIn0..")], "request_not_supported"),
        of(&[("request_uri", "https://app.example/request")], "request_uri_not_supported"),
    ]
}

/// Requests that may not lead anywhere.
fn untrusted(good: &Ask, stranger: &App) -> Vec<Ask> {
    let with = |name: &str, value: &str| good.clone().with(name, value);
    let mut all = vec![
        good.clone().without("client_id"),
        with("client_id", ""),
        with("client_id", "app_0123456789abcd"),
        with("client_id", "' OR 1=1 --"),
        good.clone().and("client_id", stranger.id.as_str()),
        good.clone().and("client_id", stranger.id.as_str()).and("x", "1").and("x", "2"),
        good.clone().without("redirect_uri"),
        with("redirect_uri", ""),
        good.clone().and("redirect_uri", CALLBACK),
        good.clone().and("redirect_uri", "https://evil.example/").and("x", "1").and("x", "2"),
        with("redirect_uri", "https://evil.example/")
            .without("state")
            .with("response_type", "token"),
    ];
    all.extend(
        [
            "https://evil.example/callback",
            "https://app.example/callback/",
            "https://app.example/callback?x=1",
            "https://app.example/callback#x",
            "https://app.example/Callback",
            "https://app.example/callback/../callback",
            "https://app.example/%63allback",
            "https://app.example:443/callback",
            "https://app.example:8443/callback",
            "https://app.example.evil.example/callback",
            "https://app.example@evil.example/callback",
            "https://evil.example/?https://app.example/callback",
            "http://app.example/callback",
            "HTTPS://app.example/callback",
            "//app.example/callback",
            "/callback",
            "javascript:alert(1)",
            " https://app.example/callback",
            "https://app.example/callback\r\nSet-Cookie: a=b",
        ]
        .map(|uri| with("redirect_uri", uri)),
    );
    all
}

fn expect_page_without_a_way_on(answer: &Answer) {
    assert_eq!((answer.status, answer.header("location")), (400, None), "{answer}");
    assert_eq!(
        (answer.header("x-frame-options"), answer.header("cache-control")),
        (Some("DENY"), Some("no-store")),
        "{answer}"
    );
    let page = Page::of(answer);
    for link in [
        "href=\"https://",
        "href=\"javascript:",
        "http-equiv",
        "<form method=\"post\" action=\"/oauth",
    ] {
        assert!(!page.says(link), "{answer}");
    }
}

both_engines! {
    async fn faults_are_told_to_the_app_before_anybody_logs_in_or_is_asked(server: &Server) {
        let (app, (_, browser)) = (server.app().await, server.portal_and_browser().await);
        for (ask, error, has_state) in faults(&app.ask()) {
            for browser in [&Browser::new(&server.url), &browser] {
                let back = Back::of(&browser.get(&ask.path()).await);
                assert_eq!(back.uri, CALLBACK, "{back:?}");
                back.expect_error(error, has_state.then_some("xyz"));
                assert_eq!(back.get("iss"), Some(server.url.as_str()));
            }
        }
    }

    async fn a_consent_form_with_a_changed_request_gives_nothing(server: &Server) {
        let (app, (_, browser)) = (server.app().await, server.portal_and_browser().await);
        let form = app.ask().form(&browser).await.with("decision", "allow");
        for (ask, error, has_state) in faults(&app.ask()) {
            let answer = browser.post(&ask.path(), &form.fields).await;
            Back::of(&answer).expect_error(error, has_state.then_some("xyz"));
        }
        for ask in untrusted(&app.ask(), &server.app().await) {
            expect_page_without_a_way_on(&browser.post(&ask.path(), &form.fields).await);
        }
    }

    async fn an_unknown_app_or_address_is_a_page_and_never_a_redirect(server: &Server) {
        let (app, stranger, (_, browser)) = (server.app().await, server.app().await, server.portal_and_browser().await);
        for ask in untrusted(&app.ask(), &stranger) {
            for browser in [&Browser::new(&server.url), &browser] {
                expect_page_without_a_way_on(&browser.get(&ask.path()).await);
            }
        }
        // Another app's address is no better.
        let other = server.app_with(&["https://other.example/"], "customers.read").await;
        expect_page_without_a_way_on(&browser.get(&other.ask().path()).await);
    }

    async fn every_registered_address_is_followed_as_it_was_written(server: &Server) {
        let registered = ["https://app.example/cb?vast=1&x=a%20b", "https://app.example", "http://127.0.0.1/cb", "http://[::1]:7/cb", "http://localhost:3000/cb"];
        let (app, (_, browser)) = (server.app_with(&registered, "customers.read").await, server.portal_and_browser().await);
        let ask = app.ask().with("scope", "customers.read");
        for uri in ["https://app.example", "http://127.0.0.1/cb", "http://127.0.0.1:51234/cb", "http://[::1]:8/cb", "http://localhost:3000/cb"] {
            let back = ask.clone().with("redirect_uri", uri).allow(&browser).await;
            assert_eq!(back.uri, uri);
            back.code();
        }
        let back = ask.clone().with("redirect_uri", registered[0]).allow(&browser).await;
        assert_eq!((back.uri.as_str(), back.get("vast"), back.get("x"), back.get("state")), ("https://app.example/cb", Some("1"), Some("a b"), Some("xyz")));
        assert!(back.get("code").is_some());
        for uri in ["http://localhost:3001/cb", "http://localhost/cb", "http://127.0.0.1:51234/other", "http://127.0.0.1:1@evil.example/cb", "http://127.0.0.2/cb", "https://127.0.0.1/cb", "https://app.example/"] {
            expect_page_without_a_way_on(&browser.get(&ask.clone().with("redirect_uri", uri).path()).await);
        }
    }

    async fn the_state_comes_back_as_it_was(server: &Server) {
        let (app, (_, browser)) = (server.app().await, server.portal_and_browser().await);
        for state in ["a b+c&d=e%\"'<>#?/;,", "é€😀", "\r\nSet-Cookie: a=b", "code=x&state=y", &"s".repeat(2000)] {
            let ask = app.ask().with("state", state);
            let back = ask.allow(&browser).await;
            assert_eq!(back.get("state"), Some(state));
            back.code();
            ask.deny(&browser).await.expect_error("access_denied", Some(state));
            ask.with("scope", "nonsense").path();
        }
        // An error's description may quote the request, but not break out of the redirect.
        let back = Back::of(&browser.get(&app.ask().with("scope", "x\"\\\r\n&state=z").path()).await);
        back.expect_error("invalid_scope", Some("xyz"));
    }

    async fn an_empty_parameter_counts_as_none_and_unknown_ones_are_ignored(server: &Server) {
        let (app, (_, browser)) = (server.app().await, server.portal_and_browser().await);
        let ask = app.ask().with("code_challenge", "").with("prompt", "").with("nonce", "n").with("ui_locales", "nl");
        app.exchange(&ask.allow(&browser).await.code()).await.expect(200);
    }
}
