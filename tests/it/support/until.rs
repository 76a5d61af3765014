//! Waiting for what comes about by itself.

use std::time::{Duration, Instant};

/// The longest that anything may take: far longer than it does on the slowest machine.
const LONGEST: Duration = Duration::from_secs(120);

/// Waits until something is so.
pub async fn until(what: &str, is_so: impl AsyncFn() -> bool) {
    let start = Instant::now();
    while !is_so().await {
        assert!(start.elapsed() < LONGEST, "never: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
