//! The two headers that can contain the token.

use reqwest::Method;

use crate::support::{Answer, Server, basic, statuses};

async fn with_headers(server: &Server, headers: &[(&str, String)]) -> Answer {
    let request = server.nobody().request(Method::GET, "/v1/customers");
    Answer::to(headers.iter().fold(request, |request, (name, value)| request.header(*name, value)))
        .await
}

both_engines! {
    async fn either_header_will_do_and_so_will_both_alike(server: &Server) {
        let token = server.portal().await.key().await.token;
        for scheme in ["Bearer", "bearer", "BEARER"] {
            let value = format!("{scheme} {token}");
            with_headers(server, &[("Authentication", value.clone())]).await.expect(200);
            with_headers(server, &[("Authorization", value.clone())]).await.expect(200);
            with_headers(server, &[("Authorization", value.clone()), ("Authentication", value)]).await.expect(200);
        }
    }

    async fn two_different_tokens_are_refused_even_if_both_are_good(server: &Server) {
        let portal = server.portal().await;
        let (one, other) = (format!("Bearer {}", portal.key().await.token), format!("Bearer {}", portal.key().await.token));
        for names in [["Authentication", "Authorization"], ["Authorization", "Authentication"], ["Authentication"; 2], ["Authorization"; 2]] {
            let answer = with_headers(server, &[(names[0], one.clone()), (names[1], other.clone())]).await;
            let message = answer.expect(400)["message"].as_str().unwrap().to_owned();
            assert!(message.contains("different tokens"), "{message}");
        }
    }

    async fn a_token_anywhere_else_does_not_count(server: &Server) {
        let token = server.portal().await.key().await.token;
        for headers in [
            [("Authorization", token.clone())],
            [("Authorization", format!("Basic {token}"))],
            [("Authentication", format!("Bearer\t{token}"))],
            [("X-Api-Key", token.clone())],
            [("Cookie", format!("token={token}"))],
        ] {
            with_headers(server, &headers).await.expect(401);
        }
        server.nobody().get(&format!("/v1/customers?access_token={token}")).await.expect(401);
    }

    async fn what_a_proxy_joined_or_added_is_not_half_taken(server: &Server) {
        let portal = server.portal().await;
        let (one, other) = (portal.key().await.token, portal.key().await.token);
        for value in [
            format!("Bearer {one}, Bearer {other}"),
            format!("Bearer {one},{other}"),
            format!("Bearer {one} {other}"),
            format!("Bearer Bearer {one}"),
            format!("Bearer {one};"),
            format!("Bearer \"{one}\""),
            format!("Bearer,{one}"),
            format!("Bearer={one}"),
            format!("Bearer{one}"),
            format!("Token {one}"),
            format!("Basic {one}"),
            format!("Negotiate {one}"),
            format!("DPoP {one}"),
            "Bearer".to_owned(),
            "Bearer ".to_owned(),
            String::new(),
        ] {
            for name in ["Authentication", "Authorization"] {
                with_headers(server, &[(name, value.clone())]).await.expect(401);
                // Nor does a good one beside it make up for it, in whatever order.
                let good = ("Authorization", format!("Bearer {one}"));
                for headers in [[(name, value.clone()), good.clone()], [good.clone(), (name, value.clone())]] {
                    let answer = with_headers(server, &headers).await;
                    assert!(matches!(answer.status, 400 | 401), "{value:?}: {answer}");
                }
            }
        }
        // Two schemes for one token are two ways to prove it.
        with_headers(server, &[("Authentication", format!("Bearer {one}")), ("Authorization", format!("DPoP {one}"))]).await.expect(400);
    }

    async fn headers_that_are_written_oddly_are_refused_whole(server: &Server) {
        let portal = server.portal().await;
        let (one, other) = (portal.key().await.token, portal.key().await.token);
        let get = |headers: &str| statuses(&server.send_raw(format!("GET /v1/customers HTTP/1.1\r\nHost: 127.0.0.1\r\n{headers}Connection: close\r\n\r\n")));
        assert_eq!(get(&format!("Authorization: Bearer {one}\r\n")), [200]);
        assert_eq!(get(&format!("aUTHORIZATION:Bearer {one}\r\n")), [200]);
        for headers in [
            // Folded over two lines (RFC 9112 section 5.2), with a space before the colon (section
            // 5.1), with control characters.
            format!("Authorization: Bearer\r\n {one}\r\n"),
            format!("Authorization: Bearer {other}\r\n\tBearer {one}\r\n"),
            format!("X: y\r\n Authorization: Bearer {one}\r\n"),
            format!("Authorization : Bearer {one}\r\n"),
            format!("Authorization\0: Bearer {one}\r\n"),
            format!("Authorization: Bearer {one}\0\r\n"),
            format!("Authorization: Bearer {one}\rX: y\r\n"),
            format!("Authorization\u{a0}: Bearer {one}\r\n"),
        ] {
            assert!(matches!(get(&headers)[..], [400 | 401]), "{headers:?}");
        }
        // What only looks like the header is another.
        for name in ["Authorizatiоn", "Authorization_", "Proxy-Authorization", "X-Authorization", "Authentication-Info", "HTTP_AUTHORIZATION"] {
            assert!(matches!(get(&format!("{name}: Bearer {one}\r\n"))[..], [400 | 401]), "{name}");
        }
    }

    async fn the_endpoints_for_apps_take_one_authorization_header_of_one_scheme(server: &Server) {
        let (app, _, tokens) = server.connected().await;
        let good = basic(app.id.as_str(), &app.secret);
        let refresh = [("grant_type", "refresh_token"), ("refresh_token", tokens.refresh.as_str())];
        for path in ["/oauth/tokens", "/oauth/introspect", "/oauth/revoke", "/oauth/par", "/oauth/device"] {
            for second in [good.as_str(), "Bearer x", "Basic eDp4", ""] {
                for headers in [[("authorization", good.as_str()), ("authorization", second)], [("authorization", second), ("authorization", good.as_str())]] {
                    app.post(path, &refresh, &headers).await.expect_oauth_error("invalid_request");
                }
            }
        }
        // This product's own header is for the API only.
        app.call_with(&refresh, &[("authentication", &good)]).await.expect_oauth_error("invalid_request");
        app.call_with(&refresh, &[("authorization", &good), ("authentication", "Bearer x")]).await.expect(200);
    }
}
