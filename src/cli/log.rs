//! The server's own log, on standard error.

use std::io::IsTerminal;

use tracing::{Level, Metadata};
use tracing_subscriber::filter::{EnvFilter, FilterExt, filter_fn};
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

/// Begins to log what `filter` lets through.
pub(super) fn start(filter: &str) {
    let layer = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_filter(EnvFilter::new(filter).and(filter_fn(is_without_secrets)));
    tracing_subscriber::registry().with(layer).init();
}

/// Of other people's code only what an operator should know is logged, whatever the filter says:
/// below that it tells the values of statements and the like, with secrets among them.
fn is_without_secrets(event: &Metadata<'_>) -> bool {
    let target = event.target();
    let ours = target == "klantportaal" || target.starts_with("klantportaal::");
    ours || *event.level() <= Level::INFO
}
