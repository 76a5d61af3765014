//! A small HTTP client that looks at the address of each connection before it opens it.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::header::{CONNECTION, CONTENT_LENGTH, HOST};
use axum::http::{HeaderMap, HeaderValue, Method, Request};
use futures_util::StreamExt;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, lookup_host};
use tokio::sync::Semaphore;
use tokio_rustls::TlsConnector;
use tokio_util::task::AbortOnDropHandle;
use url::{Host, Position, Url};

use super::{Guard, Refused};

/// How long a request can take in total, from its name's resolution to the end of the response.
const TIMEOUT: Duration = Duration::from_secs(15);

/// How much of a response is read, in bytes.
const MOST_READ: usize = 4096;

/// The maximum size of a response's head, in bytes.
const MOST_HEAD: usize = 16 * 1024;

/// How many names are resolved at once: each takes a thread.
const MOST_LOOKUPS: usize = 64;

/// Makes requests, each on a connection of its own. It follows no redirects.
#[derive(Clone)]
pub struct Client {
    guard: Guard,
    tls: Arc<OnceLock<TlsConnector>>,
    lookups: Arc<Semaphore>,
}

/// A response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// The start of its body.
    pub body: String,
}

/// Why there is no response.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The request was not made.
    #[error("{0}")]
    Refused(#[from] Refused),
    /// The name has no address.
    #[error("the name cannot be resolved: {0}")]
    Unknown(io::Error),
    /// Nobody accepts connections there.
    #[error("it cannot be reached: {0}")]
    Unreachable(io::Error),
    /// The connection is not safe.
    #[error("no safe connection: {0}")]
    Tls(io::Error),
    /// What came isn't an HTTP response.
    #[error("no HTTP response: {0}")]
    Http(#[from] hyper::Error),
    /// It took too long.
    #[error("no response within {} seconds", TIMEOUT.as_secs())]
    Silent,
}

impl Client {
    /// A client that goes where `guard` lets it.
    pub fn new(guard: Guard) -> Self {
        let lookups = Arc::new(Semaphore::new(MOST_LOOKUPS));
        Self { guard, tls: Arc::default(), lookups }
    }

    /// Where it may go.
    pub const fn guard(&self) -> &Guard {
        &self.guard
    }

    /// Posts a body, and reads the response within 15 seconds.
    ///
    /// # Errors
    /// [`Fault`]: when there is no response.
    pub async fn post(&self, url: &Url, headers: HeaderMap, body: String) -> Result<Answer, Fault> {
        let exchange = self.exchange(url, headers, body);
        tokio::time::timeout(TIMEOUT, exchange).await.map_err(|_| Fault::Silent)?
    }

    async fn exchange(&self, url: &Url, headers: HeaderMap, body: String) -> Result<Answer, Fault> {
        self.guard.check(url)?;
        let addresses = self.addresses(url).await?;
        let stream = TcpStream::connect(&addresses[..]).await.map_err(Fault::Unreachable)?;
        // Small requests that nothing follows.
        stream.set_nodelay(true).map_err(Fault::Unreachable)?;
        if url.scheme() != "https" {
            return send(stream, url, headers, body).await;
        }
        let name = match url.host() {
            Some(Host::Domain(name)) => ServerName::try_from(name.to_owned()).ok(),
            Some(Host::Ipv4(address)) => Some(ServerName::from(std::net::IpAddr::from(address))),
            Some(Host::Ipv6(address)) => Some(ServerName::from(std::net::IpAddr::from(address))),
            None => None,
        };
        let name = name.ok_or_else(|| Fault::Tls(io::ErrorKind::InvalidInput.into()))?;
        let tls = self.tls.get_or_init(tls_connector).connect(name, stream).await;
        send(tls.map_err(Fault::Tls)?, url, headers, body).await
    }

    /// The addresses of a host that requests may go to. What is returned is what is connected to, so
    /// that the name can't lead elsewhere in the meantime.
    async fn addresses(&self, url: &Url) -> Result<Vec<SocketAddr>, Fault> {
        let port = url.port_or_known_default().unwrap_or_default();
        let found: Vec<SocketAddr> = match url.host() {
            Some(Host::Ipv4(address)) => vec![(address, port).into()],
            Some(Host::Ipv6(address)) => vec![(address, port).into()],
            Some(Host::Domain(name)) => {
                let turn = self.lookups.acquire().await;
                let found = lookup_host((name, port)).await.map_err(Fault::Unknown)?.collect();
                drop(turn);
                found
            }
            None => Vec::new(),
        };
        let (mut open, mut refused) = (Vec::new(), None);
        for address in found {
            match self.guard.check_address(address.ip(), url.scheme() != "https") {
                Ok(()) => open.push(address),
                Err(why) => refused = Some(why),
            }
        }
        match refused {
            Some(why) if open.is_empty() => Err(why.into()),
            None if open.is_empty() => Err(Fault::Unknown(io::ErrorKind::NotFound.into())),
            _ => Ok(open),
        }
    }
}

/// Makes connections safe; trusts whom the machine trusts.
pub fn tls_connector() -> TlsConnector {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    TlsConnector::from(Arc::new(config))
}

async fn send(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    url: &Url,
    headers: HeaderMap,
    body: String,
) -> Result<Answer, Fault> {
    let mut builder = http1::Builder::new();
    builder.max_buf_size(MOST_HEAD);
    let (mut sender, connection) = builder.handshake(TokioIo::new(stream)).await?;
    // Ends with this function.
    let _connection = AbortOnDropHandle::new(tokio::spawn(connection));
    let length = body.len();
    let mut request = Request::new(Body::from(body));
    *request.method_mut() = Method::POST;
    *request.uri_mut() =
        url[Position::BeforePath..Position::AfterQuery].parse().unwrap_or_default();
    let host = HeaderValue::from_str(&url[Position::BeforeHost..Position::AfterPort]);
    let own = request.headers_mut();
    *own = headers;
    own.insert(CONTENT_LENGTH, length.into());
    own.insert(CONNECTION, HeaderValue::from_static("close"));
    own.insert(HOST, host.unwrap_or_else(|_| HeaderValue::from_static("")));
    let answer = sender.send_request(request).await?;
    let status = answer.status().as_u16();
    let mut start: Vec<u8> = Vec::new();
    let mut rest = Body::new(answer.into_body()).into_data_stream();
    // A response that breaks off has told its status.
    while start.len() < MOST_READ
        && let Some(Ok(part)) = rest.next().await
    {
        let part: Bytes = part;
        start.extend_from_slice(&part[..part.len().min(MOST_READ - start.len())]);
    }
    Ok(Answer { status, body: String::from_utf8_lossy(&start).into_owned() })
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    /// Answers one request with these bytes, and returns what was asked.
    async fn answering(answer: Vec<u8>) -> (Url, tokio::task::JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/haak?a=b#c", listener.local_addr().unwrap());
        let asked = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut asked = vec![0; 4096];
            let length = stream.read(&mut asked).await.unwrap();
            // The client may have heard enough.
            let _ = stream.write_all(&answer).await;
            String::from_utf8_lossy(&asked[..length]).into_owned()
        });
        (url.parse().unwrap(), asked)
    }

    fn client() -> Client {
        Client::new(Guard::new(&["127.0.0.0/8".parse().unwrap()]))
    }

    #[tokio::test]
    async fn a_body_is_posted_and_the_start_of_the_response_read() {
        let body = "x".repeat(1_000_000);
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
        let (url, asked) = answering((head + &body).into_bytes()).await;
        let headers = [(axum::http::header::USER_AGENT, HeaderValue::from_static("proef"))];
        let answer = client().post(&url, headers.into_iter().collect(), "{}".into()).await.unwrap();
        assert_eq!((answer.status, answer.body.len()), (200, MOST_READ));
        let asked = asked.await.unwrap();
        assert!(asked.starts_with("POST /haak?a=b HTTP/1.1\r\n"), "{asked}");
        assert!(
            asked.contains("user-agent: proef\r\n") && asked.ends_with("\r\n\r\n{}"),
            "{asked}"
        );
        let host = format!("host: {}\r\n", url.authority());
        assert!(asked.contains(&host), "{asked}");
    }

    #[tokio::test]
    async fn a_redirect_is_a_response_like_any_other() {
        let moved =
            "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n";
        let (url, _asked) = answering(moved.into()).await;
        assert_eq!(client().post(&url, HeaderMap::new(), "{}".into()).await.unwrap().status, 302);
    }

    #[tokio::test]
    async fn a_name_that_leads_inside_is_refused_when_it_is_resolved() {
        // Whatever a name resolves to is looked at, also that of this machine.
        let guard = Guard::new(&["192.0.2.0/24".parse().unwrap()]);
        let url = Url::parse("https://localhost:9/").unwrap();
        assert_eq!(guard.check(&url), Ok(()));
        let refused = Client::new(guard).post(&url, HeaderMap::new(), String::new()).await;
        assert!(matches!(refused, Err(Fault::Refused(Refused::NotPublic))), "{refused:?}");
    }

    #[tokio::test]
    async fn what_goes_wrong_is_told() {
        let (url, _asked) = answering(b"SSH-2.0-x\r\n".to_vec()).await;
        let answer = client().post(&url, HeaderMap::new(), String::new()).await;
        assert!(matches!(answer, Err(Fault::Http(_))), "{answer:?}");
        let huge = format!("HTTP/1.1 200 OK\r\nx: {}\r\n\r\n", "y".repeat(100_000));
        let (url, _asked) = answering(huge.into_bytes()).await;
        let answer = client().post(&url, HeaderMap::new(), String::new()).await;
        assert!(matches!(answer, Err(Fault::Http(_))), "{answer:?}");
        let url = "http://127.0.0.1:1/".parse().unwrap();
        let answer = client().post(&url, HeaderMap::new(), String::new()).await;
        assert!(matches!(answer, Err(Fault::Unreachable(_))), "{answer:?}");
    }
}
