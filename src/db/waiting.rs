//! How long a request waits for the database: for a connection, for the one writer of SQLite, for
//! another process's lock, and for a response. One limit applies to the total.

use std::cell::Cell;
use std::time::Duration;

use tokio::task::futures::TaskLocalFuture;
use tokio::time::Instant;

use super::DbError;

/// How long a statement can take that no request waits for, such as those of the clean-up.
pub(super) const BESIDE_REQUESTS: Duration = Duration::from_secs(30);

tokio::task_local! {
    /// How much longer the current request can wait.
    static LEFT: Cell<Duration>;
}

/// A request in progress.
pub type AtMost<F> = TaskLocalFuture<Cell<Duration>, F>;

/// Runs a request, which can wait for the database for `limit` in total.
pub fn at_most<F: Future>(limit: Duration, request: F) -> AtMost<F> {
    LEFT.scope(Cell::new(limit), request)
}

/// Waits for `work`, which produces `what`. Outside a request, the limit is `otherwise`.
///
/// # Errors
/// [`DbError::TooLong`], and the errors of `work`.
pub(super) async fn wait<T, E: Into<DbError>>(
    what: &'static str,
    otherwise: Duration,
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, DbError> {
    let (limit, began) = (LEFT.try_with(Cell::get).unwrap_or(otherwise), Instant::now());
    let done = tokio::time::timeout(limit, work).await;
    // Outside a request, there is nothing to track.
    let _ = LEFT.try_with(|left| left.set(limit.saturating_sub(began.elapsed())));
    done.map_err(|_| DbError::TooLong(what))?.map_err(Into::into)
}

/// Ends all waiting of the current request, because it has already waited elsewhere for as long as
/// it can.
pub(super) fn use_up() {
    let _ = LEFT.try_with(|left| left.set(Duration::ZERO));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Is ready at the second poll.
    async fn soon() -> Result<(), DbError> {
        tokio::task::yield_now().await;
        Ok(())
    }

    /// Is ready too late.
    async fn late() -> Result<(), DbError> {
        tokio::time::sleep(Duration::from_secs(2)).await;
        Ok(())
    }

    #[tokio::test]
    async fn what_a_request_waits_is_counted_together() {
        let limit = Duration::from_millis(20);
        at_most(limit, async {
            wait("a", Duration::ZERO, soon()).await.unwrap();
            let fault = wait("b", BESIDE_REQUESTS, std::future::pending::<Result<(), DbError>>());
            assert!(matches!(fault.await, Err(DbError::TooLong("b"))));
            assert!(wait("c", BESIDE_REQUESTS, late()).await.is_err(), "nothing is left");
        })
        .await;
        wait("d", BESIDE_REQUESTS, soon()).await.unwrap();
    }

    #[tokio::test]
    async fn a_wait_gets_what_those_before_it_left() {
        let limit = Duration::from_millis(200);
        let most_of_it = || async {
            tokio::time::sleep(limit * 3 / 5).await;
            Ok::<_, DbError>(())
        };
        at_most(limit, async {
            wait("a", Duration::ZERO, most_of_it()).await.unwrap();
            let fault = wait("b", BESIDE_REQUESTS, most_of_it()).await;
            assert!(matches!(fault, Err(DbError::TooLong("b"))), "two fifths are left");
        })
        .await;
    }

    #[tokio::test]
    async fn other_work_is_not_counted() {
        let limit = Duration::from_millis(20);
        at_most(limit, async {
            tokio::time::sleep(limit * 2).await;
            wait("a", Duration::ZERO, soon()).await.unwrap();
            use_up();
            assert!(wait("b", BESIDE_REQUESTS, late()).await.is_err());
        })
        .await;
    }
}
