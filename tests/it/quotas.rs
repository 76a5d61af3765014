//! What an account, a developer and a connection can store is bounded, also when many ask at once.

use futures_util::future::join_all;
use klantportaal::accounts::create_developer;
use klantportaal::db::{Single, ToParam};
use klantportaal::oauth::{App, Logo};
use klantportaal::quotas;

use crate::support::{Browser, InProcess, Instance, Tokens};

async fn count(server: &Instance, sql: &'static str) -> i64 {
    server.db.row::<Single<i64>>(sql, &[]).await.unwrap().unwrap().0
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
        assert_eq!(count(&server, "SELECT COUNT(*) AS value FROM portals").await, 3);
    }

    async fn an_account_has_so_many_developers(engine: Engine) {
        let server = InProcess::start_with(engine, |_| vec!["--max-developers-per-account=1".into()]).await;
        let (portal, _) = server.portal_and_browser().await;
        let browser = Browser::new(&server.url);
        let form = browser.page("/developers/login").await.form();
        form.with("email", &portal.owner_email).with("password", crate::support::PASSWORD).send(&browser).await;
        let form = browser.page("/developers/welcome").await.form().with("organisation", "Bouwers");
        assert_eq!(form.clone().send(&browser).await.status, 303);
        assert_eq!(form.send(&browser).await.status, 409);
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

    async fn the_logos_of_a_developer_are_weighed_together(engine: Engine) {
        let server = InProcess::start(engine).await;
        let app = server.app().await;
        let logo = Logo { logo: vec![0; 3 * 1024 * 1024], logo_type: "image/png".into() };
        App::set_logo(&server.db, &app.developer, &app.id, Some(&logo)).await.unwrap();
        let mut tx = server.db.begin().await.unwrap();
        quotas::LOGOS.check(&mut tx, &app.developer, 3072).await.unwrap();
        assert!(quotas::LOGOS.check(&mut tx, &app.developer, 3071).await.is_err());
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
        let server = InProcess::start(engine).await;
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
}

/// The address of the one portal's owner that a connection was made for.
async fn owner_of(server: &Instance) -> String {
    let sql = "SELECT a.email AS value FROM accounts a JOIN grants g ON g.account_id = a.id";
    server.db.row::<Single<String>>(sql, &[]).await.unwrap().unwrap().0
}
