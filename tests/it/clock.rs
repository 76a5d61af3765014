//! The wall clock is set: by an administrator, a time server, or a machine that wakes up with a
//! wrong clock. It makes nobody wait and loses nothing.

use jiff::{SignedDuration, Timestamp};
use klantportaal::accounts::factors::TotpFactor;
use klantportaal::auth::ScopeSet;
use klantportaal::db::{Single, ToParam};
use klantportaal::i18n::Lang;
use klantportaal::ids::AccountId;
use klantportaal::mail::{Mail, Speaker};

use crate::support::{Authenticator, Browser, InProcess, PASSWORD, Tokens};

const DAY: SignedDuration = SignedDuration::from_hours(24);

both_engines! {
    async fn a_key_that_was_used_while_the_clock_stood_ahead_has_its_whole_limit_afterwards(engine: Engine) {
        let server = InProcess::start(engine).await;
        let key = server.portal().await.key_with(ScopeSet::all(), Some(4)).await;
        server.clock.set_wall_clock(DAY);
        key.get("/v1/customers").await.expect(200);
        server.clock.set_wall_clock(-DAY);
        server.clock.advance(SignedDuration::from_secs(62));
        for _ in 0..4 {
            key.get("/v1/customers").await.expect(200);
        }
        let refused = key.get("/v1/customers").await;
        refused.expect(429);
        assert!((1..=61).contains(&refused.number("retry-after")), "{refused}");
        let reset = refused.number("x-ratelimit-reset") - server.clock.now().as_second();
        assert!((0..=61).contains(&reset), "the wall clock's time, {refused}");
        server.clock.advance(SignedDuration::from_secs(62));
        key.get("/v1/customers").await.expect(200);
    }

    async fn setting_the_clock_ahead_frees_nothing(engine: Engine) {
        let server = InProcess::start(engine).await;
        let key = server.portal().await.key_with(ScopeSet::all(), Some(1)).await;
        key.get("/v1/customers").await.expect(200);
        server.clock.set_wall_clock(DAY);
        key.get("/v1/customers").await.expect(429);
    }

    async fn a_right_password_waits_no_day_for_guesses_of_a_wrong_time(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (portal, thief) = (server.portal().await, Browser::new(&server.url));
        server.clock.set_wall_clock(DAY);
        while thief.log_in(&portal.owner_email, "geraden paard").await.status != 429 {}
        server.clock.set_wall_clock(-DAY);
        server.clock.advance(SignedDuration::from_mins(8));
        assert_eq!(thief.log_in(&portal.owner_email, PASSWORD).await.status, 303);
    }

    async fn a_password_that_was_given_in_the_future_is_not_a_recent_one(engine: Engine) {
        let server = InProcess::start(engine).await;
        let portal = server.portal().await;
        server.clock.set_wall_clock(DAY);
        let browser = Browser::logged_in(&server.url, &portal.owner_email).await;
        let page = "/manage/account/second-factor/app";
        assert_eq!(browser.get(page).await.status, 200);
        server.clock.set_wall_clock(-DAY);
        let answer = browser.get(page).await;
        assert!(answer.header("location").is_some_and(|to| to.contains("reauthenticate")), "{answer}");
        // When the session was last used is written anew.
        let seen = "SELECT max(last_seen_at) AS value FROM sessions";
        let Single(seen) = server.db.row::<Single<Timestamp>>(seen, &[]).await.unwrap().unwrap();
        assert!(seen <= server.clock.now());
    }

    async fn a_code_that_was_used_in_the_future_does_not_stop_those_of_today(engine: Engine) {
        let server = InProcess::start(engine).await;
        let portal = server.portal().await;
        server.clock.set_wall_clock(DAY);
        let browser = Browser::logged_in(&server.url, &portal.owner_email).await;
        let app = Authenticator::set_up(&browser, &server.clock).await;
        server.clock.set_wall_clock(-DAY);
        let (keys, code) = (&server.server.sealing_keys, app.code());
        let account = "SELECT account_id AS value FROM totp_factors";
        let Single(account) = server.db.row::<Single<AccountId>>(account, &[]).await.unwrap().unwrap();
        for expected in [true, false] {
            let mut tx = server.db.begin().await.unwrap();
            let used = TotpFactor::use_code(&mut tx, keys, &account, &code, server.clock.now()).await.unwrap();
            assert_eq!(used, expected, "once");
            tx.commit().await.unwrap();
        }
    }

    async fn a_second_factor_that_was_given_in_the_future_is_not_a_recent_one(engine: Engine) {
        let server = InProcess::start(engine).await;
        let portal = server.portal().await;
        let browser = Browser::logged_in(&server.url, &portal.owner_email).await;
        let owner = server.owner(&portal).await.id;
        server.db.execute(
            "INSERT INTO totp_factors (account_id, secret, last_step, created_at) VALUES (?1, ?2, 1, 1)",
            &[owner.to_param(), vec![1_u8].to_param()],
        ).await.unwrap();
        let given = "UPDATE sessions SET second_factor_at = ?1";
        let page = "/manage/account/second-factor/app/remove";
        for (at, is_recent) in [(server.clock.now(), true), (server.clock.now() + DAY, false)] {
            server.db.execute(given, &[at.to_param()]).await.unwrap();
            let answer = browser.get(page).await;
            let asked_again = answer.header("location").is_some_and(|to| to.contains("reauthenticate"));
            assert_eq!(asked_again, !is_recent, "{answer}");
        }
    }

    async fn a_refresh_token_that_was_replaced_in_the_future_is_not_good_for_a_day(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (app, (_, browser)) = (server.rotating_app().await, server.portal_and_browser().await);
        let first = app.connect(&browser).await;
        server.clock.set_wall_clock(DAY);
        let second = Tokens::of(&app.refresh(&first.refresh).await);
        server.clock.set_wall_clock(-DAY);
        assert_eq!(Tokens::of(&app.refresh(&first.refresh).await).refresh, second.refresh);
        server.clock.advance(SignedDuration::from_secs(31));
        app.refresh(&first.refresh).await.expect_oauth_error("invalid_grant");
        app.refresh(&second.refresh).await.expect_oauth_error("invalid_grant");
    }

    async fn mail_that_was_tried_in_the_future_is_sent_today(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (now, to) = (server.clock.now(), "jan-van-morgen@example.nl".to_owned());
        let mail = Mail::new(&to, Speaker::Product, Lang::Nl, "Sleutel".into(), "Tekst");
        let mut tx = server.db.begin().await.unwrap();
        mail.post(&mut tx, now).await.unwrap();
        let tomorrow = now + DAY;
        tx.execute("UPDATE jobs SET run_at = ?1, attempts = 1, failed_at = ?1", &[tomorrow.to_param()]).await.unwrap();
        tx.commit().await.unwrap();
        server.mailbox(&to).wait_for(1).await;
    }
}
