//! Request data kept for the request log.

use std::net::IpAddr;
use std::time::Instant;

use axum::extract::{OriginalUri, Request};
use axum::http::header::USER_AGENT;
use axum::http::{HeaderValue, Method, Uri};
use axum::response::Response;
use jiff::Timestamp;

use super::caller::{address, user_agent};
use super::original::Original;
use super::request_id::RequestId;
use crate::auth::TokenFault;
use crate::error::Error;
use crate::fields::ignored;
use crate::request_log::{Refusal, RequestNote};
use crate::server::Server;

/// A request in progress. Its parts are shared with the request, not copied.
pub(super) struct RequestRecord {
    at: Timestamp,
    begun: Instant,
    id: RequestId,
    method: Method,
    uri: Uri,
    address: IpAddr,
    user_agent: Option<HeaderValue>,
    /// The scheme and host it was sent to, if not to the API.
    origin: Option<String>,
}

impl RequestRecord {
    /// `original` is the request on whose behalf it is sent, if any.
    pub(super) fn of(
        server: &Server,
        request: &Request,
        original: Option<Original>,
        id: RequestId,
        at: Timestamp,
    ) -> Self {
        let (method, uri, origin) = match original {
            Some(Original { method, uri, origin }) => (method, uri, Some(origin)),
            None => {
                // A nested router removes its prefix from the URL.
                let uri = request
                    .extensions()
                    .get::<OriginalUri>()
                    .map_or(request.uri(), |original| &original.0);
                (request.method().clone(), uri.clone(), None)
            }
        };
        Self {
            at,
            begun: Instant::now(),
            id,
            method,
            uri,
            address: address(server, request.headers(), request.extensions()),
            user_agent: request.headers().get(USER_AGENT).cloned(),
            origin,
        }
    }

    /// Its caller.
    pub(super) const fn address(&self) -> IpAddr {
        self.address
    }

    /// Its method.
    pub(super) const fn method(&self) -> &Method {
        &self.method
    }

    /// The public URL it was sent to.
    pub(super) fn url(&self, server: &Server) -> String {
        match &self.origin {
            Some(origin) => format!("{origin}{}", self.uri.path()),
            None => server.public_urls.api(self.uri.path()),
        }
    }

    /// The log entry, given the response.
    pub(super) fn note<'a>(&'a self, response: &'a Response) -> RequestNote<'a> {
        let refusal = match response.extensions().get::<Error>() {
            Some(Error::MissingScope(_)) => Some(Refusal::Scope),
            Some(Error::TooManyRequests { .. }) => Some(Refusal::RateLimit),
            Some(Error::ForeignAddress(_)) => Some(Refusal::Address),
            Some(
                Error::Unauthenticated(TokenFault::Bound | TokenFault::NotBound) | Error::Dpop(_),
            ) => Some(Refusal::Proof),
            _ => None,
        };
        RequestNote {
            at: self.at,
            method: self.method.as_str(),
            path: self.uri.path(),
            status: response.status().as_u16(),
            taken: self.begun.elapsed(),
            request_id: self.id.to_bytes(),
            refusal,
            address: self.address,
            user_agent: self.user_agent.as_ref().map(user_agent).unwrap_or_default(),
            ignored: response
                .headers()
                .get(ignored::HEADER)
                .and_then(|names| names.to_str().ok())
                .unwrap_or_default(),
        }
    }
}
