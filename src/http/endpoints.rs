//! The registration of endpoints for programs outside of the API. They read no cookie.

use axum::Router;
use axum::handler::Handler;
use axum::http::Method;
use axum::routing::{get, post};

/// A registered endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// The path, with placeholders such as `{id}`.
    pub path: &'static str,
    /// `GET` or `POST`.
    pub method: Method,
}

/// Endpoints whose handlers have the state `S`. Nothing is served that isn't in the list.
pub struct Endpoints<S> {
    list: Vec<Endpoint>,
    router: Router<S>,
}

impl<S: Clone + Send + Sync + 'static> Endpoints<S> {
    /// No endpoints yet.
    pub fn new() -> Self {
        Self { list: Vec::new(), router: Router::new() }
    }

    /// Adds an endpoint that is read.
    #[must_use]
    pub fn get<T: 'static>(self, path: &'static str, handler: impl Handler<T, S>) -> Self {
        let router = self.router.route(path, get(handler));
        Self { router, ..self }.with(path, Method::GET)
    }

    /// Adds an endpoint that programs post to; `other` answers other methods.
    #[must_use]
    pub fn post<T: 'static, U: 'static>(
        self,
        path: &'static str,
        handler: impl Handler<T, S>,
        other: impl Handler<U, S>,
    ) -> Self {
        let router = self.router.route(path, post(handler).fallback(other));
        Self { router, ..self }.with(path, Method::POST)
    }

    /// What is registered.
    pub fn list(&self) -> &[Endpoint] {
        &self.list
    }

    /// The routes.
    pub fn into_router(self) -> Router<S> {
        self.router
    }

    fn with(mut self, path: &'static str, method: Method) -> Self {
        self.list.push(Endpoint { path, method });
        self
    }
}

impl<S: Clone + Send + Sync + 'static> Default for Endpoints<S> {
    fn default() -> Self {
        Self::new()
    }
}
