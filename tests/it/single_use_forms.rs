//! Forms whose response shows a secret: sending them again, as reloading the response does, creates
//! nothing.

use klantportaal::db::Single;

use crate::support::{Answer, Authenticator, Browser, FilledForm, InProcess, Page};

const KEYS: &str = "/manage/settings/api-keys";

async fn key_form(browser: &Browser) -> FilledForm {
    browser
        .page("/manage/settings/api-keys/new")
        .await
        .form()
        .with("name", "Kassa")
        .with("scope", "customers.read")
}

/// Asserts that the answer leads to `path`, where a message stands.
#[track_caller]
fn assert_was_used(answer: &Answer, path: &str) {
    assert_eq!((answer.status, answer.header("location")), (303, Some(path)), "{answer}");
    let site = path.split('/').nth(1).unwrap();
    let message = format!("flash-{site}=flash.note.form_used;");
    assert!(
        answer.header("set-cookie").is_some_and(|cookie| cookie.starts_with(&message)),
        "{answer}"
    );
}

both_engines! {
    async fn a_form_for_a_key_makes_one_key(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (_, browser) = server.portal_and_browser().await;
        let form = key_form(&browser).await;
        let faulty = form.clone().with("name", "").send(&browser).await;
        assert!(faulty.status == 200 && faulty.text().contains("error-summary"), "a faulty form does not count");
        let made = form.send(&browser).await;
        assert!(made.status == 200 && made.text().contains("kpk_"), "{made}");
        for _ in 0..2 {
            assert_was_used(&form.send(&browser).await, KEYS);
        }
        let list = browser.page(KEYS).await;
        assert_eq!(list.html.matches("Kassa").count(), 1 + 1, "one key: its name, and the button that revokes it");
        assert!(list.says("maar één keer") || list.says("only once"), "the list tells why no key is shown");
        let next = key_form(&browser).await.send(&browser).await;
        assert!(next.status == 200 && next.text().contains("kpk_"), "a fresh form makes a key: {next}");
        assert_was_used(&form.send(&browser).await, KEYS);
    }

    async fn a_form_for_a_new_secret_makes_one_secret(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (portal, browser) = server.portal_and_browser().await;
        let path = format!("{KEYS}/{}", portal.key().await.id);
        let form = browser.page(&format!("{path}/rotate")).await.form();
        let made = form.send(&browser).await;
        assert!(made.status == 200 && made.text().contains("kpk_"), "{made}");
        let secret = made.text();
        let start = &secret[secret.find("kpk_").unwrap()..][..8];
        assert_was_used(&form.send(&browser).await, &path);
        assert!(browser.page(&path).await.says(start), "the secret of the first answer is still the key's");
    }

    async fn a_form_for_recovery_codes_makes_them_once(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (_, browser) = server.portal_and_browser().await;
        Authenticator::set_up(&browser, &server.clock).await;
        let form = browser.page("/manage/account/second-factor/recovery-codes").await.form();
        let codes = Page::of(&form.send(&browser).await).block();
        assert_eq!(codes.len(), 10);
        assert_was_used(&form.send(&browser).await, "/manage/account/second-factor");
        let told = server.db.row::<Single<i64>>("SELECT count(*) AS value FROM audit_events WHERE action = 'recovery_codes_renewed'", &[]).await;
        assert_eq!(told.unwrap().map(|Single(count)| count), Some(1), "the codes that were shown still work");
    }

    async fn marks_that_nobody_gave_do_no_harm(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (_, browser) = server.portal_and_browser().await;
        for mark in ["", ".", "x", "aaaaaaaaaaaaaaa;", "aaaaaaaa.aaaaaaa", "ééééééééé", &"a".repeat(4000)] {
            for _ in 0..2 {
                let made = key_form(&browser).await.with("form", mark).send(&browser).await;
                assert!(made.status == 200 && made.text().contains("kpk_"), "{mark}: {made}");
            }
        }
    }
}
