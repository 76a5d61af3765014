//! The requirements of HTTP itself, checked before routing: one `Host` (RFC 9112 section 3.2), a
//! known transfer coding (section 6.1), a path in its normal form (RFC 3986 section 6.2.2).

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::task::{Context, Poll};

use axum::extract::{OriginalUri, Request};
use axum::http::header::{CONNECTION, HOST, TRANSFER_ENCODING};
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderMap, HeaderValue, Uri, Version};
use axum::response::Response;
use futures_util::future::Either;
use tower::Service;

use super::api_error::program_error;
use super::hosts::is_host;
use super::routes::API;
use crate::error::{Error, Message};

/// Wraps the routes, refusing requests that violate HTTP.
#[derive(Clone)]
pub struct Conforming<S>(pub S);

impl<S> Service<Request> for Conforming<S>
where
    S: Service<Request, Response = Response, Error = Infallible>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Either<S::Future, Ready<Result<Response, Infallible>>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        if let Err(error) = check(request.version(), request.uri(), request.headers()) {
            let mut response = program_error(error, request.headers());
            // The boundaries of further requests on this connection are uncertain.
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
            return Either::Right(ready(Ok(response)));
        }
        if let Some(uri) = in_normal_form(request.uri()) {
            let sent = std::mem::replace(request.uri_mut(), uri);
            request.extensions_mut().insert(OriginalUri(sent));
        }
        Either::Left(self.0.call(request))
    }
}

fn check(version: Version, uri: &Uri, headers: &HeaderMap) -> Result<(), Error> {
    // RFC 9110 section 4.2.4: a user name before the host only misleads people.
    let authority = uri.authority().map(|authority| authority.as_str().as_bytes());
    if authority.is_some_and(|authority| !is_host(authority)) {
        return Err(Error::BadRequest(Message::new("error.host")));
    }
    let mut hosts = headers.get_all(HOST).iter();
    match (hosts.next(), hosts.next()) {
        (Some(host), None) if !is_host(host.as_bytes()) => {
            return Err(Error::BadRequest(Message::new("error.host")));
        }
        (Some(_), None) => {}
        (None, _) if version == Version::HTTP_10 => {}
        _ => return Err(Error::BadRequest(Message::new("error.one_host"))),
    }
    let mut codings = headers.get_all(TRANSFER_ENCODING).iter();
    let is_chunked = |value: &HeaderValue| value.as_bytes().eq_ignore_ascii_case(b"chunked");
    match (codings.next(), codings.next()) {
        (None, _) => Ok(()),
        (Some(only), None) if is_chunked(only) => Ok(()),
        _ => Err(Error::NotImplemented(Message::new("error.transfer_coding"))),
    }
}

/// The URL with percent-encoded letters, digits, `-`, `.`, `_` and `~` decoded, and for the API
/// without a trailing slash; `None` if it already is in that form.
fn in_normal_form(uri: &Uri) -> Option<Uri> {
    let path = uri.path();
    let decoded = path.contains('%').then(|| with_unreserved_decoded(path));
    let path = decoded.as_deref().unwrap_or(path);
    let path = without_final_slash(path);
    if path == uri.path() {
        return None;
    }
    let path_and_query = match uri.query() {
        Some(query) => PathAndQuery::try_from(format!("{path}?{query}")),
        None => PathAndQuery::try_from(path),
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(path_and_query.ok()?);
    Uri::from_parts(parts).ok()
}

/// Clients join a base URL and a path in ways that leave a trailing slash. A redirect wouldn't help
/// them: many don't follow one with a body, or drop the token.
fn without_final_slash(path: &str) -> &str {
    match path.strip_suffix('/') {
        Some(shorter)
            if !shorter.ends_with('/')
                && shorter.strip_prefix(API).is_some_and(|rest| rest.starts_with('/')) =>
        {
            shorter
        }
        _ => path,
    }
}

fn with_unreserved_decoded(path: &str) -> String {
    let mut parts = path.split('%');
    let mut decoded = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let byte = part.get(..2).filter(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let byte = byte.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match byte.filter(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(byte)) {
            Some(byte) => {
                decoded.push(byte.into());
                decoded.push_str(&part[2..]);
            }
            None => {
                decoded.push('%');
                decoded.push_str(part);
            }
        }
    }
    decoded
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normal(uri: &str) -> String {
        let uri: Uri = uri.parse().unwrap();
        in_normal_form(&uri).unwrap_or(uri).to_string()
    }

    #[test]
    fn letters_stand_for_themselves_and_other_bytes_stay_encoded() {
        for (sent, read) in [
            ("/v1/%63ustomers", "/v1/customers"),
            ("/v1/customers/cst%5Fab%63?a=%63", "/v1/customers/cst_abc?a=%63"),
            ("/v1%2Fcustomers", "/v1%2Fcustomers"),
            ("/%25%36%33", "/%2563"),
            ("/a%", "/a%"),
            ("/a%6", "/a%6"),
            ("/a%zz%C3%A9", "/a%zz%C3%A9"),
            ("/a%+1b", "/a%+1b"),
            ("http://a.example/%64", "http://a.example/d"),
            ("*", "*"),
        ] {
            assert_eq!(normal(sent), read, "{sent}");
        }
    }

    #[test]
    fn only_the_api_takes_a_slash_at_the_end() {
        for (sent, read) in [
            ("/v1/customers/", "/v1/customers"),
            ("/v1/customers/?page=2", "/v1/customers?page=2"),
            ("/v1/customers/cst_a/", "/v1/customers/cst_a"),
            ("/v1/customers//", "/v1/customers//"),
            ("/v1/", "/v1/"),
            ("/v1//", "/v1//"),
            ("/v12/a/", "/v12/a/"),
            ("/manage/", "/manage/"),
            ("/", "/"),
        ] {
            assert_eq!(normal(sent), read, "{sent}");
        }
    }

    #[test]
    fn there_is_one_host_and_at_most_the_chunked_coding() {
        let headers = |pairs: &[(&'static str, &'static str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in pairs {
                headers.append(*name, HeaderValue::from_static(value));
            }
            headers
        };
        let host = ("host", "a.example");
        let path = Uri::from_static("/");
        let accepted = |pairs: &[_]| check(Version::HTTP_11, &path, &headers(pairs)).is_ok();
        assert!(accepted(&[host]) && accepted(&[host, ("transfer-encoding", "Chunked")]));
        assert!(!accepted(&[]) && !accepted(&[host, host]));
        assert!(check(Version::HTTP_10, &path, &headers(&[])).is_ok());
        assert!(check(Version::HTTP_10, &path, &headers(&[host, host])).is_err());
        assert!(!accepted(&[("host", "a b")]));
        let misleading = Uri::from_static("http://a.example@b.example/");
        assert!(check(Version::HTTP_11, &misleading, &headers(&[host])).is_err());
        for coding in ["gzip, chunked", "chunked, chunked", "gzip", "identity", "x"] {
            assert!(!accepted(&[host, ("transfer-encoding", coding)]), "{coding}");
        }
        let chunked = ("transfer-encoding", "chunked");
        assert!(!accepted(&[host, chunked, chunked]));
    }
}
