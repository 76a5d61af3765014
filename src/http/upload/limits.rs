//! What an upload can hold.

use crate::config::Config;
use crate::fields::FromFields;

/// What an upload can hold.
#[derive(Debug, Clone, Copy)]
pub struct UploadLimits {
    /// The maximum number of files.
    pub files: usize,
    /// The maximum size of all files together, in bytes.
    pub bytes: u64,
}

/// A type that is read from an upload.
pub trait FromUpload: FromFields {
    /// What it can hold.
    fn limits(config: &Config) -> UploadLimits;
}
