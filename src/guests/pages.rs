//! The pages of public links. They aren't indexed, and lead nobody elsewhere with the link's secret.

use axum::Router;
use axum::http::header::REFERRER_POLICY;
use axum::http::{HeaderName, HeaderValue};
use axum::middleware;
use axum::response::Response;

use crate::accounts::Site;
use crate::server::{Server, WritingServer};
use crate::web::{Pages, site_router};

/// The routes of pages whose paths have the secret of a public link.
pub fn guest_router(server: &WritingServer, pages: Pages) -> Router<Server> {
    site_router(server, Site::Manage, pages.into()).layer(middleware::map_response(private))
}

async fn private(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(
        HeaderName::from_static("x-robots-tag"),
        HeaderValue::from_static("noindex, nofollow"),
    );
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}
