//! The manage portal: where a business works in its own portal.

mod api_keys;
mod audit_log;
mod bin;
mod business;
mod connected_apps;
mod consents;
mod ended;
mod history;
mod member;
mod name_page;
mod organisation;
mod page_list;
mod portals;
mod scope_summary;
mod sections;
mod team;
mod ticked;
mod trashed;
mod views;

pub use api_keys::warn_of_expiry;
pub use bin::{bin_button, bin_pages};
pub use history::{HistoryBefore, HistoryPart};
pub use member::Member;
pub use name_page::NamePage;
pub use page_list::{Options, PageList, PageOf, list_table, table};
use scope_summary::scope_summary;
pub use sections::{API_KEYS, BUSINESS, CONNECTED_APPS};
pub use ticked::{
    ACTION, MOST_TICKED, TickedRow, back_to_list, bulk_table, delete_ticked_pages, ticked_ids,
    ticked_in_order, ticked_pages, to_delete,
};
pub use trashed::{OfSection, TrashTexts, Trashed};
pub use views::{saved_views, view_pages};

use axum::Router;

use crate::accounts::Site;
use crate::server::{Server, WritingServer};
use crate::web::{Pages, SitePages, site_router};
use crate::{account_pages, oauth};

/// All pages of the site: those of the daily work, its own, and the consent page of the authorization
/// server. Their order is that of the menu.
pub fn pages(work: Pages) -> SitePages {
    let pages = work
        .merge(api_keys::pages())
        .merge(connected_apps::pages())
        .merge(team::pages())
        .merge(audit_log::pages())
        .merge(business::pages())
        .merge(organisation::pages())
        .merge(portals::pages());
    account_pages::pages_with(pages).nest(Site::Manage).merge(oauth::pages())
}

/// Their routes.
pub fn router(server: &WritingServer, work: Pages) -> Router<Server> {
    site_router(server, Site::Manage, pages(work))
}
