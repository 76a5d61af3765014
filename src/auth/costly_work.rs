//! Work that keeps a processor busy: hashing passwords, and telling how well they hold out against
//! guessing. It is done away from the async threads, and no more of it at a time than there are
//! processors: a burst waits for its turn, while whatever else is asked is answered.

use std::sync::LazyLock;

use tokio::sync::Semaphore;

static PLACES: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(places()));

pub(super) fn places() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Does such work, once it is its turn.
pub(super) async fn in_turn<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    // Nobody closes it. The place is given back by the work's own end, also when nobody waits for
    // it any more.
    let place = PLACES.acquire().await;
    let done = tokio::task::spawn_blocking(move || {
        let value = work();
        drop(place);
        value
    });
    match done.await {
        Ok(value) => value,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use super::*;

    /// Asserts that something is not done while all places are taken, and is done once they are
    /// free; the thread that asks for it is free meanwhile.
    pub(in crate::auth) async fn assert_waits_for_its_turn<T>(work: impl Future<Output = T>) -> T {
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
        let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let work = (0..4 * places()).map(|_| {
            let (now, most) = (Arc::clone(&now), Arc::clone(&most));
            tokio::spawn(in_turn(move || {
                most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                std::thread::sleep(Duration::from_millis(5));
                now.fetch_sub(1, Ordering::SeqCst);
            }))
        });
        for done in work.collect::<Vec<_>>() {
            done.await.unwrap();
        }
        assert!((1..=places()).contains(&most.load(Ordering::SeqCst)));
    }
}
