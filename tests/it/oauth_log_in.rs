//! Logging in on the way to the consent page.

use jiff::SignedDuration;

use crate::support::{Back, Browser, InProcess, PASSWORD, Page};

/// Path and query of a redirect within the site.
fn way(answer: &crate::support::Answer) -> String {
    assert_eq!(answer.status, 303, "{answer}");
    answer.header("location").unwrap().to_owned()
}

both_engines! {
    async fn who_is_not_logged_in_logs_in_and_goes_on(server: &Server) {
        let (app, portal, browser) = (server.app().await, server.portal().await, Browser::new(&server.url));
        let ask = app.ask().with("state", "a b&next=/manage");
        let log_in = way(&browser.get(&ask.path()).await);
        assert!(log_in.starts_with("/manage/login?next=%2Foauth%2Fauthorize"), "{log_in}");
        let form = browser.page(&log_in).await.form().with("email", &portal.owner_email);
        // A wrong password keeps the way.
        let again = form.clone().with("password", "onjuist").send(&browser).await;
        assert_eq!(again.status, 200, "{again}");
        let form = Page::of(&again).form().with("email", &portal.owner_email).with("password", PASSWORD);
        let on = way(&form.send(&browser).await);
        assert_eq!(on, ask.path());
        let back = Back::of(&browser.page(&on).await.form().with("decision", "allow").send(&browser).await);
        assert_eq!(back.get("state"), Some("a b&next=/manage"));
        app.exchange(&back.code()).await.expect(200);
    }

    async fn prompt_login_asks_for_the_password_again(server: &Server) {
        let (app, (portal, browser)) = (server.app().await, server.portal_and_browser().await);
        let ask = app.ask().with("prompt", "login");
        let log_in = way(&browser.get(&ask.path()).await);
        assert!(log_in.starts_with("/manage/reauthenticate?next="), "{log_in}");
        // Nor does whoever sends the consent form all the same get further.
        let form = app.ask().form(&browser).await.with("decision", "allow");
        assert!(way(&browser.post(&ask.path(), &form.fields).await).starts_with("/manage/reauthenticate?next="));
        let form = browser.page(&log_in).await.form().with("email", &portal.owner_email);
        assert_eq!(form.clone().with("password", "onjuist").send(&browser).await.status, 200);
        let on = way(&form.with("password", PASSWORD).send(&browser).await);
        let back = Back::of(&browser.page(&on).await.form().with("decision", "allow").send(&browser).await);
        assert_eq!(back.get("state"), Some("xyz"));
        app.exchange(&back.code()).await.expect(200);
    }

    async fn prompt_login_logs_nobody_out(server: &Server) {
        let (app, (_, browser)) = (server.app().await, server.portal_and_browser().await);
        let log_in = way(&browser.get(&app.ask().with("prompt", "login").path()).await);
        browser.page(&log_in).await;
        assert_eq!(browser.get("/manage").await.status, 200);
        assert_eq!(browser.get(&app.ask().path()).await.status, 200);
    }

    async fn prompt_login_takes_no_log_in_from_before_the_request(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (app, (portal, browser)) = (server.app().await, server.portal_and_browser().await);
        let ask = app.ask().with("prompt", "login");
        for seconds in [0, 1, 599, 600] {
            server.clock.advance(SignedDuration::from_secs(seconds));
            assert!(way(&browser.get(&ask.path()).await).starts_with("/manage/reauthenticate?next="));
        }
        // Not even when the moment of asking is made up: nobody logged in during the last ten
        // minutes.
        server.clock.advance(SignedDuration::from_secs(1));
        for moment in [0, 1, 600_000, 600_001, 10_000_000] {
            let moment = (server.clock.now().as_millisecond() - moment).to_string();
            assert!(way(&browser.get(&ask.clone().with("asked_at", &moment).path()).await).starts_with("/manage/reauthenticate?next="), "{moment}");
        }
        // Whoever logs in decides within ten minutes too.
        let log_in = way(&browser.get(&ask.path()).await);
        let form = browser.page(&log_in).await.form().with("email", &portal.owner_email).with("password", PASSWORD);
        let on = way(&form.send(&browser).await);
        let form = browser.page(&on).await.form().with("decision", "allow");
        server.clock.advance(SignedDuration::from_secs(601));
        assert!(way(&form.send(&browser).await).starts_with("/manage/reauthenticate?next="));
    }

    async fn prompt_login_asks_once_of_who_is_not_logged_in(server: &Server) {
        let (app, portal, browser) = (server.app().await, server.portal().await, Browser::new(&server.url));
        let log_in = way(&browser.get(&app.ask().with("prompt", "login").path()).await);
        let form = browser.page(&log_in).await.form().with("email", &portal.owner_email).with("password", PASSWORD);
        let on = way(&form.send(&browser).await);
        Back::of(&browser.page(&on).await.form().with("decision", "allow").send(&browser).await).code();
    }

    async fn a_session_of_the_developers_site_gives_no_consent(server: &Server) {
        let (app, portal, browser) = (server.app().await, server.portal().await, Browser::new(&server.url));
        let form = browser.page("/developers/login").await.form().with("email", &portal.owner_email).with("password", PASSWORD);
        assert_eq!(form.send(&browser).await.status, 303);
        let session = browser.cookie("developers").unwrap();
        assert!(way(&browser.get(&app.ask().path()).await).starts_with("/manage/login"));
        browser.set_cookie("manage", &session);
        assert!(way(&browser.get(&app.ask().path()).await).starts_with("/manage/login"));
    }

    async fn logging_in_leads_to_our_own_pages_only(server: &Server) {
        let portal = server.portal().await;
        for next in [
            "https://evil.example/",
            "//evil.example/",
            "/\\evil.example/",
            "\\/evil.example",
            "/\t/evil.example/",
            "/\n/evil.example/",
            "\t//evil.example/",
            " //evil.example/",
            "http:evil.example",
            "javascript:alert(1)",
            "evil.example",
            "@evil.example",
            "/\r\nLocation: https://evil.example/",
            "",
        ] {
            let browser = Browser::new(&server.url);
            let path = format!("/manage/login?{}", url::form_urlencoded::Serializer::new(String::new()).append_pair("next", next).finish());
            let form = browser.page(&path).await.form().with("next", next).with("email", &portal.owner_email).with("password", PASSWORD);
            assert_eq!(way(&form.send(&browser).await), "/manage", "{next:?}");
            // Nor when somebody is logged in already.
            assert_eq!(way(&browser.get(&path).await), "/manage", "{next:?}");
        }
    }

    async fn the_language_switch_leads_to_our_own_pages_only(server: &Server) {
        let browser = Browser::new(&server.url);
        for next in ["https%3A%2F%2Fevil.example", "%2F%2Fevil.example", "%2F%5Cevil.example", "%2F%09%2Fevil.example"] {
            assert_eq!(way(&browser.get(&format!("/language/en?next={next}")).await), "/", "{next}");
        }
        assert_eq!(way(&browser.get("/language/en?next=%2Fmanage%2Flogin%3Fa%3Db").await), "/manage/login?a=b");
    }
}
