//! The phase of a connection, and since when.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use axum::body::HttpBody;
use axum::response::Response;
use tokio::sync::Notify;

use super::Limits;

/// The start of [`now`].
static START: LazyLock<Instant> = LazyLock::new(Instant::now);

/// The time of the last check of all connections, in milliseconds: accurate to half a second,
/// without a system call for each request.
static NOW: AtomicU64 = AtomicU64::new(0);

/// Updates the time.
pub(super) fn tick() {
    NOW.store(u64::try_from(START.elapsed().as_millis()).unwrap_or(u64::MAX), Ordering::Relaxed);
}

fn now() -> u64 {
    NOW.load(Ordering::Relaxed)
}

/// A client did not send the rest of a body in time.
#[derive(Debug, thiserror::Error)]
#[error("the client took too long to send the body")]
pub struct TimedOut;

/// What the connection waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Doing {
    /// Nothing of a request was sent yet.
    Idle = 0,
    /// A part of a request's head was sent.
    Head = 1,
    /// The head was sent, and a part of the body.
    Body = 2,
    /// The server works on the answer.
    Working = 3,
    /// The complete response is being sent.
    Answered = 4,
    /// The response is produced while it is sent.
    Streaming = 5,
}

impl Doing {
    const fn of(word: u64) -> Self {
        match word & 7 {
            0 => Self::Idle,
            1 => Self::Head,
            2 => Self::Body,
            3 => Self::Working,
            4 => Self::Answered,
            _ => Self::Streaming,
        }
    }
}

/// What one connection is doing.
pub(super) struct Phase {
    /// [`Doing`] in the last three bits, and since when (milliseconds) in the others.
    word: AtomicU64,
    /// Since when the client has stopped reading, plus one; 0 while it reads.
    stalled: AtomicU64,
    /// Whether the client took too long.
    is_over: AtomicBool,
    /// Whether something was left unread, so that the connection closes gracefully.
    lingers: AtomicBool,
    ending: Notify,
}

impl Phase {
    pub(super) fn new() -> Self {
        Self {
            word: AtomicU64::new(now() << 3),
            stalled: AtomicU64::new(0),
            is_over: AtomicBool::new(false),
            lingers: AtomicBool::new(false),
            ending: Notify::new(),
        }
    }

    fn set(&self, doing: Doing) {
        self.word.store(now() << 3 | doing as u64, Ordering::Relaxed);
    }

    fn doing(&self) -> Doing {
        Doing::of(self.word.load(Ordering::Relaxed))
    }

    /// Something arrived.
    pub(super) fn received(&self) {
        if matches!(self.doing(), Doing::Idle | Doing::Streaming) {
            self.set(Doing::Head);
        }
    }

    /// A request's head is complete.
    pub(super) fn asked(&self, has_body: bool) {
        self.set(if has_body { Doing::Body } else { Doing::Working });
    }

    /// A large part of a request's body arrived.
    pub(super) fn gets_on(&self) {
        if self.doing() == Doing::Body {
            self.set(Doing::Body);
        }
    }

    /// A request's body is complete, or no longer read.
    pub(super) fn read(&self) {
        if self.doing() == Doing::Body {
            self.set(Doing::Working);
        }
    }

    /// The response is ready to be sent.
    pub(super) fn answered(&self, response: &Response) {
        let is_whole = response.body().size_hint().exact().is_some();
        self.set(if is_whole { Doing::Answered } else { Doing::Streaming });
    }

    /// Everything was sent.
    pub(super) fn flushed(&self) {
        if self.doing() == Doing::Answered {
            self.set(Doing::Idle);
        }
    }

    /// The client has stopped reading.
    pub(super) fn stalls(&self) {
        if self.stalled.load(Ordering::Relaxed) == 0 {
            self.stalled.store(now() + 1, Ordering::Relaxed);
        }
    }

    /// The client read something.
    pub(super) fn took(&self) {
        if self.stalled.load(Ordering::Relaxed) != 0 {
            self.stalled.store(0, Ordering::Relaxed);
        }
    }

    /// Whether the client took too long.
    pub(super) fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Relaxed)
    }

    /// Whether only a part of a request's head arrived.
    pub(super) fn is_within_head(&self) -> bool {
        self.doing() == Doing::Head
    }

    /// Lets the connection end only once the client has seen the answer.
    pub(super) fn linger(&self) {
        self.lingers.store(true, Ordering::Relaxed);
    }

    pub(super) fn lingers(&self) -> bool {
        self.lingers.load(Ordering::Relaxed)
    }

    /// Ends the connection because the client took too long.
    pub(super) fn time_out(&self) {
        self.is_over.store(true, Ordering::Relaxed);
        self.ending.notify_one();
    }

    /// Ends the connection after the request in progress, if any.
    pub(super) fn stop(&self) {
        self.ending.notify_one();
    }

    /// Waits until the connection must end.
    pub(super) async fn ending(&self) {
        self.ending.notified().await;
    }

    /// How long the client has kept the server waiting, in milliseconds; `None` while it does not.
    /// The order in which connections are ended: idle ones first.
    pub(super) fn waiting(&self) -> Option<(bool, u64)> {
        let word = self.word.load(Ordering::Relaxed);
        let since = now().saturating_sub(word >> 3);
        match Doing::of(word) {
            Doing::Idle => Some((true, since)),
            Doing::Head | Doing::Body => Some((false, since)),
            Doing::Working | Doing::Answered | Doing::Streaming => None,
        }
    }

    /// Whether the client has kept the server waiting too long.
    pub(super) fn is_overdue(&self, limits: &Limits) -> bool {
        let client = u64::try_from(limits.client.as_millis()).unwrap_or(u64::MAX);
        let idle = u64::try_from(limits.idle.as_millis()).unwrap_or(u64::MAX);
        let stalled = self.stalled.load(Ordering::Relaxed);
        (stalled != 0 && now().saturating_sub(stalled - 1) > client)
            || self
                .waiting()
                .is_some_and(|(is_idle, since)| since > if is_idle { idle } else { client })
    }
}
