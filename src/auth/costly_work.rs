//! CPU-bound work: hashing passwords and estimating their strength. It runs off the async threads,
//! with at most one task per processor: a burst waits for its turn while other requests are
//! answered.
//!
//! The queue is bounded. Known callers (a session, a browser that logged in before, a mailed link)
//! have their own line, so that strangers who fill theirs only turn away other strangers.

use std::sync::LazyLock;

use tokio::sync::Semaphore;

/// Waiting tasks per line and processor: about half a second of hashing.
const WAITING_PER_PROCESSOR: usize = 12;

/// When to try again, in seconds.
const RETRY_AFTER: u32 = 2;

static PLACES: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(places()));
static STRANGERS: LazyLock<Semaphore> = LazyLock::new(line);
static KNOWN: LazyLock<Semaphore> = LazyLock::new(line);

/// The line that a caller waits in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    /// Anybody.
    Strangers,
    /// Callers with something that only the account's owner has: a session, the cookie of a browser
    /// that logged in before, a mailed link.
    Known,
}

impl Line {
    fn places(self) -> &'static Semaphore {
        match self {
            Self::Strangers => &STRANGERS,
            Self::Known => &KNOWN,
        }
    }
}

/// The line is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many passwords wait to be hashed")]
pub struct Overloaded {
    /// When to try again, in seconds.
    pub retry_after: u32,
}

pub(super) fn places() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

fn line() -> Semaphore {
    Semaphore::new(places() * WAITING_PER_PROCESSOR)
}

/// Runs the work when it is its turn.
///
/// # Errors
/// When this line is full.
pub(super) async fn in_turn<T: Send + 'static>(
    line: Line,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Overloaded> {
    let Ok(waiting) = line.places().try_acquire() else {
        return Err(Overloaded { retry_after: RETRY_AFTER });
    };
    // The semaphore is never closed. The work itself releases its permit when it ends, even if
    // nobody waits for its result any more.
    let place = PLACES.acquire().await;
    let done = tokio::task::spawn_blocking(move || {
        let value = work();
        drop((place, waiting));
        value
    });
    match done.await {
        Ok(value) => Ok(value),
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use super::*;

    /// Serializes the tests that fill lines or take all permits.
    static ALONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

    /// Asserts that work doesn't run while all permits are taken, runs once they are free, and
    /// doesn't block the calling thread meanwhile.
    pub(in crate::auth) async fn assert_waits_for_its_turn<T>(work: impl Future<Output = T>) -> T {
        let _alone = ALONE.lock().await;
        let taken = PLACES.acquire_many(u32::try_from(places()).unwrap()).await.unwrap();
        let mut work = std::pin::pin!(work);
        assert!(
            tokio::time::timeout(Duration::from_millis(20), &mut work).await.is_err(),
            "it did not wait"
        );
        drop(taken);
        work.await
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn no_more_work_at_a_time_than_there_are_processors() {
        let _alone = ALONE.lock().await;
        let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let work = (0..4 * places()).map(|_| {
            let (now, most) = (Arc::clone(&now), Arc::clone(&most));
            tokio::spawn(in_turn(Line::Known, move || {
                most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                std::thread::sleep(Duration::from_millis(5));
                now.fetch_sub(1, Ordering::SeqCst);
            }))
        });
        for done in work.collect::<Vec<_>>() {
            done.await.unwrap().unwrap();
        }
        assert!((1..=places()).contains(&most.load(Ordering::SeqCst)));
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_full_line_turns_away_and_the_other_line_does_not() {
        let _alone = ALONE.lock().await;
        let taken = PLACES.acquire_many(u32::try_from(places()).unwrap()).await.unwrap();
        let most = places() * WAITING_PER_PROCESSOR;
        let waiting: Vec<_> =
            (0..most).map(|_| tokio::spawn(in_turn(Line::Strangers, || ()))).collect();
        while STRANGERS.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        let refused = in_turn(Line::Strangers, || ()).await;
        assert_eq!(refused, Err(Overloaded { retry_after: RETRY_AFTER }));
        let known = tokio::spawn(in_turn(Line::Known, || ()));
        drop(taken);
        known.await.unwrap().unwrap();
        for done in waiting {
            done.await.unwrap().unwrap();
        }
    }
}
