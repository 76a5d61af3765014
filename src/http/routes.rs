//! The registration of API routes: path, handler, name and summary in one line. The handler's first
//! argument states the scope; its other types make the OpenAPI document.

use std::collections::HashMap;

use aide::OperationOutput;
use aide::axum::ApiRouter;
use aide::axum::routing::{ApiMethodRouter, delete_with, get_with, patch_with, post_with};
use aide::generate::GenContext;
use aide::openapi::{OpenApi, Operation, Response, Tag};
use aide::operation::{OperationHandler, OperationInput};
use aide::transform::TransformOperation;
use axum::Router;
use axum::extract::{MatchedPath, Request};
use axum::handler::Handler;
use axum::http::Method;
use serde_json::Value;

use super::{Access, document};
use crate::auth::{RequiredScope, Scope, ScopeSet};
use crate::error::Error;
use crate::server::Server;

/// Arguments that begin with the scope. A handler without one has no such arguments, so it cannot
/// be registered.
pub trait StatesScope {
    /// The scope that the arguments begin with.
    const SCOPE: Scope;
}

impl<S: RequiredScope> StatesScope for (Access<S>,) {
    const SCOPE: Scope = S::SCOPE;
}
impl<S: RequiredScope, A> StatesScope for (Access<S>, A) {
    const SCOPE: Scope = S::SCOPE;
}
impl<S: RequiredScope, A, B> StatesScope for (Access<S>, A, B) {
    const SCOPE: Scope = S::SCOPE;
}
impl<S: RequiredScope, A, B, C> StatesScope for (Access<S>, A, B, C) {
    const SCOPE: Scope = S::SCOPE;
}

/// Where all routes of the API stand. It is part of each route's path, because a nested router
/// rewrites the address of every request.
pub(super) const API: &str = "/v1";

/// Which scope each route asks, as its handler states it.
#[derive(Debug, Default)]
pub struct RouteScopes(HashMap<(String, Method), Scope>);

impl RouteScopes {
    /// All of them.
    pub fn all(&self) -> ScopeSet {
        self.0.values().copied().collect()
    }

    /// The methods of the path that a request came to, in alphabetical order; none when it came to
    /// no route.
    pub fn methods(&self, request: &Request) -> Vec<Method> {
        let path = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
        let of_path = self.0.keys().filter(|(known, _)| Some(known.as_str()) == path);
        let mut methods: Vec<Method> = of_path.map(|(_, method)| method.clone()).collect();
        if methods.contains(&Method::GET) {
            methods.push(Method::HEAD);
        }
        methods.sort_unstable_by(|one, other| one.as_str().cmp(other.as_str()));
        methods
    }

    /// The scope of the route that a request came to; none when it came to no route.
    pub fn of(&self, request: &Request) -> ScopeSet {
        let Some(path) = request.extensions().get::<MatchedPath>() else {
            return ScopeSet::default();
        };
        // HEAD is answered as GET is.
        let method = if request.method() == Method::HEAD { &Method::GET } else { request.method() };
        self.0.get(&(path.as_str().to_owned(), method.clone())).copied().into_iter().collect()
    }
}

/// The routes of one area or of all.
pub struct Routes {
    tag: &'static str,
    tags: Vec<Tag>,
    scopes: RouteScopes,
    router: ApiRouter<Server>,
}

macro_rules! method {
    ($method:ident, $with:ident, $METHOD:ident) => {
        /// Registers a route of this method. `name` is the operation's id: client libraries call
        /// their functions after it, so it never changes.
        #[must_use]
        pub fn $method<H, I, O, T>(
            mut self,
            path: &str,
            handler: H,
            name: &'static str,
            summary: &'static str,
        ) -> Self
        where
            H: Handler<T, Server> + OperationHandler<I, O>,
            I: OperationInput + StatesScope,
            O: OperationOutput,
            T: 'static,
        {
            let tag = self.tag;
            let route: ApiMethodRouter<Server> =
                $with(handler, |operation: TransformOperation<'_>| {
                    operation.tag(tag).id(name).summary(summary)
                });
            let path = format!("{API}{path}");
            self.router = self.router.api_route(&path, route);
            self.scopes.0.insert((path, Method::$METHOD), I::SCOPE);
            self
        }
    };
}

impl Default for Routes {
    fn default() -> Self {
        Self { tag: "", tags: Vec::new(), scopes: RouteScopes::default(), router: ApiRouter::new() }
    }
}

impl Routes {
    /// No routes yet; `tag` is the area's name in the reference, `about` says what the area is.
    pub fn new(tag: &'static str, about: &str) -> Self {
        let about =
            Tag { name: tag.to_owned(), description: Some(about.to_owned()), ..Tag::default() };
        Self { tag, tags: vec![about], ..Self::default() }
    }

    method!(get, get_with, GET);
    method!(post, post_with, POST);
    method!(patch, patch_with, PATCH);
    method!(delete, delete_with, DELETE);

    /// Adds another area's routes.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.tags.extend(other.tags);
        self.scopes.0.extend(other.scopes.0);
        self.router = self.router.merge(other.router);
        self
    }

    /// The scopes of the routes, without the routes.
    pub fn into_scopes(self) -> RouteScopes {
        self.scopes
    }

    /// The routes without their documentation.
    pub fn into_router(self) -> Router<Server> {
        self.router.into()
    }

    /// The documentation of the routes as an OpenAPI document, without the addresses of a server;
    /// its paths start after `/v1`.
    pub fn into_openapi(self) -> Value {
        let mut document = OpenApi { tags: self.tags, ..OpenApi::default() };
        let _: Router<Server> = self.router.finish_api(&mut document);
        if let Some(paths) = &mut document.paths {
            let all = std::mem::take(&mut paths.paths);
            paths.paths = all
                .into_iter()
                .map(|(path, item)| (path.strip_prefix(API).unwrap_or(&path).to_owned(), item))
                .collect();
        }
        let mut document = serde_json::to_value(&document)
            .unwrap_or_else(|error| unreachable!("the document is plain data: {error}"));
        document::complete(&mut document);
        document
    }
}

impl OperationOutput for Error {
    type Inner = Self;

    fn inferred_responses(_: &mut GenContext, _: &mut Operation) -> Vec<(Option<u16>, Response)> {
        Vec::new()
    }
}
