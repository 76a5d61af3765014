//! When a failed job is tried again.

use jiff::SignedDuration;

/// How much a wait differs from its planned length at most, in parts of it, so that jobs that failed
/// together aren't all tried again together.
const JITTER: f64 = 0.25;

/// How long to wait after each failure, and when to give up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retry {
    /// The wait after the first failure.
    pub first: SignedDuration,
    /// By how much each wait is longer than the one before.
    pub factor: u32,
    /// The longest wait.
    pub longest: SignedDuration,
    /// How long after the first failure to give up.
    pub give_up_after: SignedDuration,
}

impl Retry {
    /// The wait after the given number of failures, the first of which was `failing_for` ago. `None` to
    /// give up; the last attempt is at the end of that time. `chance` is random, from 0 up to 1.
    pub fn wait(
        &self,
        failures: i64,
        failing_for: SignedDuration,
        chance: f64,
    ) -> Option<SignedDuration> {
        if failing_for >= self.give_up_after {
            return None;
        }
        let mut wait = self.first;
        for _ in 1..failures {
            if wait >= self.longest {
                break;
            }
            wait = wait.saturating_mul(i32::try_from(self.factor).unwrap_or(i32::MAX));
        }
        let jittered = wait.min(self.longest).mul_f64(1.0 - JITTER + 2.0 * JITTER * chance);
        Some(jittered.min(self.give_up_after - failing_for.max(SignedDuration::ZERO)))
    }

    /// The longest possible wait.
    pub(super) fn longest_wait(&self) -> SignedDuration {
        self.longest.max(self.first).mul_f64(1.0 + JITTER)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MINUTE: SignedDuration = SignedDuration::from_mins(1);
    const RETRY: Retry = Retry {
        first: MINUTE,
        factor: 5,
        longest: SignedDuration::from_hours(2),
        give_up_after: SignedDuration::from_hours(72),
    };

    #[test]
    fn waits_grow_up_to_the_longest() {
        let wait = |failures| RETRY.wait(failures, SignedDuration::ZERO, 0.5).unwrap();
        let minutes: Vec<i64> = (1..=5).map(|failures| wait(failures).as_mins()).collect();
        assert_eq!(minutes, [1, 5, 25, 120, 120]);
        assert_eq!(wait(i64::MAX).as_mins(), 120);
        assert_eq!(wait(0).as_mins(), 1);
    }

    #[test]
    fn the_last_attempt_is_when_the_time_is_over() {
        let end = RETRY.give_up_after;
        assert_eq!(RETRY.wait(40, end - MINUTE, 0.5), Some(MINUTE));
        assert_eq!(RETRY.wait(40, end, 0.5), None);
        assert_eq!(RETRY.wait(1, end * 2, 0.5), None);
        // The clock was set back since the first failure.
        assert_eq!(RETRY.wait(1, -end, 0.5), Some(MINUTE));
    }

    proptest! {
        #[test]
        fn each_wait_is_within_a_quarter_of_its_length(
            failures in 1_i64..60,
            chance in 0.0..1.0_f64,
            failing_for in 0_i64..72 * 3600,
        ) {
            let failing_for = SignedDuration::from_secs(failing_for);
            let planned = RETRY.wait(failures, SignedDuration::ZERO, 0.5).unwrap();
            let wait = RETRY.wait(failures, failing_for, chance).unwrap();
            let left = RETRY.give_up_after - failing_for;
            prop_assert!(wait >= planned.mul_f64(0.75).min(left) && wait <= planned.mul_f64(1.25));
            prop_assert!(wait <= left && wait <= RETRY.longest_wait());
        }

        #[test]
        fn whoever_always_fails_is_tried_for_three_days_and_then_given_up(seed in any::<u64>()) {
            let (mut failing_for, mut failures) = (SignedDuration::ZERO, 1);
            while let Some(wait) = RETRY.wait(failures, failing_for, (seed % 1000) as f64 / 1000.0) {
                prop_assert!(wait > SignedDuration::ZERO);
                (failing_for, failures) = (failing_for + wait, failures + 1);
                prop_assert!(failures < 200);
            }
            prop_assert_eq!(failing_for, RETRY.give_up_after);
            prop_assert!(failures >= 30, "{}", failures);
        }
    }
}
