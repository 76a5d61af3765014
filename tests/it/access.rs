//! Access control: each rule is checked on every operation of the API.

use klantportaal::auth::{Token, TokenKind};
use reqwest::Method;
use serde_json::Value;

use crate::support::operations::{Ids, Operation, make_ids, missing, operations};
use crate::support::{Answer, Caller, Instance, Key, without_request_id};

async fn call(caller: &Caller, operation: &Operation, ids: &Ids) -> Answer {
    caller
        .call(operation.method.clone(), &operation.path(ids), operation.body_with(ids).as_ref())
        .await
}

/// Whatever the key can read, as one value.
async fn everything(key: &Key, ids: &Ids) -> Vec<(String, Value)> {
    let mut all = Vec::new();
    for operation in operations().iter().filter(|operation| operation.method == Method::GET) {
        let mut answer = call(key, operation, ids).await.expect(200);
        if operation.template.ends_with("/download") {
            // A link is another one each time.
            answer = Value::Null;
        }
        all.push((operation.to_string(), answer));
    }
    all
}

/// Calls every operation with a token that does not count.
async fn refused(server: &Instance, token: Option<&str>, challenge: &str, part_of_message: &str) {
    let ids = make_ids(&server.portal().await.key().await).await;
    let caller = match token {
        Some(token) => server.bearer(token),
        None => server.nobody(),
    };
    for operation in operations() {
        let answer = call(&caller, &operation, &ids).await;
        let message = answer.expect(401)["message"].as_str().unwrap().to_owned();
        assert!(message.contains(part_of_message), "{answer}");
        // What is needed is told to who has no token yet as well (RFC 6750 section 3).
        let needed = operation.scope.map(|scope| format!(r#", scope="{scope}""#));
        let expected = format!("{challenge}{}", needed.unwrap_or_default());
        assert_eq!(answer.challenge(), expected, "{answer}");
        assert_eq!(answer.header("x-ratelimit-limit"), None, "{answer}");
    }
}

const INVALID: &str = r#"Bearer realm="api", error="invalid_token""#;

both_engines! {
    async fn without_a_token_nothing_is_answered(server: &Server) {
        refused(server, None, r#"Bearer realm="api""#, "No token was sent").await;
    }

    async fn the_scope_that_is_told_is_the_one_of_the_route_and_the_method(server: &Server) {
        let nobody = server.nobody();
        let told = async |method: Method, path: &str| nobody.call(method, path, None).await.challenge();
        assert_eq!(told(Method::GET, "/v1/customers").await, r#"Bearer realm="api", scope="customers.read""#);
        assert_eq!(told(Method::POST, "/v1/customers").await, r#"Bearer realm="api", scope="customers.write""#);
        let head = Answer::unchecked(nobody.request(Method::HEAD, "/v1/customers")).await;
        assert_eq!(head.challenge(), r#"Bearer realm="api", scope="customers.read""#, "as GET");
        // Where there is no route there is no scope.
        assert_eq!(told(Method::PUT, "/v1/customers").await, r#"Bearer realm="api""#);
        nobody.get("/v1/nothing").await.expect(404);
    }

    async fn a_malformed_token_is_refused(server: &Server) {
        for token in ["onzin", "kpk_tekort", "kpk_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "' OR 1=1 --"] {
            refused(server, Some(token), INVALID, "typo").await;
        }
    }

    async fn an_unknown_token_is_refused(server: &Server) {
        for kind in [TokenKind::ApiKey, TokenKind::AccessToken] {
            refused(server, Some(Token::random(kind).reveal()), INVALID, "exist or has been revoked").await;
        }
    }

    async fn a_secret_of_another_kind_is_refused(server: &Server) {
        for kind in TokenKind::ALL.into_iter().filter(|kind| !matches!(kind, TokenKind::ApiKey | TokenKind::AccessToken)) {
            refused(server, Some(Token::random(kind).reveal()), INVALID, "different kind of secret").await;
        }
    }

    async fn with_every_scope_but_the_needed_one_the_scope_is_named(server: &Server) {
        let portal = server.portal().await;
        let owner = portal.key().await;
        let ids = make_ids(&owner).await;
        let before = everything(&owner, &ids).await;
        for operation in operations() {
            let Some(scope) = operation.scope else { continue };
            let key = portal.key_without(scope).await;
            let answer = call(&key, &operation, &ids).await;
            let message = answer.expect(403)["message"].as_str().unwrap().to_owned();
            assert!(message.contains(scope.name()), "{answer}");
            let challenge = format!(r#"Bearer realm="api", error="insufficient_scope", scope="{scope}""#);
            assert_eq!(answer.challenge(), challenge, "{answer}");
        }
        assert_eq!(everything(&owner, &ids).await, before, "a refused call changed something");
    }

    async fn with_only_the_needed_scope_every_operation_works(server: &Server) {
        let portal = server.portal().await;
        let owner = portal.key().await;
        for operation in operations() {
            let ids = make_ids(&owner).await;
            let only = portal.key_with(operation.scope.into_iter().collect(), Some(0)).await;
            let answer = call(&only, &operation, &ids).await;
            assert!((200..300).contains(&answer.status), "{answer}");
        }
    }

    async fn another_portals_id_is_answered_as_one_that_does_not_exist(server: &Server) {
        let owner = server.portal().await.key().await;
        let stranger = server.portal().await.key().await;
        let (ids, own) = (make_ids(&owner).await, make_ids(&stranger).await);
        let before = everything(&owner, &ids).await;
        let mut checked = 0;
        for operation in operations() {
            let parameters = operation.parameters();
            // Each choice of which ids are the owner's; the others are the stranger's own.
            for choice in 1_u32..1 << parameters.len() {
                let (mut foreign, mut absent) = (own.clone(), own.clone());
                for (_, name) in parameters.iter().enumerate().filter(|(index, _)| choice & (1 << index) != 0) {
                    let key = *ids.get_key_value(*name).unwrap().0;
                    foreign.insert(key, ids[key].clone());
                    absent.insert(key, missing(&ids[key]));
                }
                let (foreign, absent) = (call(&stranger, &operation, &foreign).await, call(&stranger, &operation, &absent).await);
                foreign.expect(404);
                assert_eq!(without_request_id(&foreign), without_request_id(&absent), "{foreign} and {absent} tell them apart");
                checked += 1;
            }
        }
        assert!(checked >= 11, "only {checked}");
        assert_eq!(everything(&owner, &ids).await, before, "a stranger changed something");
    }

    async fn a_text_that_is_no_id_is_answered_as_one_that_does_not_exist(server: &Server) {
        let key = server.portal().await.key().await;
        let ids = make_ids(&key).await;
        for operation in operations().iter().filter(|operation| !operation.parameters().is_empty()) {
            let absent = call(&key, operation, &ids.iter().map(|(name, id)| (*name, missing(id))).collect()).await;
            absent.expect(404);
            for wrong in ["1", "cst", "acc_abc", "cst_ABC", "cst_%00", "..%2F..", "cst_%FF", "cst_a'--", &"a".repeat(2000)] {
                let answer = call(&key, operation, &ids.keys().map(|name| (*name, wrong.to_owned())).collect()).await;
                assert_eq!(without_request_id(&answer), without_request_id(&absent), "{answer}");
            }
        }
    }
}
