//! The contents of stored files: on disk, in the data folder, each under the id of its file. Nothing of
//! a path comes from the name that people gave it. See `docs/decisions/0066-files.md`.
//!
//! The database has a row for each file. A content is written before its row, and removed after it, so
//! that what is visible is complete; [`Objects`] is all that the rest of the product knows of where it
//! is.

mod disk;
mod key;
mod link;
mod object;
mod store;
mod stored;

pub use key::ObjectKey;
pub use link::DownloadLink;
pub use object::Object;
pub use store::Objects;
pub use stored::Stored;
