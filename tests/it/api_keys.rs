//! Managing API keys in the manage portal.

use jiff::{SignedDuration, Timestamp};
use klantportaal::api_keys::{ApiKey, NewApiKey};
use klantportaal::auth::{AddressList, ScopeSet};
use klantportaal::manage::warn_of_expiry;
use reqwest::Method;

use crate::support::{Answer, Browser, Engine, InProcess, Key, Portal};

const KEYS: &str = "/manage/settings/api-keys";

/// A server that believes a proxy on this machine, so that a test can come from anywhere.
async fn behind_a_proxy(engine: Engine) -> InProcess {
    InProcess::start_with(engine, |_| vec!["--trusted-proxies=127.0.0.0/8".into()]).await
}

async fn key_from(portal: &Portal, addresses: &str) -> Key {
    let allowed_addresses = AddressList::parse(addresses).unwrap();
    portal
        .make_key(NewApiKey {
            name: "kassa".into(),
            scopes: ScopeSet::all(),
            expires_at: None,
            rate_limit: None,
            allowed_addresses,
        })
        .await
}

async fn call_from(key: &Key, address: &str) -> Answer {
    Answer::to(
        key.request(Method::GET, "/v1/customers")
            .header("x-forwarded-for", address)
            .header("user-agent", "kassa/1.0"),
    )
    .await
}

/// The key that a page shows, this once.
fn shown_key(page: &str) -> String {
    let start = page.find("kpk_").unwrap();
    page[start..].chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect()
}

/// Makes a key by the form; returns the key and the address of its page.
async fn make(browser: &Browser, fields: &[(&str, &str)]) -> (String, String) {
    let form = browser.page(&format!("{KEYS}/new")).await.form();
    let form = fields.iter().fold(form, |form, (name, value)| form.with(name, value));
    let answer = form.with("scope", "customers.read").send(browser).await;
    assert_eq!(answer.status, 200, "{answer}");
    let list = browser.page(KEYS).await;
    let path = list
        .html
        .split(r#"href=""#)
        .map(|rest| rest.split('"').next().unwrap())
        .find(|link| link.contains("/key_"))
        .unwrap()
        .to_owned();
    (shown_key(&answer.text()), path)
}

/// Rotates a key by the form; returns the new secret.
async fn rotate(browser: &Browser, path: &str, overlap: &str, expires: &str) -> String {
    let form = browser.page(&format!("{path}/rotate")).await.form();
    let answer = form.with("overlap", overlap).with("expires", expires).send(browser).await;
    assert_eq!(answer.status, 200, "{answer}");
    shown_key(&answer.text())
}

/// The status that a token gets.
async fn status(server: &InProcess, token: &str) -> u16 {
    server.bearer(token).get("/v1/customers").await.status
}

/// A key that ends after so many hours, and its owner's address.
async fn ending(server: &InProcess, hours: i64) -> (Key, Portal) {
    let portal = server.portal().await;
    let expires_at = Some(Timestamp::now() + SignedDuration::from_hours(hours));
    let new = NewApiKey {
        name: "kassa".into(),
        scopes: ScopeSet::all(),
        expires_at,
        rate_limit: None,
        allowed_addresses: AddressList::default(),
    };
    (portal.make_key(new).await, portal)
}

both_engines! {
    async fn a_key_is_refused_from_an_address_that_is_not_on_its_list(engine: Engine) {
        let server = behind_a_proxy(engine).await;
        let key = key_from(&server.portal().await, "203.0.113.0/24 2001:db8::1").await;
        call_from(&key, "203.0.113.7").await.expect(200);
        call_from(&key, "2001:db8::1").await.expect(200);
        for foreign in ["198.51.100.1", "2001:db8::2", "203.0.114.0"] {
            let message = call_from(&key, foreign).await.expect(403)["message"].clone();
            assert!(message.as_str().unwrap().contains(&format!("be used from {foreign}")), "{message}");
        }
        // Not through a proxy, the address is the connection's own.
        key.get("/v1/customers").await.expect(403);
        call_from(&key_from(&server.portal().await, "").await, "198.51.100.1").await.expect(200);
    }

    async fn a_proxys_address_is_read_in_every_notation(engine: Engine) {
        let server = behind_a_proxy(engine).await;
        let key = key_from(&server.portal().await, "203.0.113.7 2001:db8::7").await;
        for address in ["203.0.113.7:51008", "[2001:db8::7]:51008", "[2001:DB8::7]", "6.6.6.6:1, 203.0.113.7:51008"] {
            call_from(&key, address).await.expect(200);
        }
        call_from(&key, "203.0.113.8:51008").await.expect(403);
        let forwarded = async |value: &str| Answer::to(key.request(Method::GET, "/v1/customers").header("forwarded", value)).await;
        forwarded("for=\"[2001:db8::7]:51008\";proto=https").await.expect(200);
        forwarded("for=203.0.113.7, for=198.51.100.1").await.expect(403);
    }

    async fn a_client_cannot_say_itself_where_it_is(server: &Server) {
        // This server trusts no proxy.
        let key = key_from(&server.portal().await, "203.0.113.7").await;
        call_from(&key, "203.0.113.7").await.expect(403);
    }

    async fn requests_from_elsewhere_take_nothing_from_the_limit(engine: Engine) {
        let server = behind_a_proxy(engine).await;
        let key = key_from(&server.portal().await, "203.0.113.7").await;
        for _ in 0..70 {
            assert_eq!(call_from(&key, "198.51.100.1").await.status, 403);
        }
        assert_eq!(call_from(&key, "203.0.113.7").await.number("x-ratelimit-remaining"), 59);
    }

    async fn the_list_of_addresses_is_chosen_with_the_key_and_changed_later(engine: Engine) {
        let server = behind_a_proxy(engine).await;
        let (_, browser) = server.portal_and_browser().await;
        let form = browser.page(&format!("{KEYS}/new")).await.form().with("name", "kassa").with("scope", "customers.read");
        let faulty = form.with("addresses", "203.0.113.7\nlocalhost").send(&browser).await;
        assert!(faulty.text().contains("localhost is geen adres of netwerk") && !faulty.text().contains("kpk_"), "{faulty}");
        let (key, path) = make(&browser, &[("name", "kassa"), ("addresses", "203.0.113.7, 198.51.100.0/24")]).await;
        let key = Key::new(&path.rsplit('/').next().unwrap().parse().unwrap(), &key, server.bearer(&key));
        call_from(&key, "203.0.113.7").await.expect(200);
        call_from(&key, "192.0.2.1").await.expect(403);
        let form = browser.page(&format!("{path}/addresses")).await.form();
        let faulty = form.clone().with("addresses", "192.0.2.0/99").send(&browser).await;
        assert_eq!(faulty.status, 200, "{faulty}");
        call_from(&key, "192.0.2.1").await.expect(403);
        assert_eq!(form.with("addresses", "192.0.2.0/24").send(&browser).await.status, 303);
        call_from(&key, "192.0.2.1").await.expect(200);
        call_from(&key, "203.0.113.7").await.expect(403);
        assert!(browser.page(&path).await.says("192.0.2.0/24"));
    }

    async fn the_last_use_tells_from_where_and_by_what(engine: Engine) {
        let server = behind_a_proxy(engine).await;
        let (portal, browser) = server.portal_and_browser().await;
        let key = key_from(&portal, "").await;
        call_from(&key, "198.51.100.1").await.expect(200);
        call_from(&key, "203.0.113.7").await.expect(200);
        let list = browser.page(KEYS).await;
        assert!(list.says("vanaf 203.0.113.7") && !list.says("198.51.100.1"), "{}", list.html);
        assert!(list.says("60 verzoeken per minuut"), "the server's limit is shown");
        let page = browser.page(&format!("{KEYS}/{}", key.id)).await;
        assert!(page.says("vanaf 203.0.113.7") && page.says("kassa/1.0"), "{}", page.html);
    }

    async fn a_stranger_can_neither_see_nor_change_a_key(server: &Server) {
        let portal = server.portal().await;
        let key = portal.key().await;
        let (_, stranger) = server.portal_and_browser().await;
        let own_form = stranger.page(&format!("{KEYS}/new")).await.form();
        for page in ["", "/addresses", "/revoke"] {
            let path = format!("{KEYS}/{}{page}", key.id);
            assert_eq!(stranger.get(&path).await.status, 404, "{path}");
            if !page.is_empty() {
                assert_eq!(stranger.post(&path, &own_form.clone().with("addresses", "192.0.2.1").fields).await.status, 404, "{path}");
            }
        }
        key.get("/v1/customers").await.expect(200);
    }

    async fn what_is_done_with_keys_is_in_the_audit_log(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        let (_, path) = make(&browser, &[("name", "kassa")]).await;
        assert_eq!(browser.page(&format!("{path}/addresses")).await.form().with("addresses", "192.0.2.1").send(&browser).await.status, 303);
        assert_eq!(browser.page(&format!("{path}/revoke")).await.form().send(&browser).await.status, 303);
        let portal_id = klantportaal::db::ToParam::to_param(&portal.id);
        let sql = "SELECT action || ' ' || subject AS value FROM audit_events WHERE portal_id = ?1 AND action LIKE 'api_key%' ORDER BY created_at, action DESC";
        let rows: Vec<klantportaal::db::Single<String>> = server.db.rows(sql, &[portal_id]).await.unwrap();
        let told: Vec<String> = rows.into_iter().map(|row| row.0).collect();
        assert_eq!(told, ["api_key_created kassa", "api_key_changed kassa", "api_key_revoked kassa"]);
    }

    async fn a_rotated_keys_old_secret_works_until_the_overlap_is_over(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (_, browser) = server.portal_and_browser().await;
        let (first, path) = make(&browser, &[("name", "kassa")]).await;
        assert_eq!(status(&server, &first).await, 200);
        let second = rotate(&browser, &path, "1h", "").await;
        assert_ne!(first, second);
        assert_eq!((status(&server, &first).await, status(&server, &second).await), (200, 200));
        assert!(browser.page(&path).await.says(&first[..8]), "the page tells of the old one");
        server.clock.advance(SignedDuration::from_mins(59));
        assert_eq!((status(&server, &first).await, status(&server, &second).await), (200, 200));
        server.clock.advance(SignedDuration::from_mins(2));
        assert_eq!((status(&server, &first).await, status(&server, &second).await), (401, 200));
        assert!(!browser.page(&path).await.says(&first[..8]));
    }

    async fn without_an_overlap_and_at_a_further_rotation_old_secrets_are_dead_at_once(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (_, browser) = server.portal_and_browser().await;
        let (first, path) = make(&browser, &[("name", "kassa")]).await;
        assert_eq!(status(&server, &first).await, 200);
        let second = rotate(&browser, &path, "none", "").await;
        assert_eq!((status(&server, &first).await, status(&server, &second).await), (401, 200));
        let third = rotate(&browser, &path, "7d", "").await;
        let fourth = rotate(&browser, &path, "7d", "").await;
        let mut all = Vec::new();
        for token in [&first, &second, &third, &fourth] {
            all.push(status(&server, token).await);
        }
        assert_eq!(all, [401, 401, 200, 200]);
        assert_eq!(browser.page(&format!("{path}/revoke")).await.form().send(&browser).await.status, 303);
        assert_eq!((status(&server, &third).await, status(&server, &fourth).await), (401, 401), "revoking takes both");
    }

    async fn an_old_secret_never_outlives_the_end_that_the_key_had(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (key, portal) = ending(&server, 1).await;
        let browser = Browser::logged_in(&server.url, &portal.owner_email).await;
        let path = format!("{KEYS}/{}", key.id);
        let new = rotate(&browser, &path, "7d", "2099-01-31").await;
        server.clock.advance(SignedDuration::from_hours(2));
        assert_eq!((status(&server, &key.token).await, status(&server, &new).await), (401, 200));
    }

    async fn an_old_secret_never_outlives_the_end_that_the_key_now_has(engine: Engine) {
        let server = InProcess::start(engine).await;
        let portal = server.portal().await;
        let key = portal.key().await;
        let now = Timestamp::now();
        let mut tx = portal.store.begin().await.unwrap();
        let (overlap, end) = (SignedDuration::from_hours(24 * 7), now + SignedDuration::from_hours(1));
        let new = ApiKey::rotate(&mut tx, &key.id, overlap, Some(end), now).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!((status(&server, &key.token).await, status(&server, new.reveal()).await), (200, 200));
        server.clock.advance(SignedDuration::from_hours(2));
        assert_eq!((status(&server, &key.token).await, status(&server, new.reveal()).await), (401, 401));
    }

    async fn a_rotation_asks_for_an_overlap_and_a_day_to_come(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (_, browser) = server.portal_and_browser().await;
        let (key, path) = make(&browser, &[("name", "kassa")]).await;
        let form = browser.page(&format!("{path}/rotate")).await.form();
        for (overlap, expires) in [("8d", ""), ("", ""), ("1h", "2001-01-01"), ("1h", "ooit")] {
            let answer = form.clone().with("overlap", overlap).with("expires", expires).send(&browser).await;
            assert!(answer.status == 200 && !answer.text().contains("kpk_"), "{overlap} {expires}: {answer}");
        }
        assert_eq!(status(&server, &key).await, 200);
    }

    async fn an_owner_is_warned_a_week_and_a_day_before_a_key_ends(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (key, portal) = ending(&server, 24 * 30).await;
        let mailbox = server.mailbox(&portal.owner_email);
        let mut counts = Vec::new();
        for days in [0, 22, 2, 4, 1] {
            server.clock.advance(SignedDuration::from_hours(24 * days) + SignedDuration::from_mins(1));
            // Two instances, and one of them twice.
            let (one, other) = tokio::join!(warn_of_expiry(&server.server, server.clock.now()), warn_of_expiry(&server.server, server.clock.now()));
            one.and(other).unwrap();
            warn_of_expiry(&server.server, server.clock.now()).await.unwrap();
            server.queue_is_empty().await;
            counts.push(mailbox.texts().len());
        }
        assert_eq!(counts, [0, 0, 1, 1, 2], "after 0, 22, 24, 28 and 29 days");
        let text = mailbox.wait_for(2).await;
        assert!(text.contains("kassa van Bakkerij Jansen") && text.contains("kassa of Bakkerij Jansen"), "both languages: {text}");
        assert!(text.contains(&format!("{KEYS}/{}", key.id)), "{text}");
    }

    async fn nobody_is_warned_of_what_needs_no_warning(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (_, short) = ending(&server, 20).await;
        let (revoked, of_revoked) = ending(&server, 24 * 10).await;
        let (rotated, of_rotated) = ending(&server, 24 * 10).await;
        let (_, over) = ending(&server, 24 * 8).await;
        of_revoked.revoke_key(&revoked.id, Timestamp::now()).await.unwrap();
        let browser = Browser::logged_in(&server.url, &of_rotated.owner_email).await;
        rotate(&browser, &format!("{KEYS}/{}", rotated.id), "none", "2099-01-31").await;
        server.clock.advance(SignedDuration::from_hours(24 * 9));
        warn_of_expiry(&server.server, server.clock.now()).await.unwrap();
        server.queue_is_empty().await;
        for portal in [short, of_revoked, of_rotated, over] {
            assert!(server.mailbox(&portal.owner_email).texts().is_empty());
        }
    }
}
