//! The registration of API routes: path, handler, name and summary in one line. The handler's first
//! argument states the scope; its other types make the OpenAPI document.

use std::collections::HashMap;

use aide::OperationOutput;
use aide::axum::ApiRouter;
use aide::axum::routing::{ApiMethodRouter, delete_with, get_with, patch_with, post_with};
use aide::generate::GenContext;
use aide::openapi::{MediaType, OpenApi, Operation, Response, SchemaObject, Tag};
use aide::operation::{OperationHandler, OperationInput};
use aide::transform::TransformOperation;
use axum::Router;
use axum::extract::{MatchedPath, Request};
use axum::handler::Handler;
use axum::http::Method;
use schemars::JsonSchema;
use serde::Serialize;

use super::Access;
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

    /// The documentation of the routes; its paths start after `/v1`.
    pub fn into_openapi(self) -> OpenApi {
        let mut document = OpenApi { tags: self.tags, ..OpenApi::default() };
        let _: Router<Server> = self.router.finish_api(&mut document);
        if let Some(paths) = &mut document.paths {
            let all = std::mem::take(&mut paths.paths);
            paths.paths = all
                .into_iter()
                .map(|(path, item)| (path.strip_prefix(API).unwrap_or(&path).to_owned(), item))
                .collect();
        }
        document
    }
}

/// The body of every error.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Error")]
#[allow(dead_code)]
struct ErrorSchema {
    /// The HTTP status once more
    #[schemars(range(min = 400, max = 599))]
    code: u16,
    /// What is wrong, in English, for a person to read
    message: String,
    /// The request's id, as in the header `X-Request-Id`
    #[serde(rename = "requestId")]
    request_id: String,
}

/// The body of an error about fields.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ValidationError")]
#[allow(dead_code)]
struct ValidationErrorSchema {
    /// The HTTP status once more
    #[schemars(range(min = 400, max = 599))]
    code: u16,
    /// What is wrong, in English, for a person to read
    message: String,
    /// What is wrong with each faulty field
    errors: std::collections::BTreeMap<String, Vec<String>>,
    /// The request's id, as in the header `X-Request-Id`
    #[serde(rename = "requestId")]
    request_id: String,
}

fn json_response<T: JsonSchema>(ctx: &mut GenContext, description: &str) -> Response {
    let schema = SchemaObject {
        json_schema: ctx.schema.subschema_for::<T>(),
        external_docs: None,
        example: None,
    };
    let content = [(
        "application/json".to_owned(),
        MediaType { schema: Some(schema), ..MediaType::default() },
    )];
    Response {
        description: description.to_owned(),
        content: content.into_iter().collect(),
        ..Response::default()
    }
}

pub(super) fn error_response(ctx: &mut GenContext, description: &str) -> Response {
    json_response::<ErrorSchema>(ctx, description)
}

pub(super) fn validation_response(ctx: &mut GenContext) -> Response {
    json_response::<ValidationErrorSchema>(ctx, "Fields are invalid")
}

impl OperationOutput for Error {
    type Inner = Self;

    fn inferred_responses(_: &mut GenContext, _: &mut Operation) -> Vec<(Option<u16>, Response)> {
        Vec::new()
    }
}
