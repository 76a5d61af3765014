//! A file that is sent along with a message.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::http::StoredFile;
use crate::http::schema::always_complete;
use crate::ids::{FileId, TicketAttachmentId, TicketMessageId};
use crate::objects::{ScanState, Stored};
use crate::resources::files::NewFile;
use crate::values::row;

/// A file that is sent along with a new message, and its content, which is removed again unless the message
/// is written.
pub type NewAttachment = (Stored, NewFile);

row! {
    /// A file that was sent along, as stored.
    Attachment {
        /// Its id.
        id: TicketAttachmentId,
        /// The message.
        message_id: TicketMessageId,
        /// The id that its content is stored under.
        file_id: FileId,
        /// What it is called.
        name: String,
        /// The number of its bytes.
        size: i64,
        /// Its media type, told by its content.
        mime: String,
        /// The SHA-256 of its content, in hexadecimal digits.
        sha256: String,
        /// How far its virus scan is, if there was a scanner.
        scan: Option<ScanState> = "(SELECT s.state FROM content_scans s WHERE s.portal_id = c.portal_id AND s.file_id = c.file_id)",
    }
}

/// The attachments of a ticket, by their messages.
pub type Attachments = BTreeMap<TicketMessageId, Vec<Attachment>>;

/// A file that was sent along, in the API.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "TicketAttachment", transform = always_complete)]
pub struct AttachmentView {
    /// The attachment's id
    id: TicketAttachmentId,
    /// What the file is called
    #[schemars(example = &"Foto ketel.jpg")]
    name: String,
    /// Its size in bytes
    size: i64,
    /// Its media type, told by its content
    #[schemars(example = &"image/jpeg")]
    mime: String,
}

impl Attachment {
    /// Its size in bytes.
    pub fn bytes(&self) -> u64 {
        u64::try_from(self.size).unwrap_or_default()
    }

    /// The file, as it is sent.
    pub fn as_stored(&self) -> StoredFile<'_> {
        StoredFile { name: &self.name, media_type: Some(&self.mime), tag: &self.sha256 }
    }

    /// The representation in the API.
    pub fn into_view(self) -> AttachmentView {
        AttachmentView { id: self.id, name: self.name, size: self.size, mime: self.mime }
    }
}
