//! Bodies that are too large, too deep, cut off, or not text: each is refused with the right error,
//! and the server keeps running.

use std::fmt::Write as _;

use crate::customers::fields;
use crate::support::pages::{Party, page_routes};
use crate::support::{Answer, Browser, Server, statuses};

const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

/// The endpoints for programs that read a body.
const ENDPOINTS: [&str; 5] =
    ["/oauth/tokens", "/oauth/revoke", "/oauth/introspect", "/oauth/par", "/oauth/device"];

async fn post(server: &Server, path: &str, kind: &str, body: impl Into<reqwest::Body>) -> Answer {
    Answer::to(
        server.http.post(format!("{}{path}", server.url)).header("content-type", kind).body(body),
    )
    .await
}

/// The head of a request whose body comes by itself.
fn head(path: &str, kind: &str, token: &str, more: &[&str]) -> String {
    let mut head = format!(
        "POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Type: {kind}\r\nAuthorization: Bearer {token}\r\n"
    );
    for line in more {
        write!(head, "{line}\r\n").unwrap();
    }
    head + "\r\n"
}

async fn still_answers(server: &Server) {
    assert_eq!(Answer::to(server.http.get(format!("{}/healthz", server.url))).await.text(), "ok\n");
}

both_engines! {
    async fn a_nul_in_a_form_is_refused_before_it_reaches_the_database(server: &Server) {
        let (_, browser) = server.portal_and_browser().await;
        let nobody = Browser::new(&server.url);
        for (browser, path, field) in [
            (&nobody, "/manage/login", "email"),
            (&nobody, "/manage/login", "password"),
            (&nobody, "/manage/login", "next"),
            (&nobody, "/developers/login", "email"),
            (&nobody, "/manage/register", "email"),
            (&nobody, "/manage/forgot-password", "email"),
            (&browser, "/manage/customers/new", "companyName"),
        ] {
            let form = browser.page(path).await.form().with(field, "a\0b@example.nl");
            let answer = form.send(browser).await;
            assert_eq!(answer.status, 400, "{path} {field}: {answer}");
        }
    }

    async fn no_endpoint_for_programs_takes_what_is_no_text(server: &Server) {
        let app = server.app().await;
        let credentials = format!("client_id={}&client_secret={}", app.id, app.secret);
        for path in ENDPOINTS {
            for body in [
                vec![0xff, 0xfe, 0x00],
                b"{\"client_id\":\"\xff\"}".to_vec(),
                b"\x1f\x8b\x08\x00\x00\x00\x00\x00".to_vec(),
                b"{\"client_id\":\"a\",\"client_secret\":\"b\"".to_vec(),
                b"{\"client_id\":\"a\"} {\"client_id\":\"b\"}".to_vec(),
                b"\xef\xbb\xbf[]".to_vec(),
                b"{\"client_id\":{\"a\":1}}".to_vec(),
                b"{\"client_id\":\"\\ud800\"}".to_vec(),
                b"NaN".to_vec(),
                Vec::new(),
            ] {
                post(server, path, JSON, body).await.expect_oauth_error("invalid_request");
            }
            for kind in ["text/plain", "multipart/form-data; boundary=x", "application/xml", "application/json, text/plain", "application/x-www-form-urlencodedx", "*/*", ""] {
                post(server, path, kind, credentials.clone()).await.expect_oauth_error("invalid_request");
            }
            for kind in [JSON, FORM] {
                for large in ["x".repeat(70_000), "[".repeat(180_000)] {
                    post(server, path, kind, large).await.expect_oauth_status(413, "invalid_request");
                }
                post(server, path, kind, reqwest::Body::wrap_stream(futures_util::stream::iter((0..200).map(|_| Ok::<_, std::io::Error>("x".repeat(1000)))))).await
                    .expect_oauth_status(413, "invalid_request");
            }
            // As deep and as many as go into what is read.
            let largest = if path == "/oauth/par" { 8 * 1024 } else { 64 * 1024 };
            post(server, path, JSON, b"{\"a\":".repeat(largest / 5)).await.expect_oauth_error("invalid_request");
            post(server, path, JSON, "[".repeat(largest)).await.expect_oauth_error("invalid_request");
            let many: String = (0..largest / 8).map(|index| format!("&{index}=")).collect();
            post(server, path, FORM, format!("client_id=x{many}")).await.expect_oauth_error("invalid_client");
        }
        still_answers(server).await;
    }

    async fn nor_does_the_api(server: &Server) {
        let key = server.portal().await.key().await;
        let whole = fields("Jansen").to_string();
        for depth in [200, 5_000, 200_000] {
            let deep = whole.replacen("\"Jansen\"", &format!("{}1{}", "[".repeat(depth), "]".repeat(depth)), 1);
            let answer = key.post_raw("/v1/customers", Some(JSON), deep).await;
            assert!(matches!(answer.status, 400 | 422), "{depth}: {answer}");
        }
        for body in [whole.as_bytes()[..whole.len() / 2].to_vec(), whole.replace("Jansen", "\\udfff").into_bytes(), [&whole.as_bytes()[..20], &[0xc3, 0x28], &whole.as_bytes()[20..]].concat()] {
            key.post_raw("/v1/customers", Some(JSON), body).await.expect(400);
        }
        // A body may be announced as large as one likes: what is too large is refused once that
        // much has come.
        let chunks = || futures_util::stream::iter((0..1100).map(|_| Ok::<_, std::io::Error>(" ".repeat(1000))));
        let request = key.request(reqwest::Method::POST, "/v1/customers").header("content-type", JSON).body(reqwest::Body::wrap_stream(chunks()));
        Answer::to(request).await.expect(413);
        // Before the token is known to count, no body is read at all: the answer is there although
        // none was sent.
        let answered = server.send_raw(head("/v1/customers", JSON, "kpk_x", &["Content-Length: 500000"]));
        assert_eq!(statuses(&answered), [401], "{answered}");
        still_answers(server).await;
    }

    async fn a_body_that_breaks_off_counts_for_nothing(server: &Server) {
        let portal = server.portal().await;
        let (app, key) = (server.app().await, portal.key().await);
        let body = fields("Afgebroken").to_string();
        // Announced longer than it is, to the end of a whole JSON object or form: a proxy that gave
        // up, say.
        let longer = format!("Content-Length: {}", body.len() + 1);
        let cut_off = server.send_cut_off(head("/v1/customers", JSON, &key.token, &[&longer]) + &body);
        assert!(!statuses(&cut_off).contains(&200), "{cut_off}");
        let cut_off = server.send_cut_off(head("/v1/customers", JSON, &key.token, &["Transfer-Encoding: chunked"]) + &format!("{:x}\r\n{body}\r\n", body.len()));
        assert!(!statuses(&cut_off).contains(&200), "{cut_off}");
        let form = format!("client_id={}&client_secret={}&grant_type=refresh_token&refresh_token=kpr_x", app.id, app.secret);
        for path in ENDPOINTS {
            let longer = format!("Content-Length: {}", form.len() + 1);
            let cut_off = server.send_cut_off(head(path, FORM, "x", &[&longer]) + &form);
            assert!(statuses(&cut_off).iter().all(|status| *status == 400), "{cut_off}");
        }
        assert_eq!(key.get("/v1/customers?search=Afgebroken").await.expect(200)["data"].as_array().unwrap().len(), 0);
        still_answers(server).await;
    }

    async fn where_a_body_ends_is_never_in_doubt(server: &Server) {
        let key = server.portal().await.key().await;
        let body = fields("Smokkel").to_string();
        let chunked = format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
        let length = format!("Content-Length: {}", body.len());
        let inner = format!("GET /v1/customers HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {}\r\n\r\n", key.token);
        // Two ways to tell the length, or a length that is none: another server on the way may take
        // the other (RFC 9112 section 11.2). At most one request is seen in it, and what follows is
        // not a second one.
        for (more, body) in [
            (vec![length.as_str(), "Content-Length: 5"], body.clone()),
            (vec!["Content-Length: 5, 6"], body.clone()),
            (vec!["Content-Length: +5"], body.clone()),
            (vec!["Content-Length: -1"], body.clone()),
            (vec!["Content-Length: 0x5"], body.clone()),
            (vec!["Transfer-Encoding: chunked", "Content-Length: 5"], chunked.clone()),
            (vec!["Transfer-Encoding: chunked, identity"], chunked.clone()),
            (vec!["Transfer-Encoding: xchunked"], chunked.clone()),
            (vec!["Transfer-Encoding : chunked"], chunked.clone()),
            (vec![" Transfer-Encoding: chunked"], chunked.clone()),
            (vec!["Transfer-Encoding: chunked"], format!("zz\r\n{body}\r\n0\r\n\r\n")),
            (vec!["Transfer-Encoding: chunked"], format!("fffffffffffffffff\r\n{body}\r\n0\r\n\r\n")),
        ] {
            let answer = server.send_cut_off(head("/v1/customers", JSON, &key.token, &more) + &body + &inner);
            assert!(statuses(&answer).len() <= 1, "{more:?}: {answer}");
            assert!(!answer.contains("\"data\""), "{more:?}: {answer}");
        }
        still_answers(server).await;
    }

    async fn no_form_of_the_sites_takes_it_either(server: &Server) {
        let party = Party::new(server).await;
        for route in page_routes().iter().filter(|route| route.post) {
            // Those with a file don't read what is no multipart form, nor do they need the whole of
            // it to be refused.
            let largest = if route.template.starts_with("/developers/apps/") { 10_000 } else { 70_000 };
            for (kind, body) in [
                (FORM, vec![0xff; 300]),
                (FORM, format!("csrf=x&x={}", "x".repeat(largest)).into_bytes()),
                (FORM, "a=b&".repeat(largest / 5).into_bytes()),
                (JSON, "[".repeat(largest - 1_000).into_bytes()),
                ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\nafgebroken".to_vec()),
                ("multipart/form-data", b"--x--".to_vec()),
                ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\n\xff\xfe\r\n--x--".to_vec()),
            ] {
                let answer = party.browser.post_raw(&party.path(route), kind, body, &[]).await;
                assert!(matches!(answer.status, 400 | 403 | 413), "{answer}");
            }
        }
        assert_eq!(party.browser.get("/manage").await.status, 200, "nobody was logged out by it");
        still_answers(server).await;
    }
}
