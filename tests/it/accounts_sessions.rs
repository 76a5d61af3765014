//! Sessions: their cookies, and when they begin and end.

use jiff::SignedDuration;

use crate::support::{Answer, Browser, InProcess, PASSWORD};

fn cookies(answer: &Answer) -> Vec<String> {
    answer
        .headers
        .get_all("set-cookie")
        .iter()
        .map(|value| value.to_str().unwrap().to_owned())
        .collect()
}

fn expect_logged_out(answer: &Answer) {
    assert_eq!(
        (answer.status, answer.header("location")),
        (303, Some("/manage/login")),
        "{answer}"
    );
}

both_engines! {
    async fn logging_in_changes_the_cookie(server: &Server) {
        let (portal, (_, attacker)) = (server.portal().await, server.portal_and_browser().await);
        let good = attacker.cookie("manage").unwrap();
        let victim = Browser::new(&server.url);
        // What somebody planted before is worth nothing after, be it their own session or nonsense.
        for planted in [good.as_str(), "kpb_nonsense"] {
            victim.set_cookie("manage", planted);
            let log_in = if planted == good { "/manage/portals/new" } else { "/manage/login" };
            let form = victim.page(log_in).await.form();
            let fields = form.with("email", &portal.owner_email).with("password", PASSWORD).fields;
            assert_eq!(victim.post("/manage/login", &fields).await.status, 303);
            let own = victim.cookie("manage").unwrap();
            assert_ne!(own, planted);
            assert_eq!(victim.get("/manage").await.status, 200);
        }
        expect_logged_out(&attacker.get("/manage").await);
    }

    async fn every_log_in_is_a_session_of_its_own(server: &Server) {
        let (portal, one) = server.portal_and_browser().await;
        let two = Browser::logged_in(&server.url, &portal.owner_email).await;
        assert_ne!(one.cookie("manage"), two.cookie("manage"));
        let csrf = two.page("/manage/portals/new").await.form().field("csrf").unwrap().to_owned();
        assert_eq!(one.post("/manage/logout", &[("csrf".into(), csrf.clone())]).await.status, 403);
        let session = two.cookie("manage").unwrap();
        assert_eq!(two.post("/manage/logout", &[("csrf".into(), csrf)]).await.status, 303);
        expect_logged_out(&two.get("/manage").await);
        // Ended at the server, not only forgotten by the browser.
        two.set_cookie("manage", &session);
        expect_logged_out(&two.get("/manage").await);
        assert_eq!(one.get("/manage").await.status, 200);
    }

    async fn a_form_from_before_logging_in_is_no_good_after(server: &Server) {
        let (portal, browser) = (server.portal().await, Browser::new(&server.url));
        let before = browser.page("/manage/login").await.form();
        assert_eq!(browser.log_in(&portal.owner_email, PASSWORD).await.status, 303);
        let fields = before.with("email", &portal.owner_email).with("password", PASSWORD).fields;
        let session = browser.cookie("manage");
        let answer = browser.post_only("/manage/login", &fields).await;
        assert!(answer.status == 303 && answer.header("location").unwrap().starts_with("/manage/login?draft="), "{answer}");
        assert_eq!(browser.cookie("manage"), session, "it only goes on");
        // Nor does one that another browser was given.
        let foreign = Browser::new(&server.url).page("/manage/login").await.form();
        assert_eq!(foreign.send(&browser).await.status, 403);
    }

    async fn cookies_are_for_the_server_alone(server: &Server) {
        let (portal, browser) = (server.portal().await, Browser::new(&server.url));
        let answers = [browser.get("/manage/login").await, browser.log_in(&portal.owner_email, PASSWORD).await];
        for cookie in answers.iter().flat_map(cookies) {
            assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax") && cookie.contains("Path=/") && !cookie.contains("Domain"), "{cookie}");
        }
        assert!(answers.iter().all(|answer| !cookies(answer).is_empty()));
    }

    async fn over_tls_cookies_are_secure_and_bound_to_the_host(engine: Engine) {
        let server = InProcess::start_with(engine, |port| vec!["--public-url".into(), format!("https://127.0.0.1:{port}")]).await;
        let answer = Answer::to(server.http.get(format!("{}/manage/login", server.url))).await;
        let cookies = cookies(&answer);
        assert!(!cookies.is_empty() && cookies.iter().all(|cookie| cookie.starts_with("__Host-") && cookie.contains("Secure")), "{cookies:?}");
        assert!(answer.header("strict-transport-security").is_some(), "{answer}");
        let form = crate::support::Page::of(&answer).form();
        // A message over a redirect is no exception.
        let sent_on = Answer::to(server.http.get(format!("{}/manage/login/second-factor", server.url))).await;
        let messages: Vec<String> = self::cookies(&sent_on).into_iter().filter(|cookie| cookie.contains("flash")).collect();
        assert!(messages.len() == 1 && messages[0].starts_with("__Host-flash-manage=flash.note") && messages[0].contains("Secure"), "{messages:?}");
        let shown = server.http.get(format!("{}/manage/login", server.url)).header("cookie", messages[0].split(';').next().unwrap());
        let shown = Answer::to(shown).await;
        assert!(shown.text().contains("role=\"status\"") && self::cookies(&shown).iter().any(|cookie| cookie.starts_with("__Host-flash-manage=;")), "{shown}");
        // The cookie of an http page does not count here.
        let (visitor, _) = cookies[0].split_once(';').unwrap();
        let send = async |cookie: &str| {
            let request = server.http.post(format!("{}/manage/forgot-password", server.url)).header("cookie", cookie);
            Answer::to(request.form(&form.clone().with("email", "a@example.nl").fields)).await.status
        };
        assert_eq!(send(visitor).await, 303);
        assert_eq!(send(visitor.trim_start_matches("__Host-")).await, 403);
    }

    async fn a_session_ends_after_a_day_without_use_and_a_fortnight_with_it(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (portal, browser) = server.portal_and_browser().await;
        let idle = Browser::logged_in(&server.url, &portal.owner_email).await;
        for _ in 0..14 {
            server.clock.advance(SignedDuration::from_hours(23));
            assert_eq!(browser.get("/manage").await.status, 200);
        }
        expect_logged_out(&idle.get("/manage").await);
        server.clock.advance(SignedDuration::from_hours(14 * 24 - 14 * 23 - 1));
        assert_eq!(browser.get("/manage").await.status, 200);
        server.clock.advance(SignedDuration::from_hours(1));
        expect_logged_out(&browser.get("/manage").await);
    }

    async fn who_ticks_it_stays_logged_in_for_a_fortnight(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (portal, browser) = (server.portal().await, Browser::new(&server.url));
        let form = browser.page("/manage/login").await.form().with("email", &portal.owner_email).with("password", PASSWORD);
        let lasting = |answer: &Answer| cookies(answer).into_iter().find(|cookie| cookie.starts_with("manage=")).unwrap().contains("Max-Age=1209600");
        assert!(!lasting(&form.clone().send(&Browser::twin(&browser)).await), "a browser that is closed forgets it");
        assert!(lasting(&form.with("stay", "1").send(&browser).await));
        server.clock.advance(SignedDuration::from_hours(14 * 24 - 1));
        assert_eq!(browser.get("/manage").await.status, 200);
        // Another password begins another session, which stays too.
        let change = browser.page("/manage/account").await.form().with("current_password", PASSWORD).with("password", "een heel ander wachtwoord");
        assert!(lasting(&change.send(&browser).await));
        server.clock.advance(SignedDuration::from_hours(14 * 24));
        expect_logged_out(&browser.get("/manage").await);
    }

    async fn how_long_sessions_last_is_a_setting(engine: Engine) {
        let server = InProcess::start_with(engine, |_| ["--session-idle-hours", "1", "--session-days", "2"].map(str::to_owned).to_vec()).await;
        let (portal, browser) = server.portal_and_browser().await;
        server.clock.advance(SignedDuration::from_mins(60));
        expect_logged_out(&browser.get("/manage").await);
        assert!(browser.page("/manage/login").await.says("2 dagen ingelogd"));
        let form = browser.page("/manage/login").await.form().with("email", &portal.owner_email).with("password", PASSWORD);
        assert_eq!(form.with("stay", "1").send(&browser).await.status, 303);
        server.clock.advance(SignedDuration::from_hours(47));
        assert_eq!(browser.get("/manage").await.status, 200);
        server.clock.advance(SignedDuration::from_hours(1));
        expect_logged_out(&browser.get("/manage").await);
    }
}
