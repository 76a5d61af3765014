//! Reads the mailbox in which answers to tickets arrive.

use std::collections::HashMap;
use std::mem::{Discriminant, discriminant};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::{Mutex, Semaphore};
use tokio_util::sync::CancellationToken;

use super::reception::{Arrival, ArrivedMail, Reception};
use crate::config::ImapUrl;
use crate::jobs::Schedule;
use crate::mail::{ImapFault, ImapFolder};
use crate::resources::tickets::Receipt;
use crate::server::WritingServer;

/// How long a mail waits that can't be fetched or read, or whose ticket gets too many: it can be large.
const WAIT: SignedDuration = SignedDuration::from_mins(10);

/// How many connections are tried at a time when mails end them.
const MOST_CONNECTIONS: usize = 5;

/// Reads the mailbox of the settings every minute until `stop` is cancelled, if there is one.
pub async fn read_ticket_mailbox(server: WritingServer, stop: CancellationToken) {
    let Some(url) = server.config.imap_url.clone() else { return };
    let every_minute = Schedule { name: "ticket-mailbox", every: SignedDuration::from_mins(1) };
    let (db, clock) = (server.db.clone(), server.clock.clone());
    let mailbox = Arc::new(Mutex::new(TicketMailbox::new(server, url)));
    let read = async || mailbox.lock().await.read().await;
    // A mail that was taken and not marked is found again.
    let reading = every_minute.repeat(db, clock, stop.clone(), read);
    stop.run_until_cancelled(reading).await;
}

/// The mailbox, and what went wrong with it.
pub struct TicketMailbox {
    server: WritingServer,
    url: ImapUrl,
    reading: Arc<Semaphore>,
    /// The unseen mails that were tried, by their numbers.
    waiting: HashMap<u32, Wait>,
    faults: LastFault,
}

/// Why a mail waits, and until when.
#[derive(Debug, Clone, Copy)]
struct Wait {
    until: Timestamp,
    /// It can't be fetched or read. Then it is tried after the others, as it may end the connection again.
    is_broken: bool,
}

/// The kind of fault that the server had last.
#[derive(Default)]
struct LastFault(Option<Discriminant<ImapFault>>);

impl LastFault {
    /// Notes a fault; whether it is of another kind than the last one.
    fn is_new(&mut self, fault: &ImapFault) -> bool {
        self.0.replace(discriminant(fault)) != Some(discriminant(fault))
    }
}

impl TicketMailbox {
    /// A mailbox that wasn't read yet.
    pub fn new(server: WritingServer, url: ImapUrl) -> Self {
        let reading = Arc::new(Semaphore::new(1));
        Self { server, url, reading, waiting: HashMap::new(), faults: LastFault::default() }
    }

    /// Takes all unseen mails. What goes wrong with the server is logged once.
    pub async fn read(&mut self) {
        match self.read_all().await {
            Ok(()) => {
                if self.faults.0.take().is_some() {
                    tracing::info!("answers to tickets are read again");
                }
            }
            Err(fault) => {
                if self.faults.is_new(&fault) {
                    tracing::error!(
                        "{fault}; {}; until then answers to tickets stay in the mailbox",
                        fault.remedy()
                    );
                }
            }
        }
    }

    async fn read_all(&mut self) -> Result<(), ImapFault> {
        let mut folder = ImapFolder::open(&self.url).await?;
        let mut unseen = folder.unseen().await?;
        let now = self.server.clock.now();
        self.waiting.retain(|uid, _| unseen.binary_search(uid).is_ok());
        unseen.sort_by_key(|uid| self.waiting.get(uid).is_some_and(|wait| wait.is_broken));
        let mut connections = 1;
        for uid in unseen {
            if self.waiting.get(&uid).is_some_and(|wait| wait.until > now) {
                continue;
            }
            let Err(fault) = self.read_one(&mut folder, uid).await else { continue };
            tracing::warn!(%fault, uid, "a mail in the mailbox of answers could not be read; it is tried again in ten minutes");
            self.waiting.insert(uid, Wait { until: now + WAIT, is_broken: true });
            if !fault.leaves_connection() {
                if connections == MOST_CONNECTIONS {
                    return Err(fault);
                }
                folder = ImapFolder::open(&self.url).await?;
                connections += 1;
            }
        }
        folder.close().await;
        Ok(())
    }

    async fn read_one(&mut self, folder: &mut ImapFolder, uid: u32) -> Result<(), ImapFault> {
        let Some(mail) = folder.fetch(uid).await? else { return Ok(()) };
        let server = &self.server;
        let reception = Reception {
            db: &server.db,
            keys: &server.sealing_keys,
            objects: &server.objects,
            quotas: &server.config.quotas,
            reading: Arc::clone(&self.reading),
        };
        let arrived =
            ArrivedMail { raw: mail.raw, is_whole: mail.is_whole, recipient: None, sender: None };
        let now = server.clock.now();
        let until = now + WAIT;
        let Ok(taken) = AssertUnwindSafe(reception.take(arrived, now)).catch_unwind().await else {
            tracing::error!(uid, "an answer to a ticket could not be read; it stays unseen");
            self.waiting.insert(uid, Wait { until, is_broken: true });
            return Ok(());
        };
        match taken {
            Ok(Arrival::Ticket(_, Receipt::Later)) => {
                self.waiting.insert(uid, Wait { until, is_broken: false });
                return Ok(());
            }
            Ok(Arrival::NoTicket | Arrival::NotAMail) => {
                tracing::info!(uid, "a mail in the mailbox of answers leads to no ticket");
            }
            Ok(Arrival::Automatic(_) | Arrival::Ticket(..)) => {}
            Err(error) => {
                tracing::error!(%error, uid, "an answer to a ticket could not be stored; it is read again");
                return Ok(());
            }
        }
        folder.mark_seen(uid).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_logged_once_until_another_comes() {
        let log_in = |text: &str| ImapFault::LogIn(text.to_owned());
        let mut faults = LastFault::default();
        let new =
            [log_in("session 1"), log_in("session 2"), ImapFault::Silent, log_in("session 3")]
                .map(|fault| faults.is_new(&fault));
        assert_eq!(new, [true, false, true, true]);
    }
}
