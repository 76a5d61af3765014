//! The rate limit of each key.

use jiff::SignedDuration;
use serde_json::json;

use crate::support::{Answer, InProcess, Key};

/// Makes `count` calls that must come through, and checks what they say is left.
async fn use_up(key: &Key, limit: i64, count: i64) {
    for left in (limit - count..limit).rev() {
        let answer = key.get("/v1/customers").await;
        answer.expect(200);
        assert_eq!(
            (answer.number("x-ratelimit-limit"), answer.number("x-ratelimit-remaining")),
            (limit, left),
            "{answer}"
        );
        assert_eq!(
            (answer.header("retry-after"), answer.header("x-ratelimit-reset")),
            (None, None),
            "{answer}"
        );
    }
}

/// One call too many: checks the answer and returns for how long to wait.
async fn over(key: &Key, limit: i64) -> (i64, Answer) {
    let answer = key.get("/v1/customers").await;
    let mut body = answer.expect(429);
    body.as_object_mut().unwrap().remove("requestId").unwrap();
    assert_eq!(body, json!({ "code": 429, "message": "Too many requests." }));
    assert_eq!(
        (answer.number("x-ratelimit-limit"), answer.number("x-ratelimit-remaining")),
        (limit, 0),
        "{answer}"
    );
    let wait = answer.number("retry-after");
    assert!((1..=61).contains(&wait), "{answer}");
    (wait, answer)
}

both_engines! {
    async fn the_sixty_first_request_in_a_minute_is_one_too_many(server: &Server) {
        let portal = server.portal().await;
        let key = portal.key_with(klantportaal::auth::ScopeSet::all(), None).await;
        use_up(&key, 60, 60).await;
        let before = jiff::Timestamp::now().as_second();
        let (wait, answer) = over(&key, 60).await;
        let answered_at = answer.number("x-ratelimit-reset") - wait;
        assert!((before - 2..=jiff::Timestamp::now().as_second() + 2).contains(&answered_at), "{answer}");
        // Another key of the same portal has requests of its own.
        use_up(&portal.key_with(klantportaal::auth::ScopeSet::all(), None).await, 60, 1).await;
    }

    async fn a_key_has_its_own_limit_or_none(server: &Server) {
        let portal = server.portal().await;
        let command = |limit: &'static str| {
            let id = portal.id.to_string();
            let arguments = ["api-key", "create", "--portal", &id, "--name", "k", "--scope", "customers.read", "--rate-limit", limit];
            server.bearer(server.cli(&arguments).json()["key"].as_str().unwrap())
        };
        let (five, none) = (command("5"), command("0"));
        for _ in 0..5 {
            five.get("/v1/customers").await.expect(200);
        }
        five.get("/v1/customers").await.expect(429);
        for _ in 0..70 {
            let answer = none.get("/v1/customers").await;
            answer.expect(200);
            assert_eq!(answer.header("x-ratelimit-limit"), None);
        }
    }

    async fn refused_requests_count_too_but_unknown_tokens_do_not(server: &Server) {
        let portal = server.portal().await;
        let key = portal.key_with("customers.read".parse().unwrap(), Some(3)).await;
        key.get("/v1/customers/cst_bestaatniet").await.expect(404);
        key.post("/v1/customers", json!({})).await.expect(403);
        key.get("/v1/bestaat-niet").await.expect(404);
        key.get("/v1/customers").await.expect(429);
        let unknown = klantportaal::auth::Token::random(klantportaal::auth::TokenKind::ApiKey);
        for _ in 0..65 {
            server.bearer(unknown.reveal()).get("/v1/customers").await.expect(401);
        }
    }

    async fn the_window_rolls(engine: Engine) {
        let server = InProcess::stopped(engine).await;
        let key = server.portal().await.key_with(klantportaal::auth::ScopeSet::all(), Some(4)).await;
        use_up(&key, 4, 2).await;
        server.clock.advance(SignedDuration::from_secs(30));
        for _ in 0..2 {
            key.get("/v1/customers").await.expect(200);
        }
        let (wait, _) = over(&key, 4).await;
        assert!((29..=31).contains(&wait), "the first two are half a minute old, so {wait} is wrong");
        server.clock.advance(SignedDuration::from_secs(wait));
        for _ in 0..2 {
            key.get("/v1/customers").await.expect(200);
        }
        let (wait, _) = over(&key, 4).await;
        assert!((28..=31).contains(&wait), "the next two are half a minute old, so {wait} is wrong");
        server.clock.advance(SignedDuration::from_secs(61));
        use_up(&key, 4, 4).await;
    }

    async fn the_servers_own_limit_is_a_setting(engine: Engine) {
        let server = InProcess::stopped_with(engine, |_| vec!["--default-rate-limit=2".into()]).await;
        let portal = server.portal().await;
        let key = portal.key_with(klantportaal::auth::ScopeSet::all(), None).await;
        use_up(&key, 2, 2).await;
        over(&key, 2).await;
        use_up(&portal.key_with(klantportaal::auth::ScopeSet::all(), Some(3)).await, 3, 3).await;
    }
}
