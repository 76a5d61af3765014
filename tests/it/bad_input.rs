//! Malformed requests.

use reqwest::Method;
use serde_json::json;

use crate::customers::fields;
use crate::support::Answer;

const JSON: Option<&str> = Some("application/json");

both_engines! {
    async fn a_body_has_a_largest_size(server: &Server) {
        let key = server.portal().await.key().await;
        let body = fields("Jansen").to_string();
        let padded = |length: usize| format!("{body}{}", " ".repeat(length - body.len()));
        key.post_raw("/v1/customers", JSON, padded(1_048_576)).await.expect(200);
        key.post_raw("/v1/customers", JSON, padded(1_048_577)).await.expect(413);
    }

    async fn a_body_must_be_a_json_object(server: &Server) {
        let key = server.portal().await.key().await;
        let whole = fields("Jansen").to_string();
        let mut wrong: Vec<Vec<u8>> = ["", " ", "[]", "null", "3", "\"tekst\"", "{", "{}}", "{\"a\":1,}", "{'a':1}", "\u{feff}\u{feff}{}", "companyName=Jansen"]
            .iter()
            .map(|text| text.as_bytes().to_vec())
            .collect();
        wrong.push(whole.as_bytes()[..whole.len() - 1].to_vec());
        wrong.push(whole.replace("Jansen", "Jan\u{1}sen").into_bytes());
        wrong.push([b"{\"companyName\":\"Jan", &[0xff, 0xfe][..], b"\"}"].concat());
        wrong.push(format!("{}{}", "[".repeat(100_000), "]".repeat(100_000)).into_bytes());
        wrong.push(format!("{}1{}", "{\"a\":".repeat(100_000), "}".repeat(100_000)).into_bytes());
        for body in wrong {
            key.post_raw("/v1/customers", JSON, body).await.expect(400);
        }
    }

    async fn a_body_of_another_type_is_refused(server: &Server) {
        let key = server.portal().await.key().await;
        let body = fields("Jansen").to_string();
        for wrong in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml", "json", ""] {
            key.post_raw("/v1/customers", Some(wrong), body.clone()).await.expect(415);
        }
        for right in [JSON, Some("application/json; charset=utf-8"), Some("Application/JSON"), None] {
            key.post_raw("/v1/customers", right, body.clone()).await.expect(200);
        }
    }

    async fn odd_json_is_taken_or_refused_but_never_breaks(server: &Server) {
        let key = server.portal().await.key().await;
        for number in ["1e999", "-0", "123456789012345678901234567890", "0.1"] {
            let body = fields("Jansen").to_string().replace("\"Jansen\"", number);
            let answer = key.post_raw("/v1/customers", JSON, body).await;
            assert!(matches!(answer.status, 400 | 422), "{answer}");
        }
        let lone = fields("Jansen").to_string().replace("Jansen", r"\ud800");
        key.post_raw("/v1/customers", JSON, lone).await.expect(400);
    }

    async fn an_unknown_path_is_told_to_everybody(server: &Server) {
        let key = server.portal().await.key().await;
        for path in ["/v1/bestaat-niet", "/v1/customers/cst_a/b/c", "/v1/customers//", "/v1//customers", "/v1/Customers", "/v1/%00"] {
            for method in [Method::GET, Method::POST, Method::DELETE] {
                server.nobody().call(method.clone(), path, None).await.expect(404);
                key.call(method, path, None).await.expect(404);
            }
        }
        for path in ["/v1", "/v1/"] {
            assert_eq!(key.get(path).await.expect(404)["code"], 404);
        }
    }

    async fn a_wrong_method_is_answered_with_those_that_are_right(server: &Server) {
        let key = server.portal().await.key().await;
        for (path, methods) in [("/v1/customers", "GET,HEAD,POST"), ("/v1/customers/cst_a", "DELETE,GET,HEAD,PATCH")] {
            let answer = key.call(Method::PUT, path, Some(&json!({}))).await;
            answer.expect(405);
            let mut allowed: Vec<&str> = answer.header("allow").unwrap().split(',').map(str::trim).collect();
            allowed.sort_unstable();
            assert_eq!(allowed.join(","), methods, "{answer}");
        }
    }

    async fn head_is_answered_as_get_without_the_body(server: &Server) {
        let key = server.portal().await.key().await;
        let (get, head) = (key.get("/v1/customers").await, key.call(Method::HEAD, "/v1/customers", None).await);
        assert_eq!((head.status, head.bytes.len(), head.header("content-length")), (200, 0, get.header("content-length")), "{head}");
    }

    async fn browsers_may_call_the_api_from_any_origin(server: &Server) {
        let preflight = server
            .nobody()
            .request(Method::OPTIONS, "/v1/customers")
            .header("Origin", "https://app.example")
            .header("Access-Control-Request-Method", "PATCH")
            .header("Access-Control-Request-Headers", "authentication,authorization,content-type,traceparent,x-client-version");
        let answer = Answer::to(preflight).await;
        assert!((200..300).contains(&answer.status), "{answer}");
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"), "{answer}");
        let list = |name: &str| answer.header(name).unwrap().to_lowercase().split(',').map(|part| part.trim().to_owned()).collect::<Vec<_>>();
        for header in ["authentication", "authorization", "content-type", "traceparent", "x-client-version"] {
            assert!(list("access-control-allow-headers").contains(&header.to_owned()), "{answer}");
        }
        for method in ["get", "post", "patch", "delete"] {
            assert!(list("access-control-allow-methods").contains(&method.to_owned()), "{answer}");
        }
        assert_eq!(answer.header("access-control-allow-credentials"), None, "{answer}");
        // The answer itself, and also a refusal, can be read by the page.
        let refused = Answer::to(server.nobody().request(Method::GET, "/v1/customers").header("Origin", "https://app.example")).await;
        refused.expect(401);
        assert_eq!(refused.header("access-control-allow-origin"), Some("*"), "{refused}");
        let exposed = refused.header("access-control-expose-headers").unwrap().to_lowercase();
        for header in ["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset", "retry-after", "x-request-id"] {
            assert!(exposed.contains(header), "{exposed}");
        }
    }
}
