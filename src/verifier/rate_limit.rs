//! The contract's rate limit: a number of requests in any 60 seconds (a sliding window).
//!
//! The window counts per second, so it takes the same little memory for every limit. A request
//! counts until its whole second has left the window, which makes the window 60 to 61 seconds long:
//! never shorter than promised, and `Retry-After` is in whole seconds anyway.

const SECONDS: usize = 61;

/// The rate limit, for the response headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateStatus {
    /// Requests allowed in 60 seconds.
    pub limit: u32,
    /// Requests left now.
    pub remaining: u32,
    /// If the request is over the limit: seconds until the next one is allowed.
    pub retry_after: Option<u32>,
}

/// The requests of one key or token in the last minute.
#[derive(Debug)]
pub(super) struct RateWindow {
    /// Requests in each second of the monotonic clock; the second `s` is at `s % 61`.
    counts: [u32; SECONDS],
    /// The last second in which a request was counted.
    newest: i64,
    total: u32,
}

impl RateWindow {
    pub(super) const fn new() -> Self {
        Self { counts: [0; SECONDS], newest: 0, total: 0 }
    }

    fn place(second: i64) -> usize {
        second.rem_euclid(SECONDS as i64) as usize
    }

    /// Counts a request at `now` (seconds of the monotonic clock) if it is within the limit.
    pub(super) fn take(&mut self, now: i64, limit: u32) -> RateStatus {
        let now = now.max(self.newest);
        if now - self.newest >= SECONDS as i64 {
            self.counts = [0; SECONDS];
            self.total = 0;
        } else {
            for second in self.newest + 1..=now {
                self.total -= std::mem::take(&mut self.counts[Self::place(second)]);
            }
        }
        self.newest = now;
        if self.total < limit {
            self.total += 1;
            self.counts[Self::place(now)] += 1;
            return RateStatus { limit, remaining: limit - self.total, retry_after: None };
        }
        let oldest = (now - SECONDS as i64 + 1..=now)
            .find(|second| self.counts[Self::place(*second)] > 0)
            .unwrap_or(now);
        let retry_after = u32::try_from(oldest + SECONDS as i64 - now).unwrap_or(SECONDS as u32);
        RateStatus { limit, remaining: 0, retry_after: Some(retry_after) }
    }

    /// Whether nothing has been counted in the minute before `now`.
    pub(super) const fn is_idle(&self, now: i64) -> bool {
        now - self.newest >= SECONDS as i64
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_sixty_first_request_in_a_minute_waits_for_the_first_to_age() {
        let mut window = RateWindow::new();
        for index in 0..60 {
            let status = window.take(1000 + i64::from(index) / 10, 60);
            assert_eq!(status, RateStatus { limit: 60, remaining: 59 - index, retry_after: None });
        }
        assert_eq!(window.take(1006, 60).retry_after, Some(55));
        assert_eq!(window.take(1060, 60).retry_after, Some(1));
        assert_eq!(window.take(1061, 60).remaining, 9, "the ten of the first second have aged");
    }

    #[test]
    fn a_clock_that_goes_back_frees_nothing() {
        let mut window = RateWindow::new();
        assert_eq!(window.take(1000, 1).retry_after, None);
        assert!(window.take(900, 1).retry_after.is_some());
    }

    proptest! {
        #[test]
        fn no_sixty_seconds_ever_hold_more_than_the_limit(steps in prop::collection::vec(0i64..7, 1..300), limit in 1u32..20) {
            let (mut window, mut now, mut allowed) = (RateWindow::new(), 5_000, Vec::new());
            for step in steps {
                now += step;
                let status = window.take(now, limit);
                match status.retry_after {
                    None => allowed.push(now),
                    Some(wait) => prop_assert!((1..=61).contains(&wait)),
                }
                let recent = allowed.iter().filter(|at| now - **at < 60).count();
                prop_assert!(recent <= limit as usize);
            }
        }
    }
}
