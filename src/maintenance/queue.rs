//! The server's part in the queue.

use jiff::SignedDuration;
use tokio_util::sync::CancellationToken;

use crate::events::{AppDelivery, Delivery, Sender};
use crate::guests::Writer;
use crate::jobs::{self, Registry, Schedule};
use crate::mail::{self, PostedMail};
use crate::objects::{Clamd, ObjectStore, RemoveObject, RemoveParts, ScanContent, Scanning};
use crate::resources;
use crate::server::WritingServer;
use crate::transfer::ImportContext;

/// The kinds of jobs that there are. A new one is a line here.
fn kinds(server: &WritingServer) -> Registry {
    let sender = Sender {
        db: server.db.clone(),
        keys: server.sealing_keys.clone(),
        client: server.outgoing.clone(),
        clock: server.clock.clone(),
    };
    let (db, clock) = (server.db.clone(), server.clock.clone());
    let imports = ImportContext { db, clock, quotas: server.config.quotas.clone() };
    let registry = Registry::default()
        .with::<PostedMail>(server.mailer.clone())
        .with::<Delivery>(sender.clone())
        .with::<AppDelivery>(sender)
        .with::<RemoveObject>((server.db.clone(), server.objects.clone()))
        .with::<RemoveParts>((server.db.clone(), server.objects.clone()));
    // Without a scanner, what others enqueued is left to those that have one.
    let registry = match &server.config.files.scanner {
        Some(address) => registry.with::<ScanContent>(Scanning {
            db: server.db.clone(),
            clock: server.clock.clone(),
            store: ObjectStore::clone(&server.objects),
            clamd: Clamd::new(address.clone()),
        }),
        None => registry,
    };
    resources::jobs(registry, &imports, &Writer::new(server))
}

/// Runs jobs until `stop` is cancelled.
pub async fn work_on_queue(server: WritingServer, stop: CancellationToken) {
    jobs::work(kinds(&server), server.db.clone(), server.clock.clone(), stop).await;
}

/// Enqueues mail that instances of an earlier version leave in their table, every minute until `stop`
/// is cancelled. It goes when the table does.
pub async fn enqueue_earlier_mail(server: WritingServer, stop: CancellationToken) {
    let every_minute = Schedule { name: "earlier-mail", every: SignedDuration::from_mins(1) };
    let (db, clock) = (server.db.clone(), server.clock.clone());
    every_minute.repeat(db, clock, stop, || enqueue_earlier(server.clone())).await;
}

async fn enqueue_earlier(server: WritingServer) {
    if let Err(error) = mail::enqueue_earlier(&server.db, server.clock.now()).await {
        tracing::error!(%error, "mail of an earlier version could not be enqueued");
    }
}
