//! A task that holds a transaction must not ask for a second connection: with as many such tasks as
//! connections, all would deadlock. Debug builds, and so all tests, panic on it.

#[cfg(debug_assertions)]
use std::{
    collections::HashSet,
    sync::{LazyLock, Mutex, PoisonError},
};

#[cfg(debug_assertions)]
static HOLDING: LazyLock<Mutex<HashSet<tokio::task::Id>>> = LazyLock::new(Mutex::default);

/// Represents the one connection that a task can hold.
pub(super) struct Held {
    #[cfg(debug_assertions)]
    task: Option<tokio::task::Id>,
}

/// Call this before getting a connection.
///
/// # Panics
/// In debug builds, when the task holds a transaction.
#[inline]
#[track_caller]
pub(super) fn check() {
    #[cfg(debug_assertions)]
    if let Some(task) = tokio::task::try_id() {
        let holding = HOLDING.lock().unwrap_or_else(PoisonError::into_inner).contains(&task);
        assert!(!holding, "the database is asked beside an open transaction: ask the transaction");
    }
}

impl Held {
    #[inline]
    pub(super) fn new() -> Self {
        Self {
            #[cfg(debug_assertions)]
            task: tokio::task::try_id().inspect(|task| {
                HOLDING.lock().unwrap_or_else(PoisonError::into_inner).insert(*task);
            }),
        }
    }
}

#[cfg(debug_assertions)]
impl Drop for Held {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            HOLDING.lock().unwrap_or_else(PoisonError::into_inner).remove(task);
        }
    }
}

#[cfg(all(test, debug_assertions))]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_holds_a_transaction_may_not_ask_beside_it() {
        let asked = tokio::spawn(async {
            check();
            let held = Held::new();
            let other = tokio::spawn(async { check() }).await;
            assert!(other.is_ok(), "others may");
            drop(held);
            check();
            let _held = Held::new();
            check();
        });
        assert!(asked.await.unwrap_err().is_panic());
    }
}
