//! The developer portal: where third-party developers manage their apps.

mod apps;
mod audit_log;
mod member;
mod moments;
mod organisations;
mod sandboxes;
mod sections;
mod settings;
mod start;
mod team;
mod welcome;

pub use member::DeveloperMember;

use axum::Router;

use crate::account_pages;
use crate::accounts::Site;
use crate::server::{Server, WritingServer};
use crate::web::{Pages, SitePages, site_router};

/// All pages of the site. Their order is that of the menu.
pub fn pages() -> SitePages {
    let pages = Pages::new()
        .get("/", start::show)
        .merge(welcome::pages())
        .merge(apps::pages())
        .merge(sandboxes::pages())
        .merge(team::pages())
        .merge(audit_log::pages())
        .merge(organisations::pages())
        .merge(settings::pages());
    account_pages::pages_with(pages).nest(Site::Developers)
}

/// Their routes.
pub fn router(server: &WritingServer) -> Router<Server> {
    site_router(server, Site::Developers, pages())
}
