//! Account enumeration: the same response and the same work with an account, without one, or with
//! an unverified one.

use std::time::Duration;

use klantportaal::db::{Single, ToParam};

use crate::support::{Browser, InProcess, Instance, PASSWORD, Server};

/// The forms that strangers may send with an e-mail address, and how often a password is hashed for
/// one.
const FORMS: [(&str, usize); 4] =
    [("login", 1), ("forgot-password", 0), ("register", 1), ("verify/again", 0)];

/// An address that is verified, one that has no account, and one that is not verified.
async fn addresses(server: &Instance) -> [String; 3] {
    let known = server.portal().await.owner_email;
    let [unknown, unverified] = ["niemand", "nieuw"]
        .map(|name| format!("{name}-{:016x}@example.nl", rand::random::<u64>()));
    fill_in(&Browser::new(&server.url), "register", &unverified, PASSWORD).await;
    [known, unknown, unverified]
}

/// The text without what comes after a mark and is random.
fn masked(text: &str, mark: &str) -> String {
    let is_random = |letter: char| letter.is_ascii_alphanumeric() || "-_+/=".contains(letter);
    let mut parts = text.split(mark);
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + mark + part.trim_start_matches(is_random))
}

/// Status and text of the answer, without the address and the visitor's own secrets.
async fn fill_in(browser: &Browser, form: &str, email: &str, password: &str) -> (u16, String) {
    let page = browser.page(&format!("/manage/{form}")).await.form();
    let form = page
        .with("email", email)
        .with("password", password)
        .with("name", "Noor")
        .with("organisation", "Nieuwe Zaak");
    let answer = form.send(browser).await;
    let marks = ["draft=", "draft%3D", r#"name="origin" value=""#, r#"name="csrf" value=""#];
    let text = answer.text().replace(email, "…");
    let text = marks.iter().fold(text, |text, mark| masked(&text, mark));
    (answer.status, format!("{:?} {text}", answer.header("location")))
}

fn hashes(server: &Server) -> usize {
    server.log().lines().filter(|line| line.contains("argon2id")).count()
}

both_engines! {
    async fn every_address_gets_the_same_answer_for_the_same_work(engine: Engine) {
        let server = Server::start(engine, &["--log", "info,klantportaal::auth::password=trace"]).await;
        // The first of all is no other than the next.
        for (form, work) in FORMS {
            let mut texts = Vec::new();
            for email in addresses(&server).await.iter().rev() {
                let before = hashes(&server);
                texts.push(fill_in(&Browser::new(&server.url), form, email, "een onjuist wachtwoord").await);
                // Nor is anything hashed after the answer.
                tokio::time::sleep(Duration::from_millis(200)).await;
                assert_eq!(hashes(&server) - before, work, "{form} for {email}");
            }
            assert_eq!(texts[0].0, 200, "{texts:?}");
            texts.dedup();
            assert_eq!(texts.len(), 1, "{form}: {texts:?}");
        }
    }

    async fn nobody_is_flooded_with_mail_and_the_answer_does_not_tell(engine: Engine) {
        let server = InProcess::stopped(engine).await;
        let [known, unknown, unverified] = addresses(&server).await;
        let browser = Browser::new(&server.url);
        for (form, email, mails) in [
            ("forgot-password", &known, 3),
            ("register", &known, 6),
            ("verify/again", &known, 6),
            ("forgot-password", &unknown, 0),
            ("verify/again", &unverified, 3),
        ] {
            let mut texts = Vec::new();
            for _ in 0..5 {
                texts.push(fill_in(&browser, form, email, "een onjuist wachtwoord").await);
            }
            texts.dedup();
            assert_eq!((texts.len(), texts[0].0), (1, 200), "{form}: {texts:?}");
            if mails > 0 {
                server.mailbox(email).wait_for(mails).await;
            }
        }
        // A while later none has come that was on its way.
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert_eq!([&known, &unknown, &unverified].map(|email| server.mailbox(email).texts().len()), [6, 0, 3]);
        server.clock.advance(jiff::SignedDuration::from_mins(20));
        fill_in(&browser, "forgot-password", &known, "").await;
        server.mailbox(&known).wait_for(7).await;
    }

    async fn one_address_asks_for_sixty_mails_an_hour_and_is_told_how_long_to_wait(engine: Engine) {
        let server = InProcess::stopped(engine).await;
        let browser = Browser::new(&server.url);
        for _ in 0..60 {
            server.server.mail_limits.request([127, 0, 0, 1].into()).unwrap();
        }
        for form in ["forgot-password", "register", "verify/again"] {
            for (lang, text) in [("nl", "over een minuut opnieuw"), ("en", "Try again in a minute")] {
                browser.set_cookie("language", lang);
                let page = browser.page(&format!("/manage/{form}")).await.form();
                let page = page.with("email", "noor@example.nl").with("password", PASSWORD).with("name", "Noor").with("organisation", "Zaak");
                let answer = page.send(&browser).await;
                assert!(answer.status == 429 && (1..=60).contains(&answer.number("retry-after")), "{answer}");
                let html = answer.text();
                assert!(html.contains(text) && html.contains("noor@example.nl") && !html.contains(PASSWORD), "{html}");
            }
        }
        let accounts = server.db.row::<Single<i64>>("SELECT count(*) AS value FROM accounts WHERE email = ?1", &["noor@example.nl".to_param()]).await;
        assert_eq!(accounts.unwrap().map(|Single(count)| count), Some(0));
        server.clock.advance(jiff::SignedDuration::from_mins(1));
        assert_eq!(fill_in(&browser, "forgot-password", "noor@example.nl", "").await.0, 200);
    }

    async fn registering_and_verifying_are_told_in_the_new_portals_log(server: &Server) {
        let (browser, email) = (Browser::new(&server.url), format!("nieuw-{:016x}@example.nl", rand::random::<u64>()));
        let (status, text) = fill_in(&browser, "register", &email, PASSWORD).await;
        assert_eq!(status, 200, "{text}");
        let link = server.mailbox(&email).link(1).await;
        assert_eq!(browser.page(&link).await.form().with("password", PASSWORD).send(&browser).await.status, 303);
        let sql = "SELECT action AS value FROM audit_events WHERE actor = ?1 AND portal_id IS NOT NULL ORDER BY created_at";
        let told: Vec<Single<String>> = server.db.rows(sql, &[email.to_param()]).await.unwrap();
        assert_eq!(told.into_iter().map(|Single(action)| action).collect::<Vec<_>>(), ["registered", "email_verified"]);
    }
}
