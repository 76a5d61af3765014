//! The API as the only resource: its name in requests (RFC 8707), and its metadata (RFC 9728).

use klantportaal::auth::ScopeSet;
use serde_json::json;

use crate::support::{Back, InProcess, Server};

/// How the API may be named.
fn names(server: &Server) -> [String; 4] {
    ["", "/", "/v1", "/v1/"].map(|path| format!("{}{path}", server.url))
}

fn others(server: &Server) -> Vec<String> {
    let of_ours = ["/v1/customers", "/v2", "/V1", "/v1?", "/v1#x", "//", "/v1//"]
        .map(|path| format!("{}{path}", server.url));
    of_ours
        .into_iter()
        .chain(["https://api.example.nl/v1", "v1", "/v1", "urn:x", "nonsense"].map(str::to_owned))
        .collect()
}

both_engines! {
    async fn the_api_may_be_named_at_every_step(server: &Server) {
        let (app, (_, browser)) = (server.app().await, server.portal_and_browser().await);
        for name in names(server) {
            let code = app.ask().with("resource", &name).allow(&browser).await.code();
            let tokens = crate::support::Tokens::of(&app.exchange_with(&code, &[("resource", &name)]).await);
            app.refresh_with(&tokens.refresh, &[("resource", &name)]).await.expect(200);
        }
    }

    async fn it_may_be_named_several_times(server: &Server) {
        let (app, (_, browser)) = (server.app().await, server.portal_and_browser().await);
        let [origin, _, base, _] = names(server);
        let ask = app.ask().and("resource", &origin).and("resource", &base);
        let pushed = app.ask_pushed(&ask).await;
        for ask in [ask.clone(), pushed] {
            let code = ask.allow(&browser).await.code();
            let tokens = crate::support::Tokens::of(&app.exchange_with(&code, &[("resource", &base), ("resource", &base)]).await);
            app.refresh_with(&tokens.refresh, &[("resource", &origin), ("resource", &base)]).await.expect(200);
        }
        // Each of them must be the API.
        let ask = ask.and("resource", "https://evil.example");
        app.push(&ask).await.expect_oauth_error("invalid_target");
        Back::of(&browser.get(&ask.path()).await).expect_error("invalid_target", Some("xyz"));
        app.refresh_with("kpr_x", &[("resource", &base), ("resource", "https://evil.example")]).await.expect_oauth_error("invalid_target");
    }

    async fn anything_else_is_an_invalid_target(server: &Server) {
        let (app, (_, browser)) = (server.app().await, server.portal_and_browser().await);
        let (code, tokens) = (app.code(&browser).await, app.connect(&browser).await);
        for other in others(server) {
            Back::of(&browser.get(&app.ask().with("resource", &other).path()).await).expect_error("invalid_target", Some("xyz"));
            app.exchange_with(&code, &[("resource", &other)]).await.expect_oauth_error("invalid_target");
            app.refresh_with(&tokens.refresh, &[("resource", &other)]).await.expect_oauth_error("invalid_target");
        }
        app.push(&app.ask().with("resource", "nonsense")).await.expect_oauth_error("invalid_target");
        // Nothing was used up by asking wrongly.
        app.exchange(&code).await.expect(200);
    }

    async fn the_api_says_who_gives_its_tokens(server: &Server) {
        for path in ["", "/v1"] {
            let answer = server.nobody().get(&format!("/.well-known/oauth-protected-resource{path}")).await;
            let body = answer.expect(200);
            assert_eq!(body["resource"], format!("{}{path}", server.url), "the very name that the well-known path was made of");
            assert_eq!(body["authorization_servers"], json!([server.url]));
            assert_eq!(body["scopes_supported"], json!(ScopeSet::all().names()));
            assert_eq!(body["bearer_methods_supported"], json!(["header"]));
        }
        assert_eq!(server.nobody().get("/.well-known/oauth-protected-resource/v2").await.status, 404);
    }

    async fn from_a_refused_call_a_program_finds_the_authorization_server(engine: Engine) {
        let flags = |port| vec!["--manage-url".to_owned(), format!("http://manage.localhost:{port}"), "--api-url".to_owned(), format!("http://api.localhost:{port}")];
        let server = InProcess::start_with(engine, flags).await;
        let port = server.url.rsplit(':').next().unwrap().to_owned();
        let api = format!("api.localhost:{port}");
        let at_api = async |path: &str| server.http.get(format!("{}{path}", server.url)).header("host", &api).send().await.unwrap();
        let refused = at_api("/v1/customers").await;
        let url = format!("http://{api}/.well-known/oauth-protected-resource/v1");
        assert_eq!(refused.headers()["www-authenticate"], format!(r#"Bearer realm="api", scope="customers.read", resource_metadata="{url}""#));
        let metadata: serde_json::Value = at_api("/.well-known/oauth-protected-resource/v1").await.json().await.unwrap();
        assert_eq!(metadata["resource"], format!("http://{api}/v1"));
        assert_eq!(metadata["authorization_servers"], json!([format!("http://manage.localhost:{port}")]));
    }

    async fn scripts_of_any_origin_may_call_the_endpoints(server: &Server) {
        let app = server.public_app().await;
        let from = ("origin", "https://app.example");
        for path in ["/oauth/tokens", "/oauth/revoke", "/.well-known/oauth-authorization-server", "/.well-known/oauth-protected-resource/v1"] {
            let asked = server.http.request(reqwest::Method::OPTIONS, format!("{}{path}", server.url)).header(from.0, from.1);
            let asked = asked.header("access-control-request-method", "POST").send().await.unwrap();
            assert!(asked.status().is_success(), "{path}: {asked:?}");
            assert_eq!(asked.headers()["access-control-allow-origin"], "*", "{path}");
            assert_eq!(asked.headers().get("access-control-allow-credentials"), None, "{path}");
        }
        let answer = app.post("/oauth/tokens", &app.signed(&[("grant_type", "refresh_token"), ("refresh_token", "kpr_x")]), &[from]).await;
        answer.expect_oauth_error("invalid_grant");
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"), "{answer}");
        // The page where owners consent is no such endpoint.
        let page = server.http.get(format!("{}{}", server.url, app.ask().path())).header(from.0, from.1).send().await.unwrap();
        assert_eq!(page.headers().get("access-control-allow-origin"), None);
    }
}
