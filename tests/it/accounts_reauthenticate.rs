//! Re-authentication before sensitive actions.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use klantportaal::clients::ClientType;
use klantportaal::db::{Single, ToParam};

use crate::support::pages::{Party, page_routes};
use crate::support::{
    Answer, Authenticator, Back, Browser, CALLBACK, InProcess, PASSWORD, Page, SCOPE, Tokens,
};

const NEW_KEY: &str = "/manage/settings/api-keys/new";

/// Forms for those who are logged in that do not ask, with the reason. `{site}` is either site.
const WITHOUT: &[(&str, &str)] = &[
    ("{site}/account", "asks for the password itself"),
    ("{site}/account/sessions/*", "only ends sessions"),
    ("{site}/account/email/confirm", "follows a mailed link, for which everything was proved"),
    ("{site}/restore", "brings back what was deleted, on the way in"),
    ("/manage/settings/portal", "changes the portal's name; to delete it asks"),
    ("/developers/settings", "the same"),
    ("{site}/login/*", "is how one logs in"),
    ("{site}/logout", "ends the session"),
    ("{site}/reauthenticate*", "is how the password is given again"),
    ("/manage/portals", "opens another portal of the person's own"),
    ("/developers/organisations", "opens another developer that the person belongs to"),
    ("/manage/portals/new", "makes an empty portal, and nothing of what there is is touched"),
    ("/developers/welcome", "makes an empty developer"),
    ("/developers/sandboxes/new", "makes a portal with example data"),
    ("/developers/apps/{id}/receiver/portal", "the same"),
    (
        "/developers/apps/{id}/receiver/code",
        "asks for the App Secret, and gives tokens of test portals only",
    ),
    ("/manage/settings/team/invitations/{id}/withdraw", "lets nobody in, and can be sent again"),
    ("/developers/team/invitations/{id}/withdraw", "the same"),
    ("/manage/customers*", "a business's own data, the daily work"),
    ("/manage/settings/customer-fields*", "what a business writes down of its customers"),
    ("/manage/customer-groups*", "the same"),
    ("/manage/appointments/new", "the same"),
    ("/manage/appointments/with/*", "the same"),
    ("/manage/appointments/{id}/*", "the same"),
    ("/manage/appointments/views*", "the same"),
    ("/manage/appointments/ticked*", "the same"),
    ("/manage/appointments/bin*", "the same"),
    ("/manage/appointments/feed/withdraw", "only ends a link; to make one it asks"),
    ("/manage/settings/appointments*", "how the daily work goes"),
    ("/manage/tickets*", "the same"),
    ("/manage/punch-cards*", "the same"),
    ("/manage/files*", "the same"),
    ("/manage/file-requests*", "the same"),
    ("/manage/file-shares*", "the same"),
    ("/manage/first-steps", "hides a list from the person who sends it"),
    ("/manage/device", "asks when it gives an app something that it does not have, as tried below"),
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

/// Logs a browser of the party in again on a site, if a form before ended the session; whether it did.
async fn log_in_again(party: &Party, site: &str, app: Option<&Authenticator>) -> bool {
    let browser = &party.browser;
    if browser.get(&format!("/{site}/account")).await.status != 303 {
        return false;
    }
    let form = browser.page(&format!("/{site}/login")).await.form();
    let answer = form.with("email", &party.email).with("password", PASSWORD).send(browser).await;
    let mut to = answer.header("location").unwrap().to_owned();
    if let Some(app) = app {
        let form = browser.page(&to).await.form().with("code", &app.next_code());
        to = form.send(browser).await.header("location").unwrap().to_owned();
    }
    assert_eq!(to, format!("/{site}"));
    true
}

/// Gives the right password and no code.
async fn give_password_alone(browser: &Browser, site: &str) {
    let form = [("csrf", browser.csrf(site).await), ("password", PASSWORD.to_owned())];
    let form = form.map(|(name, value)| (name.to_owned(), value));
    let answer = browser.post(&format!("/{site}/reauthenticate"), &form).await;
    assert!(answer.status == 200 && Page::of(&answer).says("field-code-error"), "{answer}");
}

/// Sends every form of the sites, without its fields, in a session that proved nothing for a while;
/// with an app, one that gave the password again and no code. Returns how many ask for proof.
async fn walk(server: &InProcess, party: &Party, app: Option<&Authenticator>) -> usize {
    let stranger = Browser::new(&server.url);
    server.clock.advance(SignedDuration::from_mins(21));
    let (mut asking, mut excepted, mut forgotten) = (0, BTreeSet::new(), Vec::new());
    let mut half_proved = BTreeSet::new();
    for route in page_routes().into_iter().filter(|route| route.post) {
        let site = if route.template.starts_with("/developers") { "developers" } else { "manage" };
        let path = party.path(&route);
        if log_in_again(party, site, app).await {
            server.clock.advance(SignedDuration::from_mins(21));
            half_proved.clear();
        }
        if app.is_some() && half_proved.insert(site) {
            give_password_alone(&party.browser, site).await;
        }
        let csrf = party.browser.csrf(site).await;
        let asks = is_asked(&party.browser.post(&path, &[("csrf".to_owned(), csrf)]).await);
        let has_own_question = app.is_some() && route.template.ends_with("/account");
        match WITHOUT.iter().find(|(template, _)| is_meant(template, &route.template)) {
            Some((template, _)) if has_own_question => {
                assert!(asks, "{path} asks for the password itself, and not for the code");
                excepted.insert(*template);
            }
            Some((template, reason)) => {
                assert!(!asks, "{path} asks: take {template} ({reason}) out of the list");
                excepted.insert(*template);
            }
            None if asks => {}
            None => {
                let form = [("csrf".to_owned(), stranger.csrf(site).await)];
                let to = stranger.post(&path, &form).await.header("location").map(str::to_owned);
                if to.is_some_and(|to| to.starts_with(&format!("/{site}/login"))) {
                    forgotten.push(route.template);
                }
            }
        }
        asking += usize::from(asks);
    }
    assert!(
        forgotten.is_empty(),
        "these do not ask; if they need not, say why in WITHOUT: {forgotten:#?}"
    );
    assert_eq!(excepted.len(), WITHOUT.len(), "of WITHOUT only these are forms: {excepted:?}");
    asking
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
        let keys = klantportaal::api_keys::ApiKey::list(&portal.store, jiff::Timestamp::now()).await.unwrap();
        assert_eq!(keys.len(), 1, "the second was not made");
    }

    async fn nothing_sensitive_is_done_without_it(engine: Engine) {
        let server = InProcess::start(engine).await;
        let party = Party::new(&server).await;
        // With it the password alone would not log in below.
        server.db.execute("DELETE FROM passkeys", &[]).await.unwrap();
        let asking = walk(&server, &party, None).await;
        assert!(asking >= 30, "only {asking}");
    }

    async fn the_password_alone_is_not_enough_where_there_is_a_second_factor(engine: Engine) {
        let server = InProcess::start(engine).await;
        let party = Party::new(&server).await;
        // It would be asked for before the app is set up, and nobody has it.
        server.db.execute("DELETE FROM passkeys", &[]).await.unwrap();
        let app = Authenticator::set_up(&party.browser, &server.clock).await;
        let asking = walk(&server, &party, Some(&app)).await;
        assert!(asking >= 32, "only {asking}");
    }

    async fn the_password_and_a_code_are_enough_and_a_recovery_code_stands_in(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (portal, browser) = server.portal_and_browser().await;
        let app = Authenticator::set_up(&browser, &server.clock).await;
        let remove = "/manage/account/second-factor/app/remove";
        for (field, code) in [("code", app.next_code()), ("recovery_code", app.recovery_codes[0].clone())] {
            server.clock.advance(SignedDuration::from_mins(21));
            let code = if field == "code" { app.next_code() } else { code };
            let page = asked(&browser.get(remove).await);
            let form = browser.page(&page).await.form();
            let wrong = form.clone().with("password", "onjuist").with(field, &code).send(&browser).await;
            assert!(wrong.status == 200 && Page::of(&wrong).says("field-password-error"), "{wrong}");
            for code in ["", "000000"] {
                let wrong = form.clone().with("password", PASSWORD).with("code", code).send(&browser).await;
                assert!(wrong.status == 200 && Page::of(&wrong).says("field-code-error"), "{wrong}");
            }
            asked(&browser.get(remove).await);
            let right = form.clone().with("password", PASSWORD).with(field, &code).send(&browser).await;
            assert_eq!((right.status, right.header("location")), (303, Some(remove)), "{right}");
            assert_eq!(browser.get(remove).await.status, 200);
            let again = form.with("password", PASSWORD).with(field, &code).send(&browser).await;
            assert_eq!(again.status, 200, "a code works once: {again}");
        }
        assert!(server.mailbox(&portal.owner_email).wait_for(2).await.contains("herstelcode"));
    }

    async fn a_code_is_asked_to_change_the_password_too(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (_, browser) = server.portal_and_browser().await;
        let app = Authenticator::set_up(&browser, &server.clock).await;
        let form = browser.page("/manage/account").await.form();
        let form = form.with("current_password", PASSWORD).with("password", "een heel ander wachtwoord");
        server.clock.advance(SignedDuration::from_mins(21));
        let page = asked(&form.clone().send(&browser).await);
        let proof = browser.page(&page).await.form().with("password", PASSWORD).with("code", &app.next_code());
        assert_eq!(proof.send(&browser).await.header("location"), Some("/manage/account"));
        assert_eq!(form.send(&browser).await.header("location"), Some("/manage/account"));
        // The new session has proved as much as the old one.
        assert_eq!(browser.get("/manage/account/second-factor/app/remove").await.status, 200);
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

    async fn an_app_gets_nothing_new_without_it_and_what_it_has_again(engine: Engine) {
        let server = InProcess::start(engine).await;
        let ((_, browser), app) = (server.portal_and_browser().await, server.app().await);
        let read = app.ask().with("scope", "customers.read").with("prompt", "consent");
        let all = app.ask().with("prompt", "consent");
        for (ask, asks) in [(&read, true), (&read, false), (&all, true), (&all, false), (&read, false)] {
            server.clock.advance(SignedDuration::from_mins(21));
            let form = browser.page(&ask.path()).await.form();
            let mut answer = form.clone().with("decision", "allow").send(&browser).await;
            assert_eq!(is_asked(&answer), asks, "{answer}");
            if asks {
                let page = asked(&answer);
                let wrong = give(&browser, &page, "onjuist").await;
                assert!(Page::of(&wrong).says("field-password-error"), "{wrong}");
                assert!(is_asked(&form.with("decision", "allow").send(&browser).await), "nothing was proved");
                let form = Page::of(&give(&browser, &page, PASSWORD).await).form();
                assert!(form.action.starts_with("/oauth/authorize?") && form.action.contains("state=xyz"), "{}", form.action);
                answer = form.with("decision", "allow").send(&browser).await;
            }
            let back = Back::of(&answer);
            assert_eq!(back.get("state"), Some("xyz"));
            Tokens::of(&app.exchange(&back.code()).await);
        }
        // To decline, nobody has to prove anything.
        server.clock.advance(SignedDuration::from_mins(21));
        let other = server.app().await;
        let form = browser.page(&other.ask().path()).await.form();
        let back = Back::of(&form.with("decision", "deny").send(&browser).await);
        assert_eq!(back.get("error"), Some("access_denied"));
    }

    async fn a_pushed_request_and_what_was_left_out_come_back_after_it(engine: Engine) {
        let server = InProcess::start(engine).await;
        let ((portal, browser), app) = (
            server.portal_and_browser().await,
            server.app_with_optional(&[CALLBACK], SCOPE, "customers.write").await,
        );
        let factor = Authenticator::set_up(&browser, &server.clock).await;
        server.clock.advance(SignedDuration::from_mins(21));
        let ask = app.ask_pushed(&app.ask()).await;
        let form = browser.page(&ask.path()).await.form().without("scope").with("decision", "allow");
        let page = asked(&form.send(&browser).await);
        let proof = browser.page(&page).await.form().with("password", PASSWORD);
        let wrong = proof.clone().with("code", "000000").send(&browser).await;
        assert!(Page::of(&wrong).says("field-code-error"), "the password alone: {wrong}");
        server.clock.advance(SignedDuration::from_mins(2));
        let back = proof.with("code", &factor.next_code()).send(&browser).await;
        let form = Page::of(&back).form();
        assert!(form.action.contains("request_uri="), "{}", form.action);
        let answer = form.with("decision", "allow").send(&browser).await;
        let answer = app.exchange(&Back::of(&answer).code()).await.expect(200);
        assert_eq!(answer["scope"], "customers.read", "{answer}");
        let sql = "SELECT count(*) AS value FROM grants WHERE portal_id = ?1";
        let grants: Option<Single<i64>> = server.db.row(sql, &[portal.id.to_param()]).await.unwrap();
        assert_eq!(grants.unwrap().0, 1);
    }

    async fn a_device_gets_nothing_new_without_it(engine: Engine) {
        let server = InProcess::start(engine).await;
        let ((_, browser), app) = (server.portal_and_browser().await, server.device_app(ClientType::Public).await);
        for (scope, asks) in [("customers.read", true), ("customers.read", false), (SCOPE, true)] {
            server.clock.advance(SignedDuration::from_mins(21));
            let device = app.post("/oauth/device", &app.signed(&[("scope", scope)]), &[]).await.expect(200);
            let user_code = device["user_code"].as_str().unwrap();
            let form = browser.page(&format!("/manage/device?user_code={user_code}")).await.form();
            let mut answer = form.with("decision", "allow").send(&browser).await;
            assert_eq!(is_asked(&answer), asks, "{answer}");
            if asks {
                let fields = [("grant_type", "urn:ietf:params:oauth:grant-type:device_code"), ("device_code", device["device_code"].as_str().unwrap())];
                app.call(&app.signed(&fields)).await.expect_oauth_error("authorization_pending");
                let form = Page::of(&give(&browser, &asked(&answer), PASSWORD).await).form();
                assert!(form.action.starts_with("/manage/device?") && form.action.contains(user_code), "{}", form.action);
                answer = form.with("decision", "allow").send(&browser).await;
            }
            assert_eq!(answer.header("location"), Some("/manage/device/allowed"), "{answer}");
        }
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
