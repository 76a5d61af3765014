//! Attacks on the receiver of the developer portal: a code that somebody else brings, one that is read on
//! its way, one that is used again, and tokens that are not for trying.

use jiff::SignedDuration;
use url::Url;

use crate::receiver::{Trying, token};
use crate::support::{Browser, InProcess, Page};

/// The same address with another value of a parameter; `None` leaves it out.
fn changed(address: &str, name: &str, value: Option<&str>) -> String {
    let mut url = Url::parse(address).unwrap();
    let others: Vec<(String, String)> =
        url.query_pairs().into_owned().filter(|(known, _)| known != name).collect();
    url.query_pairs_mut().clear().extend_pairs(others);
    if let Some(value) = value {
        url.query_pairs_mut().append_pair(name, value);
    }
    url.into()
}

both_engines! {
    async fn a_code_is_only_taken_by_the_session_that_asked_for_it(engine: Engine) {
        let server = InProcess::start(engine).await;
        let trying = Trying::new(&server, server.app().await).await;
        let stranger = Trying::new(&server, server.app().await).await;
        let (back, strangers) = (trying.back().await, stranger.back().await);
        // Neither a stranger's browser, nor one without a session, nor the victim's with the stranger's code.
        for (browser, address) in [
            (&stranger.browser, &back),
            (&Browser::new(&server.url), &back),
            (&trying.browser, &strangers),
        ] {
            let answer = browser.get(address).await;
            assert_eq!((answer.status, answer.header("location")), (400, None), "{answer}");
            assert!(!answer.text().contains("kpc_"), "{answer}");
        }
        let state = Url::parse(&back).unwrap().query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
        for (name, value) in [
            ("state", None),
            ("state", Some("")),
            ("state", Some("xyz")),
            ("state", Some(&state[1..])),
            ("iss", None),
            ("iss", Some("https://evil.example")),
        ] {
            let answer = trying.browser.get(&changed(&back, name, value)).await;
            assert_eq!((answer.status, answer.header("location")), (400, None), "{name} {value:?}: {answer}");
        }
        let twice = trying.browser.get(&format!("{back}&code=kpc_other")).await;
        assert_eq!(twice.status, 400, "{twice}");
        // The sealed code is worth as little elsewhere: in another session, and for another app.
        let arrived = trying.browser.get(&back).await.header("location").unwrap().to_owned();
        let elsewhere = stranger.browser.get(&arrived).await;
        assert_eq!(elsewhere.status, 404, "{elsewhere}");
        let own = arrived.replace(trying.app.id.as_str(), stranger.app.id.as_str());
        let refused = stranger.browser.get(&own).await;
        assert_eq!((refused.status, refused.header("location")), (303, Some(&*stranger.path())), "{refused}");
        let form = stranger.form(&strangers).await.with("arrived", arrived.split_once("arrived=").unwrap().1);
        let refused = stranger.exchange(&form, &stranger.app.secret).await;
        assert_eq!((refused.status, refused.header("location")), (303, Some(&*stranger.path())), "{refused}");
        // Nothing of this used the code.
        let form = trying.form(&back).await;
        token(&trying.exchange(&form, &trying.app.secret).await);
    }

    async fn a_request_that_began_long_ago_is_answered_no_more(engine: Engine) {
        let server = InProcess::start(engine).await;
        let trying = Trying::new(&server, server.app().await).await;
        let back = trying.back().await;
        server.clock.advance(SignedDuration::from_mins(61));
        assert_eq!(trying.browser.get(&back).await.status, 400);
    }

    async fn a_code_is_in_the_address_of_no_page(engine: Engine) {
        let server = InProcess::start(engine).await;
        let trying = Trying::new(&server, server.app().await).await;
        let back = trying.back().await;
        let code = Url::parse(&back).unwrap().query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned();
        let arrived = trying.browser.get(&back).await;
        let location = arrived.header("location").unwrap();
        assert!(arrived.status == 303 && location.starts_with("/developers/") && !location.contains(&code), "{arrived}");
        let page = trying.browser.page(location).await;
        assert!(!page.html.contains(&code), "{}", page.html);
        // Nor in that of the log-in page, if the session has ended.
        let refused = Browser::new(&server.url).get(&back).await;
        assert!(refused.status == 400 && !refused.text().contains(&code), "{refused}");
    }

    async fn a_second_attempt_ends_nothing(engine: Engine) {
        let server = InProcess::start(engine).await;
        let trying = Trying::new(&server, server.app().await).await;
        let back = trying.back().await;
        let form = trying.form(&back).await;
        let access = token(&trying.exchange(&form, &trying.app.secret).await);
        // The same form again, and a new one after going back in the browser.
        for form in [form, trying.form(&back).await] {
            let again = trying.exchange(&form, &trying.app.secret).await;
            assert_eq!((again.status, again.header("location")), (303, Some(&*trying.path())), "{again}");
            server.bearer(&access).get("/v1/portal").await.expect(200);
        }
        let wrong = trying.exchange(&trying.form(&back).await, "kps_wrong").await;
        assert!(!wrong.text().contains("kpa_"), "{wrong}");
        server.bearer(&access).get("/v1/portal").await.expect(200);
    }

    async fn two_attempts_at_once_give_one_token(engine: Engine) {
        let server = InProcess::start(engine).await;
        let trying = Trying::new(&server, server.app().await).await;
        let back = trying.back().await;
        let (one, other) = (trying.form(&back).await, trying.form(&back).await);
        let secret = trying.app.secret.as_str();
        let answers = tokio::join!(trying.exchange(&one, secret), trying.exchange(&other, secret));
        let mut statuses = [answers.0.status, answers.1.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 303], "{} {}", answers.0, answers.1);
        let shown = if answers.0.status == 200 { &answers.0 } else { &answers.1 };
        server.bearer(&token(shown)).get("/v1/portal").await.expect(200);
    }

    async fn tokens_of_another_portal_are_revoked_and_not_shown(engine: Engine) {
        let server = InProcess::start(engine).await;
        let trying = Trying::new(&server, server.app().await).await;
        let business = trying.business().await;
        let form = trying.form(&trying.consent(&business).await).await;
        let answer = trying.exchange(&form, &trying.app.secret).await;
        assert_eq!((answer.status, answer.header("location")), (303, Some(&*trying.path())), "{answer}");
        assert!(!answer.text().contains("kpa_") && !trying.has_tokens().await, "{answer}");
    }

    async fn wrong_secrets_count_like_those_at_the_token_endpoint(engine: Engine) {
        let server = InProcess::stopped(engine).await;
        let trying = Trying::new(&server, server.app().await).await;
        let mut form = trying.form(&trying.back().await).await;
        for attempt in 0..210 {
            let answer = trying.exchange(&form, &format!("kps_{attempt}")).await;
            if answer.status == 429 {
                let direct = trying.app.with_secret("kps_wrong".into()).exchange("kpc_nonsense").await;
                assert_eq!(direct.status, 429, "{direct}");
                return;
            }
            form = Page::of(&answer).form();
        }
        panic!("never slowed");
    }
}
