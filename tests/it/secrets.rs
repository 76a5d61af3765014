//! Secrets are never revealed: no token, key or password is in the log or in a response.

use klantportaal::auth::{Token, TokenKind};
use klantportaal::clock::Clock;
use klantportaal::db::{Single, ToParam};
use serde_json::json;
use totp_rs::Secret;

use crate::customers::fields;
use crate::support::{Authenticator, Engine, PASSWORD, Server, TestPostgres};

/// Asserts that none of the secrets stands in the text.
#[track_caller]
fn assert_without(secrets: &[String], text: &str) {
    for secret in secrets {
        // The start of a token is shown on purpose; the rest is not.
        let tail = &secret[secret.len() / 2..];
        assert!(!text.contains(tail), "{secret} stands in:\n{text}");
        let bytes = format!("{:?}", tail.as_bytes());
        let bytes = bytes.trim_matches(['[', ']']);
        assert!(!text.contains(bytes), "the bytes of {secret} stand in:\n{text}");
    }
}

async fn nothing_is_told(engine: Engine, log: &str) {
    let server = Server::start(engine, &["--log", log]).await;
    let password = "een wachtwoord van niemand anders".to_owned();
    let made = server.cli_with_input(
        &["portal", "create", "--name", "x", "--owner-email", "a@example.nl", "--password-stdin"],
        &password,
    );
    let portal = made.json()["portalId"].as_str().unwrap().to_owned();
    let arguments = ["api-key", "create", "--portal", &portal, "--name", "x", "--rate-limit", "20"];
    let made = server
        .cli(
            &[&arguments[..], &["--scope", "customers.read", "--scope", "customers.write"]]
                .concat(),
        )
        .json();
    let mut secrets = vec![password, made["key"].as_str().unwrap().to_owned()];
    secrets.extend(TestPostgres::password());
    let key = server.bearer(&secrets[1]);
    key.post("/v1/customers", fields("Jansen")).await.expect(200);
    let mut answers = Vec::new();
    for body in ["{", "[]", "{}", "{\"companyName\": 1}"] {
        answers.push(key.post_raw("/v1/customers", Some("application/json"), body).await);
    }
    answers.push(key.get("/v1/customers/cst_bestaatniet").await);
    answers.push(key.patch("/v1/customers/cst_bestaatniet", json!({ "city": "x" })).await);
    answers.push(key.call(reqwest::Method::PUT, "/v1/customers", None).await);
    for kind in TokenKind::ALL {
        let token = Token::random(kind).reveal().to_owned();
        answers.push(server.bearer(&token).get("/v1/customers").await);
        answers.push(server.bearer(&token[..token.len() - 1]).get("/v1/customers").await);
        answers.push(server.nobody().get(&format!("/v1/customers?access_token={token}")).await);
        secrets.push(token);
    }
    assert!(answers.iter().all(|answer| (400..500).contains(&answer.status)));
    while key.get("/v1/customers").await.status != 429 {}
    for answer in &answers {
        assert_without(&secrets, &answer.to_string().replace(&answer.request, ""));
    }
    assert_without(&secrets, &server.cli(&["api-key", "list", "--portal", &portal]).stdout);
    let (status, log, _) = server.end("TERM");
    assert!(status.success(), "{log}");
    assert!(log.contains("stopping"), "the log is there: {log}");
    assert_without(&secrets, &log);
}

both_engines! {
    async fn the_log_and_the_errors_tell_no_secret(engine: Engine) {
        nothing_is_told(engine, "info").await;
    }

    async fn not_even_the_fullest_log_tells_a_secret(engine: Engine) {
        nothing_is_told(engine, "trace").await;
    }

    async fn no_filter_makes_the_log_tell_the_values_of_statements(engine: Engine) {
        let server = Server::start(engine, &["--log", "trace,tokio_postgres=trace,tokio_postgres::query=trace,rusqlite=trace"]).await;
        let (portal, browser) = server.portal_and_browser().await;
        let form = browser.page("/manage/account/second-factor/app").await.form();
        let seed = form.field("secret").unwrap().to_owned();
        let app = Authenticator::of(&seed, &Clock::default());
        assert_eq!(form.with("code", &app.code()).send(&browser).await.status, 200);
        let key = portal.key().await;
        key.get("/v1/customers").await.expect(200);
        let hash: Option<Single<String>> = server.db.row("SELECT password_hash AS value FROM accounts WHERE email = ?1", &[portal.owner_email.to_param()]).await.unwrap();
        let bytes = Secret::try_from_base32(&seed).unwrap();
        let bytes = format!("{:?}", bytes.as_bytes());
        let (_, log, _) = server.end("TERM");
        assert!(log.contains("klantportaal"), "{log}");
        assert_without(&[seed, hash.unwrap().0, key.token.clone(), PASSWORD.to_owned()], &log);
        assert!(!log.contains(bytes.trim_matches(['[', ']'])), "the bytes of the seed stand in:\n{log}");
    }
}
