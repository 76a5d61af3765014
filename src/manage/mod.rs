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
mod team;

pub use api_keys::warn_of_expiry;
pub use member::{Member, Section};
pub use page_list::{Options, PageList, PageOf, list_table, table};
use scope_summary::scope_summary;

use axum::Router;

use crate::accounts::Site;
use crate::server::{Server, WritingServer};
use crate::web::{site_layer, unknown_page};
use crate::{account_pages, oauth};

/// Pages with paths below that of the site.
pub type PageRoutes = Router<Server>;

/// All pages of the site: its own, those of the `resources`, and the consent page of the
/// authorization server.
pub fn router(server: &WritingServer, resources: PageRoutes) -> Router<Server> {
    let pages = resources
        .merge(api_keys::routes())
        .merge(connected_apps::routes())
        .merge(audit_log::routes())
        .merge(portals::routes())
        .merge(organisation::routes())
        .merge(team::routes())
        .merge(account_pages::routes(server))
        .fallback(unknown_page);
    let routes = Router::new().nest("/manage", pages).merge(oauth::page_routes());
    site_layer(server, Site::Manage, routes)
}
