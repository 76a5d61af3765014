//! Files and directories. What is in a file is an object, see [`crate::objects`]; the rows are here.

mod change;
mod detail;
mod download;
mod entry_id;
mod find;
mod links;
mod list;
mod media_type;
mod model;
mod pages;
mod parts;
pub mod queries;
mod routes;
mod scanned;
mod size;
mod unfinished;
mod upload;
mod uploading;

pub use download::{linked_file, open};
pub use entry_id::{DirectoryRef, EntryId};
pub use links::{SECTION, page_path, share_path};
pub use model::{CloudFileView, Entry, EntryView, FileUpload};
pub use queries::NewFile;
pub use scanned::scan_badge;
pub use size::readable_size;
pub use unfinished::{END_UPLOADS, ENDS_AFTER};
pub use upload::{store, store_bytes};

use super::Resource;
use crate::db::delete_batch;
use crate::quotas;

/// Files, as the product knows them.
pub const RESOURCE: Resource = Resource {
    api: routes::routes,
    section: SECTION,
    pages: pages::pages,
    searched: queries::SEARCHED,
    find: find::find,
    sort_keys: queries::SORT_KEYS,
    quota: quotas::FILES,
    trash: None,
    events: &[],
    removal: &[
        delete_batch!("file_upload_parts", "portal_id, upload_id, number", "portal_id = ?2"),
        delete_batch!("file_uploads", "portal_id, id", "portal_id = ?2"),
        delete_batch!("files", "portal_id, id", "portal_id = ?2"),
    ],
};
