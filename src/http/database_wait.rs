//! Limits how long a request waits for the database.

use std::task::{Context, Poll};
use std::time::Duration;

use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use futures_util::future::Map;
use tower::{Layer, Service};

use crate::db::DbError;
use crate::db::waiting::{self, AtMost};
use crate::error::Error;

/// The layer around the router of all routes.
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

impl<S: Service<R, Response = Response>, R> Service<R> for Bounded<S> {
    type Response = Response;
    type Error = S::Error;
    type Future = Map<AtMost<S::Future>, fn(Waited<S::Error>) -> Result<Response, S::Error>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: R) -> Self::Future {
        waiting::at_most(self.limit, self.inner.call(request))
            .map(answer as fn(Waited<S::Error>) -> Result<Response, S::Error>)
    }
}

/// A response, unless what it tells of could not be written.
type Waited<E> = Result<Result<Response, E>, DbError>;

fn answer<E>(waited: Waited<E>) -> Result<Response, E> {
    waited.unwrap_or_else(|error| Ok(Error::from(error).into_response()))
}
