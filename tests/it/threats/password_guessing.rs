//! Guessing passwords and codes, and locking an owner out by doing so.

use std::net::IpAddr;

use jiff::SignedDuration;
use klantportaal::accounts::{Guesser, PasskeyAsker, TypedEmail};
use klantportaal::db::{Single, ToParam};

use crate::support::{
    Answer, Authenticator, Browser, InProcess, Instance, PASSWORD, Page, Ran, klantportaal, until,
};

const OTHER: &str = "een heel ander wachtwoord";
const STEP: &str = "/manage/login/second-factor";
const WRONG: &str = "geraden paard";

/// Guesses as often as strangers may.
async fn use_up(browser: &Browser, email: &str) {
    for _ in 0..8 {
        assert_eq!(browser.log_in(email, WRONG).await.status, 200);
    }
}

/// The page that says to wait: it keeps the address that was typed, and nothing of the password.
#[track_caller]
fn must_wait(answer: &Answer, email: &str, password: &str, minutes: u32) {
    assert_eq!(answer.status, 429, "{answer}");
    let seconds: u32 = answer.header("retry-after").unwrap().parse().unwrap();
    assert_eq!(seconds.div_ceil(60), minutes, "{answer}");
    let page = Page::of(answer);
    assert!(
        page.says(&format!("over {minutes} minuten opnieuw"))
            && page.says(email)
            && !page.says(password),
        "{answer}"
    );
}

async fn actions(server: &Instance, email: &str) -> Vec<String> {
    let sql = "SELECT action AS value FROM audit_events WHERE actor = ?1 AND portal_id IS NOT NULL ORDER BY created_at, id";
    let told: Vec<Single<String>> = server.db.rows(sql, &[email.to_param()]).await.unwrap();
    let mut told: Vec<String> = told.into_iter().map(|Single(action)| action).collect();
    told.sort();
    told
}

both_engines! {
    async fn guessing_is_slowed_for_accounts_that_exist_and_that_do_not(engine: Engine) {
        let server = InProcess::stopped(engine).await;
        let (portal, thief) = (server.portal().await, Browser::new(&server.url));
        let mut texts = Vec::new();
        for email in [portal.owner_email.as_str(), "niemand-0123456789@example.nl"] {
            use_up(&thief, email).await;
            // The right password does not tell itself apart either, nor does another browser or
            // another way to write it.
            for (browser, email, password) in [(&thief, email.to_owned(), PASSWORD), (&Browser::new(&server.url), email.to_uppercase(), WRONG)] {
                let answer = browser.log_in(&email, password).await;
                must_wait(&answer, &email, password, 8);
                texts.push((browser.csrf("manage").await, Page::of(&answer).without_marks(), email));
            }
        }
        let texts: Vec<String> = texts.into_iter().map(|(csrf, text, email)| text.replace(&csrf, "").replace(&email, "")).collect();
        assert!(texts.windows(2).all(|two| two[0] == two[1]), "{texts:?}");
        server.clock.advance(SignedDuration::from_mins(8));
        assert_eq!(thief.log_in(&portal.owner_email, PASSWORD).await.status, 303);
    }

    async fn guesses_at_unknown_addresses_are_counted_and_not_a_row_each(engine: Engine) {
        let server = InProcess::stopped(engine).await;
        let thief = Browser::new(&server.url);
        for email in ["niemand-1@example.nl", "niemand-2@example.nl"] {
            for _ in 0..3 {
                assert_eq!(thief.log_in(email, WRONG).await.status, 200);
            }
        }
        let told = async || {
            let events: serde_json::Value = Ran::of(klantportaal().args(["audit", "list"]).args(server.database.flags())).json();
            let all = events.as_array().unwrap().clone();
            all.into_iter().filter(|event| event["action"] == "unknown_log_ins_failed").collect::<Vec<_>>()
        };
        assert!(told().await.is_empty());
        // They are counted beside the answer.
        for _ in 0..200 {
            server.server.record_unknown_log_ins().await;
            let tries: u64 = told().await.iter().map(|event| event["subject"].as_str().unwrap().split(' ').next().unwrap().parse::<u64>().unwrap()).sum();
            if tries == 6 {
                break;
            }
        }
        let events = told().await;
        assert!((1..=6).contains(&events.len()), "{events:?}");
        let text = events.iter().map(ToString::to_string).collect::<String>();
        assert!(!text.contains("niemand") && text.contains("networks: 1"), "{text}");
        let count = events.len();
        server.server.record_unknown_log_ins().await;
        assert_eq!(told().await.len(), count, "what was told is told once");
    }

    async fn strangers_do_not_lock_a_known_browser_out(engine: Engine) {
        let server = InProcess::stopped(engine).await;
        let (portal, browser) = server.portal_and_browser().await;
        let csrf = browser.csrf("manage").await;
        assert_eq!(browser.post("/manage/logout", &[("csrf".into(), csrf)]).await.status, 303);
        let known = browser.cookie("known-browser").unwrap();
        use_up(&Browser::new(&server.url), &portal.owner_email).await;
        let (stranger, copy) = (Browser::new(&server.url), Browser::new(&server.url));
        must_wait(&stranger.log_in(&portal.owner_email, PASSWORD).await, &portal.owner_email, PASSWORD, 8);
        assert_eq!(browser.log_in(&portal.owner_email, PASSWORD).await.status, 303);
        assert_eq!(browser.cookie("known-browser").unwrap(), known, "it stays the same");
        // The cookie opens nothing by itself, and whoever steals it has no more guesses than its
        // owner.
        copy.set_cookie("known-browser", &known);
        assert_eq!(copy.get("/manage").await.status, 303);
        use_up(&copy, &portal.owner_email).await;
        must_wait(&copy.log_in(&portal.owner_email, PASSWORD).await, &portal.owner_email, PASSWORD, 8);
    }

    async fn a_browser_is_known_to_its_own_accounts_only(engine: Engine) {
        let server = InProcess::stopped(engine).await;
        let ((portal, thief), victim) = (server.portal_and_browser().await, server.portal().await);
        use_up(&Browser::new(&server.url), &victim.owner_email).await;
        let thief_again = Browser::new(&server.url);
        let own = thief.cookie("known-browser").unwrap();
        for cookie in [own.as_str(), &format!("{own}.{own}"), "kpn_x", "..."] {
            thief_again.set_cookie("known-browser", cookie);
            must_wait(&thief_again.log_in(&victim.owner_email, WRONG).await, &victim.owner_email, WRONG, 8);
        }
        // Two people who share a browser are both known, by secrets that have nothing in common.
        server.clock.advance(SignedDuration::from_hours(1));
        thief_again.set_cookie("known-browser", &own);
        assert_eq!(thief_again.log_in(&victim.owner_email, PASSWORD).await.status, 303);
        let both = thief_again.cookie("known-browser").unwrap();
        assert!(both.ends_with(&format!(".{own}")) && both.len() == 2 * own.len() + 1, "{both}");
        for email in [&portal.owner_email, &victim.owner_email] {
            use_up(&Browser::new(&server.url), email).await;
            let shared = Browser::new(&server.url);
            shared.set_cookie("known-browser", &both);
            assert_eq!(shared.log_in(email, PASSWORD).await.status, 303);
        }
    }

    async fn another_password_makes_all_browsers_strangers(engine: Engine) {
        let server = InProcess::stopped(engine).await;
        let (portal, laptop) = server.portal_and_browser().await;
        let phone = Browser::logged_in(&server.url, &portal.owner_email).await;
        let known = [&laptop, &phone].map(|browser| browser.cookie("known-browser").unwrap());
        let change = laptop.page("/manage/account").await.form().with("current_password", PASSWORD).with("password", OTHER);
        assert_eq!(change.send(&laptop).await.status, 303);
        use_up(&Browser::new(&server.url), &portal.owner_email).await;
        for cookie in &known {
            let browser = Browser::new(&server.url);
            browser.set_cookie("known-browser", cookie);
            must_wait(&browser.log_in(&portal.owner_email, OTHER).await, &portal.owner_email, OTHER, 8);
        }
        // But for the one that changed it.
        let csrf = laptop.csrf("manage").await;
        assert_eq!(laptop.post("/manage/logout", &[("csrf".into(), csrf)]).await.status, 303);
        assert_eq!(laptop.log_in(&portal.owner_email, OTHER).await.status, 303);
    }

    async fn the_mail_remains_a_way_in(engine: Engine) {
        let server = InProcess::stopped(engine).await;
        let (portal, thief, owner) = (server.portal().await, Browser::new(&server.url), Browser::new(&server.url));
        use_up(&thief, &portal.owner_email).await;
        // Mails are limited too; those that the thief causes are the owner's.
        for _ in 0..20 {
            let form = thief.page("/manage/forgot-password").await.form().with("email", &portal.owner_email);
            assert_eq!(form.send(&thief).await.status, 200);
        }
        must_wait(&owner.log_in(&portal.owner_email, PASSWORD).await, &portal.owner_email, PASSWORD, 8);
        let link = server.mailbox(&portal.owner_email).link(3).await;
        server.clock.advance(SignedDuration::from_mins(59));
        let form = owner.page(&link).await.form().with("password", OTHER);
        assert_eq!(form.send(&owner).await.status, 303);
        while thief.log_in(&portal.owner_email, WRONG).await.status != 429 {}
        assert_eq!(owner.log_in(&portal.owner_email, OTHER).await.status, 303);
    }

    async fn one_address_is_slowed_for_all_accounts_and_ipv6_by_its_network(engine: Engine) {
        let server = InProcess::stopped_with(engine, |_| vec!["--trusted-proxies".into(), "127.0.0.0/8".into()]).await;
        let (portal, browser) = (server.portal().await, Browser::new(&server.url));
        let address: IpAddr = "2001:db8:1:2::3".parse().unwrap();
        for index in 0..100 {
            let _ = server.server.guesses.attempt(Guesser::Strangers(TypedEmail::new(&format!("{index}@example.nl"))), address).unwrap();
        }
        let form = browser.page("/manage/login").await.form().with("email", &portal.owner_email).with("password", WRONG);
        let challenge = [("csrf".to_owned(), browser.csrf("manage").await)];
        for (address, status) in [("2001:db8:1:2:ffff::1", 429), ("2001:db8:1:3::1", 200), ("203.0.113.5", 200)] {
            let from = [("x-forwarded-for", address)];
            assert_eq!(browser.post_with(&form.action, &form.fields, &from).await.status, status, "{address}");
            assert_eq!(browser.post_with("/manage/passkeys/challenge", &challenge, &from).await.status, 200, "passwords are not passkeys");
        }
        // The owner's known browser does not pay for a neighbour.
        let form = form.with("password", PASSWORD);
        assert_eq!(browser.post_with(&form.action, &form.fields, &[("x-forwarded-for", "203.0.113.5")]).await.status, 303);
        let again = Browser::new(&server.url);
        again.set_cookie("known-browser", &browser.cookie("known-browser").unwrap());
        let form = again.page("/manage/login").await.form().with("email", &portal.owner_email).with("password", PASSWORD);
        assert_eq!(again.post_with(&form.action, &form.fields, &[("x-forwarded-for", "2001:db8:1:2::9")]).await.status, 303);
    }

    async fn strangers_who_ask_for_passkeys_slow_nobody_who_is_known(engine: Engine) {
        let server = InProcess::stopped_with(engine, |_| vec!["--trusted-proxies".into(), "127.0.0.0/8".into()]).await;
        let (portal, known) = server.portal_and_browser().await;
        let address: IpAddr = "2001:db8:1:2::3".parse().unwrap();
        while server.server.guesses.passkey_asked(PasskeyAsker::Strangers(address.into())).is_ok() {}
        let ask = async |browser: &Browser, address: &str| {
            let csrf = [("csrf".to_owned(), browser.csrf("manage").await)];
            browser.post_with("/manage/passkeys/challenge", &csrf, &[("x-forwarded-for", address)]).await.status
        };
        let stranger = Browser::new(&server.url);
        for (address, status) in [("2001:db8:1:2:ffff::1", 429), ("2001:db8:1:3::1", 200), ("203.0.113.5", 200)] {
            assert_eq!(ask(&stranger, address).await, status, "{address}");
        }
        assert_eq!(ask(&known, "2001:db8:1:2::9").await, 200, "somebody who is logged in");
        let csrf = known.csrf("manage").await;
        assert_eq!(known.post("/manage/logout", &[("csrf".into(), csrf)]).await.status, 303);
        assert_eq!(ask(&known, "2001:db8:1:2::9").await, 200, "a browser that logged in before");
        stranger.set_cookie("known-browser", "kpn_x");
        assert_eq!(ask(&stranger, "2001:db8:1:2::9").await, 429);
        let form = stranger.page("/manage/login").await.form().with("email", &portal.owner_email).with("password", PASSWORD);
        assert_eq!(stranger.post_with(&form.action, &form.fields, &[("x-forwarded-for", "2001:db8:1:2::9")]).await.status, 303);
        // Who is known has an end too.
        let mut asked = 0;
        while ask(&stranger, "203.0.113.5").await == 200 {
            asked += 1;
        }
        assert_eq!(asked, 100);
    }

    async fn who_stole_the_password_does_not_lock_the_owner_out_of_the_second_step(engine: Engine) {
        let server = InProcess::stopped(engine).await;
        let (portal, owner) = server.portal_and_browser().await;
        let app = Authenticator::set_up(&owner, &server.clock).await;
        let send = async |browser: &Browser, code: &str| browser.page(STEP).await.form().with("code", code).send(browser).await;
        for tries in [4, 4] {
            let thief = Browser::new(&server.url);
            assert_eq!(thief.log_in(&portal.owner_email, PASSWORD).await.status, 303);
            for _ in 0..tries {
                assert_eq!(send(&thief, "000000").await.status, 200);
            }
        }
        let (thief, csrf) = (Browser::new(&server.url), owner.csrf("manage").await);
        assert_eq!(thief.log_in(&portal.owner_email, PASSWORD).await.status, 303);
        let answer = send(&thief, "000000").await;
        assert!(answer.status == 429 && Page::of(&answer).says("over 8 minuten opnieuw") && Page::of(&answer).says("name=\"code\""), "{answer}");
        assert_eq!(owner.post("/manage/logout", &[("csrf".into(), csrf)]).await.status, 303);
        assert_eq!(owner.log_in(&portal.owner_email, PASSWORD).await.status, 303);
        assert_eq!(send(&owner, &app.next_code()).await.status, 303);
    }

    async fn a_stolen_session_guesses_no_faster_and_slows_nobody_else(engine: Engine) {
        let server = InProcess::stopped(engine).await;
        let (portal, stolen) = server.portal_and_browser().await;
        let own = Browser::logged_in(&server.url, &portal.owner_email).await;
        let form = stolen.page("/manage/account").await.form().with("password", OTHER);
        for _ in 0..8 {
            assert_eq!(form.clone().with("current_password", WRONG).send(&stolen).await.status, 200);
        }
        for password in [WRONG, PASSWORD] {
            let answer = form.clone().with("current_password", password).send(&stolen).await;
            assert!(answer.status == 429 && Page::of(&answer).says("over 8 minuten opnieuw"), "{answer}");
            let again = stolen.page("/manage/reauthenticate").await.form().with("password", password).send(&stolen).await;
            assert!(again.status == 429 && Page::of(&again).says("over 8 minuten opnieuw"), "{again}");
        }
        assert_eq!(own.page("/manage/reauthenticate").await.form().with("password", PASSWORD).send(&own).await.status, 303);
    }

    async fn what_happens_to_an_account_is_told_in_its_portals_log_and_not_without_end(engine: Engine) {
        let server = InProcess::stopped(engine).await;
        let (portal, thief) = (server.portal().await, Browser::new(&server.url));
        for _ in 0..12 {
            thief.log_in(&portal.owner_email, WRONG).await;
        }
        let owner = Browser::new(&server.url);
        for _ in 0..12 {
            assert_eq!(owner.page("/manage/forgot-password").await.form().with("email", &portal.owner_email).send(&owner).await.status, 200);
        }
        let form = owner.page(&server.mailbox(&portal.owner_email).link(3).await).await.form().with("password", OTHER);
        assert_eq!(form.send(&owner).await.status, 303);
        assert_eq!(owner.log_in(&portal.owner_email, OTHER).await.status, 303);
        let csrf = owner.csrf("manage").await;
        assert_eq!(owner.post("/manage/logout", &[("csrf".into(), csrf)]).await.status, 303);
        let mut expected = vec!["log_in_failed"; 8];
        expected.extend(["logged_in", "logged_out", "password_reset", "password_reset_asked", "password_reset_asked", "password_reset_asked"]);
        // Failures are written down beside the answer.
        let are_there = async || actions(&server, &portal.owner_email).await.len() >= expected.len();
        until("all is written down", are_there).await;
        assert_eq!(actions(&server, &portal.owner_email).await, expected);
    }
}
