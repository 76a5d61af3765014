//! The developer portal: where third-party developers manage their apps.

mod member;
mod start;
mod welcome;

pub use member::DeveloperMember;

use axum::Router;
use axum::routing::get;

use crate::accounts::{Site, pages};
use crate::error::Error;
use crate::http::site::site_layer;
use crate::server::Server;

/// All pages of the site.
pub fn router(server: &Server) -> Router<Server> {
    let pages = Router::new().route("/", get(start::show)).merge(welcome::routes()).merge(pages::routes()).fallback(async || Error::NotFound);
    site_layer(server, Site::Developers, Router::new().nest("/developers", pages))
}
