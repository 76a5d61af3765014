//! The model of a file request, and its representation in the API.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::Serialize;

use crate::error::{Error, Result};
use crate::http::schema::always_complete;
use crate::http::{Access, Link};
use crate::ids::{CustomerId, DirectoryId, FileId, FileRequestId, RequestedFileId};
use crate::public_links::PublicLink;
use crate::resources::files::DirectoryRef;
use crate::sealed::SealingKeys;
use crate::time::Atom;
use crate::values::{DateTime, List, Optional, Text, Whole, body, row};

/// The most files of a request.
pub(super) const MOST_FILES: usize = 10;

/// The largest size that can be set for a file, in KiB: 1 TiB.
const LARGEST: i64 = 1 << 30;

body! {
    /// A file to ask for.
    RequestedFileCreate {
        /// What it is
        name "name": Text<200> = "Jaarrekening 2025",
        /// What it should contain, for instance
        description "description": Optional<Text<1000>> = "Met de handtekening van de accountant",
        /// Whether the request is complete only with this file
        required "required": bool = true,
        /// The largest size in KiB
        max_file_size "maxFileSize": Optional<Whole<1, LARGEST>> = 10240,
    }
}

body! {
    /// A new file request.
    FileRequestCreate {
        /// What it is about
        name "name": Text<200> = "Jaarstukken 2025",
        /// The files, at most 10
        requested_files "requestedFiles": List<RequestedFileCreate, 1, MOST_FILES> = [{ "name": "Jaarrekening 2025", "required": true }],
        /// What visitors read above the files
        description "description": Optional<Text<5000>> = "Graag voor 1 maart.",
        /// Id of the customer, if it is one who is asked
        customer_id "customerId": Optional<CustomerId> = "cst_abc12345def678",
        /// Id of the directory that the files are put into; without it, they are put at the top
        directory_id "directoryId": Optional<DirectoryId> = "fsd_abc12345def678",
        /// By when: local time of the portal. A customer is reminded three days before, and then. An addition to the contract
        due_at "dueAt": Optional<DateTime> = "2026-12-31 17:00:00",
    }
}

row! {
    /// A file request, as stored.
    FileRequest {
        /// Its id.
        id: FileRequestId,
        /// What it is about.
        name: String,
        /// What visitors read above the files.
        description: Option<String>,
        /// Where the files are put.
        directory_id: DirectoryRef,
        /// Who is asked, if that is a customer.
        customer_id: Option<CustomerId>,
        /// By when.
        due_at: Option<Timestamp>,
        /// When all required files had come in.
        completed_at: Option<Timestamp>,
        /// When the customer was last reminded.
        reminded_at: Option<Timestamp>,
        /// When it was created.
        created_at: Timestamp,
        /// The number of changes, plus one.
        revision: i64,
        /// The sealed secret of its link.
        link: Vec<u8> = "(SELECT l.secret FROM public_links l
             WHERE l.portal_id = c.portal_id AND l.row_id = c.id)",
        /// The name of the customer.
        customer_name: Option<String> = "(SELECT u.company_name FROM customers u
             WHERE u.portal_id = c.portal_id AND u.id = c.customer_id)",
        /// How many files are asked for.
        asked: i64 = "(SELECT count(*) FROM requested_files r
             WHERE r.portal_id = c.portal_id AND r.request_id = c.id)",
        /// How many of them have come in.
        received: i64 = "(SELECT count(*) FROM requested_files r
             WHERE r.portal_id = c.portal_id AND r.request_id = c.id AND r.received_at IS NOT NULL)",
    }
}

row! {
    /// A file that is asked for, as stored.
    RequestedFile {
        /// Its id.
        id: RequestedFileId,
        /// The request.
        request_id: FileRequestId,
        /// What it is.
        name: String,
        /// What it should contain.
        description: Option<String>,
        /// Whether the request is complete only with it.
        required: bool,
        /// The largest size in KiB.
        max_file_size: Option<i64>,
        /// The file that came in, if it is still there.
        file_id: Option<FileId> = "(SELECT f.id FROM files f
             WHERE f.portal_id = c.portal_id AND f.id = c.file_id)",
        /// What it was called.
        file_name: Option<String>,
        /// When it came in.
        received_at: Option<Timestamp>,
    }
}

/// A requested file in the API.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "RequestedFile", transform = always_complete)]
struct RequestedFileView {
    /// The requested file's id
    id: RequestedFileId,
    /// What it is
    #[schemars(example = &"Jaarrekening 2025")]
    name: String,
    /// What it should contain
    description: Option<String>,
    /// Whether the request is complete only with this file
    required: bool,
    /// The largest size in KiB
    max_file_size: Option<i64>,
    /// Id of the file that came in; `null` before, and after it was deleted
    uploaded_file_id: Option<FileId>,
}

/// A file request in the API.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "FileRequest", transform = always_complete)]
pub struct FileRequestView {
    /// The file request's id
    id: FileRequestId,
    /// What it is about
    #[schemars(example = &"Jaarstukken 2025")]
    name: String,
    /// What visitors read above the files
    description: Option<String>,
    /// Id of the directory that the files are put into; `null` for the top
    directory_id: Option<DirectoryId>,
    /// Id of the customer, if it is one who is asked
    customer_id: Option<CustomerId>,
    /// The files
    requested_files: Vec<RequestedFileView>,
    /// When all required files had come in, with the offset of the portal's time zone
    completed_at: Option<Atom>,
    /// When the file request was created, with the offset of the portal's time zone
    created_at: Atom,
    /// Where the customer and the page to upload are
    links: FileRequestLinks,
    /// By when, with the offset of the portal's time zone. An addition to the contract
    due_at: Option<Atom>,
}

/// The links of a file request.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct FileRequestLinks {
    /// The customer, if it is one who is asked
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Link", default)]
    customer: Option<Link>,
    /// The page to upload the files. Whoever has this link can, without an account
    public_request: Link,
}

/// The path of the page that visitors open with this secret.
pub(super) fn public_path(secret: &str) -> String {
    format!("/requests/{secret}")
}

impl FileRequest {
    /// The path of the page to upload.
    ///
    /// # Errors
    /// [`Error::Internal`] when none of the keys opens the secret.
    pub fn public_path(&self, keys: &SealingKeys) -> Result<String> {
        let secret = PublicLink::open(keys, self.id.as_str(), &self.link);
        secret.map(|secret| public_path(&secret)).map_err(Error::internal)
    }

    /// The representation in the API.
    ///
    /// # Errors
    /// As [`FileRequest::public_path`].
    pub(super) fn into_view<S>(
        self,
        access: &Access<S>,
        files: Vec<RequestedFile>,
    ) -> Result<FileRequestView> {
        let zone: &TimeZone = access.time_zone();
        let public = self.public_path(access.sealing_keys())?;
        let links = FileRequestLinks {
            customer: self
                .customer_id
                .as_ref()
                .map(|id| Link::to_resource(access.resource_url(&format!("/customers/{id}")))),
            public_request: Link::to_page(access.page_url(&public)),
        };
        let file = |file: RequestedFile| RequestedFileView {
            id: file.id,
            name: file.name,
            description: file.description,
            required: file.required,
            max_file_size: file.max_file_size,
            uploaded_file_id: file.file_id,
        };
        Ok(FileRequestView {
            id: self.id,
            name: self.name,
            description: self.description,
            directory_id: self.directory_id.id().cloned(),
            customer_id: self.customer_id,
            requested_files: files.into_iter().map(file).collect(),
            completed_at: self.completed_at.map(|at| Atom::new(at, zone)),
            created_at: Atom::new(self.created_at, zone),
            links,
            due_at: self.due_at.map(|at| Atom::new(at, zone)),
        })
    }
}
