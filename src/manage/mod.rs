//! The manage portal: where a business works in its own portal.

mod member;
mod portals;
mod start;

pub use member::Member;

use axum::Router;
use axum::routing::get;

use crate::accounts::{Site, pages};
use crate::error::Error;
use crate::http::site::site_layer;
use crate::oauth;
use crate::server::Server;

/// All pages of the site, with the consent page of the authorization server.
pub fn router(server: &Server) -> Router<Server> {
    let pages = Router::new().route("/", get(start::show)).merge(portals::routes()).merge(pages::routes()).fallback(async || Error::NotFound);
    let routes = Router::new().nest("/manage", pages).merge(oauth::page_routes());
    site_layer(server, Site::Manage, routes)
}
