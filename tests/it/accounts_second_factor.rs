//! The authenticator app and the recovery codes: with either set up, the password alone gives no
//! session.

use futures_util::future::join_all;
use jiff::SignedDuration;
use klantportaal::accounts::factors::RecoveryCodes;
use klantportaal::db::{Single, ToParam};
use sha2::{Digest, Sha256};

use crate::support::{
    Answer, Authenticator, Browser, InProcess, Instance, PASSWORD, Page, Passkey, Portal,
};

const STEP: &str = "/manage/login/second-factor";

/// A portal whose owner has an authenticator app, the browser that set it up, and the app.
async fn with_app(server: &InProcess) -> (Portal, Browser, Authenticator) {
    let (portal, browser) = server.portal_and_browser().await;
    let app = Authenticator::set_up(&browser, &server.clock).await;
    (portal, browser, app)
}

/// A browser in which the password was given.
async fn half_way(server: &Instance, portal: &Portal) -> Browser {
    let browser = Browser::new(&server.url);
    let answer = browser.log_in(&portal.owner_email, PASSWORD).await;
    assert!(
        answer.status == 303 && answer.header("location").unwrap().starts_with(STEP),
        "{answer}"
    );
    browser
}

async fn send(browser: &Browser, field: &str, code: &str) -> Answer {
    browser.page(STEP).await.form().with(field, code).send(browser).await
}

async fn is_logged_in(browser: &Browser) -> bool {
    browser.get("/manage").await.status == 200
}

#[track_caller]
fn from_the_start(answer: &Answer) {
    assert!(
        answer.status == 303
            && answer.header("location").unwrap().starts_with("/manage/login?next="),
        "{answer}"
    );
}

/// What the audit log tells of a person, the oldest first.
async fn told(server: &Instance, email: &str) -> Vec<String> {
    let sql = "SELECT action AS value FROM audit_events WHERE actor = ?1 ORDER BY created_at, id";
    server
        .db
        .rows::<Single<String>>(sql, &[email.to_param()])
        .await
        .unwrap()
        .into_iter()
        .map(|Single(action)| action)
        .collect()
}

/// The sessions and unfinished log-ins of everybody.
async fn begun(server: &Instance) -> i64 {
    let sql =
        "SELECT (SELECT count(*) FROM sessions) + (SELECT count(*) FROM log_in_steps) AS value";
    server.db.row::<Single<i64>>(sql, &[]).await.unwrap().unwrap().0
}

both_engines! {
    async fn whatever_was_begun_elsewhere_ends_when_a_factor_changes(engine: Engine) {
        let server = InProcess::stopped(engine).await;
        let (portal, browser, app) = with_app(&server).await;
        let page = "/manage/account/second-factor";
        let forms = async |path: &str| browser.page(path).await.form();
        let passkey = "/manage/account/passkeys";
        for change in ["recovery-codes", "add passkey", "remove passkey", "app/remove", "app"] {
            // Somebody who is logged in elsewhere, and somebody who gave the password.
            let elsewhere = if change == "app" {
                Browser::logged_in(&server.url, &portal.owner_email).await
            } else {
                let elsewhere = half_way(&server, &portal).await;
                assert_eq!(send(&elsewhere, "code", &app.next_code()).await.status, 303);
                half_way(&server, &portal).await;
                elsewhere
            };
            assert!(is_logged_in(&elsewhere).await && begun(&server).await > 1);
            match change {
                "add passkey" => drop(Passkey::add(&browser).await),
                "remove passkey" => {
                    let list = browser.page(passkey).await.html;
                    let id = list.split_once("/passkeys/psk_").unwrap().1.split_once('/').unwrap().0;
                    let form = forms(&format!("{passkey}/psk_{id}/remove")).await;
                    assert_eq!(form.send(&browser).await.status, 303);
                }
                "app" => drop(Authenticator::set_up(&browser, &server.clock).await),
                path => assert!(matches!(forms(&format!("{page}/{path}")).await.send(&browser).await.status, 200 | 303)),
            }
            assert!(!is_logged_in(&elsewhere).await, "{change}");
            assert!(is_logged_in(&browser).await, "{change}");
            assert_eq!(begun(&server).await, 1, "{change}");
        }
    }

    async fn no_log_in_by_the_password_alone_escapes_a_new_factor(engine: Engine) {
        let server = InProcess::stopped(engine).await;
        for _ in 0..5 {
            let (portal, browser) = server.portal_and_browser().await;
            let thieves: Vec<Browser> = (0..4).map(|_| Browser::new(&server.url)).collect();
            let form = browser.page("/manage/account/second-factor/app").await.form();
            let app = Authenticator::of(form.field("secret").unwrap(), &server.clock);
            let add = form.with("code", &app.code());
            let log_ins = join_all(thieves.iter().map(|thief| thief.log_in(&portal.owner_email, PASSWORD)));
            let (added, _) = futures_util::future::join(add.send(&browser), log_ins).await;
            assert_eq!(added.status, 200, "{added}");
            for thief in &thieves {
                assert!(!is_logged_in(thief).await, "a session that gave the password only outlived the new factor");
            }
        }
    }

    async fn older_recovery_codes_are_hashed_anew_and_still_work(engine: Engine) {
        let server = InProcess::stopped(engine).await;
        let (portal, _, _) = with_app(&server).await;
        let (codes, owner) = (["abcd-efgh-ijkm-npqr", "bbcd-efgh-ijkm-npqr", "cbcd-efgh-ijkm-npqr"], server.owner(&portal).await.id);
        server.db.execute("DELETE FROM recovery_codes", &[]).await.unwrap();
        for code in codes {
            let hash = Sha256::digest(code.replace('-', "")).to_vec();
            server.db.execute("INSERT INTO recovery_codes (account_id, code_hash) VALUES (?1, ?2)", &[owner.to_param(), hash.to_param()]).await.unwrap();
        }
        let browsers = [half_way(&server, &portal).await, half_way(&server, &portal).await];
        assert_eq!(send(&browsers[0], "recovery_code", codes[0]).await.status, 303, "before it too");
        RecoveryCodes::strengthen(&server.db).await.unwrap();
        let kept: Vec<Single<Vec<u8>>> = server.db.rows("SELECT code_hash AS value FROM recovery_codes", &[]).await.unwrap();
        assert_eq!(kept.len(), 2);
        assert!(kept.iter().all(|Single(kept)| kept.starts_with(b"$argon2id$")));
        assert_eq!(send(&browsers[1], "recovery_code", codes[0]).await.status, 200, "it was used");
        assert_eq!(send(&browsers[1], "recovery_code", codes[1]).await.status, 303);
        let again = half_way(&server, &portal).await;
        assert_eq!(send(&again, "recovery_code", codes[1]).await.status, 200, "each works once");
    }

    async fn the_password_alone_gives_no_session(engine: Engine) {
        let server = InProcess::stopped(engine).await;
        let (portal, _, app) = with_app(&server).await;
        let browser = Browser::new(&server.url);
        let form = browser.page("/manage/login?next=%2Fmanage%2Fcustomers%3Fpage%3D1").await.form();
        let answer = form.with("email", &portal.owner_email).with("password", PASSWORD).send(&browser).await;
        let step = answer.header("location").unwrap();
        assert!(!is_logged_in(&browser).await && browser.cookie("manage").is_none());
        let page = browser.page(step).await;
        let wrong = page.form().with("code", "000000").send(&browser).await;
        assert!(wrong.status == 200 && Page::of(&wrong).says("field-code-error"), "{wrong}");
        assert!(!is_logged_in(&browser).await);
        let right = page.form().with("code", &app.next_code()).send(&browser).await;
        assert_eq!((right.status, right.header("location")), (303, Some("/manage/customers?page=1")), "{right}");
        assert!(is_logged_in(&browser).await);
        let told = told(&server, &portal.owner_email).await;
        assert!(["authenticator_added", "second_factor_failed"].iter().all(|action| told.iter().any(|other| other == action)), "{told:?}");
    }

    async fn what_is_half_logged_in_opens_nothing_else(engine: Engine) {
        let server = InProcess::stopped(engine).await;
        let (portal, _, app) = with_app(&server).await;
        let browser = half_way(&server, &portal).await;
        let step = browser.cookie("log-in-step").unwrap();
        browser.set_cookie("manage", &step);
        for page in ["/manage", "/manage/account", "/manage/customers", "/manage/reauthenticate"] {
            assert!(browser.get(page).await.header("location").unwrap().starts_with("/manage/login"), "{page}");
        }
        // Another site's step, no step, and other secrets are none.
        let developer = Browser::new(&server.url);
        developer.set_cookie("log-in-step", &step);
        assert!(developer.get("/developers/login/second-factor").await.header("location").unwrap().starts_with("/developers/login"));
        let stranger = Browser::new(&server.url);
        from_the_start(&stranger.get(STEP).await);
        for wrong in ["", "kpl_x", browser.cookie("visitor").unwrap().as_str()] {
            stranger.set_cookie("log-in-step", wrong);
            from_the_start(&stranger.get(STEP).await);
        }
        assert_eq!(browser.page(STEP).await.form().without("csrf").with("code", &app.next_code()).send(&browser).await.status, 403);
        server.clock.advance(SignedDuration::from_mins(10));
        from_the_start(&browser.get(STEP).await);
    }

    async fn a_code_works_once(engine: Engine) {
        let server = InProcess::stopped(engine).await;
        let (portal, _, app) = with_app(&server).await;
        let browsers = [half_way(&server, &portal).await, half_way(&server, &portal).await, half_way(&server, &portal).await];
        // The code that set the app up is used up by that.
        assert_eq!(send(&browsers[0], "code", &app.code()).await.status, 200);
        let (old, code) = (app.code(), app.next_code());
        let answers = join_all(browsers.iter().map(|browser| send(browser, "code", &code))).await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 303).count(), 1, "exactly one of those at the same moment wins");
        let late = half_way(&server, &portal).await;
        for used in [&code, &old] {
            assert_eq!(send(&late, "code", used).await.status, 200);
        }
        assert_eq!(send(&late, "code", &app.next_code()).await.status, 303);
    }

    async fn five_wrong_codes_and_the_password_is_asked_again(engine: Engine) {
        let server = InProcess::stopped(engine).await;
        let (portal, _, app) = with_app(&server).await;
        let browser = half_way(&server, &portal).await;
        let form = browser.page(STEP).await.form();
        for _ in 0..4 {
            assert_eq!(form.clone().with("code", "000000").send(&browser).await.status, 200);
        }
        from_the_start(&form.clone().with("code", "000000").send(&browser).await);
        from_the_start(&form.with("code", &app.next_code()).send(&browser).await);
        assert!(!is_logged_in(&browser).await);
    }

    async fn guessing_codes_is_slowed_down_for_the_account_as_a_whole(engine: Engine) {
        let server = InProcess::stopped(engine).await;
        let (portal, _, app) = with_app(&server).await;
        for wrong in [4, 4] {
            let thief = half_way(&server, &portal).await;
            for _ in 0..wrong {
                assert_eq!(send(&thief, "code", "000000").await.status, 200);
            }
        }
        let browser = half_way(&server, &portal).await;
        assert_eq!(send(&browser, "code", "000000").await.status, 429);
        assert_eq!(send(&browser, "recovery_code", &app.recovery_codes[0]).await.status, 429);
        server.clock.advance(SignedDuration::from_mins(8));
        assert_eq!(send(&browser, "code", &app.code()).await.status, 303);
    }

    async fn a_recovery_code_works_once_and_its_owner_is_told(engine: Engine) {
        let server = InProcess::stopped(engine).await;
        let (portal, first, app) = with_app(&server).await;
        let (code, typed) = (&app.recovery_codes[3], app.recovery_codes[3].to_uppercase().replace('-', " "));
        let browser = half_way(&server, &portal).await;
        assert_eq!(send(&browser, "recovery_code", &typed).await.status, 303);
        assert!(is_logged_in(&browser).await);
        assert!(server.mailbox(&portal.owner_email).wait_for(2).await.contains("herstelcode"));
        assert!(first.page("/manage/account/second-factor").await.says("nog 9 van de 10"));
        let again = half_way(&server, &portal).await;
        for wrong in [code.as_str(), "aaaa-aaaa-aaaa-aaaa", "-"] {
            assert_eq!(send(&again, "recovery_code", wrong).await.status, 200, "{wrong}");
        }
        // New ones take the place of all others.
        let renewed = first.page("/manage/account/second-factor/recovery-codes").await.form().send(&first).await;
        let renewed = Page::of(&renewed).block();
        assert!(renewed.len() == 10 && !renewed.contains(code));
        from_the_start(&again.get(STEP).await);
        let again = half_way(&server, &portal).await;
        assert_eq!(send(&again, "recovery_code", &app.recovery_codes[4]).await.status, 200);
        assert_eq!(send(&again, "recovery_code", &renewed[0]).await.status, 303);
        let told = told(&server, &portal.owner_email).await;
        assert!(["recovery_code_used", "recovery_codes_renewed"].iter().all(|action| told.iter().any(|other| other == action)), "{told:?}");
    }

    async fn another_password_ends_what_is_half_logged_in_and_keeps_the_app(engine: Engine) {
        let server = InProcess::stopped(engine).await;
        let (portal, _, app) = with_app(&server).await;
        let thief = half_way(&server, &portal).await;
        let form = thief.page(STEP).await.form();
        let browser = Browser::new(&server.url);
        let forgot = browser.page("/manage/forgot-password").await.form().with("email", &portal.owner_email);
        assert_eq!(forgot.send(&browser).await.status, 200);
        let link = server.mailbox(&portal.owner_email).link(2).await;
        let password = "een heel ander wachtwoord";
        assert_eq!(browser.page(&link).await.form().with("password", password).send(&browser).await.status, 303);
        from_the_start(&form.with("code", &app.next_code()).send(&thief).await);
        assert!(!is_logged_in(&browser).await);
        let answer = browser.log_in(&portal.owner_email, password).await;
        assert!(answer.header("location").unwrap().starts_with(STEP), "{answer}");
        assert_eq!(send(&browser, "code", &app.next_code()).await.status, 303);
    }

    async fn an_app_is_set_up_by_a_code_and_removed_again(engine: Engine) {
        let server = InProcess::stopped(engine).await;
        let (portal, browser) = server.portal_and_browser().await;
        let set_up = "/manage/account/second-factor/app";
        let form = browser.page(set_up).await.form();
        assert_eq!(form.clone().with("code", "000000").send(&browser).await.status, 200);
        assert_eq!(form.clone().without("secret").with("code", "000000").send(&browser).await.status, 400);
        assert_eq!(form.clone().with("secret", "AAAA").with("code", "000000").send(&browser).await.status, 400);
        assert_eq!(form.without("csrf").send(&browser).await.status, 403);
        assert!(browser.page("/manage/account/second-factor").await.says("App instellen"));
        let app = Authenticator::set_up(&browser, &server.clock).await;
        // Neither the secret nor the codes are ever shown again, and a second app is not set up
        // over the first.
        let page = browser.page("/manage/account/second-factor").await;
        assert!(app.recovery_codes.iter().all(|code| !page.says(code)) && !page.says("otpauth"));
        assert_eq!(browser.get(set_up).await.status, 303);
        let other = Authenticator::of("MFRGGZDFMZTWQ2LKNNWG23TPOBYXE43U", &server.clock);
        let csrf = browser.page("/manage/account").await.form().field("csrf").unwrap().to_owned();
        let fields = [("csrf", csrf.as_str()), ("secret", "MFRGGZDFMZTWQ2LKNNWG23TPOBYXE43U"), ("code", &other.code())];
        let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(browser.post(set_up, &fields).await.status, 404);

        assert_eq!(browser.page(&format!("{set_up}/remove")).await.form().send(&browser).await.status, 303);
        let late = Browser::new(&server.url);
        assert_eq!(late.log_in(&portal.owner_email, PASSWORD).await.header("location"), Some("/manage"));
        // The codes went with it.
        let left = server.db.row::<Single<i64>>("SELECT count(*) AS value FROM recovery_codes", &[]).await.unwrap();
        assert_eq!(left.map(|Single(count)| count), Some(0));
        assert_eq!(browser.post(&format!("{set_up}/remove"), &[("csrf".to_owned(), csrf)]).await.status, 404);
        server.mailbox(&portal.owner_email).wait_for(2).await;
    }

    async fn what_proves_a_person_is_changed_only_after_the_password(engine: Engine) {
        let server = InProcess::stopped(engine).await;
        let (_, browser, _) = with_app(&server).await;
        let csrf = browser.page("/manage/account").await.form().field("csrf").unwrap().to_owned();
        server.clock.advance(SignedDuration::from_mins(21));
        for page in ["app", "app/remove", "recovery-codes"] {
            let path = format!("/manage/account/second-factor/{page}");
            for answer in [browser.get(&path).await, browser.post(&path, &[("csrf".to_owned(), csrf.clone())]).await] {
                assert!(answer.status == 303 && answer.header("location").unwrap().contains("/reauthenticate?next="), "{answer}");
            }
        }
        assert!(browser.page("/manage/account/second-factor").await.says("nog 10 van de 10"));
    }
}
