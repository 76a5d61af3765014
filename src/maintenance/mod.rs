//! Background maintenance: stores the usage of tokens, and deletes expired rows. Reads the mailbox of answers to
//! tickets. Also copies the contents of files to another place, for the operator.

mod clean_up;
mod clock_check;
mod copying;
mod objects;
mod queue;
mod reception;
mod steps;
mod ticket_mailbox;
mod verified;
mod webhooks;

pub use clean_up::CleanUp;
pub use clock_check::{ClockCheck, Implausible};
pub use copying::{CopyReport, copy_contents, remove_copied};
pub use objects::remove_orphans;
pub use queue::{enqueue_earlier_mail, work_on_queue};
pub use reception::{Arrival, ArrivedMail, Reception};
pub use steps::{Step, complete_search_index, run_steps};
pub use ticket_mailbox::{TicketMailbox, read_ticket_mailbox};
pub use verified::Verified;
pub use webhooks::tell_of_failing_webhooks;

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::server::WritingServer;

/// How often the usage of tokens is stored.
const USAGE_EVERY: Duration = Duration::from_secs(5);

/// Stores the usage of tokens every few seconds, until `stop` is cancelled.
pub async fn write_down_usage(server: WritingServer, stop: CancellationToken) {
    let mut due = tokio::time::interval(USAGE_EVERY);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = due.tick() => server.write_down_usage().await,
        }
    }
}

/// Cleans up every hour, until `stop` is cancelled, and stores this instance's own counts.
pub async fn clean_up_every_hour(server: WritingServer, stop: CancellationToken) {
    let mut clean_up = CleanUp::new(server.clone(), stop.clone());
    let mut wait = clean_up.first_wait().await;
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(wait) => {
                clean_up.run_if_plausible().await;
                server.record_unknown_log_ins().await;
            }
        }
        wait = clean_up::EVERY;
    }
}
