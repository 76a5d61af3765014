//! Parameter pollution: duplicate parameters, of which two programs can each pick another (RFC 6749
//! section 3.1 and 3.2), and parameters in the query instead of the body.

use klantportaal::clients::ClientType;
use url::form_urlencoded;

use crate::support::{Answer, App, Back, CALLBACK, InProcess, basic};

/// The endpoints for programs, with what a good request of each says beside the credentials.
fn endpoints<'a>(code: &'a str, refresh: &'a str) -> Vec<(&'static str, Vec<(&'a str, &'a str)>)> {
    vec![
        (
            "/oauth/tokens",
            vec![("grant_type", "authorization_code"), ("code", code), ("redirect_uri", CALLBACK)],
        ),
        (
            "/oauth/tokens",
            vec![
                ("grant_type", "refresh_token"),
                ("refresh_token", refresh),
                ("scope", "customers.read"),
                ("resource", "x"),
            ],
        ),
        ("/oauth/introspect", vec![("token", refresh), ("token_type_hint", "refresh_token")]),
        ("/oauth/revoke", vec![("token", refresh), ("token_type_hint", "refresh_token")]),
        ("/oauth/device", vec![("scope", "customers.read"), ("resource", "x")]),
        (
            "/oauth/par",
            vec![
                ("redirect_uri", CALLBACK),
                ("response_type", "code"),
                ("scope", "customers.read"),
                ("state", "xyz"),
            ],
        ),
    ]
}

async fn post_json(app: &App, path: &str, body: String) -> Answer {
    Answer::to(
        reqwest::Client::new()
            .post(format!("{}{path}", app.url))
            .header("content-type", "application/json")
            .body(body),
    )
    .await
}

/// A JSON object with these names, doubled ones included.
fn json_object(fields: &[(&str, &str)]) -> String {
    let pairs: Vec<String> = fields
        .iter()
        .map(|(name, value)| format!("{}:{}", serde_json::json!(name), serde_json::json!(value)))
        .collect();
    format!("{{{}}}", pairs.join(","))
}

both_engines! {
    async fn every_parameter_of_every_endpoint_may_come_once(server: &Server) {
        let (app, (_, browser)) = (server.device_app(ClientType::Confidential).await, server.portal_and_browser().await);
        let (tokens, code) = (app.connect(&browser).await, app.code(&browser).await);
        for (path, fields) in endpoints(&code, &tokens.refresh) {
            let fields = app.signed(&fields);
            for (name, value) in fields.iter().copied() {
                // Of resources there may be several, each of which must be the API (RFC 8707 section
                // 2).
                let error = if name == "resource" { "invalid_target" } else { "invalid_request" };
                for other in [value, "other", ""] {
                    // Before and after the good one, alike and not.
                    let mut doubled = fields.clone();
                    doubled.push((name, other));
                    app.post(path, &doubled, &[]).await.expect_oauth_error(error);
                    post_json(&app, path, json_object(&doubled)).await.expect_oauth_error("invalid_request");
                    doubled.rotate_right(1);
                    app.post(path, &doubled, &[]).await.expect_oauth_error(error);
                }
            }
            // Nor does one that is read elsewhere, or JSON with two members of any name.
            let foreign = if path == "/oauth/par" { "token" } else { "response_type" };
            let doubled = [&fields[..], &[(foreign, "x"), (foreign, "x")]].concat();
            app.post(path, &doubled, &[]).await.expect_oauth_error("invalid_request");
            let unknown = [&fields[..], &[("unknown", "x"), ("unknown", "x")]].concat();
            post_json(&app, path, json_object(&unknown)).await.expect_oauth_error("invalid_request");
        }
        // None of it used anything up.
        app.exchange(&code).await.expect(200);
        app.refresh(&tokens.refresh).await.expect(200);
    }

    async fn what_no_endpoint_reads_changes_nothing_however_often_it_comes(server: &Server) {
        let (app, (_, browser)) = (server.app().await, server.portal_and_browser().await);
        let ask = app.ask().and("utm", "1").and("utm", "2").and("code[]", "x").and("code[]", "y");
        let pushed = app.ask_pushed(&ask).await;
        for ask in [ask, pushed] {
            let code = ask.allow(&browser).await.code();
            let tokens = app.exchange_with(&code, &[("utm", "1"), ("utm", "2"), ("code[]", "x"), ("code[]", "")]).await;
            assert_eq!(tokens.expect(200)["scope"], crate::support::SCOPE);
        }
    }

    async fn a_name_in_another_spelling_is_the_same_name_or_another_but_never_both(server: &Server) {
        let (app, (_, browser)) = (server.app().await, server.portal_and_browser().await);
        let code = app.code(&browser).await;
        let good = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(app.signed(&[("grant_type", "authorization_code"), ("redirect_uri", CALLBACK), ("code", &code)]))
            .finish();
        for more in ["%63ode=x", "c%6fde=x", "code", "code=", "&&code=x", "client%5Fid=x"] {
            app.call_raw(Some("application/x-www-form-urlencoded"), format!("{good}&{more}")).await.expect_oauth_error("invalid_request");
        }
        // These are other names, which are not looked at.
        app.call_raw(Some("application/x-www-form-urlencoded"), format!("{good}&Code=x&code[]=x&code%00=x&+code=x")).await.expect(200);
    }

    async fn the_address_adds_nothing_to_a_body(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (app, thief, (_, browser)) = (server.device_app(ClientType::Confidential).await, server.app().await, server.portal_and_browser().await);
        let (tokens, code) = (app.connect(&browser).await, app.code(&browser).await);
        for (path, fields) in endpoints(&code, &tokens.refresh) {
            let all = app.signed(&fields);
            let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(&all).finish();
            // All of it there: nothing was said. Some of it there: that much is missing.
            app.post(&format!("{path}?{query}"), &[], &[]).await.expect_oauth_error("invalid_request");
            app.post(&format!("{path}?{query}"), &fields, &[]).await.expect_oauth_error("invalid_request");
            let (first, rest) = all.split_last().unwrap();
            let alone = form_urlencoded::Serializer::new(String::new()).append_pair(first.0, first.1).finish();
            let (with, without) = (app.post(&format!("{path}?{alone}"), rest, &[]).await, app.post(path, rest, &[]).await);
            let told = |answer: &Answer| (answer.status, answer.json()["error"].clone());
            if without.status != 200 || path == "/oauth/introspect" {
                assert_eq!(told(&with), told(&without), "{with}");
            }
        }
        // Another's name or credentials in the address change nothing either.
        let path = format!("/oauth/tokens?client_id={}&client_secret={}&code=kpc_x&redirect_uri=https://evil.example/", thief.id, thief.secret);
        let fresh = app.code(&browser).await;
        let fields = [("grant_type", "authorization_code"), ("redirect_uri", CALLBACK), ("code", fresh.as_str())];
        app.post(&path, &app.signed(&fields), &[]).await.expect(200);
        app.post(&path, &[("grant_type", "refresh_token"), ("refresh_token", &tokens.refresh)], &[("authorization", &basic(app.id.as_str(), "kps_x"))])
            .await
            .expect_oauth_error("invalid_client");
    }

    async fn a_doubled_parameter_of_an_authorization_request_gives_no_code(server: &Server) {
        let (app, (_, browser)) = (server.app().await, server.portal_and_browser().await);
        let form = app.ask().form(&browser).await.with("decision", "allow");
        for (name, value) in app.ask().with_challenge().pairs() {
            for other in [value, "other", ""] {
                let ask = app.ask().with_challenge().and(name, other);
                for answer in [browser.get(&ask.path()).await, browser.post(&ask.path(), &form.fields).await] {
                    match name {
                        // Nobody is known to be told.
                        "client_id" | "redirect_uri" => assert_eq!((answer.status, answer.header("location")), (400, None), "{answer}"),
                        "state" => Back::of(&answer).expect_error("invalid_request", None),
                        _ => Back::of(&answer).expect_error("invalid_request", Some("xyz")),
                    }
                }
            }
        }
    }

    async fn two_references_to_pushed_requests_are_none(server: &Server) {
        let (app, (_, browser)) = (server.app().await, server.portal_and_browser().await);
        let reference = |ask: &crate::support::Ask| ask.pairs().iter().find(|(name, _)| *name == "request_uri").unwrap().1.to_owned();
        let (one, other) = (app.ask_pushed(&app.ask()).await, app.ask_pushed(&app.ask()).await);
        for second in [reference(&other), reference(&one), "https://evil.example/".to_owned()] {
            let answer = browser.get(&one.clone().and("request_uri", &second).path()).await;
            assert_eq!((answer.status, answer.header("location")), (400, None), "{answer}");
        }
        one.allow(&browser).await.code();
    }

    async fn a_consent_form_with_two_decisions_or_portals_decides_nothing(server: &Server) {
        let (app, (portal, browser)) = (server.app().await, server.portal_and_browser().await);
        let form = app.ask().form(&browser).await;
        let own = form.field("portal").unwrap_or(portal.id.as_str()).to_owned();
        for more in [[("decision", "deny"), ("decision", "allow")], [("decision", "allow"), ("decision", "deny")], [("decision", "allow"), ("decision", "allow")]] {
            let mut form = form.clone();
            form.fields.extend(more.map(|(name, value)| (name.to_owned(), value.to_owned())));
            let answer = form.send(&browser).await;
            assert_eq!((answer.status, answer.header("location")), (400, None), "{answer}");
        }
        let mut doubled = form.clone().with("decision", "allow").with("portal", &own);
        doubled.fields.push(("portal".to_owned(), own));
        let answer = doubled.send(&browser).await;
        assert_eq!((answer.status, answer.header("location")), (400, None), "{answer}");
        assert!(klantportaal::oauth::ConnectedApp::list(&portal.store).await.unwrap().is_empty());
    }
}
