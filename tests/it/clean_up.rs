//! The clean-up: runs beside writes, and only with a plausible clock.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use klantportaal::accounts;
use klantportaal::accounts::{LinkPurpose, Organisation, Role, mail_link};
use klantportaal::api_keys::{forget_ended, record_expired};
use klantportaal::db::{Cleaner, Single, ToParam};
use klantportaal::maintenance::CleanUp;
use klantportaal::request_log;
use tokio_util::sync::CancellationToken;

use crate::support::{Browser, InProcess, Instance, PASSWORD, Page};

const DAY: SignedDuration = SignedDuration::from_hours(24);
const YEAR: SignedDuration = SignedDuration::from_hours(24 * 365);

async fn count(server: &Instance, sql: &'static str) -> i64 {
    server.db.row::<Single<i64>>(sql, &[]).await.unwrap().unwrap().0
}

/// Segments of the request log, one a millisecond, the last one at `newest`.
async fn add_segments(server: &Instance, number: i64, newest: Timestamp) {
    let (portal, now) = (server.portal().await, newest.as_millisecond());
    let key = portal.key().await;
    let sql = "INSERT INTO request_log_segments (id, portal_id, subject, refused, oldest, newest, entries, dropped, packed)
         VALUES (?1, ?2, ?3, ?4, ?5, ?5, 3, 0, ?6)";
    let mut tx = server.db.begin().await.unwrap();
    for index in 0..number {
        let (id, at, packed) = (format!("seg_{index:06}_{}", key.id), now - index, vec![0_u8]);
        let refused = index % 4 == 0;
        let params = [
            id.to_param(),
            portal.id.to_param(),
            key.id.to_param(),
            refused.to_param(),
            at.to_param(),
            packed.to_param(),
        ];
        tx.execute(sql, &params).await.unwrap();
    }
    tx.commit().await.unwrap();
}

const SEGMENTS: &str = "SELECT COUNT(*) AS value FROM request_log_segments";

/// Keys and grants whose total differs from what they have.
const WRONG_TOTALS: &str = "SELECT COUNT(*) AS value FROM (
        SELECT portal_id, subject, refused, CAST(SUM(entries) AS BIGINT) AS entries, COUNT(*) AS segments
        FROM request_log_segments GROUP BY portal_id, subject, refused
    ) AS s FULL JOIN request_log_totals t
        ON t.portal_id = s.portal_id AND t.subject = s.subject AND t.refused = s.refused
    WHERE t.entries IS NULL OR s.entries IS NULL OR t.entries <> s.entries OR t.segments <> s.segments";

fn clean_up_of(server: &InProcess) -> CleanUp {
    CleanUp::new(server.server.clone(), CancellationToken::new())
}

both_engines! {
    async fn others_write_between_the_batches(engine: Engine) {
        let server = InProcess::start(engine).await;
        add_segments(&server, 9000, server.clock.now() - YEAR).await;
        let db = server.db.clone();
        let (begun, has_begun) = tokio::sync::oneshot::channel();
        let writer = tokio::spawn(async move {
            let (mut seen, mut begun) = (Vec::new(), Some(begun));
            loop {
                let mut tx = db.begin().await.unwrap();
                tx.execute("UPDATE audit_retention SET kept_from = kept_from", &[]).await.unwrap();
                let Single(left) = tx.row::<Single<i64>>(SEGMENTS, &[]).await.unwrap().unwrap();
                tx.commit().await.unwrap();
                seen.push(left);
                if let Some(begun) = begun.take() {
                    begun.send(()).unwrap();
                }
                if left == 0 {
                    return seen;
                }
                tokio::task::yield_now().await;
            }
        });
        has_begun.await.unwrap();
        request_log::clean_up(&server.cleaner(), server.clock.now()).await.unwrap();
        let seen = writer.await.unwrap();
        assert!(seen.iter().any(|left| (1..9000).contains(left)), "{seen:?}");
    }

    async fn a_clean_up_that_is_told_to_stop_deletes_no_further_batch(engine: Engine) {
        let server = InProcess::start(engine).await;
        add_segments(&server, 100, server.clock.now() - YEAR).await;
        let stop = CancellationToken::new();
        stop.cancel();
        request_log::clean_up(&Cleaner::new(server.db.clone(), stop), server.clock.now()).await.unwrap();
        assert_eq!(count(&server, SEGMENTS).await, 100);
    }

    async fn the_request_logs_totals_are_those_of_its_segments(engine: Engine) {
        let server = InProcess::start(engine).await;
        let now = server.clock.now();
        add_segments(&server, 300, now - YEAR).await;
        add_segments(&server, 50, now).await;
        assert_eq!((count(&server, SEGMENTS).await, count(&server, WRONG_TOTALS).await), (350, 0));
        request_log::clean_up(&server.cleaner(), now).await.unwrap();
        assert_eq!((count(&server, SEGMENTS).await, count(&server, WRONG_TOTALS).await), (50, 0));
        server.db.execute("DELETE FROM portals", &[]).await.unwrap();
        assert_eq!((count(&server, SEGMENTS).await, count(&server, WRONG_TOTALS).await), (0, 0));
    }

    async fn a_clock_far_ahead_deletes_nothing_before_a_second_look(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (portal, browser) = server.portal_and_browser().await;
        let mut clean_up = clean_up_of(&server);
        let run = async |clean_up: &mut CleanUp| {
            clean_up.run_if_plausible().await;
            (count(&server, "SELECT COUNT(*) AS value FROM sessions").await, count(&server, "SELECT COUNT(*) AS value FROM audit_events").await)
        };
        let before = run(&mut clean_up).await;
        assert!(before.0 == 1 && before.1 > 0, "{before:?}");
        server.clock.set_wall_clock(YEAR * 2);
        assert_eq!(run(&mut clean_up).await, before);
        assert_eq!(run(&mut clean_up_of(&server)).await, before, "nor after a restart");
        // The clock is put right: nothing was lost.
        server.clock.set_wall_clock(-YEAR * 2);
        server.clock.advance(SignedDuration::from_hours(1));
        assert_eq!(run(&mut clean_up).await, before);
        assert_eq!(browser.get("/manage").await.status, 200);
        // It is two years later indeed.
        server.clock.set_wall_clock(YEAR * 2);
        assert_eq!(run(&mut clean_up).await, before);
        server.clock.advance(SignedDuration::from_hours(1));
        assert_eq!(run(&mut clean_up).await, (0, 0));
        assert_eq!(Browser::new(&server.url).log_in(&portal.owner_email, PASSWORD).await.status, 303);
    }

    async fn a_start_is_no_reason_to_clean_up_again(engine: Engine) {
        let server = InProcess::start(engine).await;
        server.portal_and_browser().await;
        assert_eq!(clean_up_of(&server).first_wait().await, Duration::from_secs(60), "never done before");
        clean_up_of(&server).run_if_plausible().await;
        let wait = clean_up_of(&server).first_wait().await.as_secs();
        assert!((3500..=3600).contains(&wait), "{wait}");
        server.clock.advance(SignedDuration::from_mins(40));
        let wait = clean_up_of(&server).first_wait().await.as_secs();
        assert!((1100..=1200).contains(&wait), "{wait}");
    }

    async fn of_several_instances_one_cleans_up(engine: Engine) {
        let server = InProcess::start(engine).await;
        clean_up_of(&server).run_if_plausible().await;
        add_segments(&server, 10, server.clock.now() - YEAR).await;
        clean_up_of(&server).run_if_plausible().await;
        assert_eq!(count(&server, SEGMENTS).await, 10);
        server.clock.advance(SignedDuration::from_hours(1));
        clean_up_of(&server).run_if_plausible().await;
        assert_eq!(count(&server, SEGMENTS).await, 0);
    }

    async fn accounts_that_are_never_confirmed_go_after_a_week_with_what_hangs_on_them(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (portal, _) = server.portal_and_browser().await;
        let register = async |site: &str, email: &str| {
            let browser = Browser::new(&server.url);
            let form = browser.page(&format!("/{site}/register")).await.form();
            let form = form.with("organisation", "Bakkerij").with("name", "Jan").with("email", email).with("password", PASSWORD);
            assert_eq!(form.send(&browser).await.status, 200);
        };
        register("manage", "nooit@example.nl").await;
        register("developers", "nooit-ontwikkelaar@example.nl").await;
        register("manage", "met-collega@example.nl").await;
        let colleague = server.owner(&portal).await;
        let find = "SELECT m.portal_id AS value FROM portal_members m JOIN accounts a ON a.id = m.account_id WHERE a.email = 'met-collega@example.nl'";
        let Single(shared) = server.db.row(find, &[]).await.unwrap().unwrap();
        server.let_in(&Organisation::Portal(shared), &colleague.id, Role::Owner).await;
        let left = async |days: i64| {
            accounts::clean_up(&server.cleaner(), server.clock.now() + DAY * i32::try_from(days).unwrap()).await.unwrap();
            let mut counts = Vec::new();
            for sql in ["SELECT COUNT(*) AS value FROM accounts", "SELECT COUNT(*) AS value FROM portals", "SELECT COUNT(*) AS value FROM developers"] {
                counts.push(count(&server, sql).await);
            }
            counts
        };
        assert_eq!(left(6).await, [4, 3, 1]);
        assert_eq!(left(8).await, [1, 2, 0], "what somebody else is a member of stays");
        register("manage", "nooit@example.nl").await;
        assert_eq!(left(0).await, [2, 3, 0], "the address is free again");
    }

    async fn who_confirms_in_the_last_moment_keeps_the_account(engine: Engine) {
        let server = InProcess::start(engine).await;
        let browser = Browser::new(&server.url);
        for number in 0..5 {
            let email = format!("net-op-tijd-{number}@example.nl");
            let form = browser.page("/manage/register").await.form();
            let form = form.with("organisation", "Bakkerij").with("name", "Jan").with("email", &email).with("password", PASSWORD);
            assert_eq!(form.send(&browser).await.status, 200);
            let (cleaner, later) = (server.cleaner(), server.clock.now() + DAY * 8);
            let confirm = async {
                let sql = "UPDATE accounts SET email_verified_at = 1 WHERE email = ?1";
                server.db.execute(sql, &[email.to_param()]).await.unwrap()
            };
            let (cleaned, confirmed) = tokio::join!(accounts::clean_up(&cleaner, later), confirm);
            cleaned.unwrap();
            let portals = "SELECT COUNT(*) AS value FROM portals p JOIN portal_members m ON m.portal_id = p.id JOIN accounts a ON a.id = m.account_id WHERE a.email = ?1";
            let Single(portals) = server.db.row::<Single<i64>>(portals, &[email.to_param()]).await.unwrap().unwrap();
            assert_eq!(portals, i64::try_from(confirmed).unwrap(), "both or neither");
        }
    }

    async fn who_is_confirming_during_the_clean_up_keeps_the_account(engine: Engine) {
        let server = InProcess::start(engine).await;
        let browser = Browser::new(&server.url);
        let form = browser.page("/manage/register").await.form();
        let form = form.with("organisation", "Bakkerij").with("name", "Jan").with("email", "jan@example.nl").with("password", PASSWORD);
        assert_eq!(form.send(&browser).await.status, 200);
        let (cleaner, later) = (server.cleaner(), server.clock.now() + DAY * 8);
        let mut tx = server.db.begin().await.unwrap();
        tx.execute("UPDATE accounts SET email_verified_at = 1", &[]).await.unwrap();
        let confirm = async {
            tokio::time::sleep(Duration::from_millis(500)).await;
            tx.commit().await.unwrap();
        };
        let (cleaned, ()) = tokio::join!(tokio::spawn(async move { accounts::clean_up(&cleaner, later).await }), confirm);
        cleaned.unwrap().unwrap();
        for sql in ["SELECT COUNT(*) AS value FROM accounts", "SELECT COUNT(*) AS value FROM portals", "SELECT COUNT(*) AS value FROM portal_members"] {
            assert_eq!(count(&server, sql).await, 1, "{sql}");
        }
    }

    async fn links_and_keys_that_are_over_go(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (portal, now) = (server.portal().await, server.clock.now());
        let (live, owner) = (portal.key().await, server.owner(&portal).await);
        let revoked = portal.key().await;
        server.db.execute("UPDATE api_keys SET revoked_at = ?2 WHERE id = ?1", &[revoked.id.to_param(), now.to_param()]).await.unwrap();
        let expired = portal.key().await;
        server.db.execute("UPDATE api_keys SET expires_at = ?2 WHERE id = ?1", &[expired.id.to_param(), now.to_param()]).await.unwrap();
        let mut tx = server.db.begin().await.unwrap();
        mail_link(&mut tx, &owner.id, LinkPurpose::Reset, now).await.unwrap();
        tx.commit().await.unwrap();
        for (days, keys, links) in [(0, 3, 1), (29, 3, 0), (31, 1, 0)] {
            let (cleaner, then) = (server.cleaner(), now + DAY * days);
            record_expired(&cleaner, then).await.unwrap();
            forget_ended(&cleaner, then).await.unwrap();
            accounts::clean_up(&cleaner, then).await.unwrap();
            assert_eq!(count(&server, "SELECT COUNT(*) AS value FROM api_keys").await, keys, "after {days} days");
            assert_eq!(count(&server, "SELECT COUNT(*) AS value FROM mail_links").await, links, "after {days} days");
        }
        live.get("/v1/customers").await.expect(200);
        let page = Page::of(&Browser::logged_in(&server.url, &portal.owner_email).await.get("/manage/settings/audit-log").await);
        assert!(page.html.contains("sleutel"), "its end is still told: {}", page.html);
    }
}
