//! Quotas of accounts, developers and connections, also under concurrency.

use futures_util::future::join_all;
use klantportaal::accounts::create_developer;
use klantportaal::clients::{AppSecret, KnownClients};
use klantportaal::db::{Single, ToParam};
use klantportaal::quotas;
use serde_json::json;

use crate::customers::fields;
use crate::support::{
    Answer, Browser, CALLBACK, FilledForm, InProcess, Instance, PASSWORD, Passkey, Tokens,
};

const API_KEYS: &str = "/manage/settings/api-keys/new";

async fn count(server: &Instance, sql: &'static str) -> i64 {
    server.db.row::<Single<i64>>(sql, &[]).await.unwrap().unwrap().0
}

/// Somebody who is logged in on the developers' site, without a developer.
async fn developers_browser(server: &Instance) -> Browser {
    let (portal, browser) = (server.portal().await, Browser::new(&server.url));
    let form = browser.page("/developers/login").await.form();
    let form = form.with("email", &portal.owner_email).with("password", PASSWORD);
    assert_eq!(form.send(&browser).await.status, 303);
    browser
}

/// The same, with a developer.
async fn developer(server: &Instance) -> Browser {
    let browser = developers_browser(server).await;
    let form = browser.page("/developers/welcome").await.form().with("organisation", "Bouwers");
    assert_eq!(form.send(&browser).await.status, 303);
    browser
}

/// A form that makes an app.
async fn new_app(browser: &Browser) -> FilledForm {
    let path = "/developers/apps/new";
    let form = browser.page(path).await.form_to(path).with("name", "Planbord");
    form.with("redirect_uris", CALLBACK)
        .with("scope", "customers.read")
        .with("client_type", "confidential")
}

/// Sends the form of an app with a small logo.
async fn send_with_logo(browser: &Browser, form: &FilledForm) -> Answer {
    let part = |(name, value): &(String, String)| {
        format!("--grens\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let fields: String = form.fields.iter().map(part).collect();
    let logo = "--grens\r\nContent-Disposition: form-data; name=\"logo\"; filename=\"logo.gif\"\r\nContent-Type: image/gif\r\n\r\n";
    let body =
        [fields.as_bytes(), logo.as_bytes(), b"GIF89a\x10\0\x10\0\0\0\0", b"\r\n--grens--\r\n"];
    let kind = "multipart/form-data; boundary=grens";
    browser.post_raw(&form.action, kind, body.concat(), &[]).await
}

both_engines! {
    async fn an_account_has_so_many_portals_and_the_page_says_how_many(engine: Engine) {
        let server = InProcess::start_with(engine, |_| vec!["--max-portals-per-account=3".into()]).await;
        let (_, browser) = server.portal_and_browser().await;
        let csrf = browser.csrf("manage").await;
        let fields = [("csrf".to_owned(), csrf), ("organisation".to_owned(), "Nog een".to_owned())];
        let answers = join_all((0..8).map(|_| browser.post("/manage/portals/new", &fields))).await;
        let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
        assert_eq!(statuses.iter().filter(|status| **status == 303).count(), 2, "{statuses:?}");
        let refused: Vec<_> = answers.iter().filter(|answer| answer.status != 303).collect();
        assert!(refused.iter().all(|answer| answer.status == 409 && answer.text().contains("3 portalen")), "{statuses:?}");
        assert!(refused[0].text().contains("max-portals-per-account"), "{}", refused[0]);
        assert_eq!(count(&server, "SELECT COUNT(*) AS value FROM portals").await, 3);
    }

    async fn an_account_has_so_many_developers_however_many_are_made_at_once(engine: Engine) {
        let server = InProcess::start_with(engine, |_| vec!["--max-developers-per-account=2".into()]).await;
        let browser = developers_browser(&server).await;
        let form = browser.page("/developers/welcome").await.form().with("organisation", "Bouwers");
        let answers = join_all((0..8).map(|_| form.send(&browser))).await;
        let (made, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 303);
        assert_eq!(made.len(), 2, "{answers:?}");
        for answer in refused {
            assert!(answer.status == 409 && answer.text().contains("max-developers-per-account"), "{answer}");
        }
        assert_eq!(count(&server, "SELECT COUNT(*) AS value FROM developers").await, 2);
    }

    async fn of_many_apps_at_once_no_more_are_made_than_there_may_be(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (owner, now) = (server.owner(&server.portal().await).await, server.clock.now());
        let mut tx = server.db.begin().await.unwrap();
        let developer = create_developer(&mut tx, &"Bouwers".into(), &owner.id, now).await.unwrap();
        tx.commit().await.unwrap();
        let made = join_all((0..8).map(|_| {
            let (db, developer) = (server.db.clone(), developer.clone());
            tokio::spawn(async move {
                let mut tx = db.begin().await.unwrap();
                quotas::APPS.lock(&mut tx, &developer).await.unwrap();
                let sql = "INSERT INTO apps (id, developer_id, name, description, redirect_uris, scopes, created_at) VALUES (?1, ?2, 'x', '', '[]', '', 1)";
                let id = klantportaal::ids::AppId::random();
                tx.execute(sql, &[id.to_param(), developer.to_param()]).await.unwrap();
                quotas::APPS.check(&mut tx, &developer, 3).await?;
                tx.commit().await.unwrap();
                Ok::<_, klantportaal::error::Error>(())
            })
        }))
        .await;
        assert_eq!(made.into_iter().filter(|made| made.as_ref().unwrap().is_ok()).count(), 3);
        assert_eq!(count(&server, "SELECT COUNT(*) AS value FROM apps").await, 3);
    }

    async fn a_developer_has_so_many_apps_however_many_are_made_at_once(engine: Engine) {
        let server = InProcess::start_with(engine, |_| vec!["--max-apps-per-developer=3".into()]).await;
        let browser = developer(&server).await;
        let forms = join_all((0..8).map(|_| new_app(&browser))).await;
        let answers = join_all(forms.iter().map(|form| form.send(&browser))).await;
        let (made, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
        assert_eq!(made.len(), 3, "{answers:?}");
        for answer in refused {
            assert!(answer.status == 409 && answer.text().contains("max-apps-per-developer"), "{answer}");
        }
        assert_eq!(count(&server, "SELECT COUNT(*) AS value FROM apps").await, 3);
    }

    async fn the_logos_of_a_developer_are_weighed_together(engine: Engine) {
        let server = InProcess::start_with(engine, |_| vec!["--max-logo-kilobytes-per-developer=256".into()]).await;
        let browser = developer(&server).await;
        for _ in 0..2 {
            assert_eq!(new_app(&browser).await.send(&browser).await.status, 200);
        }
        let apps = "SELECT id AS value FROM apps ORDER BY id";
        let apps: Vec<Single<String>> = server.db.rows(apps, &[]).await.unwrap();
        let edit = format!("/developers/apps/{}/edit", apps[1].0);
        let changed = async || browser.page(&edit).await.form_to(&edit).with("name", "Rekenbord").with("redirect_uris", CALLBACK);
        let (before, form) = (new_app(&browser).await, changed().await);
        assert_eq!(send_with_logo(&browser, &form).await.status, 303, "there is room");
        let large = "UPDATE apps SET logo = ?1, logo_type = 'image/png' WHERE id = ?2";
        server.db.execute(large, &[vec![0_u8; 257 * 1024].to_param(), apps[0].0.to_param()]).await.unwrap();
        for form in [before, changed().await] {
            let answer = send_with_logo(&browser, &form).await;
            assert!(answer.status == 409 && answer.text().contains("max-logo-kilobytes-per-developer"), "{}: {answer}", form.action);
        }
        assert_eq!(new_app(&browser).await.send(&browser).await.status, 200, "without a logo");
        assert_eq!(count(&server, "SELECT COUNT(*) AS value FROM apps WHERE logo IS NOT NULL").await, 2);
    }

    async fn whoever_creates_without_end_has_to_wait(engine: Engine) {
        let server = InProcess::stopped_with(engine, |_| vec!["--max-portals-per-account=1000".into()]).await;
        let ((_, busy), (_, other)) = (server.portal_and_browser().await, server.portal_and_browser().await);
        let create = async |browser: &Browser| {
            let form = browser.page("/manage/portals/new").await.form().with("organisation", "Nog een");
            form.send(browser).await
        };
        for number in 0..60 {
            assert_eq!(create(&busy).await.status, 303, "{number}");
        }
        let refused = create(&busy).await;
        assert_eq!(refused.status, 429, "{refused}");
        let wait = refused.number("retry-after");
        assert_eq!(create(&other).await.status, 303, "somebody else");
        assert_eq!(count(&server, "SELECT COUNT(*) AS value FROM portals").await, 2 + 61);
        server.clock.advance(jiff::SignedDuration::from_secs(wait));
        assert_eq!(create(&busy).await.status, 303);
    }

    async fn a_portal_has_so_many_customers_however_many_are_made_at_once(engine: Engine) {
        let server = InProcess::start_with(engine, |_| vec!["--max-customers-per-portal=5".into()]).await;
        let (portal, other) = (server.portal().await, server.portal().await.key().await);
        let keys = [portal.key().await, portal.key().await];
        let answers = join_all((0..20).map(|number| keys[number % 2].post("/v1/customers", fields("Jansen")))).await;
        let (made, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
        assert_eq!(made.len(), 5, "{answers:?}");
        for answer in refused {
            let message = answer.expect(409)["message"].to_string();
            assert!(message.contains("5 customers") && message.contains("max-customers-per-portal"), "{message}");
        }
        assert_eq!(count(&server, "SELECT COUNT(*) AS value FROM customers").await, 5);
        other.post("/v1/customers", fields("Jansen")).await.expect(200);
        let rows = keys[0].get("/v1/customers").await.expect(200);
        assert_eq!(keys[0].delete(&format!("/v1/customers/{}", rows["data"][0]["id"].as_str().unwrap())).await.status, 204);
        keys[0].post("/v1/customers", fields("Pietersen")).await.expect(200);
        let browser = Browser::logged_in(&server.url, &portal.owner_email).await;
        let form = browser.page("/manage/customers/new").await.form();
        let form = form.with("companyName", "Jansen").with("address", "Dorpsstraat 1").with("zipCode", "6711 AA");
        let page = form.with("city", "Ede").with("primaryEmail", "een@ander.example").with("anyway", "1").send(&browser).await;
        assert!(page.status == 409 && page.text().contains("5 klanten"), "{page}");
    }

    async fn a_portal_has_so_many_groups_however_many_are_made_at_once(engine: Engine) {
        let server = InProcess::start_with(engine, |_| vec!["--max-customer-groups-per-portal=3".into()]).await;
        let key = server.portal().await.key().await;
        let answers = join_all((0..20).map(|_| key.post("/v1/customer-groups", json!({ "name": "Vast" })))).await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 3, "{answers:?}");
        for answer in answers.iter().filter(|answer| answer.status != 200) {
            let message = answer.expect(409)["message"].to_string();
            assert!(message.contains("max-customer-groups-per-portal"), "{message}");
        }
    }

    async fn the_numbers_of_rows_are_those_of_the_rows(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (portal, key) = { let portal = server.portal().await; let key = portal.key().await; (portal, key) };
        let mut ids = Vec::new();
        for name in ["Een", "Twee", "Drie"] {
            let made = key.post("/v1/customers", fields(name)).await.expect(200);
            ids.push(made["id"].as_str().unwrap().to_owned());
            key.post("/v1/customer-groups", json!({ "name": name })).await.expect(200);
        }
        assert_eq!(key.delete(&format!("/v1/customers/{}", ids[0])).await.status, 204);
        assert_eq!(quotas::CUSTOMERS.count(&portal.store).await.unwrap(), 2);
        assert_eq!(quotas::CUSTOMER_GROUPS.count(&portal.store).await.unwrap(), 3);
        let nobody = server.portal().await;
        assert_eq!(quotas::CUSTOMERS.count(&nobody.store).await.unwrap(), 0);
    }

    async fn a_customer_is_in_so_many_groups(engine: Engine) {
        let server = InProcess::start(engine).await;
        let portal = server.portal().await;
        let key = portal.key().await;
        let customer = key.post("/v1/customers", fields("Jansen")).await.expect(200);
        let full = "INSERT INTO customer_group_members (portal_id, customer_id, group_id) VALUES (?1, ?2, ?3)";
        let mut tx = portal.store.begin().await.unwrap();
        let mut groups = Vec::new();
        for _ in 0..99 {
            groups.push(klantportaal::resources::customer_groups::queries::insert(&mut tx, "Groep", server.clock.now()).await.unwrap());
        }
        tx.commit().await.unwrap();
        for group in &groups {
            let customer = customer["id"].as_str().unwrap();
            server.db.execute(full, &[portal.id.to_param(), customer.to_param(), group.to_param()]).await.unwrap();
        }
        let new = json!({ "name": "Nog een", "customers": [customer["id"]] });
        let answers = join_all((0..20).map(|_| key.post("/v1/customer-groups", new.clone()))).await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1, "{answers:?}");
        let refused = answers.iter().find(|answer| answer.status != 200).unwrap();
        assert!(refused.expect(409)["message"].to_string().contains("100 groups"), "{refused}");
    }

    async fn a_request_names_so_many_ids(server: &Server) {
        let key = server.portal().await.key().await;
        let group = key.post("/v1/customer-groups", json!({ "name": "Vast" })).await.expect(200);
        let path = format!("/v1/customer-groups/{}/customers", group["id"].as_str().unwrap());
        let ids = |count: usize| (0..count).map(|_| klantportaal::ids::CustomerId::random()).collect::<Vec<_>>();
        key.post(&path, json!({ "customers": ids(1000) })).await.expect(200);
        for (path, body) in [
            (path.as_str(), json!({ "customers": ids(1001) })),
            ("/v1/customer-groups", json!({ "name": "Vast", "customers": ids(1001) })),
        ] {
            let refused = key.post(path, body).await;
            assert!(refused.expect(422)["errors"]["customers"][0].as_str().unwrap().contains("1000"), "{refused}");
        }
    }

    async fn a_portal_has_so_many_keys_and_ended_ones_count_too(engine: Engine) {
        let server = InProcess::start_with(engine, |_| vec!["--max-api-keys-per-portal=2".into()]).await;
        let (portal, browser) = server.portal_and_browser().await;
        let forms = join_all((0..20).map(|_| async {
            browser.page(API_KEYS).await.form().with("name", "kassa").with("scope", "customers.read")
        }))
        .await;
        let sender = &browser;
        let answers = join_all(forms.into_iter().map(|form| async move { form.send(sender).await })).await;
        let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
        assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 2, "{statuses:?}");
        for answer in answers.iter().filter(|answer| answer.status != 200) {
            assert!(answer.status == 409 && answer.text().contains("2 actieve API-sleutels") && answer.text().contains("max-api-keys-per-portal"), "{answer}");
        }
        assert_eq!(count(&server, "SELECT COUNT(*) AS value FROM api_keys").await, 2);
        let ended = "UPDATE api_keys SET revoked_at = ?1 WHERE portal_id = ?2";
        server.db.execute(ended, &[server.clock.now().to_param(), portal.id.to_param()]).await.unwrap();
        let copy = "INSERT INTO api_keys (id, portal_id, name, token_hash, token_start, scopes, created_at, revoked_at)
             SELECT ?1, portal_id, name, ?2, '', scopes, created_at, revoked_at FROM api_keys LIMIT 1";
        for number in 0..18_i64 {
            let (id, hash) = (format!("key_{number}"), number.to_be_bytes().to_vec());
            server.db.execute(copy, &[id.to_param(), hash.to_param()]).await.unwrap();
        }
        let form = browser.page(API_KEYS).await.form().with("name", "kassa").with("scope", "customers.read");
        let answer = form.send(&browser).await;
        assert!(answer.status == 409 && answer.text().contains("20 API-sleutels"), "{answer}");
    }

    async fn an_account_has_so_many_passkeys(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (account, _) = server.person("Jan").await;
        let insert = "INSERT INTO passkeys (id, account_id, rp_id, credential_id, name, credential, created_at) VALUES (?1, ?2, 'x', ?3, 'x', '', 1)";
        let made = join_all((0..20_i64).map(|number| {
            let (db, account) = (server.db.clone(), account.clone());
            tokio::spawn(async move {
                let mut tx = db.begin().await.unwrap();
                quotas::PASSKEYS.lock(&mut tx, &account).await.unwrap();
                let (id, credential) = (format!("pk_{number}"), number.to_be_bytes().to_vec());
                tx.execute(insert, &[id.to_param(), account.to_param(), credential.to_param()]).await.unwrap();
                quotas::PASSKEYS.check(&mut tx, &account, 4).await?;
                tx.commit().await.unwrap();
                Ok::<_, klantportaal::error::Error>(())
            })
        }))
        .await;
        assert_eq!(made.into_iter().filter(|made| made.as_ref().unwrap().is_ok()).count(), 4);
    }

    async fn no_more_passkeys_are_added_than_there_may_be(engine: Engine) {
        let server = InProcess::start_with(engine, |_| vec!["--max-passkeys-per-account=2".into()]).await;
        let (portal, browser) = server.portal_and_browser().await;
        Passkey::add(&browser).await;
        let forms = [Passkey::new(&browser).await.1, Passkey::new(&browser).await.1, Passkey::new(&browser).await.1];
        let answers = join_all(forms.iter().map(|form| form.send(&browser))).await;
        let refused: Vec<_> = answers.iter().filter(|answer| answer.status == 409).collect();
        assert_eq!(refused.len(), 2, "{answers:?}");
        assert!(refused.iter().all(|answer| answer.text().contains("max-passkeys-per-account")), "{answers:?}");
        let passkeys = "SELECT COUNT(*) AS value FROM passkeys k JOIN accounts a ON a.id = k.account_id WHERE a.email = ?1";
        let Single(kept) = server.db.row::<Single<i64>>(passkeys, &[portal.owner_email.to_param()]).await.unwrap().unwrap();
        assert_eq!(kept, 2);
    }

    async fn replaced_secrets_of_an_app_do_not_pile_up(engine: Engine) {
        let server = InProcess::start(engine).await;
        let app = server.app().await;
        let mut newest = String::new();
        for _ in 0..30 {
            let overlap = jiff::SignedDuration::from_hours(24);
            let secret = AppSecret::rotate(&server.db, &app.id, overlap, server.clock.now()).await.unwrap();
            newest = secret.reveal().to_owned();
        }
        let now = server.clock.now();
        assert_eq!(AppSecret::list(&server.db, &app.id, now).await.unwrap().len(), 10);
        assert!(KnownClients::new(&server.db).has_secret(&app.id, &newest, now).await.unwrap());
    }

    async fn access_tokens_of_one_refresh_token_do_not_pile_up(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (app, _, first) = server.connected().await;
        for _ in 0..6 {
            let answers = join_all((0..10).map(|_| app.refresh(&first.refresh))).await;
            assert!(answers.iter().all(|answer| answer.status == 200));
        }
        let access = "SELECT COUNT(*) AS value FROM oauth_tokens WHERE kind = 'access'";
        assert_eq!(count(&server, access).await, 50);
        let newest = app.refresh(&first.refresh).await;
        server.bearer(&crate::support::access_token(&newest)).get("/v1/customers").await.expect(200);
        server.bearer(&first.access).get("/v1/customers").await.expect(401);
    }

    async fn an_app_that_asks_for_tokens_without_end_has_to_wait(engine: Engine) {
        let server = InProcess::stopped(engine).await;
        let ((app, _, first), (other, _, beside)) = (server.connected().await, server.connected().await);
        let mut answer = app.refresh(&first.refresh).await;
        for _ in 0..200 {
            if answer.status != 200 {
                break;
            }
            answer = app.refresh(&first.refresh).await;
        }
        answer.expect_oauth_status(429, "temporarily_unavailable");
        let wait = answer.number("retry-after");
        other.refresh(&beside.refresh).await.expect(200);
        server.clock.advance(jiff::SignedDuration::from_secs(wait));
        app.refresh(&first.refresh).await.expect(200);
    }

    async fn refresh_tokens_of_a_connection_that_is_made_again_and_again_do_not_pile_up(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (app, _, first) = server.connected().await;
        let copy = "INSERT INTO oauth_tokens (id, token_hash, kind, grant_id, code_id, scopes, created_at)
             SELECT ?1, ?2, kind, grant_id, ?1, scopes, 1 FROM oauth_tokens WHERE kind = 'refresh' LIMIT 1";
        for number in 0..105_i64 {
            let (id, hash) = (format!("tok_{number}"), number.to_be_bytes().to_vec());
            server.db.execute(copy, &[id.to_param(), hash.to_param()]).await.unwrap();
        }
        let owner = Browser::logged_in(&server.url, &owner_of(&server).await).await;
        let second: Tokens = app.connect(&owner).await;
        let refresh = "SELECT COUNT(*) AS value FROM oauth_tokens WHERE kind = 'refresh'";
        assert_eq!(count(&server, refresh).await, 100);
        for tokens in [&first, &second] {
            app.refresh(&tokens.refresh).await.expect(200);
        }
    }

    async fn sessions_of_an_account_do_not_pile_up(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (portal, first) = server.portal_and_browser().await;
        let copy = "INSERT INTO sessions (token_hash, id, site, account_id, authenticated_at, expires_at, created_at, last_seen_at, address, user_agent)
             SELECT ?1, ?2, site, account_id, 1, expires_at, 1, 1, '', '' FROM sessions LIMIT 1";
        for number in 0..105_i64 {
            let (hash, id) = (number.to_be_bytes().to_vec(), format!("ses_{number}"));
            server.db.execute(copy, &[hash.to_param(), id.to_param()]).await.unwrap();
        }
        let second = Browser::logged_in(&server.url, &portal.owner_email).await;
        assert_eq!(count(&server, "SELECT COUNT(*) AS value FROM sessions").await, 100);
        for browser in [&first, &second] {
            assert_eq!(browser.get("/manage").await.status, 200);
        }
    }

    async fn known_browsers_of_an_account_do_not_pile_up(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (portal, first) = server.portal_and_browser().await;
        let copy = "INSERT INTO known_browsers (token_hash, account_id, last_used_at) SELECT ?1, account_id, ?2 FROM known_browsers LIMIT 1";
        for number in 0..105_i64 {
            server.db.execute(copy, &[number.to_be_bytes().to_vec().to_param(), number.to_param()]).await.unwrap();
        }
        let second = Browser::logged_in(&server.url, &portal.owner_email).await;
        assert_eq!(count(&server, "SELECT COUNT(*) AS value FROM known_browsers").await, 100);
        // Those that were used last are still known: no mail tells of their next log-in.
        let mailbox = server.mailbox(&portal.owner_email);
        mailbox.about_new_browsers(2).await;
        for browser in [&first, &second] {
            browser.page("/manage").await.form_to("/logout").send(browser).await;
            assert_eq!(browser.log_in(&portal.owner_email, PASSWORD).await.status, 303);
        }
        server.queue_is_empty().await;
        mailbox.about_new_browsers(2).await;
    }
}

/// The address of the one portal's owner that a connection was made for.
async fn owner_of(server: &Instance) -> String {
    let sql = "SELECT a.email AS value FROM accounts a JOIN grants g ON g.account_id = a.id";
    server.db.row::<Single<String>>(sql, &[]).await.unwrap().unwrap().0
}
