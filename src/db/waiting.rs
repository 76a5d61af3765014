//! How long a request waits for the database: for a connection, for the one writer of SQLite, for
//! another process's lock, and for a response. One limit applies to the total.

use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::Then;
use tokio::sync::oneshot;
use tokio::task::futures::TaskLocalFuture;
use tokio::time::Instant;

use super::DbError;

/// How long a statement can take that no request waits for, such as those of the clean-up.
pub(super) const BESIDE_REQUESTS: Duration = Duration::from_secs(30);

/// The result of a commit.
pub(super) type Told = oneshot::Receiver<Result<(), DbError>>;

/// What is known of a request in progress.
pub struct Request {
    /// How much longer it can wait.
    left: Cell<Duration>,
    /// The commits without which its answer may not be true.
    owed: RefCell<Vec<Told>>,
}

tokio::task_local! {
    static REQUEST: Request;
}

/// A request in progress: its output, or the error of a commit without which it may not be true.
pub type AtMost<F> = TaskLocalFuture<
    Request,
    Then<
        F,
        Owing<<F as Future>::Output>,
        fn(<F as Future>::Output) -> Owing<<F as Future>::Output>,
    >,
>;

/// Runs a request, which can wait for the database for `limit` in total.
pub fn at_most<F: Future>(limit: Duration, request: F) -> AtMost<F> {
    let state = Request { left: Cell::new(limit), owed: RefCell::default() };
    REQUEST.scope(state, request.then(Owing::of as fn(F::Output) -> Owing<F::Output>))
}

/// An output that waits for what it owes.
pub struct Owing<O> {
    output: Option<O>,
    owed: Vec<Told>,
}

impl<O> Owing<O> {
    fn of(output: O) -> Self {
        Self { output: Some(output), owed: REQUEST.with(|request| request.owed.take()) }
    }
}

// The output is never pinned.
impl<O> Unpin for Owing<O> {}

impl<O> Future for Owing<O> {
    type Output = Result<O, DbError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        while let Some(told) = self.owed.last_mut() {
            match Pin::new(told).poll(cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Ok(Ok(()))) => drop(self.owed.pop()),
                Poll::Ready(Ok(Err(error))) => return Poll::Ready(Err(error)),
                Poll::Ready(Err(_)) => {
                    let ended = "the transaction that was read has ended".into();
                    return Poll::Ready(Err(DbError::Connection(ended)));
                }
            }
        }
        match self.output.take() {
            Some(output) => Poll::Ready(Ok(output)),
            None => Poll::Pending,
        }
    }
}

/// Whether this is a request.
pub(super) fn is_request() -> bool {
    REQUEST.try_with(|_| ()).is_ok()
}

/// Makes the current request wait for a commit before it is answered.
pub(super) fn owe(commit: Told) {
    // Outside a request, nobody is answered.
    let _ = REQUEST.try_with(|request| request.owed.borrow_mut().push(commit));
}

/// The end of a transaction for which the current request waits before it is answered: whoever
/// repeats it at once must not meet its locks.
pub(super) struct Ending {
    told: oneshot::Sender<Result<(), DbError>>,
    /// How much longer the request can wait.
    left: Duration,
}

impl Ending {
    /// Makes the current request wait, if there is one.
    pub(super) fn owed() -> Self {
        let (told, owed) = oneshot::channel();
        owe(owed);
        let left = REQUEST.try_with(|request| request.left.get()).unwrap_or_default();
        Self { told, left }
    }

    /// Runs `end` to its end, and lets the request go then or when it can't wait any longer.
    pub(super) async fn by(self, end: impl Future<Output = ()>) {
        let mut end = std::pin::pin!(end);
        let in_time = tokio::time::timeout(self.left, &mut end).await;
        // A request that was cancelled needs no result.
        let _ = self.told.send(Ok(()));
        if in_time.is_err() {
            end.await;
        }
    }
}

/// Waits for the commits of what the current request has seen, so that its next read sees it too.
///
/// # Errors
/// When one failed: what the request saw never came to be.
pub(super) async fn catch_up() -> Result<(), DbError> {
    let owed = REQUEST.try_with(|request| request.owed.take()).unwrap_or_default();
    if owed.is_empty() {
        return Ok(());
    }
    let begun = Instant::now();
    let done = Box::pin(Owing { output: Some(()), owed }).await;
    let spent = begun.elapsed();
    let _ = REQUEST.try_with(|request| request.left.set(request.left.get().saturating_sub(spent)));
    done
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
    let (limit, began) =
        (REQUEST.try_with(|request| request.left.get()).unwrap_or(otherwise), Instant::now());
    let done = tokio::time::timeout(limit, work).await;
    // Outside a request, there is nothing to track.
    let _ = REQUEST.try_with(|request| request.left.set(limit.saturating_sub(began.elapsed())));
    done.map_err(|_| DbError::TooLong(what))?.map_err(Into::into)
}

/// Ends all waiting of the current request, because it has already waited elsewhere for as long as
/// it can.
pub(super) fn use_up() {
    let _ = REQUEST.try_with(|request| request.left.set(Duration::ZERO));
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
        let limit = Duration::from_secs(1);
        at_most(limit, async {
            wait("a", Duration::ZERO, soon()).await.unwrap();
            let fault = wait("b", BESIDE_REQUESTS, std::future::pending::<Result<(), DbError>>());
            assert!(matches!(fault.await, Err(DbError::TooLong("b"))));
            assert!(wait("c", BESIDE_REQUESTS, late()).await.is_err(), "nothing is left");
        })
        .await
        .unwrap();
        wait("d", BESIDE_REQUESTS, soon()).await.unwrap();
    }

    #[tokio::test]
    async fn a_wait_gets_what_those_before_it_left() {
        let limit = Duration::from_secs(3);
        let most_of_it = || async {
            tokio::time::sleep(limit * 3 / 5).await;
            Ok::<_, DbError>(())
        };
        at_most(limit, async {
            wait("a", Duration::ZERO, most_of_it()).await.unwrap();
            let fault = wait("b", BESIDE_REQUESTS, most_of_it()).await;
            assert!(matches!(fault, Err(DbError::TooLong("b"))), "two fifths are left");
        })
        .await
        .unwrap();
    }

    #[tokio::test]
    async fn other_work_is_not_counted() {
        let limit = Duration::from_secs(1);
        at_most(limit, async {
            tokio::time::sleep(limit * 2).await;
            wait("a", Duration::ZERO, soon()).await.unwrap();
            use_up();
            assert!(wait("b", BESIDE_REQUESTS, late()).await.is_err());
        })
        .await
        .unwrap();
    }

    #[tokio::test]
    async fn a_request_waits_for_the_end_of_its_transaction() {
        let (end, mut ended) = oneshot::channel();
        at_most(Duration::from_secs(60), async {
            tokio::spawn(Ending::owed().by(async {
                soon().await.unwrap();
                end.send(()).unwrap();
            }));
        })
        .await
        .unwrap();
        ended.try_recv().unwrap();
    }

    #[tokio::test]
    async fn an_end_that_takes_too_long_goes_on_without_the_request() {
        let ((hang, hangs), (end, ended)) = (oneshot::channel::<()>(), oneshot::channel());
        at_most(Duration::from_millis(20), async {
            tokio::spawn(Ending::owed().by(async {
                hangs.await.unwrap();
                end.send(()).unwrap();
            }));
        })
        .await
        .unwrap();
        hang.send(()).unwrap();
        ended.await.unwrap();
    }
}
