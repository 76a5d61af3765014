//! The `state` with which an app recognises its own response (RFC 9700 section 4.7): it is returned
//! unchanged whatever the outcome, and is harmless here.

use crate::support::{Ask, Back, Browser, PASSWORD};

const STATES: [&str; 9] = [
    "a b+c&d=e%\"'<>#?/;,",
    "%25%2B%26",
    "é€😀\u{202e}",
    "\r\nSet-Cookie: a=b",
    "\0\t\u{7f}",
    "code=x&state=y&iss=https://evil.example",
    "\"><script>alert(1)</script>",
    "https://evil.example/#",
    "{\"a\":[1,2]}",
];

both_engines! {
    async fn it_comes_back_unchanged_whatever_the_answer(server: &Server) {
        let (app, (_, browser)) = (server.app().await, server.portal_and_browser().await);
        for state in STATES.into_iter().chain([&*"s".repeat(2000)]) {
            let ask = app.ask().with("state", state);
            ask.deny(&browser).await.expect_error("access_denied", Some(state));
            let asked = Back::of(&ask.form(&browser).await.with("decision", "allow").send(&browser).await);
            let unasked = Back::of(&browser.get(&ask.path()).await);
            let pushed = Back::of(&browser.get(&app.ask_pushed(&ask).await.path()).await);
            for back in [asked, unasked, pushed] {
                assert_eq!(back.get("state"), Some(state));
                back.code();
            }
            Back::of(&browser.get(&ask.with("scope", "nonsense").path()).await).expect_error("invalid_scope", Some(state));
        }
    }

    async fn without_it_an_app_needs_a_challenge_of_its_own(server: &Server) {
        let (_, browser) = server.portal_and_browser().await;
        for app in [server.app().await, server.public_app().await] {
            let ask = app.ask().with_challenge().with("prompt", "consent").without("state");
            let pushed = app.ask_pushed(&ask).await;
            for ask in [ask.clone(), ask.with("state", ""), pushed] {
                let form = browser.page(&ask.path()).await.form().with("decision", "allow");
                let back = Back::of(&form.send(&browser).await);
                let names: Vec<&str> = back.parameters.keys().map(String::as_str).collect();
                assert_eq!(names, ["code", "iss"], "{back:?}");
                app.exchange_with(back.get("code").unwrap(), &[("code_verifier", crate::support::VERIFIER)]).await.expect(200);
            }
            app.ask().with_challenge().without("state").deny(&browser).await.expect_error("access_denied", None);
        }
        // One of the two must tell the app that an answer is its own.
        let app = server.app().await;
        Back::of(&browser.get(&app.ask().without("state").path()).await).expect_error("invalid_request", None);
        app.push(&app.ask().without("state")).await.expect_oauth_error("invalid_request");
    }

    async fn it_survives_the_detour_by_the_log_in_page(server: &Server) {
        let (app, portal) = (server.app().await, server.portal().await);
        for state in STATES {
            let (ask, browser) = (app.ask().with("state", state), Browser::new(&server.url));
            let to_log_in = browser.get(&ask.path()).await;
            let form = browser.page(to_log_in.header("location").unwrap()).await.form();
            let logged_in = form.with("email", &portal.owner_email).with("password", PASSWORD).send(&browser).await;
            let query = logged_in.header("location").unwrap().strip_prefix("/oauth/authorize?").unwrap_or_else(|| panic!("{logged_in}")).to_owned();
            let returned = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "state").unwrap().1.into_owned();
            assert_eq!(returned, state);
        }
    }

    async fn the_consent_form_cannot_change_it(server: &Server) {
        let (app, (_, browser)) = (server.app().await, server.portal_and_browser().await);
        let form = app.ask().form(&browser).await.with("decision", "allow");
        for (name, value) in [("state", "other"), ("redirect_uri", "https://evil.example/"), ("scope", "files.read"), ("client_id", "x"), ("iss", "https://evil.example")] {
            let back = Back::of(&form.clone().with(name, value).send(&browser).await);
            assert_eq!((back.uri.as_str(), back.get("state"), back.get("iss")), (crate::support::CALLBACK, Some("xyz"), Some(server.url.as_str())));
        }
    }

    async fn no_page_repeats_it_as_markup(server: &Server) {
        let (app, (_, browser)) = (server.app().await, server.portal_and_browser().await);
        let state = STATES[6];
        let stranger = Browser::new(&server.url);
        let pages = |ask: Ask| [ask.clone().with("prompt", "consent").path(), ask.clone().with("redirect_uri", state).path(), ask.with("client_id", state).path()];
        for path in pages(app.ask().with("state", state)) {
            for browser in [&browser, &stranger] {
                let answer = browser.get(&path).await;
                let answer = match answer.header("location") {
                    Some(log_in) => browser.get(log_in).await,
                    None => answer,
                };
                assert!(!answer.text().contains("<script>alert"), "{answer}");
            }
        }
    }
}
