//! Time as a value that is passed in, so that a test can move it.
//!
//! There are two kinds, and two types. [`Timestamp`] is the time of the wall clock: it is stored,
//! shown and compared with stored times, and it jumps when somebody sets the clock.
//! [`MonotonicTime`] only measures durations; limits use it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Instant;

use jiff::{SignedDuration, Timestamp};

/// The clock; clones share it.
#[derive(Debug, Clone, Default)]
pub struct Clock(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    source: Source,
    wall_ahead_by_millis: AtomicI64,
    monotonic_ahead_by_millis: AtomicI64,
}

/// The source of the time, without the offset that tests add.
#[derive(Debug)]
enum Source {
    /// The system's two clocks; the monotonic one starts here.
    Machine(Instant),
    /// Stands still.
    Stopped(Timestamp),
}

impl Default for Inner {
    fn default() -> Self {
        Self::new(Source::Machine(Instant::now()))
    }
}

impl Inner {
    const fn new(source: Source) -> Self {
        Self {
            source,
            wall_ahead_by_millis: AtomicI64::new(0),
            monotonic_ahead_by_millis: AtomicI64::new(0),
        }
    }
}

/// A time of the monotonic clock, in milliseconds since the process created its [`Clock`]. It never
/// goes back or jumps, whatever happens to the wall clock. It has no meaning in another process, so
/// it is never stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct MonotonicTime(i64);

impl MonotonicTime {
    /// Milliseconds since the clock was created.
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since the clock was created.
    pub const fn as_secs(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// The time since an earlier time.
    pub const fn since(self, earlier: Self) -> SignedDuration {
        SignedDuration::from_millis(self.0 - earlier.0)
    }
}

impl Clock {
    /// A clock that stands still at `now` until it is moved.
    pub fn stopped(now: Timestamp) -> Self {
        Self(Arc::new(Inner::new(Source::Stopped(now))))
    }

    /// The time of the wall clock, to the millisecond (the precision of the database).
    pub fn now(&self) -> Timestamp {
        let now = match self.0.source {
            Source::Machine(_) => Timestamp::now(),
            Source::Stopped(now) => now,
        };
        let ahead = self.0.wall_ahead_by_millis.load(Ordering::Relaxed);
        Timestamp::from_millisecond(now.as_millisecond().saturating_add(ahead))
            .unwrap_or(Timestamp::MAX)
    }

    /// The current time of the monotonic clock.
    pub fn monotonic(&self) -> MonotonicTime {
        let elapsed = match self.0.source {
            Source::Machine(start) => {
                i64::try_from(start.elapsed().as_millis()).unwrap_or(i64::MAX / 2)
            }
            Source::Stopped(_) => 0,
        };
        MonotonicTime(elapsed + self.0.monotonic_ahead_by_millis.load(Ordering::Relaxed))
    }

    /// Lets time pass: moves this clock and its clones ahead.
    pub fn advance(&self, by: SignedDuration) {
        self.set_wall_clock(by);
        self.0.monotonic_ahead_by_millis.fetch_add(millis(by), Ordering::Relaxed);
    }

    /// Sets the wall clock ahead or back, like an administrator or a time server; no time passes.
    pub fn set_wall_clock(&self, by: SignedDuration) {
        self.0.wall_ahead_by_millis.fetch_add(millis(by), Ordering::Relaxed);
    }
}

/// The allowed difference between the wall clocks of two instances.
pub const SKEW: SignedDuration = SignedDuration::from_mins(1);

/// A stored time, as read at `now`. One in the future was stored while the wall clock was ahead, so
/// its real time is unknown, and it is treated as long ago.
pub fn not_in_future(written: Timestamp, now: Timestamp) -> Timestamp {
    if written <= now + SKEW { written } else { Timestamp::UNIX_EPOCH }
}

fn millis(duration: SignedDuration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX / 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_in_the_future_counts_as_long_ago() {
        let now: Timestamp = "2026-11-26T12:00:00Z".parse().unwrap();
        for seconds in [-86_400, 0, 60] {
            let written = now + SignedDuration::from_secs(seconds);
            assert_eq!(not_in_future(written, now), written);
        }
        let ahead = now + SignedDuration::from_secs(61);
        assert_eq!(not_in_future(ahead, now), Timestamp::UNIX_EPOCH);
    }

    #[test]
    fn time_that_passes_moves_both_clocks_and_setting_the_wall_clock_moves_one() {
        let clock = Clock::stopped(Timestamp::UNIX_EPOCH);
        let (begun, hour) = (clock.monotonic(), SignedDuration::from_hours(1));
        clock.advance(hour);
        assert_eq!(clock.now(), Timestamp::UNIX_EPOCH + hour);
        assert_eq!(clock.monotonic().since(begun), hour);
        clock.set_wall_clock(-hour);
        assert_eq!(clock.now(), Timestamp::UNIX_EPOCH);
        assert_eq!(clock.clone().monotonic().since(begun), hour);
    }
}
