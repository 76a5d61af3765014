//! The password is asked again before what a thief of a session should not be able to do.

use std::collections::BTreeSet;

use jiff::SignedDuration;

use crate::support::pages::{Party, page_routes};
use crate::support::{Answer, Browser, InProcess, PASSWORD, Page};

const NEW_KEY: &str = "/manage/settings/api-keys/new";

/// Forms for those who are logged in that do not ask, with the reason. `{site}` is either site.
const WITHOUT: &[(&str, &str)] = &[
    ("{site}/account", "asks for the password itself"),
    ("{site}/account/sessions/*", "only ends sessions"),
    ("{site}/login/*", "is how one logs in"),
    ("{site}/logout", "ends the session"),
    ("{site}/reauthenticate*", "is how the password is given again"),
    ("/manage/portals", "opens another portal of the person's own"),
    ("/developers/organisations", "opens another developer that the person belongs to"),
    ("/manage/portals/new", "makes an empty portal, and nothing of what there is is touched"),
    ("/developers/welcome", "makes an empty developer"),
    ("/developers/sandboxes/new", "makes a portal with example data"),
    ("/manage/settings/team/invitations/{id}/withdraw", "lets nobody in, and can be sent again"),
    ("/developers/team/invitations/{id}/withdraw", "the same"),
    ("/manage/customers*", "a business's own data, the daily work"),
    ("/manage/customer-groups*", "the same"),
    ("/manage/device", "consent, as at /oauth/authorize, where an app may ask for prompt=login"),
];

/// Whether an entry of [`WITHOUT`] means a route; `*` at its end stands for anything.
fn is_meant(entry: &str, template: &str) -> bool {
    ["/manage", "/developers"].iter().any(|site| {
        let entry = entry.replace("{site}", site);
        entry.strip_suffix('*').map_or(entry == template, |start| template.starts_with(start))
    })
}

fn is_asked(answer: &Answer) -> bool {
    answer.status == 303
        && answer.header("location").is_some_and(|to| to.contains("/reauthenticate?next=%2F"))
}

/// Where to give the password again.
#[track_caller]
fn asked(answer: &Answer) -> String {
    assert!(is_asked(answer), "{answer}");
    answer.header("location").unwrap().to_owned()
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
        let (party, stranger) = (Party::new(&server).await, Browser::new(&server.url));
        // With it the password alone would not log in below.
        server.db.execute("DELETE FROM passkeys", &[]).await.unwrap();
        server.clock.advance(SignedDuration::from_mins(21));
        let (mut asking, mut excepted, mut forgotten) = (0, BTreeSet::new(), Vec::new());
        for route in page_routes().into_iter().filter(|route| route.post) {
            let site = if route.template.starts_with("/developers") { "developers" } else { "manage" };
            let path = party.path(&route);
            // A form before this one may have ended the session.
            if party.browser.get(&format!("/{site}/account")).await.status == 303 {
                let form = party.browser.page(&format!("/{site}/login")).await.form().with("email", &party.email).with("password", PASSWORD);
                assert_eq!(form.send(&party.browser).await.header("location"), Some(format!("/{site}").as_str()));
                server.clock.advance(SignedDuration::from_mins(21));
            }
            let post = async |browser: &Browser| browser.post(&path, &[("csrf".to_owned(), browser.csrf(site).await)]).await;
            let asks = is_asked(&post(&party.browser).await);
            let reason = WITHOUT.iter().find(|(template, _)| is_meant(template, &route.template));
            match reason {
                Some((template, reason)) => {
                    assert!(!asks, "{path} asks: take {template} ({reason}) out of the list");
                    excepted.insert(*template);
                }
                None => {
                    let is_public = !post(&stranger).await.header("location").is_some_and(|to| to.starts_with(&format!("/{site}/login")));
                    if !asks && !is_public {
                        forgotten.push(route.template);
                    }
                }
            }
            asking += usize::from(asks);
        }
        assert!(forgotten.is_empty(), "these do not ask; if they need not, say why in WITHOUT: {forgotten:#?}");
        assert!(asking >= 30, "only {asking}");
        assert_eq!(excepted.len(), WITHOUT.len(), "of WITHOUT only these are forms: {excepted:?}");
    }

    async fn nothing_is_revoked_without_it(engine: Engine) {
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
