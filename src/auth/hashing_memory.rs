//! The memory that passwords are hashed in: 19 MiB for each that is hashed at the same time. It is kept for the next,
//! as an allocator with a heap for each thread would keep a multiple of it, and no more are hashed at a time than
//! there are processors: a burst of log-ins waits for its turn instead of taking all memory.

use std::sync::{LazyLock, Mutex, PoisonError};

use argon2::Block;
use tokio::sync::Semaphore;

static PLACES: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(places()));

static SPARE: Mutex<Vec<Vec<Block>>> = Mutex::new(Vec::new());

fn places() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Does such work away from the async threads, once there is room. The memory is empty or as the last work left it.
pub(super) async fn with_memory<T: Send + 'static>(work: impl FnOnce(&mut Vec<Block>) -> T + Send + 'static) -> T {
    // Nobody closes it. The place is given back by the work's own end, also when nobody waits for it any more.
    let place = PLACES.acquire().await;
    let done = tokio::task::spawn_blocking(move || {
        let mut memory = SPARE.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default();
        let value = work(&mut memory);
        SPARE.lock().unwrap_or_else(PoisonError::into_inner).push(memory);
        drop(place);
        value
    });
    match done.await {
        Ok(value) => value,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn no_more_work_at_a_time_than_there_are_processors() {
        let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let work = (0..4 * places()).map(|_| {
            let (now, most) = (Arc::clone(&now), Arc::clone(&most));
            tokio::spawn(with_memory(move |_| {
                most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                std::thread::sleep(Duration::from_millis(5));
                now.fetch_sub(1, Ordering::SeqCst);
            }))
        });
        for done in work.collect::<Vec<_>>() {
            done.await.unwrap();
        }
        assert!((1..=places()).contains(&most.load(Ordering::SeqCst)));
        assert!(SPARE.lock().unwrap().len() <= places());
    }
}
