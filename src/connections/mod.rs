//! The connections of the port: limits on their number and time, and how they end.
//!
//! A client that sends nothing, or a byte now and then, must not keep others from being served. So
//! connections are limited in time and number ([`Limits`]), and a new one replaces the one that has
//! waited longest. Each connection has a phase; one task checks them all twice a second, so
//! requests need no timers of their own.

mod limits;
mod phase;
mod settings;
mod stream;
mod table;
mod unread;

pub use limits::Limits;
pub use phase::TimedOut;
pub use settings::ConnectionSettings;

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::Service;

use stream::Stream;
use table::{Place, Table};

/// The maximum size of a request's head, in bytes.
const LARGEST_HEAD: usize = 64 * 1024;

/// How long to wait before accepting again when the system has no file descriptors left.
const AFTER_FAILED_ACCEPT: Duration = Duration::from_millis(100);

/// The router.
pub trait Routes:
    Service<Request<Body>, Response = Response, Error = Infallible, Future: Send>
    + Clone
    + Send
    + Sync
    + 'static
{
}

impl<S> Routes for S where
    S: Service<Request<Body>, Response = Response, Error = Infallible, Future: Send>
        + Clone
        + Send
        + Sync
        + 'static
{
}

/// Serves until `stop` is cancelled, then until the requests in progress are answered.
///
/// # Errors
/// When the listener fails for good.
pub async fn serve<S: Routes>(
    listener: TcpListener,
    routes: S,
    limits: Limits,
    stop: CancellationToken,
) -> io::Result<()> {
    let (table, open) = (Arc::new(Table::new(limits)), TaskTracker::new());
    let watching = tokio::spawn(table::watch(Arc::clone(&table)));
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.cancelled() => break,
        };
        match accepted {
            Ok((stream, peer)) => match table.admit(peer.ip()) {
                Some(place) => {
                    open.spawn(answer(stream, peer, routes.clone(), place));
                }
                None => turn_away(&stream),
            },
            // The client is already gone.
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                tracing::error!(%error, "no connection could be accepted");
                table.make_room();
                tokio::time::sleep(AFTER_FAILED_ACCEPT).await;
            }
        }
    }
    drop(listener);
    table.stop();
    open.close();
    open.wait().await;
    watching.abort();
    Ok(())
}

/// Answers the requests of one connection.
async fn answer<S: Routes>(stream: TcpStream, peer: SocketAddr, routes: S, place: Place) {
    let _ = stream.set_nodelay(true);
    let phase = Arc::clone(place.phase());
    let service = service_fn(|mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        let (mut routes, phase) = (routes.clone(), Arc::clone(&phase));
        async move {
            let (request, rest) = unread::keep_rest(request, &phase);
            let response =
                routes.call(request).await.unwrap_or_else(|never: Infallible| match never {});
            let response = unread::finish(response, rest, &phase).await;
            phase.answered(&response);
            Ok::<_, Infallible>(response)
        }
    });
    let connection = http1::Builder::new()
        .max_buf_size(LARGEST_HEAD)
        .serve_connection(Stream::new(stream, Arc::clone(&phase)), service);
    let mut connection = std::pin::pin!(connection);
    loop {
        tokio::select! {
            // Errors of the connection only concern the client.
            _ = connection.as_mut() => break,
            () = phase.ending() => connection.as_mut().graceful_shutdown(),
        }
    }
}

/// Sends a 503, as far as the client reads it at once.
fn turn_away(stream: &TcpStream) {
    let _ = stream.try_write(
        b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
    );
}

fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
    )
}
