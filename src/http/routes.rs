//! The registration of API routes: path, handler, name and summary in one line. The handler's first
//! argument states the scope; its other types define the OpenAPI document.

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

use super::unread::Looking;
use super::{Access, CommittedOutput, Expected, Path, ReadsInput, document};
use crate::auth::{RequiredScope, Scope, ScopeSet};
use crate::error::Error;
use crate::server::Server;

/// Handler arguments that start with the scope. A handler without a scope doesn't implement this,
/// so it can't be registered.
pub trait StatesScope {
    /// The scope that the arguments start with, if any.
    const SCOPE: Option<Scope>;
}

impl<S: RequiredScope> StatesScope for (Access<S>,) {
    const SCOPE: Option<Scope> = S::SCOPE;
}
impl<S: RequiredScope, A> StatesScope for (Access<S>, A) {
    const SCOPE: Option<Scope> = S::SCOPE;
}
impl<S: RequiredScope, A, B> StatesScope for (Access<S>, A, B) {
    const SCOPE: Option<Scope> = S::SCOPE;
}
impl<S: RequiredScope, A, B, C> StatesScope for (Access<S>, A, B, C) {
    const SCOPE: Option<Scope> = S::SCOPE;
}

/// Arguments of a handler that changes what its path names: the precondition (RFC 9110 section
/// 13.1.1) comes after the path. A handler of PATCH or DELETE without it doesn't implement this, so
/// it can't be registered.
pub trait StatesPrecondition {}

impl<S, P> StatesPrecondition for (Access<S>, Path<P>, Expected) {}
impl<S, P, B> StatesPrecondition for (Access<S>, Path<P>, Expected, B) {}

/// The prefix of all API routes. It is part of each route's path, because a nested router would
/// rewrite the URL of every request.
pub(crate) const API: &str = "/v1";

/// The scope of each route, as stated by its handler.
#[derive(Debug, Default)]
pub struct RouteScopes(HashMap<(String, Method), Option<Scope>>);

impl RouteScopes {
    /// All of them.
    pub fn all(&self) -> ScopeSet {
        self.0.values().copied().flatten().collect()
    }

    /// The methods of a request's path, in alphabetical order; none for an unknown path.
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

    /// The scope of a request's route; none for an unknown path, and where any token will do.
    pub fn of(&self, request: &Request) -> ScopeSet {
        let Some(path) = request.extensions().get::<MatchedPath>() else {
            return ScopeSet::default();
        };
        // HEAD is handled like GET.
        let method = if request.method() == Method::HEAD { &Method::GET } else { request.method() };
        self.0
            .get(&(path.as_str().to_owned(), method.clone()))
            .copied()
            .flatten()
            .into_iter()
            .collect()
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
    ($method:ident, $with:ident, $METHOD:ident, $Output:ident $(, $Precondition:ident)?) => {
        /// Registers a route with this method. `name` is the operation's id: client libraries name
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
            I: OperationInput + StatesScope + ReadsInput + 'static $(+ $Precondition)?,
            O: $Output,
            T: 'static,
        {
            let tag = self.tag;
            let route: ApiMethodRouter<Server> =
                $with(Looking::<H, I>::at(handler), |operation: TransformOperation<'_>| {
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
    /// Without routes; `tag` is the area's name in the reference, `about` its description.
    pub fn new(tag: &'static str, about: &str) -> Self {
        let about =
            Tag { name: tag.to_owned(), description: Some(about.to_owned()), ..Tag::default() };
        Self { tag, tags: vec![about], ..Self::default() }
    }

    method!(get, get_with, GET, OperationOutput);
    method!(post, post_with, POST, CommittedOutput);
    method!(patch, patch_with, PATCH, CommittedOutput, StatesPrecondition);
    method!(delete, delete_with, DELETE, CommittedOutput, StatesPrecondition);

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

    /// The documentation of the routes as an OpenAPI document, without server URLs; its paths start
    /// after `/v1`.
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
