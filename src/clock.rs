//! Time as a value that is passed in, so that a test can move it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};

/// Tells the time; clones tell the same.
#[derive(Debug, Clone, Default)]
pub struct Clock {
    ahead_by_millis: Arc<AtomicI64>,
}

impl Clock {
    /// The present moment, to the millisecond (what the database keeps).
    pub fn now(&self) -> Timestamp {
        let now = Timestamp::now().as_millisecond() + self.ahead_by_millis.load(Ordering::Relaxed);
        Timestamp::from_millisecond(now).unwrap_or(Timestamp::MAX)
    }

    /// Moves this clock and its clones ahead of the machine's.
    pub fn advance(&self, by: SignedDuration) {
        let millis = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        self.ahead_by_millis.fetch_add(millis, Ordering::Relaxed);
    }
}
