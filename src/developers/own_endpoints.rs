//! The server's own endpoints for programs, called as an app calls them: through their routers, so that
//! the same rules apply, but without the network.

use std::convert::Infallible;
use std::net::SocketAddr;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, FromRequestParts, Request};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, FORWARDED, RETRY_AFTER, USER_AGENT};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use serde_json::Value;
use tower::ServiceExt;
use url::form_urlencoded::Serializer;

use crate::error::{Error, Result};

/// The headers of a visitor's request that say where it comes from.
const ORIGIN_HEADERS: [HeaderName; 3] =
    [HeaderName::from_static("x-forwarded-for"), FORWARDED, USER_AGENT];

/// The maximum size of an answer, in bytes.
const LARGEST_ANSWER: usize = 64 * 1024;

/// The routers of the endpoints.
#[derive(Clone)]
pub(super) struct Routers {
    /// Those of the authorization server.
    pub(super) oauth: Router,
    /// The API.
    pub(super) api: Router,
}

/// The endpoints, as the argument of a page's handler. They see the address of the visitor, whose wrong
/// credentials are counted like those of any other caller; the visitor's cookies don't reach them.
pub(super) struct OwnEndpoints {
    routers: Routers,
    headers: HeaderMap,
    peer: Option<ConnectInfo<SocketAddr>>,
}

/// What an endpoint answers.
pub(super) struct EndpointAnswer {
    /// The status.
    pub(super) status: StatusCode,
    /// The JSON body; `null` if there is none.
    pub(super) body: Value,
    /// How many seconds to wait, after too many requests.
    pub(super) retry_after: Option<u32>,
}

impl EndpointAnswer {
    /// A text in the body; empty if it is absent.
    pub(super) fn text(&self, name: &str) -> &str {
        self.body[name].as_str().unwrap_or_default()
    }
}

impl OwnEndpoints {
    /// Posts a form to an endpoint of the authorization server.
    pub(super) async fn post(&self, path: &str, form: &[(&str, &str)]) -> Result<EndpointAnswer> {
        let body = Serializer::new(String::new()).extend_pairs(form).finish();
        let mut request = request(Method::POST, path, Body::from(body))?;
        let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
        request.headers_mut().insert(CONTENT_TYPE, kind);
        self.send(&self.routers.oauth, request).await
    }

    /// Gets a path of the API with a token.
    pub(super) async fn get(&self, path: &str, token: &str) -> Result<EndpointAnswer> {
        let mut request = request(Method::GET, path, Body::empty())?;
        let bearer = HeaderValue::try_from(format!("Bearer {token}")).map_err(Error::internal)?;
        request.headers_mut().insert(AUTHORIZATION, bearer);
        self.send(&self.routers.api, request).await
    }

    async fn send(&self, router: &Router, mut request: Request) -> Result<EndpointAnswer> {
        request.headers_mut().extend(self.headers.clone());
        if let Some(peer) = &self.peer {
            request.extensions_mut().insert(*peer);
        }
        let Ok(response) = router.clone().oneshot(request).await;
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, LARGEST_ANSWER).await.map_err(Error::internal)?;
        let retry_after = parts.headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok());
        Ok(EndpointAnswer {
            status: parts.status,
            body: serde_json::from_slice(&bytes).unwrap_or_default(),
            retry_after: retry_after.and_then(|seconds| seconds.parse().ok()),
        })
    }
}

fn request(method: Method, path: &str, body: Body) -> Result<Request> {
    Request::builder().method(method).uri(path).body(body).map_err(Error::internal)
}

impl<S: Send + Sync> FromRequestParts<S> for OwnEndpoints {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let routers = parts.extensions.get::<Routers>().cloned();
        let mut headers = HeaderMap::new();
        for name in ORIGIN_HEADERS {
            for value in parts.headers.get_all(&name) {
                headers.append(name.clone(), value.clone());
            }
        }
        Ok(Self {
            routers: routers
                .unwrap_or_else(|| unreachable!("the route lies outside of the developer portal")),
            headers,
            peer: parts.extensions.get().copied(),
        })
    }
}
