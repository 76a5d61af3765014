//! The developer portal: where third-party developers manage their apps.

mod apps;
mod audit_log;
mod member;
mod moments;
mod organisations;
mod own_endpoints;
mod sandboxes;
mod sections;
mod settings;
mod start;
mod team;
mod welcome;

pub use member::DeveloperMember;

use axum::extract::FromRef;
use axum::{Extension, Router};

use crate::account_pages;
use crate::accounts::Site;
use crate::oauth;
use crate::server::{Server, WritingServer};
use crate::web::{Pages, SitePages, site_router};
use own_endpoints::Routers;

/// All pages of the site. Their order is that of the menu.
pub fn pages() -> SitePages {
    let pages = Pages::new()
        .get("/", start::show)
        .merge(welcome::pages())
        .merge(apps::pages())
        .merge(apps::landing())
        .merge(sandboxes::pages())
        .merge(team::pages())
        .merge(audit_log::pages())
        .merge(organisations::pages())
        .merge(settings::pages());
    account_pages::pages_with(pages).nest(Site::Developers)
}

/// Their routes. `api` are those of the API, which the receiver of test authorizations calls.
pub fn router(server: &WritingServer, api: Router<Server>) -> Router<Server> {
    let state = Server::from_ref(server);
    let routers = Routers {
        oauth: oauth::endpoint_routes(server).with_state(state.clone()),
        api: api.with_state(state),
    };
    site_router(server, Site::Developers, pages()).layer(Extension(routers))
}
