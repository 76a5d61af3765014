//! Reports of leaked secrets: what they revoke, whom they notify, and that the reporter learns
//! nothing.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use klantportaal::accounts::Account;
use klantportaal::api_keys::ApiKey;
use klantportaal::audit::Action;
use klantportaal::audit_log::{AuditLog, Filter};
use klantportaal::auth::{Token, TokenKind};
use klantportaal::clients::{self, AppSecret};
use klantportaal::db::{Single, ToParam};
use serde_json::json;

use crate::support::{Answer, App, Engine, InProcess, Instance, ResourceServer, Server, until};

async fn report(server: &Instance, token: &str) -> Answer {
    Answer::to(server.http.post(format!("{}/leaks", server.url)).json(&json!({ "token": token })))
        .await
}

/// The answer to every secret that has the right form.
fn assert_thanked(answer: &Answer) {
    let thanks = json!({ "message": "Thank you. If this is one of our active secrets, it stops working now." });
    assert_eq!(answer.expect(202), thanks, "{answer}");
}

/// Waits until a token is refused, as it soon is.
async fn assert_dies(server: &Instance, token: &str) {
    let is_dead = async || server.bearer(token).get("/v1/customers").await.status == 401;
    until("the token works no longer", is_dead).await;
}

/// Waits until a resource server gets no answer any more, as it soon does not.
async fn assert_locked_out(resource_server: &ResourceServer, token: &str) {
    let is_dead = async || resource_server.introspect(token).await.status == 401;
    until("the secret works no longer", is_dead).await;
}

async fn assert_lives(server: &Instance, token: &str) {
    tokio::time::sleep(Duration::from_millis(200)).await;
    server.bearer(token).get("/v1/customers").await.expect(200);
}

/// Whose address the app's developer has.
async fn developers_email(server: &Instance, app: &App) -> String {
    let sql = "SELECT a.email AS value FROM accounts a JOIN developer_members m ON m.account_id = a.id WHERE m.developer_id = ?1";
    let email: Option<Single<String>> =
        server.db.row(sql, &[app.developer.to_param()]).await.unwrap();
    email.unwrap().0
}

/// How often a leak is told of in the audit logs of a portal or developer.
async fn told(server: &Instance, owner: &dyn ToParam) -> i64 {
    let sql = "SELECT COUNT(*) AS value FROM audit_events WHERE action = 'leak_reported' AND (portal_id = ?1 OR developer_id = ?1)";
    let count: Option<Single<i64>> = server.db.row(sql, &[owner.to_param()]).await.unwrap();
    count.unwrap().0
}

both_engines! {
    async fn a_reported_key_is_revoked_and_its_owner_told(engine: Engine) {
        let server = InProcess::start(engine).await;
        let portal = server.portal().await;
        let (key, other) = (portal.key().await, portal.key().await);
        key.get("/v1/customers").await.expect(200);
        assert_thanked(&report(&server, &key.token).await);
        assert_dies(&server, &key.token).await;
        let text = server.mailbox(&portal.owner_email).wait_for(1).await;
        assert!(text.contains("sleutel van Bakkerij Jansen") && text.contains("the API key sleutel"), "{text}");
        assert!(!text.contains(&key.token), "the mail does not spread it");
        assert_eq!(told(&server, &portal.id).await, 1);
        assert_lives(&server, &other.token).await;
        // Once more: nothing more to tell.
        assert_thanked(&report(&server, &key.token).await);
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert_eq!((server.mailbox(&portal.owner_email).texts().len(), told(&server, &portal.id).await), (1, 1));
    }

    async fn what_was_answered_is_done_even_if_the_process_dies_right_then(engine: Engine) {
        let mut server = Server::start(engine, &[]).await;
        for _ in 0..5 {
            let portal = server.portal().await;
            let key = portal.key().await;
            assert_thanked(&report(&server, &key.token).await);
            let (_, _, database) = server.end("KILL");
            server = Server::start_on(database, &[]).await;
            assert_dies(&server, &key.token).await;
            assert_eq!(told(&server, &portal.id).await, 1);
        }
    }

    async fn what_could_not_be_done_is_kept_until_it_is(engine: Engine) {
        let server = Server::start(engine, &[]).await;
        let portal = server.portal().await;
        let key = portal.key().await;
        let (fail, mend) = match engine {
            Engine::Sqlite => (
                "CREATE TRIGGER fails BEFORE UPDATE OF revoked_at ON api_keys BEGIN SELECT RAISE(ABORT, 'fails'); END",
                "DROP TRIGGER fails",
            ),
            Engine::Postgres => (
                "CREATE FUNCTION fails() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'fails'; END $$;
                 CREATE TRIGGER fails BEFORE UPDATE OF revoked_at ON api_keys FOR EACH ROW EXECUTE FUNCTION fails()",
                "DROP TRIGGER fails ON api_keys; DROP FUNCTION fails()",
            ),
        };
        server.database.script(fail).await;
        assert_thanked(&report(&server, &key.token).await);
        until("it is told in the log", async || server.log().contains("could not be revoked yet")).await;
        let waiting = "SELECT COUNT(*) AS value FROM leak_reports";
        assert_eq!(server.db.row::<Single<i64>>(waiting, &[]).await.unwrap().unwrap().0, 1);
        let (_, _, database) = server.end("KILL");
        database.script(mend).await;
        let server = Server::start_on(database, &[]).await;
        assert_dies(&server, &key.token).await;
        assert_eq!(told(&server, &portal.id).await, 1);
    }

    async fn of_a_rotated_key_the_secret_that_was_found_ends(engine: Engine) {
        let server = InProcess::start(engine).await;
        let portal = server.portal().await;
        let key = portal.key().await;
        let now = Timestamp::now();
        let mut tx = portal.store.begin().await.unwrap();
        let new = ApiKey::rotate(&mut tx, &key.id, SignedDuration::from_hours(24), None, now).await.unwrap();
        tx.commit().await.unwrap();
        assert_thanked(&report(&server, &key.token).await);
        assert_dies(&server, &key.token).await;
        assert_lives(&server, new.reveal()).await;
        assert!(server.mailbox(&portal.owner_email).wait_for(1).await.contains("het oude secret"));
    }

    async fn a_reported_token_takes_its_family_along(engine: Engine) {
        let server = InProcess::start(engine).await;
        for kind in ["access", "refresh"] {
            let (app, portal, tokens) = server.connected().await;
            let found = if kind == "access" { &tokens.access } else { &tokens.refresh };
            let second = crate::support::access_token(&app.refresh(&tokens.refresh).await);
            assert_thanked(&report(&server, found).await);
            assert_dies(&server, &tokens.access).await;
            assert_dies(&server, &second).await;
            app.refresh(&tokens.refresh).await.expect_oauth_error("invalid_grant");
            assert!(server.mailbox(&portal.owner_email).wait_for(1).await.contains("Boekhoud"));
            assert!(server.mailbox(&developers_email(&server, &app).await).wait_for(1).await.contains("Zoek uit"));
            assert_eq!((told(&server, &portal.id).await, told(&server, &app.developer).await), (1, 1));
        }
    }

    async fn a_token_that_is_over_ends_nothing(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (app, portal, tokens) = server.connected().await;
        server.clock.advance(SignedDuration::from_hours(2));
        assert_thanked(&report(&server, &tokens.access).await);
        tokio::time::sleep(Duration::from_millis(300)).await;
        app.refresh(&tokens.refresh).await.expect(200);
        assert!(server.mailbox(&portal.owner_email).texts().is_empty());
    }

    async fn a_reported_app_secret_ends_and_its_developer_is_told(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (app, _, tokens) = server.connected().await;
        assert_thanked(&report(&server, &app.secret).await);
        let mailbox = server.mailbox(&developers_email(&server, &app).await);
        assert!(mailbox.wait_for(1).await.contains("App Secret"));
        app.refresh(&tokens.refresh).await.expect_oauth_error("invalid_client");
        assert_lives(&server, &tokens.access).await;
        let secret = AppSecret::rotate(&server.db, &app.id, SignedDuration::ZERO, Timestamp::now()).await.unwrap();
        app.with_secret(secret.reveal().to_owned()).refresh(&tokens.refresh).await.expect(200);
        assert_eq!(told(&server, &app.developer).await, 1);
    }

    async fn a_reported_resource_servers_secret_ends_and_the_operator_can_make_a_new_one(engine: Engine) {
        let server = InProcess::start(engine).await;
        let key = server.portal().await.key().await;
        let planner = server.resource_server("customers.read").await;
        planner.introspect(&key.token).await.expect(200);
        assert_thanked(&report(&server, &planner.secret).await);
        assert_locked_out(&planner, &key.token).await;
        let log = AuditLog::Operator(server.db.reading()).search(&Filter::default(), None, 1).await.unwrap();
        assert_eq!((log.events[0].action, log.events[0].subject.as_str()), (Action::LeakReported, "Planner"));
        let (id, now) = (planner.id.parse().unwrap(), Timestamp::now());
        let secret = clients::ResourceServer::rotate(&server.db, &id, SignedDuration::from_hours(24), now).await.unwrap();
        planner.introspect(&key.token).await.expect_oauth_error("invalid_client");
        let planner = ResourceServer { secret: secret.reveal().to_owned(), ..planner };
        planner.introspect(&key.token).await.expect(200);
        // Of a rotated one the old secret alone ends.
        let old = planner.secret.clone();
        let secret = clients::ResourceServer::rotate(&server.db, &id, SignedDuration::from_hours(24), now).await.unwrap();
        assert_thanked(&report(&server, &old).await);
        assert_locked_out(&planner, &key.token).await;
        ResourceServer { secret: secret.reveal().to_owned(), ..planner }.introspect(&key.token).await.expect(200);
    }

    async fn a_reporter_learns_nothing(engine: Engine) {
        let server = InProcess::start(engine).await;
        let key = server.portal().await.key().await;
        let known = report(&server, &key.token).await;
        for kind in [TokenKind::ApiKey, TokenKind::AccessToken, TokenKind::RefreshToken, TokenKind::AppSecret, TokenKind::ResourceServerSecret] {
            let unknown = report(&server, Token::random(kind).reveal()).await;
            assert_eq!((unknown.status, &unknown.bytes), (known.status, &known.bytes));
            let names = |answer: &Answer| answer.headers.keys().map(ToString::to_string).collect::<Vec<_>>();
            assert_eq!(names(&unknown), names(&known));
        }
    }

    async fn a_report_comes_as_json_or_as_a_form_and_malformed_ones_are_told_as_such(engine: Engine) {
        let server = InProcess::start(engine).await;
        let url = format!("{}/leaks", server.url);
        let key = server.portal().await.key().await;
        let form = Answer::to(server.http.post(&url).form(&[("token", key.token.as_str())])).await;
        assert_thanked(&form);
        assert_dies(&server, &key.token).await;
        let other = if key.token.ends_with('x') { 'y' } else { 'x' };
        let typing_error = format!("{}{other}", &key.token[..key.token.len() - 1]);
        let session = Token::random(TokenKind::Session);
        for wrong in ["", "x", "kpk_", &typing_error, session.reveal()] {
            assert_eq!(report(&server, wrong).await.expect(400)["code"], 400, "{wrong}");
        }
        let raw = |kind: &'static str, body: Vec<u8>| Answer::to(server.http.post(&url).header("content-type", kind).body(body));
        raw("application/json", b"{".to_vec()).await.expect(400);
        raw("application/json", b"[]".to_vec()).await.expect(400);
        raw("application/json", br#"{"token": 3}"#.to_vec()).await.expect(400);
        raw("text/plain", key.token.clone().into_bytes()).await.expect(415);
        raw("application/json", vec![b' '; 100_000]).await.expect(413);
        Answer::to(server.http.get(&url)).await.expect(405);
    }

    async fn reports_from_one_address_are_slowed_down_and_others_are_not(engine: Engine) {
        let server = InProcess::stopped_with(engine, |_| vec!["--trusted-proxies=127.0.0.0/8".into()]).await;
        let report_from = async |address: &str| {
            let body = json!({ "token": Token::random(TokenKind::ApiKey).reveal() });
            Answer::to(server.http.post(format!("{}/leaks", server.url)).header("x-forwarded-for", address).json(&body)).await
        };
        for _ in 0..60 {
            assert_thanked(&report_from("203.0.113.7").await);
        }
        let refused = report_from("203.0.113.7").await;
        refused.expect(429);
        assert!((1..=60).contains(&refused.number("retry-after")), "{refused}");
        assert_thanked(&report_from("203.0.113.8").await);
    }

    async fn only_those_who_may_manage_keys_are_told(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (portal, other) = (server.portal().await, server.portal().await);
        let member: Account = server.owner(&other).await;
        let sql = "INSERT INTO portal_members (portal_id, account_id, role, created_at) VALUES (?1, ?2, 'member', 0)";
        server.db.execute(sql, &[portal.id.to_param(), member.id.to_param()]).await.unwrap();
        let key = portal.key().await;
        assert_thanked(&report(&server, &key.token).await);
        server.mailbox(&portal.owner_email).wait_for(1).await;
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert!(server.mailbox(&other.owner_email).texts().is_empty());
    }
}
