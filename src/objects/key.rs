//! What a content is stored under.

use serde::{Deserialize, Serialize};

use crate::db::from_row;
use crate::ids::{FileId, PortalId};

/// The content of one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectKey {
    /// The portal that has the file.
    pub portal: PortalId,
    /// The file.
    pub file: FileId,
}
from_row!(ObjectKey { portal, file });

impl ObjectKey {
    /// The key of a file of a portal.
    pub fn of(portal: &PortalId, file: &FileId) -> Self {
        Self { portal: portal.clone(), file: file.clone() }
    }
}
