//! The layers around all routes of `/v1`.

use std::sync::Arc;

use axum::Router;
use axum::extract::{FromRef, Request, State};
use axum::http::header::ALLOW;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};

use crate::error::Error;
use crate::fields::ignored::IgnoredFields;
use crate::http::api_error::program_error;
use crate::http::authentication::Authentication;
use crate::http::idempotency::Keyed;
use crate::http::revision::Known;
use crate::http::routes::API;
use crate::http::{challenge, cors};
use crate::resources;
use crate::server::{Server, WritingServer};
use crate::verifier::Principal;

const ACCEPT_PATCH: HeaderName = HeaderName::from_static("accept-patch");
const PATCH_TYPE: HeaderValue = HeaderValue::from_static("application/json");

/// All routes of `/v1`.
pub fn api_router(server: &WritingServer) -> Router<Server> {
    // One layer, because each layer costs every request an allocation or two.
    let authentication = middleware::from_fn_with_state(server.clone(), authenticate);
    let unknown = Router::new().fallback(async || Error::NotFound).layer(authentication.clone());
    let routes = resources::routes().into_router().route_layer(authentication);
    // A nested router doesn't match its own prefix with a trailing slash.
    routes
        .nest(API, unknown.clone())
        .route_service(&format!("{API}/"), unknown.with_state(Server::from_ref(server)))
}

async fn authenticate(
    State(server): State<WritingServer>,
    request: Request,
    next: Next,
) -> Response {
    if request.method() == Method::OPTIONS {
        return options(&request);
    }
    let known = Known::of(request.method(), request.headers());
    let is_patch = request.method() == Method::PATCH;
    let state: &Server = &server;
    let answer = async move |mut request: Request, principal: Arc<Principal>| {
        if let Err(error) = Keyed::note(&mut request, state, &principal) {
            return error.into_response();
        }
        let ignored = IgnoredFields::of(&request, principal.is_test_portal);
        request.extensions_mut().insert(principal);
        if let Some(ignored) = &ignored {
            request.extensions_mut().insert(ignored.clone());
        }
        let mut response = next.run(request).await;
        if let Some(ignored) = ignored {
            ignored.tell(response.headers_mut());
        }
        if is_patch && response.status() == StatusCode::UNSUPPORTED_MEDIA_TYPE {
            response.headers_mut().insert(ACCEPT_PATCH, PATCH_TYPE);
        }
        known.spare(response)
    };
    let mut response = Authentication::new(&server, request.headers())
        .pass(request, None, |request| resources::route_scopes().of(request), answer)
        .await;
    challenge::offer_dpop(&mut response);
    response
}

/// Responds to OPTIONS: a browser's preflight request, or a request for the supported methods (RFC
/// 9110 section 9.3.7) and the media types of patches (RFC 5789 section 3.1).
fn options(request: &Request) -> Response {
    if cors::is_preflight(request.method(), request.headers()) {
        return cors::preflight(request.headers());
    }
    let methods = resources::route_scopes().methods(request);
    if methods.is_empty() {
        return program_error(Error::NotFound, request.headers());
    }
    let mut names: Vec<&str> = methods.iter().map(Method::as_str).collect();
    names.push(Method::OPTIONS.as_str());
    let mut response = (StatusCode::NO_CONTENT, [(ALLOW, names.join(","))]).into_response();
    if methods.contains(&Method::PATCH) {
        response.headers_mut().insert(ACCEPT_PATCH, PATCH_TYPE);
    }
    response
}
