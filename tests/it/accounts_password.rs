//! A forgotten password: the mailed link works once, for an hour, and ends all earlier sessions.

use futures_util::future::{join, join_all};
use jiff::SignedDuration;
use klantportaal::accounts::Account;
use klantportaal::auth::{Line, Password};
use klantportaal::db::{Single, ToParam, Tx};

use crate::support::{
    Answer, Authenticator, Browser, FilledForm, InProcess, Instance, PASSWORD, Passkey, Portal,
};

/// What is said of a link that is over or none.
const DEAD: &str = "Deze link werkt niet meer";
const OTHER: &str = "een heel ander wachtwoord";

async fn forgot(server: &Instance, email: &str, count: usize) -> String {
    let browser = Browser::new(&server.url);
    assert_eq!(
        browser
            .page("/manage/forgot-password")
            .await
            .form()
            .with("email", email)
            .send(&browser)
            .await
            .status,
        200
    );
    server.mailbox(email).link(count).await
}

/// Sends something from a session while the owner's other password is written and not yet there to
/// be read.
async fn while_another_password_is_set(
    server: &Instance,
    portal: &Portal,
    request: impl Future<Output = Answer>,
) -> Answer {
    let (account, hash) = (
        server.owner(portal).await,
        Password::typed(OTHER.into()).hash(Line::Known).await.unwrap(),
    );
    let mut tx: Tx = server.db.begin().await.unwrap();
    Account::set_password(&mut tx, &account.id, &hash).await.unwrap();
    let commit = async {
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        tx.commit().await.unwrap();
    };
    let (answer, ()) = join(request, commit).await;
    assert_eq!(Browser::new(&server.url).log_in(&portal.owner_email, OTHER).await.status, 303);
    answer
}

#[track_caller]
fn expect_too_late(answer: &Answer) {
    assert!(
        answer.status == 303
            && answer
                .header("location")
                .unwrap()
                .starts_with("/manage/login?next=%2Fmanage%2Faccount")
            && answer
                .header("set-cookie")
                .unwrap()
                .starts_with("flash-manage=flash.note.logged_out"),
        "{answer}"
    );
}

both_engines! {
    async fn another_password_ends_every_session(server: &Server) {
        let (portal, laptop) = server.portal_and_browser().await;
        let phone = Browser::logged_in(&server.url, &portal.owner_email).await;
        let developer = Browser::new(&server.url);
        let form = developer.page("/developers/login").await.form().with("email", &portal.owner_email).with("password", PASSWORD);
        assert_eq!(form.send(&developer).await.status, 303);
        let session = developer.cookie("developers").unwrap();

        let browser = Browser::new(&server.url);
        let form = browser.page(&forgot(server, &portal.owner_email, 1).await).await.form();
        let answer = form.with("password", OTHER).send(&browser).await;
        assert_eq!((answer.status, answer.header("location")), (303, Some("/manage/login")), "{answer}");
        for browser in [&laptop, &phone, &browser] {
            let answer = browser.get("/manage").await;
            assert_eq!((answer.status, answer.header("location")), (303, Some("/manage/login")), "{answer}");
        }
        developer.set_cookie("developers", &session);
        assert_eq!(developer.get("/developers").await.header("location"), Some("/developers/login"));
        assert_eq!(browser.log_in(&portal.owner_email, PASSWORD).await.status, 200);
        assert_eq!(browser.log_in(&portal.owner_email, OTHER).await.status, 303);
        // The owner is told, and of what else a thief may have left behind.
        let mail = server.mailbox(&portal.owner_email).wait_for(2).await;
        assert!(!mail.contains("token=") && mail.contains("Passkeys") && mail.contains("authenticator-app"), "{mail}");
    }

    async fn the_link_works_once_and_takes_older_ones_with_it(server: &Server) {
        let portal = server.portal().await;
        let (older, link) = (forgot(server, &portal.owner_email, 1).await, forgot(server, &portal.owner_email, 2).await);
        let browser = Browser::new(&server.url);
        let (old_form, form) = (browser.page(&older).await.form(), browser.page(&link).await.form());
        // A password that is refused does not use the link up.
        assert_eq!(form.clone().with("password", "kort").send(&browser).await.status, 200);
        assert_eq!(form.clone().with("password", OTHER).send(&browser).await.status, 303);
        for form in [form, old_form] {
            assert!(form.with("password", "wachtwoord van een dief").send_to_page(&browser).await.says(DEAD));
        }
        for link in [&link, &older] {
            assert!(!browser.page(link).await.says("name=\"password\""));
        }
        assert_eq!(browser.log_in(&portal.owner_email, "wachtwoord van een dief").await.status, 200);
        assert_eq!(browser.log_in(&portal.owner_email, OTHER).await.status, 303);
    }

    async fn the_link_ends_after_an_hour(engine: Engine) {
        let server = InProcess::start(engine).await;
        let portal = server.portal().await;
        let browser = Browser::new(&server.url);
        let form = browser.page(&forgot(&server, &portal.owner_email, 1).await).await.form().with("password", OTHER);
        server.clock.advance(SignedDuration::from_hours(1));
        assert!(form.send_to_page(&browser).await.says(DEAD));
        assert_eq!(browser.log_in(&portal.owner_email, OTHER).await.status, 200);
        assert_eq!(browser.log_in(&portal.owner_email, PASSWORD).await.status, 303);
    }

    async fn no_other_secret_is_a_link(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        let (key, link) = (portal.key().await, forgot(server, &portal.owner_email, 1).await);
        let form = browser.page(&link).await.form().with("password", OTHER);
        for secret in [key.token.as_str(), &browser.cookie("manage").unwrap(), "", "x", "' OR 1=1 --"] {
            let form = form.clone().with("token", secret).without("origin");
            assert!(form.send_to_page(&browser).await.says(DEAD), "{secret}");
        }
        // Nor does a reset link verify an address.
        let verify = FilledForm { action: "/manage/verify".into(), ..form.clone().without("origin") };
        assert!(verify.send_to_page(&browser).await.says(DEAD));
        assert_eq!(form.clone().without("csrf").send(&browser).await.status, 403);
        assert_eq!(Browser::new(&server.url).log_in(&portal.owner_email, PASSWORD).await.status, 303);
        assert_eq!(form.send(&browser).await.status, 303);
    }

    async fn the_link_is_on_our_own_host_whatever_the_request_says(server: &Server) {
        let (portal, browser) = (server.portal().await, Browser::new(&server.url));
        let form = browser.page("/manage/forgot-password").await.form().with("email", &portal.owner_email);
        let headers = [("host", "evil.example"), ("x-forwarded-host", "evil.example"), ("forwarded", "host=evil.example")];
        assert_eq!(browser.post_with(&form.action, &form.fields, &headers).await.status, 200);
        let mail = server.mailbox(&portal.owner_email).wait_for(1).await;
        assert!(mail.contains(&server.url) && !mail.contains("evil.example"), "{mail}");
    }

    async fn ones_own_password_is_changed_with_the_present_one(server: &Server) {
        let (portal, laptop) = server.portal_and_browser().await;
        let phone = Browser::logged_in(&server.url, &portal.owner_email).await;
        let (session, form) = (laptop.cookie("manage").unwrap(), laptop.page("/manage/account").await.form());
        let wrong = form.clone().with("current_password", "onjuist").with("password", OTHER);
        assert_eq!(wrong.send(&laptop).await.status, 200);
        let good = form.with("current_password", PASSWORD).with("password", OTHER);
        assert_eq!(good.clone().without("csrf").send(&laptop).await.status, 403);
        assert_eq!(phone.get("/manage").await.status, 200);
        assert_eq!(good.send(&laptop).await.status, 303);
        // This browser goes on with a new session; the old one and all others are over.
        assert_eq!(laptop.get("/manage").await.status, 200);
        assert_ne!(laptop.cookie("manage").unwrap(), session);
        laptop.set_cookie("manage", &session);
        for browser in [&laptop, &phone] {
            assert_eq!(browser.get("/manage").await.header("location"), Some("/manage/login"));
        }
        assert_eq!(phone.log_in(&portal.owner_email, PASSWORD).await.status, 200);
        assert_eq!(phone.log_in(&portal.owner_email, OTHER).await.status, 303);
    }

    async fn a_password_that_is_easy_to_guess_is_refused(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        let reset = browser.page(&forgot(server, &portal.owner_email, 1).await).await.form();
        let own = browser.page("/manage/account").await.form().with("current_password", PASSWORD);
        // What many choose, and what is known of the person.
        for weak in ["Welkom2024!", "qwertyuiop123", "eigenaar-x"] {
            for form in [&reset, &own] {
                let answer = form.clone().with("password", weak).send(&browser).await;
                assert!(answer.status == 200 && answer.text().contains("makkelijk te raden") && !answer.text().contains(weak), "{answer}");
            }
        }
        assert_eq!(reset.with("password", OTHER).send(&browser).await.status, 303, "the link was not used up");
    }

    async fn every_password_is_kept_as_argon2id_at_owasps_parameters(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        let (registered, made) = (format!("nieuw-{:016x}@example.nl", rand::random::<u64>()), format!("bouwer-{:016x}@example.nl", rand::random::<u64>()));
        let stranger = Browser::new(&server.url);
        let form = stranger.page("/manage/register").await.form().with("organisation", "Nieuwe Zaak").with("name", "Noor");
        assert_eq!(form.with("email", &registered).with("password", PASSWORD).send(&stranger).await.status, 200);
        server.cli_with_input(&["developer", "create", "--name", "Bouwers", "--email", &made, "--password-stdin"], PASSWORD).json();
        let kept = async |email: &str| {
            let row = server.db.row::<Single<String>>("SELECT password_hash AS value FROM accounts WHERE email = ?1", &[email.to_param()]).await;
            let Single(phc) = row.unwrap().unwrap();
            assert!(phc.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{phc}");
            phc
        };
        let mut all = vec![kept(&portal.owner_email).await, kept(&registered).await, kept(&made).await];
        let own = browser.page("/manage/account").await.form().with("current_password", PASSWORD).with("password", OTHER);
        assert_eq!(own.send(&browser).await.status, 303);
        all.push(kept(&portal.owner_email).await);
        server.mailbox(&portal.owner_email).wait_for(1).await;
        let reset = browser.page(&forgot(server, &portal.owner_email, 2).await).await.form().with("password", PASSWORD);
        assert_eq!(reset.send(&browser).await.status, 303);
        all.push(kept(&portal.owner_email).await);
        // Each has a salt of its own.
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 5);
    }

    async fn no_log_in_escapes_another_password(server: &Server) {
        for _ in 0..6 {
            let (portal, browser) = (server.portal().await, Browser::new(&server.url));
            let form = browser.page(&forgot(server, &portal.owner_email, 1).await).await.form().with("password", OTHER);
            let thieves: Vec<Browser> = (0..4).map(|_| Browser::new(&server.url)).collect();
            let log_ins = join_all(thieves.iter().map(|thief| thief.log_in(&portal.owner_email, PASSWORD)));
            let (_, changed) = join(log_ins, form.send(&browser)).await;
            assert_eq!(changed.status, 303);
            for thief in &thieves {
                assert_eq!(thief.get("/manage").await.header("location"), Some("/manage/login"));
            }
        }
    }

    async fn nothing_that_a_session_began_escapes_another_password(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (portal, thief) = server.portal_and_browser().await;
        let change = thief.page("/manage/account").await.form().with("current_password", PASSWORD).with("password", "wachtwoord van een dief");
        expect_too_late(&while_another_password_is_set(&server, &portal, change.send(&thief)).await);

        let (portal, thief) = server.portal_and_browser().await;
        let form = thief.page("/manage/account/second-factor/app").await.form();
        let code = Authenticator::of(form.field("secret").unwrap(), &server.clock).code();
        expect_too_late(&while_another_password_is_set(&server, &portal, form.with("code", &code).send(&thief)).await);

        let (portal, thief) = server.portal_and_browser().await;
        let (_, form) = Passkey::new(&thief).await;
        expect_too_late(&while_another_password_is_set(&server, &portal, form.send(&thief)).await);
        let factors = "SELECT (SELECT count(*) FROM passkeys) + (SELECT count(*) FROM totp_factors) AS value";
        assert_eq!(server.db.row::<Single<i64>>(factors, &[]).await.unwrap().unwrap().0, 0);
    }

    async fn changes_at_the_same_moment_wait_for_each_other_in_one_order(server: &Server) {
        for round in 1..6 {
            let (portal, one) = server.portal_and_browser().await;
            let two = Browser::logged_in(&server.url, &portal.owner_email).await;
            let reset = Browser::new(&server.url);
            let form = reset.page(&forgot(server, &portal.owner_email, 1).await).await.form().with("password", OTHER);
            let change = one.page("/manage/account").await.form().with("current_password", PASSWORD).with("password", "nog een ander wachtwoord");
            let end_others = async |browser: &Browser| {
                let fields = [("csrf".to_owned(), browser.csrf("manage").await)];
                browser.post("/manage/account/sessions/end-others", &fields).await
            };
            let answers = tokio::join!(form.send(&reset), change.send(&one), end_others(&one), end_others(&two));
            for answer in [&answers.0, &answers.1, &answers.2, &answers.3] {
                assert!(matches!(answer.status, 200 | 303 | 403), "round {round}: {answer}");
            }
        }
    }
}
