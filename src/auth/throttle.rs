//! Slows down whoever fails too often: so many failures at once, and from then on one each time
//! that a share of the window has passed. Nobody is locked out for longer than such a share, and
//! who succeeds is never slowed.
//!
//! It is kept in memory, for each process by itself, and takes a bounded room whatever is sent.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

/// Counts failures by a key, such as an address, an account or a client.
#[derive(Debug)]
pub struct Throttle<K> {
    /// The window, in milliseconds.
    window: i64,
    /// How long a failure weighs, in milliseconds: the window divided by the number of failures.
    share: i64,
    keys: Mutex<Keys<K>>,
}

/// For each key the moment (UNIX milliseconds) at which its failures will have aged. Keys that were
/// not seen for long are forgotten by generations: when the young one is full it becomes the old
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
    /// Allows `failures` (at least 1) of a key in a `window`, and remembers `capacity` to twice as
    /// many keys.
    pub fn new(failures: u32, window: SignedDuration, capacity: usize) -> Self {
        let window = i64::try_from(window.as_millis()).unwrap_or(i64::MAX / 4);
        let share = (window / i64::from(failures.max(1))).max(1);
        Self {
            window,
            share,
            keys: Mutex::new(Keys { capacity, young: HashMap::new(), old: HashMap::new() }),
        }
    }

    /// How many seconds the key has to wait before its next try; `None` when it may try at `now`.
    pub fn wait(&self, key: &K, now: Timestamp) -> Option<u32> {
        self.wait_until(self.lock().get(key), now.as_millisecond())
    }

    /// Counts a failure of the key at `now`.
    pub fn fail(&self, key: K, now: Timestamp) {
        let (mut keys, now) = (self.lock(), now.as_millisecond());
        let aged_at = self.later(keys.get(&key), now);
        keys.set(key, aged_at);
    }

    /// Counts a failure in advance, for a try whose outcome takes long to find out: tries at the
    /// same moment cannot all slip through. [`Throttle::forgive`] takes it back when the try
    /// succeeds.
    ///
    /// # Errors
    /// How many seconds the key has to wait; nothing is counted then.
    pub fn attempt(&self, key: K, now: Timestamp) -> Result<(), u32> {
        let (mut keys, now) = (self.lock(), now.as_millisecond());
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
    use proptest::prelude::*;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_000_000 + seconds).unwrap()
    }

    fn five_in_a_minute() -> Throttle<&'static str> {
        Throttle::new(5, SignedDuration::from_secs(60), 100)
    }

    #[test]
    fn the_sixth_try_waits_and_others_do_not() {
        let throttle = five_in_a_minute();
        for _ in 0..5 {
            assert_eq!(throttle.wait(&"a", at(0)), None);
            throttle.fail("a", at(0));
        }
        let wait = throttle.wait(&"a", at(0)).unwrap();
        assert_eq!(wait, 12, "a fifth of the minute");
        assert_eq!(throttle.wait(&"b", at(0)), None);
        assert_eq!(
            throttle.wait(&"a", at(wait.into())),
            None,
            "whoever waits as long as told may try again"
        );
        assert!(throttle.attempt("a", at(12)).is_ok());
        assert!(throttle.attempt("a", at(12)).is_err(), "but only once");
        assert_eq!(throttle.wait(&"a", at(12 + 60)), None);
    }

    #[test]
    fn what_is_forgiven_does_not_count_and_what_failed_before_does() {
        let throttle = five_in_a_minute();
        for _ in 0..4 {
            throttle.fail("a", at(0));
        }
        for _ in 0..100 {
            assert!(throttle.attempt("a", at(0)).is_ok());
            throttle.forgive(&"a");
        }
        assert!(throttle.attempt("a", at(0)).is_ok());
        assert!(throttle.attempt("a", at(0)).is_err());
        throttle.forgive(&"unknown");
    }

    #[test]
    fn the_room_is_bounded_and_new_keys_push_out_old_ones() {
        let throttle: Throttle<u32> = Throttle::new(1, SignedDuration::from_secs(60), 10);
        for key in 0..1000 {
            throttle.fail(key, at(0));
        }
        let keys = throttle.lock();
        assert!(keys.young.len() + keys.old.len() <= 20);
        drop(keys);
        assert!(throttle.wait(&999, at(0)).is_some() && throttle.wait(&990, at(0)).is_some());
        assert!(throttle.wait(&0, at(0)).is_none());
    }

    #[test]
    fn failing_on_does_not_lengthen_the_wait() {
        let throttle = five_in_a_minute();
        for _ in 0..1000 {
            throttle.fail("a", at(0));
        }
        assert!(throttle.wait(&"a", at(0)).unwrap() <= 12);
    }

    proptest! {
        #[test]
        fn no_window_holds_more_than_twice_the_failures(steps in prop::collection::vec(0i64..20, 1..300), failures in 1u32..10) {
            let throttle = Throttle::new(failures, SignedDuration::from_secs(60), 10);
            let (mut now, mut allowed) = (0, Vec::new());
            for step in steps {
                now += step;
                if throttle.attempt((), at(now)).is_ok() {
                    allowed.push(now);
                }
                let recent = allowed.iter().filter(|at| now - **at < 60).count();
                prop_assert!(recent <= 2 * failures as usize);
            }
        }
    }
}
