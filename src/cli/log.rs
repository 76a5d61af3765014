//! The server's own log, on standard error.

use std::io::IsTerminal;

use tracing::{Level, Metadata};
use tracing_subscriber::filter::{EnvFilter, FilterExt, filter_fn};
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

/// Starts logging the events that `filter` lets through.
pub(super) fn start(filter: &str) {
    let layer = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_filter(EnvFilter::new(filter).and(filter_fn(is_without_secrets)));
    tracing_subscriber::registry().with(layer).init();
}

/// Whatever the filter says, other crates are logged at level INFO and above only: below it,
/// they log values of statements and the like, which can contain secrets.
fn is_without_secrets(event: &Metadata<'_>) -> bool {
    let target = event.target();
    let ours = target == "klantportaal" || target.starts_with("klantportaal::");
    ours || *event.level() <= Level::INFO
}
