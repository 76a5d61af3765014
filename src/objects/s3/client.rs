//! The HTTP client of the S3 protocol. It goes where the operator says, keeps connections for the next
//! request, and waits for nothing without a limit.

use std::pin::Pin;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use axum::http::header::HOST;
use axum::http::{HeaderValue, Uri};
use bytes::Bytes;
use futures_util::future::BoxFuture;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use object_store::ClientOptions;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpRequestBody,
    HttpResponse, HttpResponseBody, HttpService,
};
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::{Sleep, timeout};
use tokio_rustls::TlsConnector;

use crate::outgoing::tls_connector;

/// How long it can take to resolve the name and open a connection.
const CONNECT: Duration = Duration::from_secs(5);

/// How long the server can take for the head of a response, besides the time for the request's body.
const HEAD: Duration = Duration::from_secs(15);

/// The least that must be sent of a request's body, in bytes a second.
const SLOWEST: u64 = 64 * 1024;

/// How long nothing can come of a response's body.
const SILENCE: Duration = Duration::from_secs(15);

/// How long a connection is kept without use.
const IDLE: Duration = Duration::from_secs(15);

/// The most connections that are kept without use.
const MOST_IDLE: usize = 16;

/// A client of one server. Clones share its connections.
#[derive(Debug, Clone, Default)]
pub(super) struct Client(Arc<Shared>);

#[derive(Default)]
struct Shared {
    tls: OnceLock<TlsConnector>,
    idle: Mutex<Vec<(Instant, SendRequest<HttpRequestBody>)>>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}

impl HttpConnector for Client {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(self.clone()))
    }
}

impl HttpService for Client {
    fn call<'a, 'b>(
        &'a self,
        request: HttpRequest,
    ) -> BoxFuture<'b, Result<HttpResponse, HttpError>>
    where
        'a: 'b,
        Self: 'b,
    {
        Box::pin(async move {
            let length = request.body().content_length() as u64;
            let limit = HEAD + Duration::from_secs(length / SLOWEST);
            let response = timeout(limit, self.send(request)).await.map_err(too_slow)??;
            Ok(response.map(|body| HttpResponseBody::new(Limited::new(body))))
        })
    }
}

impl Client {
    async fn send(
        &self,
        mut request: HttpRequest,
    ) -> Result<axum::http::Response<Incoming>, HttpError> {
        let uri = std::mem::take(request.uri_mut());
        let authority = uri.authority().map_or("", |authority| authority.as_str());
        let host = HeaderValue::from_str(authority).map_err(wrong)?;
        request.headers_mut().insert(HOST, host);
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        *request.uri_mut() = path.parse().map_err(wrong)?;
        // One that was kept may have been closed in the meantime, and then took nothing.
        while let Some(mut kept) = self.take() {
            match kept.try_send_request(request).await {
                Ok(response) => {
                    self.keep(kept);
                    return Ok(response);
                }
                Err(mut error) => match error.take_message() {
                    Some(unsent) => request = unsent,
                    None => return Err(failed(error.into_error())),
                },
            }
        }
        let opened = timeout(CONNECT, self.open(&uri)).await;
        let mut connection =
            opened.map_err(|error| HttpError::new(HttpErrorKind::Connect, error))??;
        let response = connection.send_request(request).await.map_err(failed)?;
        self.keep(connection);
        Ok(response)
    }

    async fn open(&self, uri: &Uri) -> Result<SendRequest<HttpRequestBody>, HttpError> {
        let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
        let is_tls = uri.scheme_str() == Some("https");
        let port = uri.port_u16().unwrap_or(if is_tls { 443 } else { 80 });
        let stream = TcpStream::connect((host, port)).await.map_err(unreachable)?;
        stream.set_nodelay(true).map_err(unreachable)?;
        if !is_tls {
            return handshake(stream).await;
        }
        let name = ServerName::try_from(host.to_owned()).map_err(wrong)?;
        let tls = self.0.tls.get_or_init(tls_connector);
        handshake(tls.connect(name, stream).await.map_err(unreachable)?).await
    }

    fn take(&self) -> Option<SendRequest<HttpRequestBody>> {
        let mut idle = self.0.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|(since, kept)| since.elapsed() < IDLE && !kept.is_closed());
        idle.pop().map(|(_, kept)| kept)
    }

    /// Keeps a connection for the next request, once the response was read.
    fn keep(&self, mut connection: SendRequest<HttpRequestBody>) {
        let shared = self.0.clone();
        tokio::spawn(async move {
            if connection.ready().await.is_ok() {
                let mut idle = shared.idle.lock().unwrap_or_else(PoisonError::into_inner);
                if idle.len() < MOST_IDLE {
                    idle.push((Instant::now(), connection));
                }
            }
        });
    }
}

async fn handshake(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
) -> Result<SendRequest<HttpRequestBody>, HttpError> {
    let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(failed)?;
    // It ends with the sender and the response.
    tokio::spawn(connection);
    Ok(sender)
}

/// The body of a response, of which something must come from time to time.
struct Limited {
    body: Incoming,
    silence: Option<Pin<Box<Sleep>>>,
}

impl Limited {
    const fn new(body: Incoming) -> Self {
        Self { body, silence: None }
    }
}

impl Body for Limited {
    type Data = Bytes;
    type Error = HttpError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, HttpError>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) {
            self.silence = None;
            return Poll::Ready(frame.map(|frame| frame.map_err(failed)));
        }
        // It counts only while somebody waits for more.
        let silence = self.silence.get_or_insert_with(|| Box::pin(tokio::time::sleep(SILENCE)));
        ready!(silence.as_mut().poll(context));
        let error = std::io::Error::from(std::io::ErrorKind::TimedOut);
        Poll::Ready(Some(Err(HttpError::new(HttpErrorKind::Timeout, error))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

fn too_slow(error: tokio::time::error::Elapsed) -> HttpError {
    HttpError::new(HttpErrorKind::Timeout, error)
}

fn unreachable(error: std::io::Error) -> HttpError {
    HttpError::new(HttpErrorKind::Connect, error)
}

/// A connection that broke off. Every request of ours can be made again.
fn failed(error: hyper::Error) -> HttpError {
    HttpError::new(HttpErrorKind::Request, error)
}

fn wrong(error: impl std::error::Error + Send + Sync + 'static) -> HttpError {
    HttpError::new(HttpErrorKind::Unknown, error)
}
