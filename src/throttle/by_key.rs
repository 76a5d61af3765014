//! Slows down repeated failures: allows a burst of failures, and then one each time that a share of
//! the window has passed. Nobody is locked out for longer than such a share, and successes are
//! never slowed down.
//!
//! It uses the monotonic clock, so setting the wall clock makes nobody wait longer. It is kept in
//! memory, per process, and its size is bounded whatever is sent.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

use jiff::SignedDuration;

use crate::clock::Clock;

/// Counts failures by a key, such as an address, an account or a client.
#[derive(Debug)]
pub struct Throttle<K> {
    clock: Clock,
    /// The window, in milliseconds.
    window: i64,
    /// How long a failure counts, in milliseconds: the window divided by the number of failures.
    share: i64,
    keys: Mutex<Keys<K>>,
}

/// For each key, when its failures expire (milliseconds of the monotonic clock). Keys that weren't
/// seen for long are dropped by generation: when the young generation is full, it becomes the old
/// one.
#[derive(Debug)]
struct Keys<K> {
    capacity: usize,
    young: HashMap<K, i64>,
    old: HashMap<K, i64>,
}

impl<K: Eq + Hash> Keys<K> {
    fn get(&self, key: &K) -> i64 {
        self.young.get(key).or_else(|| self.old.get(key)).copied().unwrap_or(i64::MIN)
    }

    fn set(&mut self, key: K, aged_at: i64) {
        if self.young.len() >= self.capacity && !self.young.contains_key(&key) {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, aged_at);
    }
}

impl<K: Eq + Hash> Throttle<K> {
    /// Allows `failures` (at least 1) per key in a `window`, and remembers between `capacity` and
    /// twice as many keys.
    pub fn new(clock: &Clock, failures: u32, window: SignedDuration, capacity: usize) -> Self {
        let window = i64::try_from(window.as_millis()).unwrap_or(i64::MAX / 4);
        let share = (window / i64::from(failures.max(1))).max(1);
        Self {
            clock: clock.clone(),
            window,
            share,
            keys: Mutex::new(Keys { capacity, young: HashMap::new(), old: HashMap::new() }),
        }
    }

    /// How many seconds the key has to wait before its next attempt; `None` if it can try now.
    pub fn wait(&self, key: &K) -> Option<u32> {
        self.wait_until(self.lock().get(key), self.now())
    }

    /// Counts a failure of the key.
    pub fn fail(&self, key: K) {
        let (mut keys, now) = (self.lock(), self.now());
        let aged_at = self.later(keys.get(&key), now);
        keys.set(key, aged_at);
    }

    /// Counts a failure in advance, for an attempt that takes long to verify, so that concurrent
    /// attempts can't all slip through. [`Throttle::forgive`] takes it back when the attempt
    /// succeeds.
    ///
    /// # Errors
    /// How many seconds the key has to wait; nothing is counted then.
    pub fn attempt(&self, key: K) -> Result<(), u32> {
        let (mut keys, now) = (self.lock(), self.now());
        let aged_at = keys.get(&key);
        if let Some(wait) = self.wait_until(aged_at, now) {
            return Err(wait);
        }
        let aged_at = self.later(aged_at, now);
        keys.set(key, aged_at);
        Ok(())
    }

    /// Takes back one failure of the key; earlier ones still count.
    pub fn forgive(&self, key: &K) {
        let mut keys = self.lock();
        let Keys { young, old, .. } = &mut *keys;
        if let Some(aged_at) = young.get_mut(key).or_else(|| old.get_mut(key)) {
            *aged_at -= self.share;
        }
    }

    fn now(&self) -> i64 {
        self.clock.monotonic().as_millis()
    }

    fn later(&self, aged_at: i64, now: i64) -> i64 {
        (aged_at.max(now) + self.share).min(now + self.window)
    }

    fn wait_until(&self, aged_at: i64, now: i64) -> Option<u32> {
        let wait = aged_at.saturating_add(self.share).saturating_sub(now + self.window);
        (wait > 0).then(|| u32::try_from((wait + 999) / 1000).unwrap_or(u32::MAX))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Keys<K>> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::*;

    fn five_in_a_minute() -> (Clock, Throttle<&'static str>) {
        let clock = Clock::stopped(Timestamp::UNIX_EPOCH);
        let throttle = Throttle::new(&clock, 5, SignedDuration::from_secs(60), 100);
        (clock, throttle)
    }

    #[test]
    fn the_sixth_try_waits_and_others_do_not() {
        let (clock, throttle) = five_in_a_minute();
        for _ in 0..5 {
            assert_eq!(throttle.wait(&"a"), None);
            throttle.fail("a");
        }
        let wait = throttle.wait(&"a").unwrap();
        assert_eq!(wait, 12, "a fifth of the minute");
        assert_eq!(throttle.wait(&"b"), None);
        clock.advance(SignedDuration::from_secs(wait.into()));
        assert_eq!(throttle.wait(&"a"), None, "whoever waits as long as told may try again");
        assert!(throttle.attempt("a").is_ok());
        assert!(throttle.attempt("a").is_err(), "but only once");
        clock.advance(SignedDuration::from_secs(60));
        assert_eq!(throttle.wait(&"a"), None);
    }

    #[test]
    fn a_wall_clock_that_is_set_changes_no_wait() {
        let (clock, throttle) = five_in_a_minute();
        let day = SignedDuration::from_hours(24);
        clock.set_wall_clock(day);
        for _ in 0..5 {
            throttle.fail("a");
        }
        clock.set_wall_clock(-day);
        assert_eq!(throttle.wait(&"a"), Some(12), "not for the day by which it was set back");
        clock.set_wall_clock(day);
        assert_eq!(throttle.wait(&"a"), Some(12), "and setting it ahead frees nothing");
    }

    #[test]
    fn what_is_forgiven_does_not_count_and_what_failed_before_does() {
        let (_, throttle) = five_in_a_minute();
        for _ in 0..4 {
            throttle.fail("a");
        }
        for _ in 0..100 {
            assert!(throttle.attempt("a").is_ok());
            throttle.forgive(&"a");
        }
        assert!(throttle.attempt("a").is_ok());
        assert!(throttle.attempt("a").is_err());
        throttle.forgive(&"unknown");
    }

    #[test]
    fn the_room_is_bounded_and_new_keys_push_out_old_ones() {
        let throttle: Throttle<u32> =
            Throttle::new(&Clock::default(), 1, SignedDuration::from_secs(60), 10);
        for key in 0..1000 {
            throttle.fail(key);
        }
        let keys = throttle.lock();
        assert!(keys.young.len() + keys.old.len() <= 20);
        drop(keys);
        assert!(throttle.wait(&999).is_some() && throttle.wait(&990).is_some());
        assert!(throttle.wait(&0).is_none());
    }

    #[test]
    fn failing_on_does_not_lengthen_the_wait() {
        let (_, throttle) = five_in_a_minute();
        for _ in 0..1000 {
            throttle.fail("a");
        }
        assert!(throttle.wait(&"a").unwrap() <= 12);
    }

    proptest! {
        #[test]
        fn no_window_holds_more_than_twice_the_failures(steps in prop::collection::vec(0i64..20, 1..300), failures in 1u32..10) {
            let clock = Clock::stopped(Timestamp::UNIX_EPOCH);
            let throttle = Throttle::new(&clock, failures, SignedDuration::from_secs(60), 10);
            let (mut now, mut allowed) = (0, Vec::new());
            for step in steps {
                clock.advance(SignedDuration::from_secs(step));
                now += step;
                if throttle.attempt(()).is_ok() {
                    allowed.push(now);
                }
                let recent = allowed.iter().filter(|at| now - **at < 60).count();
                prop_assert!(recent <= 2 * failures as usize);
            }
        }
    }
}
