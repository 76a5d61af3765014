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
use crate::error::Error;
use crate::jobs::Schedule;
use crate::mail::{FetchedMail, ImapFault, ImapFolder};
use crate::resources::tickets::Receipt;
use crate::server::WritingServer;

/// How long a mail waits that can't be fetched, read, stored or marked, or whose ticket gets too many: it can be large.
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
    /// Until when the unseen mails wait that were tried, by their numbers.
    waiting: HashMap<u32, Timestamp>,
    /// Whether a mail of this pass couldn't be stored.
    fails_to_store: bool,
    faults: LastFault,
}

/// Why a pass ends before its end.
#[derive(Debug, thiserror::Error)]
enum Fault {
    #[error(transparent)]
    Mailbox(#[from] ImapFault),
    #[error("reading a mail takes too long")]
    Busy,
}

impl Fault {
    const fn remedy(&self) -> &'static str {
        match self {
            Self::Mailbox(fault) => fault.remedy(),
            Self::Busy => "restart the server if it doesn't end",
        }
    }
}

/// The kind of fault that came last; of those of the mailbox which one.
#[derive(Default)]
struct LastFault(Option<Option<Discriminant<ImapFault>>>);

impl LastFault {
    /// Notes a fault; whether it is of another kind than the last one.
    fn is_new(&mut self, fault: &Fault) -> bool {
        let kind = match fault {
            Fault::Mailbox(fault) => Some(discriminant(fault)),
            Fault::Busy => None,
        };
        self.0.replace(kind) != Some(kind)
    }
}

impl TicketMailbox {
    /// A mailbox that wasn't read yet.
    pub fn new(server: WritingServer, url: ImapUrl) -> Self {
        let reading = Arc::new(Semaphore::new(1));
        let (waiting, faults) = (HashMap::new(), LastFault::default());
        Self { server, url, reading, waiting, fails_to_store: false, faults }
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

    async fn read_all(&mut self) -> Result<(), Fault> {
        let mut folder = ImapFolder::open(&self.url).await?;
        let unseen = folder.unseen().await?;
        self.waiting.retain(|uid, _| unseen.binary_search(uid).is_ok());
        self.fails_to_store = false;
        let mut connections = 1;
        for uid in due(unseen, &self.waiting, self.server.clock.now()) {
            match self.read_one(&mut folder, uid).await {
                Err(Fault::Mailbox(fault)) if !fault.leaves_connection() => {
                    if connections == MOST_CONNECTIONS {
                        return Err(fault.into());
                    }
                    folder = ImapFolder::open(&self.url).await?;
                    connections += 1;
                }
                Err(Fault::Busy) => {
                    folder.close().await;
                    return Err(Fault::Busy);
                }
                Ok(()) | Err(Fault::Mailbox(_)) => {}
            }
        }
        folder.close().await;
        Ok(())
    }

    async fn read_one(&mut self, folder: &mut ImapFolder, uid: u32) -> Result<(), Fault> {
        let fetched = folder.fetch(uid).await.inspect_err(|fault| {
            tracing::warn!(%fault, uid, "a mail in the mailbox of answers could not be read; it is tried again in ten minutes");
            self.wait(uid);
        });
        let Some(mail) = fetched? else { return Ok(()) };
        if self.take(uid, mail).await? {
            folder.mark_seen(uid).await.inspect_err(|fault| {
                tracing::warn!(%fault, uid, "a mail in the mailbox of answers was taken, but could not be marked as read; it is tried again in ten minutes");
                self.wait(uid);
            })?;
        }
        Ok(())
    }

    /// Takes a mail; whether that is done, so that it can be marked.
    async fn take(&mut self, uid: u32, mail: FetchedMail) -> Result<bool, Fault> {
        let server = &self.server;
        let reception = Reception {
            db: &server.db,
            keys: &server.sealing_keys,
            objects: &server.objects,
            quotas: &server.config.quotas,
            reading: Arc::clone(&self.reading),
        };
        let FetchedMail { raw, is_whole } = mail;
        let arrived = ArrivedMail { raw, is_whole, recipient: None, sender: None };
        let taking = AssertUnwindSafe(reception.take(arrived, server.clock.now()));
        let Ok(taken) = taking.catch_unwind().await else {
            tracing::error!(uid, "an answer to a ticket could not be read; it stays unseen");
            self.wait(uid);
            return Ok(false);
        };
        match taken {
            Ok(Arrival::Busy) => return Err(Fault::Busy),
            Ok(Arrival::Ticket(_, Receipt::Later)) => {
                self.wait(uid);
                return Ok(false);
            }
            Ok(Arrival::NoTicket | Arrival::NotAMail) => {
                tracing::info!(uid, "a mail in the mailbox of answers leads to no ticket");
            }
            Ok(Arrival::Automatic(_) | Arrival::Ticket(..)) => {}
            Err(error) => {
                self.wait_for_store(uid, &error);
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn wait(&mut self, uid: u32) {
        self.waiting.insert(uid, self.server.clock.now() + WAIT);
    }

    /// What couldn't be stored is tried in the next pass, and waits if it fails again.
    fn wait_for_store(&mut self, uid: u32, error: &Error) {
        if std::mem::replace(&mut self.fails_to_store, true) {
            tracing::debug!(%error, uid, "another answer to a ticket could not be stored");
        } else {
            tracing::error!(%error, uid, "an answer to a ticket could not be stored; it is read again");
        }
        if self.waiting.contains_key(&uid) {
            self.wait(uid);
        } else {
            self.waiting.insert(uid, self.server.clock.now());
        }
    }
}

/// The mails that wait no longer. Those that waited come last: they may end the connection again, and many of them
/// can be for one ticket.
fn due(mut unseen: Vec<u32>, waiting: &HashMap<u32, Timestamp>, now: Timestamp) -> Vec<u32> {
    unseen.retain(|uid| waiting.get(uid).is_none_or(|until| *until <= now));
    unseen.sort_by_key(|uid| waiting.contains_key(uid));
    unseen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_logged_once_until_another_comes() {
        let log_in = |text: &str| Fault::Mailbox(ImapFault::LogIn(text.to_owned()));
        let silent = Fault::Mailbox(ImapFault::Silent);
        let mut faults = LastFault::default();
        let new = [
            (log_in("session 1"), true),
            (log_in("session 2"), false),
            (silent, true),
            (log_in("session 3"), true),
            (Fault::Busy, true),
            (Fault::Busy, false),
            (log_in("session 4"), true),
        ];
        for (fault, expected) in new {
            assert_eq!(faults.is_new(&fault), expected, "{fault}");
        }
    }

    #[test]
    fn mails_that_waited_come_after_all_others() {
        let now = Timestamp::UNIX_EPOCH;
        let waiting = HashMap::from([(1, now), (2, now + WAIT), (4, now - WAIT)]);
        assert_eq!(due(vec![1, 2, 3, 4, 5], &waiting, now), [3, 5, 1, 4]);
    }
}
