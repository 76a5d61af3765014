//! The mail about a log-in from an unknown browser.

use jiff::SignedDuration;

use crate::support::{Answer, Browser, InProcess, PASSWORD};

async fn log_out(browser: &Browser) {
    let csrf = browser.csrf("manage").await;
    assert_eq!(browser.post("/manage/logout", &[("csrf".into(), csrf)]).await.status, 303);
}

/// Logs in with further headers.
async fn log_in_with(browser: &Browser, email: &str, headers: &[(&str, &str)]) -> Answer {
    let form = browser.page("/manage/login").await.form();
    let form = form.with("email", email).with("password", PASSWORD);
    browser.post_with(&form.action, &form.fields, headers).await
}

both_engines! {
    async fn a_log_in_from_a_new_browser_is_told_once(engine: Engine) {
        let server = InProcess::start(engine).await;
        let portal = server.portal().await;
        let (mailbox, browser) = (server.mailbox(&portal.owner_email), Browser::new(&server.url));
        let agent = [("user-agent", "Mozilla/5.0 (Windows NT 10.0) Firefox/140.0")];
        assert_eq!(log_in_with(&browser, &portal.owner_email, &agent).await.status, 303);
        let text = mailbox.about_new_browsers(1).await.remove(0);
        // Whose language is not known is told in both.
        for part in ["127.0.0.1", "Firefox op Windows", "Firefox on Windows", "/manage/account/sessions", "/manage/forgot-password", "Was jij dit niet?", "this wasn't you"] {
            assert!(text.contains(part), "{part}: {text}");
        }
        log_out(&browser).await;
        assert_eq!(log_in_with(&browser, &portal.owner_email, &agent).await.status, 303);
        mailbox.about_new_browsers(1).await;
    }

    async fn it_is_in_the_accounts_own_language_and_repeats_nothing_of_the_strangers(engine: Engine) {
        let server = InProcess::start(engine).await;
        let portal = server.portal().await;
        let (mailbox, owner) = (server.mailbox(&portal.owner_email), Browser::new(&server.url));
        for _ in 0..2 {
            assert_eq!(log_in_with(&owner, &portal.owner_email, &[("accept-language", "nl")]).await.status, 303);
            log_out(&owner).await;
        }
        let stranger = Browser::new(&server.url);
        let headers = [("accept-language", "en"), ("user-agent", "Kijk snel op https://evil.example")];
        assert_eq!(log_in_with(&stranger, &portal.owner_email, &headers).await.status, 303);
        let text = mailbox.about_new_browsers(2).await.remove(1);
        assert!(text.contains("Onbekende browser") && !text.contains("evil") && !text.contains("this wasn't you"), "{text}");
    }

    async fn there_are_a_few_an_hour_and_no_more(engine: Engine) {
        let server = InProcess::start(engine).await;
        let portal = server.portal().await;
        let mailbox = server.mailbox(&portal.owner_email);
        for _ in 0..6 {
            assert_eq!(Browser::new(&server.url).log_in(&portal.owner_email, PASSWORD).await.status, 303);
        }
        mailbox.about_new_browsers(3).await;
        server.clock.advance(SignedDuration::from_mins(20));
        assert_eq!(Browser::new(&server.url).log_in(&portal.owner_email, PASSWORD).await.status, 303);
        mailbox.about_new_browsers(4).await;
    }
}
