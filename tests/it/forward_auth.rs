//! `GET /auth/verify`, as called by proxies. Tests with Debian's proxies are in `proxies`.

use jiff::Timestamp;
use klantportaal::api_keys::NewApiKey;
use klantportaal::auth::AddressList;
use klantportaal::request_log::{Filter, LogOf, LogSubject};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::support::{Answer, InProcess, Instance, Key, Portal, SigningKey, Tokens, ath};

const PATH: &str = "/auth/verify?scope=customers.read";

/// What is told of a token that counts, in this order.
const TOLD: [&str; 5] = ["portal", "principal", "key", "app", "scopes"];

fn told(answer: &Answer) -> Vec<&str> {
    assert_eq!((answer.status, answer.bytes.len()), (200, 0), "{answer}");
    assert_eq!(
        answer.header("x-klantportaal-request-id"),
        answer.header("x-request-id"),
        "{answer}"
    );
    TOLD.map(|name| {
        answer
            .header(&format!("x-klantportaal-{name}"))
            .unwrap_or_else(|| panic!("no {name}: {answer}"))
    })
    .to_vec()
}

/// An answer that tells nothing of the token, and repeats its error in a header.
#[track_caller]
fn expect_refused(answer: &Answer, status: u16) {
    answer.expect(status);
    assert!(
        TOLD.iter().all(|name| answer.header(&format!("x-klantportaal-{name}")).is_none()),
        "{answer}"
    );
    let repeated: Value = serde_json::from_str(
        answer.header("x-klantportaal-error").unwrap_or_else(|| panic!("{answer}")),
    )
    .unwrap();
    assert_eq!(repeated, answer.json(), "{answer}");
}

fn asked(server: &Instance, token: &str, headers: &[(&str, &str)]) -> RequestBuilder {
    headers
        .iter()
        .fold(server.bearer(token).request(Method::GET, PATH), |request, (name, value)| {
            request.header(*name, *value)
        })
}

/// Method and path of a key's newest request in the log.
async fn logged(server: &InProcess, portal: &Portal, key: &Key) -> (&'static str, String) {
    server.server.write_down_usage().await;
    let found = LogOf::Subject(&portal.store, LogSubject::Key(key.id.clone()))
        .search(&Filter::default(), None)
        .await
        .unwrap();
    assert_eq!(found.requests.len(), 1);
    (found.requests[0].method, found.requests[0].path.clone())
}

both_engines! {
    async fn it_tells_whose_a_token_is_and_what_it_may_do(server: &Server) {
        let (app, portal, tokens) = server.connected().await;
        let key = portal.key_with("customers.read offers.read".parse().unwrap(), Some(9)).await;
        for method in [Method::GET, Method::HEAD] {
            let answer = Answer::to(key.request(method, PATH)).await;
            assert_eq!(told(&answer), [portal.id.as_str(), "api_key", key.id.as_str(), "", "customers.read offers.read"]);
            assert_eq!(answer.header("x-ratelimit-limit"), Some("9"), "{answer}");
        }
        let answer = server.bearer(&tokens.access).get(PATH).await;
        assert_eq!(told(&answer), [portal.id.as_str(), "app", "", app.id.as_str(), "customers.read customers.write"]);
        let same = [("authorization", format!("Bearer {}", tokens.access))];
        assert_eq!(told(&Answer::to(asked(server, &tokens.access, &same.each_ref().map(|(name, value)| (*name, value.as_str())))).await).len(), 5);
    }

    async fn it_refuses_as_the_api_does(server: &Server) {
        let (app, portal, tokens) = server.connected().await;
        let (key, without) = (portal.key().await, portal.key_without(klantportaal::auth::Scope::CustomersRead).await);
        let nobody = server.nobody().get(PATH).await;
        expect_refused(&nobody, 401);
        assert_eq!(nobody.challenge(), r#"Bearer realm="api", scope="customers.read""#);
        for token in ["x", "kpk_", &tokens.refresh, &app.secret, &"k".repeat(5000)] {
            let answer = server.bearer(token).get(PATH).await;
            expect_refused(&answer, 401);
            assert_eq!(answer.challenge(), r#"Bearer realm="api", error="invalid_token", scope="customers.read""#);
        }
        let answer = without.get(PATH).await;
        expect_refused(&answer, 403);
        assert_eq!(answer.challenge(), r#"Bearer realm="api", error="insufficient_scope", scope="customers.read""#);
        let answer = without.get("/auth/verify?scope=offers.read+customers.read&scope=customers.write").await;
        assert_eq!(answer.challenge(), r#"Bearer realm="api", error="insufficient_scope", scope="customers.read""#, "what is missing");
        expect_refused(&Answer::to(asked(server, &key.token, &[("authorization", &format!("Bearer {}", tokens.access))])).await, 400);
        expect_refused(&Answer::to(server.nobody().request(Method::GET, PATH).header("authorization", "Basic eDp5")).await, 401);
        for method in [Method::POST, Method::PUT, Method::DELETE, Method::OPTIONS] {
            expect_refused(&Answer::unchecked(key.request(method, PATH)).await, 405);
        }
        server.cli(&["api-key", "revoke", key.id.as_str()]).json();
        expect_refused(&key.get(PATH).await, 401);
    }

    async fn a_scope_that_is_forgotten_or_unknown_lets_nobody_through(server: &Server) {
        let key = server.portal().await.key_with(klantportaal::auth::ScopeSet::all(), Some(1)).await;
        for query in ["", "?scope=", "?scope=+", "?Scope=customers.read", "?scope", "?scope=customers.raed", "?scope=customers.read&scope=x", "?scope=customers.read%00", "?scope=%E2%82%AC\u{1f600}"] {
            for caller in [server.nobody(), server.bearer(&key.token)] {
                let answer = caller.get(&format!("/auth/verify{query}")).await;
                expect_refused(&answer, 400);
                assert!(answer.json()["message"].as_str().unwrap().contains("scope"), "{answer}");
            }
        }
        // None of these counted.
        assert_eq!(key.get(PATH).await.status, 200);
        let late = key.get(PATH).await;
        expect_refused(&late, 429);
        assert!((1..=61).contains(&late.number("retry-after")), "{late}");
        assert_eq!(key.get("/v1/customers").await.status, 429, "the limit is one");
    }

    async fn it_is_asked_at_any_host(engine: Engine) {
        let server = InProcess::start_with(engine, |_| vec!["--public-url=https://portal.example.nl".into(), "--api-url=https://api.example.nl".into()]).await;
        let key = server.portal().await.key().await;
        for host in ["127.0.0.1:8080", "klantportaal", "planning.example.nl", "portal.example.nl", "api.example.nl"] {
            assert_eq!(told(&Answer::to(asked(&server, &key.token, &[("host", host)])).await).len(), 5, "{host}");
            let nobody = Answer::to(server.nobody().request(Method::GET, PATH).header("host", host)).await;
            let challenge = r#"Bearer realm="api", scope="customers.read", resource_metadata="https://api.example.nl/.well-known/oauth-protected-resource/v1""#;
            assert_eq!((nobody.status, nobody.header("www-authenticate")), (401, Some(challenge)), "{nobody}");
        }
    }

    async fn the_original_request_is_believed_of_a_trusted_proxy_only(engine: Engine) {
        const ORIGINAL: [(&str, &str); 2] = [("x-forwarded-method", "DELETE"), ("x-forwarded-uri", "/rooster/7?geheim=1")];
        const OTHER_NAMES: [(&str, &str); 2] = [("x-original-method", "DELETE"), ("x-original-uri", "/rooster/7?geheim=1")];
        let own = ("GET", "/auth/verify".to_owned());
        let original = ("DELETE", "/rooster/7".to_owned());
        let flags = ["--trusted-proxies=127.0.0.1".to_owned(), "--public-url=https://portal.example.nl".to_owned()];
        let trusting = InProcess::start_with(engine, |_| flags.to_vec()).await;
        let wary = InProcess::start_with(engine, |_| vec!["--trusted-proxies=10.0.0.0/8".to_owned()]).await;
        for (server, headers, expected) in [
            (&trusting, &ORIGINAL[..], &original),
            (&trusting, &OTHER_NAMES, &original),
            (&trusting, &[ORIGINAL, OTHER_NAMES].concat(), &original),
            (&trusting, &[], &own),
            (&trusting, &ORIGINAL[..1], &own),
            (&trusting, &ORIGINAL[1..], &own),
            // Through the proxy before the public address these come from the client.
            (&trusting, &[&ORIGINAL[..], &[("host", "portal.example.nl")]].concat(), &own),
            (&wary, &ORIGINAL, &own),
        ] {
            let portal = server.portal().await;
            let key = portal.key().await;
            told(&Answer::to(asked(server, &key.token, headers)).await);
            assert_eq!(logged(server, &portal, &key).await, *expected, "{headers:?}");
        }
        let key = trusting.portal().await.key().await;
        for faulty in [("x-original-uri", "/elders"), ("x-forwarded-method", "GET"), ("x-forwarded-uri", "")] {
            let headers = [&ORIGINAL[..], &[faulty]].concat();
            expect_refused(&Answer::to(asked(&trusting, &key.token, &headers)).await, 400);
        }
        expect_refused(&Answer::to(asked(&trusting, &key.token, &[ORIGINAL[0], ("x-forwarded-uri", "rooster")])).await, 400);
        // A preflight of the original request is no preflight of this one.
        let preflight = [("x-forwarded-method", "OPTIONS"), ORIGINAL[1], ("origin", "https://app.example"), ("access-control-request-method", "PUT")];
        let answer = preflight.iter().fold(trusting.nobody().request(Method::GET, PATH), |request, (name, value)| request.header(*name, *value));
        expect_refused(&Answer::to(answer).await, 401);
    }

    async fn a_key_is_good_from_its_addresses_only(engine: Engine) {
        let server = InProcess::start_with(engine, |_| vec!["--trusted-proxies=127.0.0.1".to_owned()]).await;
        let allowed_addresses = AddressList::parse("203.0.113.0/24").unwrap();
        let new = NewApiKey { name: "ver".into(), scopes: "customers.read".parse().unwrap(), expires_at: None, rate_limit: Some(1), allowed_addresses };
        let key = server.portal().await.make_key(new).await;
        for address in ["198.51.100.7", "203.0.113.9, 198.51.100.7"] {
            expect_refused(&Answer::to(asked(&server, &key.token, &[("x-forwarded-for", address)])).await, 403);
        }
        expect_refused(&key.get(PATH).await, 403);
        told(&Answer::to(asked(&server, &key.token, &[("x-forwarded-for", "198.51.100.7, 203.0.113.9")])).await);
    }

    async fn a_bound_token_needs_a_proof_for_the_original_request(engine: Engine) {
        let server = InProcess::start_with(engine, |_| vec!["--trusted-proxies=127.0.0.1".to_owned()]).await;
        let (app, (_, browser), key) = (server.app().await, server.portal_and_browser().await, SigningKey::new());
        let code = app.code(&browser).await;
        let fields = app.signed(&[("grant_type", "authorization_code"), ("redirect_uri", crate::support::CALLBACK), ("code", &code)]);
        let now = Timestamp::now().as_second();
        let access = Tokens::of(&app.post_proven("/oauth/tokens", &fields, &key, now).await).access;
        let ask = async |proof: &str, headers: &[(&str, &str)]| {
            let request = server.nobody().request(Method::GET, PATH).header("authorization", format!("DPoP {access}")).header("dpop", proof);
            Answer::to(headers.iter().fold(request, |request, (name, value)| request.header(*name, *value))).await
        };
        let first = ask("x", &[]).await;
        assert!(first.challenge().starts_with(r#"DPoP realm="api", error="invalid_dpop_proof""#), "{first}");
        let nonce = first.header("dpop-nonce").unwrap().to_owned();
        let proof = |method: &str, url: &str| key.proof(json!({ "htm": method, "htu": url, "iat": now, "ath": ath(&access), "nonce": nonce }));
        expect_refused(&server.bearer(&access).get(PATH).await, 401);
        let original = [("x-forwarded-method", "POST"), ("x-forwarded-uri", "/v1/customers?a=b"), ("x-forwarded-proto", "https"), ("x-forwarded-host", "planning.example.nl")];
        let service = "https://planning.example.nl/v1/customers";
        told(&ask(&proof("POST", service), &original).await);
        let itself = format!("{}/auth/verify", server.url);
        told(&ask(&proof("GET", &itself), &[]).await);
        let (api, no_host) = (format!("{}/v1/customers", server.url), &original[..3]);
        for (method, url, headers) in [
            ("GET", service, &original[..]),
            ("POST", "https://elders.example.nl/v1/customers", &original),
            ("POST", &api, &original),
            ("GET", &itself, &original),
            // A proxy that does not tell the host: not even the API's own address is taken.
            ("POST", &api, no_host),
            ("POST", service, no_host),
            ("POST", "/v1/customers", no_host),
        ] {
            let answer = ask(&proof(method, url), headers).await;
            expect_refused(&answer, 401);
            assert!(answer.challenge().starts_with(r#"DPoP realm="api", error="invalid_dpop_proof""#), "{method} {url}: {answer}");
        }
    }
}
