//! Limits how long a request waits for the database.

use std::task::{Context, Poll};
use std::time::Duration;

use tower::{Layer, Service};

use crate::db::waiting::{self, AtMost};

/// The layer around all routes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DatabaseWait(pub Duration);

/// See [`DatabaseWait`].
#[derive(Debug, Clone)]
pub(crate) struct Bounded<S> {
    inner: S,
    limit: Duration,
}

impl<S> Layer<S> for DatabaseWait {
    type Service = Bounded<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Bounded { inner, limit: self.0 }
    }
}

impl<S: Service<R>, R> Service<R> for Bounded<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = AtMost<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: R) -> Self::Future {
        waiting::at_most(self.limit, self.inner.call(request))
    }
}
