//! Reaching the consent page through a forgotten password, a new account, an unverified address, a
//! second factor, a new portal, an invitation: each leads back to the app's request.

use klantportaal::db::ToParam;

use crate::support::{
    Answer, Ask, Authenticator, Back, Browser, InProcess, Instance, PASSWORD, Page, Portal,
};

const OTHER_PASSWORD: &str = "een heel ander wachtwoord";

fn fresh_address() -> String {
    format!("nieuw-{:016x}@example.nl", rand::random::<u64>())
}

/// Path and query of a redirect.
#[track_caller]
fn way(answer: &Answer) -> String {
    assert_eq!(answer.status, 303, "{answer}");
    answer.header("location").unwrap().to_owned()
}

/// The log-in page to which an app's request leads.
async fn log_in_page(browser: &Browser, ask: &Ask) -> Page {
    browser.page(&way(&browser.get(&ask.path()).await)).await
}

#[track_caller]
fn link_to(page: &Page, path: &str) -> String {
    let found = page.links().into_iter().find(|link| link.split('?').next() == Some(path));
    found.unwrap_or_else(|| panic!("no link to {path} in {}", page.html))
}

/// Logs in on a page that carries where to go on, and allows what the app asks there.
async fn log_in_and_allow(browser: &Browser, page: &Page, email: &str, password: &str, ask: &Ask) {
    let form = page.form().with("email", email).with("password", password);
    let on = way(&form.send(browser).await);
    assert_eq!(
        on.replace(
            "urn:ietf:params:oauth:request_uri:",
            "urn%3Aietf%3Aparams%3Aoauth%3Arequest_uri%3A"
        ),
        ask.path()
    );
    allow(browser, &on).await;
}

async fn allow(browser: &Browser, path: &str) {
    let form = browser.page(path).await.form().with("decision", "allow");
    let back = Back::of(&form.send(browser).await);
    assert_eq!(back.get("state"), Some("a b;c\"&next=/manage"));
    back.code();
    // What was asked is answered: no later link in a mail leads there again.
    assert_eq!(browser.cookie("next"), None);
}

async fn register(browser: &Browser, page: &Page, email: &str) {
    let form = page.form().with("organisation", "Nieuwe Zaak").with("name", "Noor");
    let answer = form.with("email", email).with("password", PASSWORD).send(browser).await;
    assert_eq!(answer.status, 200, "{answer}");
}

/// Somebody without a portal.
async fn without_portal(server: &Instance) -> (Portal, Browser) {
    let portal = server.portal().await;
    let leave = "DELETE FROM portal_members WHERE portal_id = ?1";
    server.db.execute(leave, &[portal.id.to_param()]).await.unwrap();
    let browser = Browser::new(&server.url);
    assert_eq!(browser.log_in(&portal.owner_email, PASSWORD).await.status, 303);
    (portal, browser)
}

both_engines! {
    async fn a_forgotten_password_leads_back(engine: Engine) {
        let server = &InProcess::start(engine).await;
        let (app, portal, browser) = (server.app().await, server.portal().await, Browser::new(&server.url));
        let ask = app.ask().with("state", "a b;c\"&next=/manage");
        let page = log_in_page(&browser, &ask).await;
        let forgot = browser.page(&link_to(&page, "/manage/forgot-password")).await;
        // There and back to the log-in page nothing is lost either.
        let log_in = browser.page(&link_to(&forgot, "/manage/login")).await;
        assert_eq!(log_in.form().field("next"), Some(ask.path().as_str()));
        assert_eq!(forgot.form().with("email", &portal.owner_email).send(&browser).await.status, 200);
        let link = server.mailbox(&portal.owner_email).link(1).await;
        assert!(!link.contains("next") && !link.contains("authorize"), "the mail is no place for it: {link}");
        let form = browser.page(&link).await.form().with("password", OTHER_PASSWORD);
        let page = browser.page(&way(&form.send(&browser).await)).await;
        log_in_and_allow(&browser, &page, &portal.owner_email, OTHER_PASSWORD, &ask).await;
    }

    async fn a_new_account_leads_back(engine: Engine) {
        let server = &InProcess::start(engine).await;
        let (app, email, browser) = (server.app().await, fresh_address(), Browser::new(&server.url));
        let ask = app.ask().with("state", "a b;c\"&next=/manage");
        let page = browser.page(&link_to(&log_in_page(&browser, &ask).await, "/manage/register")).await;
        assert_eq!(link_to(&page, "/manage/login"), way(&browser.get(&ask.path()).await));
        // A form with a fault in it keeps the way.
        let faulty = page.form().with("email", &email).with("password", "x").send(&browser).await;
        register(&browser, &Page::of(&faulty), &email).await;
        let form = browser.page(&server.mailbox(&email).link(1).await).await.form();
        let page = browser.page(&way(&form.send(&browser).await)).await;
        log_in_and_allow(&browser, &page, &email, PASSWORD, &ask).await;
    }

    async fn an_address_that_is_not_verified_leads_back(engine: Engine) {
        let server = &InProcess::start(engine).await;
        let (email, elsewhere) = (fresh_address(), Browser::new(&server.url));
        register(&elsewhere, &elsewhere.page("/manage/register").await, &email).await;
        for (mails, again) in [(1, false), (2, true)] {
            let ask = server.app().await.ask().with("state", "a b;c\"&next=/manage");
            let browser = Browser::new(&server.url);
            let form = log_in_page(&browser, &ask).await.form().with("email", &email).with("password", PASSWORD);
            let page = browser.page(&way(&form.send(&browser).await)).await;
            if again {
                // Also when another mail is asked for there.
                browser.set_cookie("next", "");
                assert_eq!(page.form().with("email", &email).send(&browser).await.status, 200);
            }
            let form = browser.page(&server.mailbox(&email).link(mails).await).await.form().with("password", PASSWORD);
            let page = browser.page(&way(&form.send(&browser).await)).await;
            log_in_and_allow(&browser, &page, &email, PASSWORD, &ask).await;
            let unverify = "UPDATE accounts SET email_verified_at = NULL WHERE email = ?1";
            server.db.execute(unverify, &[email.as_str().to_param()]).await.unwrap();
        }
    }

    async fn a_second_factor_leads_back(engine: Engine) {
        let server = InProcess::stopped(engine).await;
        let (app, (portal, owner)) = (server.app().await, server.portal_and_browser().await);
        let authenticator = Authenticator::set_up(&owner, &server.clock).await;
        let browser = Browser::new(&server.url);
        let ask = app.ask().with("state", "a b;c\"&next=/manage");
        let form = log_in_page(&browser, &ask).await.form().with("email", &portal.owner_email).with("password", PASSWORD);
        let page = browser.page(&way(&form.send(&browser).await)).await;
        let log_in = browser.page(&link_to(&page, "/manage/login")).await;
        assert_eq!(log_in.form().field("next"), Some(ask.path().as_str()));
        let on = way(&page.form().with("code", &authenticator.next_code()).send(&browser).await);
        assert_eq!(on, ask.path());
        allow(&browser, &on).await;
    }

    async fn a_new_portal_leads_back(server: &Server) {
        let (app, (_, browser)) = (server.app().await, without_portal(server).await);
        let ask = app.ask().with("state", "a b;c\"&next=/manage");
        let page = browser.page(&link_to(&browser.page(&ask.path()).await, "/manage/portals/new")).await;
        // A form with a fault in it keeps the way.
        let faulty = page.form().with("organisation", "").send(&browser).await;
        let on = way(&Page::of(&faulty).form().with("organisation", "Nieuw").send(&browser).await);
        assert_eq!(on, ask.path());
        allow(&browser, &on).await;
    }

    async fn an_invitation_leads_back(engine: Engine) {
        let server = &InProcess::start(engine).await;
        let (app, (stranger, browser), (_, owner)) = (server.app().await, without_portal(server).await, server.portal_and_browser().await);
        let ask = app.ask().with("state", "a b;c\"&next=/manage");
        browser.page(&ask.path()).await;
        let form = owner.page("/manage/settings/team/invite").await.form();
        way(&form.with("email", &stranger.owner_email).with("role", "owner").send(&owner).await);
        let link = server.mailbox(&stranger.owner_email).link(1).await;
        let on = way(&browser.page(&link).await.form().send(&browser).await);
        assert_eq!(on, ask.path());
        allow(&browser, &on).await;
    }

    async fn a_pushed_request_survives_a_detour(engine: Engine) {
        let server = &InProcess::start(engine).await;
        let (app, portal, browser) = (server.app().await, server.portal().await, Browser::new(&server.url));
        let ask = app.ask_pushed(&app.ask().with("state", "a b;c\"&next=/manage")).await;
        let forgot = browser.page(&link_to(&log_in_page(&browser, &ask).await, "/manage/forgot-password")).await;
        forgot.form().with("email", &portal.owner_email).send(&browser).await;
        let form = browser.page(&server.mailbox(&portal.owner_email).link(1).await).await.form().with("password", OTHER_PASSWORD);
        let page = browser.page(&way(&form.send(&browser).await)).await;
        log_in_and_allow(&browser, &page, &portal.owner_email, OTHER_PASSWORD, &ask).await;
    }

    /// Whoever asks for a mail to somebody else's address does not choose where that person goes.
    async fn the_way_stays_in_the_browser_that_went_it(engine: Engine) {
        let server = &InProcess::start(engine).await;
        let (app, portal, thief) = (server.app().await, server.portal().await, Browser::new(&server.url));
        let forgot = browser_at_forgot(&thief, &app.ask()).await;
        forgot.form().with("email", &portal.owner_email).send(&thief).await;
        let owner = Browser::new(&server.url);
        let form = owner.page(&server.mailbox(&portal.owner_email).link(1).await).await.form().with("password", OTHER_PASSWORD);
        assert_eq!(way(&form.send(&owner).await), "/manage/login");
        // What stands in the cookie is followed within this site only, and once.
        for foreign in ["https://evil.example/", "//evil.example/", "/\\evil.example/"] {
            let browser = Browser::new(&server.url);
            let email = fresh_address();
            register(&browser, &browser.page("/manage/register").await, &email).await;
            browser.set_cookie("next", foreign);
            let form = browser.page(&server.mailbox(&email).link(1).await).await.form();
            assert_eq!(way(&form.send(&browser).await), "/manage/login", "{foreign}");
        }
    }

    async fn what_is_too_long_for_a_cookie_is_not_kept(engine: Engine) {
        let server = &InProcess::start(engine).await;
        let (app, portal, browser) = (server.app().await, server.portal().await, Browser::new(&server.url));
        let forgot = browser_at_forgot(&browser, &app.ask().with("state", &"s".repeat(4000))).await;
        assert_eq!(forgot.form().with("email", &portal.owner_email).send(&browser).await.status, 200);
        let form = browser.page(&server.mailbox(&portal.owner_email).link(1).await).await.form().with("password", OTHER_PASSWORD);
        assert_eq!(way(&form.send(&browser).await), "/manage/login");
    }
}

async fn browser_at_forgot(browser: &Browser, ask: &Ask) -> Page {
    let page = log_in_page(browser, ask).await;
    browser.page(&link_to(&page, "/manage/forgot-password")).await
}
