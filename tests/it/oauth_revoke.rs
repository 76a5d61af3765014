//! `/oauth/revoke` (RFC 7009): an app can revoke its own tokens only.

use futures_util::future::{join, join_all};
use klantportaal::db::{Single, ToParam};

use crate::support::{Answer, App, Portal, Server, Tokens, access_token, basic};

async fn revoke(app: &App, token: &str) {
    let answer = app.post("/oauth/revoke", &app.signed(&[("token", token)]), &[]).await;
    expect_done(&answer);
}

#[track_caller]
fn expect_done(answer: &Answer) {
    assert_eq!(
        (
            answer.status,
            answer.text().as_str(),
            answer.header("cache-control"),
            answer.header("content-type")
        ),
        (200, "{}", Some("no-store"), Some("application/json")),
        "{answer}"
    );
}

/// How often the portal's log tells of tokens that an app gave back.
async fn events(server: &Server, portal: &Portal) -> i64 {
    let count = "SELECT COUNT(*) AS value FROM audit_events WHERE portal_id = ?1 AND action = 'tokens_returned' AND address <> ''";
    server.db.row::<Single<i64>>(count, &[portal.id.to_param()]).await.unwrap().unwrap().0
}

both_engines! {
    async fn a_refresh_token_takes_its_family_with_it(server: &Server) {
        for app in [server.app().await, server.rotating_app().await, server.public_app().await] {
            let (portal, browser) = server.portal_and_browser().await;
            let (tokens, beside) = (app.connect(&browser).await, app.connect(&browser).await);
            let refreshed = app.refresh(&tokens.refresh).await;
            let newest = refreshed.json()["refresh_token"].as_str().unwrap_or(&tokens.refresh).to_owned();
            revoke(&app, &newest).await;
            for token in [&tokens.access, &access_token(&refreshed)] {
                server.bearer(token).get("/v1/customers").await.expect(401);
            }
            for token in [&tokens.refresh, &newest] {
                app.refresh(token).await.expect_oauth_error("invalid_grant");
            }
            server.bearer(&beside.access).get("/v1/customers").await.expect(200);
            app.refresh(&beside.refresh).await.expect(200);
            revoke(&app, &newest).await;
            assert_eq!(events(server, &portal).await, 1, "a second time changes nothing");
        }
    }

    async fn an_access_token_goes_alone(server: &Server) {
        let (app, portal, tokens) = server.connected().await;
        let other = access_token(&app.refresh(&tokens.refresh).await);
        revoke(&app, &tokens.access).await;
        server.bearer(&tokens.access).get("/v1/customers").await.expect(401);
        server.bearer(&other).get("/v1/customers").await.expect(200);
        app.refresh(&tokens.refresh).await.expect(200);
        assert_eq!(events(server, &portal).await, 1);
    }

    async fn another_apps_token_stays_and_the_answer_does_not_tell(server: &Server) {
        let ((app, portal, tokens), stranger, public) = (server.connected().await, server.app().await, server.public_app().await);
        let key = portal.key().await;
        for caller in [&stranger, &public] {
            for token in [tokens.access.as_str(), &tokens.refresh, &key.token, &app.secret, "nonsense", "kpr_x"] {
                revoke(caller, token).await;
            }
        }
        server.bearer(&tokens.access).get("/v1/customers").await.expect(200);
        key.get("/v1/customers").await.expect(200);
        app.refresh(&tokens.refresh).await.expect(200);
        assert_eq!(events(server, &portal).await, 0);
    }

    async fn it_asks_who_speaks_as_the_token_endpoint_does(server: &Server) {
        let (app, _, tokens) = server.connected().await;
        let token = ("token", tokens.refresh.as_str());
        let id = ("client_id", app.id.as_str());
        let call = async |fields: &[(&str, &str)], headers: &[(&str, &str)]| app.post("/oauth/revoke", fields, headers).await;
        call(&[token], &[]).await.expect_oauth_error("invalid_request");
        call(&[token, id], &[]).await.expect_oauth_error("invalid_client");
        call(&[token, id, ("client_secret", "x")], &[]).await.expect_oauth_error("invalid_client");
        let wrong = call(&[token], &[("authorization", &basic(app.id.as_str(), "x"))]).await;
        wrong.expect_oauth_error("invalid_client");
        assert!(wrong.header("www-authenticate").is_some_and(|challenge| challenge.starts_with("Basic ")), "{wrong}");
        call(&app.signed(&[]), &[]).await.expect_oauth_error("invalid_request");
        call(&app.signed(&[token, token]), &[]).await.expect_oauth_error("invalid_request");
        Answer::to(server.http.get(format!("{}/oauth/revoke", server.url))).await.expect_oauth_status(405, "invalid_request");
        app.refresh(&tokens.refresh).await.expect(200);

        let hint = ("token_type_hint", "access_token");
        expect_done(&call(&[token, hint], &[("authorization", &basic(app.id.as_str(), &app.secret))]).await);
        app.refresh(&tokens.refresh).await.expect_oauth_error("invalid_grant");
    }

    async fn no_refresh_escapes_a_revocation_at_the_same_time(server: &Server) {
        for app in [server.app().await, server.rotating_app().await] {
            let (_, browser) = server.portal_and_browser().await;
            for _ in 0..6 {
                let tokens = app.connect(&browser).await;
                let (answers, ()) = join(join_all((0..6).map(|_| app.refresh(&tokens.refresh))), revoke(&app, &tokens.refresh)).await;
                for answer in answers {
                    if answer.status != 200 {
                        answer.expect_oauth_error("invalid_grant");
                        continue;
                    }
                    server.bearer(&access_token(&answer)).get("/v1/customers").await.expect(401);
                    if answer.json()["refresh_token"].is_string() {
                        app.refresh(&Tokens::of(&answer).refresh).await.expect_oauth_error("invalid_grant");
                    }
                }
                app.refresh(&tokens.refresh).await.expect_oauth_error("invalid_grant");
            }
        }
    }
}
