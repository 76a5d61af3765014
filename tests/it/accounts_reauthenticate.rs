//! The password is asked again before what a thief of a session should not be able to do.

use jiff::SignedDuration;

use crate::support::{Answer, Browser, InProcess, PASSWORD, Page};

const NEW_KEY: &str = "/manage/settings/api-keys/new";

/// Where to give the password again.
#[track_caller]
fn asked(answer: &Answer) -> String {
    let location = answer.header("location").unwrap_or_default();
    assert!(answer.status == 303 && location.contains("/reauthenticate?next="), "{answer}");
    location.to_owned()
}

async fn give(browser: &Browser, page: &str, password: &str) -> Answer {
    browser.page(page).await.form().with("password", password).send(browser).await
}

both_engines! {
    async fn after_ten_minutes_the_password_is_asked_before_the_form_is_shown(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (portal, browser) = server.portal_and_browser().await;
        let key = portal.key().await;
        server.clock.advance(SignedDuration::from_mins(9));
        assert_eq!(browser.get(NEW_KEY).await.status, 200);
        server.clock.advance(SignedDuration::from_mins(1));
        for page in [NEW_KEY.to_owned(), format!("/manage/settings/api-keys/{}/revoke", key.id)] {
            asked(&browser.get(&page).await);
        }
        assert_eq!(browser.get("/manage/settings/api-keys").await.status, 200, "looking is not asked for");
        let page = asked(&browser.get(&format!("{NEW_KEY}?a=b")).await);
        let wrong = give(&browser, &page, "onjuist").await;
        assert!(wrong.status == 200 && Page::of(&wrong).says("field-password-error"), "{wrong}");
        asked(&browser.get(NEW_KEY).await);
        let right = give(&browser, &page, PASSWORD).await;
        assert_eq!((right.status, right.header("location")), (303, Some("/manage/settings/api-keys/new?a=b")), "{right}");
        assert_eq!(browser.get(NEW_KEY).await.status, 200);
    }

    async fn a_form_that_was_shown_may_take_ten_minutes_more(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (portal, browser) = server.portal_and_browser().await;
        let form = browser.page(NEW_KEY).await.form().with("name", "kassa").with("scope", "customers.read");
        server.clock.advance(SignedDuration::from_mins(19));
        assert!(Page::of(&form.clone().send(&browser).await).says("kpk_"));
        server.clock.advance(SignedDuration::from_mins(2));
        asked(&form.send(&browser).await);
        let keys = klantportaal::auth::ApiKey::list(&portal.store, jiff::Timestamp::now()).await.unwrap();
        assert_eq!(keys.len(), 1, "the second was not made");
    }

    async fn nothing_sensitive_is_done_without_it(engine: Engine) {
        let server = InProcess::start(engine).await;
        let ((portal, browser), app) = (server.portal_and_browser().await, server.app().await);
        let key = portal.key().await;
        let token = app.connect(&browser).await.access;
        let grant = browser.page("/manage/settings/connected-apps").await;
        let (_, rest) = grant.html.split_once("/connected-apps/grt_").unwrap();
        let grant = format!("grt_{}", rest.split('/').next().unwrap());
        let csrf = browser.page(NEW_KEY).await.form().field("csrf").unwrap().to_owned();
        server.clock.advance(SignedDuration::from_mins(21));
        for path in [format!("/manage/settings/api-keys/{}/revoke", key.id), format!("/manage/settings/connected-apps/{grant}/revoke")] {
            asked(&browser.get(&path).await);
            asked(&browser.post(&path, &[("csrf".to_owned(), csrf.clone())]).await);
        }
        key.get("/v1/customers").await.expect(200);
        server.bearer(&token).get("/v1/customers").await.expect(200);
    }

    async fn it_leads_to_our_own_pages_only_and_is_for_those_who_are_logged_in(server: &Server) {
        let (_, browser) = server.portal_and_browser().await;
        for next in ["https%3A%2F%2Fevil.example", "%2F%2Fevil.example", "%2F%5Cevil.example", ""] {
            let answer = give(&browser, &format!("/manage/reauthenticate?next={next}"), PASSWORD).await;
            assert_eq!((answer.status, answer.header("location")), (303, Some("/manage")), "{next}");
        }
        let form = browser.page("/manage/reauthenticate").await.form().with("password", PASSWORD);
        assert_eq!(form.clone().without("csrf").send(&browser).await.status, 403);
        let stranger = Browser::new(&server.url);
        assert!(stranger.get("/manage/reauthenticate").await.header("location").unwrap().starts_with("/manage/login"));
    }

    async fn guessing_the_password_is_slowed_down(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (_, browser) = server.portal_and_browser().await;
        let form = browser.page("/manage/reauthenticate").await.form();
        for _ in 0..8 {
            assert_eq!(form.clone().with("password", "onjuist").send(&browser).await.status, 200);
        }
        for password in ["onjuist", PASSWORD] {
            assert_eq!(form.clone().with("password", password).send(&browser).await.status, 429);
        }
        server.clock.advance(SignedDuration::from_mins(8));
        assert_eq!(form.with("password", PASSWORD).send(&browser).await.status, 303);
    }
}
