//! The two headers that may carry the token.

use reqwest::Method;

use crate::support::{Answer, Server};

async fn with_headers(server: &Server, headers: &[(&str, String)]) -> Answer {
    let request = server.nobody().request(Method::GET, "/v1/customers");
    Answer::to(headers.iter().fold(request, |request, (name, value)| request.header(*name, value))).await
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
}
