//! What a content is stored under.

use crate::ids::{FileId, PortalId};

/// The content of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectKey {
    /// The portal that has the file.
    pub portal: PortalId,
    /// The file.
    pub file: FileId,
}
