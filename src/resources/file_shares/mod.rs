//! File shares: files and directories that people without an account open by a link. See
//! `docs/decisions/0068-file-shares.md`.

mod create;
mod detail;
mod find;
mod first_download;
mod links;
mod list;
mod model;
mod of_customer;
mod pages;
mod public;
pub mod queries;
mod routes;

pub use first_download::FirstDownloadMail;
pub use links::SECTION;
pub use model::{FileShare, FileShareCreate, FileShareView};
pub use of_customer::on_customer_page;
pub use public::pages as guest_pages;
pub use queries::NewFileShare;

use super::Resource;
use crate::db::delete_batch;
use crate::quotas;

/// File shares, as the product knows them.
pub const RESOURCE: Resource = Resource {
    api: routes::routes,
    section: SECTION,
    pages: pages::pages,
    searched: queries::SEARCHED,
    find: find::find,
    sort_keys: queries::SORT_KEYS,
    quota: quotas::FILE_SHARES,
    trash: None,
    events: &[],
    removal: &[delete_batch!("file_shares", "portal_id, id", "portal_id = ?2")],
};
