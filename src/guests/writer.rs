//! What jobs need that write to people without an account.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::mail_limits::GuestMailLimits;
use crate::accounts::{Portal, find_portal};
use crate::config::TicketAddress;
use crate::error::{Result, found};
use crate::ids::PortalId;
use crate::jobs::{Failure, Kind};
use crate::mail::{Mail, retry};
use crate::objects::Objects;
use crate::public_urls::Surface;
use crate::sealed::SealingKeys;
use crate::server::{Server, WritingServer};
use crate::tenant::Store;

/// What jobs are like that write to people without an account. Of each portal at most `of_a_portal` run at
/// once in all processes together.
pub const fn mail_job(
    name: &'static str,
    (at_once, of_a_portal): (usize, u32),
    tried_for: SignedDuration,
) -> Kind {
    Kind {
        name,
        retry: retry(tried_for),
        at_once,
        at_once_per_lane: of_a_portal,
        shared_by_portals: true,
        time_limit: Duration::from_secs(300),
        keep: None,
    }
}

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
        let portal = found(find_portal(&self.server.db, portal).await)?;
        Ok(portal.filter(|portal| portal.deleted_at.is_none() && !portal.is_sandbox))
    }

    /// The URL of a page that people without an account open.
    pub fn page_url(&self, path: &str) -> String {
        self.server.public_urls.url(Surface::Manage, path)
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        self.server.clock.now()
    }

    /// The address that mails come from.
    pub fn address(&self) -> &str {
        self.server.mailer.address()
    }

    /// The contents of stored files.
    pub fn objects(&self) -> &Objects {
        &self.server.objects
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

    /// Sends the mail that a job has made in the name of a portal, and waits until it is accepted. None is
    /// sent if the job found that there is nothing to say any more.
    ///
    /// # Errors
    /// When it could not be made or isn't accepted, or has to wait because the portal or its reader has too
    /// many.
    pub async fn deliver(
        &self,
        portal: &PortalId,
        made: Result<Option<Mail>>,
    ) -> Result<(), Failure> {
        let Some(mail) = made.map_err(Failure::temporary)? else { return Ok(()) };
        self.limits.count(portal, mail.recipient()).map_err(|seconds| {
            Failure::temporary(format!("too many mails within an hour: it waits for {seconds} s"))
        })?;
        self.server.mailer.deliver(&mail).await.map_err(Failure::from)
    }
}
