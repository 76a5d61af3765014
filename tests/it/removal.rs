//! Permanent removal a week after deletion, from every table.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use klantportaal::accounts::{Organisation, Role};
use klantportaal::db::{Single, ToParam};
use klantportaal::removal::remove_deleted;

use crate::support::pages::Party;
use crate::support::{Browser, InProcess};

/// Tables that keep rows of a removed portal: who did what is kept as long as any event.
const KEPT_OF_PORTAL: [&str; 1] = ["audit_events"];
/// The same of a removed account, whose rows are a portal's or developer's.
const KEPT_OF_ACCOUNT: [&str; 2] = ["audit_events", "consents"];

/// A table in which a portal's id is no more than a place in a list.
const PLACES: [&str; 1] = ["search_progress"];

const WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Adds a row to each table that the tests' usual ways do not fill.
async fn fill(server: &InProcess, party: &Party, account: &str) {
    let segment = "INSERT INTO request_log_segments (id, portal_id, subject, oldest, newest, entries, dropped, packed)
         VALUES ('seg_' || CAST(?1 AS TEXT), ?1, 'key_x', 1, 1, 1, 0, ?2)";
    for sql in [
        "INSERT INTO appointment_settings (portal_id, reminder_hours, revision) VALUES (?1, 24, 1)",
        "INSERT INTO opening_hours (portal_id, monday, revision) VALUES (?1, '09:00-17:00', 1)",
        "INSERT INTO change_tallies (portal_id, author, action, hour, changes) VALUES (?1, 'x', 'y', 1, 1)",
        "INSERT INTO request_log_totals (portal_id, subject, refused, entries, segments) VALUES (?1, 'x', FALSE, 1, 1)",
        "INSERT INTO content_scans (portal_id, file_id, state, created_at) VALUES (?1, 'fsf_x', 'clean', 1)",
        "INSERT INTO jobs (kind, payload, lane, portal_id, run_at, planned, created_at) VALUES ('x', '{}', '', ?1, 9, FALSE, 1)",
    ] {
        server.db.execute(sql, &[party.portal.to_param()]).await.unwrap();
    }
    let answered = "INSERT INTO answered_forms (account_id, mark, expires_at) VALUES (?1, 'x', 9)";
    server.db.execute(answered, &[account.to_param()]).await.unwrap();
    let unread =
        "INSERT INTO unread_tickets (portal_id, account_id, ticket_id) VALUES (?1, ?2, ?3)";
    let ticket = &party.ids["ticketId"];
    let values = [party.portal.to_param(), account.to_param(), ticket.to_param()];
    server.db.execute(unread, &values).await.unwrap();
    let feed = "INSERT INTO calendar_feeds (portal_id, id, account_id, created_at) VALUES (?1, 'cfd_x', ?2, 1)";
    server.db.execute(feed, &values[..2]).await.unwrap();
    let delivery = "INSERT INTO app_webhook_deliveries
             (webhook_id, id, event_id, type, portal_id, scope, job_id, attempt, sent_at, took_ms, status, answer)
         VALUES (?2, 'dlv_x', 'evn_x', 'customer-created', ?1, 'customers.read', 0, 1, 1, 1, 204, '')";
    let values = [party.portal.to_param(), party.ids["appWebhook"].to_param()];
    server.db.execute(delivery, &values).await.unwrap();
    let packed = b"x".to_vec();
    let key =
        "INSERT INTO idempotency_keys (portal_id, id, request, expires_at) VALUES (?1, ?2, ?2, 9)";
    for sql in [segment, key] {
        server.db.execute(sql, &[party.portal.to_param(), packed.to_param()]).await.unwrap();
    }
    for sql in [
        "INSERT INTO mail_links (token_hash, account_id, purpose, expires_at) VALUES (?2, ?1, 'reset', 9)",
        "INSERT INTO pending_emails (account_id, email, token_hash, expires_at) VALUES (?1, 'nieuw@example.nl', ?2, 9)",
        "INSERT INTO former_emails (account_id, email, token_hash, changed_at, expires_at) VALUES (?1, 'oud@example.nl', ?2, 1, 9)",
        "INSERT INTO log_in_steps (token_hash, site, account_id, tries, expires_at) VALUES (?2, 'manage', ?1, 0, 9)",
        "INSERT INTO passkey_challenges (token_hash, purpose, account_id, state, expires_at) VALUES (?2, 'log_in', ?1, '', 9)",
        "INSERT INTO totp_factors (account_id, secret, last_step, created_at) VALUES (?1, ?2, 1, 1)",
        "INSERT INTO form_drafts (id, account_id, content, created_at, expires_at) VALUES (?1, ?1, ?2, 1, 9)",
        "INSERT INTO recovery_codes (account_id, code_hash) VALUES (?1, ?2)",
    ] {
        server
            .db
            .execute(sql, &[account.to_param(), account.as_bytes().to_vec().to_param()])
            .await
            .unwrap();
    }
}

/// Every table has a row, so that removing it means something.
fn assert_filled(rows: &BTreeMap<String, u64>) {
    let empty: Vec<_> = rows.iter().filter(|(_, count)| **count == 0).collect();
    assert!(empty.is_empty(), "teach `fill` to add a row to {empty:?}");
}

fn assert_removed(rows: &BTreeMap<String, u64>, kept: &[&str]) {
    let left: Vec<_> = rows
        .iter()
        .filter(|(table, count)| **count > 0 && !kept.contains(&table.as_str()))
        .collect();
    assert!(left.is_empty(), "rows are left: {left:?}");
    assert!(kept.iter().all(|table| rows[*table] > 0), "the log is kept: {rows:?}");
}

async fn action_count(server: &InProcess, action: &str) -> i64 {
    let sql =
        "SELECT COUNT(*) AS value FROM audit_events WHERE action = ?1 AND actor_kind = 'system'";
    let count: Option<Single<i64>> = server.db.row(sql, &[action.to_param()]).await.unwrap();
    count.unwrap().0
}

both_engines! {
    async fn a_portal_is_removed_from_every_table_and_its_neighbour_from_none(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (party, neighbour) = (Party::new(&server).await, Party::new(&server).await);
        for party in [&party, &neighbour] {
            let account: Option<Single<String>> = server.db.row("SELECT id AS value FROM accounts WHERE email = ?1", &[party.email.to_param()]).await.unwrap();
            fill(&server, party, &account.unwrap().0).await;
        }
        let rows = async |party: &Party| {
            let mut rows = server.database.rows_with("portal_id", party.portal.as_str()).await;
            rows.retain(|table, _| !PLACES.contains(&table.as_str()));
            rows
        };
        // What is still to be written of both portals' requests would come between.
        server.server.write_down_usage().await;
        assert_filled(&rows(&party).await);
        let beside = rows(&neighbour).await;
        let now = server.clock.now();
        let mut tx = server.db.begin().await.unwrap();
        let portal = Organisation::Portal(party.portal.clone());
        portal.delete(&mut tx, now).await.unwrap();
        tx.commit().await.unwrap();
        let before = rows(&party).await;
        remove_deleted(&server.cleaner(), 400, now + WEEK - SignedDuration::from_secs(1)).await.unwrap();
        assert_eq!(rows(&party).await, before, "not a day too early");
        remove_deleted(&server.cleaner(), 400, now + WEEK).await.unwrap();
        remove_deleted(&server.cleaner(), 400, now + WEEK).await.unwrap();
        assert_removed(&rows(&party).await, &KEPT_OF_PORTAL);
        assert_eq!(rows(&neighbour).await, beside, "the neighbour keeps all");
        assert_eq!(action_count(&server, "portal_removed").await, 1);
        let mut tx = server.db.begin().await.unwrap();
        assert!(portal.restore(&mut tx, now).await.is_err(), "it cannot come back");
        drop(tx);
        // The log goes with its time, and then the last row.
        let later = now + SignedDuration::from_hours(24 * 500);
        klantportaal::audit::clean_up(&server.cleaner(), 400, later).await.unwrap();
        remove_deleted(&server.cleaner(), 400, later).await.unwrap();
        assert_eq!(rows(&party).await.values().sum::<u64>(), 0);
        let left: Vec<Single<String>> = server.db.rows("SELECT id AS value FROM portals WHERE id = ?1", &[party.portal.to_param()]).await.unwrap();
        assert!(left.is_empty());
    }

    async fn many_rows_go_in_batches(engine: Engine) {
        let server = InProcess::start(engine).await;
        let portal = server.portal().await;
        let sql = "INSERT INTO customer_groups (portal_id, id, name, created_at) VALUES (?1, ?2, 'x', 1)";
        for number in 0..450 {
            server.db.execute(sql, &[portal.id.to_param(), format!("cug_{number}").to_param()]).await.unwrap();
        }
        let now = server.clock.now();
        let mut tx = server.db.begin().await.unwrap();
        Organisation::Portal(portal.id.clone()).delete(&mut tx, now).await.unwrap();
        tx.commit().await.unwrap();
        remove_deleted(&server.cleaner(), 400, now + WEEK).await.unwrap();
        assert_eq!(server.database.rows_with("portal_id", portal.id.as_str()).await["customer_groups"], 0);
    }

    async fn an_account_is_removed_from_every_table_and_its_portal_goes_on(engine: Engine) {
        let server = InProcess::start(engine).await;
        let party = Party::new(&server).await;
        let account: Option<Single<String>> = server.db.row("SELECT id AS value FROM accounts WHERE email = ?1", &[party.email.to_param()]).await.unwrap();
        let id = account.unwrap().0;
        fill(&server, &party, &id).await;
        let rows = async || server.database.rows_with("account_id", &id).await;
        assert_filled(&rows().await);
        let (second, email) = server.person("Tweede").await;
        for organisation in [Organisation::Portal(party.portal.clone()), Organisation::Developer(party.developer.clone())] {
            server.let_in(&organisation, &second, Role::Owner).await;
        }
        let sql = "UPDATE accounts SET deleted_at = ?2 WHERE id = ?1";
        server.db.execute(sql, &[id.to_param(), server.clock.now().to_param()]).await.unwrap();
        remove_deleted(&server.cleaner(), 400, server.clock.now() + WEEK).await.unwrap();
        assert_removed(&rows().await, &KEPT_OF_ACCOUNT);
        let left: Vec<Single<String>> = server.db.rows("SELECT id AS value FROM accounts WHERE id = ?1", &[id.to_param()]).await.unwrap();
        assert!(left.is_empty());
        assert!(action_count(&server, "account_removed").await > 0);
        // The portal keeps its connected app, and the test portal has another owner.
        let browser = Browser::logged_in(&server.url, &email).await;
        assert!(browser.page("/manage/settings/connected-apps").await.says("/connected-apps/grt_"));
        let sql = "SELECT account_id AS value FROM portal_members WHERE portal_id = ?1 AND role = 'owner'";
        let owners: Vec<Single<String>> = server.db.rows(sql, &[party.ids["sandbox"].to_param()]).await.unwrap();
        assert_eq!(owners.iter().map(|Single(owner)| owner.as_str()).collect::<Vec<_>>(), [second.as_str()]);
    }

    async fn a_developer_is_removed_with_its_apps_and_test_portals(engine: Engine) {
        let server = InProcess::start(engine).await;
        let party = Party::new(&server).await;
        let now = server.clock.now();
        let mut tx = server.db.begin().await.unwrap();
        Organisation::Developer(party.developer.clone()).delete(&mut tx, now).await.unwrap();
        tx.commit().await.unwrap();
        remove_deleted(&server.cleaner(), 400, now + WEEK).await.unwrap();
        let rows = server.database.rows_with("developer_id", party.developer.as_str()).await;
        let left: Vec<_> = rows.iter().filter(|(table, count)| **count > 0 && !["audit_events", "apps"].contains(&table.as_str())).collect();
        assert!(left.is_empty(), "{left:?}");
        let apps: Option<Single<i64>> = server.db.row("SELECT COUNT(*) AS value FROM apps WHERE developer_id = ?1 AND deleted_at IS NULL", &[party.developer.to_param()]).await.unwrap();
        assert_eq!(apps.unwrap().0, 0);
        let rows = server.database.rows_with("portal_id", &party.ids["sandbox"]).await;
        assert!(rows.iter().all(|(table, count)| *count == 0 || table == "audit_events"), "{rows:?}");
        assert_eq!((action_count(&server, "developer_removed").await, action_count(&server, "portal_removed").await), (1, 1));
    }
}
