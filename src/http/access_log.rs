//! Logs one line for each request, if the operator turns it on.

use std::time::Instant;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;

use super::caller::address;
use crate::server::Server;

/// Logs the request and its status. The query is left out: it can contain the secret of a mailed
/// link, or a search text.
pub(crate) async fn log_request(
    State(server): State<Server>,
    request: Request,
    next: Next,
) -> Response {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let address = address(&server, request.headers(), request.extensions());
    let begun = Instant::now();
    let response = next.run(request).await;
    let (status, milliseconds) = (response.status().as_u16(), begun.elapsed().as_millis());
    tracing::info!(%address, %method, path, status, milliseconds, "request");
    response
}
