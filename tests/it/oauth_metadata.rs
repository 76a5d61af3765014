//! The metadata of the authorization server (RFC 8414).

use klantportaal::auth::ScopeSet;

use crate::support::InProcess;

both_engines! {
    async fn the_metadata_names_what_is_there(server: &Server) {
        let body = server.nobody().get("/.well-known/oauth-authorization-server").await.expect(200);
        assert_eq!(body["issuer"], server.url.as_str());
        for (name, path) in [
            ("authorization_endpoint", "/oauth/authorize"),
            ("token_endpoint", "/oauth/tokens"),
            ("introspection_endpoint", "/oauth/introspect"),
            ("device_authorization_endpoint", "/oauth/device"),
            ("revocation_endpoint", "/oauth/revoke"),
            ("pushed_authorization_request_endpoint", "/oauth/par"),
        ] {
            assert_eq!(body[name], format!("{}{path}", server.url), "{name}");
        }
        assert_eq!(body["response_types_supported"], serde_json::json!(["code"]));
        assert_eq!(body["code_challenge_methods_supported"], serde_json::json!(["S256"]));
        assert_eq!(body["grant_types_supported"], serde_json::json!(["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"]));
        for endpoint in ["token", "revocation"] {
            let methods = &body[format!("{endpoint}_endpoint_auth_methods_supported")];
            assert_eq!(*methods, serde_json::json!(["client_secret_basic", "client_secret_post", "private_key_jwt", "none"]), "{endpoint}");
        }
        let methods = &body["introspection_endpoint_auth_methods_supported"];
        assert_eq!(*methods, serde_json::json!(["client_secret_basic", "client_secret_post", "private_key_jwt"]));
        for endpoint in ["token", "revocation", "introspection"] {
            let algorithms = &body[format!("{endpoint}_endpoint_auth_signing_alg_values_supported")];
            assert_eq!(*algorithms, serde_json::json!(["ES256", "EdDSA", "Ed25519", "RS256", "PS256"]), "{endpoint}");
        }
        assert_eq!((&body["request_parameter_supported"], &body["request_uri_parameter_supported"]), (&false.into(), &false.into()));
        assert_eq!(body["authorization_response_iss_parameter_supported"], true);
        assert_eq!(body["scopes_supported"], serde_json::json!(ScopeSet::all().names()));
    }

    async fn libraries_that_look_for_an_openid_provider_find_the_same_and_nothing_untrue(server: &Server) {
        let body = server.nobody().get("/.well-known/openid-configuration").await.expect(200);
        assert_eq!(body, server.nobody().get("/.well-known/oauth-authorization-server").await.expect(200));
        // What OpenID Connect Discovery section 3 requires.
        for name in ["issuer", "authorization_endpoint", "token_endpoint", "jwks_uri"] {
            assert!(body[name].as_str().is_some_and(|url| url.starts_with(&server.url)), "{name}");
        }
        for name in ["response_types_supported", "subject_types_supported", "id_token_signing_alg_values_supported"] {
            assert!(body[name].is_array(), "{name}");
        }
        // There are no ID tokens, and nothing says that there are.
        assert_eq!(body["id_token_signing_alg_values_supported"], serde_json::json!([]));
        assert!(!body["scopes_supported"].as_array().unwrap().contains(&"openid".into()));
        assert_eq!(body.get("userinfo_endpoint"), None);
        let keys = server.nobody().get(body["jwks_uri"].as_str().unwrap().strip_prefix(&server.url).unwrap()).await;
        assert_eq!(keys.expect(200), serde_json::json!({ "keys": [] }));
    }

    async fn what_is_the_same_for_everybody_may_be_cached(server: &Server) {
        for path in ["/.well-known/oauth-authorization-server", "/.well-known/openid-configuration", "/.well-known/oauth-protected-resource", "/.well-known/oauth-protected-resource/v1", "/oauth/jwks"] {
            let answer = server.nobody().get(path).await;
            let told = ["cache-control", "vary", "content-type"].map(|name| answer.header(name));
            assert_eq!(told, [Some("public, max-age=3600"), Some("origin"), Some("application/json")], "{answer}");
        }
    }

    async fn on_several_hosts_the_endpoints_are_on_the_manage_host_only(engine: Engine) {
        let flags = |port| vec!["--manage-url".to_owned(), format!("http://manage.localhost:{port}"), "--api-url".to_owned(), format!("http://api.localhost:{port}")];
        let server = InProcess::start_with(engine, flags).await;
        let port = server.url.rsplit(':').next().unwrap().to_owned();
        let manage = format!("manage.localhost:{port}");
        let at = async |host: &str, path: &str| server.http.get(format!("{}{path}", server.url)).header("host", host).send().await.unwrap();
        let body: serde_json::Value = at(&manage, "/.well-known/oauth-authorization-server").await.json().await.unwrap();
        assert_eq!(body["issuer"], format!("http://{manage}"));
        assert_eq!(body["token_endpoint"], format!("http://{manage}/oauth/tokens"));
        for path in ["/.well-known/oauth-authorization-server", "/oauth/authorize", "/oauth/tokens"] {
            assert_eq!(at(&format!("api.localhost:{port}"), path).await.status(), 404, "{path}");
            assert_eq!(at("evil.example", path).await.status(), 421, "{path}");
        }
        assert_eq!(at(&manage, "/oauth/authorize").await.status(), 400);
    }
}
