//! Pushed authorization requests (RFC 9126): validated when pushed, bound to one app, for one
//! decision.

use jiff::SignedDuration;
use klantportaal::clients::AppProtection;
use klantportaal::db::{Single, ToParam};

use crate::support::{Answer, Back, Browser, CALLBACK, InProcess, PASSWORD, SCOPE, Tokens};

/// The page of somebody who decided before, and now otherwise.
#[track_caller]
fn expect_decided(answer: &Answer) {
    assert_eq!((answer.status, answer.header("location")), (409, None), "{answer}");
    assert!(answer.text().contains("al beantwoord"), "{answer}");
}

/// The page that an owner sees when the app cannot be told.
#[track_caller]
fn expect_page_of_refusal(answer: &Answer) {
    assert_eq!((answer.status, answer.header("location")), (400, None), "{answer}");
    assert!(answer.text().contains("invalid_request_uri"), "{answer}");
}

both_engines! {
    async fn a_pushed_request_is_consented_to_once(server: &Server) {
        let (app, (_, browser)) = (server.app().await, server.portal_and_browser().await);
        let pushed = app.push(&app.ask()).await;
        let body = pushed.expect(201);
        assert_eq!(body["expires_in"], 90, "{pushed}");
        assert_eq!(pushed.header("cache-control"), Some("no-store"), "{pushed}");
        let request_uri = body["request_uri"].as_str().unwrap();
        assert!(request_uri.starts_with("urn:ietf:params:oauth:request_uri:kpq_"), "{pushed}");
        let ask = app.pushed(request_uri);
        // What else stands in the address counts for nothing (RFC 9101 section 5).
        let form = ask.clone().and("scope", "files.read").and("state", "other").and("redirect_uri", "https://evil.example/").form(&browser).await;
        let back = Back::of(&form.with("decision", "allow").send(&browser).await);
        assert_eq!((back.uri.as_str(), back.get("state")), (CALLBACK, Some("xyz")));
        let answer = app.exchange(&back.code()).await;
        assert_eq!(answer.expect(200)["scope"], "customers.read customers.write");
        server.bearer(&Tokens::of(&answer).access).get("/v1/customers").await.expect(200);
        // Nobody else can do anything with it from now on.
        let (_, other) = server.portal_and_browser().await;
        for browser in [&other, &Browser::new(&server.url)] {
            expect_page_of_refusal(&browser.get(&ask.path()).await);
        }
    }

    /// A double click, or Back and the same button again: the browser shows the second answer only.
    async fn the_same_decision_again_leads_to_the_app_again(server: &Server) {
        let (app, (portal, browser)) = (server.app().await, server.portal_and_browser().await);
        let ask = app.ask_pushed(&app.ask().with("prompt", "consent")).await;
        let form = ask.form(&browser).await.with("decision", "allow");
        let codes = [Back::of(&form.send(&browser).await).code(), Back::of(&form.send(&browser).await).code()];
        assert_ne!(codes[0], codes[1], "each code is for one use");
        server.bearer(&Tokens::of(&app.exchange(&codes[1]).await).access).get("/v1/customers").await.expect(200);
        // The page is there again too, also where the first time there was nothing to ask.
        let unasked = app.ask_pushed(&app.ask()).await;
        Back::of(&browser.get(&unasked.path()).await).code();
        for ask in [&ask, &unasked] {
            let form = browser.page(&ask.path()).await.form().with("decision", "allow");
            app.exchange(&Back::of(&form.send(&browser).await).code()).await.expect(200);
        }
        let ask = app.ask_pushed(&app.ask().with("prompt", "consent")).await;
        let form = ask.form(&browser).await.with("decision", "deny");
        for _ in 0..2 {
            Back::of(&form.send(&browser).await).expect_error("access_denied", Some("xyz"));
        }
        let grants = klantportaal::oauth::ConnectedApp::list(&portal.store).await.unwrap();
        assert_eq!(grants.len(), 1);
    }

    async fn another_decision_on_one_request_is_none(server: &Server) {
        let (app, (portal, browser)) = (server.app_with_optional(&[CALLBACK], SCOPE, "customers.write").await, server.portal_and_browser().await);
        let second = server.further_portal(&portal, "Tweede").await;
        let ask = app.ask_pushed(&app.ask().with("prompt", "consent")).await;
        let form = ask.form(&browser).await.with("portal", portal.id.as_str());
        Back::of(&form.clone().with("decision", "allow").send(&browser).await).code();
        for other in [
            form.clone().with("decision", "deny"),
            form.clone().with("decision", "allow").with("portal", second.as_str()),
            form.clone().with("decision", "allow").without("scope"),
        ] {
            expect_decided(&other.send(&browser).await);
        }
        let denied = app.ask_pushed(&app.ask().with("prompt", "consent")).await;
        let form = denied.form(&browser).await.with("portal", portal.id.as_str());
        Back::of(&form.clone().with("decision", "deny").send(&browser).await).expect_error("access_denied", Some("xyz"));
        expect_decided(&form.with("decision", "allow").send(&browser).await);
        expect_decided(&browser.get(&denied.path()).await);
    }

    async fn of_two_decisions_at_once_there_is_one_unless_they_are_the_same(server: &Server) {
        let (app, (portal, browser)) = (server.app().await, server.portal_and_browser().await);
        for (second, answered) in [("allow", 2), ("deny", 1)] {
            let ask = app.ask_pushed(&app.ask().with("prompt", "consent")).await;
            let form = ask.form(&browser).await;
            let forms = ["allow", second].map(|decision| form.clone().with("decision", decision));
            let (one, other) = tokio::join!(forms[0].send(&browser), forms[1].send(&browser));
            let back = [&one, &other].iter().filter(|answer| answer.status == 303).count();
            assert_eq!(back, answered, "{one} {other}");
        }
        assert!(klantportaal::oauth::ConnectedApp::list(&portal.store).await.unwrap().len() <= 1);
    }

    async fn a_request_is_checked_when_it_is_pushed(server: &Server) {
        let app = server.app().await;
        for (ask, error) in [
            (app.ask().with("redirect_uri", "https://evil.example/"), "invalid_request"),
            (app.ask().without("redirect_uri"), "invalid_request"),
            (app.ask().without("state"), "invalid_request"),
            (app.ask().and("state", "2"), "invalid_request"),
            (app.ask().with("response_type", "token"), "unsupported_response_type"),
            (app.ask().without("response_type"), "invalid_request"),
            (app.ask().with("scope", "files.read"), "invalid_scope"),
            (app.ask().with("scope", "nonsense"), "invalid_scope"),
            (app.ask().with("code_challenge", "x").and("code_challenge_method", "plain"), "invalid_request"),
            (app.ask().and("request_uri", "urn:ietf:params:oauth:request_uri:kpq_x"), "invalid_request"),
            (app.ask().and("request", "e30.e30."), "request_not_supported"),
        ] {
            app.push(&ask).await.expect_oauth_error(error);
        }
        let get = Answer::to(server.http.get(format!("{}/oauth/par", server.url))).await;
        get.expect_oauth_status(405, "invalid_request");
        assert_eq!(get.header("allow"), Some("POST"), "{get}");
        let json = Answer::to(server.http.post(format!("{}/oauth/par", server.url)).header("content-type", "text/plain").body("x")).await;
        json.expect_oauth_error("invalid_request");
    }

    async fn only_what_is_a_request_is_kept(server: &Server) {
        for app in [server.app().await, server.public_app().await] {
            let ask = app.ask().with_challenge().and("nonce", "n").and("junk", &"x".repeat(6_000)).and("code", "y");
            app.push(&ask).await.expect(201);
            let kept = "SELECT parameters AS value FROM pushed_requests WHERE app_id = ?1";
            let Single(kept) = server.db.row::<Single<String>>(kept, &[app.id.to_param()]).await.unwrap().unwrap();
            let mut names: Vec<String> = url::form_urlencoded::parse(kept.as_bytes()).map(|(name, _)| name.into_owned()).collect();
            names.sort();
            assert_eq!(names, ["code_challenge", "code_challenge_method", "redirect_uri", "response_type", "scope", "state"], "and no secret");
            // What is longer is not even read.
            app.push(&ask.with("junk", &"x".repeat(8_192))).await.expect_oauth_status(413, "invalid_request");
            app.push(&app.ask().with("state", &"x".repeat(7_000))).await.expect(201);
        }
    }

    async fn what_an_app_pushes_is_bounded(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (app, other, confidential) = (server.public_app().await, server.public_app().await, server.app().await);
        // 300, and one more for each two seconds that this takes.
        let mut pushed = 0;
        let slowed = loop {
            let answer = app.push(&app.ask()).await;
            if answer.status == 429 {
                break answer;
            }
            answer.expect(201);
            pushed += 1;
            assert!(pushed < 3_000, "never slowed");
        };
        assert!(pushed >= 300, "slowed after {pushed}");
        slowed.expect_oauth_status(429, "temporarily_unavailable");
        assert!((1..=2).contains(&slowed.number("retry-after")), "{slowed}");
        let kept = "SELECT COUNT(*) AS value FROM pushed_requests WHERE app_id = ?1";
        assert_eq!(server.db.row::<Single<i64>>(kept, &[app.id.to_param()]).await.unwrap().unwrap().0, pushed);
        // Nobody else waits for it: not another app, nor one that authenticates.
        other.push(&other.ask()).await.expect(201);
        for _ in 0..310 {
            confidential.push(&confidential.ask()).await.expect(201);
        }
        server.clock.advance(SignedDuration::from_secs(slowed.number("retry-after")));
        app.push(&app.ask()).await.expect(201);
    }

    async fn a_reference_that_does_not_count_is_told_to_the_app_if_the_address_says_where_it_is(server: &Server) {
        let (app, other, (_, browser)) = (server.app().await, server.app().await, server.portal_and_browser().await);
        let (own, foreign) = (app.ask_pushed(&app.ask()).await, other.ask_pushed(&other.ask()).await);
        own.allow(&browser).await.code();
        let (_, browser) = server.portal_and_browser().await;
        let foreign = foreign.with("client_id", app.id.as_str());
        for ask in [own, foreign, app.pushed("urn:ietf:params:oauth:request_uri:kpq_x")] {
            let ask = ask.and("redirect_uri", CALLBACK).and("state", "abc");
            Back::of(&browser.get(&ask.path()).await).expect_error("invalid_request_uri", Some("abc"));
            expect_page_of_refusal(&browser.get(&ask.clone().with("redirect_uri", "https://evil.example/").path()).await);
            expect_page_of_refusal(&browser.get(&ask.clone().and("redirect_uri", CALLBACK).path()).await);
            expect_page_of_refusal(&browser.get(&ask.without("redirect_uri").path()).await);
        }
        // One that is none of ours is another matter.
        Back::of(&browser.get(&app.ask().and("request_uri", "https://app.example/request").path()).await).expect_error("request_uri_not_supported", Some("xyz"));
    }

    async fn only_an_app_that_is_known_pushes(server: &Server) {
        let (app, other) = (server.app().await, server.app().await);
        let ask = app.ask();
        app.post("/oauth/par", &ask.pairs(), &[]).await.expect_oauth_error("invalid_client");
        other.with_secret("kps_x".into()).push(&ask).await.expect_oauth_error("invalid_client");
        let basic = crate::support::basic(other.id.as_str(), &other.secret);
        // The request's client_id and the app that authenticates are one.
        app.post("/oauth/par", &ask.pairs(), &[("authorization", &basic)]).await.expect_oauth_error("invalid_request");
        let basic = crate::support::basic(app.id.as_str(), &app.secret);
        app.post("/oauth/par", &ask.pairs(), &[("authorization", &basic)]).await.expect(201);
        app.post("/oauth/par", &ask.without("client_id").pairs(), &[("authorization", &basic)]).await.expect(201);
    }

    async fn a_request_is_bound_to_its_app(server: &Server) {
        let (app, other, (_, browser)) = (server.app().await, server.app().await, server.portal_and_browser().await);
        let ask = app.ask_pushed(&app.ask()).await;
        expect_page_of_refusal(&browser.get(&ask.clone().with("client_id", other.id.as_str()).path()).await);
        for wrong in ["urn:ietf:params:oauth:request_uri:", "urn:ietf:params:oauth:request_uri:kpq_x", "urn:ietf:params:oauth:request_uri:\u{0}"] {
            expect_page_of_refusal(&browser.get(&app.pushed(wrong).path()).await);
        }
        assert_eq!(browser.get(&ask.without("client_id").path()).await.status, 400);
        ask.allow(&browser).await.code();
    }

    async fn whoever_is_not_logged_in_comes_back_to_the_request(server: &Server) {
        let (app, portal) = (server.app().await, server.portal().await);
        let stranger = Browser::new(&server.url);
        let ask = app.ask_pushed(&app.ask()).await;
        let to_log_in = stranger.get(&ask.path()).await;
        let form = stranger.page(to_log_in.header("location").unwrap()).await.form().with("email", &portal.owner_email).with("password", PASSWORD);
        assert_eq!(form.send(&stranger).await.header("location"), Some(ask.path().as_str()));
        ask.allow(&stranger).await.code();
    }

    async fn prompt_login_of_a_pushed_request_asks_for_the_password_once(server: &Server) {
        let (app, (portal, browser)) = (server.app().await, server.portal_and_browser().await);
        let ask = app.ask_pushed(&app.ask().with("prompt", "login")).await;
        let to_log_in = browser.get(&ask.path()).await;
        assert_eq!(to_log_in.status, 303, "{to_log_in}");
        let form = browser.page(to_log_in.header("location").unwrap()).await.form().with("email", &portal.owner_email).with("password", PASSWORD);
        let back = form.send(&browser).await;
        ask.allow(&browser).await.code();
        assert_eq!(back.header("location"), Some(ask.path().as_str()));
    }

    async fn an_app_can_refuse_requests_that_were_not_pushed(server: &Server) {
        let (app, (_, browser)) = (server.app().await, server.portal_and_browser().await);
        let on = AppProtection { require_pushed_requests: true, ..AppProtection::default() };
        on.save(&server.db, &app.developer, &app.id).await.unwrap();
        Back::of(&browser.get(&app.ask().path()).await).expect_error("invalid_request", Some("xyz"));
        // Nor is a foreign reference any help, and an unknown address is not sent to.
        Back::of(&browser.get(&app.ask().and("request_uri", "https://app.example/request").path()).await).expect_error("invalid_request", Some("xyz"));
        assert_eq!(browser.get(&app.ask().with("redirect_uri", "https://evil.example/").path()).await.status, 400);
        app.ask_pushed(&app.ask()).await.allow(&browser).await.code();
        let other = server.app().await;
        assert!(on.save(&server.db, &other.developer, &app.id).await.is_err(), "another developer's app");
    }

    async fn a_request_ends_soon_unless_it_is_opened(engine: Engine) {
        let server = InProcess::stopped(engine).await;
        let (app, (_, browser)) = (server.app().await, server.portal_and_browser().await);
        let (late, in_time) = (app.ask_pushed(&app.ask().with("prompt", "consent")).await, app.ask_pushed(&app.ask().with("prompt", "consent")).await);
        server.clock.advance(SignedDuration::from_secs(80));
        let form = in_time.form(&browser).await.with("decision", "allow");
        server.clock.advance(SignedDuration::from_secs(10));
        expect_page_of_refusal(&browser.get(&late.path()).await);
        klantportaal::oauth::clean_up(&server.cleaner(), server.clock.now()).await.unwrap();
        // Who opened it in time has half an hour to log in and decide, and opening it again gives
        // no more.
        server.clock.advance(SignedDuration::from_mins(25));
        in_time.form(&browser).await;
        // To allow something new, the person must have authenticated lately.
        let proof = browser.page("/manage/reauthenticate").await.form().with("password", PASSWORD);
        assert_eq!(proof.send(&browser).await.status, 303);
        Back::of(&form.send(&browser).await).code();
        let opened = app.ask_pushed(&app.ask().with("prompt", "consent")).await;
        opened.form(&browser).await;
        server.clock.advance(SignedDuration::from_mins(20));
        let form = opened.form(&browser).await.with("decision", "allow");
        server.clock.advance(SignedDuration::from_mins(10));
        expect_page_of_refusal(&form.send(&browser).await);
    }
}
