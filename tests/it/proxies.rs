//! The operator's services behind nginx and Caddy with forward authentication.

use jiff::Timestamp;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::support::{Answer, Engine, OwnScopes, Proxy, SigningKey, Tokens, ath};

/// Public addresses are configured, and the proxies ask at another one.
const FLAGS: [&str; 2] = ["--trusted-proxies=127.0.0.1", "--api-url=https://api.example.nl"];

async fn start(engine: Engine) -> (OwnScopes, Vec<Proxy>) {
    let own = OwnScopes::start_with(engine, &FLAGS).await;
    let proxies = Proxy::all(&own.url).await;
    (own, proxies)
}

fn request(own: &OwnScopes, proxy: &Proxy, method: Method, path: &str) -> RequestBuilder {
    own.http.request(method, format!("{}{path}", proxy.url))
}

async fn get(own: &OwnScopes, proxy: &Proxy, path: &str, headers: &[(&str, &str)]) -> Answer {
    Answer::to(
        headers.iter().fold(request(own, proxy, Method::GET, path), |request, (name, value)| {
            request.header(*name, *value)
        }),
    )
    .await
}

async fn get_bearer(own: &OwnScopes, proxy: &Proxy, token: &str) -> Answer {
    get(own, proxy, "/rooster", &[("authorization", &format!("Bearer {token}"))]).await
}

/// What the service is told: of the headers of that name those that are not empty, and what
/// applications take for them.
fn told(seen: &Value) -> Value {
    let ours =
        |name: &str| name.to_lowercase().replace(['_', '.'], "-").starts_with("x-klantportaal-");
    let headers = seen["headers"].as_object().unwrap().iter();
    let mut told: serde_json::Map<_, _> = headers
        .filter(|(name, value)| ours(name) && *value != "")
        .map(|(name, value)| (name[15..].to_owned(), value.clone()))
        .collect();
    let id = told.remove("request-id").unwrap();
    assert_eq!(id.as_str().unwrap().len(), 24, "{id}");
    told.into()
}

both_engines! {
    async fn both_kinds_of_token_pass_with_what_is_known_of_them(engine: Engine) {
        let (own, proxies) = start(engine).await;
        let (portal, browser) = own.portal_and_browser().await;
        let (key_id, key) = own.key(&portal, &["planning.read", "customers.read"]);
        let app = own.app_with_scopes(&["planning.read", "planning.write"]);
        let tokens = Tokens::of(&app.exchange(&app.ask().with("scope", "planning.read planning.write").allow(&browser).await.code()).await);
        let of_key = json!({ "portal": portal.id.as_str(), "principal": "api_key", "key": key_id, "scopes": "customers.read planning.read" });
        let of_app = json!({ "portal": portal.id.as_str(), "principal": "app", "app": app.id.as_str(), "scopes": "planning.read planning.write" });
        for proxy in &proxies {
            for name in ["authorization", "authentication"] {
                for (token, known) in [(&key, &of_key), (&tokens.access, &of_app)] {
                    let answer = get(&own, proxy, "/rooster?week=1", &[(name, &format!("Bearer {token}"))]).await;
                    let seen = answer.expect(200);
                    assert_eq!((told(&seen), &seen["path"]), (known.clone(), &json!("/rooster?week=1")), "{} {name}", proxy.name);
                    assert!(!seen.to_string().contains(token.as_str()), "the token stays with the proxy: {} {seen}", proxy.name);
                    if proxy.name == "nginx" {
                        assert_eq!(answer.header("x-ratelimit-limit"), Some("60"), "{answer}");
                    }
                }
            }
            let post = request(&own, proxy, Method::POST, "/rooster").bearer_auth(&key).body("dienst=vroeg".repeat(5000));
            let seen = Answer::to(post).await.expect(200);
            assert_eq!((&seen["method"], seen["body"].as_str().unwrap().len()), (&json!("POST"), 60_000), "{}", proxy.name);
            // What the service answers by itself is not touched.
            let refused = get(&own, proxy, "/eigen", &[("authorization", &format!("Bearer {key}"))]).await;
            assert_eq!((refused.status, refused.header("www-authenticate"), refused.text().as_str()), (401, Some("Own"), "by the service itself"));
        }
    }

    async fn what_the_api_would_refuse_does_not_pass(engine: Engine) {
        let (own, proxies) = start(engine).await;
        let (portal, browser) = own.portal_and_browser().await;
        let metadata = r#"resource_metadata="https://api.example.nl/.well-known/oauth-protected-resource/v1""#;
        for proxy in &proxies {
            let expect = |answer: &Answer, status: u16, challenge: Option<&str>| {
                let body = answer.expect(status);
                assert_eq!(body["code"], status, "{}: {answer}", proxy.name);
                assert_eq!(body["requestId"].as_str(), answer.header("x-request-id"), "{}: {answer}", proxy.name);
                let expected = challenge.map(|challenge| format!("{challenge}, {metadata}"));
                assert_eq!(answer.headers.get_all("www-authenticate").iter().count(), usize::from(expected.is_some()), "{}: {answer}", proxy.name);
                assert_eq!(answer.header("www-authenticate"), expected.as_deref(), "{}: {answer}", proxy.name);
            };
            expect(&get(&own, proxy, "/rooster", &[]).await, 401, Some(r#"Bearer realm="api", scope="planning.read""#));
            expect(&get_bearer(&own, proxy, "kpk_nonsense").await, 401, Some(r#"Bearer realm="api", error="invalid_token", scope="planning.read""#));

            let (_, other) = own.key(&portal, &["planning.write", "customers.read"]);
            expect(&get_bearer(&own, proxy, &other).await, 403, Some(r#"Bearer realm="api", error="insufficient_scope", scope="planning.read""#));

            let ((key_id, key), app) = (own.key(&portal, &["planning.read"]), own.app_with_scopes(&["planning.read"]));
            let tokens = Tokens::of(&app.exchange(&app.ask().with("scope", "planning.read").allow(&browser).await.code()).await);
            let two = [("authorization", format!("Bearer {key}")), ("authentication", format!("Bearer {}", tokens.access))];
            expect(&get(&own, proxy, "/rooster", &two.each_ref().map(|(name, value)| (*name, value.as_str()))).await, 400, None);

            // Revoked is dead on the next request.
            get_bearer(&own, proxy, &key).await.expect(200);
            own.command(&["api-key", "revoke", &key_id]).json();
            expect(&get_bearer(&own, proxy, &key).await, 401, Some(r#"Bearer realm="api", error="invalid_token", scope="planning.read""#));
            get_bearer(&own, proxy, &tokens.access).await.expect(200);
            let grants = own.command(&["grant", "list", "--portal", portal.id.as_str()]).json();
            for grant in grants.as_array().unwrap() {
                own.command(&["grant", "revoke", grant["id"].as_str().unwrap()]);
            }
            expect(&get_bearer(&own, proxy, &tokens.access).await, 401, Some(r#"Bearer realm="api", error="invalid_token", scope="planning.read""#));

            let limited = own.command(&["api-key", "create", "--portal", portal.id.as_str(), "--name", "druk", "--scope", "planning.read", "--rate-limit", "2"]).json();
            let limited = limited["key"].as_str().unwrap();
            for _ in 0..2 {
                get_bearer(&own, proxy, limited).await.expect(200);
            }
            let answer = get_bearer(&own, proxy, limited).await;
            expect(&answer, 429, None);
            assert!((1..=61).contains(&answer.number("retry-after")) && answer.header("x-ratelimit-reset").is_some(), "{answer}");
        }
    }

    async fn a_client_cannot_smuggle_in_what_only_klantportaal_says(engine: Engine) {
        let (own, proxies) = start(engine).await;
        let portal = own.portal().await;
        for proxy in &proxies {
            let (key_id, key) = own.key(&portal, &["planning.read"]);
            let known = json!({ "portal": portal.id.as_str(), "principal": "api_key", "key": key_id, "scopes": "planning.read" });
            let bearer = format!("Bearer {key}");
            for name in ["Portal", "Principal", "Key", "App", "Scopes", "Request-Id", "Error"] {
                for name in [format!("X-Klantportaal-{name}"), format!("x-KLANTPORTAAL-{name}"), format!("X_Klantportaal_{name}"), format!("X-Klantportaal_{name}"), format!("X.Klantportaal.{name}")] {
                    let headers = [("authorization", bearer.as_str()), (&name, "app_vals"), (&name, "nog_een")];
                    let seen = get(&own, proxy, "/rooster", &headers).await.expect(200);
                    assert_eq!(told(&seen), known, "{} {name}", proxy.name);
                    assert!(!seen.to_string().contains("vals") && !seen.to_string().contains("nog_een"), "{} {name}: {seen}", proxy.name);
                    // Nor does it help somebody without a token.
                    assert_eq!(get(&own, proxy, "/rooster", &headers[1..]).await.status, 401, "{} {name}", proxy.name);
                }
            }
        }
    }

    async fn the_log_and_the_list_of_addresses_see_the_original_request(engine: Engine) {
        let (own, proxies) = start(engine).await;
        let (portal, browser) = own.portal_and_browser().await;
        for proxy in &proxies {
            let (id, key) = own.key(&portal, &["planning.read"]);
            // A client beside the proxy does not get its own story into the log.
            let lies = request(&own, proxy, Method::PUT, "/rooster/12?naam=geheim").bearer_auth(&key);
            let lies = lies.header("X-Original-Method", "GET").header("X-Original-URI", "/vals").header("X-Forwarded-Method", "GET").header("X-Forwarded-Uri", "/vals");
            Answer::to(lies.header("X-Forwarded-For", "203.0.113.9")).await.expect(200);
            let page = browser.page(&format!("/manage/settings/api-keys/{id}")).await;
            assert!(page.says(r#"<code class="path">/rooster/12<"#), "{}: {}", proxy.name, page.html);
            for absent in ["/vals", "/auth/verify", "geheim", "203.0.113.9"] {
                assert!(!page.says(absent), "{} {absent}: {}", proxy.name, page.html);
            }
            let puts = browser.page(&format!("/manage/settings/api-keys/{id}?method=PUT")).await;
            assert!(puts.says("/rooster/12"), "{}", puts.html);

            let abroad = own.command(&["api-key", "create", "--portal", portal.id.as_str(), "--name", "ver", "--scope", "planning.read", "--allow-address", "203.0.113.0/24"]).json();
            let bearer = format!("Bearer {}", abroad["key"].as_str().unwrap());
            let answer = get(&own, proxy, "/rooster", &[("authorization", &bearer), ("x-forwarded-for", "203.0.113.9")]).await;
            assert!(answer.expect(403)["message"].as_str().unwrap().contains("127.0.0.1"), "{}: {answer}", proxy.name);
        }
    }

    async fn a_bound_token_passes_with_a_proof_for_the_service_only(engine: Engine) {
        let (own, proxies) = start(engine).await;
        let ((_, browser), app, key) = (own.portal_and_browser().await, own.app_with_scopes(&["planning.read"]), SigningKey::new());
        let code = app.ask().with("scope", "planning.read").allow(&browser).await.code();
        let fields = app.signed(&[("grant_type", "authorization_code"), ("redirect_uri", crate::support::CALLBACK), ("code", &code)]);
        let access = Tokens::of(&app.post_proven("/oauth/tokens", &fields, &key, Timestamp::now().as_second()).await).access;
        let dpop = format!("DPoP {access}");
        for proxy in &proxies {
            assert_eq!(get_bearer(&own, proxy, &access).await.status, 401, "{}", proxy.name);
            // nginx tells its server's name, whatever the client took for it.
            let origin = if proxy.name == "nginx" { "http://planning.example.nl" } else { proxy.url.as_str() };
            let refused = get(&own, proxy, "/rooster", &[("authorization", &dpop)]).await;
            assert_eq!(refused.status, 401, "{refused}");
            let proof = |method: &str, url: String| {
                let nonce = refused.header("dpop-nonce").unwrap_or_else(|| panic!("no nonce: {refused}"));
                key.proof(json!({ "htm": method, "htu": url, "iat": Timestamp::now().as_second(), "ath": ath(&access), "nonce": nonce }))
            };
            for (method, url, status) in [
                ("GET", format!("{origin}/rooster"), 200),
                ("POST", format!("{origin}/rooster"), 401),
                ("GET", format!("{origin}/elders"), 401),
                ("GET", "http://elders.example.nl/rooster".to_owned(), 401),
                ("GET", "https://api.example.nl/rooster".to_owned(), 401),
                ("GET", format!("{}/auth/verify", own.url), 401),
            ] {
                let headers = [("authorization", dpop.as_str()), ("dpop", &proof(method, url.clone())), ("host", "elders.example.nl")];
                let answer = get(&own, proxy, "/rooster", &headers[..if proxy.name == "nginx" { 3 } else { 2 }]).await;
                assert_eq!(answer.status, status, "{} {method} {url}: {answer}", proxy.name);
            }
            let once = proof("GET", format!("{origin}/rooster"));
            for status in [200, 401] {
                assert_eq!(get(&own, proxy, "/rooster", &[("authorization", &dpop), ("dpop", &once)]).await.status, status, "{}", proxy.name);
            }
        }
    }

    async fn nothing_passes_while_klantportaal_is_away(engine: Engine) {
        let (own, proxies) = start(engine).await;
        let portal = own.portal().await;
        let (_, key) = own.key(&portal, &["planning.read"]);
        for proxy in &proxies {
            get_bearer(&own, proxy, &key).await.expect(200);
        }
        let http = own.http.clone();
        drop(own.server.end("TERM"));
        for proxy in &proxies {
            let answer = Answer::to(http.get(format!("{}/rooster", proxy.url)).bearer_auth(&key)).await;
            assert_eq!(answer.status, 502, "{}: {answer}", proxy.name);
        }
    }
}
