//! The contents of stored files, each under the id of its file: on disk in the data folder, or in a
//! bucket of a server with the S3 protocol. Nothing of a path comes from the name that people gave it.
//! See `docs/decisions/0066-files.md` and `docs/decisions/0079-objects-in-s3.md`.
//!
//! The database has a row for each file. A content is written before its row, and removed after it, so
//! that what is visible is complete; [`Objects`] is all that the rest of the product knows of where it
//! is.

mod disk;
mod disk_work;
mod key;
mod link;
mod object;
mod rows;
mod s3;
mod settings;
mod store;
mod stored;

pub use disk::Disk;
pub use key::ObjectKey;
pub use link::DownloadLink;
pub use object::{Object, Pieces};
pub use rows::{ContentRow, RowsRead, count_rows, has_row, ids_of};
pub use s3::{S3, S3Fault, SettingsFault};
pub use settings::{Bucket, Credential, Endpoint, ObjectSettings, Place};
pub use store::Objects;
pub use stored::Stored;
