//! The contents of stored files, each under the id of its file: on disk in the data folder, or in a
//! bucket of a server with the S3 protocol. Nothing of a path comes from the name that people gave it.
//! See `docs/decisions/0066-files.md` and `docs/decisions/0079-objects-in-s3.md`.
//!
//! The database has a row for each file. A content is written before its row, and removed after it, so
//! that what is visible is complete; [`Objects`] is all that the rest of the product knows of where it
//! is, and [`Objects::open`] the only way out: what a virus scanner holds back doesn't pass it. See
//! `docs/decisions/0080-a-virus-scanner.md`.

mod clamd;
mod clamd_check;
mod contents;
mod disk;
mod disk_work;
mod finding;
mod join;
mod joins;
mod key;
mod link;
mod object;
mod remove_object;
mod remove_parts;
mod rows;
mod s3;
mod scan;
mod scan_again;
mod scan_job;
mod scanner_address;
mod settings;
mod store;
mod stored;

pub use clamd::{Clamd, ScanFault};
pub use contents::Objects;
pub use disk::Disk;
pub use finding::Finding;
pub use join::{ContentPart, Joined};
pub use key::ObjectKey;
pub use link::DownloadLink;
pub use object::{Object, Pieces};
pub use remove_object::RemoveObject;
pub use remove_parts::RemoveParts;
pub use rows::{ContentRow, RowsRead, count_rows, has_row, ids_of};
pub use s3::{S3, S3Fault, SettingsFault};
pub use scan::{
    FORGET_ORPHANS, Scan, ScanState, Waiting, expect_released, find_scan, waiting_for_scan,
};
pub use scan_again::ScanAgain;
pub use scan_job::{ScanContent, Scanning, release_waiting};
pub use scanner_address::ScannerAddress;
pub use settings::{Bucket, Credential, Endpoint, ObjectSettings, Place};
pub use store::ObjectStore;
pub use stored::Stored;
