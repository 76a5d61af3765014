//! Logs one line for each request, if the operator turns it on.

use std::time::Instant;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;

use super::caller::address;
use crate::auth::Token;
use crate::server::Server;

/// Logs the request and its status. The query is left out: it can contain the secret of a mailed
/// link, or a search text. So are secrets in the path: those of public links.
pub(crate) async fn log_request(
    State(server): State<Server>,
    request: Request,
    next: Next,
) -> Response {
    let (method, path) = (request.method().clone(), without_secrets(request.uri().path()));
    let address = address(&server, request.headers(), request.extensions());
    let begun = Instant::now();
    let response = next.run(request).await;
    let (status, milliseconds) = (response.status().as_u16(), begun.elapsed().as_millis());
    tracing::info!(%address, %method, path, status, milliseconds, "request");
    response
}

/// The path, with only the start of a secret in it.
fn without_secrets(path: &str) -> String {
    let part = |part: &str| match Token::parse(part) {
        Ok(token) => format!("{}…", token.start()),
        Err(_) => part.to_owned(),
    };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::TokenKind;

    #[test]
    fn a_secret_in_the_path_is_not_logged() {
        let token = Token::random(TokenKind::PublicLink);
        let logged = without_secrets(&format!("/shares/{}/download", token.reveal()));
        assert_eq!(logged, format!("/shares/{}…/download", token.start()));
        assert_eq!(without_secrets("/v1/customers//"), "/v1/customers//");
    }
}
