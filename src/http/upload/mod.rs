//! Uploads: bodies in `multipart/form-data`, read into a type, with their files on disk.

mod extract;
mod limits;
mod receive;
#[cfg(test)]
mod tests;

pub use extract::Upload;
pub(crate) use extract::read_form_with_files;
pub use limits::{FromUpload, UploadLimits};
