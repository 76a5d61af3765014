//! The model of a file share, and its representation in the API.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::Serialize;

use crate::auth::PasswordHash;
use crate::error::{Error, Message, Result};
use crate::fields::Fields;
use crate::http::schema::always_complete;
use crate::http::{Access, Link};
use crate::ids::{CustomerId, FileShareId};
use crate::public_links::PublicLink;
use crate::resources::files::{Entry, EntryId, EntryView};
use crate::sealed::SealingKeys;
use crate::time::Atom;
use crate::values::{DateTime, Ids, Optional, Text, body, row};

/// The most files and directories of a share.
pub(super) const MOST_ITEMS: usize = 100;

/// A password that visitors of a share enter.
pub type SharePassword = Text<100>;

/// The shortest one, in characters.
pub(super) const SHORTEST_PASSWORD: usize = 6;

body! {
    /// A new file share.
    FileShareCreate checked by FileShareCreate::check {
        /// Ids of 1 to 100 files (`fsf_`) and directories (`fsd_`). What is in a directory is shared with it, also what is added later
        content "content": Ids<EntryId> = ["fsf_abc12345def678"],
        /// Id of the customer, if it is shared with one
        customer_id "customerId": Optional<CustomerId> = "cst_abc12345def678",
        /// What visitors read above the files; without it, the name of the first one. An addition to the contract
        name "name": Optional<Text<200>> = "Offerte warmtepomp",
        /// When the link stops working: local time of the portal. An addition to the contract
        expires_at "expiresAt": Optional<DateTime> = "2026-12-31 23:59:59",
        /// A password of 6 to 100 characters that visitors enter. An addition to the contract
        password "password": Optional<SharePassword> = "vier-woorden-zijn-genoeg",
    }
}

impl FileShareCreate {
    fn check(&mut self, fields: &mut Fields) {
        let fault = match self.content.0.len() {
            0 => Some(Message::new("file_shares.nothing_chosen")),
            1..=MOST_ITEMS => None,
            _ => Some(Message::with("file_shares.too_much", MOST_ITEMS)),
        };
        if let Some(fault) = fault.filter(|_| !fields.errors().has("content")) {
            fields.fault("content", fault);
        }
        let is_short =
            |password: &SharePassword| password.as_str().chars().count() < SHORTEST_PASSWORD;
        if self.password.0.as_ref().is_some_and(is_short) && !fields.errors().has("password") {
            fields
                .fault("password", Message::with("file_shares.short_password", SHORTEST_PASSWORD));
        }
    }
}

row! {
    /// A file share, as stored.
    FileShare {
        /// Its id.
        id: FileShareId,
        /// What visitors read above the files.
        name: String,
        /// With whom it is shared, if that is a customer.
        customer_id: Option<CustomerId>,
        /// When its link stops working.
        expires_at: Option<Timestamp>,
        /// The hash of the password that visitors enter.
        password_hash: Option<PasswordHash>,
        /// How often a file was downloaded.
        downloads: i64,
        /// When that was the first time.
        first_downloaded_at: Option<Timestamp>,
        /// When it was created.
        created_at: Timestamp,
        /// The number of changes, plus one.
        revision: i64,
        /// The sealed secret of its link.
        link: Vec<u8> = "(SELECT l.secret FROM public_links l
             WHERE l.portal_id = c.portal_id AND l.row_id = c.id)",
        /// The member who is told of the first download, if somebody is.
        told: Option<String> = "(SELECT COALESCE(NULLIF(a.name, ''), a.email) FROM portal_members m
             JOIN accounts a ON a.id = m.account_id
             WHERE m.portal_id = c.portal_id AND m.account_id = c.told_account_id)",
        /// The name of the customer.
        customer_name: Option<String> = "(SELECT u.company_name FROM customers u
             WHERE u.portal_id = c.portal_id AND u.id = c.customer_id)",
    }
}

/// A file share in the API.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "FileShare", transform = always_complete)]
pub struct FileShareView {
    /// The file share's id
    id: FileShareId,
    /// Id of the customer, if it is shared with one
    shared_with_customer_id: Option<CustomerId>,
    /// The files and directories, as far as they are still there
    shared_content: Vec<EntryView>,
    /// When the file share was created, with the offset of the portal's time zone
    created_at: Atom,
    /// Where the customer and the shared files are
    links: FileShareLinks,
    /// What visitors read above the files. An addition to the contract
    #[schemars(example = &"Offerte warmtepomp")]
    name: String,
    /// When the link stops working; `null` if it works until the file share is deleted. An addition to
    /// the contract
    expires_at: Option<Atom>,
    /// Whether visitors enter a password. An addition to the contract
    has_password: bool,
    /// How often a file was downloaded from the page. An addition to the contract
    downloads: i64,
    /// When that was the first time. An addition to the contract
    first_downloaded_at: Option<Atom>,
}

/// The path of the page that visitors open with this secret.
pub(super) fn public_path(secret: &str) -> String {
    format!("/shares/{secret}")
}

/// The links of a file share.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct FileShareLinks {
    /// The customer, if it is shared with one
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Link", default)]
    customer: Option<Link>,
    /// The page with the files. Whoever has this link can open it, without an account
    public_share: Link,
}

impl FileShare {
    /// Whether its link stopped working.
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|end| end <= now)
    }

    /// The path of the page with the files.
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
    /// As [`FileShare::public_path`].
    pub(super) fn into_view<S>(
        self,
        access: &Access<S>,
        content: Vec<Entry>,
    ) -> Result<FileShareView> {
        let zone: &TimeZone = access.time_zone();
        let public = self.public_path(access.sealing_keys())?;
        let links = FileShareLinks {
            customer: self
                .customer_id
                .as_ref()
                .map(|id| Link::to_resource(access.resource_url(&format!("/customers/{id}")))),
            public_share: Link::to_page(access.page_url(&public)),
        };
        Ok(FileShareView {
            shared_with_customer_id: self.customer_id,
            shared_content: content.into_iter().map(|entry| entry.into_view(zone)).collect(),
            created_at: Atom::new(self.created_at, zone),
            links,
            expires_at: self.expires_at.map(|end| Atom::new(end, zone)),
            has_password: self.password_hash.is_some(),
            downloads: self.downloads,
            first_downloaded_at: self.first_downloaded_at.map(|at| Atom::new(at, zone)),
            id: self.id,
            name: self.name,
        })
    }
}
