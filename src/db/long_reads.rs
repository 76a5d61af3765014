//! Reads that can be slow: searches, deep pages, exports. They don't run on the threads that serve
//! requests, and no portal can take up all slots.
//!
//! On SQLite they run on threads of their own, on PostgreSQL on pooled connections; either way
//! there are as many slots as the machine can use, and each portal can have half of them. Waiting
//! reads are served in order of arrival: first among the portal's own, then among all.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::DbError;

/// The maximum number of a portal's reads that wait for a slot.
const MOST_WAITING: usize = 64;

/// The slots of this process, whose threads and processors are shared by all databases.
static PLACES: LazyLock<Places> = LazyLock::new(|| {
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    Places::new(cores.clamp(2, 8))
});

struct Places {
    all: Arc<Semaphore>,
    for_each: usize,
    owners: Arc<Mutex<HashMap<String, Owner>>>,
}

/// The slots of a portal with reads in progress or waiting.
struct Owner {
    free: Arc<Semaphore>,
    readers: usize,
}

/// A slot, released when dropped.
pub(super) struct Place {
    _own: OwnedSemaphorePermit,
    _of_all: OwnedSemaphorePermit,
    _turn: Turn,
}

/// Counts a read in progress or waiting for an owner.
struct Turn {
    owner: String,
    owners: Arc<Mutex<HashMap<String, Owner>>>,
}

/// Takes a slot for a portal's read, when it is its turn.
///
/// # Errors
/// [`DbError::TooManyReads`] when too many of the portal's reads are already waiting.
pub(super) async fn place(owner: &str) -> Result<Place, DbError> {
    PLACES.take(owner).await
}

impl Places {
    fn new(count: usize) -> Self {
        let all = Arc::new(Semaphore::new(count));
        Self { all, for_each: (count / 2).max(1), owners: Arc::default() }
    }

    async fn take(&self, owner: &str) -> Result<Place, DbError> {
        let (turn, free) = self.turn(owner)?;
        let closed = |_| DbError::TooManyReads;
        let own = free.acquire_owned().await.map_err(closed)?;
        let of_all = Arc::clone(&self.all).acquire_owned().await.map_err(closed)?;
        Ok(Place { _own: own, _of_all: of_all, _turn: turn })
    }

    fn turn(&self, owner: &str) -> Result<(Turn, Arc<Semaphore>), DbError> {
        let mut owners = self.owners.lock().unwrap_or_else(PoisonError::into_inner);
        let known = owners
            .entry(owner.to_owned())
            .or_insert_with(|| Owner { free: Arc::new(Semaphore::new(self.for_each)), readers: 0 });
        if known.readers >= self.for_each + MOST_WAITING {
            return Err(DbError::TooManyReads);
        }
        known.readers += 1;
        let turn = Turn { owner: owner.to_owned(), owners: Arc::clone(&self.owners) };
        Ok((turn, Arc::clone(&known.free)))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut owners = self.owners.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = owners.get_mut(&self.owner) {
            known.readers -= 1;
            if known.readers == 0 {
                owners.remove(&self.owner);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[tokio::test]
    async fn a_portal_leaves_half_of_the_places_to_others() {
        let places = Places::new(4);
        let first = places.take("a").await.unwrap();
        let _second = places.take("a").await.unwrap();
        let mut third = Box::pin(places.take("a"));
        assert!((&mut third).now_or_never().is_none(), "a portal has two of four");
        let _other = places.take("b").now_or_never().expect("another has its own").unwrap();
        drop(first);
        third.await.unwrap();
    }

    #[tokio::test]
    async fn too_many_that_wait_are_refused_and_forgotten_when_they_go() {
        let places = Places::new(2);
        let taken = places.take("a").await.unwrap();
        let mut waiting: Vec<_> = (0..MOST_WAITING).map(|_| Box::pin(places.take("a"))).collect();
        let polled = waiting.iter_mut().map(|waiting| waiting.now_or_never().is_none());
        assert!(polled.collect::<Vec<_>>().into_iter().all(|waits| waits));
        assert!(matches!(places.take("a").await, Err(DbError::TooManyReads)));
        places.take("b").await.unwrap();
        // One gives up, and another takes its turn.
        waiting.pop();
        let mut late = Box::pin(places.take("a"));
        assert!((&mut late).now_or_never().is_none());
        drop(taken);
        for waiting in waiting.into_iter().chain([late]) {
            drop(waiting.await.unwrap());
        }
        assert!(places.owners.lock().unwrap().is_empty(), "nobody is remembered for nothing");
    }
}
