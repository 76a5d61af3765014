//! Passkeys over plain HTTP: only a response to the server's own challenge is accepted. Creating
//! and using one is also tested in Chromium: `tests/browser/factors.test.mjs`.

use jiff::SignedDuration;
use klantportaal::db::Single;
use serde_json::Value;

use crate::support::{Answer, Browser, InProcess, Instance, PASSWORD, Passkey};

/// What an authenticator might send, with nothing in it that was signed.
const NONSENSE: &str = r#"{"id":"AAAA","rawId":"AAAA","type":"public-key","response":{"clientDataJSON":"e30","authenticatorData":"AAAA","signature":"AAAA","userHandle":"AAAAAAAAAAAAAAAAAAAAAA"}}"#;

async fn csrf(browser: &Browser, page: &str) -> String {
    browser.page(page).await.form().field("csrf").unwrap().to_owned()
}

/// Asks for a challenge.
async fn challenge(browser: &Browser, from: &str, path: &str) -> Value {
    browser.post(path, &[("csrf".to_owned(), csrf(browser, from).await)]).await.expect(200)
}

async fn answer(browser: &Browser, from: &str, path: &str, fields: &[(&str, &str)]) -> Answer {
    let mut all = vec![("csrf".to_owned(), csrf(browser, from).await)];
    all.extend(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    browser.post(path, &all).await
}

async fn challenges(server: &Instance) -> i64 {
    let count = server
        .db
        .row::<Single<i64>>("SELECT count(*) AS value FROM passkey_challenges", &[])
        .await
        .unwrap();
    count.map_or(0, |Single(count)| count)
}

both_engines! {
    async fn a_challenge_asks_for_a_verified_user_and_a_passkey_that_is_found(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (_, browser) = server.portal_and_browser().await;
        let new = challenge(&browser, "/manage/account", "/manage/account/passkeys/challenge").await;
        let selection = &new["publicKey"]["authenticatorSelection"];
        assert_eq!((selection["userVerification"].as_str(), selection["residentKey"].as_str()), (Some("required"), Some("required")), "{new}");
        assert_eq!(new["publicKey"]["rp"]["id"], "localhost");
        assert!(new["challenge"].as_str().unwrap().starts_with("kpw_"), "{new}");
        let stranger = Browser::new(&server.url);
        let get = challenge(&stranger, "/manage/login", "/manage/passkeys/challenge").await;
        assert_eq!((get["publicKey"]["userVerification"].as_str(), get["publicKey"]["rpId"].as_str()), (Some("required"), Some("localhost")), "{get}");
        let again = challenge(&stranger, "/manage/login", "/manage/passkeys/challenge").await;
        assert_ne!(again["publicKey"]["challenge"], get["publicKey"]["challenge"]);
        // Those that nobody answered are forgotten by the clean-up.
        server.clock.advance(SignedDuration::from_mins(5));
        challenge(&stranger, "/manage/login", "/manage/passkeys/challenge").await;
        klantportaal::accounts::clean_up(&server.cleaner(), server.clock.now()).await.unwrap();
        assert_eq!(challenges(&server).await, 1);
    }

    async fn what_is_not_signed_logs_nobody_in_and_uses_the_challenge_up(engine: Engine) {
        let server = InProcess::start(engine).await;
        let browser = Browser::new(&server.url);
        for credential in [NONSENSE, "", "{", "[]", "null"] {
            let asked = challenge(&browser, "/manage/login", "/manage/passkeys/challenge").await;
            let secret = asked["challenge"].as_str().unwrap();
            assert_eq!(challenges(&server).await, 1);
            for _ in 0..2 {
                let fields = [("challenge", secret), ("credential", credential), ("next", "/manage/customers")];
                let answer = answer(&browser, "/manage/login", "/manage/login/passkey", &fields).await;
                assert_eq!((answer.status, answer.header("location")), (303, Some("/manage/login?next=%2Fmanage%2Fcustomers")), "{answer}");
                assert_eq!(challenges(&server).await, 0);
            }
        }
        for secret in ["", "x", "kpw_x"] {
            let answer = answer(&browser, "/manage/login", "/manage/login/passkey", &[("challenge", secret), ("credential", NONSENSE)]).await;
            assert_eq!(answer.status, 303, "{answer}");
        }
        assert_eq!(browser.get("/manage").await.header("location"), Some("/manage/login"));
    }

    async fn a_challenge_is_for_its_own_purpose_and_person(engine: Engine) {
        let server = InProcess::start(engine).await;
        let ((_, one), (_, two)) = (server.portal_and_browser().await, server.portal_and_browser().await);
        let new = challenge(&one, "/manage/account", "/manage/account/passkeys/challenge").await;
        let secret = new["challenge"].as_str().unwrap();
        let fields = [("challenge", secret), ("credential", NONSENSE), ("name", "x")];
        for (browser, path) in [(&one, "/manage/reauthenticate/passkey"), (&two, "/manage/account/passkeys/new")] {
            assert_eq!(answer(browser, "/manage/account", path, &fields).await.status, 303);
            assert_eq!(challenges(&server).await, 1, "it was not its to take");
        }
        assert_eq!(answer(&one, "/manage/account", "/manage/account/passkeys/new", &fields).await.status, 303);
        assert_eq!(challenges(&server).await, 0);
        assert!(one.page("/manage/account/passkeys").await.says("Nog geen passkeys"));
    }

    async fn forms_and_the_password_guard_passkeys_too(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (_, browser) = server.portal_and_browser().await;
        let stranger = Browser::new(&server.url);
        for path in ["/manage/passkeys/challenge", "/manage/login/passkey"] {
            assert_eq!(stranger.post(path, &[]).await.status, 403, "{path}");
        }
        let csrf = csrf(&browser, "/manage/account").await;
        server.clock.advance(SignedDuration::from_mins(21));
        for path in ["/manage/account/passkeys/challenge", "/manage/account/passkeys/new", "/manage/account/passkeys/psk_a/remove"] {
            let answer = browser.post(path, &[("csrf".to_owned(), csrf.clone())]).await;
            assert!(answer.status == 303 && answer.header("location").unwrap().contains("/reauthenticate?next="), "{answer}");
        }
    }

    async fn a_passkey_logs_in_and_proves_whose_session_it_is(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (_, browser) = server.portal_and_browser().await;
        let (passkey, elsewhere) = (Passkey::add(&browser).await, Browser::new(&server.url));
        let answer = passkey.prove(&elsewhere, "/manage/login/passkey").await;
        assert_eq!((answer.status, answer.header("location")), (303, Some("/manage")), "{answer}");
        server.clock.advance(SignedDuration::from_mins(21));
        assert_eq!(elsewhere.get("/manage/account/passkeys/new").await.status, 303);
        let answer = passkey.prove(&elsewhere, "/manage/reauthenticate/passkey").await;
        assert_eq!((answer.status, answer.header("location")), (303, Some("/manage")), "{answer}");
        assert_eq!(elsewhere.get("/manage/account/passkeys/new").await.status, 200);
    }

    async fn somebody_elses_passkey_does_not_prove_whose_session_it_is(engine: Engine) {
        let server = InProcess::start(engine).await;
        let ((_, victim), (_, thief)) = (server.portal_and_browser().await, server.portal_and_browser().await);
        let (own, foreign) = (Passkey::add(&victim).await, Passkey::add(&thief).await);
        let stolen = Browser::new(&server.url);
        stolen.set_cookie("manage", &victim.cookie("manage").unwrap());
        server.clock.advance(SignedDuration::from_mins(21));
        let answer = foreign.prove(&stolen, "/manage/reauthenticate/passkey").await;
        assert!(answer.status == 303 && answer.header("location").unwrap().starts_with("/manage/reauthenticate?next="), "{answer}");
        let asked = stolen.get("/manage/account/passkeys/new").await;
        assert!(asked.status == 303 && asked.header("location").unwrap().starts_with("/manage/reauthenticate?next="), "{asked}");
        assert_eq!(own.prove(&victim, "/manage/reauthenticate/passkey").await.header("location"), Some("/manage"));
        assert_eq!(victim.get("/manage/account/passkeys/new").await.status, 200);
    }

    async fn at_another_host_every_page_leads_to_the_host_of_the_passkeys(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (portal, browser) = server.portal_and_browser().await;
        Passkey::add(&browser).await;
        let home = server.url.replace("127.0.0.1", "localhost");
        let next = "?next=%2Fmanage%2Fcustomers";
        let stranger = Browser::new(&server.url);
        let log_in = stranger.page(&format!("/manage/login{next}")).await;
        let answer = log_in.form().with("email", &portal.owner_email).with("password", PASSWORD).send(&stranger).await;
        let second_step = stranger.page(answer.header("location").unwrap()).await;
        let again = browser.page(&format!("/manage/reauthenticate{next}")).await;
        for (page, path) in [(log_in, "login"), (second_step, "login"), (again, "reauthenticate")] {
            assert!(page.says("data-when=\"elsewhere\""), "{}", page.html);
            assert!(page.says(&format!("href=\"{home}/manage/{path}{next}\"")), "{}", page.html);
        }
    }

    async fn a_site_without_tls_and_a_name_has_none_and_says_so(engine: Engine) {
        let server = InProcess::start_with(engine, |port| vec!["--public-url".into(), format!("http://192.0.2.7:{port}")]).await;
        let host = server.url.replace("http://127.0.0.1", "192.0.2.7");
        let page = Answer::to(server.http.get(format!("{}/manage/login", server.url)).header("host", host)).await;
        assert!(page.status == 200 && !page.text().contains("data-passkey"), "{page}");
    }
}
