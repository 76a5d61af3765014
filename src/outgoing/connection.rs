//! A connection over which requests are sent, one after the other.

use std::io;
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes};
use axum::http::header::{CONTENT_LENGTH, HOST};
use axum::http::{HeaderMap, HeaderValue, Method, Request};
use futures_util::{FutureExt, StreamExt};
use hyper::client::conn::http1::{Builder, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_util::task::AbortOnDropHandle;
use url::{Position, Url};

/// How much of a response is read, in bytes.
pub(super) const MOST_READ: usize = 4096;

/// The maximum size of a response's head, in bytes.
const MOST_HEAD: usize = 16 * 1024;

/// How long a connection is used: whoever moved to another address is found there a minute later.
const USED_FOR: Duration = Duration::from_mins(1);

/// How long it can be without a request. Apache and Node.js close such a connection after five seconds.
const UNUSED_FOR: Duration = Duration::from_secs(4);

/// An open connection; it closes when this is dropped, and at the latest a while after it is no longer
/// used.
pub(super) struct Connection {
    sender: SendRequest<Body>,
    opened: Instant,
    last_used: Instant,
    _driver: AbortOnDropHandle<()>,
}

/// A response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// The start of its body.
    pub body: String,
}

/// What is posted.
pub(super) struct Post {
    pub url: Url,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Connection {
    /// Speaks HTTP/1.1 over `stream`. No request takes longer than `longest`.
    pub async fn open(
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        longest: Duration,
    ) -> hyper::Result<Self> {
        let mut builder = Builder::new();
        builder.max_buf_size(MOST_HEAD);
        let (sender, connection) = builder.handshake(TokioIo::new(stream)).await?;
        let driven = tokio::time::timeout(USED_FOR + longest, connection).map(drop);
        let now = Instant::now();
        let _driver = AbortOnDropHandle::new(tokio::spawn(driven));
        Ok(Self { sender, opened: now, last_used: now, _driver })
    }

    /// Whether another request can be sent now.
    pub fn is_ready(&mut self) -> bool {
        self.opened.elapsed() < USED_FOR
            && self.last_used.elapsed() < UNUSED_FOR
            && matches!(self.sender.ready().now_or_never(), Some(Ok(())))
    }

    /// Sends a request and reads the start of its response. Returns the connection as well if the
    /// response came to its end and another request can follow.
    pub async fn send(mut self, post: &Post) -> hyper::Result<(Answer, Option<Self>)> {
        let answer = self.sender.send_request(request(post)).await?;
        let status = answer.status().as_u16();
        let mut start: Vec<u8> = Vec::new();
        let mut rest = Body::new(answer.into_body()).into_data_stream();
        let is_whole = loop {
            match rest.next().await {
                None => break true,
                // A response that breaks off has told its status.
                Some(Err(_)) => break false,
                Some(Ok(part)) => {
                    start.extend_from_slice(&part[..part.len().min(MOST_READ - start.len())]);
                    if start.len() == MOST_READ {
                        break false;
                    }
                }
            }
        };
        let is_open = is_whole && self.sender.ready().await.is_ok();
        self.last_used = Instant::now();
        let body = String::from_utf8_lossy(&start).into_owned();
        Ok((Answer { status, body }, is_open.then_some(self)))
    }
}

fn request(Post { url, headers, body }: &Post) -> Request<Body> {
    let mut request = Request::new(Body::from(body.clone()));
    *request.method_mut() = Method::POST;
    *request.uri_mut() =
        url[Position::BeforePath..Position::AfterQuery].parse().unwrap_or_default();
    let host = HeaderValue::from_str(&url[Position::BeforeHost..Position::AfterPort]);
    let own = request.headers_mut();
    *own = headers.clone();
    own.insert(CONTENT_LENGTH, body.len().into());
    own.insert(HOST, host.unwrap_or_else(|_| HeaderValue::from_static("")));
    request
}

/// Whether a request failed because its connection was closed.
pub(super) fn is_closed(error: &hyper::Error) -> bool {
    let is_io = std::error::Error::source(error).is_some_and(|source| source.is::<io::Error>());
    is_io || error.is_canceled() || error.is_closed() || error.is_incomplete_message()
}
