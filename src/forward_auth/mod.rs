//! `GET /auth/verify?scope=…`: a proxy in front of the operator's own service asks whether to let a
//! request through (nginx `auth_request`, Caddy and Traefik `forward_auth`). See
//! `docs/decisions/0014-forward-authentication.md`.

mod answer;
mod needed_scopes;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::get;

use crate::error::Error;
use crate::http::{Authentication, Original};
use crate::server::{Server, WritingServer};
use answer::{passed, with_error_in_header};
use needed_scopes::needed_scopes;

/// The path.
pub const PATH: &str = "/auth/verify";

/// The one route.
pub fn routes(server: &WritingServer) -> Router<Server> {
    Router::new().route(PATH, get(verify).fallback(not_allowed)).with_state(server.clone())
}

/// The response that the API would give for the original request's token.
async fn verify(State(server): State<WritingServer>, request: Request) -> Response {
    let authentication = Authentication::new(&server, request.headers());
    let (needed, original) = match needed_scopes(request.uri().query())
        .and_then(|needed| Ok((needed, Original::told(&server, &request)?)))
    {
        Ok(asked) => asked,
        Err(error) => return with_error_in_header(authentication.refuse(error).await).await,
    };
    let id = authentication.request_id();
    with_error_in_header(
        authentication
            .pass(
                request,
                original,
                |_| needed,
                async move |_, principal| passed(needed, &principal, id),
            )
            .await,
    )
    .await
}

async fn not_allowed(State(server): State<WritingServer>, headers: HeaderMap) -> Response {
    with_error_in_header(
        Authentication::new(&server, &headers).refuse(Error::MethodNotAllowed).await,
    )
    .await
}
