//! What jobs need that write to people without an account.

use std::sync::Arc;

use jiff::Timestamp;

use super::mail_limits::GuestMailLimits;
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
pub struct Writer {
    server: Server,
    limits: Arc<GuestMailLimits>,
}

impl Writer {
    /// That of a server.
    pub fn new(server: &WritingServer) -> Self {
        let limits = Arc::new(GuestMailLimits::new(&server.clock));
        Self { server: Server::clone(server), limits }
    }

    /// The rows of a portal.
    pub fn store(&self, portal: &PortalId) -> Store {
        Store::open(self.server.db.clone(), portal.clone())
    }

    /// The portal, unless it was deleted or is a test portal: those mail nobody.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn portal(&self, portal: &PortalId) -> Result<Option<Portal>> {
        match find_portal(&self.server.db, portal).await {
            Ok(portal) => {
                let mails = portal.deleted_at.is_none() && !portal.is_sandbox;
                Ok(mails.then_some(portal))
            }
            Err(Error::NotFound) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The URL of a page that people without an account open.
    pub fn page_url(&self, path: &str) -> String {
        self.server.sites.url(Surface::Manage, path)
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        self.server.clock.now()
    }

    /// The address that mails come from.
    pub fn address(&self) -> &str {
        self.server.mailer.address()
    }

    /// The keys that encrypt secrets that must be readable.
    pub fn keys(&self) -> &SealingKeys {
        &self.server.sealing_keys
    }

    /// The address to which people answer by mail, if they can.
    pub fn ticket_address(&self) -> Option<&TicketAddress> {
        self.server.config.ticket_address.as_ref()
    }

    /// The domain of the `Message-ID`s of what is written.
    pub fn mail_domain(&self) -> &str {
        self.server.mailer.domain()
    }

    /// Sends a portal's mail, and waits until it is accepted.
    ///
    /// # Errors
    /// When it isn't, or has to wait because the portal or its reader has too many.
    pub async fn deliver(&self, portal: &PortalId, mail: &Mail) -> Result<(), Failure> {
        self.limits.count(portal, mail.recipient()).map_err(|seconds| {
            Failure::temporary(format!("too many mails within an hour: it waits for {seconds} s"))
        })?;
        self.server.mailer.deliver(mail).await.map_err(Failure::from)
    }
}
