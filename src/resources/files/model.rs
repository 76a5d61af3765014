//! The model of a file or directory, and its representation in the API.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::Serialize;

use super::{DirectoryRef, EntryId};
use crate::config::Config;
use crate::error::Message;
use crate::fields::Fields;
use crate::http::schema::always_complete;
use crate::http::{FromUpload, StoredFile, UploadLimits};
use crate::ids::{DirectoryId, FileId, FileShareId};
use crate::objects::{DownloadLink, ScanState};
use crate::quotas::MEGABYTE;
use crate::time::Atom;
use crate::values::{FileName, Files, OrEmpty, body, row};

row! {
    /// A file or directory, as stored.
    Entry {
        /// Its id.
        id: EntryId,
        /// The directory that it is in.
        directory_id: DirectoryRef,
        /// What it is called.
        name: String,
        /// The number of bytes of a file; 0 of a directory.
        size: i64,
        /// The media type of a file, told by its content.
        mime: Option<String>,
        /// The SHA-256 of a file's content, in hexadecimal digits.
        sha256: Option<String>,
        /// When it was added.
        created_at: Timestamp,
        /// When it was last renamed, or added.
        updated_at: Timestamp = "COALESCE(c.updated_at, c.created_at)",
        /// The number of changes, plus one.
        revision: i64,
        /// How far the virus scan of a file is, if there was a scanner.
        scan: Option<ScanState> = "(SELECT s.state FROM content_scans s WHERE s.portal_id = c.portal_id AND s.file_id = c.id)",
        /// The newest share that it is in itself.
        file_share_id: Option<FileShareId> = "(SELECT s.id FROM file_share_items i
             JOIN file_shares s ON s.portal_id = i.portal_id AND s.id = i.share_id
             WHERE i.portal_id = c.portal_id AND i.entry_id = c.id ORDER BY s.created_at DESC, s.id DESC LIMIT 1)",
    }
}

impl Entry {
    /// The id of a file; none of a directory.
    pub const fn file_id(&self) -> Option<&FileId> {
        match &self.id {
            EntryId::File(id) => Some(id),
            EntryId::Directory(_) => None,
        }
    }

    /// The size of a file in bytes.
    pub fn bytes(&self) -> u64 {
        u64::try_from(self.size).unwrap_or_default()
    }

    /// A file, as it is sent.
    pub fn as_stored(&self) -> StoredFile<'_> {
        StoredFile {
            name: &self.name,
            media_type: self.mime.as_deref(),
            tag: self.sha256.as_deref().unwrap_or_default(),
        }
    }

    /// The representation in the API, with times in the portal's time zone.
    pub fn into_view(self, zone: &TimeZone) -> EntryView {
        let is_directory = self.id.is_directory();
        EntryView {
            r#type: if is_directory { "directory" } else { "file" },
            size: (!is_directory).then_some(self.size),
            mime: self.mime,
            file_share_id: self.file_share_id,
            directory_id: self.directory_id.id().cloned(),
            created_at: Atom::new(self.created_at, zone),
            updated_at: Atom::new(self.updated_at, zone),
            id: self.id,
            name: self.name,
        }
    }
}

/// A file or directory in the API.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "File", transform = always_complete)]
pub struct EntryView {
    /// The id: `fsf_` and more for a file, `fsd_` and more for a directory
    #[schemars(example = &"fsf_abc12345def678")]
    id: EntryId,
    /// Which of the two it is
    #[schemars(extend("enum" = ["file", "directory"]))]
    r#type: &'static str,
    /// What it is called
    #[schemars(example = &"Offerte.pdf")]
    name: String,
    /// The size of a file in bytes; `null` for a directory
    size: Option<i64>,
    /// The media type of a file, told by its content; `null` for a directory
    #[schemars(example = &"application/pdf")]
    mime: Option<String>,
    /// The id of the newest file share that it is in itself; `null` if it is in none
    file_share_id: Option<FileShareId>,
    /// The id of the directory that it is in; `null` if it is at the top. An addition to the contract
    directory_id: Option<DirectoryId>,
    /// When it was added, with the offset of the portal's time zone
    created_at: Atom,
    /// When it was last renamed, or added. An addition to the contract
    updated_at: Atom,
}

/// A link to download a file.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "CloudFile")]
pub struct CloudFileView {
    /// The URL of the file. It needs no token, so whoever has it can download the file
    #[schemars(extend("format" = "uri"))]
    link: String,
    /// When the link ends, with the offset of the portal's time zone
    expires_at: Atom,
}

impl CloudFileView {
    /// That of a link, with times in the portal's time zone.
    pub fn new(link: &DownloadLink, url: String, zone: &TimeZone) -> Self {
        Self { link: url, expires_at: Atom::new(link.expires_at, zone) }
    }
}

body! {
    /// A new file, or a new directory.
    FileUpload checked by FileUpload::check {
        /// The file; without one a directory is made
        file "file": Files<0, 1> = "",
        /// The name of the directory; or another name for the file than the upload gives it
        name "name": OrEmpty<FileName> = "Offertes",
    }
}

impl FileUpload {
    fn check(&mut self, fields: &mut Fields) {
        let is_empty = self.file.0.is_empty() && self.name.0.is_none();
        if is_empty && fields.errors().is_empty() {
            fields.fault("file", Message::new("files.neither"));
        }
    }
}

impl FromUpload for FileUpload {
    fn limits(config: &Config) -> UploadLimits {
        UploadLimits { files: 1, bytes: u64::from(config.quotas.max_file_megabytes) * MEGABYTE }
    }
}
