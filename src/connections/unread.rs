//! The rest of a request's body when the response is ready before it was read.
//!
//! HTTP/1.1 sends the next request after this one's body, so the rest has to be read, or the
//! connection has to close, announced in the response (RFC 9112, 9.3 and 9.6).

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::http::header::{CONNECTION, EXPECT};
use axum::http::{HeaderValue, Request};
use axum::response::Response;
use http_body::{Frame, SizeHint};
use hyper::body::Incoming;

use super::phase::{Phase, TimedOut};

/// How many bytes are read and dropped at most.
const MOST: usize = 256 * 1024;

/// A client that sends so many bytes of a body gets its time anew: the body of an upload can be large,
/// but it mustn't come slowly.
const MUCH: usize = 256 * 1024;

/// How long the rest is read and dropped at most.
const LONGEST: Duration = Duration::from_secs(2);

/// Where an unread body is returned to.
pub(super) struct Rest {
    place: Arc<Mutex<Option<Incoming>>>,
    /// The client sends the body only on request.
    waits_to_be_asked: bool,
}

/// The request with a body that is returned when dropped before its end. A request without a body
/// has no rest.
pub(super) fn keep_rest(
    request: Request<Incoming>,
    phase: &Arc<Phase>,
) -> (Request<Body>, Option<Rest>) {
    let has_body = !request.body().is_end_stream();
    phase.asked(has_body);
    if !has_body {
        return (request.map(|_| Body::empty()), None);
    }
    let place = Arc::new(Mutex::new(None));
    let waits_to_be_asked = request.headers().contains_key(EXPECT);
    let rest = Rest { place: Arc::clone(&place), waits_to_be_asked };
    let request = request.map(|body| {
        Body::new(Returning { body: Some(body), place, phase: Arc::clone(phase), came: 0 })
    });
    (request, Some(rest))
}

/// Reads and drops the rest of the body if it is small; otherwise the response announces that the
/// connection closes.
pub(super) async fn finish(mut response: Response, rest: Option<Rest>, phase: &Phase) -> Response {
    let Some(rest) = rest else { return response };
    let left = rest.place.lock().unwrap_or_else(PoisonError::into_inner).take();
    let Some(left) = left else { return response };
    if phase.is_over() {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    } else if rest.waits_to_be_asked
        || !tokio::time::timeout(LONGEST, drop_all(left)).await.unwrap_or(false)
    {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        phase.linger();
    }
    response
}

/// Whether the body came to its end within [`MOST`] bytes.
async fn drop_all(mut body: Incoming) -> bool {
    let mut length = 0;
    while let Some(frame) = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
        let Ok(frame) = frame else { return false };
        length += frame.data_ref().map_or(0, Bytes::len);
        if length > MOST {
            return false;
        }
    }
    true
}

struct Returning {
    body: Option<Incoming>,
    place: Arc<Mutex<Option<Incoming>>>,
    phase: Arc<Phase>,
    /// How many bytes came since the client's time began.
    came: usize,
}

impl HttpBody for Returning {
    type Data = Bytes;
    type Error = axum::BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::BoxError>>> {
        let this = &mut *self;
        let Some(body) = &mut this.body else { return Poll::Ready(None) };
        let frame = match Pin::new(body).poll_frame(cx) {
            Poll::Pending if this.phase.is_over() => {
                return Poll::Ready(Some(Err(TimedOut.into())));
            }
            frame => ready!(frame),
        };
        match &frame {
            Some(Ok(frame)) => {
                this.came += frame.data_ref().map_or(0, Bytes::len);
                if this.came >= MUCH {
                    this.came = 0;
                    this.phase.gets_on();
                }
            }
            _ => {
                this.body = None;
                this.phase.read();
            }
        }
        Poll::Ready(frame.map(|frame| frame.map_err(Into::into)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or_else(|| SizeHint::with_exact(0), HttpBody::size_hint)
    }
}

impl Drop for Returning {
    fn drop(&mut self) {
        if let Some(body) = self.body.take() {
            self.phase.read();
            if !body.is_end_stream() {
                *self.place.lock().unwrap_or_else(PoisonError::into_inner) = Some(body);
            }
        }
    }
}
