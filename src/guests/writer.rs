//! What jobs need that write to people without an account.

use jiff::Timestamp;

use crate::accounts::{Portal, find_portal};
use crate::config::TicketAddress;
use crate::error::{Error, Result};
use crate::ids::PortalId;
use crate::jobs::Failure;
use crate::mail::Mail;
use crate::public_urls::Surface;
use crate::sealed::SealingKeys;
use crate::server::{Server, WritingServer};
use crate::tenant::Store;

/// Writes to people without an account, in the name of a portal.
#[derive(Clone)]
pub struct Writer(Server);

impl Writer {
    /// That of a server.
    pub fn new(server: &WritingServer) -> Self {
        Self(Server::clone(server))
    }

    /// The rows of a portal.
    pub fn store(&self, portal: &PortalId) -> Store {
        Store::open(self.0.db.clone(), portal.clone())
    }

    /// The portal, unless it was deleted.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn portal(&self, portal: &PortalId) -> Result<Option<Portal>> {
        match find_portal(&self.0.db, portal).await {
            Ok(portal) => Ok(Some(portal).filter(|portal| portal.deleted_at.is_none())),
            Err(Error::NotFound) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The URL of a page that people without an account open.
    pub fn page_url(&self, path: &str) -> String {
        self.0.sites.url(Surface::Manage, path)
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    /// The address that mails come from.
    pub fn address(&self) -> &str {
        self.0.mailer.address()
    }

    /// The keys that encrypt secrets that must be readable.
    pub fn keys(&self) -> &SealingKeys {
        &self.0.sealing_keys
    }

    /// The address to which people answer by mail, if they can.
    pub fn ticket_address(&self) -> Option<&TicketAddress> {
        self.0.config.ticket_address.as_ref()
    }

    /// The domain of the `Message-ID`s of what is written.
    pub fn mail_domain(&self) -> &str {
        self.0.mailer.domain()
    }

    /// Sends a mail, and waits until it is accepted.
    ///
    /// # Errors
    /// When it isn't.
    pub async fn deliver(&self, mail: &Mail) -> Result<(), Failure> {
        self.0.mailer.deliver(mail).await.map_err(Failure::from)
    }
}
