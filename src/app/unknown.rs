//! The fallback for unknown paths. Programs get JSON, on every origin.

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderMap, Method, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use tower::ServiceExt;

use crate::accounts::Site;
use crate::error::Error;
use crate::http::api_error::program_error;
use crate::http::cors;
use crate::public_urls::Sites;
use crate::server::Server;
use crate::web;

/// The prefixes of paths for programs.
const OF_PROGRAMS: [&str; 7] = ["v1", "oauth", ".well-known", "auth", "leaks", "healthz", "readyz"];

/// The only page below them, for people.
const PAGE: &str = "/oauth/authorize";

/// The fallback.
pub(super) fn fallback(server: &Server) -> Router<Server> {
    let pages = web::site_layer(server, Site::Manage, Router::new().fallback(no_page))
        .with_state(server.clone());
    Router::new().fallback(async move |request: Request| -> Response {
        if is_of_programs(request.uri().path()) {
            no_endpoint(request.method(), request.headers())
        } else {
            pages.oneshot(request).await.unwrap_or_else(|never| match never {})
        }
    })
}

fn is_of_programs(path: &str) -> bool {
    let first = path.split(['/', '%']).find(|part| !part.is_empty()).unwrap_or_default();
    OF_PROGRAMS.iter().any(|known| known.eq_ignore_ascii_case(first))
        && path.trim_end_matches('/') != PAGE
}

fn no_endpoint(method: &Method, headers: &HeaderMap) -> Response {
    // A page's script can only read this response with CORS headers.
    if cors::is_preflight(method, headers) {
        return cors::preflight(headers);
    }
    program_error(Error::NotFound, headers)
}

/// Redirects a path with a trailing slash.
async fn no_page(uri: Uri) -> Response {
    let path = uri.path().trim_end_matches('/');
    if path.is_empty() || path.len() == uri.path().len() || !Sites::is_own_path(path) {
        return Error::NotFound.into_response();
    }
    match uri.query() {
        Some(query) => Redirect::permanent(&format!("{path}?{query}")).into_response(),
        None => Redirect::permanent(path).into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_ask_below_a_few_names_in_whatever_case() {
        for path in [
            "/oauth",
            "/oauth/token",
            "//v1/customers",
            "/V1/x",
            "/Leaks/",
            "/v1%2Fcustomers",
            "/.well-known/x",
        ] {
            assert!(is_of_programs(path), "{path}");
        }
        for path in ["/", "/manage/x", "/oauth/authorize/", "/v12", "/docs/v1", "/authority"] {
            assert!(!is_of_programs(path), "{path}");
        }
    }
}
