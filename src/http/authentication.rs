//! The authentication of requests with a token, to the API or to a service behind a proxy: verifies
//! the token, applies its rate limit, logs the request, and turns errors into JSON.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{MatchedPath, Request};
use axum::http::header::{self, CACHE_CONTROL, ORIGIN, RETRY_AFTER, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;

use super::api_error::error_as_json;
use super::credentials::{Scheme, credentials};
use super::original::Original;
use super::request_id::{self, RequestId};
use super::request_record::RequestRecord;
use super::{challenge, cors, dpop};
use crate::auth::{ScopeSet, TokenFault};
use crate::dpop::{UnusedProof, add_nonce};
use crate::error::{Error, Result};
use crate::jose::DpopFault;
use crate::server::{Server, WritingServer};
use crate::verifier::{Principal, RateStatus};

const RATE_LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const RATE_REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
const RATE_RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");

/// The authentication of a request. Its future is moved several times for each request, so that the
/// futures of what happens rarely are in boxes.
pub struct Authentication<'a> {
    server: &'a WritingServer,
    id: RequestId,
    now: Timestamp,
    from_browser: bool,
}

impl<'a> Authentication<'a> {
    /// Of a request that arrives now.
    pub fn new(server: &'a WritingServer, headers: &HeaderMap) -> Self {
        Self {
            server,
            id: RequestId::random(),
            now: server.clock.now(),
            from_browser: headers.contains_key(ORIGIN),
        }
    }

    /// The request's id, which the response contains.
    pub fn request_id(&self) -> HeaderValue {
        self.id.to_header()
    }

    /// Passes the request to `answer` if its token is valid, within its rate limit, and allowed
    /// from the caller's address. In any case it is noted in the token's request log. `original` is
    /// the request on whose behalf it is sent, if any; `needed` returns the scopes that the request
    /// needs, and is called only without a valid token.
    pub async fn pass<N, A, F>(
        self,
        request: Request,
        original: Option<Original>,
        needed: N,
        answer: A,
    ) -> Response
    where
        N: FnOnce(&Request) -> ScopeSet,
        A: FnOnce(Request, Arc<Principal>) -> F,
        F: Future<Output = Response>,
    {
        let record = RequestRecord::of(self.server, &request, original, self.id, self.now);
        let (identified, scheme) =
            identify(self.server, request.headers(), &record, self.now).await;
        let mut missing = ScopeSet::default();
        let (response, rate) = match identified {
            Ok((principal, proof)) => {
                let admitted = admit(self.server, &principal, proof, record.address());
                let (rate, response) = match admitted.await {
                    Ok(rate) => (rate, answer(request, Arc::clone(&principal)).await),
                    Err((rate, error)) => (rate, error.into_response()),
                };
                principal.note_request(&record.note(&response));
                (response, rate)
            }
            // An unknown path gives 404 to everybody: the paths aren't secret.
            Err(Error::Unauthenticated(_) | Error::Dpop(_))
                if request.extensions().get::<MatchedPath>().is_none() =>
            {
                (Error::NotFound.into_response(), None)
            }
            Err(error) => {
                missing = needed(&request);
                let refused = Box::pin(refuse(self.server, request.headers(), &record, error));
                (refused.await, None)
            }
        };
        self.finish(response, scheme, rate, missing).await
    }

    /// Refuses the request, whatever its token.
    pub async fn refuse(self, error: Error) -> Response {
        self.finish(error.into_response(), Scheme::Bearer, None, ScopeSet::default()).await
    }

    /// Completes the response; `missing` are the scopes needed by a request without a valid token.
    async fn finish(
        self,
        mut response: Response,
        scheme: Scheme,
        rate: Option<RateStatus>,
        missing: ScopeSet,
    ) -> Response {
        let Self { server, id, now, from_browser } = self;
        if response.status().is_client_error() || response.status().is_server_error() {
            response = error_as_json(response, id, scheme);
            challenge::name_scopes(missing, response.headers_mut());
            challenge::name_metadata(server, response.headers_mut());
        }
        if scheme == Scheme::Dpop {
            Box::pin(add_nonce(
                (&server.dpop_nonces, &server.db),
                response.headers_mut(),
                server.clock.now(),
            ))
            .await;
        }
        let headers = response.headers_mut();
        headers.insert(request_id::HEADER, id.to_header());
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        if let Some(rate) = rate {
            write_rate(headers, rate, now);
        }
        if from_browser {
            cors::expose(headers);
        }
        if server.public_urls.are_https() {
            headers.insert(header::STRICT_TRANSPORT_SECURITY, super::headers::HSTS);
        }
        response
    }
}

/// Verifies the token. Returns the scheme even if the token isn't valid.
async fn identify(
    server: &WritingServer,
    headers: &HeaderMap,
    record: &RequestRecord,
    now: Timestamp,
) -> (Result<(Arc<Principal>, Option<UnusedProof>)>, Scheme) {
    let (scheme, token) = match credentials(headers) {
        Ok(credentials) => credentials,
        Err(error) => return (Err(error), Scheme::Bearer),
    };
    let principal = match scheme {
        Scheme::Bearer => server
            .verifier
            .verify(token, now)
            .await
            .map_err(Error::from)
            .and_then(|found| found.map_err(Error::Unauthenticated))
            .map(|principal| (principal, None)),
        Scheme::Dpop => Box::pin(dpop::verify(server, headers, record, token, now))
            .await
            .map(|(principal, proof)| (principal, Some(proof))),
    };
    (principal, scheme)
}

/// Checks whether a valid token can be used from this address, and now. A request from another
/// address doesn't count towards the limit, and one over the limit doesn't use up its proof, so a
/// client can't cause more database writes than its limit.
async fn admit(
    server: &WritingServer,
    principal: &Principal,
    proof: Option<UnusedProof>,
    address: IpAddr,
) -> Result<Option<RateStatus>, (Option<RateStatus>, Error)> {
    if !principal.allowed_addresses.allows(address) {
        return Err((None, Error::ForeignAddress(address)));
    }
    let rate = principal.count_request(server.clock.monotonic());
    if let Some(retry_after) = rate.and_then(|rate| rate.retry_after) {
        return Err((rate, Error::TooManyRequests { retry_after }));
    }
    if let Some(proof) = proof {
        let redeemed = Box::pin(proof.redeem(&server.db, server.clock.now()));
        redeemed.await.map_err(|error| (rate, error))?;
    }
    Ok(rate)
}

/// The response to a request without a valid token. If the token can be attributed, the request is
/// noted in its owner's request log.
async fn refuse(
    server: &Server,
    headers: &HeaderMap,
    record: &RequestRecord,
    error: Error,
) -> Response {
    let may_be_known = match error {
        Error::Unauthenticated(
            TokenFault::Unknown | TokenFault::Expired | TokenFault::Bound | TokenFault::NotBound,
        ) => true,
        // A client without a nonce gets one and retries.
        Error::Dpop(fault) => fault != DpopFault::Nonce,
        _ => false,
    };
    let response = error.into_response();
    if may_be_known
        && let Ok((_, token)) = credentials(headers)
        && let Err(error) = server.verifier.note_refused(token, &record.note(&response)).await
    {
        tracing::error!(%error, "a refused request could not be logged");
    }
    response
}

fn write_rate(headers: &mut HeaderMap, rate: RateStatus, now: Timestamp) {
    headers.insert(RATE_LIMIT, rate.limit.into());
    headers.insert(RATE_REMAINING, rate.remaining.into());
    if let Some(retry_after) = rate.retry_after {
        headers.insert(RETRY_AFTER, retry_after.into());
        headers.insert(RATE_RESET, (now.as_second() + i64::from(retry_after)).into());
    }
}
