//! File requests: files that people without an account upload by a link. See
//! `docs/decisions/0069-file-requests.md`.

mod ask_again;
mod create;
mod detail;
mod find;
mod links;
mod list;
mod model;
mod of_customer;
mod pages;
mod public;
pub mod queries;
mod receive;
mod remind;
mod reminder;
mod routes;

pub use links::SECTION;
pub use model::{
    FileRequest, FileRequestCreate, FileRequestView, RequestedFile, RequestedFileCreate,
};
pub use of_customer::on_customer_page;
pub use public::pages as guest_pages;
pub use reminder::FileRequestReminder;

use super::Resource;
use crate::db::delete_batch;
use crate::quotas;

/// File requests, as the product knows them.
pub const RESOURCE: Resource = Resource {
    api: routes::routes,
    section: SECTION,
    pages: pages::pages,
    searched: queries::SEARCHED,
    find: find::find,
    sort_keys: queries::SORT_KEYS,
    quota: quotas::FILE_REQUESTS,
    trash: None,
    events: &[],
    removal: &[delete_batch!("file_requests", "portal_id, id", "portal_id = ?2")],
};
