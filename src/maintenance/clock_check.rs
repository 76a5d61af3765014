//! Checks whether the wall clock is plausible before anything is deleted.

use jiff::{SignedDuration, Timestamp};

use crate::clock::MonotonicTime;

/// How far the wall clock can be ahead of the expected time.
const LEEWAY: SignedDuration = SignedDuration::from_hours(2);

/// Compares the wall clock with the elapsed time. A wall clock that is far ahead is accepted once a
/// second check confirms it, with as much time elapsed as on the monotonic clock. One that went
/// back is accepted at once, because an earlier time deletes less.
#[derive(Debug, Default)]
pub struct ClockCheck {
    last: Option<Look>,
}

#[derive(Debug, Clone, Copy)]
struct Look {
    wall: Timestamp,
    at: MonotonicTime,
}

/// A wall clock that isn't accepted yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Implausible {
    /// How far it is ahead of the expected time.
    pub ahead: SignedDuration,
}

impl ClockCheck {
    /// Checks the wall clock, which shows `wall` at the monotonic time `at`. The first check of a
    /// process compares it with the newest time `known` to have passed.
    ///
    /// # Errors
    /// [`Implausible`], once: the next check is compared with this one.
    pub fn look(
        &mut self,
        wall: Timestamp,
        at: MonotonicTime,
        known: Option<Timestamp>,
    ) -> Result<(), Implausible> {
        let expected = match self.last.replace(Look { wall, at }) {
            Some(last) => last.wall.saturating_add(at.since(last.at)).unwrap_or(last.wall),
            None => known.unwrap_or(wall),
        };
        let ahead = wall.duration_since(expected);
        if ahead <= LEEWAY { Ok(()) } else { Err(Implausible { ahead }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;

    const HOUR: SignedDuration = SignedDuration::from_hours(1);
    const YEAR: SignedDuration = SignedDuration::from_hours(365 * 24);

    fn start() -> (Clock, ClockCheck) {
        (Clock::stopped("2026-11-26T12:00:00Z".parse().unwrap()), ClockCheck::default())
    }

    fn look(check: &mut ClockCheck, clock: &Clock) -> Result<(), Implausible> {
        check.look(clock.now(), clock.monotonic(), None)
    }

    #[test]
    fn a_jump_ahead_is_believed_at_the_second_look() {
        let (clock, mut check) = start();
        for _ in 0..2 {
            assert_eq!(look(&mut check, &clock), Ok(()));
            clock.advance(HOUR);
        }
        clock.set_wall_clock(YEAR);
        assert_eq!(look(&mut check, &clock), Err(Implausible { ahead: YEAR }));
        clock.advance(HOUR);
        assert_eq!(look(&mut check, &clock), Ok(()));
    }

    #[test]
    fn a_jump_that_is_undone_is_never_believed() {
        let (clock, mut check) = start();
        assert_eq!(look(&mut check, &clock), Ok(()));
        clock.set_wall_clock(YEAR);
        assert!(look(&mut check, &clock).is_err());
        clock.set_wall_clock(-YEAR);
        clock.advance(HOUR);
        assert_eq!(look(&mut check, &clock), Ok(()), "back where it should be");
        clock.set_wall_clock(YEAR);
        assert!(look(&mut check, &clock).is_err());
        clock.set_wall_clock(YEAR);
        assert!(look(&mut check, &clock).is_err(), "another jump is another one");
    }

    #[test]
    fn the_first_look_compares_with_what_is_known() {
        let (clock, _) = start();
        let first = |known| ClockCheck::default().look(clock.now(), clock.monotonic(), known);
        assert_eq!(first(None), Ok(()), "nothing is kept yet");
        assert_eq!(first(Some(clock.now() - HOUR)), Ok(()));
        assert_eq!(first(Some(clock.now() + YEAR)), Ok(()));
        assert_eq!(first(Some(clock.now() - YEAR)), Err(Implausible { ahead: YEAR }));
    }
}
