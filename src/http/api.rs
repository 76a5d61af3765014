//! What all of `/v1` has around its routes.

use axum::Router;
use axum::extract::{FromRef, Request, State};
use axum::http::Method;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};

use super::api_error::error_as_json;
use super::credentials::Scheme;
use super::gate::Gate;
use super::request_id::RequestId;
use super::revision::Known;
use super::routes::API;
use super::{challenge, cors};
use crate::error::Error;
use crate::resources;
use crate::server::{Server, WritingServer};

/// All routes of `/v1`.
pub fn api_router(server: &WritingServer) -> Router<Server> {
    // One layer, because each costs every request an allocation or two.
    let gate = middleware::from_fn_with_state(server.clone(), gate);
    let unknown = Router::new().fallback(async || Error::NotFound).layer(gate.clone());
    let routes = resources::routes().into_router().route_layer(gate);
    // A nested router does not take its own prefix with a slash at the end.
    routes
        .nest(API, unknown.clone())
        .route_service(&format!("{API}/"), unknown.with_state(Server::from_ref(server)))
}

async fn gate(State(server): State<WritingServer>, request: Request, next: Next) -> Response {
    if request.method() == Method::OPTIONS {
        return cors::preflight();
    }
    let answer = |mut request: Request, principal| {
        let known = Known::of(request.method(), request.headers());
        request.extensions_mut().insert(principal);
        async move { known.spare(next.run(request).await) }
    };
    let mut response = Gate::new(&server, request.headers())
        .pass(request, None, |request| resources::route_scopes().of(request), answer)
        .await;
    challenge::offer_dpop(&mut response);
    response
}

/// The answer of the API where nothing of it is.
pub(super) fn not_found() -> Response {
    error_as_json(Error::NotFound.into_response(), RequestId::random(), Scheme::Bearer)
}
