//! HTTP conformance on every surface: hosts, codings, paths, methods, and machine-readable
//! responses.

use reqwest::Method;
use serde_json::json;

use crate::customers::fields;
use crate::support::{Answer, Instance, statuses};

/// A path for programs below each name, with something wrong in it.
const NOTHING_HERE: [&str; 14] = [
    "/v1",
    "/V1/customers",
    "//v1/customers",
    "/oauth",
    "/oauth/",
    "/oauth/token",
    "/oauth/tokens/",
    "/OAuth/Tokens",
    "/.well-known/",
    "/.well-known/oauth-authorization-server/",
    "/.Well-Known/oauth-authorization-server",
    "/auth/verify/",
    "/leaks/",
    "/healthz/",
];

/// No hosts (RFC 9112 section 3.2).
pub const WRONG_HOSTS: [&str; 6] =
    ["a b", "a/b", "x:y:z", "user@host", "127.0.0.1:18931, evil.example", "[::1"];

async fn with_origin(server: &Instance, method: Method, path: &str) -> Answer {
    let request = server.nobody().request(method, path).header("Origin", "https://app.example");
    Answer::unchecked(request).await
}

both_engines! {
    async fn a_program_that_asks_for_nothing_of_ours_is_told_so_as_a_program(server: &Server) {
        for path in NOTHING_HERE {
            for method in [Method::GET, Method::POST] {
                let answer = with_origin(server, method, path).await;
                assert_eq!((answer.status, &answer.json()["code"]), (404, &json!(404)), "{path}: {answer}");
                assert_eq!(answer.header("set-cookie"), None, "{path}: {answer}");
                assert_eq!(answer.header("access-control-allow-origin"), Some("*"), "{path}: {answer}");
                assert!(answer.header("x-request-id").is_some(), "{path}: {answer}");
            }
            let preflight = with_origin(server, Method::OPTIONS, path).await;
            assert_eq!(preflight.header("access-control-allow-origin"), Some("*"), "{path}: {preflight}");
        }
        // People are still shown a page, and sent on.
        for path in ["/bestaat-niet", "/v2/customers", "/manage/bestaat-niet", "/developers/bestaat-niet"] {
            let page = Answer::unchecked(server.nobody().request(Method::GET, path).header("accept", "text/html,*/*;q=0.8")).await;
            assert!(page.status == 404 && page.text().contains("<html"), "{page}");
            assert_eq!(page.header("set-cookie"), None, "{page}");
        }
        let moved = Answer::unchecked(server.nobody().request(Method::GET, "/oauth/authorize/?client_id=app_x&state=y")).await;
        assert_eq!((moved.status, moved.header("location")), (308, Some("/oauth/authorize?client_id=app_x&state=y")), "{moved}");
    }

    async fn an_unknown_path_is_answered_in_the_form_that_was_asked_for(server: &Server) {
        for path in ["/v2/customers", "/api/v1/customers", "/graphql", "/robots.txt", "/bestaat-niet"] {
            for accept in [None, Some("*/*"), Some("application/json")] {
                for method in [Method::GET, Method::POST, Method::OPTIONS] {
                    let request = server.nobody().request(method, path);
                    let request = accept.into_iter().fold(request, |request, accept| request.header("accept", accept));
                    let answer = Answer::unchecked(request).await;
                    assert_eq!((answer.status, &answer.json()["code"]), (404, &json!(404)), "{answer}");
                    assert_eq!(answer.header("set-cookie"), None, "{answer}");
                }
            }
        }
        let moved = Answer::unchecked(server.nobody().request(Method::GET, "/docs/scopes/?a=b")).await;
        assert_eq!((moved.status, moved.header("location"), moved.header("set-cookie")), (308, Some("/docs/scopes?a=b"), None), "{moved}");
        let whole = server.send_raw("OPTIONS * HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n");
        assert!(whole.starts_with("HTTP/1.1 204") && !whole.to_lowercase().contains("set-cookie"), "{whole}");
    }

    async fn a_slash_at_the_end_of_an_api_path_changes_nothing(server: &Server) {
        let key = server.portal().await.key().await;
        let made = key.post("/v1/customers/", fields("Jansen")).await.expect(200);
        let page = key.get("/v1/customers/?page=1").await.expect(200);
        assert_eq!((&page["data"][0], &page["path"]), (&made, &json!(format!("{}/v1/customers", server.url))));
        let one = format!("/v1/customers/{}/", made["id"].as_str().unwrap());
        assert_eq!(key.get(&one).await.expect(200), made);
        assert_eq!(key.delete(&one).await.status, 204);
    }

    async fn percent_encoded_letters_are_letters(server: &Server) {
        let key = server.portal().await.key().await;
        let id = key.post("/v1/%63ustomers", fields("Jansen")).await.expect(200)["id"].as_str().unwrap().to_owned();
        key.get(&format!("/v1/customer%73/{}", id.replace('_', "%5F"))).await.expect(200);
        // Not a slash: that is another path.
        key.get("/v1%2Fcustomers").await.expect(404);
        let metadata = server.nobody().get("/.well-known/oauth-authorization%2Dserver").await;
        assert!(metadata.expect(200)["issuer"].is_string());
        let page = Answer::unchecked(server.nobody().request(Method::GET, "/manage/l%6Fgin")).await;
        assert_eq!(page.status, 200, "{page}");
    }

    async fn a_request_names_one_host(server: &Server) {
        let status = |head: &str| statuses(&server.send_raw(format!("{head}Connection: close\r\n\r\n")));
        for path in ["/healthz", "/v1/customers", "/manage/login", "/docs"] {
            assert_eq!(status(&format!("GET {path} HTTP/1.1\r\n")), [400], "{path}");
            assert_eq!(status(&format!("GET {path} HTTP/1.1\r\nHost: a.example\r\nHost: a.example\r\n")), [400], "{path}");
        }
        assert_eq!(status("GET /healthz HTTP/1.1\r\nHost: a.example\r\n"), [200]);
        for host in WRONG_HOSTS {
            for path in ["/healthz", "/v1/customers", "/manage/login", "/docs"] {
                assert_eq!(status(&format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n")), [400], "{path}: {host}");
            }
        }
        assert_eq!(status("GET http://user@a.example/healthz HTTP/1.1\r\nHost: a.example\r\n"), [400]);
        assert_eq!(status("GET /healthz HTTP/1.1\r\nHost: [2001:db8::7]:8080\r\n"), [200]);
        // The older version knows no such header.
        let answer = server.send_raw("GET /healthz HTTP/1.0\r\n\r\n");
        assert!(answer.starts_with("HTTP/1.0 200"), "{answer}");
    }

    async fn a_transfer_coding_that_is_not_undone_is_not_taken_for_the_body(server: &Server) {
        let key = server.portal().await.key().await;
        for (coding, status) in [("gzip, chunked", 501), ("chunked", 200), ("Chunked", 200)] {
            let body = fields("Jansen").to_string();
            let answer = server.send_raw(format!(
                "POST /v1/customers HTTP/1.1\r\nHost: a.example\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n\
                 Transfer-Encoding: {coding}\r\nConnection: close\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n",
                key.token,
                body.len()
            ));
            assert_eq!(statuses(&answer), [status], "{coding}: {answer}");
            assert!(status == 200 || answer.contains("\"code\":501"), "{answer}");
        }
    }

    async fn a_compressed_body_is_refused_wherever_a_body_is_read(server: &Server) {
        let key = server.portal().await.key().await;
        let json = fields("Jansen").to_string();
        let form = "application/x-www-form-urlencoded";
        for (path, kind, body) in [
            ("/v1/customers", "application/json", json.as_str()),
            ("/oauth/tokens", form, "grant_type=authorization_code"),
            ("/oauth/revoke", "application/json", "{}"),
            ("/oauth/introspect", form, "token=x"),
            ("/oauth/par", form, "client_id=x"),
            ("/oauth/device", form, "client_id=x"),
            ("/leaks", "application/json", "{}"),
            ("/manage/login", form, "email=a@example.nl"),
        ] {
            for coding in ["gzip", "br, gzip", "x"] {
                let request = key.request(Method::POST, path).header("content-type", kind).header("content-encoding", coding);
                let answer = Answer::unchecked(request.body(body.to_owned())).await;
                assert_eq!((answer.status, answer.header("accept-encoding")), (415, Some("identity")), "{path}: {answer}");
            }
        }
        let plain = key.request(Method::POST, "/v1/customers").header("content-type", "application/json").header("content-encoding", "identity");
        Answer::to(plain.body(json)).await.expect(200);
    }

    async fn methods_and_their_types_are_told(server: &Server) {
        let key = server.portal().await.key().await;
        for (path, methods, patch) in [
            ("/v1/customers", "GET,HEAD,POST,OPTIONS", None),
            ("/v1/customers/cst_a", "DELETE,GET,HEAD,PATCH,OPTIONS", Some("application/json")),
        ] {
            let answer = Answer::to(server.nobody().request(Method::OPTIONS, path)).await;
            assert_eq!((answer.status, answer.header("allow"), answer.header("accept-patch")), (204, Some(methods), patch), "{answer}");
        }
        Answer::to(server.nobody().request(Method::OPTIONS, "/v1/bestaat-niet")).await.expect(404);
        let id = key.post("/v1/customers", fields("Jansen")).await.expect(200)["id"].as_str().unwrap().to_owned();
        let request = key.request(Method::PATCH, &format!("/v1/customers/{id}")).header("content-type", "application/merge-patch+json");
        let refused = Answer::to(request.body("{}")).await;
        refused.expect(415);
        assert_eq!(refused.header("accept-patch"), Some("application/json"), "{refused}");
        for path in ["/oauth/tokens", "/oauth/revoke", "/leaks"] {
            let answer = server.nobody().get(path).await;
            assert_eq!((answer.status, answer.header("allow")), (405, Some("POST")), "{path}: {answer}");
        }
        for path in ["/v1/customers", "/.well-known/oauth-authorization-server", "/docs/openapi.json"] {
            let (get, head) = (key.get(path).await, key.call(Method::HEAD, path, None).await);
            assert_eq!((head.status, head.bytes.len()), (200, 0), "{path}: {head}");
            assert_eq!(head.header("content-type"), get.header("content-type"), "{path}");
        }
    }
}
