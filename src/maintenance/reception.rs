//! Takes answers to tickets, by whichever way their mails come in.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{Semaphore, oneshot};
use tokio::time::timeout;

use crate::accounts::{Portal, find_portal};
use crate::changes::Change;
use crate::db::WritingDb;
use crate::error::{self, Error, Result};
use crate::ids::{PortalId, TicketId};
use crate::mail::{Automatic, Content, IncomingFile, IncomingMail};
use crate::objects::Objects;
use crate::quotas::Quotas;
use crate::resources::tickets::{self, Receipt};
use crate::sealed::SealingKeys;
use crate::tenant::WritingStore;

/// How long the content of a mail is read, at most. What is encoded in a mail can make this long.
const READ_FOR: Duration = Duration::from_secs(30);

/// A mail as it arrives.
#[derive(Debug)]
pub struct ArrivedMail<'a> {
    /// Its text (RFC 5322), or the head of it.
    pub raw: Vec<u8>,
    /// Whether that is all of it. One that isn't is too large.
    pub is_whole: bool,
    /// The address that it is for, if that is known.
    pub recipient: Option<&'a str>,
    /// The address that bounces go to, if that is known; empty for a bounce.
    pub sender: Option<&'a str>,
}

/// What became of a mail.
#[derive(Debug)]
pub enum Arrival {
    /// It isn't a mail with a sender.
    NotAMail,
    /// None of its addresses leads to a ticket.
    NoTicket,
    /// It is the mail of a program, and was dropped.
    Automatic(Automatic),
    /// It came to a ticket.
    Ticket(TicketId, Receipt),
    /// Reading an earlier mail takes so long that this one wasn't read.
    Busy,
}

/// What takes mails.
pub struct Reception<'a> {
    /// The database.
    pub db: &'a WritingDb,
    /// The keys that made the addresses of tickets.
    pub keys: &'a SealingKeys,
    /// Where files go.
    pub objects: &'a Objects,
    /// What portals can have.
    pub quotas: &'a Quotas,
    /// Mails are read one after the other: reading one that takes too long goes on beside the server, and then
    /// the others wait for its end.
    pub reading: Arc<Semaphore>,
}

impl Reception<'_> {
    /// Takes a mail. One that arrives again changes nothing.
    ///
    /// # Errors
    /// When the database or the store of files fails; then it can be tried again.
    pub async fn take(&self, arrived: ArrivedMail<'_>, now: Timestamp) -> Result<Arrival> {
        let Some(mut mail) = IncomingMail::parse_head(&arrived.raw) else {
            return Ok(Arrival::NotAMail);
        };
        let bounce = arrived.sender.filter(|sender| sender.is_empty()).map(|_| Automatic::Bounce);
        let automatic = mail.automatic.or(bounce);
        let recipient = arrived.recipient.map(str::to_owned);
        let recipients = recipient.as_ref().map_or(&mail.recipients[..], std::slice::from_ref);
        let Some((portal, ticket)) = self.ticket(recipients).await? else {
            return Ok(Arrival::NoTicket);
        };
        if let Some(automatic) = automatic {
            return Ok(Arrival::Automatic(automatic));
        }
        if arrived.is_whole {
            let Ok(Ok(turn)) = timeout(READ_FOR, Arc::clone(&self.reading).acquire_owned()).await
            else {
                return Ok(Arrival::Busy);
            };
            let (done, content) = oneshot::channel();
            std::thread::spawn(move || {
                drop(done.send(IncomingMail::read_content(&arrived.raw)));
                drop(turn);
            });
            (mail.content, mail.files) = within_time(content).await;
        }
        match self.add(&portal, &ticket, (mail, arrived.sender), now).await {
            Ok(receipt) => Ok(Arrival::Ticket(ticket, receipt)),
            Err(Error::NotFound) => Ok(Arrival::NoTicket),
            Err(error) => Err(error),
        }
    }

    /// The ticket that one of the addresses leads to, and its portal.
    async fn ticket(&self, recipients: &[String]) -> Result<Option<(Portal, TicketId)>> {
        let found: Option<(PortalId, TicketId)> =
            recipients.iter().find_map(|address| tickets::ticket_of(self.keys, address));
        let Some((portal, ticket)) = found else { return Ok(None) };
        let portal = error::found(find_portal(self.db, &portal).await)?;
        Ok(portal.filter(|portal| portal.deleted_at.is_none()).map(|portal| (portal, ticket)))
    }

    async fn add(
        &self,
        portal: &Portal,
        ticket: &TicketId,
        (mut mail, sender): (IncomingMail, Option<&str>),
        now: Timestamp,
    ) -> Result<Receipt> {
        let zone = portal.zone();
        let sent = mail.files.as_mut().map(std::mem::take).unwrap_or_default();
        let files = tickets::store(self.objects, &portal.id, sent).await?;
        let author = tickets::author(ticket, &mail);
        let change = Change { author, caller: None, now, zone: &zone };
        let mut tx = WritingStore::open(self.db.clone(), portal.id.clone()).begin().await?;
        let receipt =
            tickets::receive(&mut tx, &change, self.quotas, ticket, (&mail, sender), files).await?;
        tx.commit().await?;
        Ok(receipt)
    }
}

type Read = (Content, Option<Vec<IncomingFile>>);

/// What is written in the mail, and its files; nothing of one that takes too long.
async fn within_time(content: oneshot::Receiver<Read>) -> Read {
    match timeout(READ_FOR, content).await {
        Ok(Ok(content)) => content,
        Ok(Err(_)) | Err(_) => (Content::Unread, Some(Vec::new())),
    }
}
