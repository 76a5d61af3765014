//! `private_key_jwt` (RFC 7523): signed client assertions, at every endpoint for apps.

use jiff::{SignedDuration, Timestamp};
use klantportaal::clients::ClientKeys;
use klantportaal::db::{Single, ToParam};
use serde_json::{Value, json};

use crate::support::{
    ASSERTION_TYPE, Answer, App, Browser, CALLBACK, InProcess, Instance, KeyedApp, PASSWORD, Page,
    SigningKey, Tokens, basic,
};

const PROBE: [(&str, &str); 2] = [("grant_type", "refresh_token"), ("refresh_token", "kpr_x")];

fn now() -> i64 {
    Timestamp::now().as_second()
}

/// Whether the token endpoint knew the app: then it is the refresh token that is wrong.
#[track_caller]
fn expect_known(answer: &Answer) {
    answer.expect_oauth_error("invalid_grant");
}

/// The fields of an exchange.
fn exchange(code: &str) -> [(&str, &str); 3] {
    [("grant_type", "authorization_code"), ("redirect_uri", CALLBACK), ("code", code)]
}

/// The browser of somebody of the app's developer.
async fn developers_browser(server: &Instance, app: &App) -> Browser {
    let portal = server.portal().await;
    let account = server.owner(&portal).await;
    let sql = "INSERT INTO developer_members (developer_id, account_id, role, created_at) VALUES (?1, ?2, 'owner', 0)";
    server.db.execute(sql, &[app.developer.to_param(), account.id.to_param()]).await.unwrap();
    let browser = Browser::new(&server.url);
    let form = browser.page("/developers/login").await.form();
    let answer =
        form.with("email", &portal.owner_email).with("password", PASSWORD).send(&browser).await;
    assert_eq!(answer.status, 303, "{answer}");
    browser
}

/// How often a change of the app is told of in its developer's audit log.
async fn changes_told(server: &Instance, app: &App) -> i64 {
    let sql = "SELECT COUNT(*) AS value FROM audit_events WHERE developer_id = ?1 AND action = 'app_keys_changed' AND address <> ''";
    server.db.row::<Single<i64>>(sql, &[app.developer.to_param()]).await.unwrap().unwrap().0
}

both_engines! {
    async fn an_app_with_a_key_goes_the_whole_way(server: &Server) {
        let (app, (_, browser)) = (server.keyed_app().await, server.portal_and_browser().await);
        let pushed = app.post("/oauth/par", &app.app.ask().without("client_id").pairs()).await;
        let code = app.app.pushed(pushed.expect(201)["request_uri"].as_str().unwrap()).allow(&browser).await.code();
        let tokens = Tokens::of(&app.post("/oauth/tokens", &exchange(&code)).await);
        server.bearer(&tokens.access).get("/v1/customers").await.expect(200);
        let refreshed = app.post("/oauth/tokens", &[("grant_type", "refresh_token"), ("refresh_token", &tokens.refresh)]).await;
        assert_ne!(refreshed.expect(200)["access_token"], tokens.access.as_str());
        let seen = app.post("/oauth/introspect", &[("token", &tokens.access)]).await;
        assert_eq!((&seen.expect(200)["active"], &seen.json()["client_id"]), (&json!(true), &json!(app.app.id)));
        assert_eq!(app.post("/oauth/revoke", &[("token", &tokens.refresh)]).await.status, 200);
        assert_eq!(app.post("/oauth/introspect", &[("token", &tokens.access)]).await.expect(200), json!({ "active": false }));
    }

    async fn a_key_takes_the_place_of_the_secret(server: &Server) {
        let (keyed, plain, public) = (server.keyed_app().await, server.app().await, server.public_app().await);
        for path in ["/oauth/tokens", "/oauth/par", "/oauth/revoke", "/oauth/introspect", "/oauth/device"] {
            let secret = keyed.app.signed(&PROBE);
            keyed.app.post(path, &secret, &[]).await.expect_oauth_error("invalid_client");
            let header = basic(keyed.app.id.as_str(), &keyed.app.secret);
            keyed.app.post(path, &PROBE, &[("authorization", &header)]).await.expect_oauth_error("invalid_client");
            keyed.app.post(path, &[("client_id", keyed.app.id.as_str())], &[]).await.expect_oauth_error("invalid_client");
            // Nor does an assertion help an app that registered no key.
            for other in [&plain, &public] {
                let other = KeyedApp { app: other.clone(), key: SigningKey::new() };
                other.post(path, &PROBE).await.expect_oauth_error("invalid_client");
            }
        }
        expect_known(&keyed.post("/oauth/tokens", &PROBE).await);
    }

    async fn one_way_of_authentication_at_a_time(server: &Server) {
        let app = server.keyed_app().await;
        let sign = || app.assertion(&app.claims(now()));
        let id = app.app.id.as_str();
        let and_secret = [&PROBE[..], &[("client_id", id), ("client_secret", &app.app.secret)]].concat();
        app.post_asserted("/oauth/tokens", &and_secret, &sign()).await.expect_oauth_error("invalid_client");
        let assertion = sign();
        let fields = [&PROBE[..], &[("client_assertion_type", ASSERTION_TYPE), ("client_assertion", &assertion)]].concat();
        app.app.post("/oauth/tokens", &fields, &[("authorization", &basic(id, "x"))]).await.expect_oauth_error("invalid_client");
        for (assertion_type, error) in [("", "invalid_request"), ("urn:ietf:params:oauth:client-assertion-type:saml2-bearer", "invalid_client")] {
            let fields = [&PROBE[..], &[("client_assertion_type", assertion_type), ("client_assertion", &assertion)]].concat();
            app.app.post("/oauth/tokens", &fields, &[]).await.expect_oauth_error(error);
        }
        let fields = [&PROBE[..], &[("client_assertion_type", ASSERTION_TYPE)]].concat();
        app.app.post("/oauth/tokens", &fields, &[]).await.expect_oauth_error("invalid_request");
        let doubled = [&PROBE[..], &[("client_assertion", "x")]].concat();
        app.post_asserted("/oauth/tokens", &doubled, &assertion).await.expect_oauth_error("invalid_request");
        let other = server.app().await;
        let about_other = [&PROBE[..], &[("client_id", other.id.as_str())]].concat();
        app.post_asserted("/oauth/tokens", &about_other, &assertion).await.expect_oauth_error("invalid_client");
        // None of that used the assertion up.
        expect_known(&app.post_asserted("/oauth/tokens", &[&PROBE[..], &[("client_id", id)]].concat(), &assertion).await);
        let json: serde_json::Map<String, Value> =
            fields.iter().chain(&[("client_assertion", sign().as_str())]).map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
        expect_known(&app.app.call_raw(Some("application/json"), Value::Object(json).to_string()).await);
    }

    async fn an_assertion_works_once(server: &Server) {
        let (app, other) = (server.keyed_app().await, server.keyed_app().await);
        let claims = app.claims(now());
        let assertion = app.assertion(&claims);
        expect_known(&app.post_asserted("/oauth/tokens", &PROBE, &assertion).await);
        for path in ["/oauth/tokens", "/oauth/revoke"] {
            app.post_asserted(path, &PROBE, &assertion).await.expect_oauth_error("invalid_client");
        }
        // Signed anew the id is still the same; of another app it is another.
        app.post_asserted("/oauth/tokens", &PROBE, &app.assertion(&claims)).await.expect_oauth_error("invalid_client");
        let mut same = other.claims(now());
        same["jti"] = claims["jti"].clone();
        expect_known(&other.post_asserted("/oauth/tokens", &PROBE, &other.assertion(&same)).await);
        // Two at once: one of them.
        let assertion = app.assertion(&app.claims(now()));
        let calls = [app.post_asserted("/oauth/tokens", &PROBE, &assertion), app.post_asserted("/oauth/tokens", &PROBE, &assertion)];
        let [one, two] = calls;
        let (one, two) = tokio::join!(one, two);
        let known = [&one, &two].iter().filter(|answer| answer.status == 400).count();
        assert_eq!(known, 1, "{one} {two}");
    }

    async fn an_assertion_is_by_this_app_and_for_this_server(server: &Server) {
        let (app, other) = (server.keyed_app().await, server.keyed_app().await);
        let changed = |name: &str, value: Value| {
            let mut claims = app.claims(now());
            claims[name] = value;
            app.assertion(&claims)
        };
        let url = &app.app.url;
        for aud in [json!(url), json!([url]), json!(format!("{url}/oauth/tokens")), json!([format!("{url}/oauth/par")])] {
            expect_known(&app.post_asserted("/oauth/tokens", &PROBE, &changed("aud", aud)).await);
        }
        for (name, value) in [
            ("aud", json!("https://evil.example")),
            ("aud", json!([url, "https://evil.example"])),
            ("aud", json!(format!("{url}/v1"))),
            ("aud", Value::Null),
            ("iss", json!(other.app.id)),
            ("sub", json!(other.app.id)),
            ("sub", json!("app_doesnotexist")),
            ("exp", json!(now() - 300)),
            ("exp", json!(now() + 86_400)),
            ("exp", Value::Null),
            ("iat", json!(now() + 600)),
            ("nbf", json!(now() + 600)),
            ("jti", json!("")),
            ("jti", Value::Null),
        ] {
            app.post_asserted("/oauth/tokens", &PROBE, &changed(name, value)).await.expect_oauth_error("invalid_client");
        }
        let claims = app.claims(now());
        for assertion in [
            other.key.sign(&json!({ "alg": "ES256" }), &claims),
            other.key.sign(&json!({ "alg": "ES256", "jwk": other.key.jwk() }), &claims),
            app.key.sign(&json!({ "alg": "none" }), &claims),
            app.key.sign(&json!({ "alg": "HS256" }), &claims),
            app.key.sign(&json!({ "alg": "ES256", "typ": "dpop+jwt" }), &claims),
            app.key.sign(&json!({ "alg": "ES256", "crit": ["exp"] }), &claims),
            app.key.sign(&json!({ "alg": "ES256", "kid": "ander" }), &claims),
            format!("{}.", app.assertion(&claims).rsplit_once('.').unwrap().0),
            format!("{}x", app.assertion(&claims)),
            "x".repeat(10_000),
            "a.b.c".into(),
        ] {
            app.post_asserted("/oauth/tokens", &PROBE, &assertion).await.expect_oauth_error("invalid_client");
        }
        expect_known(&app.post_asserted("/oauth/tokens", &PROBE, &app.assertion(&claims)).await);
    }

    async fn every_address_of_ours_names_this_server_at_every_endpoint(server: &Server) {
        let (app, url) = (server.keyed_app().await, &server.url);
        const ENDPOINTS: [&str; 5] = ["/oauth/tokens", "/oauth/par", "/oauth/revoke", "/oauth/introspect", "/oauth/device"];
        let post = async |path: &str, aud: Value| {
            let mut claims = app.claims(now());
            claims["aud"] = aud;
            app.post_asserted(path, &PROBE, &app.assertion(&claims)).await
        };
        for path in ENDPOINTS {
            for named in [&ENDPOINTS[..], &[""]].concat() {
                let aud = json!(format!("{url}{named}"));
                for aud in [aud.clone(), json!([aud])] {
                    let answer = post(path, aud.clone()).await;
                    assert!(answer.status != 401, "{path} {aud}: {answer}");
                }
            }
        }
        for path in ["/oauth/tokens", "/oauth/revoke"] {
            // They are compared character by character (RFC 7523 section 3, RFC 3986 section 6.2.1).
            for aud in [format!("{url}/"), format!("{url}{path}/"), format!("{url}/oauth"), format!("{url}/oauth/authorize"), url.to_uppercase()] {
                let answer = post(path, json!(aud)).await;
                answer.expect_oauth_error("invalid_client");
                assert!(answer.text().contains("aud must be"), "{answer}");
            }
        }
    }

    async fn the_claim_that_is_wrong_is_named(server: &Server) {
        let app = server.keyed_app().await;
        for (name, value, told) in [
            ("aud", Value::Null, "the claim aud is missing"),
            ("iss", Value::Null, "the claim iss is missing"),
            ("exp", Value::Null, "the claim exp is missing"),
            ("jti", Value::Null, "the claim jti is missing"),
            ("sub", Value::Null, "sub must be the client_id"),
            ("exp", json!("1700000000"), "the claim exp must be a number"),
            ("iss", json!(1), "the claim iss must be a string"),
        ] {
            let mut claims = app.claims(now());
            claims[name] = value;
            let answer = app.post_asserted("/oauth/tokens", &PROBE, &app.assertion(&claims)).await;
            answer.expect_oauth_error("invalid_client");
            assert!(answer.text().contains(told), "{name}: {answer}");
        }
    }

    async fn wrong_assertions_are_slowed_and_right_ones_never(engine: Engine) {
        let server = InProcess::stopped(engine).await;
        let app = server.keyed_app().await;
        let now = server.clock.now().as_second();
        let stranger = KeyedApp { app: app.app.clone(), key: SigningKey::new() };
        let mut slowed = false;
        for _ in 0..100 {
            let answer = stranger.post_asserted("/oauth/tokens", &PROBE, &stranger.assertion(&stranger.claims(now))).await;
            slowed |= answer.status == 429 && answer.number("retry-after") > 0;
        }
        assert!(slowed);
        expect_known(&app.post_asserted("/oauth/tokens", &PROBE, &app.assertion(&app.claims(now))).await);
        // The id is remembered for as long as the assertion would count: two minutes, of which the
        // test itself takes some.
        let now = server.clock.now().as_second();
        let assertion = app.assertion(&app.claims(now));
        expect_known(&app.post_asserted("/oauth/tokens", &PROBE, &assertion).await);
        server.clock.advance(SignedDuration::from_secs(112));
        klantportaal::oauth::clean_up(&server.cleaner(), server.clock.now()).await.unwrap();
        let told = async || app.post_asserted("/oauth/tokens", &PROBE, &assertion).await.json()["error_description"].as_str().unwrap().to_owned();
        assert!(told().await.contains("used already"));
        server.clock.advance(SignedDuration::from_secs(9));
        klantportaal::oauth::clean_up(&server.cleaner(), server.clock.now()).await.unwrap();
        assert!(told().await.contains("exp must be ahead"));
    }

    async fn the_old_secret_works_as_long_as_was_chosen(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (app, key) = (server.app().await, SigningKey::new());
        let keys: ClientKeys = key.jwk().to_string().parse().unwrap();
        let mut tx = server.db.begin().await.unwrap();
        keys.register(&mut tx, &app.developer, &app.id, SignedDuration::from_hours(1), server.clock.now()).await.unwrap();
        tx.commit().await.unwrap();
        let keyed = KeyedApp { app, key };
        let asserted = async || keyed.post_asserted("/oauth/tokens", &PROBE, &keyed.assertion(&keyed.claims(server.clock.now().as_second()))).await;
        expect_known(&keyed.app.call(&keyed.app.signed(&PROBE)).await);
        expect_known(&asserted().await);
        server.clock.advance(SignedDuration::from_hours(1));
        keyed.app.call(&keyed.app.signed(&PROBE)).await.expect_oauth_error("invalid_client");
        expect_known(&asserted().await);
    }

    async fn a_developer_registers_replaces_and_removes_keys(server: &Server) {
        let (app, key, next) = (server.app().await, SigningKey::new(), SigningKey::new());
        let browser = developers_browser(server, &app).await;
        let (path, page) = (format!("/developers/apps/{}/keys", app.id), format!("/developers/apps/{}", app.id));
        assert!(browser.page(&page).await.links().contains(&path));
        let set = |keys: &[Value]| json!({ "keys": keys }).to_string();
        let form = browser.page(&path).await.form().with("jwks", &set(&[key.jwk()])).with("overlap", "none");
        assert_eq!(form.send(&browser).await.header("location"), Some(page.as_str()));
        let shown = browser.page(&page).await;
        assert!(shown.says(&key.thumbprint()) && shown.says("client_assertion") && !shown.links().contains(&format!("{page}/rotate")));
        let keyed = KeyedApp { app, key };
        expect_known(&keyed.post("/oauth/tokens", &PROBE).await);
        keyed.app.call(&keyed.app.signed(&PROBE)).await.expect_oauth_error("invalid_client");
        assert_eq!(browser.get(&format!("{page}/rotate")).await.status, 404);

        // Both keys work side by side, until the old one is taken out.
        let old = keyed;
        let new = KeyedApp { app: old.app.clone(), key: next };
        for (keys, old_works) in [(vec![old.key.jwk(), new.key.jwk()], true), (vec![new.key.jwk()], false)] {
            assert_eq!(browser.page(&path).await.form().with("jwks", &set(&keys)).send(&browser).await.status, 303);
            expect_known(&new.post("/oauth/tokens", &PROBE).await);
            let answer = old.post("/oauth/tokens", &PROBE).await;
            if old_works { expect_known(&answer) } else { answer.expect_oauth_error("invalid_client") }
        }
        let removed = browser.page(&format!("{path}/remove")).await.form().send(&browser).await;
        assert_eq!(removed.header("location"), Some(format!("{page}/rotate").as_str()));
        new.post("/oauth/tokens", &PROBE).await.expect_oauth_error("invalid_client");
        new.app.call(&new.app.signed(&PROBE)).await.expect_oauth_error("invalid_client");
        let made = browser.page(&format!("{page}/rotate")).await.form().with("overlap", "none").send(&browser).await.text();
        let secret = made.split("kps_").nth(1).map(|rest| format!("kps_{}", &rest[..49])).unwrap();
        let again = new.app.with_secret(secret);
        expect_known(&again.call(&again.signed(&PROBE)).await);
        assert_eq!(changes_told(server, &new.app).await, 4);
    }

    async fn faulty_keys_are_explained_and_change_nothing(server: &Server) {
        let app = server.app().await;
        let browser = developers_browser(server, &app).await;
        let path = format!("/developers/apps/{}/keys", app.id);
        let mut private = SigningKey::new().jwk();
        private["d"] = "Z2VoZWlt".into();
        for (jwks, said) in [
            (String::new(), "Dit veld is verplicht"),
            ("geen json".into(), "geen JWK Set"),
            ("{\"keys\":[]}".into(), "geen sleutel in keys"),
            (private.to_string(), "Sleutel 1 bevat het geheime deel"),
            ("-----BEGIN PRIVATE KEY-----\nZ2VoZWlt\n-----END PRIVATE KEY-----".into(), "Dit is een privésleutel"),
            ("-----BEGIN PUBLIC KEY-----\nMII=\n-----END PUBLIC KEY-----".into(), "Dit is PEM"),
            ("{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-521\"}]}".into(), "Sleutel 1 klopt niet"),
        ] {
            let form = browser.page(&path).await.form().with("jwks", &jwks).with("overlap", "none");
            let answer = browser.post_with(&form.action, &form.fields, &[("accept-language", "nl")]).await;
            assert_eq!(answer.status, 200, "{answer}");
            let page = Page::of(&answer);
            assert!(page.says(said), "{said}: {}", page.html);
            assert!(!page.says("Z2VoZWlt"), "a private key is not sent back");
            assert_eq!(page.says("geen json"), jwks == "geen json", "what was typed is kept");
        }
        let key = SigningKey::new().jwk().to_string();
        let without_overlap = browser.page(&path).await.form().with("jwks", &key).without("overlap").send(&browser).await;
        assert_eq!(without_overlap.status, 200, "{without_overlap}");
        expect_known(&app.call(&app.signed(&PROBE)).await);
        assert_eq!(changes_told(server, &app).await, 0);
        let public = server.public_app().await;
        let browser = developers_browser(server, &public).await;
        assert_eq!(browser.get(&format!("/developers/apps/{}/keys", public.id)).await.status, 404);
    }
}
