//! What the server does beside its answers: it writes down what tokens were used for, and deletes
//! what is over.

mod clean_up;
mod clock_check;

pub use clean_up::CleanUp;
pub use clock_check::{ClockCheck, Implausible};

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::server::WritingServer;

/// How often it is written down what tokens were used for.
const USAGE_EVERY: Duration = Duration::from_secs(5);

/// Writes down every few seconds what tokens were used for, until `stop` is cancelled.
pub async fn write_down_usage(server: WritingServer, stop: CancellationToken) {
    let mut due = tokio::time::interval(USAGE_EVERY);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = due.tick() => server.write_down_usage().await,
        }
    }
}

/// Cleans up every hour, until `stop` is cancelled; and writes down what only this instance counted.
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
