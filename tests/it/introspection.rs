//! Resource servers introspect tokens and keys (RFC 7662), and only see what concerns them.

use jiff::{SignedDuration, Timestamp};
use klantportaal::api_keys::NewApiKey;
use klantportaal::auth::{AddressList, Scope};
use klantportaal::clients;
use klantportaal::db::{Single, ToParam};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{
    Answer, CALLBACK, InProcess, OwnScopes, ResourceServer, SigningKey, Tokens, basic, scope_flags,
};

/// A resource server made by the command line.
fn made(own: &OwnScopes, scopes: &[&str]) -> ResourceServer {
    let made = own
        .command(
            &[&["resource-server", "create", "--name", "Planner"][..], &scope_flags(scopes)]
                .concat(),
        )
        .json();
    let names: Vec<&String> = made.as_object().unwrap().keys().collect();
    assert_eq!(names, ["id", "secret"]);
    own.resource_server_of(made["id"].as_str().unwrap(), made["secret"].as_str().unwrap())
}

/// An answer without the moments in it, which must be there.
fn without_moments(answer: &Answer, moments: &[&str]) -> Value {
    assert_eq!(answer.header("cache-control"), Some("no-store"), "{answer}");
    let mut body = answer.expect(200);
    for name in moments {
        let at = body
            .as_object_mut()
            .unwrap()
            .remove(*name)
            .and_then(|at| at.as_i64())
            .unwrap_or_else(|| panic!("no {name}: {answer}"));
        assert!((at - Timestamp::now().as_second()).abs() < 4000, "{name}: {answer}");
    }
    body
}

both_engines! {
    async fn of_a_key_and_of_an_apps_token_it_sees_its_own_scopes(engine: Engine) {
        let own = OwnScopes::start(engine).await;
        let (portal, browser) = own.portal_and_browser().await;
        let planner = made(&own, &["planning.read", "planning.write"]);

        let (_, key) = own.key(&portal, &["planning.read", "customers.read"]);
        let seen = json!({
            "active": true,
            "scope": "planning.read",
            "sub": portal.id.as_str(),
            "token_type": "Bearer",
            "iss": own.url,
            "principal": "api_key",
        });
        assert_eq!(without_moments(&planner.introspect(&key).await, &["iat"]), seen);

        let app = own.app_with_scopes(&["planning.read", "planning.write", "archief.export"]);
        let code = app.ask().with("scope", "archief.export planning.write planning.read").allow(&browser).await.code();
        let tokens = crate::support::Tokens::of(&app.exchange(&code).await);
        let seen = json!({
            "active": true,
            "scope": "planning.read planning.write",
            "sub": portal.id.as_str(),
            "client_id": app.id.as_str(),
            "token_type": "Bearer",
            "iss": own.url,
            "principal": "app",
        });
        assert_eq!(without_moments(&planner.introspect(&tokens.access).await, &["iat", "exp"]), seen);
        // In the body, and as JSON, and with a hint that is wrong, it is the same.
        let fields = [("client_id", planner.id.as_str()), ("client_secret", &planner.secret), ("token", &tokens.access), ("token_type_hint", "refresh_token")];
        assert_eq!(without_moments(&planner.call(&fields, &[]).await, &["iat", "exp"]), seen);

        made(&own, &["archief.export"]).expect_inactive(&key).await;
        planner.expect_inactive(&tokens.refresh).await;
        planner.expect_inactive(&own.key(&portal, &["archief.export", "customers.read"]).1).await;
    }

    async fn a_key_with_a_list_of_addresses_counts_from_there_only(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (portal, planner) = (server.portal().await, server.resource_server("customers.read").await);
        let allowed_addresses = AddressList::parse("203.0.113.0/24").unwrap();
        let new = NewApiKey { name: "ver".into(), scopes: "customers.read".parse().unwrap(), expires_at: None, rate_limit: None, allowed_addresses };
        let (listed, free) = (portal.make_key(new).await, portal.key().await);
        let ask = async |token: &str, address: &str| {
            planner.call(&[("token", token), ("client_address", address)], &[("authorization", &basic(&planner.id, &planner.secret))]).await
        };
        // Nobody said from where, so it may be from anywhere.
        planner.expect_inactive(&listed.token).await;
        assert_eq!(planner.introspect(&free.token).await.expect(200)["active"], true);
        for (address, counts) in [("203.0.113.9", true), ("::ffff:203.0.113.9", true), ("203.0.113.9:51008", true), ("198.51.100.7", false), ("2001:db8::1", false)] {
            let answer = ask(&listed.token, address).await;
            assert_eq!(answer.expect(200)["active"], counts, "{address}: {answer}");
            assert_eq!(ask(&free.token, address).await.expect(200)["active"], true);
        }
        for (token, address) in [(&listed.token, "here"), (&free.token, "203.0.113.0/24")] {
            assert_eq!(ask(token, address).await.expect(400)["error"], "invalid_request");
        }
    }

    async fn whatever_is_no_token_that_counts_here_is_inactive_and_no_more(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (app, portal, tokens) = server.connected().await;
        let planner = server.resource_server("customers.read").await;
        planner.introspect(&tokens.access).await.expect(200);
        let other = server.resource_server("customers.read").await;
        let long = "x".repeat(10_000);
        for text in ["x", "kpa_", "\u{e9}\0", &long, &tokens.refresh, &app.secret, &planner.secret, &other.secret, app.id.as_str()] {
            planner.expect_inactive(text).await;
        }
        planner.expect_inactive(&portal.key_without(Scope::CustomersRead).await.token).await;
        let new = |expires_at| NewApiKey { name: "kort".into(), scopes: "customers.read".parse().unwrap(), expires_at, rate_limit: None, allowed_addresses: klantportaal::auth::AddressList::default() };
        let brief = portal.make_key(new(Some(Timestamp::now() + SignedDuration::from_secs(60)))).await;
        let answer = planner.introspect(&brief.token).await;
        assert_eq!(without_moments(&answer, &["iat", "exp"])["active"], true);
        server.clock.advance(SignedDuration::from_secs(61));
        planner.expect_inactive(&brief.token).await;
        assert_eq!(planner.introspect(&tokens.access).await.json()["active"], true);
        server.clock.advance(SignedDuration::from_secs(3600));
        planner.expect_inactive(&tokens.access).await;
    }

    async fn what_is_revoked_is_inactive_at_the_next_question(server: &Server) {
        let (_, portal, tokens) = server.connected().await;
        let (planner, key) = (server.resource_server("customers.read").await, portal.key().await);
        assert_eq!(planner.introspect(&key.token).await.json()["active"], true);
        assert_eq!(planner.introspect(&tokens.access).await.json()["active"], true);
        server.cli(&["api-key", "revoke", key.id.as_str()]).json();
        planner.expect_inactive(&key.token).await;
        let grants = server.cli(&["grant", "list", "--portal", portal.id.as_str()]).json();
        server.cli(&["grant", "revoke", grants[0]["id"].as_str().unwrap()]).json();
        planner.expect_inactive(&tokens.access).await;

        let revoked = server.cli(&["resource-server", "revoke", &planner.id]).json();
        assert_eq!(revoked, json!({ "id": planner.id, "revoked": true }));
        planner.introspect(&key.token).await.expect_oauth_error("invalid_client");
        let again = server.cli(&["resource-server", "revoke", &planner.id]);
        assert!(again.fault().contains("there is no resource server"), "{again:?}");
    }

    async fn of_a_bound_token_it_is_told_the_key(server: &Server) {
        let (app, (_, browser), key) = (server.app().await, server.portal_and_browser().await, SigningKey::new());
        let code = app.code(&browser).await;
        let fields = app.signed(&[("grant_type", "authorization_code"), ("redirect_uri", CALLBACK), ("code", &code)]);
        let tokens = Tokens::of(&app.post_proven("/oauth/tokens", &fields, &key, Timestamp::now().as_second()).await);
        let planner = server.resource_server("customers.read").await;
        let seen = planner.introspect(&tokens.access).await.expect(200);
        assert_eq!((&seen["active"], &seen["token_type"]), (&json!(true), &json!("DPoP")), "{seen}");
        assert_eq!(seen["cnf"], json!({ "jkt": key.thumbprint() }), "{seen}");
    }

    async fn nobody_else_is_told_anything(server: &Server) {
        let (app, _, tokens) = server.connected().await;
        let (planner, other) = (server.resource_server("customers.read").await, server.resource_server("customers.read").await);
        let mut texts = Vec::new();
        for (id, secret) in [
            (planner.id.as_str(), other.secret.as_str()),
            (&planner.id, "x"),
            (&planner.id, &app.secret),
            (&planner.id, &tokens.access),
            ("rsv_0123456789abcd", &planner.secret),
            ("x", &planner.secret),
        ] {
            let answer = planner.call(&[("token", &tokens.access)], &[("authorization", &basic(id, secret))]).await;
            answer.expect_oauth_error("invalid_client");
            assert!(answer.header("www-authenticate").is_some_and(|challenge| challenge.starts_with("Basic ")), "{answer}");
            texts.push(answer.text());
        }
        texts.dedup();
        assert_eq!(texts.len(), 1, "nothing tells an unknown one from a wrong secret: {texts:?}");
        let (token, id, secret) = (("token", tokens.access.as_str()), ("client_id", planner.id.as_str()), ("client_secret", planner.secret.as_str()));
        planner.call(&[token], &[]).await.expect_oauth_error("invalid_request");
        planner.call(&[token, id], &[]).await.expect_oauth_error("invalid_client");
        planner.call(&[id, secret], &[]).await.expect_oauth_error("invalid_request");
        planner.call(&[token, token, id, secret], &[]).await.expect_oauth_error("invalid_request");
        planner.call(&[token, secret], &[("authorization", &basic(&planner.id, &planner.secret))]).await.expect_oauth_error("invalid_request");
        let get = Answer::to(server.nobody().request(Method::GET, &format!("/oauth/introspect?token={}", tokens.access))).await;
        get.expect_oauth_status(405, "invalid_request");
        // Nor is a resource server's secret good for anything else.
        server.bearer(&planner.secret).get("/v1/customers").await.expect(401);
        app.call_basic(&planner.id, &planner.secret, &[("grant_type", "refresh_token"), ("refresh_token", &tokens.refresh)]).await.expect_oauth_error("invalid_client");
    }

    async fn a_rotated_secret_works_for_a_day_unless_it_ends_at_once(engine: Engine) {
        let server = InProcess::start(engine).await;
        let token = server.portal().await.key().await.token;
        let first = server.resource_server("customers.read").await;
        let rotate = async |overlap, now| {
            let secret = clients::ResourceServer::rotate(&server.db, &first.id.parse().unwrap(), overlap, now).await.unwrap();
            server.resource_server_of(&first.id, secret.reveal())
        };
        let (day, second) = (SignedDuration::from_hours(24), rotate(SignedDuration::from_hours(24), server.clock.now()).await);
        for known in [&first, &second] {
            assert_eq!(known.introspect(&token).await.json()["active"], true);
        }
        server.clock.advance(day);
        first.introspect(&token).await.expect_oauth_error("invalid_client");
        let third = rotate(SignedDuration::ZERO, server.clock.now()).await;
        second.introspect(&token).await.expect_oauth_error("invalid_client");
        assert_eq!(third.introspect(&token).await.json()["active"], true);
    }

    async fn asking_does_not_count_as_the_tokens_own_request(server: &Server) {
        let key = server.portal().await.key_with("customers.read".parse().unwrap(), Some(1)).await;
        let planner = server.resource_server("customers.read").await;
        for _ in 0..3 {
            assert_eq!(planner.introspect(&key.token).await.json()["active"], true);
        }
        key.get("/v1/customers").await.expect(200);
        key.get("/v1/customers").await.expect(429);
        assert_eq!(planner.introspect(&key.token).await.json()["active"], true);
    }

    async fn the_operator_makes_lists_and_rotates_them(server: &Server) {
        let name = format!("Planner {:016x}", rand::random::<u64>());
        let made = server.cli(&["resource-server", "create", "--name", &format!(" {name} "), "--scope", "customers.read", "--scope", "offers.read"]).json();
        let (id, secret) = (made["id"].as_str().unwrap(), made["secret"].as_str().unwrap());
        assert!(id.starts_with("rsv_") && secret.starts_with("kpi_"), "{made}");
        let row = || {
            let list = server.cli(&["resource-server", "list"]).json();
            list.as_array().unwrap().iter().find(|row| row["id"] == id).cloned().unwrap()
        };
        let listed = row();
        let expected = json!({ "id": id, "name": name, "start": &secret[..8], "scopes": ["customers.read", "offers.read"], "createdAt": listed["createdAt"] });
        assert_eq!(listed, expected);
        let token = server.portal().await.key().await.token;
        let old = server.resource_server_of(id, secret);
        let new = server.cli(&["resource-server", "rotate", id, "--at-once"]).json()["secret"].as_str().unwrap().to_owned();
        assert_eq!(row()["start"], new[..8]);
        old.introspect(&token).await.expect_oauth_error("invalid_client");
        assert_eq!(server.resource_server_of(id, &new).introspect(&token).await.json()["active"], true);
        server.cli(&["resource-server", "rotate", id]).json();
        assert_eq!(server.resource_server_of(id, &new).introspect(&token).await.json()["active"], true, "the old one works for a day");
        server.cli(&["resource-server", "revoke", id]).json();
        assert!(!server.cli(&["resource-server", "list"]).stdout.contains(id));
        let sql = "SELECT action AS value FROM audit_events WHERE subject = ?1 AND actor = 'operator' ORDER BY created_at";
        let events: Vec<Single<String>> = server.db.rows(sql, &[name.as_str().to_param()]).await.unwrap();
        let events: Vec<&str> = events.iter().map(|Single(action)| action.strip_prefix("resource_server_").unwrap()).collect();
        assert_eq!(events, ["created", "secret_rotated", "secret_rotated", "revoked"]);
        for wrong in [&["create", "--name", "x"][..], &["create", "--name", "x", "--scope", "planning.read"], &["rotate", "rsv_0123456789abcd"], &["rotate", "x"]] {
            server.cli(&[&["resource-server"], wrong].concat()).fault();
        }
    }
}
