//! Tokens that are bound to a key (RFC 9449): useless without it.

use jiff::{SignedDuration, Timestamp};
use klantportaal::clients::AppProtection;
use klantportaal::db::Single;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{
    Answer, App, Browser, CALLBACK, InProcess, Instance, SigningKey, Tokens, ath,
};

const PATH: &str = "/v1/customers";

fn now() -> i64 {
    Timestamp::now().as_second()
}

/// The fields of an exchange, with the app's credentials.
fn exchange<'a>(app: &'a App, code: &'a str) -> Vec<(&'a str, &'a str)> {
    app.signed(&[("grant_type", "authorization_code"), ("redirect_uri", CALLBACK), ("code", code)])
}

fn refresh<'a>(app: &'a App, token: &'a str) -> Vec<(&'a str, &'a str)> {
    app.signed(&[("grant_type", "refresh_token"), ("refresh_token", token)])
}

/// An app with tokens that are bound to a key.
async fn bound(server: &Instance) -> (App, Browser, SigningKey, Tokens) {
    let (app, (_, browser), key) =
        (server.app().await, server.portal_and_browser().await, SigningKey::new());
    let code = app.code(&browser).await;
    let answer = app.post_proven("/oauth/tokens", &exchange(&app, &code), &key, now()).await;
    assert_eq!(answer.expect(200)["token_type"], "DPoP");
    let tokens = Tokens::of(&answer);
    (app, browser, key, tokens)
}

async fn get(server: &Instance, headers: &[(&str, &str)]) -> Answer {
    let request = server.http.request(Method::GET, format!("{}{PATH}?page=1", server.url));
    Answer::to(headers.iter().fold(request, |request, (name, value)| request.header(*name, *value)))
        .await
}

/// The claims of a good proof for the API.
async fn claims(server: &Instance, token: &str) -> Value {
    json!({ "htm": "GET", "htu": format!("{}{PATH}", server.url), "iat": now(), "ath": ath(token), "nonce": nonce(server, token).await })
}

/// A nonce, as the API gives one to whoever has none.
async fn nonce(server: &Instance, token: &str) -> String {
    let answer = get(server, &[("authorization", &format!("DPoP {token}"))]).await;
    answer.header("dpop-nonce").unwrap_or_else(|| panic!("no nonce: {answer}")).to_owned()
}

async fn get_proven(server: &Instance, token: &str, proof: &str) -> Answer {
    get(server, &[("authorization", &format!("DPoP {token}")), ("dpop", proof)]).await
}

#[track_caller]
fn expect_challenge(answer: &Answer, error: &str) {
    answer.expect(401);
    let challenge = format!(
        r#"DPoP realm="api", error="{error}", algs="ES256 EdDSA Ed25519 RS256 PS256", scope="customers.read""#
    );
    assert_eq!(answer.challenge(), challenge, "{answer}");
}

both_engines! {
    async fn a_bound_token_opens_the_api_with_its_proof_in_either_header(server: &Server) {
        let (_, _, key, tokens) = bound(server).await;
        for name in ["authorization", "authentication"] {
            let proof = key.proof(claims(server, &tokens.access).await);
            let answer = get(server, &[(name, &format!("DPoP {}", tokens.access)), ("dpop", &proof)]).await;
            answer.expect(200);
            assert!(answer.header("dpop-nonce").is_some(), "{answer}");
        }
    }

    async fn a_bound_token_is_worth_nothing_as_bearer_or_without_its_key(server: &Server) {
        let (_, _, key, tokens) = bound(server).await;
        let good = claims(server, &tokens.access).await;
        for name in ["authorization", "authentication"] {
            let bearer = format!("Bearer {}", tokens.access);
            expect_challenge(&get(server, &[(name, &bearer)]).await, "invalid_token");
            expect_challenge(&get(server, &[(name, &bearer), ("dpop", &key.proof(good.clone()))]).await, "invalid_token");
        }
        let dpop = format!("DPoP {}", tokens.access);
        expect_challenge(&get(server, &[("authorization", &dpop)]).await, "invalid_dpop_proof");
        expect_challenge(&get_proven(server, &tokens.access, &SigningKey::new().proof(good.clone())).await, "invalid_dpop_proof");
        let two = [("authorization", dpop.as_str()), ("dpop", &key.proof(good.clone())), ("dpop", &key.proof(good.clone()))];
        expect_challenge(&get(server, &two).await, "invalid_dpop_proof");
        assert_eq!(get(server, &[("authorization", &dpop), ("authentication", &format!("Bearer {}", tokens.access))]).await.status, 400);
    }

    async fn a_token_that_is_not_bound_fails_under_the_scheme(server: &Server) {
        let (_, portal, tokens) = server.connected().await;
        let (key, api_key) = (SigningKey::new(), portal.key().await);
        for token in [&tokens.access, &api_key.token] {
            let proof = key.proof(claims(server, token).await);
            expect_challenge(&get_proven(server, token, &proof).await, "invalid_token");
            server.bearer(token).get(PATH).await.expect(200);
            // A proof beside a plain token is nothing.
            get(server, &[("authorization", &format!("Bearer {token}")), ("dpop", "x")]).await.expect(200);
        }
        expect_challenge(&get(server, &[("authorization", "DPoP nonsense")]).await, "invalid_token");
    }

    async fn a_proof_is_for_one_request(server: &Server) {
        let (_, _, key, tokens) = bound(server).await;
        let good = claims(server, &tokens.access).await;
        let proof = key.proof(good.clone());
        get_proven(server, &tokens.access, &proof).await.expect(200);
        expect_challenge(&get_proven(server, &tokens.access, &proof).await, "invalid_dpop_proof");
        for (name, value) in [
            ("htm", json!("POST")),
            ("htu", json!(format!("{}/v1/customer-groups", server.url))),
            ("htu", json!(format!("http://elsewhere.example{PATH}"))),
            ("iat", json!(now() - 3600)),
            ("iat", json!(now() + 3600)),
            ("ath", json!(ath("kpa_other"))),
            ("ath", Value::Null),
            ("jti", json!("")),
        ] {
            let mut changed = good.clone();
            changed[name] = value;
            expect_challenge(&get_proven(server, &tokens.access, &key.proof(changed)).await, "invalid_dpop_proof");
        }
        for (name, value) in [("nonce", json!("x")), ("nonce", Value::Null)] {
            let mut changed = good.clone();
            changed[name] = value;
            let answer = get_proven(server, &tokens.access, &key.proof(changed)).await;
            expect_challenge(&answer, "use_dpop_nonce");
            assert!(answer.header("dpop-nonce").is_some(), "{answer}");
        }
        for proof in ["", "x", "a.b.c", &"x".repeat(9000)] {
            expect_challenge(&get_proven(server, &tokens.access, proof).await, "invalid_dpop_proof");
        }
        get_proven(server, &tokens.access, &key.proof(good)).await.expect(200);
    }

    async fn what_is_refused_anyway_leaves_no_proof_behind(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (app, public, (_, browser), key) = (server.app().await, server.public_app().await, server.portal_and_browser().await, SigningKey::new());
        let (code, now) = (app.code(&browser).await, server.clock.now().as_second());
        app.post_proven("/oauth/tokens", &exchange(&app, &code), &key, now).await.expect(200);
        let kept = async || server.db.row::<Single<i64>>("SELECT COUNT(*) AS value FROM used_jtis", &[]).await.unwrap().unwrap().0;
        assert_eq!(kept().await, 1);
        // Anybody can send the id of an app without a secret, and sign by a key of their own.
        for (app, fields) in [
            (&public, refresh(&public, "kpr_x")),
            (&public, exchange(&public, "kpc_x")),
            (&app, refresh(&app, "kpr_x")),
            (&app, exchange(&app, &code)),
            (&app, exchange(&app, "kpc_x")),
            (&app, app.signed(&[("grant_type", "password")])),
        ] {
            let answer = app.post_proven("/oauth/tokens", &fields, &key, now).await;
            assert!(matches!(answer.status, 400 | 401), "{answer}");
            assert_eq!(kept().await, 1, "{fields:?}: {answer}");
        }
    }

    async fn whoever_is_over_the_limit_writes_nothing(engine: Engine) {
        let server = InProcess::start_with(engine, |_| vec!["--default-rate-limit".to_owned(), "3".to_owned()]).await;
        let (app, (_, browser), key) = (server.app().await, server.portal_and_browser().await, SigningKey::new());
        let (code, now) = (app.code(&browser).await, server.clock.now().as_second());
        let tokens = Tokens::of(&app.post_proven("/oauth/tokens", &exchange(&app, &code), &key, now).await);
        let good = claims(&server, &tokens.access).await;
        let proofs: Vec<String> = (0..8).map(|_| key.proof(good.clone())).collect();
        let mut statuses = Vec::new();
        for proof in &proofs {
            statuses.push(get_proven(&server, &tokens.access, proof).await.status);
        }
        assert_eq!(statuses, [200, 200, 200, 429, 429, 429, 429, 429]);
        let kept: Vec<Single<i64>> = server.db.rows("SELECT COUNT(*) AS value FROM used_jtis", &[]).await.unwrap();
        assert_eq!(kept[0].0, 1 + 3, "one at the token endpoint, and those that were answered");
        // Such a proof was not used, and counts once there is room again.
        server.clock.advance(SignedDuration::from_secs(61));
        get_proven(&server, &tokens.access, &proofs[7]).await.expect(200);
        expect_challenge(&get_proven(&server, &tokens.access, &proofs[7]).await, "invalid_dpop_proof");
    }

    async fn a_proof_counts_once_at_the_token_endpoint_too(server: &Server) {
        let (app, browser, key, tokens) = bound(server).await;
        let url = format!("{}/oauth/tokens", server.url);
        let mut claims = json!({ "htm": "POST", "htu": url, "iat": now() });
        claims["nonce"] = nonce(server, &tokens.access).await.into();
        let proof = key.proof(claims);
        let fields = refresh(&app, &tokens.refresh);
        let again = async || app.post("/oauth/tokens", &fields, &[("dpop", &proof)]).await;
        let (one, other) = tokio::join!(again(), again());
        let mut both = [one.status, other.status];
        both.sort_unstable();
        assert_eq!(both, [200, 400], "{one} {other}");
        again().await.expect_oauth_error("invalid_dpop_proof");
        // A replay uses no code up.
        let code = app.code(&browser).await;
        app.post("/oauth/tokens", &exchange(&app, &code), &[("dpop", &proof)]).await.expect_oauth_error("invalid_dpop_proof");
        app.exchange(&code).await.expect(200);
    }

    async fn a_bound_code_without_a_proof_is_told_what_to_send(server: &Server) {
        let (app, (_, browser), key) = (server.app().await, server.portal_and_browser().await, SigningKey::new());
        let code = app.ask().with("dpop_jkt", &key.thumbprint()).allow(&browser).await.code();
        let answer = app.exchange(&code).await;
        answer.expect_oauth_error("invalid_grant");
        assert!(answer.text().contains("send the header DPoP"), "{answer}");
        let answer = app.post_proven("/oauth/tokens", &exchange(&app, &code), &SigningKey::new(), now()).await;
        answer.expect_oauth_error("invalid_grant");
        assert!(answer.text().contains("another key"), "{answer}");
        app.post_proven("/oauth/tokens", &exchange(&app, &code), &key, now()).await.expect(200);
    }

    async fn the_api_says_that_tokens_can_be_bound(server: &Server) {
        for headers in [&[][..], &[("authorization", "Bearer nonsense")], &[("authorization", "Token abc")]] {
            let answer = get(server, headers).await;
            answer.expect(401);
            let challenges: Vec<&str> = answer.headers.get_all("www-authenticate").iter().map(|value| value.to_str().unwrap()).collect();
            assert!(matches!(challenges[..], [bearer, r#"DPoP algs="ES256 EdDSA Ed25519 RS256 PS256""#] if bearer.starts_with("Bearer realm=")), "{challenges:?}");
        }
        let answer = get(server, &[("authorization", "Token abc")]).await;
        assert!(answer.json()["message"].as_str().unwrap().contains("Authorization: Bearer"), "{answer}");
    }

    async fn two_requests_with_one_proof_are_one(server: &Server) {
        let (_, _, key, tokens) = bound(server).await;
        let proof = key.proof(claims(server, &tokens.access).await);
        let (one, other) = tokio::join!(get_proven(server, &tokens.access, &proof), get_proven(server, &tokens.access, &proof));
        let mut both = [one.status, other.status];
        both.sort_unstable();
        assert_eq!(both, [200, 401], "{one} {other}");
    }

    async fn scopes_and_revocation_count_as_for_every_token(server: &Server) {
        let (app, (portal, browser), key) = (server.app().await, server.portal_and_browser().await, SigningKey::new());
        let code = app.ask().with("scope", "customers.write").allow(&browser).await.code();
        let tokens = Tokens::of(&app.post_proven("/oauth/tokens", &exchange(&app, &code), &key, now()).await);
        let answer = get_proven(server, &tokens.access, &key.proof(claims(server, &tokens.access).await)).await;
        answer.expect(403);
        let challenge = answer.header("www-authenticate").unwrap();
        assert!(challenge.starts_with(r#"DPoP realm="api", error="insufficient_scope", scope="customers.read""#), "{answer}");
        let good = claims(server, &tokens.access).await;
        let grant = klantportaal::oauth::ConnectedApp::list(&portal.store).await.unwrap().pop().unwrap();
        portal.revoke_grant(&grant.id, Timestamp::now()).await.unwrap();
        expect_challenge(&get_proven(server, &tokens.access, &key.proof(good)).await, "invalid_token");
    }

    async fn the_token_endpoint_takes_good_proofs_only(server: &Server) {
        let (app, (_, browser), key) = (server.app().await, server.portal_and_browser().await, SigningKey::new());
        let code = app.code(&browser).await;
        let fields = exchange(&app, &code);
        let url = format!("{}/oauth/tokens", server.url);
        let refused = app.post("/oauth/tokens", &fields, &[("dpop", &key.proof(json!({ "htm": "POST", "htu": url, "iat": now() })))]).await;
        refused.expect_oauth_error("use_dpop_nonce");
        let good = json!({ "htm": "POST", "htu": url, "iat": now(), "nonce": refused.header("dpop-nonce").unwrap() });
        for (name, value) in [("htm", json!("GET")), ("htu", json!(format!("{}/oauth/par", server.url))), ("iat", json!(0)), ("jti", Value::Null)] {
            let mut changed = good.clone();
            changed[name] = value;
            app.post("/oauth/tokens", &fields, &[("dpop", &key.proof(changed))]).await.expect_oauth_error("invalid_dpop_proof");
        }
        let private = key.sign(&json!({ "alg": "ES256", "typ": "dpop+jwt", "jwk": { "kty": "EC", "crv": "P-256", "d": "AA" } }), &good);
        let unsigned = key.sign(&json!({ "alg": "none", "typ": "dpop+jwt", "jwk": key.jwk() }), &good);
        for proof in [private.as_str(), &unsigned, "", "x"] {
            app.post("/oauth/tokens", &fields, &[("dpop", proof)]).await.expect_oauth_error("invalid_dpop_proof");
        }
        let proof = key.proof(good.clone());
        app.post("/oauth/tokens", &fields, &[("dpop", &proof), ("dpop", &proof)]).await.expect_oauth_error("invalid_dpop_proof");
        // None of these used the code up, but this proof does.
        app.post("/oauth/tokens", &fields, &[("dpop", &proof)]).await.expect(200);
        app.post("/oauth/tokens", &fields, &[("dpop", &proof)]).await.expect_oauth_error("invalid_dpop_proof");
    }

    async fn a_refresh_is_bound_to_the_key_of_its_own_proof(server: &Server) {
        let (app, _, key, tokens) = bound(server).await;
        let second = SigningKey::new();
        for key in [&key, &second] {
            let answer = app.post_proven("/oauth/tokens", &refresh(&app, &tokens.refresh), key, now()).await;
            assert_eq!(answer.expect(200)["token_type"], "DPoP");
            let access = crate::support::access_token(&answer);
            get_proven(server, &access, &key.proof(claims(server, &access).await)).await.expect(200);
            server.bearer(&access).get(PATH).await.expect(401);
        }
    }

    async fn a_code_can_be_asked_for_a_key(server: &Server) {
        let (app, (_, browser), key, other) = (server.app().await, server.portal_and_browser().await, SigningKey::new(), SigningKey::new());
        let thumbprint = key.thumbprint();
        let asked = app.ask().with("dpop_jkt", &thumbprint);
        for ask in [asked.clone(), app.ask_pushed(&asked).await] {
            let code = ask.allow(&browser).await.code();
            app.exchange(&code).await.expect_oauth_error("invalid_grant");
            app.post_proven("/oauth/tokens", &exchange(&app, &code), &other, now()).await.expect_oauth_error("invalid_grant");
            app.post_proven("/oauth/tokens", &exchange(&app, &code), &key, now()).await.expect(200);
        }
        let faulty = app.ask().with("dpop_jkt", "x");
        crate::support::Back::of(&browser.get(&faulty.path()).await).expect_error("invalid_request", Some("xyz"));
        app.push(&faulty).await.expect_oauth_error("invalid_request");
    }

    async fn a_pushed_request_is_bound_to_the_key_of_its_proof(server: &Server) {
        let (app, (_, browser), key, other) = (server.app().await, server.portal_and_browser().await, SigningKey::new(), SigningKey::new());
        let ask = app.ask().without("client_id");
        let pushed = app.post_proven("/oauth/par", &app.signed(&ask.pairs()), &key, now()).await;
        let code = app.pushed(pushed.expect(201)["request_uri"].as_str().unwrap()).allow(&browser).await.code();
        app.post_proven("/oauth/tokens", &exchange(&app, &code), &other, now()).await.expect_oauth_error("invalid_grant");
        app.post_proven("/oauth/tokens", &exchange(&app, &code), &key, now()).await.expect(200);
        let differs = ask.clone().and("dpop_jkt", &other.thumbprint());
        app.post_proven("/oauth/par", &app.signed(&differs.pairs()), &key, now()).await.expect_oauth_error("invalid_request");
        let same = ask.clone().and("dpop_jkt", &key.thumbprint());
        app.post_proven("/oauth/par", &app.signed(&same.pairs()), &key, now()).await.expect(201);
    }

    async fn an_app_can_refuse_tokens_without_a_key(server: &Server) {
        let (app, (_, browser), key) = (server.app().await, server.portal_and_browser().await, SigningKey::new());
        let on = AppProtection { require_dpop: true, ..AppProtection::default() };
        on.save(&server.db, &app.developer, &app.id).await.unwrap();
        let code = app.code(&browser).await;
        app.exchange(&code).await.expect_oauth_error("invalid_dpop_proof");
        let tokens = Tokens::of(&app.post_proven("/oauth/tokens", &exchange(&app, &code), &key, now()).await);
        app.refresh(&tokens.refresh).await.expect_oauth_error("invalid_dpop_proof");
    }

    async fn a_nonce_is_taken_for_minutes_and_by_every_instance(engine: Engine) {
        let server = InProcess::stopped(engine).await;
        let (_, _, key, tokens) = bound(&server).await;
        let mut good = claims(&server, &tokens.access).await;
        server.clock.advance(SignedDuration::from_secs(239));
        get_proven(&server, &tokens.access, &key.proof(good.clone())).await.expect(200);
        server.clock.advance(SignedDuration::from_secs(62));
        good["iat"] = (now() + 301).into();
        expect_challenge(&get_proven(&server, &tokens.access, &key.proof(good.clone())).await, "use_dpop_nonce");
        let nonces = klantportaal::dpop::DpopNonces::default();
        let other_instances = nonces.current(&server.db, server.clock.now()).await.unwrap();
        good["nonce"] = other_instances.into();
        let proof = key.proof(good);
        get_proven(&server, &tokens.access, &proof).await.expect(200);
        klantportaal::oauth::clean_up(&server.cleaner(), server.clock.now()).await.unwrap();
        expect_challenge(&get_proven(&server, &tokens.access, &proof).await, "invalid_dpop_proof");
    }

    async fn a_script_of_another_origin_may_send_proofs(server: &Server) {
        let preflight = server.nobody().request(Method::OPTIONS, PATH).header("origin", "https://app.example").header("access-control-request-headers", "dpop");
        let answer = Answer::to(preflight).await;
        assert!(answer.header("access-control-allow-headers").unwrap().contains("dpop"), "{answer}");
        let (_, _, _, tokens) = bound(server).await;
        let answer = get(server, &[("authorization", &format!("DPoP {}", tokens.access)), ("origin", "https://app.example")]).await;
        assert!(answer.header("access-control-expose-headers").unwrap().contains("dpop-nonce"), "{answer}");
    }
}
