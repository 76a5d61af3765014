//! The fallback for unknown paths. Programs get JSON, on every origin; people get a page.

use axum::Router;
use axum::extract::Request;
use axum::http::header::ACCEPT;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use tower::ServiceExt;

use crate::accounts::Site;
use crate::error::Error;
use crate::http::api_error::program_error;
use crate::http::cors;
use crate::server::Server;
use crate::web;

/// The prefixes of paths for programs.
const OF_PROGRAMS: [&str; 7] = ["v1", "oauth", ".well-known", "auth", "leaks", "healthz", "readyz"];

/// The only page below them, for people.
const PAGE: &str = "/oauth/authorize";

/// The fallback.
pub(super) fn fallback(server: &Server) -> Router<Server> {
    let pages = web::no_pages(server, Site::Manage).with_state(server.clone());
    Router::new().fallback(async move |request: Request| -> Response {
        let (path, headers) = (request.uri().path(), request.headers());
        if path == "*" && request.method() == Method::OPTIONS {
            // About the server as a whole (RFC 9110 section 9.3.7): it answers.
            return StatusCode::NO_CONTENT.into_response();
        }
        if is_of_programs(path) {
            return no_endpoint(request.method(), headers);
        }
        if web::without_final_slash(request.uri()).is_some() || asks_for_a_page(headers) {
            return pages.oneshot(request).await.unwrap_or_else(|never| match never {});
        }
        no_endpoint(request.method(), headers)
    })
}

/// Whether a browser asks for a page to show.
fn asks_for_a_page(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    accepted.flat_map(|value| value.split(',')).any(|range| {
        let kind = range.split(';').next().unwrap_or_default().trim();
        kind.eq_ignore_ascii_case("text/html")
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

    #[test]
    fn whoever_names_html_asks_for_a_page() {
        let asks = |value: &'static str| {
            asks_for_a_page(&HeaderMap::from_iter([(ACCEPT, value.parse().unwrap())]))
        };
        for browser in
            ["text/html", "text/html,application/xhtml+xml;q=0.9", "*/*, Text/HTML;q=0.8"]
        {
            assert!(asks(browser), "{browser}");
        }
        for program in ["*/*", "", "application/json", "text/htmlx", "application/json;x=text/html"]
        {
            assert!(!asks(program), "{program}");
        }
        assert!(!asks_for_a_page(&HeaderMap::new()));
    }
}
