//! The manage portal: where a business works in its own portal.

mod api_keys;
mod audit_log;
mod connected_apps;
mod consents;
mod ended;
mod member;
mod organisation;
mod page_list;
mod portals;
mod scope_summary;
mod start;
mod team;

pub use api_keys::{api_key_page, warn_of_expiry};
pub use connected_apps::connected_app_page;
pub use member::{Member, Section};
pub use page_list::{PageList, is_empty, list_page, table};
use scope_summary::scope_summary;

use axum::Router;
use axum::routing::get;

use crate::accounts::{Site, pages};
use crate::error::Error;
use crate::http::site::site_layer;
use crate::server::{Server, WritingServer};
use crate::{oauth, resources};

/// All pages of the site, with the consent page of the authorization server.
pub fn router(server: &WritingServer) -> Router<Server> {
    let pages = Router::new()
        .route("/", get(start::show))
        .merge(resources::pages())
        .merge(api_keys::routes())
        .merge(connected_apps::routes())
        .merge(audit_log::routes())
        .merge(portals::routes())
        .merge(organisation::routes())
        .merge(team::routes())
        .merge(pages::routes(server))
        .fallback(async || Error::NotFound);
    let routes = Router::new().nest("/manage", pages).merge(oauth::page_routes());
    site_layer(server, Site::Manage, routes)
}
