//! Clickjacking (RFC 9700 section 4.16): no page can be shown in a frame of another site.

use crate::support::pages::{Party, page_routes};
use crate::support::{Answer, Browser, InProcess, PASSWORD};

#[track_caller]
fn expect_no_frame(answer: &Answer) {
    // One policy, with that directive once: of several values a browser may take another.
    let policies: Vec<&str> = answer
        .headers
        .get_all("content-security-policy")
        .iter()
        .map(|value| value.to_str().unwrap())
        .collect();
    let [policy] = policies[..] else { panic!("{} policies: {answer}", policies.len()) };
    let ancestors: Vec<&str> = policy
        .split(';')
        .map(str::trim)
        .filter(|directive| directive.starts_with("frame-ancestors"))
        .collect();
    assert_eq!(ancestors, ["frame-ancestors 'none'"], "{answer}");
    // For browsers that know no such policy.
    let options: Vec<&str> = answer
        .headers
        .get_all("x-frame-options")
        .iter()
        .map(|value| value.to_str().unwrap())
        .collect();
    assert_eq!(options, ["DENY"], "{answer}");
}

both_engines! {
    async fn no_page_can_be_framed_whoever_opens_it(server: &Server) {
        let (party, stranger) = (Party::new(server).await, Browser::new(&server.url));
        for route in page_routes().iter().filter(|route| route.get) {
            for browser in [&party.browser, &stranger] {
                expect_no_frame(&browser.get(&party.path(route)).await);
            }
        }
    }

    async fn no_answer_to_a_form_can(server: &Server) {
        let (party, stranger) = (Party::new(server).await, Browser::new(&server.url));
        let csrf = [party.browser.csrf("manage").await, party.browser.csrf("developers").await];
        // Log-outs last, and with what the pages then show.
        let mut routes: Vec<_> = page_routes().into_iter().filter(|route| route.post).collect();
        routes.sort_by_key(|route| route.template.ends_with("/logout"));
        for route in routes {
            let csrf = &csrf[usize::from(route.template.starts_with("/developers"))];
            expect_no_frame(&party.browser.post(&party.path(&route), &[("csrf".into(), csrf.clone())]).await);
            expect_no_frame(&stranger.post(&party.path(&route), &[]).await);
        }
    }

    async fn no_step_on_an_owners_way_can(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (app, native, (portal, browser)) = (server.app().await, server.app_with(&["http://127.0.0.1/cb"], "customers.read").await, server.portal_and_browser().await);
        let loopback = native.ask().with("scope", "customers.read").with("redirect_uri", "http://127.0.0.1:5000/cb");
        for ask in [app.ask().with("prompt", "consent"), app.ask().with("prompt", "login"), app.ask().with("scope", "x"), app.ask().with("client_id", "x"), loopback] {
            expect_no_frame(&browser.get(&ask.path()).await);
        }
        // Nothing that a request says gets into the policy.
        for next in ["/oauth/authorize?redirect_uri=https://a;frame-ancestors *", "; frame-ancestors *", "%0d%0aX-Frame-Options: ALLOWALL"] {
            let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("next", next).finish();
            expect_no_frame(&Browser::new(&server.url).get(&format!("/manage/login?{query}")).await);
        }
        // Between the password and the second factor, and before something sensitive.
        crate::support::Authenticator::set_up(&browser, &server.clock).await;
        let half_way = Browser::new(&server.url);
        expect_no_frame(&half_way.log_in(&portal.owner_email, PASSWORD).await);
        expect_no_frame(&half_way.get("/manage/login/second-factor").await);
        expect_no_frame(&browser.get("/manage/reauthenticate").await);
    }
}
