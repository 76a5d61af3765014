//! The memory for hashing passwords: 19 MiB for each concurrent hash. It is reused, because an
//! allocator with a heap per thread would keep a multiple of it; [`in_turn`] bounds the number of
//! concurrent hashes.

use std::sync::{Mutex, PoisonError};

use argon2::Block;

use super::costly_work::{Line, Overloaded, in_turn};

static SPARE: Mutex<Vec<Vec<Block>>> = Mutex::new(Vec::new());

/// Runs the work when it is its turn. The memory is empty, or as the previous work left it.
///
/// # Errors
/// When too many wait in this line.
pub(super) async fn with_memory<T: Send + 'static>(
    line: Line,
    work: impl FnOnce(&mut Vec<Block>) -> T + Send + 'static,
) -> Result<T, Overloaded> {
    in_turn(line, move || {
        let mut memory =
            SPARE.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default();
        let value = work(&mut memory);
        SPARE.lock().unwrap_or_else(PoisonError::into_inner).push(memory);
        value
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::costly_work::places;

    #[tokio::test(flavor = "multi_thread")]
    async fn no_more_memory_is_kept_than_is_used_at_a_time() {
        let work = (0..4 * places()).map(|_| {
            tokio::spawn(with_memory(Line::Known, |memory| memory.resize(1, Block::default())))
        });
        for done in work.collect::<Vec<_>>() {
            done.await.unwrap().unwrap();
        }
        assert!((1..=places()).contains(&SPARE.lock().unwrap().len()));
    }
}
